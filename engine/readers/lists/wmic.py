"""`wmic process get … /format:csv`: fields separated by commas and nothing quoted, so that a command line may hold more commas.

What is left of the command line is counted from the beginning, what is right of it from the end. Lines end in two carriage
returns and a newline.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject
from engine.readers.contract import ReadOptions, Record
from engine.readers.lists import cim_process
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.hosts import named
from engine.readers.text.moments import Moments

FORMATS = cim_process.FORMATS

_COMMAND = "CommandLine"


class WmicReader:
    """Rows under a header that begins with Node."""

    name = "wmic"

    def sniff(self, head: bytes, path: str) -> float:
        """By the header: Node, a process and its parent, all properties of Win32_Process."""
        line = next((line for line in head.lstrip(b"\xef\xbb\xbf").split(b"\n") if line.strip()), b"")
        return 0.97 if _header(line) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per row."""
        moments = Moments.of(hint)
        items = _items(stream, hint, moments)
        yield from named(items, hint.host) if hint.host else items
        yield from moments.notes()


def _header(line: bytes) -> list[str]:
    """The columns, none when the line is no header of wmic's."""
    names = line.decode("utf-8", "replace").strip().split(",")
    record = dict.fromkeys(names, "")
    return names if names[0] == "Node" and cim_process.recognises(record) else []


def _items(stream: BinaryIO, hint: ReadOptions, moments: Moments) -> Iterator[ReaderItem]:
    names: list[str] = []
    position = 0
    for _, raw in numbered_lines(as_utf8(stream), hint.path):
        line = raw.strip(b"\r\n")
        if not line.strip():
            continue
        if (header := _header(line)) or not names:
            names = header or line.decode("utf-8", "replace").split(",")
            continue
        position += 1
        yield _item(line.decode("utf-8", "backslashreplace"), names, position, moments)


def _item(line: str, names: list[str], position: int, moments: Moments) -> ReaderItem:
    record = _record(line.split(","), names)
    if record is None or not cim_process.recognises(record):
        reason = "The row has other fields than the header."
        sample = line[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="bad-row", reason=reason, sample=sample)
    return cim_process.map_record(record, position, moments)


def _record(cells: list[str], names: list[str]) -> Record | None:
    """Column -> cell; the commas that are too many belong to the command line."""
    more = len(cells) - len(names)
    if more < 0 or (more and _COMMAND not in names):
        return None
    if more:
        at = names.index(_COMMAND)
        cells = [*cells[:at], ",".join(cells[at : at + more + 1]), *cells[at + more + 1 :]]
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell}


READER = WmicReader()
