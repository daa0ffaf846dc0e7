"""The terms of a filter as SQL over a process `p`, and nothing beside it: the one place that knows what a key asks.

What is asked of the rows of a list, and not of the processes in them, is in store/where/rows.py.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from engine.verdicts.queue import Effect
from store.base import ids
from store.base.clock import now_us
from store.chains import hash_lists
from store.exceptions.hidden import hidden
from store.learnt import packed as learnt_rows
from store.processes.marks.marked import OF_CASE, PROCESS
from store.scope.rules import effective_sql
from store.scores import above
from store.where.keys import CONTEXT, GOOD, HIDDEN, MOVES, NONE, RELATED
from store.where.parts import NEVER, SqlPart, any_of
from store.where.terms import Term, Value
from store.where.texts import Texts, define_matches, matching

MOVED = {
    "suppressed": (Effect.SUPPRESSED_SHAPE, Effect.SUPPRESSED_REMEMBERED),
    "raised": (Effect.RAISED_SHAPE, Effect.RAISED),
    "lowered": (Effect.LOWERED_SHAPE, Effect.LOWERED),
}
"""What labels did to chains, as words of the filter."""
SOUGHT = frozenset(
    {"", "image", "cmd", "user", "host", "pid", "hash", "parent", "session", "technique", "time", "note", "tag", "sigma"}
)
"""Keys whose terms mostly leave few processes: these are looked for first, and not the rows of a list asked one by one."""
COMMON = frozenset({NONE, CONTEXT, GOOD})
"""Words that do not, of the keys that have words."""
LABELLED_CHAINS = (
    "SELECT k.id AS chain_id FROM label_current l JOIN chain k ON k.case_id = l.case_id AND k.key = l.chain_key"
    " WHERE l.case_id = ? UNION ALL SELECT k.id FROM label_current l JOIN chain k ON k.case_id = l.case_id"
    " AND k.steps >= l.steps AND k.steps < CAST(l.steps || x'ffffffffffffffffffff' AS BLOB)"
    " WHERE l.case_id = ? AND l.steps IS NOT NULL UNION ALL SELECT chain_id FROM process_verdict WHERE case_id = ?"
)
"""The query for chains that a verdict may count for, given the case three times; some of them more than once."""
HOST = f"(p.id >> {ids.SHIFT})"
VERDICT = (
    "coalesce((SELECT v.verdict FROM process_verdict v WHERE v.process_id = p.id),"
    f" (SELECT {effective_sql(host=HOST)} FROM chain c WHERE c.id = p.chain_id))"
)
NOTE = (
    "coalesce((SELECT e.note FROM process_verdict v CROSS JOIN label_event e ON e.id = v.event_id WHERE v.process_id = p.id),"
    f" (SELECT {effective_sql(host=HOST, column='note')} FROM chain c WHERE c.id = p.chain_id), '')"
)
IN_COVERED = "FROM covered v WHERE v.set_id = ? AND v.process_id = p.id"
OWN_SCORE = (
    f"coalesce((SELECT v.score {IN_COVERED}),"
    " (SELECT s.score FROM score s INDEXED BY score_chain WHERE s.chain_id = p.chain_id AND s.set_id = ?))"
)
REACHES = (
    "(p.id IN (SELECT v.process_id FROM covered v WHERE v.set_id = ? AND v.score >= ?) OR (p.chain_id IN"
    " (SELECT s.chain_id FROM score s WHERE s.set_id = ? AND s.score >= ?)"
    f" AND NOT EXISTS (SELECT 1 {IN_COVERED} AND v.score IS NOT NULL)))"
)
"""SQL: that OWN_SCORE is at least so much, for scores that few processes have."""
OF_FINDINGS = (
    "p.id IN (SELECT v.process_id FROM finding f CROSS JOIN incident i ON i.set_id = f.set_id AND i.finding = f.rank"
    " CROSS JOIN covered v INDEXED BY covered_incident ON v.set_id = i.set_id AND v.incident = i.number"
    " WHERE f.set_id = ? AND {which})"
)
"""SQL: that one of some findings covers the process."""
AMONG = "f.rank IN (SELECT value FROM json_each(?))"
"""SQL: finding `f` is one of some numbers."""
LEAD_SCORE = "coalesce((SELECT v.score FROM covered v WHERE v.set_id = f.set_id AND v.process_id = f.lead), f.score)"
"""SQL: the score of finding `f` that thresholds are compared with: its oddest process's."""
MARKED = f"SELECT {PROCESS} {OF_CASE}"
REMOTE = "SELECT from_process FROM related WHERE set_id = ? UNION ALL SELECT to_process FROM related WHERE set_id = ?"
SIGNS = frozenset({">", "<", ">=", "<="})


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """What is asked on an open connection: a case, and its scores by one model."""

    connection: Connection
    case: int
    set: int
    """-1 where nothing was scored."""
    texts: Texts

    @classmethod
    def on(cls, connection: Connection, case: int, set_id: int | None) -> CaseAsked:
        """Made ready for expressions."""
        define_matches(connection)
        return cls(connection, case, -1 if set_id is None else set_id, Texts(connection))


