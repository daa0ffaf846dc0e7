"""Windows events that are no process creation and tell something of processes all the same, and the way in for all kinds.

Security 4689 and Sysmon 5 end a process; 1102 and 104 (a log was cleared) and 4616 (the clock was set) change how the records
around them are to be read. Fields: learn.microsoft.com, "Security auditing", event-4689, event-1102, event-4616.
"""

from __future__ import annotations

from engine.domain.records import HostFact, ProcessEnd, ReaderItem
from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import (
    CLOCK_SET,
    LOG_CLEARED,
    SECURITY,
    SECURITY_CLEARED,
    SECURITY_END,
    SECURITY_OLD,
    SECURITY_OLD_END,
    SYSMON,
    SYSMON_END,
    Clock,
    Fields,
    account_of,
    guid,
    number,
    security,
    sysmon,
    text,
)

_SMALLEST_STEP_US = 1_000_000
"""The time service trims the clock by milliseconds all day; that orders no records anew."""
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f"))
"""Rendered dates have marks of direction between their parts."""


def map_windows(
    kind: str, fields: Fields, position: int, *, host: str, time: object, record_id: str | None, clock: Clock = parse_utc
) -> ReaderItem:
    """The event of a kind that `kind_of` gave: a creation, an end or a fact; None where it tells nothing."""
    if kind == SYSMON:
        return sysmon(fields, position, host=host, time=time, record_id=record_id, clock=clock)
    if kind in (SECURITY, SECURITY_OLD):
        return security(fields, position, host=host, time=time, record_id=record_id, clock=clock)
    if kind in (SYSMON_END, SECURITY_END, SECURITY_OLD_END):
        return _ended(kind, fields, position, host, time, clock)
    if kind in (SECURITY_CLEARED, LOG_CLEARED):
        return _cleared(kind, fields, position, host, clock(time))
    if kind == CLOCK_SET:
        return _clock_set(fields, position, host, clock(time))
    return sysmon(fields, position, host=host, time=time, record_id=record_id, kind=kind, clock=clock)


def _ended(kind: str, fields: Fields, position: int, host: str, time: object, clock: Clock) -> ProcessEnd | None:
    """Sysmon 5: UtcTime, ProcessGuid, ProcessId, Image. 4689: ProcessId and ProcessName are the process that ended."""
    own = kind == SYSMON_END
    pid, process = number(fields.get("ProcessId")), guid(fields.get("ProcessGuid")) if own else None
    moment = parse_utc(fields.get("UtcTime")) if own else None
    if moment is None:
        moment = clock(time)
    if moment is None or (pid is None and process is None):
        return None
    image = text(fields.get("Image" if own else "ProcessName"))
    return ProcessEnd(position=position, host=host, time_us=moment, pid=pid, guid=process, image=image)


def _cleared(kind: str, fields: Fields, position: int, host: str, moment: int | None) -> HostFact:
    """1102 is of the log Security, 104 names its log in Channel."""
    log = "Security" if kind == SECURITY_CLEARED else text(fields.get("Channel"))
    who = account_of(fields, "Subject")
    told = (f"The log {log}" if log else "A log") + " was cleared" + (f" by {who}." if who else ".")
    return HostFact(position=position, code=LOG_CLEARED, text=told, host=host, time_us=moment)


def _clock_set(fields: Fields, position: int, host: str, moment: int | None) -> HostFact | None:
    """None for a step that changes nothing. Windows before 7 has NewDate and PreviousDate beside the times."""
    old, new = (_stated(fields, name) for name in ("Previous", "New"))
    before, after = parse_utc(old), parse_utc(new)
    if new is None or (before is not None and after is not None and abs(after - before) < _SMALLEST_STEP_US):
        return None
    who = account_of(fields, "Subject")
    by = f" by {who}" if who else ""
    return HostFact(
        position=position, code=CLOCK_SET, text=f"The clock was set from {old or '?'} to {new}{by}.", host=host, time_us=moment
    )


def _stated(fields: Fields, which: str) -> str | None:
    parts = (text(fields.get(which + part)) for part in ("Date", "Time"))
    return " ".join(part.translate(_MARKS) for part in parts if part) or None
