"""The values of an event by their places: for exports that keep them and drop their names.

PowerShell's Properties, Get-EventLog's ReplacementStrings, plaso's strings, StringInserts of forwarders, Param elements of
Sentinel: all have the order of the event's manifest, in every language. Which version of the manifest it is tells the number
of values; their shapes have to agree, so that a shifted list gives nothing instead of a false process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.readers.text.timestamps import parse_utc
from engine.readers.windows.windows_fields import (
    CLOCK_SET,
    SECURITY,
    SECURITY_CLEARED,
    SECURITY_END,
    SECURITY_OLD,
    SECURITY_OLD_END,
    SYSMON,
    SYSMON_END,
    SYSMON_LINUX,
    TOLD_BY,
    looks_like_path,
    number,
    text,
)

_SUBJECT = ("SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")
_4688 = (*_SUBJECT, "NewProcessId", "NewProcessName", "TokenElevationType", "ProcessId")
_4688_V2 = (
    *(*_4688, "CommandLine", "TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"),
    *("ParentProcessName", "MandatoryLabel"),
)
_592 = ("NewProcessId", "NewProcessName", "ProcessId", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")
_593 = ("ProcessId", "ProcessName", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")
"""Their manifests have no names; these are 4688's."""
_BEGIN = ("UtcTime", "ProcessGuid", "ProcessId", "Image")
_FILE = ("FileVersion", "Description", "Product", "Company")
_REST = (
    *("CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId", "IntegrityLevel", "Hashes"),
    *("ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine"),
)
_SYSMON = (
    (*_BEGIN, *_REST),
    ("RuleName", *_BEGIN, *_REST),
    ("RuleName", *_BEGIN, *_FILE, *_REST),
    ("RuleName", *_BEGIN, *_FILE, "OriginalFileName", *_REST),
    ("RuleName", *_BEGIN, *_FILE, "OriginalFileName", *_REST, "ParentUser"),
)
"""Schema 3.x, 4.0, 4.1, 4.22, 4.80: Sysmon's changelog, and `sysmon -s`."""
_SYSMON_END = (_BEGIN, ("RuleName", *_BEGIN), ("RuleName", *_BEGIN, "User"))

_ORDERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    SECURITY: (_4688, (*_4688, "CommandLine"), _4688_V2),
    SECURITY_OLD: (_592,),
    SECURITY_OLD_END: (_593,),
    SECURITY_END: ((*_SUBJECT, "Status", "ProcessId", "ProcessName"),),
    SYSMON: _SYSMON,
    SYSMON_LINUX: _SYSMON,
    SYSMON_END: _SYSMON_END,
    SECURITY_CLEARED: (_SUBJECT,),
    CLOCK_SET: (
        (*_SUBJECT, "PreviousTime", "NewTime", "ProcessId", "ProcessName"),
        (*_SUBJECT, "PreviousDate", "PreviousTime", "NewDate", "NewTime", "ProcessId", "ProcessName"),
    ),
}
_NESTED = 3
_DECIMAL = re.compile(r"[0-9]{1,20}")
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")


def by_position(kind: str, values: Sequence[Any]) -> dict[str, Any]:
    """Field -> value of an event of a kind of `kind_of`; {} where number or shapes fit no version of it."""
    for names in _ORDERS.get(kind, ()):
        if len(names) == len(values):
            fields = {name: _plain(name, value) for name, value in zip(names, values, strict=True)}
            return fields if _sound(kind, fields) else {}
    return {}


def folded(name: str) -> str:
    """A field's name without regard to case and separators: NewProcessName, new_process_name and newprocessname are one."""
    return name.replace("_", "").replace(" ", "").lower()


_CANONICAL = {kind: {folded(name): name for names in orders for name in names} for kind, orders in _ORDERS.items()}


def by_folded_names(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event whose names were written in another way: all lower case, or with underscores."""
    canonical = _CANONICAL.get(kind, {})
    return {canonical[name]: value for key, value in record.items() if (name := folded(key)) in canonical}


def joined_by(kind: str, cell: str, separator: str) -> dict[str, Any]:
    """The same of values joined by a character that may stand in a command line, too (Log Parser's Strings)."""
    parts = cell.split(separator)
    for names in reversed(_ORDERS.get(kind, ())):
        extra = len(parts) - len(names)
        at = names.index("CommandLine") if "CommandLine" in names else len(names)
        if extra < 0 or (extra and at == len(names)):
            continue
        behind = at + extra + 1
        values = [*parts[:at], separator.join(parts[at:behind]), *parts[behind:]] if extra else parts
        if fields := by_position(kind, values):
            return fields
    return {}


def _plain(name: str, value: Any) -> Any:
    """What a property holds: {"Value": …} of PowerShell, of a SID inside of it, too. A logon's number as other forms have it."""
    for _ in range(_NESTED):
        if not isinstance(value, Mapping):
            break
        value = value.get("Value", value.get("value"))
    if not name.endswith("LogonId"):
        return value
    return hex(int(value)) if type(value) is int or (type(value) is str and _DECIMAL.fullmatch(value)) else value


def _sound(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether what is most telling has the shape that it must have."""
    get = fields.get
    if kind in (SECURITY, SECURITY_END, SECURITY_OLD, SECURITY_OLD_END):
        image = text(get(TOLD_BY[kind]))
        return image is not None and looks_like_path(image) and all(map(_is_id, (get("ProcessId"), get("NewProcessId", 0))))
    if kind in (SYSMON, SYSMON_LINUX, SYSMON_END):
        guids = (get("ProcessGuid"), get("ParentProcessGuid", get("ProcessGuid")))
        return all(_GUID.fullmatch(text(value) or "") for value in guids) and _is_id(get("ProcessId"))
    return kind != CLOCK_SET or parse_utc(text(get("NewTime"))) is not None or "NewDate" in fields


def _is_id(value: object) -> bool:
    return number(value) is not None or value == 0 or (type(value) is str and set(value.strip()) <= set("0x-"))
