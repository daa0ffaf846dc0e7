"""Blocks of JSON lines that another process reads.

A line tells its record alone, and nearly all is said with it. What depends on more of the stream (objects printed over lines,
parts of audit events, dates whose order of day and month only the whole tells) makes the process return the block as it is, and
the reader reads it with all that it knows. That is exact, and costs only where it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from typing import BinaryIO
from zoneinfo import ZoneInfo

import msgspec

from engine.domain.event_table import ItemTable, flat
from engine.readers.contract import ReadOptions
from engine.readers.crew.crew import SourceBlock
from engine.readers.crew.packed import PackedItems, Unpackable, pack, tabled, unpack
from engine.readers.records.lines.json_lines import LineReader
from engine.readers.records.typed_lines import TypedLines
from engine.readers.text.bounded_lines import lines_of
from engine.readers.text.moments import Moments, TimesCounted


class LineSettings(msgspec.Struct, array_like=True, frozen=True):
    """What of the options changes the items of a line."""

    mapping: dict[str, str] | None
    zone: str = ""
    """Name of the zone of times without one."""
    offset: int | None = None
    """Or its seconds before UTC."""


class BlockAnswer(msgspec.Struct, array_like=True):
    """What a process read in a block."""

    counted: TimesCounted
    items: PackedItems


class _Whole:
    """Stands for the stream in a process that has a part of it only."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> BinaryIO:
        self.asked = True
        raise OSError("only the whole stream tells")


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(BlockAnswer).decode


def read(blocks: Iterator[tuple[int, bytes]], hint: ReadOptions) -> Iterator[SourceBlock]:
    """The blocks, with answers where other processes read them."""
    settings = _settings(hint)
    if hint.crew is None or settings is None:
        return (SourceBlock(number, data, b"") for number, data in blocks)
    return hint.crew.read(__name__, _encode(settings), blocks, hint.path)


def items_of_answer(answer: bytes, moments: Moments) -> ItemTable:
    """The items of a block; `moments` gets what was counted."""
    found = _decode(answer)
    moments.add(found.counted)
    return unpack(found.items)


def answer(settings: bytes, number: int, block: bytes) -> bytes:
    """As hand.Answerer: the BlockAnswer for a block, its first line being `number`."""
    mapping, zone, typed = _understood(settings)
    whole = _Whole()
    moments = Moments(zone, again=whole)
    reader = LineReader(mapping, moments, typed)
    try:
        items = list(reader.read(lines_of(block), number))
        packed = pack(items[0] if items and isinstance(items[0], ItemTable) else tabled(list(flat(items))))
    except Unpackable:
        return b""
    if whole.asked or reader.printed_from is not None:
        return b""
    try:
        return _encode(BlockAnswer(moments.counted(), packed))
    except UnicodeError:  # half a surrogate pair, which no other process can be told of
        return b""


@lru_cache(maxsize=2)
def _understood(settings: bytes) -> tuple[dict[str, str] | None, tzinfo | None, TypedLines]:
    """Mapping, zone, and what remembers the texts of one block for the next."""
    told = msgspec.msgpack.decode(settings, type=LineSettings)
    zone = None if told.offset is None else timezone(timedelta(seconds=told.offset))
    return told.mapping, ZoneInfo(told.zone) if told.zone else zone, TypedLines()


def _settings(hint: ReadOptions) -> LineSettings | None:
    """None for a zone that cannot be told of."""
    mapping = dict(hint.mapping) if hint.mapping else None
    if hint.zone is None:
        return LineSettings(mapping)
    if isinstance(hint.zone, timezone):
        return LineSettings(mapping, offset=round(hint.zone.utcoffset(None).total_seconds()))
    return LineSettings(mapping, zone=hint.zone.key) if isinstance(hint.zone, ZoneInfo) and hint.zone.key else None
