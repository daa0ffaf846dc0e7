"""Chunks of an EVTX file and how to get the records out of damaged ones.

Layout ([MS-EVEN6], and J. Metz, "Windows XML Event Log (EVTX) format"): a 4 KiB file header, then 64 KiB chunks, each
self-contained: a 512-byte header (numbers of its first and last record, offset of its free space, tables of shared
strings and templates), then records, 8-byte aligned: magic 2a 2a 00 00, size, record id, FILETIME, binary XML, size again.

The parser walks a chunk from record to record by their sizes, so one bad size or magic hides everything behind it, at
times without an error. Here a damaged chunk is mended in memory: the sizes of the records are stretched over the
damage behind them (binary XML ends by its own token, the parser ignores the rest), and a dummy record bridges damage at
the start. Records cannot be cut out instead: templates and strings are referenced by their offset in the chunk.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

CHUNK = 65_536
FILE_HEADER = 4_096
FIRST_RECORD = 512
CHUNK_MAGIC = b"ElfChnk\x00"
FILE_MAGIC = b"ElfFile\x00"
DUMMY_ID = 2**63 + 0x0DD
"""Record id of the bridge at the start of a mended chunk; real ids never get there."""

_NO_ID = 2**63 - 1
_RECORD_MAGIC = b"\x2a\x2a\x00\x00"
_MAGIC = re.compile(re.escape(_RECORD_MAGIC))
_RECORD = struct.Struct("<4sIQQ")
_SMALLEST = 28
_LARGEST_ID = 2**48
"""A record id beyond this is damage: a log would need centuries."""
_EMPTY_XML = b"\x0f\x01\x01\x00\x00"
"""Binary XML of nothing: fragment header, end of stream."""


@dataclass(frozen=True, slots=True)
class Carved:
    """A record's place in its chunk. `sound` when its magic is there and both copies of its size agree; otherwise its size
    is what lies between its neighbours, and only parsing can tell whether a record is there.
    """

    offset: int
    size: int
    record_id: int | None
    sound: bool


def file_header() -> bytes:
    """A valid file header for a file of one chunk: the evidence's own may be damaged, dirty or missing."""
    head = bytearray(FILE_HEADER)
    struct.pack_into("<8sQQQIHHHH", head, 0, FILE_MAGIC, 0, 0, 1, 128, 1, 3, FILE_HEADER, 1)
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head)


def header_is_right(head: bytes) -> bool:
    """Whether the checksum of a file header is right; if not, its count of chunks is not to be trusted."""
    return bool(zlib.crc32(head[:120]) == struct.unpack_from("<I", head, 124)[0])


def expected_records(chunk: bytes) -> int | None:
    """How many records the chunk's header promises; None when the header is no chunk header or makes no sense."""
    if len(chunk) < FIRST_RECORD or not chunk.startswith(CHUNK_MAGIC):
        return None
    first, last = struct.unpack_from("<QQ", chunk, 8)
    # An empty chunk has first = 1, last = 0 (or all ones); a record takes at least 28 bytes.
    if last + 1 == first or first == 2**64 - 1:
        return 0
    count = int(last - first + 1)
    return count if 0 < count <= CHUNK // _SMALLEST else None


def doubts(chunk: bytes) -> str:
    """Which of a chunk's checksums is wrong, in words; "" when both are right.

    [MS-EVEN6] gives the header's CRC32 at 0x7c (over the header without itself and the flags, and the tables) and that of the
    records up to the free space at 0x34. The service brings both up to date with each record, so those of a log that was
    copied while it was written to are right; what it had not counted yet stands behind the free space.
    """
    if len(chunk) < FIRST_RECORD or not chunk.startswith(CHUNK_MAGIC):
        return "it has no header"
    free, of_records = struct.unpack_from("<II", chunk, 48)
    (of_header,) = struct.unpack_from("<I", chunk, 124)
    wrong = []
    if zlib.crc32(chunk[128:FIRST_RECORD], zlib.crc32(chunk[:120])) != of_header:
        wrong.append("the checksum of its header is wrong")
    if free > len(chunk):
        wrong.append("its end is missing")
    elif zlib.crc32(chunk[FIRST_RECORD:free]) != of_records:
        wrong.append("the checksum of its records is wrong")
    return " and ".join(wrong)


