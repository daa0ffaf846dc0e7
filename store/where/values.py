"""What a term that is being typed can become: keys, then values with how often they stand in what the rest of the line leaves."""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import UsageError
from store.base import ids
from store.base.database import Database
from store.evidence.cases import read_case
from store.processes.marks.marked import OF_CASE, PROCESS
from store.scores.ranking import Ranking
from store.where.grammar import parse, write
from store.where.keys import KEYS, KeyKind
from store.where.members import LABELLED_CHAINS, VERDICT, CaseAsked, conditions, in_case
from store.where.parts import SqlPart, all_of
from store.where.terms import Term, Value, Where

MOST = 6
"""Lines that are offered."""
LOOKED = 400
"""Paths of which the names are put together, and titles of rules."""
MOST_CHAINS = 100_000
"""Of which the reasons are read."""
LONGEST = 1_000
"""Characters of a line that is offered: a whole script as a value is nothing to choose."""
_TECHNIQUE = re.compile(r"\bT1\d{3}(?:\.\d{3})?\b")
_OPEN = re.compile(r'(?P<head>!?(?P<key>[A-Za-z_]+):(?:[^\s,"]*,)*)(?P<begun>"[^"]*|[^\s,"]*)\Z')
_BEGINNING = re.compile(r"!?(?P<key>[A-Za-z_]*)\Z")

