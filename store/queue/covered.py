"""What a verdict on several chains covers together; hosts that several of them occur on count once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from store.base.database import Database
from store.base.interning import in_chunks
from store.base.views import Coverage


def covered(database: Database, chain_ids: Sequence[int]) -> Coverage:
    """Recorded processes, hosts and chains of these chains."""
    with database.read() as connection:
        return of_chains(connection, chain_ids)


def of_chains(connection: Connection, chain_ids: Sequence[int]) -> Coverage:
    """`covered` on an open connection."""
    rows = in_chunks(connection, "SELECT host_id, count FROM chain_host WHERE chain_id IN ({})", chain_ids)
    return Coverage(sum(row[1] for row in rows), len({row[0] for row in rows}), len(chain_ids))
