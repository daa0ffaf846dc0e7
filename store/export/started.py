"""All recorded processes of a case as a rule over process creations sees them: image, parent, command line; verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from engine.handover.material import Started
from store.base.database import Database
from store.evidence.cases import read_case
from store.processes.marks.started import HOSTS, looks, rows_of
from store.scope.rules import of_each

FIELDS = ("Image", "ParentImage", "CommandLine")


def started(database: Database, case: str) -> Iterator[Started]:
    """Host by host, what looks the same together. Second records of a process are left out. One read transaction.

    Memory: one host's processes. Raises NotFound for a case that is none.
    """
    with read_case(database, case) as (connection, number):
        for host, name in connection.exec_driver_sql(HOSTS, (number,)).all():
            yield from _of_host(connection, host, name)


def verdicts(database: Database, case: str, processes: Sequence[int]) -> dict[int, str]:
    """Process -> the verdict that counts for it, of those that have one."""
    with read_case(database, case) as (connection, number):
        return {process: label.verdict for process, label in of_each(connection, number, processes).items()}


def _of_host(connection: Connection, host: int, name: str) -> Iterator[Started]:
    alike: dict[tuple[int, ...], list[int]] = {}
    for rows in rows_of(connection, host, FIELDS):
        for row in rows:
            alike.setdefault(row[1:], []).append(row[0])
    for key, look in looks(connection, alike, FIELDS):
        image, parent, command = (text or "" for text in look.texts)
        yield Started(image, parent, command, name, tuple(alike[key]))
