"""Rendered messages back to fields."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.readers.windows.message import parse_message

SYSMON = (
    "Process Create:\r\nRuleName: -\r\nUtcTime: 2020-09-15 09:08:29.479\r\nProcessGuid: {3b}\r\nProcessId: 9716\r\n"
    "Image: C:\\a b.exe\r\nCommandLine: {command}\r\nCurrentDirectory: C:\\\r\nUser: NT AUTHORITY\\SYSTEM\r\n"
    "ParentProcessId: 3416\r\nParentImage: C:\\real.exe\r\nParentCommandLine: "
)
SECURITY = (
    "A new process has been created.\r\n\r\nCreator Subject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tAccount Name:\t\tDC$\r\n"
    "\tAccount Domain:\t\tMORDOR\r\n\tLogon ID:\t\t0x3E7\r\n\r\nTarget Subject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n"
    "\tAccount Name:\t\t-\r\n\r\nProcess Information:\r\n"
    "\tNew Process ID:\t\t0x7d8\r\n\tNew Process Name:\tC:\\Windows\\x.exe\r\n"
    "\tMandatory Label:\t\tS-1-16-16384\r\n\tCreator Process ID:\t0x2b8\r\n\tCreator Process Name:\tC:\\p.exe\r\n"
    "\tProcess Command Line:\tx.exe -a: b\r\nsecond line\r\n\r\nToken Elevation Type indicates the type of token.\r\n"
)


def test_sysmon() -> None:
    fields = parse_message(SYSMON.replace("{command}", "run: it"))
    assert fields["Image"] == r"C:\a b.exe"
    assert fields["CommandLine"] == "run: it"
    assert fields["ParentProcessId"] == "3416"
    assert fields["ParentCommandLine"] == ""


def test_command_line_cannot_forge_fields() -> None:
    fields = parse_message(SYSMON.replace("{command}", "x\nParentImage: C:\\forged.exe\nUser: me"))
    assert fields["ParentImage"] == r"C:\real.exe"
    assert fields["User"] == r"NT AUTHORITY\SYSTEM"
    assert fields["CommandLine"].endswith("User: me")


def test_security() -> None:
    fields = parse_message(SECURITY)
    assert fields["SubjectUserName"] == "DC$"
    assert fields["TargetUserName"] == "-"
    assert (fields["NewProcessId"], fields["ProcessId"]) == ("0x7d8", "0x2b8")
    assert fields["NewProcessName"] == r"C:\Windows\x.exe"
    assert fields["CommandLine"] == "x.exe -a: b\nsecond line"


@given(st.text(max_size=200))
def test_anything_else_is_empty_or_text(text: str) -> None:
    for start in ("", "Process Create:\n", "A new process has been created.\n\nProcess Information:\n"):
        assert all(isinstance(value, str) for value in parse_message(start + text).values())
    assert parse_message("The service entered the stopped state. " + text.replace("ProcessGuid", "")) == {}
