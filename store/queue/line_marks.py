"""Marks of what a line of a list stands for: of the processes that an incident covers, of those that end in a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.domain.marks import RuleMark, strongest_first
from store.processes.marks import marked
from store.scores.ranking import Ranking

LOOKED = 1_000
"""Processes of an incident or of a chain: a line of a hundred thousand costs no more, and shows the marks of these."""
OF_INCIDENT = (
    "SELECT v.process_id FROM incident n CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = n.set_id"
    f" AND v.incident = n.number WHERE n.set_id = ? AND n.finding = ? AND n.place = ? LIMIT {LOOKED}"
)
OF_CHAIN = f"SELECT id FROM process INDEXED BY process_chain WHERE chain_id = ? AND merged_into IS NULL LIMIT {LOOKED}"


def of_lines(
    ranking: Ranking, keys: Sequence[int], places: Mapping[int, int], *, findings: bool
) -> dict[int, tuple[RuleMark, ...]]:
    """Key -> marks, the strongest first; of those lines that have any. keys: numbers of findings, or ids of chains."""
    connection = ranking.connection
    if not marked.any_there(connection):
        return {}
    members = {
        key: connection.exec_driver_sql(
            OF_INCIDENT if findings else OF_CHAIN, (ranking.set, key, places.get(key, 1)) if findings else (key,)
        )
        .scalars()
        .all()
        for key in keys
    }
    marks = marked.of_processes(connection, [process for processes in members.values() for process in processes])
    found = {key: strongest_first(one for process in members[key] for one in marks.get(process, ())) for key in keys}
    return {key: told for key, told in found.items() if told}
