"""What a line of a list is written from: the odd processes that it stands for, with their parents, accounts and command lines.

For a whole page at once, in a fixed number of queries. Of an incident at most LOOKED processes are looked at, and its lead in any
case: one of a hundred thousand costs no more than a small one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from engine.domain.marks import RuleMark
from engine.domain.spans import CLOCKS
from store.base import ids
from store.base.database import Database
from store.base.errors import damaged
from store.base.interning import in_chunks, texts_of
from store.base.packed import stored_json, unpack_floats, unpack_steps
from store.chains import hash_lists
from store.chains.lookup import step_texts
from store.queue import line_marks
from store.scores.ranking import Ranking, read_ranking

LOOKED = 200
"""Processes of an incident, variants of a chain."""
TOLD = 6
"""Odd processes that are told of each."""
NEAR = 1e-4
"""Share of a score that its parts, kept in single precision, may be off."""
SELECTS = 150
"""Rows that are asked about in one statement, in three SELECTs each; SQLite takes 500."""
OF_FINDING = (
    "SELECT {key}, o.process_id, o.score FROM (SELECT v.process_id, v.score, v.odd FROM incident n CROSS JOIN covered v"
    " INDEXED BY covered_incident ON v.set_id = n.set_id AND v.incident = n.number WHERE n.set_id = {set} AND n.finding = {key}"
    f" AND n.place = {{place}} LIMIT {LOOKED}) o WHERE o.odd = 1"
    " UNION ALL SELECT {key}, f.lead, (SELECT v.score FROM covered v WHERE v.set_id = f.set_id AND v.process_id = f.lead)"
    " FROM finding f WHERE f.set_id = {set} AND f.rank = {key} AND {place} = 1"
    " UNION ALL SELECT {key}, n.lead, n.score FROM incident n WHERE n.set_id = {set} AND n.finding = {key} AND n.place = {place}"
    " AND {place} > 1"
)
OF_CHAIN = (
    "SELECT {key}, o.lead, o.score FROM (SELECT v.lead, v.score FROM variant v WHERE v.set_id = {set} AND v.chain_id = {key}"
    f" LIMIT {LOOKED}) o"
)
PROCESSES = (
    "SELECT p.id, p.time_us, h.name, p.image_id, p.command, p.user, c.steps, p.chain_id, q.id, q.image_id, q.user,"
    " p.parent_image_id, p.pid, p.original_name, p.hashes"
    f" FROM process p LEFT JOIN host h ON h.id = p.id >> {ids.SHIFT} LEFT JOIN chain c ON c.id = p.chain_id"
    " LEFT JOIN process q ON q.id = p.parent_id WHERE p.id IN ({})"
)
IMAGES = (
    "SELECT i.id, s.text, t.text FROM image i JOIN string s ON s.id = i.string_id JOIN path t ON t.id = i.path_id"
    " WHERE i.id IN ({})"
)
NO_IMAGE = ("", "")
BELIEVED = f"time_us BETWEEN {CLOCKS.since_us} AND {CLOCKS.until_us}"
"""That a clock tells: others are no beginning of anything."""


@dataclass(frozen=True, slots=True)
class LineProcess:
    """A process as a line tells of it. Texts are as recorded."""

    id: int
    time_us: int | None
    host: str
    image: str
    """As recorded; "" where none is."""
    path: str
    """Normalised."""
    command_line: str | None
    user: str | None
    steps: tuple[str, ...]
    """Of its chain, root first; () without one."""
    chain: int
    """0 without one."""
    parent: int | None
    """The process that started it, where one is known."""
    parent_path: str
    parent_user: str | None
    pid: int | None
    original_name: str | None = None
    """Of the version resource."""
    known: str = ""
    """good, bad: what lists of hashes say of its program; "" where none names it."""
    lists: tuple[str, ...] = ()
    """Those that say so, by name."""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """Of one row."""

    processes: tuple[LineProcess, ...]
    """The oddest first; those that were linked anew meanwhile are gone."""
    first_us: int | None
    """When the first odd process began, of those that were looked at and have a time that a clock tells."""
    tails: dict[str, float]
    """Signal -> tail of the chain of the oddest process."""
    top: LineProcess | None = None
    """The topmost process of a finding's incident; None for a chain, and where no record shows it."""
    marks: tuple[RuleMark, ...] = ()
    """What rules of others say of any process of it, the strongest first."""


