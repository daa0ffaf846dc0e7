"""Rendered messages of events whose line breaks became blanks on their way: Snare, WinCollect, syslog relays.

"A new process has been created.    Creator Subject:   Security ID:  S-1-5-18   Account Name:  …". The labels stand in the order
of the event; a value is what stands before the next label. A command line may hold labels, too, and no line break tells them
apart any more: a message in which one stands twice is not read, since nobody knows which is the event's own.
"""

from __future__ import annotations

from collections.abc import Sequence

Labels = Sequence[tuple[str, str]]
"""(label, name of the field), in the order of the event."""
CREATED = "A new process has been created"
_SECURITY: Labels = (
    ("Account Name:", "SubjectUserName"),
    ("Account Domain:", "SubjectDomainName"),
    ("Logon ID:", "SubjectLogonId"),
    ("New Process ID:", "NewProcessId"),
    ("New Process Name:", "NewProcessName"),
    ("Token Elevation Type:", "TokenElevationType"),
    ("Mandatory Label:", "MandatoryLabel"),
    ("Creator Process ID:", "ProcessId"),
    ("Creator Process Name:", "ParentProcessName"),
    ("Process Command Line:", "CommandLine"),
)
_EXPLAINED = "Token Elevation Type indicates the type of token"
"""What stands behind the values of 4688."""
_TARGET = "Target Subject:"
_NAMES = (
    *("RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "FileVersion", "Description", "Product", "Company"),
    *("OriginalFileName", "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId"),
    *("IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"),
)
_SYSMON: Labels = tuple((f" {name}: ", name) for name in _NAMES)


def created(text: str) -> dict[str, str]:
    """4688, in English. Empty where it is none, or says something twice."""
    before, _, process = text.partition("Process Information:")
    if not process:
        return {}
    # The account that a process runs as has the same labels as the one that started it.
    fields = _fields(before.partition(_TARGET)[0], _SECURITY[:3])
    own = _fields(process.partition(_EXPLAINED)[0], _SECURITY[3:])
    return {**fields, **own} if own and fields is not None else {}


def sysmon(text: str) -> dict[str, str]:
    """Sysmon 1. Empty where it is none, or says something twice."""
    fields = _fields(" " + " ".join(text.split("\t")), _SYSMON) or {}
    return fields if {"ProcessId", "Image"} <= fields.keys() else {}


def _fields(text: str, labels: Labels) -> dict[str, str] | None:
    """Values by the names of their fields; None where a label stands twice, or before one that comes before it."""
    places = [(text.find(label), label, name) for label, name in labels]
    found = [place for place in places if place[0] >= 0]
    if found != sorted(found) or any(text.count(label) > 1 for _, label, _ in found):
        return None
    ends = [*(at for at, _, _ in found[1:]), len(text)]
    return {name: text[at + len(label) : end].strip() for (at, label, name), end in zip(found, ends, strict=False)}
