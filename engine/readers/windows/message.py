"""The text that Windows renders for an event, back to fields: for exports that keep the message and drop the data.

Sysmon's text is English everywhere. That of Security 4688 is read by its labels where they are English, else by the order and the
shapes of its values (`message_order`): the labels are in the language of the machine that rendered it.
"""

from __future__ import annotations

import re

from engine.readers.windows.values import message_order, one_line
from engine.readers.windows.windows_fields import CLOCK_SET, SECURITY, SECURITY_CLEARED, SECURITY_END

_SYSMON_FIELDS = frozenset(
    (
        *("RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "FileVersion", "Description", "Product", "Company"),
        *("OriginalFileName", "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId"),
        *("IntegrityLevel", "Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"),
    )
)
_SYSMON_LINE = re.compile(r"([A-Za-z]{4,18}):(?: (.*))?", re.DOTALL)

_SUBJECT = {"Security ID": "UserSid", "Account Name": "UserName", "Account Domain": "DomainName", "Logon ID": "LogonId"}
_PROCESS = {
    "New Process ID": "NewProcessId",
    "New Process Name": "NewProcessName",
    "Token Elevation Type": "TokenElevationType",
    "Mandatory Label": "MandatoryLabel",
    "Creator Process ID": "ProcessId",
    "Creator Process Name": "ParentProcessName",
    "Process Command Line": "CommandLine",
}
_SECTIONS = {
    "Subject": {key: "Subject" + name for key, name in _SUBJECT.items()},
    "Creator Subject": {key: "Subject" + name for key, name in _SUBJECT.items()},
    "Target Subject": {key: "Target" + name for key, name in _SUBJECT.items()},
    "Process Information": _PROCESS,
}
_SECURITY_LINE = re.compile(r"\s*([A-Z][A-Za-z ]{2,24}):\s*(.*)", re.DOTALL)
_CREATED = "A new process has been created"
_SYSMON_TITLE = "Process "
_TITLE = 64
_BY_ORDER = {
    SECURITY: message_order.created,
    SECURITY_END: message_order.ended,
    SECURITY_CLEARED: message_order.cleared,
    CLOCK_SET: message_order.clock_set,
}


def parse_message(text: str, kind: str = "") -> dict[str, str]:
    """Fields of a rendered message, named as in the event's EventData (Sysmon 1: Image …, 4688: NewProcessName …).

    `kind` is one of `kind_of`; without it the text has to be that of a process creation. Empty when it is not what it should be.
    A line that starts no known field continues the value before it, so command lines with line breaks stay whole.
    """
    start = text[:_TITLE].lstrip()
    if kind in _BY_ORDER and kind != SECURITY:
        return _BY_ORDER[kind](text)
    if "\n" not in text and "\r" not in text:
        return one_line.created(text) if start.startswith(_CREATED) else one_line.sysmon(text)
    if start.startswith(_CREATED) and (fields := _security(text)).get("NewProcessName"):
        return fields
    if start.startswith(_SYSMON_TITLE) or "ProcessGuid: " in text:
        return _sysmon(text)
    return message_order.created(text)


def _sysmon(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    # A command line is attacker-written and may hold "\\nParentImage: …". CurrentDirectory follows it in every schema
    # version, so nothing else ends it.
    has_directory = "\nCurrentDirectory:" in text
    for line in text.replace("\r\n", "\n").split("\n"):
        match = _SYSMON_LINE.fullmatch(line)
        key = match.group(1) if match else ""
        known = key in _SYSMON_FIELDS and key not in fields
        if known and current == "CommandLine" and has_directory and key != "CurrentDirectory":
            known = False
        if known and match:
            current = key
            fields[key] = match.group(2) or ""
        elif current:
            fields[current] += "\n" + line
    return {key: value.rstrip("\n") for key, value in fields.items()}


def _security(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    section: dict[str, str] = {}
    current = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("Token Elevation Type indicates"):
            break
        match = _SECURITY_LINE.fullmatch(line)
        key = match.group(1).strip() if match else ""
        if match and not match.group(2) and key in _SECTIONS:
            section, current = _SECTIONS[key], ""
        elif match and section.get(key, "") and section[key] not in fields:
            current = section[key]
            fields[current] = match.group(2)
        elif current == "CommandLine":
            fields[current] += "\n" + line
    return {key: value.rstrip("\n") for key, value in fields.items()}
