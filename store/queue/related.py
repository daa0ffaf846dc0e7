"""What ties a finding's incidents to others: asked by the finding's number, as it is shown."""

from __future__ import annotations

from store.base.database import Database
from store.scores.ranking import read_ranking
from store.scores.related import RelatedView, related_of


def related(
    database: Database, case: str, finding: int, place: int | None = None, *, model: str | None = None
) -> tuple[RelatedView, ...]:
    """Of all incidents of a finding, or of the one at its place there. Raises NotFound when nothing was scored."""
    query = "SELECT number FROM incident WHERE set_id = ?1 AND finding = ?2 AND place = coalesce(?3, place)"
    with read_ranking(database, case, model) as ranking:
        numbers = ranking.connection.exec_driver_sql(query, (ranking.set, finding, place)).scalars().all()
        return related_of(ranking.connection, ranking.set, numbers)