def of_findings(
    database: Database, case: str, numbers: Sequence[int], *, model: str | None = None, places: Mapping[int, int] | None = None
) -> dict[int, LineFacts]:
    """Number -> facts, of the oddest incident of each finding, or of the one at its place. Raises NotFound when nothing was
    scored.
    """
    return _facts(database, case, numbers, OF_FINDING, model, places or {})


def of_chains(database: Database, case: str, chains: Sequence[int], *, model: str | None = None) -> dict[int, LineFacts]:
    """Chain id -> facts, of the oddest process of each shape of command line. Raises NotFound when nothing was scored."""
    return _facts(database, case, chains, OF_CHAIN, model, {})


def of_processes(database: Database, numbers: Sequence[int]) -> dict[int, LineProcess]:
    """Process -> what a line tells of it."""
    with database.read() as connection:
        return _processes(connection, numbers)


def highest(database: Database, case: str, *, findings: bool, model: str | None = None) -> float:
    """The best score of the case's findings, or of its chains; 0 where there are none. Raises NotFound without scores."""
    with read_ranking(database, case, model) as ranking:
        query = f"SELECT score FROM {'finding' if findings else 'score'} WHERE set_id = ? AND rank = 1"
        return float(ranking.connection.exec_driver_sql(query, (ranking.set,)).scalar() or 0.0)


def parts(database: Database, set_id: int, finding: int) -> dict[str, float]:
    """Signal -> how much of the finding's score is its; they add up to it. Empty where the scoring kept none.

    Raises StoreError where they are damaged.
    """
    query = (
        "SELECT f.parts, t.metrics, f.score FROM finding f CROSS JOIN score_set t ON t.id = f.set_id"
        " WHERE f.set_id = ? AND f.rank = ?"
    )
    with database.read() as connection:
        found = connection.exec_driver_sql(query, (set_id, finding)).one_or_none()
    if found is None or found[0] is None:
        return {}
    values = unpack_floats(found[0], "<f4")
    # They are in no account of the doctor's: what they add up to is.
    if not math.isclose(sum(values), found[2], rel_tol=NEAR, abs_tol=NEAR):
        raise damaged("the parts of a finding's score do not add up to it")
    return dict(zip(stored_json(found[1]).get("parts", ()), values, strict=False))


def _facts(
    database: Database, case: str, keys: Sequence[int], query: str, model: str | None, places: Mapping[int, int]
) -> dict[int, LineFacts]:
    with read_ranking(database, case, model) as ranking:
        found: dict[int, dict[int, float | None]] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), SELECTS):
            parts = [
                query.format(key=int(key), set=int(ranking.set), place=int(places.get(key, 1)))
                for key in wanted[start : start + SELECTS]
            ]
            for key, process, score in ranking.connection.exec_driver_sql(" UNION ALL ".join(parts)):
                found.setdefault(key, {})[process] = score
        told = {key: sorted(scores, key=lambda one: (-(scores[one] or 0.0), one))[:TOLD] for key, scores in found.items()}
        tops = _tops(ranking, wanted, places) if query is OF_FINDING else {}
        every = [*(process for listed in told.values() for process in listed), *tops.values()]
        processes = _processes(ranking.connection, every)
        first = _first(ranking.connection, found)
        marks = line_marks.of_lines(ranking, wanted, places, findings=query is OF_FINDING)
        tails = _tails(ranking, {processes[number].chain for number in processes})
    out = {}
    for key, listed in told.items():
        members = tuple(replace(processes[number], score=found[key][number]) for number in listed if number in processes)
        top = processes.get(tops.get(key, 0))
        of_first = tails.get(members[0].chain, {}) if members else {}
        out[key] = LineFacts(members, first.get(key), of_first, top, marks.get(key, ()))
    return out