TEXTS = {"cmd": "command", "user": "user", "hash": "hashes", "session": "logon"}
"""Key -> column with ids of texts, whose values are offered whole."""
IMAGES = {"image": "p.image_id", "parent": "(SELECT q.image_id FROM process q WHERE q.id = p.parent_id)"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One line: what the line that is typed becomes, what is shown of it, and why it is offered."""

    line: str
    shown: str
    beside: str
    """The count with its separators, or what a key means."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The term at the cursor: what stands before it, and how far it was typed."""

    before: str
    key: str
    """"" while the key itself is being typed."""
    text: str


def begun(line: str) -> Begun | None:
    """The term at the end of a line that can be completed; None for what is no key and no value of one."""
    start = max(line.rfind(" ") + 1, 0)
    if match := _OPEN.search(line):
        key = match["key"].lower()
        at = match.start("begun")
        whole = match.start() == 0 or line[match.start() - 1].isspace()
        return Begun(line[:at], key, match["begun"].lstrip('"')) if key in KEYS and whole else None
    if line[:start].count('"') % 2:
        return None  # within quotes
    match = _BEGINNING.match(line, start)
    return Begun(line[: match.start("key")], "", match["key"].lower()) if match and match["key"] else None


def key_offers(typed: Begun) -> list[Offer]:
    """Keys that begin so."""
    return [
        Offer(f"{typed.before}{key.name}:", f"{key.name}:", f"{key.meaning}, as {key.example}")
        for key in KEYS.values()
        if key.name.startswith(typed.text)
    ][:MOST]


def value_offers(database: Database, case: str, typed: Begun, where: Where) -> list[Offer]:
    """Values of the key in what `where` (the rest of the line) leaves, most frequent first. Reads all processes: in a worker.

    Raises NotFound.
    """
    key = KEYS[typed.key]
    with read_case(database, case) as (connection, number):
        ranking = Ranking.find(connection, number)
        asked = CaseAsked.on(connection, number, None if ranking is None else ranking.set)
        found: Found
        if key.kind is KeyKind.WORD and typed.key != "verdict":
            found = [(word, None) for word in key.words]
        else:
            read = _READ.get(typed.key)
            found = [] if read is None else read(asked, typed, where)
    matching = [(text, count) for text, count in found if typed.text.lower() in text.lower()]
    offers = (_offer(typed, text, count) for text, count in matching)
    return [offer for offer in offers if len(offer.line) <= LONGEST][:MOST]


def _offer(typed: Begun, text: str, count: int | None) -> Offer:
    written = write((Term(typed.key, (Value(text),)),)).partition(":")[2]
    return Offer(typed.before + written, text, "" if count is None else f"{count:,}")


Found = list[tuple[str, int | None]]
"""Values with their counts, None where they are not counted."""
ANY = SqlPart("TRUE")
NUMBERS = "(SELECT value FROM json_each(?))"


def _counted(asked: CaseAsked, column: str, where: Where, more: SqlPart = ANY, most: int = MOST) -> list[tuple[int, int]]:
    """Number in a column of `p` -> processes, the most frequent first."""
    met = all_of((*conditions(asked, where.terms), in_case(asked)))
    query = (
        f"SELECT {column} AS one, count(*) FROM process p NOT INDEXED WHERE {met.sql} AND p.source_id IS NOT NULL"
        f" AND {column} IS NOT NULL AND {more.sql} GROUP BY one ORDER BY 2 DESC, 1 LIMIT ?"
    )
    rows = asked.connection.exec_driver_sql(query, (*met.values, *more.values, most))
    return [(int(row[0]), int(row[1])) for row in rows]


def _texts(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    column = f"p.{TEXTS[typed.key]}"
    begins = asked.texts.is_one(column, Value(typed.text))
    found = _counted(asked, column, where, begins)
    texts = _named(asked, f"SELECT id, text FROM string WHERE id IN {NUMBERS}", found)
    return [(texts[number], count) for number, count in found if number in texts]


def _images(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    column = IMAGES[typed.key]
    begins = asked.texts.is_image(column, Value(typed.text))
    found = _counted(asked, column, where, begins, LOOKED)
    query = f"SELECT i.id, s.text FROM image i CROSS JOIN string s ON s.id = i.string_id WHERE i.id IN {NUMBERS}"
    texts = _named(asked, query, found)
    names: Counter[str] = Counter()
    for number, count in found:
        path = texts.get(number, "")
        names[(ntpath if "\\" in path else posixpath).basename(path) or path] += count
    return [(name, count) for name, count in names.most_common() if name]


def _hosts(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    found = _counted(asked, f"(p.id >> {ids.SHIFT})", where, most=LOOKED)
    texts = _named(asked, f"SELECT id, name FROM host WHERE id IN {NUMBERS}", found)
    return [(texts[number], count) for number, count in found if number in texts]


def _verdicts(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    met = all_of((*conditions(asked, where.terms), in_case(asked)))
    query = (
        f"SELECT {VERDICT}, count(*) FROM process p NOT INDEXED WHERE {met.sql} AND p.source_id IS NOT NULL"
        f" AND p.chain_id IN ({LABELLED_CHAINS}) GROUP BY 1"
    )
    rows = asked.connection.exec_driver_sql(query, (*met.values, *(asked.case,) * 3))
    counts = {row[0]: int(row[1]) for row in rows}
    return sorted(((word, counts.get(word)) for word in KEYS["verdict"].words), key=lambda one: -(one[1] or 0))


def _techniques(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    expected = "SELECT e.chain_id FROM expectation e WHERE e.set_id = ?"
    processes = dict(_counted(asked, "p.chain_id", where, SqlPart(f"p.chain_id IN ({expected})", (asked.set,)), MOST_CHAINS))
    query = "SELECT e.chain_id, e.reasons, e.sentence FROM expectation e WHERE e.set_id = ?"
    counts: Counter[str] = Counter()
    for chain, reasons, sentence in asked.connection.exec_driver_sql(query, (asked.set,)):
        for technique in set(_TECHNIQUE.findall(f"{reasons} {sentence}")) if chain in processes else ():
            counts[technique] += processes[chain]
    return [*counts.most_common()]


def _titles(asked: CaseAsked, typed: Begun, where: Where) -> Found:
    """Of rules that mark what is left."""
    met = all_of((*conditions(asked, where.terms), in_case(asked)))
    query = (
        f"SELECT r.title, count(DISTINCT {PROCESS}) {OF_CASE} AND {PROCESS} IN"
        f" (SELECT p.id FROM process p NOT INDEXED WHERE {met.sql}) GROUP BY r.title ORDER BY 2 DESC, 1 LIMIT ?"
    )
    rows = asked.connection.exec_driver_sql(query, (asked.case, *met.values, LOOKED))
    return [(str(row[0]), int(row[1])) for row in rows]


def _named(asked: CaseAsked, query: str, found: list[tuple[int, int]]) -> dict[int, str]:
    numbers = "[" + ",".join(str(number) for number, _ in found) + "]"
    return {int(row[0]): str(row[1]) for row in asked.connection.exec_driver_sql(query, (numbers,))}


_READ: dict[str, Callable[[CaseAsked, Begun, Where], Found]] = {
    **dict.fromkeys(TEXTS, _texts), **dict.fromkeys(IMAGES, _images), "host": _hosts, "verdict": _verdicts,
    "technique": _techniques, "sigma": _titles,
}  # fmt: skip


def rest(line: str, typed: Begun) -> str:
    """The line without the term that is being typed, "" where that is no filter."""
    kept = typed.before
    start = max((match.start() for match in re.finditer(r"!?[A-Za-z_]+:\S*\Z", kept)), default=len(kept))
    try:
        parse(kept[:start])
    except UsageError:
        return ""
    return kept[:start].strip()
