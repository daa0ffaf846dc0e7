"""The processes of one or several cases as engine.domain.processes.ProcessTable, straight from the driver's cursor.

In one order whatever was ingested first (see store/chains/corpus.py): hosts by name, their processes by time, then by the content
of the source and the position in it. Command lines are numbered as they first occur in that order.
"""

from __future__ import annotations

import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, Ints8, Ints32
from engine.domain.blocks import numbered
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import CommandWords, Listing, Privilege, ProcessTable
from engine.knowledge.privileges import by_account, by_level
from engine.knowledge.renamed import LONGEST, original_of
from engine.progress import Run, Step
from engine.words.command_line import tokens_of, words
from engine.words.command_shape import number_of, shape_of
from store.base import ids
from store.base.blocks import FETCH, blocks, integers
from store.base.interning import in_chunks
from store.chains import hash_lists
from store.evidence.host_events import source_ranks

COLUMNS = (
    f"id, coalesce(chain_id, -1), coalesce(parent_id, -1), coalesce(time_us, {NO_TIME}), coalesce(command, -1),"
    " coalesce(integrity, -1), coalesce(user, -1), coalesce(original_name, -1), coalesce(hashes, -1), coalesce(source_id, -1),"
    " position"
)
ROW, CHAIN, PARENT, TIME, COMMAND, INTEGRITY, USER, ORIGINAL, HASHES, SOURCE, POSITION = range(11)
KEPT = SOURCE
"""Columns of a process that are needed once its place is known."""
NARROW = np.iinfo(np.int32)
Numbers = npt.NDArray[np.signedinteger[Any]]
"""Of 32 or of 64 bits."""
QUERY = f"SELECT {COLUMNS} FROM process WHERE id BETWEEN ? AND ? AND merged_into IS NULL ORDER BY id"


def load(
    connection: Connection,
    cases: Sequence[int],
    corpus: ChainCorpus,
    run: Run = Run(),
) -> ProcessTable:
    """Every process of the cases with its row of `corpus`, which must have been loaded from the same cases."""
    hosts = host_order(connection, cases)
    ranks = source_ranks(connection, _sources(connection, cases))
    read = _Read()
    for done, host in enumerate(hosts):
        run.raise_if_cancelled()
        run.report(Step("read processes", done, len(hosts), "hosts"))
        read.add(_host(connection, host, ranks))
    run.report(Step("read processes", len(hosts), len(hosts), "hosts", last=True))
    # One column after the other: what each is made of is given up when it is made.
    sizes = np.array(read.sizes, dtype=np.int64)
    chain = _chains(connection, cases, corpus, read.column(CHAIN))
    commands, command = _commands(connection, read.column(COMMAND), run)
    original, originals = _originals(connection, read.column(ORIGINAL), run)
    listed, listings = _listed(connection, cases, read.column(HASHES))
    privilege = _privileges(connection, read.column(INTEGRITY), read.column(USER))
    above = read.column(PARENT)
    leaf = corpus.steps[chain, np.maximum(corpus.lengths[chain] - 1, 0)] if len(corpus) else chain
    row = read.column(ROW).astype(np.int64, copy=False)
    return ProcessTable(
        row=row,
        chain=chain,
        image=np.where(chain >= 0, leaf, -1).astype(np.int32),
        parent=np.where(above >= 0, above + np.repeat(np.cumsum(sizes) - sizes, sizes), -1).astype(np.int32),
        host=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        time_us=read.column(TIME).astype(np.int64, copy=False),
        command=command,
        privilege=privilege,
        recorded=((row & ids.FIRST_PLACEHOLDER) == 0).astype(np.int8),
        commands=commands,
        original=original,
        originals=originals,
        listed=listed,
        listings=listings,
    )


class _Read:
    """The columns of the hosts read so far, each as narrow as its numbers are: ids of texts and places are of 32 bits."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        """Of the hosts that have processes."""
        self._parts: list[list[Numbers]] = [[] for _ in range(KEPT)]

    def add(self, table: Ints) -> None:
        """A host's processes, [m, KEPT]."""
        if len(table):
            self.sizes.append(len(table))
            for part, column in zip(self._parts, table.T, strict=True):
                narrow = column.min() >= NARROW.min and column.max() <= NARROW.max
                part.append(column.astype(np.int32 if narrow else np.int64))

    def column(self, place: int) -> Numbers:
        """[n] a column of all hosts; its parts are given up."""
        parts, self._parts[place] = self._parts[place], []
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def host_order(connection: Connection, cases: Sequence[int]) -> list[int]:
    """The hosts of the cases by name; one whose records name none by its sources' content, of which its key has no word."""
    own = "SELECT min(s.sha256) FROM source s WHERE s.case_id = h.case_id AND"
    query = (
        f"SELECT h.key, CASE WHEN h.key LIKE 'files:%' THEN ({own} s.collection = substr(h.key, 7) AND s.kept > 0)"
        f" WHEN h.key LIKE 'source:%' THEN ({own} s.id = CAST(substr(h.key, 8) AS INTEGER)) END, h.id"
        " FROM host h WHERE h.case_id = ?"
    )
    found = [
        ((str(key), "") if digest is None else ("", str(digest)), place, int(host))
        for place, case in enumerate(cases)
        for key, digest, host in connection.exec_driver_sql(query, (case,)).all()
    ]
    return [host for _, _, host in sorted(found)]


def _sources(connection: Connection, cases: Sequence[int]) -> list[int]:
    marks = ",".join(str(int(case)) for case in cases)
    return [int(number) for (number,) in connection.exec_driver_sql(f"SELECT id FROM source WHERE case_id IN ({marks})").all()]


