"""A batch of records: packed until linking makes rows of `process` of them (staged_rows.py), and rows of `reject`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec.structs import astuple
from sqlalchemy import Connection

from engine.domain.arrays import Ints
from engine.domain.records import ProcessEvent, Reject
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
TRANSPOSED = 200
"""Records turned into columns at a time: few enough for the processor's cache, which 10,000 are not."""

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

    def write(self, connection: Connection, case_id: int, source_id: int, events: list[ProcessEvent]) -> None:
        """Stage the batch. Needs a write transaction."""
        if not events:
            return
        # By column and not by record: sets, look-ups and arrays are then made without a line of Python for each value.
        of = columns(events)
        row_ids = self._hosts.of_batch(connection, case_id, source_id, of["host"], of["time_us"])
        texts: dict[Any, int] = dict(self._strings.ids(connection, distinct([of[name] for name in INTERNED])))
        texts[None] = MISSING
        image = list(zip(of["image"], of["os"], strict=True))
        parent = list(zip(of["parent_image"], of["os"], strict=True))
        above = {row: event.ancestors for row, event in enumerate(events) if event.ancestors} if any(of["ancestors"]) else {}
        images: dict[Any, int] = dict(self._images.ids(connection, distinct_images(image, parent, above, of["os"])))
        images.update(((None, os), MISSING) for os in set(of["os"]))
        ancestors: list[str | bytes | None] = [None] * len(events)
        for row, chain in above.items():
            ancestors[row] = " ".join([str(images[path, of["os"][row]]) for path in chain])
        kind, *interned = (numbers(map(texts.__getitem__, of[name]), len(events)) for name in INTERNED)
        integers = {name: known(of[name]) for name in ("position", "time_us", "pid", "ppid")}
        image_ids = [numbers(map(images.__getitem__, column), len(events)) for column in (image, parent)]
        packed = np.stack(
            [
                numbers(row_ids, len(events)), np.full(len(events), source_id), integers["position"], kind, integers["time_us"],
                integers["pid"], integers["ppid"], *image_ids, *interned,
            ],
            axis=1,
        )  # fmt: skip
        staged_rows.stage(connection, source_id, packed, [*(plain(of[name]) for name in TEXTS), ancestors])


def columns(events: list[ProcessEvent]) -> dict[str, list[Any]]:
    """Field of ProcessEvent -> its values."""
    parts: list[list[Any]] = [[] for _ in ProcessEvent.__struct_fields__]
    for start in range(0, len(events), TRANSPOSED):
        few = zip(*map(astuple, events[start : start + TRANSPOSED]), strict=True)
        for part, column in zip(parts, few, strict=True):
            part.extend(column)
    return dict(zip(ProcessEvent.__struct_fields__, parts, strict=True))


def numbers(values: Iterable[int], size: int) -> Ints:
    """[size] integers as an array."""
    return np.fromiter(values, np.int64, size)


def known(column: list[int | None]) -> Ints:
    """Numbers of a log as an array; MISSING for None and for what no 64 bits hold."""
    try:
        return np.array(column if None not in column else [MISSING if value is None else value for value in column], np.int64)
    except OverflowError:
        return known([value if value is not None and abs(value) <= LARGEST else None for value in column])


def distinct(columns: Sequence[Sequence[str | None]]) -> set[str]:
    """Every text in the columns once."""
    texts: set[Any] = set().union(*columns)
    texts.discard(None)
    return texts


def distinct_images(
    image: list[tuple[str, str]], parent: list[tuple[str | None, str]], above: dict[int, tuple[str, ...]], os: Sequence[str]
) -> set[tuple[str, str]]:
    """(raw image, os) of processes, parents and ancestors."""
    images: set[Any] = {*image, *parent}
    images.difference_update([(None, name) for name in set(os)])
    return images | {(path, os[row]) for row, chain in above.items() for path in chain}


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
