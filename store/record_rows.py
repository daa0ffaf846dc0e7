"""A batch of records as rows of `process` and `reject`: tuples for executemany, compiled from the tables' columns."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

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
TEXTS = frozenset({"record_id", "guid", "parent_guid"})
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
        numbers = self._hosts.of_batch(connection, case_id, source_id, events)
        texts: dict[Any, int | None] = {**self._strings.ids(connection, distinct_texts(events)), None: None}
        images: dict[Any, int] = self._images.ids(connection, distinct_images(events))
        rows = [
            (
                next(numbers[event.host]),
                source_id,
                event.position,
                event.record_id,
                texts[event.kind],
                event.time_us,
                event.pid,
                event.ppid,
                event.guid,
                event.parent_guid,
                images[event.image, event.os],
                None if event.parent_image is None else images[event.parent_image, event.os],
                " ".join([str(images[image, event.os]) for image in event.ancestors]) if event.ancestors else None,
                texts[event.command_line],
                texts[event.parent_command_line],
                texts[event.user],
                texts[event.integrity],
                texts[event.cwd],
                texts[event.logon_id],
                texts[event.original_name],
                texts[event.hashes],
            )
            for event in events
        ]
        # Neighbours in the table one after the other: 10,000 records of fifty hosts touch fifty places, not 10,000.
        rows.sort(key=itemgetter(0))
        if plain(events):
            connection.exec_driver_sql(PLAIN, rows)
        elif rows:
            connection.exec_driver_sql(CAREFUL, [careful(row) for row in rows])


def distinct_texts(events: Sequence[ProcessEvent]) -> set[str]:
    """Everything in the batch that lives in `string`, except images."""
    texts: set[str | None] = {event.kind for event in events}
    texts |= {event.command_line for event in events}
    texts |= {event.parent_command_line for event in events}
    texts |= {event.user for event in events}
    texts |= {event.integrity for event in events}
    texts |= {event.cwd for event in events}
    texts |= {event.logon_id for event in events}
    texts |= {event.original_name for event in events}
    texts |= {event.hashes for event in events}
    return {text for text in texts if text is not None}


def distinct_images(events: Sequence[ProcessEvent]) -> set[tuple[str, str]]:
    """(raw image, os) of processes, parents and ancestors."""
    images = {(event.image, event.os) for event in events}
    images |= {(event.parent_image, event.os) for event in events if event.parent_image is not None}
    images |= {(image, event.os) for event in events if event.ancestors for image in event.ancestors}
    return images


def plain(events: Sequence[ProcessEvent]) -> bool:
    """Whether SQLite takes the values that are stored in the row as they are: one check for the whole batch, since GUIDs,
    record numbers and pids are hostile only in tests and attacks.
    """
    texts = [text for event in events for text in (event.record_id, event.guid, event.parent_guid) if text is not None]
    together = "".join(texts)
    numbers = [number for event in events for number in (event.pid, event.ppid, event.time_us) if number is not None]
    numbers += [event.position for event in events]
    fits = min(numbers, default=0) >= -LARGEST and max(numbers, default=0) <= LARGEST
    return fits and together.isascii() and "\0" not in together


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