def _host(connection: Connection, host: int, ranks: Mapping[int, int]) -> Ints:
    """[m, KEPT] its processes in order; in PARENT the place of each one's parent among them, -1 for roots."""
    table = integers(connection, QUERY, (ids.records(host)[0], ids.placeholders(host)[1]), POSITION + 1)
    if not len(table):
        return table[:, :KEPT]
    row, parent, source = table[:, ROW], table[:, PARENT], table[:, SOURCE]
    numbers, index = np.unique(source, return_inverse=True)
    # Placeholders, which come from no source, are numbered as linking met them, and linking goes by time and content.
    content = np.array([ranks.get(number, -1) for number in numbers.tolist()], dtype=np.int64)[index]
    order = np.lexsort((row, table[:, POSITION], content, table[:, TIME]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    at = np.minimum(np.searchsorted(row, parent), len(row) - 1)
    table[:, PARENT] = np.where(row[at] == parent, place[at], -1)
    return table[order, :KEPT]


def _chains(connection: Connection, cases: Sequence[int], corpus: ChainCorpus, chain_id: Numbers) -> Ints32:
    """The corpus has the ids of one case. A chain that two have is one row of it, so with several all are found by key."""
    known: dict[int, int] = {}
    if len(cases) > 1:
        row_of = {key: row for row, key in enumerate(corpus.keys)}
        for case in cases:
            for rows in blocks(connection, "SELECT id, key FROM chain WHERE case_id = ?", (case,)):
                known.update((number, row_of[key]) for number, key in rows if key in row_of)
    ids = np.concatenate([corpus.ids, np.fromiter(known, np.int64, len(known))])
    if not len(ids):
        return np.full(len(chain_id), -1, np.int32)
    place = np.concatenate([np.arange(len(corpus), dtype=np.int32), np.fromiter(known.values(), np.int32, len(known))])
    order = np.argsort(ids)
    at = order[np.minimum(np.searchsorted(ids, chain_id, sorter=order), len(ids) - 1)]
    return np.where(ids[at] == chain_id, place[at], -1).astype(np.int32)


def _commands(connection: Connection, command: Numbers, run: Run) -> tuple[CommandWords, Ints32]:
    """Words and shape of every different command line, read a chunk of texts at a time."""
    known = command[command >= 0]
    first = np.unique(known, return_index=True)[1]
    numbers = known[np.sort(first)]
    start, flat, shapes = array.array("q", [0]), array.array("i"), array.array("q")
    for begin in range(0, len(numbers), FETCH):
        run.raise_if_cancelled()
        run.report(Step("read command lines", begin, len(numbers), "command lines"))
        part = numbers[begin : begin + FETCH].tolist()
        texts = dict(in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", part))
        for number in part:
            found = words(texts.get(number, ""))
            flat.extend(tokens_of(found))
            start.append(len(flat))
            shapes.append(number_of(shape_of(found)))
    run.report(Step("read command lines", len(numbers), len(numbers), "command lines", last=True))
    by_number = np.argsort(numbers)
    at = np.searchsorted(numbers[by_number], command)
    index = np.where(command >= 0, np.append(by_number, -1)[at], -1).astype(np.int32)
    return CommandWords(np.array(start, dtype=np.int64), np.array(flat, dtype=np.int32), np.array(shapes, dtype=np.int64)), index


def _originals(connection: Connection, name: Numbers, run: Run) -> tuple[Ints32 | None, tuple[str, ...]]:
    """What the tables know of every different original name, of which no more is read than they look at."""
    numbers = distinct(name[name >= 0])
    place: dict[str, int] = {}
    known = np.full(len(numbers) + 1, -1, dtype=np.int32)
    query = f"SELECT id, substr(text, 1, {LONGEST + 1}) FROM string WHERE id IN ({{}})"
    for begin in range(0, len(numbers), FETCH):
        run.raise_if_cancelled()
        part = numbers[begin : begin + FETCH].tolist()
        texts = dict(in_chunks(connection, query, part))
        for at, number in enumerate(part, begin):
            if (found := original_of(str(texts.get(number, "")))) is not None:
                known[at] = place.setdefault(found, len(place))
    if not place:
        return None, ()
    # In the order of the alphabet: the numbers are of one workspace.
    names = sorted(place)
    ranks = np.full(len(names) + 1, -1, dtype=np.int32)
    ranks[[place[one] for one in names]] = np.arange(len(names))
    return ranks[known][np.where(name >= 0, np.searchsorted(numbers, name), -1)], tuple(names)


def _listed(connection: Connection, cases: Sequence[int], hashes: Numbers) -> tuple[Ints32 | None, tuple[Listing, ...]]:
    """What the lists of the cases say of every process's program, by the key of its text of hashes."""
    said = hash_lists.listings(connection, cases)
    if not said:
        return None, ()
    keys = np.array(sorted(said), dtype=np.int64)
    different = sorted(set(said.values()), key=lambda listing: (listing.bad, listing.good))
    place = {listing: number for number, listing in enumerate(different)}
    index = np.array([place[said[key]] for key in keys.tolist()], dtype=np.int32)
    at = np.minimum(np.searchsorted(keys, hashes), len(keys) - 1)
    listed = np.where(keys[at] == hashes, index[at], -1).astype(np.int32)
    return (listed, tuple(different)) if (listed >= 0).any() else (None, ())


def _privileges(connection: Connection, integrity: Numbers, user: Numbers) -> Ints8:
    level, account = _by_text(connection, integrity, by_level), _by_text(connection, user, by_account)
    return np.where(level > 0, level, account)


def _by_text(connection: Connection, numbers: Numbers, judge: Callable[[str], Privilege]) -> Ints8:
    different, place = numbered(numbers)
    texts = dict(in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", different[different >= 0].tolist()))
    values = [judge(str(texts.get(number) or "")) for number in different.tolist()]
    return np.array(values, dtype=np.int8)[place]
