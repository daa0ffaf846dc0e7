"""What `ausearch -i` makes of audit records: names for numbers, plain values with blanks in them, dates of the machine's locale.

Written by audit-userspace (ausearch-report.c): `strftime("%x %T")` and milliseconds for the stamp, local time of the machine that
ran ausearch; values unquoted and undelimited, `proctitle` and arguments decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.readers.text.moments import Moments

_KEY = re.compile(rb"(?:^|(?<= ))([A-Za-z_][\w-]{0,40})=")
_ARGUMENT = re.compile(rb"(?:^|(?<= ))a(\d{1,6})(?:\[(\d{1,6})\])?=")
_LENGTH = re.compile(rb"(?:^|(?<= ))a\d{1,6}_len=\d+ ")
_NOTHING = frozenset((b"(null)", b"(none)", b"?", b""))
_DATE = re.compile(r"(\d{1,4})(\D{1,8}?)(\d{1,2})(\D{1,8}?)(\d{1,4})\D{0,8} (\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?)")
_NAMED = re.compile(r"(?:\w{3,12},? )?(\d{1,2})\.? ([A-Za-z]{3})[a-z]{0,6}\.?,? (\d{4}) (\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?)")
_SLASHED = re.compile(rb"audit\((\d{1,2})/(\d{1,2})/\d{2,4} ")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_MONTH, _MAX_DAY = 12, 31
_YEAR_DIGITS = 4


def fields(body: bytes) -> dict[bytes, bytes]:
    """All `key=value` of a record; a value goes on until the next key, or to the end."""
    marks = list(_KEY.finditer(body))
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    return {mark.group(1): body[mark.end() : end].strip() for mark, end in reversed(list(zip(marks, ends, strict=False)))}


def value(found: bytes) -> bytes:
    """A value as it is, its quotes taken off; `(null)`, `(none)` and `?` are empty."""
    if found[:1] == b'"' and found[-1:] == b'"' and len(found) > 1:
        found = found[1:-1]
    return b"" if found in _NOTHING else found


def arguments(bodies: Iterable[bytes]) -> list[bytes]:
    """Argv: each argument goes on until the one with the next number begins, so that `a2=cd /tmp; a9=1` is one."""
    whole: dict[int, bytes] = {}
    for body in bodies:
        text = _LENGTH.sub(b"", body)
        marks: list[re.Match[bytes]] = []
        for mark in _ARGUMENT.finditer(text):
            last = marks[-1] if marks else None
            if last is None or _follows(last, mark):
                marks.append(mark)
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        for mark, end in zip(marks, ends, strict=False):
            number = int(mark.group(1))
            whole[number] = whole.get(number, b"") + text[mark.end() : end].removesuffix(b" ")
    return [whole[number] for number in sorted(whole)]


def _follows(last: re.Match[bytes], mark: re.Match[bytes]) -> bool:
    number, next_number = int(last.group(1)), int(mark.group(1))
    if next_number == number:
        return last.group(2) is not None and mark.group(2) is not None and int(mark.group(2)) == int(last.group(2)) + 1
    return next_number == number + 1


def title(body: bytes) -> bytes:
    """The command line that a PROCTITLE record holds."""
    return value(body.partition(b"proctitle=")[2].strip())


class LocaleDates:
    """Reads the dates of one stream: `05/02/2024 10:00:00.101`, `02.05.2024 …`, `2024-05-02 …`, `2024年05月02日 …`."""

    def __init__(self, moments: Moments, day_first: bool | None = None) -> None:
        """`day_first`: the order that the stream proves for `05/02/2024`; None where it proves none."""
        self._moments = moments
        self._day_first = day_first
        self.guessed = 0
        """Dates of which the order is not proven."""

    def time_us(self, text: str) -> int | None:
        """Microseconds since 1970; None, counted by the moments, for what is no such date."""
        return self._moments.local(self._iso(text) or text)

    def _iso(self, text: str) -> str | None:
        if named := _NAMED.fullmatch(text):
            day, name, year, clock = named.groups()
            month = _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0
            return _written(year, month, int(day), clock) if month else None
        match = _DATE.fullmatch(text)
        if match is None:
            return None
        first, between, second, _, third, clock = match.groups()
        if len(first) == _YEAR_DIGITS:
            return _written(first, int(second), int(third), clock)
        if between.strip() == "/" and not self._day_first and int(second) <= _MAX_DAY and int(first) <= _MAX_MONTH:
            self.guessed += self._day_first is None
            return _written(third, int(first), int(second), clock)
        return _written(third, int(second), int(first), clock)


def _written(year: str, month: int, day: int, clock: str) -> str:
    whole = year if len(year) == _YEAR_DIGITS else f"20{year:0>2}"
    return f"{whole}-{month:02}-{day:02} {'0' if clock[1] == ':' else ''}{clock}"


def order_of(lines: Iterable[bytes]) -> bool | None:
    """Whether slashed dates have the day first: True or False as soon as a number above 12 says so, None when none does."""
    for line in lines:
        if match := _SLASHED.search(line, 0, 512):
            first, second = map(int, match.groups())
            if first > _MAX_MONTH:
                return True
            if second > _MAX_MONTH:
                return False
    return None
