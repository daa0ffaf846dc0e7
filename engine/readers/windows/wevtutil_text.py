"""`wevtutil qe LOG /f:text`: "Event[0]:", twelve lines of envelope, and the rendered message.

The labels are in the language of the machine, their order is not: log, source, date, id, task, level, opcode, keyword, user, user
name, computer, description. A command line may hold text that looks like all that; then it makes a record more, and the
numbering of the events, which it cannot know, tells.

The twelve lines are what an event begins with: where its number stands behind the torn end of another event, or is gone, the
event is read, and that is told.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from engine.domain.records import SAMPLE_BYTES, Note, ReaderItem, Reject
from engine.readers.contract import Format, ReadOptions
from engine.readers.guard import guarded
from engine.readers.text.bounded_lines import numbered_lines
from engine.readers.text.encoding import as_utf8
from engine.readers.text.moments import Moments
from engine.readers.windows.message import parse_message
from engine.readers.windows.other_events import map_windows
from engine.readers.windows.windows_fields import CREATIONS, TOLD_BY, kind_of, text

FORMATS = (
    Format(
        slug="wevtutil-text",
        title="wevtutil, text",
        export="wevtutil qe Security /f:text > security.txt (better: wevtutil epl Security security.evtx)",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs and clocks set, from messages in any language",
        left_out="other events",
        source="learn.microsoft.com/windows-server/administration/windows-commands/wevtutil",
    ),
)

_START = re.compile(r"[^\s\[\]]{1,40}\[\d{1,10}\]:?\s*")
_NUMBERED = re.compile(r"\[(\d{1,10})\]:?\s{0,8}\Z")
_TAIL = 32
"""Characters that hold the end of `_NUMBERED`."""
_ENVELOPE = re.compile(r"\s{1,8}([^:\uff1a]{1,60})[:\uff1a](.*)")
_LOG, _SOURCE, _DATE, _ID, _COMPUTER, _DESCRIPTION = 0, 1, 2, 3, 10, 11
_LINES = 12
_SOUGHT = 400
_TORN = 6
"""Lines of an envelope one after another: no message has so many, and the event that they are of has lost others."""
_LONGEST = 1 << 20
"""Characters of one event; Windows renders 64 KiB at most."""


class _Start(NamedTuple):
    """The line before an envelope: what stands before the number, the number, None where it is lost, and its word."""

    before: str
    number: int | None
    word: str


class _Block(NamedTuple):
    """An event. `number` is None where it is lost, `torn` the line that it begins in where that is not whole."""

    envelope: list[str]
    message: list[str]
    number: int | None
    torn: str | None


class WevtutilReader:
    """Events one after another, as text."""

    name = "wevtutil-text"

    def sniff(self, head: bytes, path: str) -> float:
        """Whether an event with its envelope begins the text, or begins behind a few lines of a console; less sure where others
        come before it, since a command line can hold the text of one.
        """
        lines = head.decode("utf-8", "replace").replace("\r", "").split("\n", _SOUGHT)
        starts = (at for at, line in enumerate(lines) if _START.fullmatch(line) and _is_envelope(lines[at + 1 : at + 1 + _LINES]))
        begun = next(starts, _SOUGHT)
        return 0.95 if begun < _LINES else 0.5 if begun < _SOUGHT else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """One item per event; positions count events from 1."""
        moments = Moments.of(hint)
        expected, jumps = 0, 0
        for position, block in enumerate(_blocks(stream, hint.path), 1):
            number = expected if block.number is None else block.number
            jumps += number != expected
            expected = number + 1
            if block.torn is not None:
                yield _damaged(position, "An event begins in the midst of a line, or without its number.", block.torn)
            yield _map(block, position, hint.host, moments)
            if at := _torn(block.message):
                yield _damaged(position, "An event begins, and is not whole.", "\n".join(block.message[at:]))
        yield from moments.notes()
        if jumps:
            said = (
                f"The numbering of the events is broken {jumps:,} times: parts are missing or were joined, or a command line"
                " holds text that looks like an event."
            )
            yield Note(code="numbering", text=said, count=jumps)


def _damaged(position: int, reason: str, about: str) -> Reject:
    sample = about[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    return Reject(position=position, code="damaged-event", reason=reason, sample=sample)


def _blocks(stream: BinaryIO, path: str) -> Iterator[_Block]:
    lines = (line.decode("utf-8", "backslashreplace") for _, line in numbered_lines(as_utf8(stream), path))
    window: deque[str] = deque(islice(lines, _LINES + 1))
    block: _Block | None = None
    size, word = 0, ""
    while window:
        line = window.popleft()
        begin = _start(line, word) if _is_envelope(window) else None
        if block is not None and size <= _LONGEST and (begin is None or begin.before):
            block.message.append(line if begin is None else begin.before)
            size += len(line) + 1
        if begin is None:
            window.extend(islice(lines, 1))
            continue
        if block is not None:
            yield block
        torn = line if begin.before or begin.number is None else None
        block, size, word = _Block(list(window), [], begin.number, torn), 0, begin.word
        window = deque(islice(lines, _LINES + 1))
    if block is not None:
        yield block


def _is_envelope(lines: Collection[str]) -> bool:
    """Whether these are all lines of an envelope, with an event id where it belongs."""
    if len(lines) != _LINES or not all(line[:1] == " " and _ENVELOPE.fullmatch(line) for line in lines):
        return False
    values = [_value(line) for line in lines]
    return values[_ID].isdigit() and values[_SOURCE] != ""


def _start(line: str, word: str) -> _Start:
    """What stands in the line; `word` is that of the event before."""
    match = _NUMBERED.search(line, max(0, len(line) - _TAIL))
    if match is None:
        return _Start(line, None, word)
    before = line[: match.start()]
    own = before.rpartition(" ")[2]
    own = word if word and own.endswith(word) else own
    return _Start(before.removesuffix(own).strip(), int(match.group(1)), own)


def _torn(message: list[str]) -> int:
    """The line of a message where another event begins that is not whole; 0 when there is none."""
    run = 0
    for at, line in enumerate(message):
        run = run + 1 if line[:1] == " " and _ENVELOPE.fullmatch(line) else 0
        if run == _TORN or _START.fullmatch(line):
            return max(1, at - run)
    return 0


def _value(line: str) -> str:
    match = _ENVELOPE.fullmatch(line)
    return match.group(2).strip() if match else ""


@guarded
def _map(block: _Block, position: int, host: str, moments: Moments) -> ReaderItem:
    values = [_value(line) for line in block.envelope]
    kind = kind_of(values[_SOURCE], values[_LOG], values[_ID])
    if kind is None:
        return None
    # Older versions put the first line of the message behind the last label.
    message = "\n".join((values[_DESCRIPTION], *block.message)).strip("\n")
    fields = parse_message(message, kind) if len(message) <= _LONGEST else {}
    if kind in CREATIONS and TOLD_BY[kind] not in fields:
        reason = "The message of this process creation is missing, not in the order of this event, or longer than any message."
        sample = message[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="unknown-message", reason=reason, sample=sample)
    return map_windows(
        kind,
        fields,
        position,
        host=text(values[_COMPUTER]) or host,
        time=values[_DATE],
        record_id=str(position),
        clock=moments.local,
    )


READER = WevtutilReader()
