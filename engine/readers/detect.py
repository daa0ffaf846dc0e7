"""Which reader a member is for, from its content."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from engine.errors import InputError
from engine.readers.encoding import normalise_head
from engine.readers.registry import HEAD_BYTES, Reader, all_readers, reader_named
from engine.readers.source import Member

SURE_ENOUGH = 0.3
"""Below this the content is called unknown: a wrong reader fills the tree with nonsense, an unknown file is only listed."""


class Detected(NamedTuple):
    """A reader and how sure it is."""

    reader: Reader
    confidence: float


def detect(member: Member, format_name: str | None = None) -> Detected | None:
    """The reader for a member; None when nothing here reads its content (a licence text, an empty file).

    None is no failure: the caller notes "unknown format, skipped". `format_name` overrides the guess. Raises InputError
    when the member cannot be read at all, UsageError for an unknown `format_name`.
    """
    if format_name:
        return Detected(reader_named(format_name), 1.0)
    with member.open() as stream:
        head = read_head(stream)
    return choose(head, member.path)


def choose(head: bytes, path: str) -> Detected | None:
    """The surest reader for content that starts with `head`; of equally sure ones the more specific."""
    if not head.strip(b"\x00 \t\r\n"):
        return None
    plain = normalise_head(head)
    if _is_label_table(plain):
        return None
    best: Detected | None = None
    for reader in all_readers():
        confidence = reader.sniff(plain, path)
        if confidence >= SURE_ENOUGH and (best is None or confidence > best.confidence):
            best = Detected(reader, confidence)
    return best


def _is_label_table(head: bytes) -> bool:
    """A table of verdicts lies beside the evidence and has its columns (host, pid, image), but is no log."""
    header = head[: head.find(b"\n") + 1].strip().replace(b'"', b"").split(b",")
    return {b"file", b"label", b"image"} <= set(header)


def read_head(stream: BinaryIO) -> bytes:
    """The first 64 KiB. A stream that fails within them gives what it gave, and raises InputError only when that is nothing."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < HEAD_BYTES and (part := stream.read(HEAD_BYTES - size)):
            parts.append(part)
            size += len(part)
    except InputError:
        if not parts:
            raise
    return b"".join(parts)
