"""Which reader a member is for, from its content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, NamedTuple, cast

from engine.errors import InputError
from engine.readers import csv_generic, jsonevents, preamble
from engine.readers.csv_common import head_rows, header_of
from engine.readers.encoding import Rest, as_utf8, normalise_head
from engine.readers.registry import HEAD_BYTES, Reader, all_readers, reader_named
from engine.readers.source import Member

SURE_ENOUGH = 0.3
"""Below this the content is called unknown: a wrong reader fills the tree with nonsense, an unknown file is only listed."""


class Detected(NamedTuple):
    """A reader and how sure it is."""

    reader: Reader
    confidence: float
    mapped: bool = False
    """The user's mapping fits the content."""


def detect(member: Member, format_name: str | None = None, mapping: Mapping[str, str] | None = None) -> Detected | None:
    """The reader for a member; None when nothing here reads its content (a licence text, an empty file).

    None is no failure: the caller notes "unknown format, skipped". `format_name` overrides the guess, and so does a
    `mapping` whose columns are there. Raises InputError when the member cannot be read at all, UsageError for an unknown
    `format_name`.
    """
    if format_name:
        return Detected(reader_named(format_name), 1.0, bool(mapping))
    with member.open() as stream:
        head = read_head(stream)
    return (_by_mapping(head, mapping) if mapping else None) or choose(head, member.path)


def _by_mapping(head: bytes, mapping: Mapping[str, str]) -> Detected | None:
    """A table with all of the mapped columns, or JSON records with the one of the executable."""
    plain = normalise_head(head)
    rows = head_rows(plain)
    if rows and set(mapping.values()) <= set(header_of(rows[0])):
        return Detected(csv_generic.READER, 1.0, mapped=True)
    return Detected(jsonevents.READER, 1.0, mapped=True) if jsonevents.fits_mapping(plain, mapping) else None


def choose(head: bytes, path: str) -> Detected | None:
    """The surest reader for content that starts with `head`; of equally sure ones the more specific."""
    if not head.strip(b"\x00 \t\r\n"):
        return None
    plain = normalise_head(head)
    if _is_label_table(plain):
        return None
    best: Detected | None = None
    # As it is, and without blanks and comments before it: some formats begin with a '#', others hide behind many.
    for sample in dict.fromkeys((plain, preamble.without(plain) or plain)):
        for reader in all_readers():
            confidence = reader.sniff(sample, path)
            if confidence >= SURE_ENOUGH and (best is None or confidence > best.confidence):
                best = Detected(reader, confidence)
    return best


def _is_label_table(head: bytes) -> bool:
    """A table of verdicts lies beside the evidence and has its columns (host, pid, image), but is no log."""
    header = head[: head.find(b"\n") + 1].strip().replace(b'"', b"").split(b",")
    return {b"file", b"label", b"image"} <= set(header)


def read_head(stream: BinaryIO) -> bytes:
    """The first 64 KiB as UTF-8; where those are blanks and comments only, the 64 KiB that come behind them.

    A stream that fails within them gives what it gave, and raises InputError only when that is nothing.
    """
    plain = as_utf8(stream)
    head = _up_to(plain, b"", HEAD_BYTES)
    if len(head) < HEAD_BYTES or preamble.without(head):
        return head
    return _behind(plain, head)


def _behind(plain: BinaryIO, head: bytes) -> bytes:
    """The first 64 KiB behind a preamble that fills `head`; `head` when nothing comes."""
    try:
        rest, _ = preamble.skip(cast("BinaryIO", Rest(plain, head, "utf-8")))
    except InputError:
        return head
    return _up_to(plain, rest, HEAD_BYTES) or head


def _up_to(stream: BinaryIO, head: bytes, size: int) -> bytes:
    parts = [head]
    left = size - len(head)
    try:
        while left > 0 and (part := stream.read(left)):
            parts.append(part)
            left -= len(part)
    except InputError:
        if not any(parts):
            raise
    return b"".join(parts)
