"""The terms of a filter as SQL over the rows of a list: chain `c` with its score `s`, or finding `f`.

A row is shown when one of its processes meets all terms that are about processes, and when itself it meets those that are about
rows: the score that it shows, its number of processes, the number of its finding, whether it is above the threshold.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from store.scores import above
from store.scores.ranking import Ranking
from store.where.keys import FLAGGED, HIDDEN, MOVES
from store.where.members import (
    AMONG,
    LEAD_SCORE,
    CaseAsked,
    compared,
    conditions,
    hidden_findings,
    in_case,
    least_score,
    moved_ranks,
    sought,
)
from store.where.parts import NEVER, SqlPart, all_of, any_of
from store.where.terms import Term, Value, Where

MOST_ROWS = 5_000
"""Rows that are named to the query; of more it is not worth to look for the last before the first is shown."""
MEMBERS = (
    "SELECT DISTINCT i.finding FROM process p NOT INDEXED CROSS JOIN covered v ON v.set_id = ? AND v.process_id = p.id"
    " CROSS JOIN incident i INDEXED BY incident_number ON i.set_id = v.set_id AND i.number = v.incident"
)
"""SQL: findings by their processes `p` …"""
OF_ONE = (
    "SELECT 1 FROM incident i CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id AND v.incident = i.number"
    " CROSS JOIN process p ON p.id = v.process_id WHERE i.set_id = f.set_id AND i.finding = f.rank"
)
"""… and the processes of finding `f`."""
ODD_MEMBER = "(v.odd = 1 OR NOT EXISTS (SELECT 1 FROM finding o WHERE o.set_id = i.set_id AND o.rank = i.finding AND o.odd > 0))"
"""A finding's verdict is that of its odd processes (store/queue/judged.py), of all where none is odd."""


@dataclass(frozen=True, slots=True)
class ChainParts:
    """What a filter asks of the queue of chains."""

    conditions: tuple[SqlPart, ...]
    """Over `c` and `s`."""
    candidates: str | None = None
    """JSON: the only chains that come into question, where they are few; all of them meet the terms about processes."""


def of_chains(ranking: Ranking, where: Where) -> ChainParts:
    """Looks for the processes first: where few chains have any, these are told, else they are asked as the queue comes by."""
    asked = CaseAsked.on(ranking.connection, ranking.case, ranking.set)
    own, about = _split(where, _OF_CHAIN)
    parts = tuple(_of_row(asked, term, "chain") for term in own)
    if not about:
        return ChainParts(parts)
    met = all_of((*conditions(asked, about), in_case(asked), SqlPart("p.source_id IS NOT NULL")))
    if met == NEVER:
        return ChainParts((NEVER,))
    chains = f"SELECT DISTINCT p.chain_id FROM process p NOT INDEXED WHERE {met.sql} AND p.chain_id IS NOT NULL"
    found = _few(asked, chains, met.values)
    if found is not None:
        return ChainParts(parts, found)
    if sought(about):
        return ChainParts((*parts, SqlPart(f"c.id IN ({chains})", met.values)))
    query = "EXISTS (SELECT 1 FROM process p INDEXED BY process_chain WHERE p.chain_id = c.id AND"
    return ChainParts((*parts, SqlPart(f"{query} {met.sql})", met.values)))


def of_findings(ranking: Ranking, where: Where) -> list[SqlPart]:
    """Conditions over `f`, found in the same way."""
    asked = CaseAsked.on(ranking.connection, ranking.case, ranking.set)
    own, about = _split(where, _OF_FINDING)
    parts = [_of_row(asked, term, "finding") for term in own]
    if not about:
        return parts
    odd = [SqlPart(ODD_MEMBER)] if any(term.key == "verdict" for term in about) else []
    met = all_of((*conditions(asked, about), *odd, SqlPart("p.source_id IS NOT NULL")))
    if met == NEVER:
        return [NEVER]
    case = in_case(asked)
    query, values = f"{MEMBERS} WHERE {met.sql} AND {case.sql}", (ranking.set, *met.values, *case.values)
    found = _few(asked, query, values)
    if found is not None:
        parts.append(SqlPart("f.rank IN (SELECT value FROM json_each(?))", (found,)))
    elif sought(about):
        parts.append(SqlPart(f"f.rank IN ({query})", values))
    else:
        parts.append(SqlPart(f"EXISTS ({OF_ONE} AND {met.sql})", met.values))
    return parts


