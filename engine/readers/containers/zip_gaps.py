"""What stands in a zip between the members that its directory names: members that were taken out of the directory, or data that
was hidden there. Readers that follow the directory alone pass over it in silence.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from engine.readers.containers.decompress import PADDING

_LOCAL = struct.Struct("<4s22s2H")
"""A member's own header: signature, what the directory repeats, lengths of the name and of the extra field."""
_SIGNATURE = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"
_SIZES_FOLLOW = 0x8
_LONGEST_DESCRIPTOR = 24
_BLOCK = 1 << 20


def gaps(opened: zipfile.ZipFile, stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """(start, size) of what belongs to no member, behind the first header and before the directory; blanks are nothing.

    What begins with a member's header is apart from what is before it.
    """
    # A directory that is damaged may place a member before the beginning; it is said when that is opened.
    infos = sorted((info for info in opened.infolist() if info.header_offset >= 0), key=lambda info: info.header_offset)
    at = infos[0].header_offset if infos else 0
    for info in infos:
        yield from _pieces(stream, at, info.header_offset)
        at = max(at, _end(stream, info))
    yield from _pieces(stream, at, opened.start_dir)


def _end(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where a member's data ends, its descriptor included (APPNOTE.TXT 4.3.9)."""
    stream.seek(info.header_offset)
    fixed = stream.read(_LOCAL.size)
    if len(fixed) < _LOCAL.size or not fixed.startswith(_SIGNATURE):
        return info.header_offset  # to be read it has to be opened, which says what is wrong with it
    _, _, name, extra = _LOCAL.unpack(fixed)
    end = info.header_offset + _LOCAL.size + int(name) + int(extra) + info.compress_size
    return end + _descriptor(stream, end, info) if info.flag_bits & _SIZES_FOLLOW else end


def _descriptor(stream: BinaryIO, at: int, info: zipfile.ZipInfo) -> int:
    """Its length, by the sizes in it; 0 for what is none. The signature in front of it is not always there."""
    stream.seek(at)
    found = stream.read(_LONGEST_DESCRIPTOR)
    marked = len(_DESCRIPTOR) if found.startswith(_DESCRIPTOR) else 0
    for form in ("<QQ", "<II"):
        sizes = struct.Struct(form)
        stated = found[marked + 4 : marked + 4 + sizes.size]
        if len(stated) == sizes.size and sizes.unpack(stated) == (info.compress_size, info.file_size):
            return marked + 4 + sizes.size
    return 0


def _pieces(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range without the blanks in front of it, cut where the first member's header is."""
    while start < end:
        stream.seek(start)
        block = stream.read(min(_BLOCK, end - start))
        rest = block.lstrip(PADDING)
        start += len(block) - len(rest)
        if rest or not block:
            break
    if start >= end:
        return
    header = _find(stream, start, end)
    if header > start:
        yield start, header - start
    if header < end:
        yield header, end - header


def _find(stream: BinaryIO, start: int, end: int) -> int:
    """Where the first member's header is; `end` for none."""
    tail = b""
    stream.seek(start)
    while start < end and (block := stream.read(min(_BLOCK, end - start))):
        at = (tail + block).find(_SIGNATURE)
        if at >= 0:
            return start - len(tail) + at
        start += len(block)
        tail = (tail + block)[-len(_SIGNATURE) + 1 :]
    return end
