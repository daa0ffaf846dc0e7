"""One incident of a finding: what it covers as a tree, and what stands beside it there; the variants of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from engine.errors import NotFound
from store.base import ids
from store.base.interning import in_chunks, texts_of
from store.base.views import ContextProcess, ContextView, CoveredProcess, IncidentView, VariantView
from store.queue.judged import OF_INCIDENT, read
from store.scope.rules import OF_PROCESS
from store.scores.ranking import Ranking

MOST = 5_000
"""Processes of an incident that are told."""
LINE = 16
"""Ancestors of an incident that are told."""
BESIDE = 5
"""Children of one process, and …"""
MOST_BESIDE = 200
"""… of all processes together, that are told as context."""
NUMBER = (1 << ids.SHIFT) - 1
INCIDENT = (
    "SELECT n.set_id, n.finding, n.place, n.number, n.host_id, h.name, n.top, n.lead, n.score, n.processes, n.odd, n.first_us,"
    f" n.last_us, (SELECT p.command FROM process p WHERE p.id = n.lead), {OF_INCIDENT}"
    " FROM incident n CROSS JOIN host h ON h.id = n.host_id"
)
COVERED = (
    f"SELECT v.process_id, p.parent_id, coalesce(p.time_us, 0), v.odd, v.score, {OF_PROCESS} FROM covered v{{index}}"
    f" CROSS JOIN process p ON p.id = v.process_id LEFT JOIN host h ON h.id = p.id >> {ids.SHIFT}"
    " LEFT JOIN chain c ON c.id = p.chain_id"
    " WHERE v.set_id = {set} AND v.incident = {number}"
)
INSIDE = "EXISTS (SELECT 1 FROM covered v WHERE v.set_id = ? AND v.process_id = p.id AND v.incident = ?)"
NEAREST = (
    f"SELECT p.id FROM process p WHERE p.parent_id = ? AND NOT {INSIDE} ORDER BY abs(coalesce(p.time_us, 0) - ?), p.id LIMIT ?"
)
OTHERS = "SELECT p.parent_id, count(*) FROM process p WHERE p.parent_id IN ({}) GROUP BY p.parent_id"


def page(ranking: Ranking, number: int, after: int, limit: int) -> tuple[IncidentView, ...]:
    """A page of a finding's incidents with places above `after`."""
    query = f"{INCIDENT} WHERE n.set_id = ? AND n.finding = ? AND n.place > ? ORDER BY n.place LIMIT ?"
    return _views(ranking.connection, ranking.connection.exec_driver_sql(query, (ranking.set, number, after, limit)).all())


def one(ranking: Ranking, number: int, place: int) -> IncidentView:
    """An incident by the finding's number and its place there. Raises NotFound."""
    query = f"{INCIDENT} WHERE n.set_id = ? AND n.finding = ? AND n.place = ?"
    found = ranking.connection.exec_driver_sql(query, (ranking.set, number, place)).all()
    if not found:
        raise NotFound(f"There is no incident F{number}/{place}.", remedy=f"See: oddkin show F{number}")
    return _views(ranking.connection, found)[0]


def of_process(ranking: Ranking, process_id: int) -> IncidentView | None:
    """The incident that covers a process, or the process that it is a second record of."""
    query = (
        f"{INCIDENT} WHERE n.set_id = ?1 AND n.number = (SELECT v.incident FROM covered v WHERE v.set_id = ?1 AND v.process_id ="
        " coalesce((SELECT merged_into FROM process WHERE id = ?2), ?2))"
    )
    found = ranking.connection.exec_driver_sql(query, (ranking.set, process_id)).all()
    return _views(ranking.connection, found)[0] if found else None


def _views(connection: Connection, found: Sequence[Sequence[Any]]) -> tuple[IncidentView, ...]:
    texts = texts_of(connection, "string", {row[-2] for row in found} - {None})
    made = ([*row[:-2], None if row[-2] is None else texts[row[-2]], *read(row[-1])] for row in found)
    return tuple(IncidentView(*values) for values in made)


def processes(ranking: Ranking, incident: IncidentView, most: int) -> tuple[CoveredProcess, ...]:
    """What an incident covers, in the order of a tree; see `Findings.processes`."""
    found = _covered(ranking, incident, most)
    below: dict[int, list[int]] = {}
    tops: list[int] = []
    for number, row in sorted(found.items(), key=lambda item: (item[1][2], item[0])):
        (below.setdefault(row[1], []) if row[1] in found else tops).append(number)
    out = []
    left = [(number, 0) for number in reversed(tops)]
    while left:
        number, depth = left.pop()
        _, parent, _, odd, score, verdict = found[number]
        out.append(CoveredProcess(number, _parent(parent), bool(odd), score, depth, verdict))
        left += [(child, depth + 1) for child in reversed(below.get(number, ()))]
    return tuple(out)


