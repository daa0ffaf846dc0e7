"""Rejected records by position, for a table that may hold a million of them."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from sqlalchemy import select

from store.base.source_views import RejectView
from store.evidence.cases import read_case
from store.schema.evidence import RejectRow, SourceRow

if TYPE_CHECKING:
    from store.base.database import Database


def reject_ids(database: Database, case: str, source_id: int | None = None) -> array[int]:
    """Ids of the rejects of a case (or of one source) in order: eight bytes each, so that a position is a lookup."""
    with read_case(database, case) as (connection, number):
        query = select(RejectRow.id).join(SourceRow, SourceRow.id == RejectRow.source_id).where(SourceRow.case_id == number)
        if source_id is not None:
            query = query.where(RejectRow.source_id == source_id)
        return array("q", connection.execute(query.order_by(RejectRow.id)).scalars())


class RejectRows:
    """A row source over `reject_ids`: reads the rows that are looked at."""

    def __init__(self, database: Database, ids: array[int]) -> None:
        self._database = database
        self._ids = ids

    def count(self) -> int:
        """How many rejects there are."""
        return len(self._ids)

    def rows(self, start: int, stop: int) -> list[RejectView]:
        """The rejects of [start, stop)."""
        wanted = self._ids[start:stop].tolist()
        with self._database.read() as connection:
            query = (
                select(RejectRow.__table__, SourceRow.path)
                .join(SourceRow, SourceRow.id == RejectRow.source_id)
                .where(RejectRow.id.in_(wanted))
                .order_by(RejectRow.id)
            )
            return [
                RejectView(
                    row.id, row.source_id, row.path, row.position, row.code, row.reason, row.record_id, row.sample or b""
                )
                for row in connection.execute(query)
            ]  # fmt: skip
