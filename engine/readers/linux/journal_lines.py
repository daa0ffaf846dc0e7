"""Audit records in the text that journalctl prints: `May 02 10:00:00 web-3 audit[2001]: SYSCALL arch=c000003e …`.

The journal's text has neither the number of the event nor, but for short-iso, short-full and short-unix, the year. The kernel
writes the records of one event one after another, SYSCALL first, so each SYSCALL begins one.
"""

from __future__ import annotations

import re

from engine.readers.linux.auditd_records import RECORD_TYPES, SYSCALL, AuditLine
from engine.readers.text.moments import Moments

_LINE = re.compile(
    rb"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:?\d\d|Z)?"
    rb"|[A-Z][a-z]{2} (?P<day>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \S{1,6})"
    rb"|\d{9,11}\.\d{1,6})"
    rb" (?P<host>\S{1,255}) audit(?:\[\d{1,10}\])?: (?P<type>[A-Z][A-Z0-9_]{2,31}(?:\[\d{1,5}\])?) (?P<body>.*)",
    re.DOTALL,
)


class JournalLines:
    """Numbers the events of one stream."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._number = 0

    def parse(self, line: bytes) -> AuditLine | None:
        """The record in a line, None where there is none."""
        found = _LINE.match(line)
        if found is None:
            return None
        kind = found["type"]
        number = RECORD_TYPES.get(kind)
        if number is None:
            return AuditLine(found["host"], kind, b"", found["body"])
        self._number += number == SYSCALL
        # Companions are asked for no time: it is that of their SYSCALL.
        time = self._time(found) if number == SYSCALL else 0
        return AuditLine(found["host"], kind, b"journal:%d" % self._number, found["body"], time_us=time)

    def _time(self, found: re.Match[bytes]) -> int:
        """0, which no record has, where it cannot be read."""
        text = (found["day"] or found["time"]).decode("utf-8", "replace")
        return self._moments.local(text) or 0


def is_audit(line: bytes) -> bool:
    """Whether the line is an audit record of the journal."""
    return b" audit" in line[:340] and _LINE.match(line) is not None
