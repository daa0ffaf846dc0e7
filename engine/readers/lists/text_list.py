"""Lists of processes as text in columns: `ps`, Volatility 2, PowerShell's Format-Table.

Where a line of dashes stands below the header, each group of dashes is a column. `ps` has none: its columns are words, and what
is left of a line belongs to the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions, Record, RecordKind
from engine.readers.guess.known import WITHOUT_PARENTS
from engine.readers.lists import cim_process, ps, volatility
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

_KINDS: tuple[RecordKind, ...] = (volatility, cim_process, ps)
_DASHES = re.compile(r"\s*-{2,}(?:\s+-{2,}){2,}\s*")
_UNDERLINED = re.compile(r"={2,}(?: ={2,}){1,10}")
_GROUP = re.compile(r"-{2,}")
_PREFACE = 40
"""Lines before the header: prompts, banners, blanks."""
_PROBE = 5
"""Rows of which one has to be a process for the text to be a list."""


class ListLayout(NamedTuple):
    """Where the columns are."""

    names: list[str]
    starts: list[int]
    """Where each begins; empty when columns are words."""


class TextListReader:
    """A header, a line of dashes or none, a process a line."""

    name = "process-list"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether there is a header with a pid and a parent, and a process below it."""
        lines = head.decode("utf-8", "replace").split("\n")[:-1] or head.decode("utf-8", "replace").split("\n")
        layout: ListLayout | None = None
        rows = 0
        for at, line in enumerate(lines[: _PREFACE + _PROBE]):
            if layout is None:
                layout = layout_of(line, lines[at + 1] if at + 1 < len(lines) else "")
            elif line.strip() and not _DASHES.fullmatch(line.rstrip("\r")):
                rows += 1
                record = record_of(line.rstrip("\r"), layout)
                if record is not None and any(kind.recognises(record) for kind in _KINDS):
                    return 0.9
                if rows == _PROBE:
                    break
        return 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line below the header."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def other_kind(head: bytes) -> str:
    """What a list in columns is known to be that names no parents, or no processes at all; "" for what nobody knows."""
    lines = head.decode("utf-8", "replace").replace("\r", "").split("\n", _PREFACE)[:_PREFACE]
    for line, below in pairwise([*lines, ""]):
        names = frozenset(line.split())
        if _UNDERLINED.fullmatch(below.strip()) and "PID" in names:
            return f"{WITHOUT_PARENTS} (tasklist)"
        if "PID" in names and "PPID" not in names and names & {"COMMAND", "CMD", "ARGS"}:
            return "open files (lsof)" if "FD" in names else f"{WITHOUT_PARENTS} (ps; ps -ef does)"
    return ""


def layout_of(line: str, below: str) -> ListLayout | None:
    """The columns of a header line, None when it is none. `below` is the next line."""
    line, below = line.rstrip("\r\n"), below.rstrip("\r\n")
    if _DASHES.fullmatch(below):
        starts = [match.start() for match in _GROUP.finditer(below)]
        names = [line[begin:end].strip() for begin, end in pairwise([*starts, max(len(line), starts[-1]) + 1])]
        return ListLayout(names, starts) if _is_header(names) else None
    names = line.split()
    return ListLayout(names, []) if _is_header(names) and ps.recognises(dict.fromkeys(names, "")) else None


def _is_header(names: list[str]) -> bool:
    plain = {name.casefold() for name in names}
    return len(names) >= 3 and bool(plain & {"pid", "processid"}) and bool(plain & {"ppid", "parentprocessid"})


def record_of(line: str, layout: ListLayout) -> Record | None:
    """The cells of a line under their names, empty ones left out; None for a line that has too few."""
    names = layout.names
    if layout.starts:
        cells = [line[begin:end].strip() for begin, end in pairwise([*layout.starts, len(line) + 1])]
        return {name: cell for name, cell in zip(names, cells, strict=True) if cell}
    words = line.split(None, len(names) - 1)
    if len(words) < len(names):
        return None
    return ps.with_long_start(dict(zip(names, words, strict=True)), line, names)


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    layout: ListLayout | None = None
    waiting = ""
    position = 0
    for _, raw in numbered_lines(as_utf8(stream), hint.path):
        line = raw.decode("utf-8", "backslashreplace").rstrip("\r")
        if layout is None:
            # A header is told together with the line below it.
            layout = layout_of(waiting, line)
            waiting = line
            if layout is None or layout.starts:
                continue
        if not line.strip() or _DASHES.fullmatch(line) or line.split() == layout.names:
            continue
        position += 1
        yield _item(line, layout, position, moments)


def _item(line: str, layout: ListLayout, position: int, moments: Moments) -> ReaderItem:
    record = record_of(line, layout)
    kind = None if record is None else next((kind for kind in _KINDS if kind.recognises(record)), None)
    if record is None or kind is None:
        sample = line[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="bad-row", reason="The line has other columns than the header.", sample=sample)
    return kind.map_record(record, position, moments)


FORMATS: tuple[Format, ...] = ()
"""Kinds of records declare theirs."""
READER = TextListReader()