def condition(asked: CaseAsked, term: Term) -> SqlPart:
    """The whole of a term over `p`."""
    found = any_of(_OF_KEY[term.key](asked, term, value) for value in term.values)
    return found.negated() if term.negated else found


def conditions(asked: CaseAsked, terms: Iterable[Term]) -> list[SqlPart]:
    """Those of several terms, the cheap ones first."""
    return [condition(asked, term) for term in sorted(terms, key=lambda term: (term.key not in SOUGHT, term.negated))]


def sought(terms: Iterable[Term]) -> bool:
    """Whether one of them mostly leaves few processes."""
    return any(not term.negated and (term.key in SOUGHT or _rare(term)) for term in terms)


def _rare(term: Term) -> bool:
    return term.key in {"verdict", "is", "known", "level"} and COMMON.isdisjoint(value.means for value in term.values)


def in_case(asked: CaseAsked) -> SqlPart:
    """That `p` is a linked process (no second record) of the case."""
    between = "SELECT count(*) FROM host o WHERE o.id BETWEEN min(h.id) AND max(h.id)"
    query = f"SELECT min(id), max(id), count(*), ({between}) FROM host h WHERE h.case_id = ?"
    low, high, hosts, there = asked.connection.exec_driver_sql(query, (asked.case,)).one()
    if low is None:
        return NEVER
    linked = "p.id BETWEEN ? AND ? AND p.parent_id IS NOT NULL AND p.merged_into IS NULL"
    span = (ids.base(low) + 1, ids.base(high + 1) - 1)
    if hosts == there:
        return SqlPart(linked, span)
    return SqlPart(f"{linked} AND {HOST} IN (SELECT id FROM host WHERE case_id = ?)", (*span, asked.case))


def compared(sql: str, term: Term, value: Value) -> SqlPart:
    """A number of SQL as the sign says."""
    return SqlPart(f"{sql} {term.sign if term.sign in SIGNS else '='} ?", (value.means,))


def least_score(asked: CaseAsked) -> float:
    """What reaches the threshold; more than anything can where nothing was scored."""
    query = "SELECT threshold FROM score_set WHERE id = ?"
    threshold = asked.connection.exec_driver_sql(query, (asked.set,)).scalar()
    return math.inf if threshold is None else above.level(threshold)


def moved_ranks(asked: CaseAsked, how: object) -> str:
    """JSON: ranks of the chains that verdicts moved so."""
    index = learnt_rows.read(asked.connection, asked.set)
    return json.dumps([] if index is None else index.with_effect(MOVED[str(how)]).tolist())


def hidden_findings(asked: CaseAsked) -> str:
    """JSON: numbers of the findings that exceptions hide, by the clock of this look."""
    return json.dumps([] if asked.set < 0 else hidden(asked.connection, asked.case, asked.set, now_us()).findings)


def _text_in(column: str) -> Callable[[CaseAsked, Term, Value], SqlPart]:
    return lambda asked, term, value: asked.texts.is_one(f"p.{column}", value)


