"""One host's records as columns, straight from the driver's cursor: a million rows in seconds, without row objects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, Ints8, Ints32
from engine.domain.distinct import distinct
from engine.domain.lineage import EndEvents, HostEvents
from engine.progress import Check, unasked
from store.base import ids, text
from store.base.dialect import on_server
from store.base.errors import not_found
from store.base.interning import in_chunks
from store.evidence import end_rows, staged_rows, told_rows

FETCH = 1_000
"""Rows held as Python tuples at a time: few enough for the processor's cache."""

INTEGERS = (
    f"id, kind, source_id, position, coalesce(time_us, {NO_TIME}), coalesce(pid, -1), coalesce(ppid, -1),"
    " coalesce(image_id, -1), coalesce(parent_image_id, -1), coalesce(command, -1)"
)
QUERY = f"SELECT {INTEGERS}, guid, parent_guid, record_id, ancestors FROM process WHERE id BETWEEN ? AND ? ORDER BY id"
Texts = tuple[list[str | None], list[str | None], list[str | None], dict[int, str]]

WIDTH = 10
"""How many of the columns are integers."""
STAGED_INTEGERS = (
    "id", "kind", "source_id", "position", "time_us", "pid", "ppid", "image_id", "parent_image_id", "command",
)  # fmt: skip
STAGED_TEXTS = ("guid", "parent_guid", "record_id", "ancestors")
"""The same columns of what is staged."""


def load(connection: Connection, host_id: int, check: Check = unasked) -> HostEvents:
    """Columns of a host, in the order of ingest; placeholders are not records and stay out. Raises NotFound."""
    name = connection.exec_driver_sql("SELECT name FROM host WHERE id = ?", (host_id,)).scalar()
    if name is None:
        raise not_found("host", str(host_id))
    columns, texts = _read(connection, host_id, check)
    row, kind, source, position, time_us, pid, ppid, image, parent_image, command = columns
    guid, parent_guid, record_id, ancestors = texts
    kinds, kind_index = _kinds(connection, kind)
    ancestor_ids = {place: tuple(int(part) for part in str(value).split()) for place, value in ancestors.items()}
    above = np.array([item for chain in ancestor_ids.values() for item in chain], dtype=np.int64)
    paths, images, local = _paths(connection, distinct(np.concatenate([image, parent_image, above])))

    def local_of(numbers: Ints) -> Ints32:
        return local[np.searchsorted(images, numbers)] if len(images) else np.zeros(0, np.int32)

    ends = list(end_rows.of_host(connection, host_id))
    ending = np.repeat(np.array([one.source_id for one in ends], np.int64), [len(one.numbers) for one in ends])
    sources, places = _by_content(connection, np.concatenate([source, ending]))
    return HostEvents(
        host=str(name),
        row=row,
        kind=kind_index,
        kinds=kinds,
        source=places[: len(source)],
        position=position,
        time_us=time_us,
        pid=pid,
        ppid=ppid,
        guid=guid,
        parent_guid=parent_guid,
        image=local_of(image),
        parent_image=local_of(parent_image),
        ancestors={
            place: tuple(int(index) for index in local_of(np.array(numbers, dtype=np.int64)))
            for place, numbers in ancestor_ids.items()
        },
        command=command,
        paths=paths,
        record_id=record_id,
        ends=_ends(ends, places[len(source) :]),
        clock_set_us=np.array(told_rows.clock_set(connection, host_id), np.int64),
        sources=sources,
    )


def _ends(ends: list[end_rows.Packed], source: Ints32) -> EndEvents:
    table = np.concatenate([np.zeros((0, 4), np.int64), *(one.numbers for one in ends)])
    guids = [guid for one in ends for guid in one.guids]
    columns = (table[:, place] for place in (end_rows.TIME, end_rows.PID, end_rows.POSITION))
    time, pid, position = columns
    return EndEvents(time, pid, guids, source.astype(np.int64), position)


def _read(connection: Connection, host_id: int, check: Check) -> tuple[list[Ints], Texts]:
    """With the driver's own decoding where it will do, and that is nearly always: calling Python for each of three
    million texts costs as much as the rest of the query.
    """
    driver = connection.connection.dbapi_connection
    assert driver is not None
    if on_server(connection):
        return _fetch(connection, host_id, check)
    usual = driver.text_factory
    try:
        driver.text_factory = str
        return _fetch(connection, host_id, check)
    except sqlite3.OperationalError:  # "Could not decode to UTF-8"
        driver.text_factory = usual
        return _fetch(connection, host_id, check)
    finally:
        driver.text_factory = usual


