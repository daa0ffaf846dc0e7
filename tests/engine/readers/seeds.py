"""A small sound log for every reader and shape, record by record, so that tests can damage one and tell which are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from engine.domain.records import ProcessEvent, ReaderItem


@dataclass(frozen=True, slots=True)
class Seed:
    """A log: what stands before, between and after its records. Record `i` creates the process `prog<i>`."""

    name: str
    reader: str
    records: tuple[bytes, ...]
    before: bytes = b""
    between: bytes = b"\n"
    after: bytes = b"\n"

    def data(self, records: Iterable[bytes] | None = None) -> bytes:
        """The log, with other records if given."""
        return self.before + self.between.join(self.records if records is None else records) + self.after


def kept(items: Iterable[ReaderItem]) -> list[str]:
    """Names of the processes among the items, without folder and suffix, in order."""
    images = [item.image for item in items if isinstance(item, ProcessEvent)]
    names = [(PureWindowsPath if "\\" in image else PurePosixPath)(image).name for image in images]
    return [name.removesuffix(".exe") for name in names]


def names(count: int) -> list[str]:
    """What `kept` gives for a sound log of so many records."""
    return [f"prog{number}" for number in range(count)]


def _windows(number: int) -> str:
    return rf"C:\Windows\prog{number}.exe"


def _linux(number: int) -> str:
    return f"/usr/bin/prog{number}"


def _time(number: int) -> str:
    return f"2024-05-06 07:{number // 60:02}:{number % 60:02}.123"


def sysmon(number: int) -> dict[str, Any]:
    """Fields of Sysmon's event 1."""
    return {
        "UtcTime": _time(number),
        "ProcessGuid": f"{{b669e388-4a98-5ee0-1704-{number:012}}}",
        "ProcessId": str(2000 + number),
        "Image": _windows(number),
        "CommandLine": f"prog{number} -x, y",
        "User": r"LAB\mira",
        "ParentProcessGuid": "{b669e388-a0da-5edf-0b00-000000000300}",
        "ParentProcessId": "696",
        "ParentImage": r"C:\Windows\System32\services.exe",
    }


def security(number: int) -> dict[str, Any]:
    """Fields of Security's event 4688."""
    return {
        "SubjectUserName": "mira",
        "SubjectDomainName": "LAB",
        "NewProcessId": hex(2000 + number),
        "NewProcessName": _windows(number),
        "ProcessId": "0x2b8",
        "CommandLine": f"prog{number} -x",
        "ParentProcessName": r"C:\Windows\System32\services.exe",
        "MandatoryLabel": "S-1-16-16384",
    }