def _image(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    return asked.texts.is_image("p.image_id", value)


def _parent(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    image = asked.texts.is_image("q.image_id", value)
    return NEVER if image == NEVER else SqlPart(f"p.parent_id IN (SELECT q.id FROM process q WHERE {image.sql})", image.values)


def _word(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    """Program, command line, user, note."""
    texts = [asked.texts.is_one(f"p.{column}", value) for column in ("command", "user")]
    return any_of((*texts, _image(asked, term, value), _note(asked, term, value)))


def _host(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    name = matching(asked.connection, "name", value, "SELECT name FROM host")
    query = f"SELECT coalesce(same_as, id) FROM host WHERE case_id = ? AND {name.sql}"
    found = asked.connection.exec_driver_sql(query, (asked.case, *name.values)).scalars().all()
    return SqlPart(f"{HOST} IN (SELECT value FROM json_each(?))", (json.dumps(found),)) if found else NEVER


def _pid(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    return compared("p.pid", term, value)


def _note(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    note = matching(asked.connection, "note", value, "SELECT DISTINCT note FROM label_current")
    some = f"SELECT 1 FROM label_current WHERE case_id = ? AND note != '' AND {note.sql} LIMIT 1"
    if asked.connection.exec_driver_sql(some, (asked.case, *note.values)).scalar() is None:
        return NEVER
    said = matching(asked.connection, NOTE, value, "SELECT DISTINCT note FROM label_event")
    # CaseAsked are only processes of chains that somebody judged.
    return SqlPart(f"(p.chain_id IN ({LABELLED_CHAINS}) AND {said.sql})", (*(asked.case,) * 3, *said.values))


def _tag(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    """The beginning of one: of a technique all that are below it."""
    return _note(asked, term, replace(value, text=f"#{value.text.removeprefix('#')}"))


def _verdict(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    labelled = f"coalesce(p.chain_id IN ({LABELLED_CHAINS}), FALSE)"
    if value.means == NONE:
        return SqlPart(f"NOT ({labelled} AND {VERDICT} IS NOT NULL)", (asked.case,) * 3)
    return SqlPart(f"({labelled} AND {VERDICT} IS ?)", (*(asked.case,) * 3, value.means))


def _known(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    """What is on lists of both kinds is bad. Few texts of hashes are on a list beside the processes that have them."""
    said = hash_lists.listings(asked.connection, [asked.case])
    keys = sorted(key for key, listing in said.items() if listing.known.word == value.means)
    return SqlPart("coalesce(p.hashes IN (SELECT value FROM json_each(?)), FALSE)", (json.dumps(keys),)) if keys else NEVER


def _in_one_of(asked: CaseAsked, value: Value, table: str, *columns: str) -> SqlPart:
    """That a value is in one of some columns of a table."""
    return any_of(matching(asked.connection, one, value, f"SELECT DISTINCT {one} FROM {table}") for one in columns)


def _sigma(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    said = _in_one_of(asked, value, "mark_rule r", "r.title", "r.rule", "r.techniques")
    return SqlPart(f"p.id IN ({MARKED} AND {said.sql})", (asked.case, *said.values))


def _level(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    if value.means == NONE:
        return SqlPart(f"p.id NOT IN ({MARKED})", (asked.case,))
    return SqlPart(f"p.id IN ({MARKED} AND r.level = ?)", (asked.case, value.means))


def _time(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    assert isinstance(value.means, tuple)
    return any_of(SqlPart("p.time_us BETWEEN ? AND ?", span) for span in value.means)


def _bound(sign: str) -> Callable[[CaseAsked, Term, Value], SqlPart]:
    def bound(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
        assert isinstance(value.means, tuple)
        return SqlPart(f"p.time_us {sign} ?", (value.means[0][0],))

    return bound


def _technique(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    """Ids stand in what the model's tables say of a chain (engine/knowledge/data), kept with what was expected of it."""
    said = _in_one_of(asked, value, "expectation e", "e.reasons", "e.sentence")
    query = f"SELECT e.chain_id FROM expectation e WHERE e.set_id = ? AND {said.sql}"
    return SqlPart(f"p.chain_id IN ({query})", (asked.set, *said.values))


def _score(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    found = compared(OWN_SCORE, term, value)
    return SqlPart(found.sql, (asked.set, asked.set, *(above.level(float(one)) for one in found.values)))


def _of_finding(column: str) -> Callable[[CaseAsked, Term, Value], SqlPart]:
    def of_finding(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
        found = compared(column, term, value)
        return SqlPart(OF_FINDINGS.format(which=found.sql), (asked.set, *found.values))

    return of_finding


def _exception(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    covered = "SELECT c.process_id FROM exception_covered c WHERE c.set_id = ? AND c.exception_id = ?"
    return SqlPart(f"p.id IN ({covered})", (asked.set, value.means))


def _is(asked: CaseAsked, term: Term, value: Value) -> SqlPart:
    if value.means in MOVES:
        chains = "SELECT s.chain_id FROM score s WHERE s.set_id = ? AND s.rank IN (SELECT value FROM json_each(?))"
        return SqlPart(f"p.chain_id IN ({chains})", (asked.set, moved_ranks(asked, value.means)))
    if value.means == HIDDEN:
        return SqlPart(OF_FINDINGS.format(which=AMONG), (asked.set, hidden_findings(asked)))
    if value.means == RELATED:
        return SqlPart(f"p.id IN ({REMOTE})", (asked.set, asked.set))
    least = least_score(asked)
    if value.means == CONTEXT:
        return SqlPart(OF_FINDINGS.format(which=f"{LEAD_SCORE} >= ?"), (asked.set, least)).negated()
    return SqlPart(REACHES, (asked.set, least, asked.set, least, asked.set))


_OF_KEY: dict[str, Callable[[CaseAsked, Term, Value], SqlPart]] = {
    "": _word, "image": _image, "cmd": _text_in("command"), "user": _text_in("user"), "host": _host, "pid": _pid,
    "hash": _text_in("hashes"), "known": _known, "parent": _parent, "session": _text_in("logon"), "note": _note, "tag": _tag,
    "sigma": _sigma, "level": _level, "technique": _technique,
    "verdict": _verdict, "is": _is, "time": _time, "after": _bound(">="), "before": _bound("<"), "score": _score,
    "n": _of_finding("f.processes"), "finding": _of_finding("f.rank"), "exception": _exception,
}  # fmt: skip
"""Key -> what a value of it asks of `p`. A key of store/where/keys.py is missing here only by mistake; a test compares."""
