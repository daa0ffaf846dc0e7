"""Which reader a member is for, from its content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple, cast

from engine.errors import InputError
from engine.readers.containers import preamble
from engine.readers.containers.member import Member
from engine.readers.contract import HEAD_BYTES, Reader
from engine.readers.guard import PASSING
from engine.readers.lists import text_list
from engine.readers.records import json_reader as jsonevents
from engine.readers.registry import certain_first, reader_named
from engine.readers.tables import csv_generic
from engine.readers.text.csv_common import head_rows, header_of
from engine.readers.text.encoding import Rest, as_utf8, normalise_head

SURE_ENOUGH = 0.3
"""Below this the content is called unknown: a wrong reader fills the tree with nonsense, an unknown file is only listed."""


CERTAIN = 1.0
"""A magic number: nobody needs to be asked any more."""


_GLANCE = 512
"""Where a head begins with anything but blanks, as nearly all do, the rest of it need not be looked through for that."""


_LONG_WORD = re.compile(rb"[^\s{}<>\",]{16384,}+")
_LONG_LINE = re.compile(rb"[^\n]{16384,}+")


EMPTY = "empty"


_PROCESS_TAG = re.compile(rb"""[<\s"](?:parent_?)?(?:process[_-]?id|pid|ppid)[\s=>"]""", re.IGNORECASE)
_PROGRAM_VALUE = re.compile(
    rb"""[>"'](?:[A-Za-z]:\\[^<>"']{1,260}\.exe|/usr/s?bin/[^<>"']{1,200}|[\w.-]{1,60}\.exe)[<"']""", re.IGNORECASE
)
_TAGS = re.compile(rb"""<([A-Za-z][\w.-]{0,60})|\s([A-Za-z][\w.-]{0,60})=["']""")
_TAGS_TOLD = 12


class NoLog(NamedTuple):
    """A member that no reader reads."""

    words: str = ""
    """What it is instead, where that can be told: EMPTY (no byte, or nothing but blanks), or a table of something else."""


class Detected(NamedTuple):
    """A reader and how sure it is."""

    reader: Reader
    confidence: float
    mapped: bool = False
    """The user's mapping fits the content."""


def detect(member: Member, format_name: str | None = None, mapping: Mapping[str, str] | None = None) -> Detected | NoLog:
    """The reader for a member, or what it is when nothing here reads its content (a licence text, a table of files, nothing).

    NoLog is no failure: the caller names it. `format_name` overrides the guess, and so does a `mapping` whose columns are
    there. Raises InputError when nothing here reads the content and something went wrong in finding out (the member breaks off, a
    reader failed at it): only a head that was read without trouble may be called no log. Raises UsageError for an unknown
    `format_name`.
    """
    if format_name:
        return Detected(reader_named(format_name), 1.0, bool(mapping))
    trouble: list[InputError] = []
    with member.open() as stream:
        head = read_head(stream, trouble)
    found = (_by_mapping(head, mapping) if mapping else None) or choose(head, member.path, trouble)
    if len(head) >= HEAD_BYTES and (found is None or (found.confidence < CERTAIN and not found.mapped)):
        found = _by_dense_head(member, head, found, trouble)
    if found is None and trouble:
        first = trouble[0]
        remedy = first.remedy or "Get a fresh copy of the file, or name its format with --format."
        message = f"{member.path}: what it holds cannot be told. {first.message}"
        raise InputError(message, file=member.path, position=first.position, remedy=remedy) from first
    if found is None and (tags := _of_processes(normalise_head(head))):
        message = f"not recognised: XML of no kind that oddkin knows, with processes in it. Elements: {', '.join(tags)}."
        raise InputError(message, file=member.path, remedy="Export it as CSV or JSON; --map says what its columns are.")
    return found or NoLog(_instead(head))


def _by_dense_head(member: Member, head: bytes, found: Detected | None, trouble: list[InputError]) -> Detected | None:
    """The surer of `found` and what is told by what stands behind the filler of a head: blanks behind a header fill it as well as
    blanks before it, and so does one long word or line. A guess may have been made from the one record that is damaged, whose
    texts may hold those of another format: XML in a pretty-printed object was read as XML, backslashes of JSON and all.
    """
    for filler in (preamble.RUN, _LONG_WORD, _LONG_LINE):
        # A line may be an array of all records: it is only passed over where nothing else is told.
        if filler.search(head) is None or (found is not None and filler is _LONG_LINE):
            continue
        with member.open() as stream:
            dense = choose(_dense_head(stream, filler, trouble), member.path, trouble)
        if dense is not None and (found is None or dense.confidence > found.confidence):
            found = dense
    return found


def _of_processes(plain: bytes) -> list[str]:
    """The names of elements and attributes of XML that tells process ids and programs; none for what does not."""
    if not plain.lstrip().startswith(b"<") or _PROCESS_TAG.search(plain) is None or _PROGRAM_VALUE.search(plain) is None:
        return []
    names = [name.decode("ascii") for pair in _TAGS.findall(plain) for name in pair if name]
    return list(dict.fromkeys(names))[:_TAGS_TOLD]


