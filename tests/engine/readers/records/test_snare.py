"""Snare and WinCollect: events of Windows as syslog, their messages on one line."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.windows.message import parse_message

CREATED = (
    "A new process has been created.    Creator Subject:   Security ID:  S-1-5-21-1   Account Name:  mira   "
    "Account Domain:  LAB   Logon ID:  0x5F3A1    "
    "Target Subject:   Security ID:  S-1-0-0   Account Name:  -   Account Domain:  -   Logon ID:  0x0    "
    "Process Information:   New Process ID:  0x18b0   New Process Name: C:\\temp\\tool.exe   Token Elevation Type: %%1938   "
    "Mandatory Label:  S-1-16-8192   Creator Process ID: 0x145a   Creator Process Name: C:\\Windows\\explorer.exe   "
    "Process Command Line: tool.exe  -o C:\\temp\\x    Token Elevation Type indicates the type of token that was assigned to "
    "the new process in accordance with User Account Control policy."
)
SYSMON = (
    "Process Create:  RuleName: -  UtcTime: 2024-05-02 10:00:07.123  ProcessGuid: {11111111-2222-6633-0100-000000000100}  "
    "ProcessId: 6320  Image: C:\\temp\\tool.exe  FileVersion: 10.0  Description: Tool: a thing  Product: -  Company: -  "
    "OriginalFileName: -  CommandLine: tool.exe  -o C:\\temp\\x  CurrentDirectory: C:\\  User: LAB\\mira  LogonGuid: {0}  "
    "LogonId: 0x1  TerminalSessionId: 1  IntegrityLevel: High  Hashes: MD5=A  "
    "ParentProcessGuid: {11111111-2222-6633-0200-000000000100}  "
    "ParentProcessId: 5210  ParentImage: C:\\Windows\\explorer.exe  ParentCommandLine: explorer.exe  ParentUser: LAB\\mira"
)
HEAD = "<13>1 2024-05-02T10:00:07.970090Z ws-1 - - - - "
LOGON = "An account was successfully logged on.    Subject:   Security ID:  S-1-0-0   Account Name:  -"


def snare(message: str, number: int = 4688, log: str = "Security", source: str = "Windows", head: str = HEAD) -> str:
    """After the samples of rsyslog's mmsnarewinsec."""
    columns = ("1", log, "284138676", "Thu May 02 10:00:07 2024", str(number), source, "N/A", "N/A", "Success Audit")
    return head + "\t".join(("MSWinEventLog", *columns, "ws-1.lab.example", "Process Creation", "", message, "-15049365"))


def collected(
    message: str, number: int = 4688, log: str = "Security", source: str = "Microsoft-Windows-Security-Auditing"
) -> str:
    """After the samples of QRadar's Windows events."""
    pairs = ("AgentDevice=WindowsLog", f"AgentLogFile={log}", f"Source={source}", "Computer=ws-1.lab.example", "User=", "Domain=")
    more = (f"EventID={number}", f"EventIDCode={number}", "EventType=8", "RecordNumber=7", "TimeGenerated=1714644007")
    return "<13>May  2 10:00:07 10.0.0.5 " + "\t".join((*pairs, *more, "TimeWritten=1714644007", f"Message={message}"))


SYSMON_LOG = "Microsoft-Windows-Sysmon/Operational"
FORMS = {
    "Snare": snare(CREATED),
    "Snare, provider": snare(CREATED, source="Microsoft-Windows-Security-Auditing"),
    "Snare, old syslog": snare(CREATED, head="<14>May  2 10:00:07 ws-1 "),
    "Snare, escaped": snare(CREATED).replace("\t", "#011"),
    "Snare, backslashes": snare(CREATED).replace("\t", "\\t"),
    "Snare, Sysmon": snare(SYSMON, 1, SYSMON_LOG, "Microsoft-Windows-Sysmon"),
    "WinCollect": collected(CREATED),
    "WinCollect, backslashes": collected(CREATED).replace("\t", "\\t"),
    "WinCollect, single blanks": collected(" ".join(CREATED.replace("tool.exe  -o", "tool.exe~~-o").split()).replace("~~", "  ")),
    "WinCollect, Sysmon": collected(SYSMON, 1, SYSMON_LOG, "Microsoft-Windows-Sysmon"),
}


def read(text: str) -> list[ReaderItem]:
    found = choose(text.encode(), "syslog")
    assert found is not None
    assert found.reader.name == "windows-syslog"
    return list(found.reader.read(io.BytesIO(text.encode()), ReadOptions()))


@pytest.mark.parametrize("form", FORMS)
def test_a_process_creation(form: str) -> None:
    other = snare(LOGON, 4624) if form.startswith("Snare") else collected(LOGON, 4624)
    event, none, stray, *_ = read(f"{FORMS[form]}\n{other}\nMay  2 10:00:09 web-3 sshd[99]: Accepted publickey\n")
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid) == ("C:\\temp\\tool.exe", 6320, 5210)
    assert (event.parent_image, event.command_line) == ("C:\\Windows\\explorer.exe", "tool.exe  -o C:\\temp\\x")
    assert (event.host, event.user) == ("ws-1.lab.example", "LAB\\mira")
    assert event.time_us is not None
    assert event.time_us // 1_000_000 == 1_714_644_007
    assert (none, stray) == (None, None)


SECURITY_LABELS = "Creator Process Name: C:\\forged.exe   Process Command Line: y"
SYSMON_LABELS = " CurrentDirectory: C:\\  ParentImage: C:\\f.exe  z"


@pytest.mark.parametrize(
    ("form", "forged"),
    [("Snare", SECURITY_LABELS), ("WinCollect", SECURITY_LABELS), ("Snare, Sysmon", SYSMON_LABELS)],
)
def test_a_command_line_with_the_labels_of_its_message_is_rejected(form: str, forged: str) -> None:
    reject, _ = read(FORMS[form].replace("C:\\temp\\x", forged) + f"\n{snare(LOGON, 4624)}\n")
    assert isinstance(reject, Reject)
    assert reject.code == "unknown-message"


@pytest.mark.parametrize(("form", "other"), [("Snare", SYSMON_LABELS), ("WinCollect, Sysmon", SECURITY_LABELS)])
def test_labels_of_other_messages_are_text(form: str, other: str) -> None:
    event, *_ = read(FORMS[form].replace("C:\\temp\\x", other) + f"\n{snare(LOGON, 4624)}\n")
    assert isinstance(event, ProcessEvent)
    assert (event.parent_image, event.command_line) == ("C:\\Windows\\explorer.exe", f"tool.exe  -o {other}")


@pytest.mark.parametrize("text", ["Service stopped.  User: mira  Hashes: -", CREATED[:200], SYSMON[:60], "", "A new process"])
def test_other_messages_on_one_line_have_no_fields(text: str) -> None:
    assert parse_message(text) == {}


def test_a_line_that_is_cut_is_told() -> None:
    whole = FORMS["Snare"]
    event, cut, *_ = read(f"{whole}\n{whole[: whole.index('4688') - 4]}\n")
    assert isinstance(event, ProcessEvent)
    assert isinstance(cut, Reject)
    assert cut.code == "bad-record"
