"""auditd: assembly over interleaved, lost and late records."""

from __future__ import annotations

import io
import lzma
import tarfile
from pathlib import Path

import pytest

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.linux import auditd_assemble
from engine.readers.linux.auditd import READER

CALL = (
    "type=SYSCALL msg=audit({stamp}): arch={arch} syscall={number} success={success} exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=10 "
    'pid={pid} auid=1000 uid=0 gid=0 tty=pts0 ses=7 comm="grep" exe={exe} key=(null){enriched}'
)


def call(stamp: str = "1600000000.123:5", **given: str) -> str:
    values = {"arch": "c000003e", "number": "59", "success": "yes", "pid": "11", "exe": '"/bin/grep"', "enriched": ""} | given
    return CALL.format(stamp=stamp, **values)


def execve(stamp: str = "1600000000.123:5", args: str = 'argc=2 a0="grep" a1=6120622063') -> str:
    return f"type=EXECVE msg=audit({stamp}): {args}"


def read(*lines: str, host: str = "") -> list[ReaderItem]:
    return list(READER.read(io.BytesIO("\n".join(lines).encode()), ReadOptions(host=host)))


def events(*lines: str) -> list[ProcessEvent]:
    return [item for item in read(*lines) if isinstance(item, ProcessEvent)]


def test_one_event_with_all_its_records() -> None:
    (event,) = read(
        call(),
        execve(),
        'type=CWD msg=audit(1600000000.123:5): cwd="/home/a"',
        'type=PATH msg=audit(1600000000.123:5): item=0 name="/bin/grep" inode=27',
        "type=PROCTITLE msg=audit(1600000000.123:5): proctitle=67726570",
        host="web1",
    )
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.os, event.host) == ("auditd", "linux", "web1")
    assert (event.image, event.command_line, event.cwd) == ("/bin/grep", "grep 'a b c'", "/home/a")
    assert (event.pid, event.ppid, event.user, event.logon_id) == (11, 10, "0", "7")
    assert (event.time_us, event.record_id, event.position) == (1_600_000_000_123_000, "5", 1)


def test_the_enriched_form_gives_names_and_node() -> None:
    prefix = "node=srv-1 "
    enriched = '\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"'
    (event,) = events(prefix + call(enriched=enriched), prefix + execve())
    assert (event.host, event.user) == ("srv-1", "root")
    (unset,) = events(prefix + call(enriched='\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="unknown(1004)"'))
    assert unset.user == "alice"


def test_execve_by_number_of_the_architecture() -> None:
    assert len(events(call(arch="40000003", number="11"))) == 1
    assert len(events(call(arch="c00000b7", number="281"))) == 1
    # 11 is munmap on x86_64.
    assert read(call(number="11")) == [None]
    # An architecture that the table does not know: only the enriched name tells.
    assert read(call(arch="c0000102", number="221")) == [None]
    assert len(events(call(arch="c0000102", number="221", enriched="\x1dARCH=loongarch64 SYSCALL=execve"))) == 1


def test_failed_execve_is_no_process() -> None:
    assert read(call(success="no"), execve()) == [None]


def test_interleaved_events_of_two_nodes_with_the_same_stamp_stay_apart() -> None:
    first, second = events(
        "node=a " + call(pid="1"),
        "node=b " + call(pid="2"),
        "node=b " + execve(args='argc=1 a0="two"'),
        "node=a " + execve(args='argc=1 a0="one"'),
    )
    assert (first.host, first.pid, first.command_line) == ("a", 1, "one")
    assert (second.host, second.pid, second.command_line) == ("b", 2, "two")


def test_records_in_any_order() -> None:
    (event,) = events(
        "type=PROCTITLE msg=audit(1600000000.123:5): proctitle=67726570",
        'type=CWD msg=audit(1600000000.123:5): cwd="/x"',
        execve(),
        call(),
    )
    assert (event.cwd, event.command_line) == ("/x", "grep 'a b c'")


def test_long_arguments_over_several_records() -> None:
    text = "ä" * 30 + " x"
    digits = text.encode().hex().upper()
    # Cut in the middle of a character, as the kernel does.
    (event,) = events(
        call(),
        execve(args=f'argc=3 a0="sh" a1="-c" a2_len={len(digits)} a2[0]={digits[:50]}'),
        execve(args=f" a2[1]={digits[50:]}"),
        "type=PROCTITLE msg=audit(1600000000.123:5): proctitle=67726570",
    )
    assert event.command_line == f"sh -c '{text}'"


def test_several_execve_in_one_pid_are_several_events() -> None:
    found = events(call("1600000000.123:5"), call("1600000000.124:6", exe='"/bin/cat"'))
    assert [(event.pid, event.image) for event in found] == [(11, "/bin/grep"), (11, "/bin/cat")]


def test_an_execve_record_without_its_syscall_is_a_reject() -> None:
    (reject,) = read(execve())
    assert isinstance(reject, Reject)
    assert (reject.code, reject.record_id, reject.position) == ("incomplete-event", "5", 1)
    assert b"a0=" in reject.sample