def _nxlog(number: int) -> dict[str, Any]:
    envelope = {"Hostname": "ws.lan", "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "RecordNumber": number}
    return {**envelope, **sysmon(number)}


def _flat(number: int) -> dict[str, Any]:
    envelope = {"EventID": 4688, "Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing"}
    return {**envelope, "Hostname": "ws.lan", "@timestamp": _time(number) + "Z", "RecordNumber": number, **security(number)}


def _ecs(number: int) -> dict[str, Any]:
    return {
        "@timestamp": _time(number) + "Z",
        "event": {"category": ["process"], "type": ["start"], "action": "exec", "id": f"e{number}"},
        "host": {"hostname": "web-1", "os": {"type": "linux"}},
        "user": {"name": "www"},
        "process": {
            "entity_id": f"E{number}==",
            "pid": 2000 + number,
            "executable": _linux(number),
            "args": [f"prog{number}", "-s"],
            "parent": {"entity_id": "P==", "pid": 7, "executable": "/usr/bin/bash"},
        },
    }


def _winlogbeat(number: int) -> dict[str, Any]:
    winlog = {"event_id": 1, "provider_name": "Microsoft-Windows-Sysmon", "computer_name": "ws.lan", "record_id": number}
    return {"@timestamp": _time(number) + "Z", "winlog": {**winlog, "event_data": sysmon(number)}}


def _beats6(number: int) -> dict[str, Any]:
    envelope = {"event_id": 4688, "source_name": "Microsoft-Windows-Security-Auditing", "log_name": "Security"}
    return {**envelope, "computer_name": "ws.lan", "@timestamp": _time(number) + "Z", "event_data": security(number)}


def _evtx_dump(number: int) -> dict[str, Any]:
    system = {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": 1, "EventRecordID": number}
    return {"Event": {"System": {**system, "Computer": "ws.lan"}, "EventData": sysmon(number)}}


def _osquery(number: int) -> dict[str, Any]:
    columns = {"pid": str(2000 + number), "parent": "7", "path": _linux(number), "cmdline": f"prog{number} -x"}
    return {"name": "process_events", "hostIdentifier": "web-1", "unixTime": 1715000000, "columns": columns, "action": "added"}


def _auoms(number: int) -> dict[str, Any]:
    message = f"type=AUOMS_EXECVE audit(1715000{number:03}.100:{number}): success=yes pid={2000 + number} ppid=7"
    return {"Computer": "web-1", "SyslogMessage": f"{message} exe={_linux(number)} cmdline=prog{number} -x redactors=0"}


def _own(number: int) -> dict[str, Any]:
    return {
        "kind": "auditd",
        "image": _linux(number),
        "host": "web-1",
        "pid": 2000 + number,
        "time_us": 1715000000000000 + number,
    }


def _splunk(number: int) -> dict[str, Any]:
    return {"result": {"_raw": _xml(number), "host": "collector"}}


def _defender(number: int) -> dict[str, Any]:
    return {
        "Timestamp": _time(number) + "Z",
        "DeviceName": "ws.lan",
        "ActionType": "ProcessCreated",
        "FileName": f"prog{number}.exe",
        "FolderPath": _windows(number),
        "ProcessId": 2000 + number,
        "ProcessCommandLine": f"prog{number} -x",
        "InitiatingProcessId": 696,
        "InitiatingProcessFileName": "services.exe",
        "InitiatingProcessFolderPath": r"C:\Windows\System32\services.exe",
        "InitiatingProcessCommandLine": "services.exe",
    }


def _xml(number: int) -> str:
    data = "".join(f"<Data Name='{name}'>{value}</Data>" for name, value in sysmon(number).items())
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID><EventRecordID>{number}</EventRecordID>"
        f"<Computer>ws.lan</Computer></System><EventData>{data}</EventData></Event>"
    )


def _syslog(number: int) -> str:
    fields = {"UtcTime": _time(number), "ProcessId": 2000 + number, "Image": _linux(number), "CommandLine": f"prog{number} -x"}
    data = "".join(f'<Data Name="{name}">{value}</Data>' for name, value in fields.items())
    return (
        f'May  6 07:08:09 web-1 sysmon: <Event><System><Provider Name="Linux-Sysmon"/><EventID>1</EventID>'
        f"<EventRecordID>{number}</EventRecordID><Computer>web-1</Computer></System><EventData>{data}</EventData></Event>"
    )


def _audit(number: int) -> str:
    stamp = f"msg=audit(1715000{number:03}.100:{number})"
    call = f"arch=c000003e syscall=59 success=yes exit=0 ppid=7 pid={2000 + number} uid=0 ses=1"
    return "\n".join(
        (
            f'type=SYSCALL {stamp}: {call} comm="prog{number}" exe="{_linux(number)}"',
            f'type=EXECVE {stamp}: argc=2 a0="prog{number}" a1="-x"',
            f'type=CWD {stamp}: cwd="/root"',
            f"type=PROCTITLE {stamp}: proctitle=707267",
        )
    )


def _strace(number: int) -> str:
    return f'{2000 + number} 1715000{number:03}.100000 execve("{_linux(number)}", ["prog{number}", "-x"], 0x7f /* 9 vars */) = 0'


def _message(number: int) -> str:
    return "Process Create:\r\nRuleName: -\r\n" + "\r\n".join(f"{name}: {value}" for name, value in sysmon(number).items())


def _viewer(number: int) -> str:
    task = "Process Create (rule: ProcessCreate)"
    return f'Information,5/6/2024 7:08:09 AM,Microsoft-Windows-Sysmon,1,{task},"{_message(number)}"'


def _cells(values: Iterable[object]) -> str:
    return ",".join(f'"{value}"' for value in values)


def _generic(number: int) -> str:
    return f"{_time(number)},ws.lan,{2000 + number},696,{_windows(number)},services.exe,prog{number} -x"


def _lines(name: str, reader: str, make: Callable[[int], Any], count: int, **more: bytes) -> Seed:
    made = [make(number) for number in range(count)]
    texts = [json.dumps(record) if isinstance(record, dict) else record for record in made]
    return Seed(name, reader, tuple(text.encode() for text in texts), **more)


def seeds(count: int = 30) -> list[Seed]:
    """One log for each reader and shape, of so many records (at most 1,000)."""
    # Imported here: it makes seeds, too.
    from tests.engine.readers.linux.seeds import linux_seeds

    pretty = tuple(json.dumps(_flat(number), indent=2).encode() for number in range(count))
    dumped = tuple(f"Record {at}\n{json.dumps(_evtx_dump(at), indent=2)}".encode() for at in range(count))
    header = {make: _cells(make(0)).encode() + b"\n" for make in (_defender, security)}
    audit = b"Computer,mssg_id,EventType,success,pid,ppid,exe,cmdline\n"
    return [
        *(
            _lines(make.__name__.strip("_"), "json", make, count)
            for make in (_nxlog, _flat, _ecs, _winlogbeat, _beats6, _evtx_dump, _osquery, _auoms, _own, _splunk, _defender)
        ),
        _lines("array", "json", _flat, count, before=b"[", between=b",", after=b"]"),
        _lines("array of ECS", "json", _ecs, count, before=b"[", between=b", ", after=b"]\n"),
        Seed("pretty array", "json", pretty, b"[\n", b",\n", b"\n]\n"),
        Seed("pretty, one after another", "json", pretty),
        Seed("evtx_dump -o json", "json", dumped),
        _lines("xml", "xml", _xml, count),
        _lines("sysmon-linux", "sysmon-linux", _syslog, count),
        _lines("auditd", "auditd", _audit, count),
        _lines("strace", "strace", _strace, count),
        _lines(
            "eventviewer-csv", "eventviewer-csv", _viewer, count,
            before=b"Level,Date and Time,Source,Event ID,Task Category\r\n", between=b"\r\n",
        ),
        _lines("defender-csv", "defender-csv", lambda at: _cells(_defender(at).values()), count, before=header[_defender]),
        _lines("loganalytics-csv", "loganalytics-csv", lambda at: _cells(security(at).values()), count, before=header[security]),
        _lines(
            "loganalytics-csv, audit", "loganalytics-csv",
            lambda at: f'web-1,1715000{at:03}.100:{at},SYSCALL_EXECVE,yes,{2000 + at},7,{_linux(at)},"prog{at} -x, y"',
            count, before=audit,
        ),
        _lines("csv", "csv", _generic, count, before=b"time,host,pid,ppid,image,parent_image,command_line\n"),
        _lines("csv, quoted", "csv", lambda at: _cells(_generic(at).split(",")), count,
               before=b"time,host,pid,ppid,image,parent_image,command_line\n"),
        _lines("sequences", "sequences", lambda at: f"['prog{at}','bash','httpd','systemd']", count),
        _lines("pairs", "pairs", lambda at: f"explorer.exe,prog{at}.exe", count, before=b"parent,child\n"),
        *linux_seeds(count),
    ]  # fmt: skip
