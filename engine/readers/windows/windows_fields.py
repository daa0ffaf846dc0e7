"""Fields of the Windows events that tell of processes, wherever they were found, to what readers yield.

Every Windows reader (EVTX, XML, the JSON shapes, Event Viewer CSV) brings its record to one flat mapping with the names of
the event manifests and ends here. Sysmon: ProcessId is the new process. 4688: NewProcessId is the new process and
ProcessId its creator, both hexadecimal as a rule. What is no creation is made in `other_events`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.domain.records import LINUX, SAMPLE_BYTES, WINDOWS, ProcessEvent, ReaderItem, Reject
from engine.readers.text.timestamps import parse_utc

Fields = Mapping[str, Any]
Clock = Callable[[object], int | None]
"""How the time of a record's envelope is read: `parse_utc`, or what `Moments` has for times without a zone."""

SYSMON = "sysmon1"
SECURITY = "security4688"
SYSMON_LINUX = "sysmon-linux"
SECURITY_OLD = "security592"
"""The process creation of Windows XP and Server 2003, in .evt files that were converted."""
SYSMON_END = "sysmon5"
SECURITY_END = "security4689"
SECURITY_CLEARED = "security1102"
LOG_CLEARED = "log-cleared"
CLOCK_SET = "clock-set"
SECURITY_OLD_END = "security593"
CREATIONS = frozenset((SYSMON, SECURITY, SYSMON_LINUX, SECURITY_OLD))

_EVENTLOG = "eventlog"
_PROVIDERS = {
    "microsoft-windows-sysmon": SYSMON,
    "sysmon": SYSMON,
    "microsoft-windows-sysmon/operational": SYSMON,
    "linux-sysmon": SYSMON_LINUX,
    "linux-sysmon/operational": SYSMON_LINUX,
    "microsoft-windows-security-auditing": SECURITY,
    "microsoft windows security auditing.": SECURITY,
    "microsoft windows security auditing": SECURITY,
    "security": SECURITY,
    "microsoft-windows-eventlog": _EVENTLOG,
    "eventlog": _EVENTLOG,
}
_KINDS = {
    1: {SYSMON: SYSMON, SYSMON_LINUX: SYSMON_LINUX},
    5: {SYSMON: SYSMON_END, SYSMON_LINUX: SYSMON_END},
    104: {_EVENTLOG: LOG_CLEARED},
    592: {SECURITY: SECURITY_OLD},
    593: {SECURITY: SECURITY_OLD_END},
    1102: {_EVENTLOG: SECURITY_CLEARED, SECURITY: SECURITY_CLEARED},
    4616: {SECURITY: CLOCK_SET},
    4688: {SECURITY: SECURITY},
    4689: {SECURITY: SECURITY_END},
}
EVENT_NUMBERS = frozenset(_KINDS)
"""Event ids that `kind_of` may know: all others can be left before anything else of a record is looked at."""

TOLD_BY = {
    SYSMON: "Image",
    SYSMON_LINUX: "Image",
    SECURITY: "NewProcessName",
    SECURITY_OLD: "NewProcessName",
    SECURITY_OLD_END: "ProcessName",
    SYSMON_END: "Image",
    SECURITY_END: "ProcessName",
    SECURITY_CLEARED: "SubjectUserName",
    LOG_CLEARED: "SubjectUserName",
    CLOCK_SET: "NewTime",
}
"""Kind -> the field that shows that a mapping holds the event's own data, and not its envelope only."""

