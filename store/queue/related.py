"""Remote starts with both ends in the case: which incidents of other hosts a finding belongs together with, by what evidence."""

from __future__ import annotations

from dataclasses import dataclass

from store.base import ids
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.packed import stored_json
from store.scores.ranking import read_ranking

# All of a scoring's are read: remote starts are few. What lies at either end is looked up by its key.
QUERY = """
SELECT r.from_process, r.to_process, r.how, r.evidence, x.finding, x.place, y.finding, y.place FROM related r
LEFT JOIN covered a ON a.set_id = r.set_id AND a.process_id = r.from_process
LEFT JOIN incident x ON x.set_id = r.set_id AND x.number = a.incident
LEFT JOIN covered b ON b.set_id = r.set_id AND b.process_id = r.to_process
LEFT JOIN incident y ON y.set_id = r.set_id AND y.number = b.incident
WHERE r.set_id = ?1 AND (x.finding = ?2 AND x.place = coalesce(?3, x.place) OR y.finding = ?2 AND y.place = coalesce(?3, y.place))
ORDER BY r.from_process, r.to_process LIMIT ?4
"""


@dataclass(frozen=True, slots=True)
class RelatedEnd:
    """One end of a remote start."""

    process_id: int
    host: str
    incident: str
    """F3/2; "" where the process is in none."""


@dataclass(frozen=True, slots=True)
class RelatedStart:
    """What one host started on another. Texts as recorded."""

    how: str
    """engine.findings.related.RemoteStart, by its word."""
    begun: RelatedEnd
    """What started it."""
    started: RelatedEnd
    evidence: tuple[str, ...]


def related(
    database: Database, case: str, finding: int, place: int | None = None, *, model: str | None = None, limit: int = 50
) -> tuple[RelatedStart, ...]:
    """Of a finding, or of one of its incidents: the remote starts with an end in it. Raises NotFound when nothing was scored."""
    with read_ranking(database, case, model) as ranking:
        found = ranking.connection.exec_driver_sql(QUERY, (ranking.set, finding, place, limit)).all()
        numbers = sorted({ids.host_of(process) for row in found for process in row[:2]})
        hosts = dict(in_chunks(ranking.connection, "SELECT id, name FROM host WHERE id IN ({})", numbers))
    return tuple(
        RelatedStart(
            how,
            _end(begun, hosts, by_finding, by_place),
            _end(started, hosts, of_finding, of_place),
            tuple(stored_json(evidence)),
        )
        for begun, started, how, evidence, by_finding, by_place, of_finding, of_place in found
    )


def _end(process: int, hosts: dict[int, str], finding: int | None, place: int | None) -> RelatedEnd:
    incident = "" if finding is None else f"F{finding}/{place}"
    return RelatedEnd(process, hosts.get(ids.host_of(process), ""), incident)
