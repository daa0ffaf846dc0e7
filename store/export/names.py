"""Names of a case that are somebody's: hosts with all their names, accounts of all processes. For pseudonyms."""

from __future__ import annotations

from collections.abc import Iterator

from store.base import ids
from store.base.database import Database
from store.base.interning import texts_of
from store.evidence.cases import read_case

HOSTS = "SELECT id, name FROM host WHERE case_id = ? ORDER BY name, id"
USERS = "SELECT DISTINCT user FROM process WHERE id BETWEEN ? AND ? AND user IS NOT NULL"


def host_names(database: Database, case: str) -> list[str]:
    """Every name under which hosts have records, sorted. Raises NotFound for a case that is none."""
    with read_case(database, case) as (connection, number):
        return sorted({name for _, name in connection.exec_driver_sql(HOSTS, (number,))})


def account_names(database: Database, case: str) -> Iterator[str]:
    """Every account that a process ran as, as recorded, sorted. Raises NotFound for a case that is none."""
    with read_case(database, case) as (connection, number):
        users: set[int] = set()
        for host, _ in connection.exec_driver_sql(HOSTS, (number,)).all():
            users.update(connection.exec_driver_sql(USERS, ids.records(host)).scalars())
        yield from sorted(set(texts_of(connection, "string", users).values()))