def _covered(ranking: Ranking, incident: IncidentView, most: int) -> dict[int, Sequence[Any]]:
    """Process -> row of COVERED: the oddest first, and what of the incident is above those that were read."""
    query = COVERED.format(index=" INDEXED BY covered_incident", set=ranking.set, number=incident.number)
    rows = ranking.connection.exec_driver_sql(
        f"{query} ORDER BY v.odd DESC, v.score DESC NULLS LAST, v.process_id LIMIT ?", (most,)
    ).all()
    found: dict[int, Sequence[Any]] = {row[0]: tuple(row) for row in rows}
    if len(rows) < most:
        return found
    query = COVERED.format(index="", set=ranking.set, number=incident.number) + " AND v.process_id IN ({})"
    wanted = {row[1] for row in rows if row[1] is not None} - found.keys()
    while wanted:
        above = in_chunks(ranking.connection, query, sorted(wanted))
        found.update((row[0], row) for row in above)
        wanted = {row[1] for row in above if row[1] is not None} - found.keys()
    return found


def _parent(number: int | None) -> int | None:
    """None for what stands for a host."""
    return None if number is None or number & NUMBER == 0 else number


def context(ranking: Ranking, incident: IncidentView) -> ContextView:
    """The way from an incident's top to its root, and children of what is shown that it does not cover.

    Where a process has many, a hub above all, only those nearest to the incident in time are told and the others counted.
    """
    line, complete = _line(ranking.connection, incident.top)
    covered = [one.process_id for one in processes(ranking, incident, MOST)]
    told = [ContextProcess(number, parent, above=True) for number, parent in line]
    parents = [*covered, *(number for number, _ in reversed(line[-1:]))]
    folded: dict[int, int] = {}
    left = MOST_BESIDE
    for parent, others in _others(ranking, incident, parents).items():
        near = _nearest(ranking, incident, parent, min(BESIDE, left))
        told += [ContextProcess(number, parent, above=False) for number in near]
        left -= len(near)
        if others > len(near):
            folded[parent] = others - len(near)
    return ContextView(tuple(told), folded, complete)


def _line(connection: Connection, top: int) -> tuple[list[tuple[int, int | None]], bool]:
    """What is above a process, oldest first, with the parent of each; whether it ends at a root. No circle is walked twice."""
    query = "SELECT parent_id FROM process WHERE id = ?"
    line: list[tuple[int, int | None]] = []
    number = _parent(connection.exec_driver_sql(query, (top,)).scalar())
    while number is not None and len(line) < LINE and number not in {one for one, _ in line}:
        above = _parent(connection.exec_driver_sql(query, (number,)).scalar())
        line.append((number, above))
        number = above
    return line[::-1], number is None


def _others(ranking: Ranking, incident: IncidentView, parents: Iterable[int]) -> dict[int, int]:
    """Parent -> how many children it has that the incident does not cover, where there are any; in the order of `parents`."""
    wanted = list(dict.fromkeys(parents))
    children = dict(in_chunks(ranking.connection, OTHERS, wanted))
    inside = _inside(ranking, incident)
    others = {parent: children.get(parent, 0) - inside.get(parent, 0) for parent in wanted}
    return {parent: count for parent, count in others.items() if count > 0}


def _inside(ranking: Ranking, incident: IncidentView) -> dict[int, int]:
    """Parent -> how many of its children the incident covers."""
    query = (
        "SELECT p.parent_id, count(*) FROM covered v INDEXED BY covered_incident CROSS JOIN process p ON p.id = v.process_id"
        " WHERE v.set_id = ? AND v.incident = ? GROUP BY p.parent_id"
    )
    return dict(row for row in ranking.connection.exec_driver_sql(query, (ranking.set, incident.number)).all())


def _nearest(ranking: Ranking, incident: IncidentView, parent: int, most: int) -> list[int]:
    """Children of a process that the incident does not cover, those nearest to its beginning first."""
    values = (parent, ranking.set, incident.number, incident.first_us or 0, most)
    return [int(number) for number in ranking.connection.exec_driver_sql(NEAREST, values).scalars()]


def variants(ranking: Ranking, chain_id: int, limit: int) -> tuple[VariantView, ...]:
    """A chain's variants, the oddest first, and of equally odd ones the rarest."""
    query = (
        "SELECT v.chain_id, v.shape, v.processes, v.hosts, v.score, v.lead, (SELECT p.command FROM process p WHERE p.id = v.lead)"
        " FROM variant v WHERE v.set_id = ? AND v.chain_id = ? ORDER BY v.score DESC NULLS LAST, v.processes, v.shape LIMIT ?"
    )
    found = ranking.connection.exec_driver_sql(query, (ranking.set, chain_id, limit)).all()
    texts = texts_of(ranking.connection, "string", {row[-1] for row in found} - {None})
    made = ([*row[:-1], None if row[-1] is None else texts[row[-1]]] for row in found)
    return tuple(VariantView(*values) for values in made)
