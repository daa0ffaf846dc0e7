"""Lists of executables, leaf first: ['curl','bash','httpd','systemd'], one per line or as a CSV cell.

The training input of the published sequence classifier. Other cells of a row (an index, a label) are skipped: labels come
in through `labels import`, where they are looked at.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import SAMPLE_BYTES, Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.guess.values import is_path_of_program
from engine.readers.tables.sequence_text import NotASequence, parse_sequence
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8

FORMATS = (
    Format(
        slug="sequences",
        title="Lists of executables, leaf first",
        export="lines like [curl, bash, httpd, systemd] with quoted names, or such lists in a cell of a CSV",
        read="each list as a chain",
        left_out="classes beside a list, which is said; oddkin classify FILE compares them",
        source="github.com/amitsec-ai/lstm-abnormal-process",
    ),
)
_SNIFF_LINES = 200
_CUT = 16_384
"""Bytes of a last line without its end that the head has cut, and not the log: of it alone nothing is told."""
_CELL = re.compile(r"(?<![^,;\t\"])\[")
"""A list that begins a line or a cell."""
_CLASS = re.compile(r"\]\"?[ \t]*[,;\t][ \t\"]*(?:0|1|normal|abnormal|benign|malicious)\"?\Z", re.IGNORECASE)
"""A list, and behind it as the last cell what somebody says of it."""
_HEADER = re.compile(rb"sequence|process|chain|ancest|lineage|execut|image", re.IGNORECASE)
"""A header that says that the lists are of processes."""
_ROOTS = frozenset(("systemd", "init", "launchd", "bash", "sh", "cron", "sshd", "services", "explorer", "wininit", "winlogon"))
"""What processes hang under, by names that are hardly anything else's."""


class SequenceReader:
    """One list per line."""

    name = "sequences"

    def sniff(self, head: bytes, path: str) -> float:
        """Share of the first lines that hold a list of names, half of which name a program that is known to be one; JSON arrays
        on one line of their own are that, too.
        """
        lines = [line for line in head.split(b"\n")[: _SNIFF_LINES + 2] if line.strip()]
        header = b""
        if len(lines) > 1:
            # A header, and a last line that the head may cut.
            header, lines = (b"", lines) if _listed(lines[0]) else (lines[0], lines[1:])
            lines = lines[:-1] if len(lines) > 1 or len(lines[0]) > _CUT else lines
        lists = [names for line in lines if (names := _listed(line))]
        known = sum(map(_has_program, lists))
        # Tags, arguments and addresses are lists of words, too.
        if not lists or (2 * known < len(lists) and not _HEADER.search(header)):
            return 0.0
        # Less than what knows the columns is of a table: arguments are such lists, too.
        return 0.94 * (len(lists) / len(lines))

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per line; a first line without a list is the header."""
        classes = 0
        for number, line in numbered_lines(as_utf8(stream), hint.path):
            text = line.decode("utf-8", "backslashreplace").strip()
            if not text or (number == 1 and "[" not in text and "]" not in text):
                continue
            classes += _CLASS.search(text) is not None
            yield _item(text, number, hint.host)
        if classes:
            said = "classes beside the sequences were left aside: oddkin classify FILE compares them with its own"
            yield Note(code="classes", text=said, count=classes)


@guarded
def _item(text: str, number: int, host: str) -> ReaderItem:
    try:
        return _event(_names(text), number, host)
    except NotASequence as error:
        sample = text[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=number, code="bad-sequence", reason=f"Not a list of names: {error}.", sample=sample)


def _event(names: list[str], number: int, host: str) -> ProcessEvent:
    if not names or not names[0]:
        raise NotASequence("it names no executable")
    return ProcessEvent(
        kind="sequence",
        image=names[0],
        host=host,
        parent_image=names[1] or None if len(names) > 1 else None,
        ancestors=tuple(names[2:]),
        record_id=str(number),
        position=number,
    )


def _names(text: str) -> list[str]:
    """The list in a line: bare, or a CSV cell with or without quotes. A list inside of something else (the arguments of a traced
    call, an array in a JSON object) is none.
    """
    begin = _CELL.search(text)
    at = -1 if begin is None else begin.start()
    if at > 0 and text[at - 1] == '"':
        try:
            cells = next(csv.reader([text]), [])
        except csv.Error as error:
            raise NotASequence(str(error)) from error
        text = next((cell for cell in cells if cell.startswith("[")), "")
        at = 0
    if at < 0 or text.startswith("{"):
        raise NotASequence("there is no '[' at the beginning of a cell")
    names, end = parse_sequence(text, at)
    rest = text[end:].strip()
    if rest and rest[0] not in ",;\t":
        raise NotASequence(f"expected the end or a delimiter at {end}")
    return names


def _listed(line: bytes) -> list[str]:
    """The names of the list in a line; none where it holds something else."""
    if b"[" not in line or line.lstrip().startswith(b"{"):
        return []
    try:
        names = _names(line.decode("utf-8", "backslashreplace").lstrip("\ufeff").strip())
    except NotASequence:
        return []
    # A JSON array of objects on one line has braces where names would be.
    return [] if any("{" in name for name in names) else names


def _has_program(names: list[str]) -> bool:
    """Whether any of the names can be nothing but a program, or the last one is what processes hang under."""
    return names[-1] in _ROOTS or any(map(is_path_of_program, names))


READER = SequenceReader()
