"""Messages of the Security log in any language, by the order and the shapes of their values.

In every language the text of an event has the same lines with the same values, only the labels are translated: blocks of
"<tab>label:<tabs>value" under a line that ends in a colon. Samples: German, French, Spanish, Italian, Portuguese, Dutch, Polish,
Russian, Japanese and Chinese texts of 4688 in public write-ups; learn.microsoft.com, event-4688, event-4689, event-4616.

What a process says of itself stands behind everything else (its command line is the last line of its block), so nothing in it
can shift what stands before: the first line with a hexadecimal id that is followed by one with a path decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import looks_like_path

_LINE = re.compile(r"\s*([^:\uff1a]{1,80})[:\uff1a]\s*(.*)", re.DOTALL)
_ID = re.compile(r"0x[0-9a-fA-F]{1,16}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f"))
_ACCOUNT = ("UserSid", "UserName", "DomainName", "LogonId")
_MAX_LINES = 64
"""All that is read stands in the first 30; the command line alone may have more."""
_EXPLAINED = 4
"""Paragraphs of explanation behind the last block of 4688: what the type of elevation means, and its three values."""


def created(text: str) -> dict[str, str]:
    """4688 of any version. Empty unless the block of the process is there."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = _process(lines)
    if at is None:
        return {}
    fields = {"NewProcessId": _value(lines[at]), "NewProcessName": _value(lines[at + 1])} | _subject(lines[:at])
    block = lines[at + 2 : at + _MAX_LINES]
    values = [_value(line) for line in block[:6]]
    # Type of elevation, then in version 2 the integrity level, then the creator.
    creator = next((place for place in (1, 2) if place < len(values) and _ID.fullmatch(values[place])), None)
    if creator is None:
        return fields
    fields["ProcessId"] = values[creator]
    if creator == 2:
        fields["MandatoryLabel"] = values[1]
    behind = at + 2 + creator + 1
    if creator == 2 and behind < len(lines) and _LINE.match(lines[behind]):
        fields["ParentProcessName"] = _value(lines[behind])
        behind += 1
    if behind < len(lines) and (line := _LINE.fullmatch(lines[behind])) and lines[behind][:1].isspace():
        fields["CommandLine"] = _command(line.group(2), lines[behind + 1 :], _label(block[0]))
    return fields


def ended(text: str) -> dict[str, str]:
    """4689: the process stands behind the subject."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = _process(lines)
    if at is None:
        return {}
    return {"ProcessId": _value(lines[at]), "ProcessName": _value(lines[at + 1])} | _subject(lines[:at])


def cleared(text: str) -> dict[str, str]:
    """1102: who cleared the log."""
    return _subject(text.replace("\r\n", "\n").split("\n")[:_MAX_LINES])


def clock_set(text: str) -> dict[str, str]:
    """4616: the first time is the old one, the second the new one."""
    lines = text.translate(_MARKS).replace("\r\n", "\n").split("\n")[:_MAX_LINES]
    times = [value for value in map(_value, lines) if _DATE.fullmatch(value) and parse_utc(value) is not None]
    return {"PreviousTime": times[0], "NewTime": times[1]} | _subject(lines) if len(times) == 2 else {}


def _process(lines: Sequence[str]) -> int | None:
    """The line with the id of the process that the event is about: the first of its block, with its path behind it."""
    for at in range(1, min(len(lines) - 1, _MAX_LINES)):
        name = _value(lines[at + 1])
        if _ID.fullmatch(_value(lines[at])) and not _value(lines[at - 1]) and name and looks_like_path(name):
            return at
    return None


def _subject(lines: Sequence[str]) -> dict[str, str]:
    """The accounts of the blocks before the process: who started it and, in version 2 of 4688, as whom it runs."""
    fields: dict[str, str] = {}
    prefixes = ["Subject", "Target"]
    for at in range(1, len(lines) - 3):
        values = [_value(line) for line in lines[at : at + 4]]
        if prefixes and not _value(lines[at - 1]) and _ID.fullmatch(values[3]) and not any(map(_ID.fullmatch, values[:1])):
            prefix = prefixes.pop(0)
            fields |= {prefix + name: value for name, value in zip(_ACCOUNT, values, strict=True)}
    return fields


def _command(first: str, rest: Sequence[str], label: str) -> str:
    """The last value of its block with all its lines, blank ones too. The explanation behind it begins with a paragraph that
    names the type of elevation as its label does; where none does, it is four paragraphs or what there is.
    """
    paragraphs = "\n".join((first, *rest)).split("\n\n")
    behind = max(1, len(paragraphs) - _EXPLAINED)
    named = (at for at in range(behind, len(paragraphs)) if label and label in paragraphs[at].casefold())
    return "\n\n".join(paragraphs[: next(named, behind)]).rstrip("\n")


def _value(line: str) -> str:
    match = _LINE.fullmatch(line)
    return match.group(2).strip() if match else ""


def _label(line: str) -> str:
    match = _LINE.fullmatch(line)
    return match.group(1).strip().casefold() if match else ""
