"""Rows of Hayabusa (csv-timeline, json-timeline) and Chainsaw (hunt as JSON or CSV): of which rule a hit, on which record.

A row becomes a mark where it is about the creation of a process; what else these tools look at is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from engine.domain.marks import (
    CHAINSAW,
    HAYABUSA,
    LONGEST_ID,
    LONGEST_TITLE,
    MOST_TECHNIQUES,
    NamedRecord,
    RuleMark,
    level_of,
)
from engine.domain.records import ProcessEvent, Reject
from engine.readers.contract import Record
from engine.readers.records.shapes import items_of
from engine.readers.text.csv_common import table
from engine.readers.text.json_split import split_objects
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows import chainsaw, hayabusa
from engine.readers.windows.windows_fields import CREATIONS, kind_of, text

TECHNIQUE = re.compile(r"(?<![A-Za-z0-9])T\d{4}(?:\.\d{3})?(?![0-9])", re.IGNORECASE)
CSV_OF_CHAINSAW = frozenset({"detections", "Event ID", "Record ID", "Computer"})
"""Columns of a group of `chainsaw hunt --csv` that is about event logs."""
PROVIDER = "Event.System.Provider"
LONGEST_CELL = 4_000
"""Characters that techniques are looked for in."""


@dataclass(frozen=True, slots=True)
class ToolHit:
    """A row of `by`: rules, and the records of process creations that they hit; none where it is about something else."""

    position: int
    by: str
    marks: tuple[RuleMark, ...]
    records: tuple[NamedRecord, ...]


def hits(stream: BinaryIO, path: str) -> Iterator[ToolHit | Reject]:
    """Every row, and what is no row of either tool as a reject. `stream`: seekable, at its beginning. Raises InputError for what
    cannot be read on.
    """
    moments = Moments()
    head = stream.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    stream.seek(0)
    for position, record in _objects(stream) if head[:1] in (b"{", b"[") else _rows(stream, path):
        if isinstance(record, Reject):
            yield record
        elif hayabusa.recognises(record):
            yield _of_hayabusa(record, position, moments)
        elif (documents := chainsaw.opened(record)) is not None and "name" in record:
            yield _of_chainsaw(record, documents, position, moments)
        elif record.keys() >= CSV_OF_CHAINSAW:
            yield _of_chainsaw_row(record, position)
        else:
            yield Reject(position=position, code="no-hit", reason="It is no row of Hayabusa's or Chainsaw's.")


def _objects(stream: BinaryIO) -> Iterator[tuple[int, Record | Reject]]:
    for position, piece in enumerate(split_objects(stream), 1):
        record = piece.record or load_object(piece.data)
        if record is not None:
            yield position, record
        elif piece.cut or piece.data.strip(b" \t\r\n,[]\x1e"):
            yield position, Reject(position=position, code="bad-json", reason="It is no JSON object.", sample=piece.data[:400])


def _rows(stream: BinaryIO, path: str) -> Iterator[tuple[int, Record | Reject]]:
    for row in table(stream, path):
        if isinstance(row, Reject):
            yield row.position, row
        else:
            yield row[0], {name: cell for name, cell in row[1].items() if cell}


def _of_hayabusa(record: Record, position: int, moments: Moments) -> ToolHit:
    title = next((record[name] for name in ("RuleTitle", "Title", "RuleFile", "RuleID") if record.get(name)), "")
    techniques = _techniques(record.get(name) for name in ("MitreTags", "OtherTags"))
    mark = _mark(HAYABUSA, title, record.get("Level"), record.get("RuleID"), techniques)
    channel = text(record.get("Channel")) or ""
    number = next((record[name] for name in hayabusa.IDS if name in record), None)
    kind = kind_of(None, hayabusa.CHANNELS.get(channel, channel), number)
    if kind not in CREATIONS:
        return ToolHit(position, HAYABUSA, (mark,), ())
    # A rule with details of its own may tell no program; number, computer and time of the record are there all the same.
    item = hayabusa.map_record(record, position, moments)
    plain = NamedRecord(text(record.get("Computer")) or "", kind, text(record.get("RecordID")) or "",
                        time_us=parse_utc(text(record.get("Timestamp")) or ""))  # fmt: skip
    return ToolHit(position, HAYABUSA, (mark,), (_named(item, plain) if isinstance(item, ProcessEvent) else plain,))


def _of_chainsaw(record: Record, documents: list[Any], position: int, moments: Moments) -> ToolHit:
    mark = _mark(CHAINSAW, record.get("name"), record.get("level"), record.get("id"), _techniques([record.get("tags")]))
    items = [item for one in documents for item in items_of(one, position, moments)]
    return ToolHit(position, CHAINSAW, (mark,), tuple(_named(item) for item in items if isinstance(item, ProcessEvent)))


def _of_chainsaw_row(record: Record, position: int) -> ToolHit:
    """The columns of a group are its own; names of rules are joined by semicolons, and nothing tells a level."""
    names = [name.strip() for name in str(record["detections"]).split(";") if name.strip()]
    kind = kind_of(record.get(PROVIDER), None, record["Event ID"])
    moment = parse_utc(str(record.get("timestamp", "")))
    named = NamedRecord(str(record["Computer"]), kind or "", str(record["Record ID"]), time_us=moment)
    marks = tuple(_mark(CHAINSAW, name, "", "", ()) for name in names)
    return ToolHit(position, CHAINSAW, marks, (named,) if kind in CREATIONS else ())


def _named(item: ProcessEvent, beside: NamedRecord | None = None) -> NamedRecord:
    number = beside.record if beside is not None else item.record_id or ""
    return NamedRecord(item.host, item.kind, number, item.guid or "", item.pid, item.time_us)


def _mark(by: str, title: object, level: object, rule: object, techniques: tuple[str, ...]) -> RuleMark:
    said = " ".join(str(title or "").split())[:LONGEST_TITLE] or "(without a title)"
    return RuleMark(said, level_of(str(level or "")), str(rule or "")[:LONGEST_ID], techniques, by)


def _techniques(parts: Iterable[object]) -> tuple[str, ...]:
    """As ids (T1059.001) or as Sigma's tags (attack.t1059.001), in a list or in one text."""
    texts = (str(one)[:LONGEST_CELL] for part in parts if part for one in (part if isinstance(part, list) else [part]))
    found = (technique.upper() for one in texts for technique in TECHNIQUE.findall(one))
    return tuple(dict.fromkeys(found))[:MOST_TECHNIQUES]
