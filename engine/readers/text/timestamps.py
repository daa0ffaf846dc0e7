"""Times as logs write them, to UTC microseconds since 1970.

`strptime` takes 5 to 10 µs a call and needs to know the format; `datetime.fromisoformat` takes 0.1 µs and reads every
ISO spelling in the gallery, so it goes first and regular expressions are for the rest; what people spell is in `spelled_times`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from engine.readers.text.spelled_times import spelled

_fromiso = datetime.fromisoformat
_NAIVE_EPOCH = datetime(1970, 1, 1)
_AWARE_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_LAST_US = 253_402_300_800 * _SECOND
"""The first microsecond of the year 10000."""
_FILETIME_OFFSET_US = 11_644_473_600 * _SECOND
"""From 1601 (FILETIME) to 1970."""
_TICKS_OFFSET_US = 62_135_596_800 * _SECOND
"""From the year 1 (ticks of .NET) to 1970."""

_CIM = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,6}))?(?:([+-])(\d{3})|\*{3})?")
"""CIM_DATETIME of WMI: the offset is in minutes. Fourteen digits alone are a date, too: as an epoch they would be beyond 2500."""
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})[T_ -](\d{2})(\d{2})(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:?\d{2})?")
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{15,16}")
_SERIAL = re.compile(r"[3-7]\d{4}\.\d{2,12}")
_SERIAL_OFFSET = 25_569
"""Days from 1899-12-30 to 1970."""
_EXPONENT = re.compile(r"\d(?:\.\d{1,18})?[eE]\+?\d{1,2}")
_ZONED = re.compile(
    r":\d{2}(?:[.,]\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*\(?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[A-Z]{3,4}(?![a-z])|[+-]\d{1,2}$)|[Tt]\d{6}[\d.]*(?:Z|[+-])"
    r"|\d{14}\.\d+[+-]\d{3}$|Date\(|\bUTC\b|\bGMT\b"
)
_DOTNET = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/")
_ISO_TAIL = re.compile(
    r"(\d{4})[-/](\d{2})[-/](\d{2})[T ]+(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
    r"(?:\s*\[[A-Za-z ]+\])?"
)


_BRACKETED = re.compile(r"\s*\[[A-Za-z ]+\]$")
_DIGITS = 14
"""Of a date and a time without separators."""


def parse_utc(text: object, day_first: bool | None = None) -> int | None:
    """Microseconds since 1970 UTC, or None where `text` is no time (empty, zero, before 1970, nonsense). Never raises.

    A time without a zone is taken as UTC: every format here that leaves the zone out documents UTC, except portal
    exports marked "[Local Time]", where the zone is not recorded at all. Digits after the microsecond are cut off. `day_first`:
    of 5/2/2024 the 5 is the day; US order unless given.
    """
    if type(text) is str:
        # fromisoformat also takes "20190115T…" and would read 13-digit epochs as dates: hence the dash.
        if text[4:5] == "-":
            try:
                moment = _fromiso(text)
            except ValueError:
                return _rare(text, day_first)
            try:
                span = moment - (_NAIVE_EPOCH if moment.tzinfo is None else _AWARE_EPOCH)
            except (OverflowError, ValueError):
                return None
            micros = span.days * _DAY + span.seconds * _SECOND + span.microseconds
            return micros if 0 < micros < _LAST_US else None
        return _rare(text, day_first)
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return from_epoch(text)
    return None


def from_epoch(number: float) -> int | None:
    """Seconds, milli-, micro-, nanoseconds since 1970, FILETIME (100 ns since 1601) or .NET's ticks (since the year 1), told
    apart by magnitude.
    """
    if not 0 < number < 1e19:
        return None
    if number < 1e11:
        micros = round(number * _SECOND) if isinstance(number, float) else number * _SECOND
    elif number < 1e14:
        micros = int(number * 1_000)
    elif number < 5e16:
        micros = int(number)
    elif number < 5e17:
        micros = int(number) // 10 - _FILETIME_OFFSET_US
    elif number < 1e18:
        micros = int(number) // 10 - _TICKS_OFFSET_US
    else:
        micros = int(number) // 1_000
    return micros if 0 < micros < _LAST_US else None


def from_milliseconds(number: int) -> int | None:
    """Milliseconds since 1970, for fields that say so."""
    micros = number * 1_000
    return micros if 0 < micros < _LAST_US else None


def from_seconds_text(text: str) -> int | None:
    """Exact microseconds of "1551487424.869" (auditd, strace): a float would lose the last digits."""
    whole, _, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 11) or (
        fraction and not (fraction.isascii() and fraction.isdigit())
    ):
        return None
    micros = int(whole) * _SECOND + int((fraction + "000000")[:6])
    return micros if 0 < micros < _LAST_US else None


def names_zone(value: object) -> bool:
    """Whether a time says in which zone it is; numbers count seconds since 1970 UTC."""
    if not isinstance(value, str):
        return True
    text = value.strip()
    return (
        _ZONED.search(text) is not None
        or (text.replace(".", "", 1).isdigit() and len(text) != _DIGITS)
        or bool(_EXPONENT.fullmatch(text) or _HEXADECIMAL.fullmatch(text))
    )


def _rare(text: str, day_first: bool | None) -> int | None:
    text = text.strip().replace("\u202f", " ").replace("\u200e", "").replace("\u200f", "").replace("\xa0", " ")
    if not text or len(text) > 64:
        return None
    try:
        if match := _ISO_TAIL.fullmatch(text):
            return _iso_tail(match)
        if match := _DOTNET.fullmatch(text):
            return from_milliseconds(int(match.group(1)))
        if text[:2] in ("19", "20") and (match := _CIM.fullmatch(text)):
            return _cim(match)
        if match := _BASIC.fullmatch(text):
            return _iso_tail(match)
        moment = _number(text)
        return moment if moment is not None else _spelled(text, day_first)
    except (ValueError, KeyError, OverflowError):
        return None


def _spelled(text: str, day_first: bool | None) -> int | None:
    """Words and local orders; dots are the European day-first spelling."""
    found = spelled(_BRACKETED.sub("", text), day_first)
    if found is None:
        return None
    moment = _build(*found[:6], found.fraction)
    if moment is None or not found.offset:
        return moment
    moment -= found.offset * 60 * _SECOND
    return moment if 0 < moment < _LAST_US else None


def _cim(match: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, sign, minutes = match.groups()
    micros = _build(int(year), int(month), int(day), int(hour), int(minute), int(second), fraction)
    if micros is None or sign is None:
        return micros
    offset = int(minutes) * 60 * _SECOND
    return micros - offset if sign == "+" else micros + offset


def _iso_tail(match: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micros = _build(int(year), int(month), int(day), int(hour), int(minute), int(second), fraction)
    if micros is None or zone is None or zone[0] not in "+-":
        return micros
    digits = zone[1:].replace(":", "")
    offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60 * _SECOND
    return micros - offset if zone[0] == "+" else micros + offset


def _build(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str | None) -> int | None:
    micros = int(((fraction or "") + "000000")[:6])
    # A leap second (:60) is a real time in auditd logs; datetime refuses it.
    span = datetime(year, month, day, hour, minute) - _NAIVE_EPOCH + timedelta(seconds=second, microseconds=micros)
    total = span.days * _DAY + span.seconds * _SECOND + span.microseconds
    return total if total > 0 else None


def _number(text: str) -> int | None:
    if _EXPONENT.fullmatch(text):
        return from_epoch(float(text))
    if _HEXADECIMAL.fullmatch(text):
        return from_epoch(int(text, 16))
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    if _SERIAL.fullmatch(text):
        # Days since 1899-12-30: what a spreadsheet makes of a time. As seconds it would be the first day of 1970.
        return round((float(text) - _SERIAL_OFFSET) * 86_400_000) * 1_000
    if "." in text:
        return from_seconds_text(text)
    return from_epoch(int(text))
