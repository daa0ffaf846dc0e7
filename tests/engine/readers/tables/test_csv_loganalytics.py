"""Log Analytics tables."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.tables.csv_loganalytics import READER

SECURITY = (
    "EventID,TimeGenerated [UTC],Computer,SubjectUserName,NewProcessId,NewProcessName,ProcessId,CommandLine,ParentProcessName"
)
AUDIT = ",EventType,Computer,mssg_id,TimeGenerated,argc,cmdline,exe,pid,ppid,proctitle,ses,success,uid,cwd"


def read(*lines: str) -> list[ReaderItem]:
    data = "\n".join(lines).encode()
    assert READER.sniff(data, "") > 0.9
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def test_security_rows() -> None:
    event, shifted, other, short = read(
        SECURITY,
        "4688,2019-01-15 05:24:24.010,W1,bob,0x1610,C:\\a.exe,0x888,a.exe -x,C:\\p.exe",
        "4688,2019-01-15 05:24:24.010,W1,bob,0x1610,C:\\a.exe,0x888,a.exe -x,S-1-16-12288",
        "4624,2019-01-15 05:24:24.010,W1,bob,,,,,",
        "4688,2019",
    )
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.pid, event.ppid, event.parent_image) == ("security4688", 0x1610, 0x888, "C:\\p.exe")
    assert (event.time_us, event.record_id, event.host) == (1_547_529_864_010_000, "1", "W1")
    assert isinstance(shifted, Reject)
    assert shifted.code == "shifted-fields"
    assert other is None
    assert isinstance(short, Reject)
    assert (short.code, short.position) == ("bad-row", 4)


def test_audit_rows() -> None:
    event, failed, lost = read(
        AUDIT,
        "2,SYSCALL_EXECVE,lx,1550449427.133:8986526,2019-02-18,4.0,ip -a -o ,/bin/ip,6876,6875.0,ip -a -o link,-1,yes,0,/x",
        "3,SYSCALL_EXECVE,lx,1550449427.133:8986527,2019-02-18,1.0,ip,/bin/ip,6876,6875.0,ip,-1,no,0,/x",
        "4,SYSCALL_EXECVE,lx,1550449427.133:8986528,2019-02-18,1.0,ip,/bin/ip,,6875.0,ip,-1,yes,0,/x",
    )
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.pid, event.ppid) == ("auditd-la", "/bin/ip", 6876, 6875)
    assert (event.command_line, event.user, event.logon_id) == ("ip -a -o link", "0", None)
    assert (event.record_id, event.time_us) == ("1550449427.133:8986526", 1_550_449_427_133_000)
    assert failed is None
    assert isinstance(lost, Reject)
    assert lost.code == "incomplete-event"


def test_recorded_tables(recordings: Path) -> None:
    counts = {}
    with tarfile.open(recordings / "microsoft+msticpy.tar.xz") as archive:
        for name in ("processes_on_host", "win_proc_test", "linux_proc_test"):
            stream = archive.extractfile(f"tests/testdata/{name}.csv")
            assert stream is not None
            items = list(READER.read(stream, ReadOptions()))  # type: ignore[arg-type]
            counts[name] = sum(isinstance(item, ProcessEvent) for item in items)
    assert counts == {"processes_on_host": 363, "win_proc_test": 1000, "linux_proc_test": 1000}
