"""Times of a filter: RFC 3339, or as much of its end as says which time is meant, in the zone that is shown.

2026-03-03T18:17:05Z    2026-03-03T18:17    2026-03-03    2026-03
03-03T18:17    03-03    the year is the one that the case has such a day in, its last where there are several
18:17    18:17:05       on each day of the case; behind after: and before: only where that is one
…±90s  …±5m  …±2h  …±1d     so long before and behind (+- is read as ±)
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from store.where.terms import WhereError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
MOST_DAYS = 1_000
"""Of a case, for a time that names no day."""
FORMS = "write 2026-03-03T18:17, 03-03T18:17, 03-03 or 18:17"
_TIME = re.compile(
    r"(?:(?P<year>\d{4})-?(?=\d))?(?:(?P<month>\d{2})(?:-?(?P<day>\d{2}))?)?"
    r"(?:(?(month)[Tt ])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,6})\d*)?)?)?"
    r"(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_AROUND = re.compile(r"(?P<time>.*?)(?:±|\+-|\+/-)(?P<count>\d{1,6})(?P<unit>[smhd])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

Span = tuple[int, int]
"""First and last microsecond."""


@dataclass(frozen=True, slots=True)
class Times:
    """How times are to be read: the zone that is shown, and what the case spans, None where that is not known."""

    zone: tzinfo = UTC
    first_us: int | None = None
    last_us: int | None = None

    def days(self) -> tuple[date, date] | None:
        """The first and the last day of the case; None where nobody knows, or where no calendar has them."""
        if self.first_us is None or self.last_us is None:
            return None
        try:
            ends = [
                (EPOCH + timedelta(microseconds=bound)).astimezone(self.zone).date() for bound in (self.first_us, self.last_us)
            ]
        except (OverflowError, ValueError):
            return None
        return ends[0], ends[1]


UNKNOWN = Times()
"""In UTC, of a case whose span is not known."""


def spans(text: str, times: Times) -> tuple[Span, ...]:
    """What a time means, in order: one span, or one on each day of the case. Raises WhereError (its places are 0)."""
    around = _AROUND.fullmatch(text)
    before_us = behind_us = 0
    if around is not None:
        before_us = behind_us = int(around["count"]) * _UNITS[around["unit"]] * SECOND_US
        text = around["time"]
    try:
        found = tuple((low - before_us, high + behind_us) for low, high in _spans(text, times))
    except (ValueError, OverflowError):
        found = ()
    if not found or any(abs(bound) >= 2**62 for span in found for bound in span):
        raise WhereError(f"{text!r} is no time: {FORMS}")
    return found


def moment(text: str, times: Times) -> Span:
    """A time that is one: its first and last microsecond. Raises WhereError."""
    found = spans(text, times)
    if len(found) > 1:
        days = times.days()
        day = f"{days[1]:%m-%d}" if days else "03-03"
        raise WhereError(f"{text!r} is on {len(found):,} days of the case: write {day}T{text}")
    return found[0]


def _spans(text: str, times: Times) -> Iterator[Span]:
    match = _TIME.fullmatch(text)
    if match is None or not text:
        raise ValueError(text)
    zone = _zone(match["zone"], times.zone)
    hour, minute, second = (None if match[name] is None else int(match[name]) for name in ("hour", "minute", "second"))
    part = (match["part"] or "").ljust(6, "0") if match["part"] else ""
    length = timedelta(microseconds=1) if part else timedelta(seconds=1) if second is not None else timedelta(minutes=1)
    for day in _days(match["year"], match["month"], match["day"], times, timed=hour is not None):
        if hour is None:
            month_long = match["day"] is None
            days = calendar.monthrange(day.year, day.month)[1] if month_long else 1
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            end = start + timedelta(days=days)
        else:
            start = datetime(day.year, day.month, day.day, hour, minute or 0, second or 0, int(part or 0), tzinfo=zone)
            end = start + length
        yield _us(start), _us(end) - 1


def _days(year: str | None, month: str | None, day: str | None, times: Times, *, timed: bool) -> Iterator[date]:
    if year is not None:
        if month is None or (day is None and timed):
            raise ValueError(year)
        yield date(int(year), int(month), int(day or 1))
        return
    span = times.days()
    if month is not None:
        if day is None or span is None:
            raise ValueError(month)
        yield _in_case(int(month), int(day), *span)
        return
    if span is None or not timed:
        raise ValueError
    first, last = span
    if (last - first).days >= MOST_DAYS:
        raise ValueError
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _in_case(month: int, day: int, first: date, last: date) -> date:
    """The day in the year that has it within the case, else in its last."""
    found = None
    for year in range(last.year, max(first.year, last.year - 8) - 1, -1):
        try:
            one = date(year, month, day)
        except ValueError:
            continue  # the 29th of February
        if first <= one <= last:
            return one
        found = found or one
    if found is None:
        raise ValueError(month, day)
    return found


def _zone(text: str | None, shown: tzinfo) -> tzinfo:
    if text is None:
        return shown
    if text in {"Z", "z"}:
        return UTC
    parsed = datetime.strptime(text.replace(":", ""), "%z").tzinfo
    assert parsed is not None
    return parsed


def _us(when: datetime) -> int:
    return (when - EPOCH) // timedelta(microseconds=1)