def carve(chunk: bytes) -> list[Carved]:
    """Every record of the chunk in order, without overlaps: the sound ones, and what is between them.

    Records behind the free-space offset of an intact header are taken only as far as their ids go on: those the service
    wrote and had not yet counted when the file was copied ("dirty"). Others are leftovers of an earlier use of the chunk.
    """
    end = _used(chunk)
    found: list[Carved] = []
    position = FIRST_RECORD
    while position + _SMALLEST <= end:
        size = _sound_size(chunk, position)
        if size:
            found.append(Carved(position, size, _record_id(chunk, position), True))
            position += size
            continue
        following = _next_sound(chunk, position + 8, end)
        found.extend(_lost(chunk, position, following))
        position = following
    while found and found[-1].sound and (size := _uncounted(chunk, position, found[-1].record_id)):
        found.append(Carved(position, size, _record_id(chunk, position), True))
        position += size
    return found


def has_uncounted(chunk: bytes) -> bool:
    """Whether a record follows that the chunk's header does not know of yet."""
    last, free = int(struct.unpack_from("<Q", chunk, 32)[0]), int(struct.unpack_from("<I", chunk, 48)[0])
    return bool(_uncounted(chunk, free, last))


def _uncounted(chunk: bytes, offset: int, last_id: int | None) -> int:
    size = _sound_size(chunk, offset)
    return size if size and last_id is not None and _record_id(chunk, offset) == last_id + 1 else 0


def _sound_size(chunk: bytes, offset: int) -> int:
    """The size of a record whose frame is intact, else 0."""
    if chunk[offset : offset + 4] != _RECORD_MAGIC or offset + _SMALLEST > len(chunk):
        return 0
    size = int(struct.unpack_from("<I", chunk, offset + 4)[0])
    whole = _SMALLEST <= size <= len(chunk) - offset and size % 8 == 0
    return size if whole and chunk[offset + size - 4 : offset + size] == struct.pack("<I", size) else 0


def _next_sound(chunk: bytes, start: int, end: int) -> int:
    for match in _MAGIC.finditer(chunk, start, end):
        if match.start() % 8 == 0 and _sound_size(chunk, match.start()):
            return match.start()
    return end


def _lost(chunk: bytes, start: int, end: int) -> list[Carved]:
    """Records with damaged frames in a stretch without sound ones: one where it starts, one at each further magic."""
    starts = [start]
    for match in _MAGIC.finditer(chunk, start + 8, end):
        if match.start() % 8 == 0 and match.start() - starts[-1] >= _SMALLEST:
            starts.append(match.start())
    found = []
    for begin, stop in zip(starts, [*starts[1:], end], strict=True):
        if stop - begin >= _SMALLEST and chunk[begin:stop].strip(b"\x00"):
            found.append(Carved(begin, stop - begin, _record_id(chunk, begin), False))
    return found


def _record_id(chunk: bytes, offset: int) -> int | None:
    number = int(struct.unpack_from("<Q", chunk, offset + 8)[0])
    return number if number < _LARGEST_ID else None


def _used(chunk: bytes) -> int:
    """Where the records of a chunk end."""
    if chunk.startswith(CHUNK_MAGIC) and len(chunk) >= FIRST_RECORD:
        free = int(struct.unpack_from("<I", chunk, 48)[0])
        if FIRST_RECORD < free <= len(chunk):
            return free
    return len(chunk)


def mend(chunk: bytes, records: list[Carved]) -> bytes:
    """A chunk of full size in which the parser walks exactly `records` (ascending, at least one), with mended frames.

    When the first is not at the start of the chunk, a dummy record with id DUMMY_ID comes out before them.
    """
    out = bytearray(chunk.ljust(CHUNK, b"\x00"))
    ends = [record.offset for record in records[1:]] + [records[-1].offset + records[-1].size]
    if records[0].offset != FIRST_RECORD:
        dummy = _RECORD.pack(_RECORD_MAGIC, records[0].offset - FIRST_RECORD, DUMMY_ID, 0) + _EMPTY_XML
        out[FIRST_RECORD : FIRST_RECORD + len(dummy)] = dummy
    for record, end in zip(records, ends, strict=True):
        struct.pack_into("<4sI", out, record.offset, _RECORD_MAGIC, end - record.offset)
        # The parser stops at a FILETIME that is no date; the event's own time is in its content.
        struct.pack_into("<Q", out, record.offset + 16, 0)
        struct.pack_into("<I", out, end - 4, end - record.offset)
    if not chunk.startswith(CHUNK_MAGIC):
        # Without a header the tables of strings and templates are lost too; the parser then reads them in place.
        out[:FIRST_RECORD] = bytes(FIRST_RECORD)
    # The parser also stops at the record whose id is the header's last one: name an id that does not occur.
    struct.pack_into("<8sQQQQIIII", out, 0, CHUNK_MAGIC, 1, _NO_ID, 1, _NO_ID, 128, records[-1].offset, ends[-1], 0)
    return bytes(out)
