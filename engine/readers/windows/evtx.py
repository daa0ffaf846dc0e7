"""EVTX: Windows event logs in their own format: Sysmon 1 and Security 4688, ends of processes, cleared logs, clocks set.

Read chunk by chunk through the `evtx` package, each chunk wrapped as a file of one chunk: memory stays at one chunk, no
seeking is needed (archives stream), and a dirty or truncated file, a wrong chunk count or a damaged header costs nothing.
Speed is that of parsing the file as a whole, 300,000 records a second. `engine.readers.windows.evtx_chunks` mends damaged chunks.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec
import orjson

from engine.domain.event_table import Items, flat
from engine.domain.records import SAMPLE_BYTES, ProcessEvent, ReaderItem, Reject
from engine.errors import InputError
from engine.readers.contract import Format, ReadOptions
from engine.readers.crew.crew import SourceBlock
from engine.readers.crew.packed import PackedItems, Unpackable, pack, tabled, unpack
from engine.readers.windows.evtx_chunks import (
    CHUNK,
    CHUNK_MAGIC,
    DUMMY_ID,
    FILE_HEADER,
    FILE_MAGIC,
    FIRST_RECORD,
    Carved,
    carve,
    doubts,
    expected_records,
    file_header,
    has_uncounted,
    header_is_right,
    mend,
)
from engine.readers.windows.windows_event import map_event
from engine.readers.windows.windows_fields import EVENT_NUMBERS

FORMATS = (
    Format(
        slug="evtx",
        title="Windows event logs, EVTX",
        export="C:\\Windows\\System32\\winevt\\Logs, or wevtutil epl Security security.evtx",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs (1102, 104), clocks set (4616); damaged chunks by record",
        left_out="other events",
        source="learn.microsoft.com/openspecs/windows_protocols/ms-even6; github.com/libyal/libevtx",
    ),
)

_HEADER = file_header()
_ZEROS = bytes(CHUNK)
"""Space that was taken in advance. To compare costs a tenth of stripping, and most of a small log is nothing else."""
_EVENT_ID = re.compile(r'"EventID":(?:\{"#attributes":\{[^{}]*\},"#text":)?"?(\d+)')
_EMPTY = '{"Event":null}'
_WANTED = frozenset(map(str, EVENT_NUMBERS))
_TOGETHER = 16
"""Chunks in a block, which makes a megabyte."""
_USED = struct.Struct("<B")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PackedItems).decode


class Parsed(NamedTuple):
    """One record as the parser gave it: its JSON text, or the error that took its place."""

    record_id: int | None
    data: str
    error: str


class EvtxReader:
    """Windows event logs (.evtx), also without their file header."""

    name = "evtx"

    def sniff(self, head: bytes, path: str) -> float:
        """Certain by magic. A wiped file header counts when a chunk follows where it must."""
        if head.startswith((FILE_MAGIC, CHUNK_MAGIC)):
            return 1.0
        return 0.95 if head[FILE_HEADER : FILE_HEADER + 8] == CHUNK_MAGIC else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Positions count records, damaged ones included; the reasons of rejects name byte offsets.

        Behind the records of a chunk with a wrong checksum comes a reject for the chunk, which has a position too.
        """
        return flat(self.tables(stream, hint))

    def tables(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[Items]:
        """As TablingReader: what other processes read stays in tables."""
        position = 0
        chunks = _Chunks(stream)
        for block in _read_by(hint, _blocks(chunks)):
            if block.answer:
                table = unpack(_decode(block.answer), position)
                position += len(table)
                yield table
                continue
            for item in _block_items(block.number, block.data, position, hint.host):
                position += 1
                yield item
        if chunks.seen < chunks.promised:
            yield _cut_off(f"its header counts {chunks.promised:,} chunks of records, {chunks.seen:,} are there", position + 1)
        elif chunks.head < FILE_HEADER:
            yield _cut_off(f"{chunks.head:,} of the {FILE_HEADER:,} bytes of its header are there", position + 1)


READER = EvtxReader()


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    """As engine.readers.crew.hand.Answerer: the items of some chunks, their positions counted from 1."""
    try:
        return _encode(pack(tabled(list(_block_items(number, block, 0, settings.decode())))))
    except (Unpackable, UnicodeError):
        return b""


def _read_by(hint: ReadOptions, blocks: Iterator[tuple[int, bytes]]) -> Iterator[SourceBlock]:
    if hint.crew is None:
        return (SourceBlock(number, data, b"") for number, data in blocks)
    return hint.crew.read(__name__, hint.host.encode("utf-8", "replace"), blocks, hint.path)


def _blocks(chunks: _Chunks) -> Iterator[tuple[int, bytes]]:
    """Some chunks at a time: the byte offset of the first; how many of them the header counts as used, and their bytes."""
    waiting: list[bytes] = []
    first = used = 0
    try:
        for offset, chunk, counted in chunks:
            first = first if waiting else offset
            waiting.append(chunk)
            used += counted
            if len(waiting) == _TOGETHER or len(chunk) < CHUNK:
                together, waiting, counts, used = waiting, [], used, 0
                yield first, _USED.pack(counts) + b"".join(together)
    except InputError:
        if waiting:
            yield first, _USED.pack(used) + b"".join(waiting)
        raise
    if waiting:
        yield first, _USED.pack(used) + b"".join(waiting)


def _block_items(offset: int, block: bytes, position: int, host: str) -> Iterator[ReaderItem]:
    """The items of a block of `_blocks`, the first at `position` + 1."""
    (used,) = _USED.unpack_from(block)
    for place, start in enumerate(range(_USED.size, len(block), CHUNK)):
        chunk = block[start : start + CHUNK]
        records = sound = kept = 0
        for parsed in chunk_records(chunk, offset + place * CHUNK, used=place < used):
            position += 1
            item = _item(parsed, position, host)
            records += 1
            sound += not parsed.error
            kept += type(item) is ProcessEvent
            yield item
        # A chunk of which nothing can be read has said so; one that only claims to be empty has not.
        asked = sound or (not records and chunk.startswith(CHUNK_MAGIC))
        if asked and (wrong := doubts(chunk)):
            position += 1
            lost = max(0, (expected_records(chunk) or 0) - records)
            yield _untrusted(offset + place * CHUNK, wrong, sound, kept, lost, position)


def _untrusted(offset: int, wrong: str, records: int, kept: int, lost: int, position: int) -> Reject:
    """What is said of a chunk that is not as it was written. One flipped bit in a template changes every record that uses it."""
    missing = f"{lost:,} that its header counts are missing" if lost else "others may be missing"
    reason = (
        f"The chunk at byte {offset} is damaged: {wrong}. The {records:,} records read from it, {kept:,} of them process"
        f" creations, may not be what was logged, and {missing}."
    )
    return Reject(position=position, code="untrusted-chunk", reason=reason, untrusted=kept)


def _cut_off(what: str, position: int) -> Reject:
    """What is said of a file that ends before its header says. A file that was cut between two chunks is sound all through."""
    return Reject(position=position, code="missing-chunks", reason=f"The file is cut off: {what}.")


class _Chunks:
    """The chunks of a file: (byte offset, up to 64 KiB, whether the file header counts it as used) for each."""

    def __init__(self, stream: BinaryIO) -> None:
        self.promised = 0
        """As many as the header counts, 0 where there is none that can be trusted. That of a log in use may be too low."""
        self.seen = 0
        self.head = FILE_HEADER
        """Bytes of the file header, where the file begins with one."""
        self._stream = stream

    def __iter__(self) -> Iterator[tuple[int, bytes, bool]]:
        head, error = _read_exactly(self._stream, FILE_HEADER)
        offset, last = FILE_HEADER, 2**63
        chunk = b""
        if head.startswith(FILE_MAGIC):
            self.head = len(head)
        if head.startswith(CHUNK_MAGIC):
            chunk, offset = head, 0
        elif head.startswith(FILE_MAGIC) and len(head) == FILE_HEADER and header_is_right(head):
            last = struct.unpack_from("<Q", head, 16)[0]
            self.promised = struct.unpack_from("<H", head, 42)[0]
        while error is None:
            rest, error = _read_exactly(self._stream, CHUNK - len(chunk))
            chunk += rest
            if not chunk:
                break
            yield offset, chunk, self.seen <= last
            offset += len(chunk)
            self.seen += 1
            chunk = b""
        if error is not None:
            raise error


def _read_exactly(stream: BinaryIO, size: int) -> tuple[bytes, InputError | None]:
    """Up to `size` bytes, and what ended the stream when that was damage: the bytes before it still count."""
    parts = []
    try:
        # Compressed streams may return less than was asked for long before they end.
        while size > 0 and (part := stream.read(size)):
            parts.append(part)
            size -= len(part)
    except InputError as error:
        return b"".join(parts), error
    except OSError as error:
        return b"".join(parts), InputError(f"The data breaks off: {error.strerror or error}.")
    return b"".join(parts), None


def chunk_records(chunk: bytes, offset: int, *, used: bool = True) -> Iterator[Parsed]:
    """The records of one chunk in order, with an error in the place of each that is damaged. `offset` is for messages."""
    expected = expected_records(chunk)
    if expected is not None and len(chunk) == CHUNK:
        records = _parse(chunk)
        if len(records) == expected and not any(record.error for record in records) and not has_uncounted(chunk):
            yield from records
            return
    elif expected is None and _ZEROS.startswith(chunk):
        return
    carved = carve(chunk)
    if not carved or (expected is None and not any(record.sound for record in carved)):
        # Space behind the last chunk is preallocated and holds whatever the disk held before.
        if used and expected != 0:
            yield Parsed(None, "", f"the chunk at byte {offset} is no event log chunk, and no record was found in it")
        return
    found = list(_recover(chunk, carved, offset))
    if all(parsed.error for parsed in found):
        # One bit in the tables of shared strings and templates fails every record; without tables they are read in place.
        found = list(_recover(bytes(FIRST_RECORD) + chunk[FIRST_RECORD:], carved, offset))
    yield from found


def _recover(chunk: bytes, carved: list[Carved], offset: int) -> Iterator[Parsed]:
    """Walk a mended chunk; where the parser gives up, go on behind that record. One result for each carved record."""
    left = carved
    while left:
        records = _parse(mend(chunk, left))
        if records and records[0].record_id == DUMMY_ID:
            records = records[1:]
        if len(records) < len(left) and not (records and records[-1].error):
            # It ended without a word: the next record is what stopped it.
            records = [*records, Parsed(None, "", "the parser cannot go on here")]
        for place, parsed in zip(left, records, strict=False):
            if parsed.error:
                message = f"The record at byte {offset + place.offset} is damaged: {parsed.error}."
                yield Parsed(place.record_id, "", message)
            else:
                yield parsed
        left = left[len(records) :]


def _parse(chunk: bytes) -> list[Parsed]:
    """All that the parser yields for one chunk. Errors of single records come in their place."""
    from evtx import PyEvtxParser

    records: list[Parsed] = []
    try:
        # One thread: workers would be started anew for each chunk.
        iterator = iter(PyEvtxParser(io.BytesIO(_HEADER + chunk), 1).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        return [Parsed(None, "", str(error)[:200])]
    while len(records) <= CHUNK // 8:
        try:
            record: Any = next(iterator)
        except StopIteration:
            break
        except (RuntimeError, OSError, ValueError) as error:
            records.append(Parsed(None, "", str(error)[:200]))
        except BaseException as error:
            # A panic in the Rust code arrives as pyo3's PanicException, which is no Exception.
            if type(error).__name__ != "PanicException":
                raise
            records.append(Parsed(None, "", "the parser failed"))
            break
        else:
            number, data = record["event_record_id"], record["data"]
            empty = data == _EMPTY and number != DUMMY_ID
            records.append(Parsed(number, data, "it holds no event" if empty else ""))
    return records


def _item(parsed: Parsed, position: int, host: str) -> ReaderItem:
    record_id = None if parsed.record_id is None else str(parsed.record_id)
    if parsed.error:
        return Reject(position=position, code="damaged-record", reason=parsed.error, record_id=record_id)
    match = _EVENT_ID.search(parsed.data)
    if match is not None and match.group(1) not in _WANTED:
        return None
    try:
        document: Any = orjson.loads(parsed.data)
        event = document["Event"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        event = None
    if not isinstance(event, dict):
        return Reject(
            position=position,
            code="damaged-record",
            reason="The record holds no event.",
            record_id=record_id,
            sample=parsed.data.encode("utf-8", "replace")[:SAMPLE_BYTES],
        )
    return map_event(event, position, record_id=record_id, host=host)