ABSENT = frozenset(("", "-", "?", "N/A", "n/a", "(null)", "null", "None", "%%1793"))
_LONGEST_ABSENT = max(map(len, ABSENT))
_SID = re.compile(r"\s*S-1-\d+(?:-\d+)*\s*")
_NUMBER = re.compile(r"\s*(?:0[xX][0-9a-fA-F]+|\d+(?:\.0+)?)\s*")
_WHOLE = re.compile(r"\s*([0-9]{1,18})(?:\.0+)?\s*", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([,.\u00a0\u202f' ])\d{3})(?:\1\d{3}){0,5}", re.ASCII)
"""A number with its thousands marked, as Kibana and spreadsheets write it: 5,210."""
_EXACT = 2**53
_MINIMAL = frozenset(("registry", "memcompression", "memory compression", "system", "secure system", "vmmem", "smss", "idle"))
"""Processes of the kernel that 4688 reports by a bare name."""

MAX_PID = 2**32
_LABELS = {
    "S-1-16-0": "Untrusted",
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-8448": "MediumPlus",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
    "S-1-16-20480": "Protected",
}
_SHORTEST_GUID = 8
ZERO_GUID = "00000000-0000-0000-0000-000000000000"


def kind_of(provider: object, channel: object, event_id: object) -> str | None:
    """What kind of event it is of those that are read; None for all others.

    Event id 1 of a foreign provider is no process; provider and channel are compared case-insensitively and one of them
    is enough, because exports drop the other.
    """
    kinds = _KINDS.get(event_number(event_id) or 0)
    if kinds is None:
        return None
    for name in (provider, channel):
        if isinstance(name, str) and name:
            return kinds.get(_PROVIDERS.get(name.lower(), ""))
    return None


def event_number(value: object) -> int | None:
    """An event id, also as a data frame with gaps writes it: 4688.0, "4688.0"; or in a list of one."""
    if type(value) is int:
        return value
    if type(value) is str:
        match = _WHOLE.fullmatch(value)
        return int(match.group(1)) if match else _ungrouped(value)
    if type(value) is float:
        return int(value) if value.is_integer() else None
    return event_number(value[0]) if type(value) is list and len(value) == 1 and type(value[0]) is not list else None


def text(value: object) -> str | None:
    """A field as text; None where the log says "nothing" ("", "-", null) or holds a structure. 5210.0 is 5210, and a list of
    one is that one (Elasticsearch's fields).
    """
    if type(value) is str:
        # Looking up a long command line costs its hash; nothing in the set is long.
        return value if len(value) > _LONGEST_ABSENT or value not in ABSENT else None
    if value is None:
        return None
    if type(value) is list and len(value) == 1 and type(value[0]) is not list:
        return text(value[0])
    if type(value) is float:
        if not math.isfinite(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def number(value: object) -> int | None:
    """A process id as recorded: decimal or 0x…, text or number. None for 0 and for everything that is none."""
    if type(value) is str:
        try:
            result = int(value)
        except ValueError:
            return _hexadecimal(value)
    elif type(value) is int:
        result = value
    elif type(value) is float and value.is_integer():
        result = int(value)
    elif type(value) is list and len(value) == 1 and type(value[0]) is not list:
        return number(value[0])
    else:
        return None
    return result if 0 < result < MAX_PID else None


def _hexadecimal(value: str) -> int | None:
    """0x…, or the float that a data frame made of a number, or one with its thousands marked."""
    whole = _WHOLE.fullmatch(value)
    if whole is None and value[:2] not in ("0x", "0X"):
        result = _ungrouped(value) or 0
        return result if 0 < result < MAX_PID else None
    try:
        result = int(whole.group(1)) if whole else int(value, 16)
    except ValueError:
        return None
    return result if 0 < result < MAX_PID else None


def _ungrouped(value: str) -> int | None:
    return int("".join(filter(str.isdigit, value))) if _GROUPED.fullmatch(value) else None


def guid(value: object) -> str | None:
    """Canonical process GUID: lower case, no braces; the zero GUID is absent."""
    if type(value) is not str or len(value) < _SHORTEST_GUID:
        return None
    canonical = value.strip("{} ").lower()
    # Only what begins like zeros is looked through.
    return None if canonical[:1] in ("", "0", "-") and not canonical.strip("0-") else canonical


def sysmon(
    fields: Fields,
    position: int,
    *,
    host: str,
    time: object,
    record_id: str | None,
    kind: str = SYSMON,
    clock: Clock = parse_utc,
) -> ReaderItem:
    """Sysmon event 1. `time` is the event's TimeCreated, used where UtcTime is missing."""
    get = fields.get
    image = text(get("Image"))
    if image is None:
        return Reject(
            position=position,
            code="no-image",
            reason="Image is empty: there is no executable to judge.",
            record_id=record_id,
            sample=sample_of(fields),
        )
    moment = parse_utc(get("UtcTime"))
    return ProcessEvent(
        kind=kind,
        image=image,
        os=LINUX if kind == SYSMON_LINUX else WINDOWS,
        host=host,
        time_us=moment if moment is not None else clock(time),
        pid=number(get("ProcessId")),
        ppid=number(get("ParentProcessId")),
        guid=guid(get("ProcessGuid")),
        parent_guid=guid(get("ParentProcessGuid")),
        parent_image=text(get("ParentImage")),
        command_line=text(get("CommandLine")),
        parent_command_line=text(get("ParentCommandLine")),
        user=text(get("User")),
        integrity=text(get("IntegrityLevel")),
        cwd=text(get("CurrentDirectory")),
        logon_id=text(get("LogonId")),
        original_name=text(get("OriginalFileName")),
        hashes=text(get("Hashes")),
        record_id=record_id,
        position=position,
    )


def security(
    fields: Fields, position: int, *, host: str, time: object, record_id: str | None, clock: Clock = parse_utc
) -> ReaderItem:
    """Security 4688, with and without ParentProcessName; records whose fields are shifted become a Reject."""
    get = fields.get
    image = text(get("NewProcessName"))
    parent = text(get("ParentProcessName"))
    if image is None:
        return Reject(
            position=position,
            code="no-image",
            reason="NewProcessName is empty: there is no executable to judge.",
            record_id=record_id,
            sample=sample_of(fields),
        )
    wrong = _shifted(image, parent, get("NewProcessId"), get("ProcessId"))
    if wrong:
        return Reject(position=position, code="shifted-fields", reason=wrong, record_id=record_id, sample=sample_of(fields))
    return ProcessEvent(
        kind=SECURITY,
        image=image,
        os=WINDOWS,
        host=host,
        time_us=clock(time),
        pid=number(get("NewProcessId")),
        ppid=number(get("ProcessId")),
        parent_image=parent,
        command_line=text(get("CommandLine")),
        user=_account(fields),
        integrity=_LABELS.get(text(get("MandatoryLabel")) or ""),
        logon_id=text(get("SubjectLogonId")),
        record_id=record_id,
        position=position,
    )


def sample_of(fields: Fields) -> bytes:
    """The first bytes of a record, for the list of rejects."""
    return str(dict(fields)).encode("utf-8", "replace")[:SAMPLE_BYTES]


def _shifted(image: str, parent: str | None, pid: object, ppid: object) -> str:
    """What is in the wrong column, as a sentence; "" when the record is sound."""
    if parent is not None and (_SID.fullmatch(parent) or _NUMBER.fullmatch(parent)):
        return f"ParentProcessName holds {parent[:60]!r}, not a path: the record's fields are shifted."
    if not looks_like_path(image):
        return f"NewProcessName holds {image[:60]!r}, not a path: the record's fields are shifted."
    for name, value in (("NewProcessId", pid), ("ProcessId", ppid)):
        value_text = text(value)
        if value_text is not None and not _NUMBER.fullmatch(value_text):
            return f"{name} holds {value_text[:60]!r}, not a process id: the record's fields are shifted."
    return ""


def looks_like_path(image: str) -> bool:
    """Whether a text can name an executable: not a SID, not a number."""
    if _SID.fullmatch(image) or _NUMBER.fullmatch(image):
        return False
    return "\\" in image or "/" in image or "." in image or image.lower() in _MINIMAL


def _account(fields: Fields) -> str | None:
    """The account that the process runs as: the target where it differs, else the creator."""
    return account_of(fields, "Target") or account_of(fields, "Subject")


def account_of(fields: Fields, prefix: str) -> str | None:
    r"""The account whose fields begin with `prefix`: DOMAIN\name, or the name alone."""
    name = text(fields.get(prefix + "UserName"))
    if name is None:
        return None
    domain = text(fields.get(prefix + "DomainName"))
    return name if domain is None else f"{domain}\\{name}"