def first_occurrences(ranking: Ranking, where: Where, numbers: Sequence[int]) -> dict[int, int]:
    """Finding -> place of the first of its incidents that has a process which meets all terms about processes. Those of which
    none has are left out, and all where no term is about processes.
    """
    asked = CaseAsked.on(ranking.connection, ranking.case, ranking.set)
    _, about = _split(where, _OF_FINDING)
    if not about or not numbers:
        return {}
    met = all_of((*conditions(asked, about), SqlPart("p.source_id IS NOT NULL")))
    if met == NEVER:
        return {}
    first = (
        "SELECT i.place FROM incident i CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id"
        " AND v.incident = i.number CROSS JOIN process p ON p.id = v.process_id"
        f" WHERE i.set_id = f.set_id AND i.finding = f.rank AND {met.sql} ORDER BY i.place LIMIT 1"
    )
    query = f"SELECT f.rank, ({first}) FROM finding f WHERE f.set_id = ? AND f.rank IN (SELECT value FROM json_each(?))"
    found = ranking.connection.exec_driver_sql(query, (*met.values, ranking.set, json.dumps(list(numbers))))
    return {int(number): int(place) for number, place in found if place is not None}


def _few(asked: CaseAsked, query: str, values: tuple[object, ...]) -> str | None:
    """What a query finds as JSON; None for more than MOST_ROWS."""
    found = asked.connection.exec_driver_sql(f"{query} LIMIT {MOST_ROWS + 1}", values).scalars().all()
    return json.dumps(found) if len(found) <= MOST_ROWS else None


def _split(where: Where, own: frozenset[str]) -> tuple[list[Term], list[Term]]:
    """Terms about the rows, and those about processes. Of `is:` the words part, where both kinds stand in one term it is about
    processes.
    """
    about_rows = [term for term in where.terms if _names(term) <= own]
    return about_rows, [term for term in where.terms if term not in about_rows]


def _names(term: Term) -> set[str]:
    """The key, or each word behind `is:`."""
    return {str(value.means) for value in term.values} if term.key == "is" else {term.key}


_OF_LINE = frozenset({"score", "n", "finding", FLAGGED})
_OF_FINDING = _OF_LINE | {HIDDEN}
_OF_CHAIN = _OF_LINE | {*MOVES}


def _of_row(asked: CaseAsked, term: Term, row: str) -> SqlPart:
    found = any_of(_OF_ROW[row](asked, term, value) for value in term.values)
    return found.negated() if term.negated else found


def _chain(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    if term.key == "score":
        found = compared("s.score", term, value)
        if term.sign not in {">", ">="}:
            return found
        assert isinstance(value.means, float)
        return SqlPart(f"(s.rank <= ? AND {found.sql})", (last_rank(asked, value.means), *found.values))
    if term.key == "n":
        return compared("c.count", term, value)
    if term.key == "finding":
        member = "SELECT 1 FROM finding_chain m WHERE m.set_id = s.set_id AND m.finding = ? AND m.rank = s.rank"
        return SqlPart(f"EXISTS ({member})", (value.means,))
    if value.means == FLAGGED:
        return SqlPart("s.finding > 0")
    return SqlPart("s.rank IN (SELECT value FROM json_each(?))", (moved_ranks(asked, value.means),))


def _finding(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    if term.key == "n":
        return compared("f.processes", term, value)
    if term.key == "finding":
        return SqlPart("f.rank = ?", (value.means,))
    if term.key == "score":
        return compared("f.score", term, value)
    if value.means == HIDDEN:
        return SqlPart(AMONG, (hidden_findings(asked),))
    least = least_score(asked)
    # Behind the last that scores so much none is above (store/scores/above.py).
    return SqlPart(f"(f.rank <= ? AND {LEAD_SCORE} >= ?)", (above.last(asked.connection, asked.set, least), least))


def last_rank(asked: CaseAsked, score: float) -> int:
    """The last rank with at least this score. Ranks follow scores, so it is found by halving, without an index."""
    low, high = 0, asked.connection.exec_driver_sql("SELECT chains FROM score_set WHERE id = ?", (asked.set,)).scalar_one()
    query = "SELECT score FROM score WHERE set_id = ? AND rank = ?"
    while low < high:
        middle = (low + high + 1) // 2
        if (asked.connection.exec_driver_sql(query, (asked.set, middle)).scalar() or 0.0) >= score:
            low = middle
        else:
            high = middle - 1
    return low


_OF_ROW = {"chain": _chain, "finding": _finding}