def _instead(head: bytes) -> str:
    """What content is that no reader reads."""
    plain = normalise_head(head)
    if not plain.strip(preamble.BLANK):
        return EMPTY
    if plain.strip(preamble.BLANK + b"[]{},") == b"" and plain.lstrip(preamble.BLANK)[:1] in (b"[", b"{"):
        return "JSON without a record"
    if csv_generic.is_header_only(plain):
        return "a table with a header and no row"
    if plain.lstrip().startswith(b"<?xml"):
        return "XML of no kind that oddkin knows"
    judged = csv_generic.judge_head(plain)
    told = judged.other if judged is not None else jsonevents.other_kind(plain)
    return told or text_list.other_kind(plain)


def _by_mapping(head: bytes, mapping: Mapping[str, str]) -> Detected | None:
    """A table with all of the mapped columns, or JSON records with the one of the executable."""
    plain = normalise_head(head)
    rows = head_rows(plain)
    if rows and set(mapping.values()) <= set(header_of(rows[0])):
        return Detected(csv_generic.READER, 1.0, mapped=True)
    return Detected(jsonevents.READER, 1.0, mapped=True) if jsonevents.fits_mapping(plain, mapping) else None


def choose(head: bytes, path: str, trouble: list[InputError] | None = None) -> Detected | None:
    """The surest reader for content that starts with `head`; of equally sure ones the more specific.

    A reader that fails at the content (which is hostile) is left out, and `trouble` gets an InputError.
    """
    if not head[:_GLANCE].strip(preamble.BLANK) and not head.strip(preamble.BLANK):
        return None
    plain = normalise_head(head)
    best: Detected | None = None
    best_rank = 0.0, 0, 0
    # As it is, and without blanks and comments before it: some formats begin with a '#', others hide behind many.
    for turn, sample in enumerate(_samples(plain)):
        for place, reader in certain_first():
            confidence = _confidence(reader, sample, path, trouble)
            if confidence >= CERTAIN:
                return Detected(reader, confidence)
            rank = confidence, -turn, -place
            if confidence >= SURE_ENOUGH and (best is None or rank > best_rank):
                best, best_rank = Detected(reader, confidence), rank
    return best if best is None or not _is_label_table(plain) else None


def _samples(plain: bytes) -> Iterator[bytes]:
    yield plain
    rest = preamble.without(plain)
    if rest and len(rest) < len(plain):
        yield rest


def _confidence(reader: Reader, sample: bytes, path: str, trouble: list[InputError] | None) -> float:
    try:
        return reader.sniff(sample, path)
    except PASSING:
        raise
    except Exception as error:
        if trouble is not None:
            trouble.append(InputError(f"Looking at it as {reader.name} failed ({type(error).__name__})."))
        return 0.0


def _is_label_table(head: bytes) -> bool:
    """A table of verdicts lies beside the evidence and has its columns (host, pid, image), but is no log."""
    header = head[: head.find(b"\n") + 1].strip().replace(b'"', b"").split(b",")
    return {b"file", b"label", b"image"} <= set(header)


def read_head(stream: BinaryIO, trouble: list[InputError] | None = None) -> bytes:
    """The first 64 KiB as UTF-8; where those are blanks and comments only, the 64 KiB that come behind them.

    A stream that fails within them gives what it gave (`trouble` gets the error), and raises InputError when that is nothing.
    """
    try:
        plain = as_utf8(stream)
    except OSError as error:
        raise InputError(f"The data cannot be read: {error.strerror or error}.") from error
    trouble = [] if trouble is None else trouble
    head = _up_to(plain, b"", HEAD_BYTES, trouble)
    if len(head) < HEAD_BYTES or preamble.without(head):
        return head
    return _behind(plain, head, trouble)


def _behind(plain: BinaryIO, head: bytes, trouble: list[InputError]) -> bytes:
    """The first 64 KiB behind a preamble that fills `head`; `head` when nothing comes."""
    try:
        rest, _ = preamble.skip(cast("BinaryIO", Rest(plain, head, "utf-8")))
    except InputError as error:
        trouble.append(error)
        return head
    return _up_to(plain, rest, HEAD_BYTES, trouble) or head


def _dense_head(stream: BinaryIO, filler: re.Pattern[bytes], trouble: list[InputError]) -> bytes:
    """64 KiB of content, what fills it up left out."""
    dense, seen = b"", 0
    try:
        plain = as_utf8(stream)
        while len(dense) < HEAD_BYTES and seen < preamble.LONGEST and (part := plain.read(HEAD_BYTES)):
            seen += len(part)
            dense = filler.sub(b"\n", dense + part)
    except InputError as error:
        trouble.append(error)
    return dense[:HEAD_BYTES]


def _up_to(stream: BinaryIO, head: bytes, size: int, trouble: list[InputError]) -> bytes:
    parts = [head]
    left = size - len(head)
    try:
        while left > 0 and (part := stream.read(left)):
            parts.append(part)
            left -= len(part)
    except InputError as error:
        if not any(parts):
            raise
        trouble.append(error)
    return b"".join(parts)