def _fetch(connection: Connection, host_id: int, check: Check) -> tuple[list[Ints], Texts]:
    """The integer columns, and guid, parent guid, record id, ancestors (sparse)."""
    parts: list[list[Ints]] = [[] for _ in range(WIDTH)]
    guid: list[str | None] = []
    parent_guid: list[str | None] = []
    record_id: list[str | None] = []
    ancestors: dict[int, str] = {}
    # A parent's GUID is the same text in its own record and in those of all its children: keep one object.
    same: dict[str | None, str | None] = {}
    once = same.setdefault
    for integers, (guids, parent_guids, record_ids, above) in _blocks(connection, host_id):
        check()
        for part, column in zip(parts, integers, strict=True):
            part.append(column)
        start = len(guid)
        guid += map(once, guids, guids)
        parent_guid += map(once, parent_guids, parent_guids)
        record_id += record_ids
        if any(above):
            ancestors.update({start + place: value for place, value in enumerate(above) if value is not None})
    return [_joined(part) for part in parts], (guid, parent_guid, record_id, ancestors)


def _blocks(connection: Connection, host_id: int) -> Iterator[tuple[list[Ints], list[Sequence[Any]]]]:
    """Integer and text columns of some records at a time: first what was linked before, then what is staged."""
    cursor = connection.connection.cursor()
    cursor.execute(QUERY, ids.records(host_id))
    while rows := cursor.fetchmany(FETCH):
        columns = list(zip(*rows, strict=True))
        yield [np.array(column, dtype=np.int64) for column in columns[:WIDTH]], list(columns[WIDTH:])
    cursor.close()
    for staged in staged_rows.of_host(connection, host_id):
        integers = [staged_rows.column(staged, name) for name in STAGED_INTEGERS]
        cleaned = [
            column.copy() if name == "time_us" else np.where(column == staged_rows.MISSING, -1, column)
            for name, column in zip(STAGED_INTEGERS, integers, strict=True)
        ]
        yield cleaned, [_decoded(staged_rows.column(staged, name)) for name in STAGED_TEXTS]


def _decoded(column: list[str | bytes | None]) -> Sequence[str | None]:
    """Texts that SQLite does not take as they are stand there as bytes."""
    return [text.decode(value) if isinstance(value, bytes) else value for value in column]


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _by_content(connection: Connection, source: Ints) -> tuple[tuple[int, ...], Ints32]:
    """Sources numbered by the hash of their content: records of one time must not be ordered by which file came first.

    Returns their ids by number, and the numbers.
    """
    numbers, index = np.unique(source, return_inverse=True)
    rank = source_ranks(connection, numbers.tolist())
    places = np.array([rank[number] for number in numbers.tolist()], dtype=np.int32)[index]
    return tuple(sorted(rank, key=rank.__getitem__)), places


def source_ranks(connection: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """Id of a source -> its place among the given ones by the hash of its content; what has no row comes last."""
    digests = dict(in_chunks(connection, "SELECT id, sha256 FROM source WHERE id IN ({})", list(numbers)))
    return {number: rank for rank, number in enumerate(sorted(numbers, key=lambda one: (digests.get(one, "~"), one)))}


def _kinds(connection: Connection, kind: Ints) -> tuple[tuple[str, ...], Ints8]:
    numbers, index = np.unique(kind, return_inverse=True)
    texts = dict(in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", numbers.tolist()))
    return tuple(str(texts[number]) for number in numbers.tolist()), index.astype(np.int8)


def _paths(connection: Connection, images: Ints) -> tuple[tuple[str, ...], Ints, Ints32]:
    """Path texts, sorted image ids (-1 among them), and for each of those its index into the texts."""
    query = "SELECT image.id, path.id, path.text FROM image JOIN path ON path.id = image.path_id WHERE image.id IN ({})"
    rows = in_chunks(connection, query, images[images >= 0].tolist())
    path_of = {row[0]: row[1] for row in rows}
    texts = {row[1]: row[2] for row in rows}
    order = {path_id: place for place, path_id in enumerate(sorted(texts, key=texts.__getitem__))}
    local = [-1 if number < 0 else order[path_of[number]] for number in images.tolist()]
    return tuple(texts[path_id] for path_id in order), images, np.array(local, dtype=np.int32)