def test_a_lost_execve_record_leaves_the_image_and_maybe_the_title() -> None:
    title = "type=PROCTITLE msg=audit(1600000000.123:5): proctitle="
    (own,) = events(call(), title + b"/bin/grep\0-v".hex())
    assert (own.image, own.command_line) == ("/bin/grep", "/bin/grep -v")
    # Newer kernels show the title from before the execve.
    (old,) = events(call(), title + b"bash\0-c".hex())
    assert old.command_line is None


def test_hex_executable_and_undecodable_bytes() -> None:
    (event,) = events(call(exe=b"/tmp/a b\xff".hex()))
    assert event.image == "/tmp/a b\\xff"


def test_syslog_and_printk_prefixes() -> None:
    (relayed,) = events(f"Nov 10 08:19:44 web7 audispd: {call()}")
    assert relayed.host == "web7"
    numeric = call().replace("type=SYSCALL msg=", "type=1300 ")
    (printk,) = events(f"2024-01-02T03:04:05.678+00:00 web8 kernel: audit: {numeric}")
    assert (printk.host, printk.pid) == ("web8", 11)


def test_other_records_and_lines() -> None:
    login = "type=USER_LOGIN msg=audit(1.000:3): pid=1 uid=0 res=failed"
    assert read("----", login, 'type=CWD msg=audit(2.000:4): cwd="/"') == [None, None, None]
    (reject,) = read("type=SYSCALL msg=audit(garbage): syscall=59")
    assert isinstance(reject, Reject)
    assert reject.code == "bad-record"


def test_open_events_are_bounded_and_leave_in_order() -> None:
    count = auditd_assemble.MAX_OPEN * 3
    assembler = auditd_assemble.Assembler()
    out: list[ReaderItem] = []
    from engine.readers.linux.auditd_records import parse_line

    for number in range(1, count + 1):
        record = parse_line(call(f"1600000000.123:{number}").encode())
        assert record is not None
        out += assembler.feed(number, record)
    assert len(out) == count - auditd_assemble.MAX_OPEN
    out += assembler.finish()
    assert [event.position for event in out if isinstance(event, ProcessEvent)] == list(range(1, count + 1))


def test_a_flood_of_continuations_is_cut() -> None:
    chunk = "61" * 500_000
    lines = [call(), *(execve(args=f" a1[{number}]={chunk}") for number in range(12))]
    (event,) = events(*lines)
    assert event.command_line is not None
    assert len(event.command_line) < auditd_assemble.MAX_EVENT_BYTES


def test_late_records_do_not_open_their_event_again() -> None:
    assert len(events(call(), execve(), "type=EOE msg=audit(1600000000.123:5): ", execve())) == 1
    assert len(read(call(), execve(), "type=EOE msg=audit(1600000000.123:5): ", execve())) == 1


@pytest.mark.parametrize("end", [(), ("type=EOE msg=audit(1600000000.123:5): ",)], ids=["open", "closed"])
def test_two_processes_under_one_stamp_are_two_events(end: tuple[str, ...]) -> None:
    first = (call(pid="11"), execve(args='argc=1 a0="one"'), *end)
    second = (call(pid="12"), execve(args='argc=1 a0="two"'), *end)
    assert [(event.pid, event.command_line) for event in events(*first, *second)] == [(11, "one"), (12, "two")]
    again = events(*first, *first, call(pid="11", enriched='\x1dARCH=x86_64 UID="root"'))
    assert [(event.pid, event.command_line) for event in again] == [(11, "one")]


def test_sniff() -> None:
    assert READER.sniff((call() + "\n" + execve()).encode(), "x") > 0.9
    assert READER.sniff(b'{"SyslogMessage":"type=AUOMS_EXECVE audit(1.2:3): "}', "audit.log") == 0.0
    assert READER.sniff(b"hello\nworld", "audit.log") == 0.0
    assert READER.sniff(f"[   12.345678] audit: {call()}\n[   12.345679] audit: {execve()}\n".encode(), "dmesg") > 0.9
    assert READER.sniff(f'[{{"log": "{call()[:40]}"}}]'.encode(), "x.json") == 0.0


def test_recorded_logs(recordings: Path) -> None:
    with lzma.open(recordings / "linux_auditd" / "srv-web-01.audit.log.xz") as stream:
        found = [item for item in READER.read(stream, ReadOptions()) if item is not None]
    assert len(found) == 5101
    assert all(isinstance(item, ProcessEvent) and item.host == "srv-web-01" for item in found)
    assert [item.position for item in found] == sorted(item.position for item in found)


def test_golibaudit_samples(recordings: Path) -> None:
    counts = {}
    with tarfile.open(recordings / "elastic+go-libaudit.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                items = list(READER.read(stream, ReadOptions()))  # type: ignore[arg-type]
                counts[Path(member.name).name] = sum(isinstance(item, ProcessEvent) for item in items)
    assert counts["normal.log"] == counts["out_of_order.log"] == counts["lost_messages.log"] == 2
    assert counts["rollover.log"] == counts["audit-ubuntu17.log"] == 1
