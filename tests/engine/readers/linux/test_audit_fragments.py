"""Audit records that come one by one inside of other records are put together again, whoever hands them over."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.linux import audit_lines

SYSCALL = (
    "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=812 pid={pid} auid=4294967295 uid=33 gid=33 "
    'ses=4294967295 comm="sh" exe="{exe}" key="exec"'
)
START_US = 1_714_644_000_101_000


def bodies(pid: int = 2001, exe: str = "/usr/bin/dash", argv: str = 'argc=3 a0="sh" a1="-c" a2="id"') -> dict[str, str]:
    return {
        "SYSCALL": SYSCALL.format(pid=pid, exe=exe),
        "EXECVE": argv,
        "CWD": 'cwd="/var/www"',
        "PROCTITLE": "proctitle=7368002D63006964",
    }


def lines(serial: int = 501, pid: int = 2001, **given: str) -> list[str]:
    return [f"type={kind} msg=audit(1714644000.101:{serial}): {body}" for kind, body in bodies(pid, **given).items()]


def journal(serial: int = 801, pid: int = 2001, **given: str) -> list[dict[str, Any]]:
    return [
        {
            "_TRANSPORT": "audit",
            "_AUDIT_TYPE_NAME": kind,
            "_AUDIT_ID": str(serial),
            "MESSAGE": f"{kind} {body}",
            "_HOSTNAME": "web-3",
            "_BOOT_ID": "b" * 32,
            "__REALTIME_TIMESTAMP": str(START_US + number),
            "_SOURCE_REALTIME_TIMESTAMP": str(START_US),
        }
        for number, (kind, body) in enumerate(bodies(pid, **given).items())
    ]


def read(data: str | bytes, path: str = "log") -> list[ReaderItem]:
    data = data.encode() if isinstance(data, str) else data
    found = choose(data, path)
    assert found is not None
    return list(found.reader.read(io.BytesIO(data), ReadOptions(path=path)))


def table(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def json_lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def exported(records: list[dict[str, Any]]) -> str:
    return "".join("".join(f"{key}={value}\n" for key, value in record.items()) + "\n" for record in records)


def verbose(records: list[dict[str, Any]]) -> str:
    begin = f"Thu 2024-05-02 10:00:00.101000 UTC [s=aa;i=1;b=bb;m=5;t={START_US:x};x=1]\n"
    return "".join(begin + "".join(f"    {key}={value}\n" for key, value in record.items()) for record in records)


def is_the_shell(event: ReaderItem) -> bool:
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.pid, event.ppid, event.host) == ("auditd", "/usr/bin/dash", 2001, 812, "web-3")
    assert (event.command_line, event.cwd, event.user) == ("sh -c id", "/var/www", "33")
    return event.time_us == START_US


@pytest.mark.parametrize(
    "text",
    [
        table([{"_raw": line, "host": "web-3", "sourcetype": "linux_audit"} for line in reversed(lines())]),
        json_lines([{"preview": False, "result": {"_raw": line, "host": "web-3"}} for line in lines()]),
        json_lines([{"message": line, "@timestamp": "2024-05-02", "host": {"name": "web-3"}} for line in lines()]),
        table([{"TimeGenerated": "2024-05-02", "Computer": "web-3", "SyslogMessage": line} for line in lines()]),
        json_lines([{"line": f"node=web-3 {line}", "labels": "x"} for line in lines()]),
        json_lines([{"_raw": "\n".join(lines()), "host": "web-3"}]),
        json_lines(journal()),
        json.dumps(journal(), indent=1),
        exported(journal()),
        verbose(journal()),
        table([{"timestamp": "2024-05-02", "source": "web-3", "message": line} for line in lines()]),
        "".join(f"data: {json.dumps(record)}\n\n" for record in journal()),
        "".join(f"\x1e{json.dumps(record)}\n" for record in journal()),
    ],
    ids=[
        "splunk-csv",
        "splunk-json",
        "filebeat",
        "syslog-rows",
        "loki",
        "one-field",
        "journal",
        "array",
        "export",
        "verbose",
        "graylog",
        "sse",
        "seq",
    ],
)
def test_one_event(text: str) -> None:
    (event,) = read(text)
    assert is_the_shell(event)


@pytest.mark.parametrize("field", ["log", "_raw", "message", "SyslogMessage"])
def test_names_behind_the_separator_of_enriched_records_are_read(field: str) -> None:
    enriched = [line + '\x1dARCH=x86_64 SYSCALL=execve AUID="mira" UID="www-data"' * ("SYSCALL" in line) for line in lines()]
    for text in (json_lines([{field: line} for line in enriched]), json_lines([{field: "\r\n".join(enriched)}])):
        (event,) = read(text)
        assert isinstance(event, ProcessEvent)
        assert (event.user, event.command_line) == ("www-data", "sh -c id")


def test_events_whose_records_interleave_with_each_other_and_with_other_records() -> None:
    first, second = journal(801), journal(802, 2002, exe="/usr/bin/id", argv='argc=1 a0="id"')
    other = {"MESSAGE": "session opened", "_HOSTNAME": "web-3", "_TRANSPORT": "syslog", "__REALTIME_TIMESTAMP": "1"}
    mixed = [first[0], second[0], other, second[1], first[1], second[2], first[2], second[3], first[3]]
    items = read(json_lines(mixed))
    assert [item.image if isinstance(item, ProcessEvent) else item for item in items] == ["/usr/bin/dash", "/usr/bin/id", None]
    assert [item.position for item in items if isinstance(item, ProcessEvent)] == [1, 2]


def test_records_of_two_hosts_with_one_number_stay_apart() -> None:
    one, two = journal(), journal(pid=2002)
    records = [record for pair in zip(one, [{**record, "_HOSTNAME": "web-4"} for record in two], strict=True) for record in pair]
    events = read(json_lines(records))
    assert [(event.host, event.pid) for event in events if isinstance(event, ProcessEvent)] == [("web-3", 2001), ("web-4", 2002)]


def test_control_characters_make_a_field_a_list_of_bytes() -> None:
    records = journal(argv='argc=3 a0="sh" a1="-c" a2=1B5B386D')
    records[1]["MESSAGE"] = list(records[1]["MESSAGE"].encode())
    records[0]["_HOSTNAME"] = ["web-3", "web-3"]
    (event,) = read(json_lines(records))
    assert isinstance(event, ProcessEvent)
    assert (event.command_line, event.host) == ("sh -c '\x1b[8m'", "web-3")


def test_binary_fields_of_an_export() -> None:
    message = journal()[0]["MESSAGE"].encode()
    rest = exported([{key: value for key, value in journal()[0].items() if key != "MESSAGE"}]).encode()
    entry = rest.removesuffix(b"\n") + b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n"
    (event,) = read(entry)
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid) == ("/usr/bin/dash", 2001)


@pytest.mark.parametrize(
    ("begin", "time"),
    [
        ("2024-05-02T10:00:00+0000 web-3 audit[2001]:", START_US - 101_000),
        ("Thu 2024-05-02 10:00:00 UTC web-3 audit:", START_US - 101_000),
        ("1714644000.101000 web-3 audit[2001]:", START_US),
        ("May 02 10:00:00 web-3 audit[2001]:", None),
    ],
)
def test_what_journalctl_prints(begin: str, time: int | None) -> None:
    text = "".join(f"{begin} {kind} {body}\n" for pid in (2001, 2002) for kind, body in bodies(pid).items())
    items = read(text)
    events = [item for item in items if isinstance(item, ProcessEvent)]
    assert [(event.pid, event.host, event.command_line) for event in events] == [
        (2001, "web-3", "sh -c id"),
        (2002, "web-3", "sh -c id"),
    ]
    assert {event.time_us for event in events} == {time}
    notes = [item for item in items if isinstance(item, Note)]
    assert [(note.code, note.count) for note in notes] == ([] if time else [("unreadable-time", 2)])


def test_go_audit_has_an_event_in_one_record() -> None:
    messages = [{"type": number, "data": body} for number, body in zip((1300, 1309, 1307, 1327), bodies().values(), strict=True)]
    record = {"sequence": 501, "timestamp": "1714644000.101", "messages": messages, "uid_map": {"33": "www-data"}}
    (event,) = read(json_lines([record]))
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.command_line, event.user, event.time_us) == ("/usr/bin/dash", "sh -c id", "www-data", START_US)
    (failed,) = read(json_lines([{**record, "messages": [{"type": 1300, "data": bodies()["SYSCALL"].replace("=yes", "=no")}]}]))
    assert failed is None


def laurel(**given: Any) -> dict[str, Any]:
    call = {
        **{"arch": "0xc000003e", "syscall": 59, "success": "yes", "exit": 0, "ppid": 812, "pid": 2001, "uid": 33, "comm": "sh"},
        **{"exe": "/usr/bin/dash", "ARCH": "x86_64", "SYSCALL": "execve", "UID": "www-data", "AUID": "unset"},
    }
    return {
        "ID": "1714644000.101:800",
        "NODE": "web-3",
        "SYSCALL": call | given.pop("call", {}),
        "EXECVE": {"argc": 3, "ARGV": ["sh", "-c", "id"]},
        "CWD": {"cwd": "/var/www"},
        "PARENT_INFO": {"ID": "1714643999.101:799", "comm": "nginx", "exe": "/usr/sbin/nginx", "ppid": 1},
        **given,
    }


def test_laurel() -> None:
    (event,) = read(json_lines([laurel()]))
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.command_line, event.user, event.host) == ("/usr/bin/dash", "sh -c id", "www-data", "web-3")
    assert (event.parent_image, event.cwd, event.record_id, event.time_us) == ("/usr/sbin/nginx", "/var/www", "800", START_US)


def test_laurels_parent_by_its_arguments_and_in_the_system_call() -> None:
    (older,) = read(json_lines([laurel(PARENT_INFO={"ARGV": ["bash", "-i"], "ppid": 1})]))
    assert isinstance(older, ProcessEvent)
    assert (older.parent_image, older.parent_command_line) == ("bash", "bash -i")
    newer = laurel(call={"PPID": {"comm": "sh", "exe": "/bin/busybox"}})
    del newer["PARENT_INFO"]
    (event,) = read(json_lines([newer]))
    assert isinstance(event, ProcessEvent)
    assert (event.ppid, event.parent_image) == (812, "/bin/busybox/sh")


def test_a_dash_is_an_argument() -> None:
    (event,) = read(json_lines([laurel(EXECVE={"argc": 3, "ARGV": ["cat", "-", ""]})]))
    assert isinstance(event, ProcessEvent)
    assert event.command_line == "cat - ''"


def test_laurels_percent_codes_and_its_arguments_as_one_text() -> None:
    (event,) = read(json_lines([laurel(EXECVE={"argc": 2, "ARGV_STR": "sh 100%25%1b"}, call={"exe": "/tmp/a%2bb"})]))
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.command_line) == ("/tmp/a+b", "sh 100%\x1b")


@pytest.mark.parametrize(
    "record",
    [
        laurel(call={"success": "no"}),
        laurel(call={"SYSCALL": "openat", "syscall": 257}),
        {"ID": "1714644000.101:801", "NODE": "web-3", "USER_LOGIN": [{"pid": 1, "res": "success"}]},
    ],
)
def test_other_events_of_laurel(record: dict[str, Any]) -> None:
    assert read(json_lines([laurel(), record]))[1:] == [None]


def test_sudo_is_told_in_a_note_and_is_no_process() -> None:
    body = 'pid=9 uid=1000 auid=1000 ses=3 msg=\'cwd="/home/m" cmd=636174202F78 exe="/usr/bin/sudo" terminal=pts/0 res=success\''
    sudo = f"type=USER_CMD msg=audit(1714644002.101:510): {body}"
    for text in ("\n".join([*lines(), sudo]), json_lines([{"message": line} for line in [*lines(), sudo]])):
        items = read(text)
        assert [type(item) for item in items] == [ProcessEvent, type(None), Note]
        note = items[-1]
        assert isinstance(note, Note)
        assert (note.code, note.count) == ("sudo", 1)
        assert "'cat /x'" in note.text


def test_a_program_of_many_is_told_by_its_applet() -> None:
    (event,) = read("\n".join(lines(exe="/bin/busybox", argv='argc=2 a0="wget" a1="x"')))
    assert isinstance(event, ProcessEvent)
    assert event.image == "/bin/busybox/wget"


def test_rows_of_ausearch() -> None:
    names = "NODE,EVENT,DATE,TIME,SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME,SUBJ_SEC,SUBJ_KIND,ACTION,RESULT,OBJ_PRIME,OBJ_SEC"
    rows = [
        "web-3,SYSCALL,2024-05-02,10:00:00,700,audit-rule,3,mira,root,privileged-acct,executed,success,/usr/bin/id,,file,/usr/bin/id",
        "web-3,SYSCALL,2024-05-02,10:00:01,701,audit-rule,3,mira,root,privileged-acct,executed,failed,/usr/bin/x,,file,/usr/bin/x",
        "web-3,USER_LOGIN,2024-05-02,10:00:02,702,user-login,3,mira,root,privileged-acct,logged-in,success,ssh,,,/usr/sbin/sshd",
    ]
    event, *others, note = read("\n".join([f"{names},OBJ_KIND,HOW", *rows]) + "\n", "ausearch.csv")
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.user, event.host) == ("/usr/bin/id", None, "root", "web-3")
    assert event.time_us == START_US - 101_000
    assert others == [None, None]
    assert isinstance(note, Note)
    assert note.code == "local-time"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_an_export_that_a_shell_of_windows_saved(encoding: str) -> None:
    (event,) = read(exported(journal()).encode(encoding))
    assert is_the_shell(event)


def test_an_entry_of_an_export_without_its_end_is_told_and_costs_no_other() -> None:
    records = [{"__REALTIME_TIMESTAMP": str(START_US), **record} for record in (*journal(), *journal(802))]
    entries = exported(records).split("\n\n")
    entries[3] = entries[3][:120]
    items = read("\n\n".join(entries[:3]) + "\n\n" + "\n".join(entries[3:5]) + "\n\n" + "\n\n".join(entries[5:]))
    assert [item.code for item in items if isinstance(item, Reject)] == ["damaged-record"]
    assert sum(isinstance(item, ProcessEvent) for item in items) == 2


def test_cloud_logging_has_its_lines_in_text_payload() -> None:
    line = 'type=SYSCALL msg=audit(1714644000.101:700): arch=c000003e syscall=59 success=yes pid=2001 exe="/usr/bin/dash"'
    assert audit_lines.recognises({"insertId": "1", "textPayload": line, "resource": {"type": "k8s_node"}})


PRINTED = (
    "type=PROCTITLE msg=audit(05/02/2024 10:00:00.101:{serial}) : proctitle=sh -c id",
    "type=EXECVE msg=audit(05/02/2024 10:00:00.101:{serial}) : argc=3 a0=sh a1=-c a2=id",
    "type=SYSCALL msg=audit(05/02/2024 10:00:00.101:{serial}) : arch=x86_64 syscall=execve success=yes exit=0 items=2 ppid=812"
    " pid={pid} auid=unset uid=www-data gid=www-data comm=sh exe=/usr/bin/dash key=exec",
)
"""As `ausearch -i` prints an event: the title comes first."""


@pytest.mark.parametrize("printed", [False, True], ids=["raw", "ausearch"])
@pytest.mark.parametrize("twice", ["lines", "the log"])
def test_what_stands_twice_doubles_no_argument(printed: bool, twice: str) -> None:
    serials = range(501, 505)
    once = [
        line
        for serial in serials
        for line in ([one.format(serial=serial, pid=serial) for one in PRINTED] if printed else lines(serial, serial))
    ]
    doubled = [line for line in once for _ in range(2)] if twice == "lines" else once * 2
    found = [item for item in read("\n".join(doubled) + "\n") if isinstance(item, ProcessEvent)]
    assert [(event.pid, event.command_line) for event in found] == [(serial, "sh -c id") for serial in serials]
