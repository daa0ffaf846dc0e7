"""A batch of records as rows of `process` and `reject`: tuples for executemany, compiled from the tables' columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from msgspec.structs import astuple
from sqlalchemy import Connection

from engine.records import ProcessEvent, Reject
from store.hosts import HostTable
from store.interning import ImageTable, TextTable
from store.schema_evidence import Process
from store.text import bindable

COLUMNS = (
    "id", "source_id", "position", "record_id", "kind", "time_us", "pid", "ppid", "guid", "parent_guid", "image_id",
    "parent_image_id", "ancestors", "command", "parent_command", "user", "integrity", "cwd", "logon", "original_name",
    "hashes",
)  # fmt: skip
INTERNED = (
    "kind", "command_line", "parent_command_line", "user", "integrity", "cwd", "logon_id", "original_name", "hashes",
)  # fmt: skip
"""Fields of ProcessEvent that are stored as ids of `string`; all but the first stand at the end of COLUMNS, in this order."""
BOUND_TEXTS = ("record_id", "guid", "parent_guid")
BOUND_NUMBERS = ("time_us", "pid", "ppid", "position")
TEXTS = frozenset(BOUND_TEXTS)
assert set(COLUMNS) <= set(Process.__table__.columns.keys())

PLAIN = f"INSERT INTO process ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
CAREFUL = PLAIN.partition("VALUES")[0] + "VALUES ({})".format(
    ", ".join("CAST(? AS TEXT)" if column in TEXTS else "?" for column in COLUMNS)
)
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
        """Insert the batch. Needs a write transaction."""
        if not events:
            return
        # By column and not by record: sets, look-ups and tuples are then made without a line of Python for each value.
        columns = zip(*map(astuple, events), strict=True)
        of: dict[str, tuple[Any, ...]] = dict(zip(ProcessEvent.__struct_fields__, columns, strict=True))
        row_ids = self._hosts.of_batch(connection, case_id, source_id, of["host"], of["time_us"])
        texts: dict[Any, int | None] = dict(self._strings.ids(connection, distinct([of[name] for name in INTERNED])))
        texts[None] = None
        image = list(zip(of["image"], of["os"], strict=True))
        parent = list(zip(of["parent_image"], of["os"], strict=True))
        above = {row: event.ancestors for row, event in enumerate(events) if event.ancestors} if any(of["ancestors"]) else {}
        images: dict[Any, int | None] = dict(self._images.ids(connection, distinct_images(image, parent, above, of["os"])))
        images.update(((None, os), None) for os in set(of["os"]))
        ancestors: list[str | None] = [None] * len(events)
        for row, chain in above.items():
            ancestors[row] = " ".join([str(images[path, of["os"][row]]) for path in chain])
        id_of, image_id_of = texts.__getitem__, images.__getitem__
        kind, *interned = (map(id_of, of[name]) for name in INTERNED)
        rows = list(
            zip(
                row_ids, repeat(source_id), of["position"], of["record_id"], kind, of["time_us"], of["pid"], of["ppid"],
                of["guid"], of["parent_guid"], map(image_id_of, image), map(image_id_of, parent), ancestors, *interned,
                strict=False,  # one of them repeats for ever
            )
        )  # fmt: skip
        # Neighbours in the table one after the other: 10,000 records of fifty hosts touch fifty places, not 10,000.
        rows.sort(key=itemgetter(0))
        if plain([of[name] for name in BOUND_TEXTS], [of[name] for name in BOUND_NUMBERS]):
            connection.exec_driver_sql(PLAIN, rows)
        else:
            connection.exec_driver_sql(CAREFUL, [careful(row) for row in rows])


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


def plain(texts: Sequence[Sequence[str | None]], numbers: Sequence[Sequence[int | None]]) -> bool:
    """Whether SQLite takes the values that are stored in the row as they are: one check for the whole batch, since GUIDs,
    record numbers and pids are hostile only in tests and attacks.
    """
    for column in texts:
        together = "".join(filter(None, column))
        if not together.isascii() or "\0" in together:
            return False
    for numeric in numbers:
        known = [number for number in numeric if number is not None]
        if known and not -LARGEST <= min(known) <= max(known) <= LARGEST:
            return False
    return True


def careful(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same row with its texts in a form that can always be bound, and without numbers that no 64 bits hold."""
    return tuple(
        bindable(value) if isinstance(value, str) else None if isinstance(value, int) and abs(value) > LARGEST else value
        for value in row
    )


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