PLACE_BITS = 32
"""A finding and a place in it go to the query as one number."""


def _tops(ranking: Ranking, numbers: Sequence[int], places: Mapping[int, int]) -> dict[int, int]:
    """Finding -> the topmost process of its incident at the place."""
    query = (
        "SELECT i.finding, i.top FROM json_each(?) j CROSS JOIN incident i ON i.set_id = ?"
        f" AND i.finding = j.value >> {PLACE_BITS} AND i.place = j.value & {(1 << PLACE_BITS) - 1}"
    )
    wanted = json.dumps([number << PLACE_BITS | places.get(number, 1) for number in numbers])
    return {int(row[0]): int(row[1]) for row in ranking.connection.exec_driver_sql(query, (wanted, ranking.set))}


def _first(connection: Connection, found: dict[int, dict[int, float | None]]) -> dict[int, int]:
    """Key -> time of the earliest of its processes."""
    every = sorted({process for scores in found.values() for process in scores})
    times = dict(in_chunks(connection, f"SELECT id, time_us FROM process WHERE id IN ({{}}) AND {BELIEVED}", every))
    known = {key: [times[process] for process in scores if process in times] for key, scores in found.items()}
    return {key: min(values) for key, values in known.items() if values}


def _tails(ranking: Ranking, chains: Iterable[int]) -> dict[int, dict[str, float]]:
    """Chain -> signal -> tail."""
    connection = ranking.connection
    names = stored_json(connection.exec_driver_sql("SELECT signals FROM score_set WHERE id = ?", (ranking.set,)).scalar_one())
    query = f"SELECT chain_id, signals FROM score INDEXED BY score_chain WHERE set_id = {int(ranking.set)} AND chain_id IN ({{}})"
    found = in_chunks(connection, query, sorted(set(chains)))
    return {chain: dict(zip(names, unpack_floats(packed, "<f8")[1::2], strict=False)) for chain, packed in found}


def _processes(connection: Connection, numbers: Iterable[int]) -> dict[int, LineProcess]:
    rows = in_chunks(connection, PROCESSES, list(dict.fromkeys(numbers)))
    texts = texts_of(connection, "string", {value for row in rows for value in (row[4], row[5], row[10], row[13])} - {None})
    images = {row[0]: (row[1], row[2]) for row in in_chunks(connection, IMAGES, sorted(_image_ids(rows)))}
    steps = step_texts(connection, [row[6] for row in rows if row[6] is not None])
    hosts = sorted({ids.host_of(row[0]) for row in rows})
    listed = hash_lists.of_texts(connection, hosts, {row[14] for row in rows} - {None})
    processes = {row[0]: _process(row[:14], texts, images, steps) for row in rows}
    for number, said in ((row[0], listed[row[14]]) for row in rows if row[14] in listed):
        processes[number] = replace(processes[number], known=said.known.word, lists=said.counting)
    return processes


def _image_ids(rows: Iterable[Sequence[Any]]) -> set[int]:
    return {value for row in rows for value in (row[3], row[9], row[11])} - {None}


def _process(row: Sequence[Any], texts: dict[int, str], images: dict[int, tuple[str, str]], steps: dict[int, str]) -> LineProcess:
    number, time_us, host, image, command, user, packed, chain_id, parent, parent_image, parent_user, told_image, pid, name = row
    own = images.get(image, NO_IMAGE)
    chain = () if packed is None else tuple(steps[path] for path in unpack_steps(packed))
    # A parent that no record shows may still be named by its child's.
    above = images.get(parent_image if parent_image is not None else told_image, NO_IMAGE)
    return LineProcess(
        number, time_us, host or "", own[0], own[1], texts.get(command), texts.get(user), chain,
        chain_id or 0,
        None if parent is None or parent & ((1 << ids.SHIFT) - 1) == 0 else parent, above[1], texts.get(parent_user), pid,
        texts.get(name),
    )  # fmt: skip
