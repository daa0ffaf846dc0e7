"""A batch of records: packed until linking makes rows of `process` of them (staged_rows.py), and rows of `reject`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints, Ints32
from engine.domain.event_table import NUMBERS, TOLD, EventTable
from engine.domain.records import Reject
from store.base.interning import ImageTable, TextTable
from store.base.text import bindable
from store.evidence import staged_rows
from store.evidence.hosts import HostTable
from store.evidence.staged_rows import MISSING

INTERNED = (
    "kind", "command_line", "parent_command_line", "user", "integrity", "cwd", "logon_id", "original_name", "hashes",
)  # fmt: skip
"""Fields of ProcessEvent that are stored as ids of `string`; all but the first end staged_rows.NUMBERS, in this order."""
TEXTS = ("record_id", "guid", "parent_guid")
"""Fields that are stored as they are; they begin staged_rows.TEXTS."""
_INTERNED = [TOLD.index(name) for name in INTERNED]
_IMAGE, _PARENT, _OS, _HOST = map(TOLD.index, ("image", "parent_image", "os", "host"))
_TIME, _PID, _PPID, _POSITION = map(NUMBERS.index, ("time_us", "pid", "ppid", "position"))

REJECT = (
    "INSERT INTO reject (source_id, position, code, reason, record_id, sample)"
    " VALUES (?, ?, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), ?)"
)
SAMPLED_REJECTS = 10_000
LARGEST = 2**63 - 1


class RecordWriter:
    """Turns records into rows; holds the caches."""

    def __init__(self, strings: TextTable, images: ImageTable, hosts: HostTable) -> None:
        self._strings = strings
        self._images = images
        self._hosts = hosts

    def write(self, connection: Connection, case_id: int, source_id: int, tables: Sequence[EventTable]) -> None:
        """Stage the records of a batch. Needs a write transaction."""
        if not any(map(len, tables)):
            return
        # By text and not by record: what a table repeats is looked up once, and a record is some indices.
        names, hosts = _numbered([(table.texts, table.told[_HOST]) for table in tables])
        times = np.concatenate([table.numbers[_TIME] for table in tables])
        row_ids = self._hosts.of_batch(connection, case_id, source_id, names, hosts, times)
        interned = [_Used.of(table) for table in tables]
        strings = self._strings.ids(connection, set().union(*(used.texts for used in interned)))
        pairs = [_Images.of(table) for table in tables]
        images = self._images.ids(connection, set().union(*(found.pairs for found in pairs)))
        start, columns = 0, []
        for table, used, found in zip(tables, interned, pairs, strict=True):
            kind, *others = used.ids(strings)
            image, parent = found.ids(images)
            numbers, size = table.numbers, len(table)
            columns.append(
                np.stack(
                    [
                        row_ids[start : start + size], np.full(size, source_id), numbers[_POSITION], kind, numbers[_TIME],
                        numbers[_PID], numbers[_PPID], image, parent, *others,
                    ],
                    axis=1,
                )
            )  # fmt: skip
            start += size
        texts = [plain([text for table in tables for text in table.column(name)]) for name in TEXTS]
        staged_rows.stage(connection, source_id, np.concatenate(columns), [*texts, _ancestors(tables, images)])


@dataclass(frozen=True, slots=True)
class _Used:
    """The texts of a table that are stored as ids."""

    texts: list[str]
    places: Ints
    """Where they are in the table's texts."""
    told: Ints32
    """[INTERNED, n] the columns."""
    size: int

    @classmethod
    def of(cls, table: EventTable) -> _Used:
        told = table.told[_INTERNED]
        seen = np.zeros(len(table.texts), np.bool_)
        seen[told] = True
        places = np.array([place for place in np.flatnonzero(seen).tolist() if table.texts[place] is not None], np.int64)
        return cls([table.texts[place] for place in places.tolist()], places, told, len(table.texts))

    def ids(self, known: dict[str, int]) -> Ints:
        """[INTERNED, n] the numbers of the texts."""
        of_text = np.full(self.size, MISSING, np.int64)
        of_text[self.places] = [known[text] for text in self.texts]
        return of_text[self.told]


@dataclass(frozen=True, slots=True)
class _Images:
    """The images of a table: processes, parents, ancestors."""

    pairs: list[tuple[str, str]]
    """(text, os) of each of `places` that is one, and those of ancestors behind them."""
    known: Ints
    """Which of the different pairs in the table are images: a parent may be unknown."""
    index: Ints
    """[2, n] of processes and parents, the number of their pair."""
    different: int

    @classmethod
    def of(cls, table: EventTable) -> _Images:
        texts: Sequence[Any] = table.texts
        systems = table.told[_OS]
        keys, index = np.unique(table.told[[_IMAGE, _PARENT]].astype(np.int64) * len(texts) + systems, return_inverse=True)
        pairs = [(texts[key // len(texts)], texts[key % len(texts)]) for key in keys.tolist()]
        known = [number for number, (text, _) in enumerate(pairs) if text is not None]
        above = [(path, texts[systems[row]]) for row, chain in table.ancestors.items() for path in chain]
        pairs = [*(pairs[number] for number in known), *above]
        return cls(pairs, np.array(known, np.int64), index.reshape(2, -1), len(keys))

    def ids(self, known: dict[tuple[str, str], int]) -> Ints:
        """[2, n] the numbers of the images."""
        of_pair = np.full(self.different, MISSING, np.int64)
        of_pair[self.known] = [known[pair] for pair in self.pairs[: len(self.known)]]
        return of_pair[self.index]


def _ancestors(tables: Sequence[EventTable], images: dict[tuple[str, str], int]) -> list[str | bytes | None]:
    """Of each record the images above its parent, as they are stored."""
    found: list[str | bytes | None] = [None] * sum(map(len, tables))
    start = 0
    for table in tables:
        for row, chain in table.ancestors.items():
            system = str(table.texts[table.told[_OS, row]])
            found[start + row] = " ".join([str(images[path, system]) for path in chain])
        start += len(table)
    return found


def _numbered(columns: Sequence[tuple[Sequence[Any], Ints32]]) -> tuple[list[str], Ints]:
    """Different texts of columns that refer to texts of their own, as they first occur; and all columns with their numbers."""
    numbers: dict[str, int] = {}
    found = []
    for texts, index in columns:
        places, first = np.unique(index, return_index=True)
        of_text = np.zeros(len(texts), np.int64)
        for place in places[np.argsort(first)].tolist():
            of_text[place] = numbers.setdefault(texts[place], len(numbers))
        found.append(of_text[index])
    return list(numbers), np.concatenate(found)


def plain(column: list[str | None]) -> list[str | bytes | None]:
    """The texts as SQLite takes them: one check for the whole column, since GUIDs and record numbers are hostile only in tests
    and attacks.
    """
    together = "".join(filter(None, column))
    if together.isascii() and "\0" not in together:
        return list(column)
    return [None if value is None else bindable(value) for value in column]


def write_rejects(connection: Connection, source_id: int, before: int, rejects: Sequence[Reject]) -> None:
    """Insert rejects; `before` of this source are there already."""
    rows = [
        (
            source_id,
            reject.position,
            bindable(reject.code),
            bindable(reject.reason),
            None if reject.record_id is None else bindable(reject.record_id),
            reject.sample if before + place < SAMPLED_REJECTS else None,
        )
        for place, reject in enumerate(rejects)
    ]
    if rows:
        connection.exec_driver_sql(REJECT, rows)
