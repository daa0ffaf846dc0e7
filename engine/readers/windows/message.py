"""The text that Windows renders for an event, back to fields: for exports that keep the message and drop the data.

Only the English texts of Sysmon event 1 and Security 4688 are read; their layout is fixed by the event manifests.
"""

from __future__ import annotations

import re

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
_SYSMON_TITLE = "Process Create"


def parse_message(text: str) -> dict[str, str]:
    """Fields of a rendered message, named as in the event's EventData (Sysmon 1: Image …, 4688: NewProcessName …).

    Empty when the text is neither of the two. A line that starts no known field continues the value before it, so
    command lines with line breaks stay whole.
    """
    start = text[:64].lstrip()
    if start.startswith(_CREATED):
        return _security(text)
    if start.startswith(_SYSMON_TITLE) or "ProcessGuid: " in text:
        return _sysmon(text)
    return {}


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
