"""Small sound logs of Linux and macOS, as in tests.engine.readers.seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.engine.readers.seeds import Seed


def _image(number: int) -> str:
    return f"/usr/bin/prog{number}"


def _ausearch(number: int) -> str:
    stamp = f"msg=audit(05/31/2024 07:{number // 60:02}:{number % 60:02}.123:{number}) : "
    call = f"arch=x86_64 syscall=execve success=yes exit=0 ppid=7 pid={2000 + number} uid=root comm=prog{number}"
    return f"----\ntype=EXECVE {stamp}argc=2 a0=prog{number} a1=-x \ntype=SYSCALL {stamp}{call} exe={_image(number)} "


def _laurel(number: int) -> dict[str, Any]:
    call = {"success": "yes", "SYSCALL": "execve", "pid": 2000 + number, "ppid": 7, "exe": _image(number)}
    return {"ID": f"1715000{number:03}.100:{number}", "SYSCALL": call, "EXECVE": {"ARGV": [f"prog{number}", "-x"]}}


def _go_audit(number: int) -> dict[str, Any]:
    # In hexadecimal, as the kernel writes blanks: a quote that is lost shall be one of JSON's own.
    who = f"ppid=7 pid={2000 + number} comm=prog{number}"
    call = f"arch=c000003e syscall=59 success=yes exit=0 {who} exe={_image(number).encode().hex()}"
    messages = [{"type": 1300, "data": call}, {"type": 1307, "data": f"cwd=/prog{number}"}]
    return {"sequence": number, "timestamp": f"1715000{number:03}.100", "messages": messages}


def _tetragon(number: int) -> dict[str, Any]:
    process = {"exec_id": f"e{number}", "pid": 2000 + number, "binary": _image(number), "arguments": "-x"}
    return {"process_exec": {"process": process, "parent": {"pid": 7}}, "node_name": "web-1", "time": "2024-05-06T07:08:09Z"}


def _falco(number: int) -> dict[str, Any]:
    fields = {"evt.type": "execve", "proc.pid": 2000 + number, "proc.ppid": 7, "proc.exepath": _image(number)}
    return {"rule": "r", "priority": "Notice", "hostname": "web-1", "time": "2024-05-06T07:08:09Z", "output_fields": fields}


def _eslogger(number: int) -> dict[str, Any]:
    target = {"executable": {"path": _image(number)}, "ppid": 7, "audit_token": {"pid": 2000 + number}}
    event = {"exec": {"target": target, "args": [f"prog{number}"]}}
    marks = {"event_type": 9, "mach_time": 1, "time": "2024-05-06T07:08:09Z"}
    return {**marks, "process": {"executable": {"path": "/bin/zsh"}}, "event": event}


def _journal(number: int) -> str:
    call = f'SYSCALL arch=c000003e syscall=59 success=yes exit=0 ppid=7 pid={2000 + number} exe="{_image(number)}"'
    fields = f"_TRANSPORT=audit\n_AUDIT_TYPE_NAME=SYSCALL\n_AUDIT_ID={number}\n_HOSTNAME=web-1\nMESSAGE={call}\n"
    return f"__REALTIME_TIMESTAMP=1715000{number:03}100000\n{fields}"


def _logview(number: int) -> str:
    values = {
        "RuleName": "-",
        "UtcTime": f"2024-05-06 07:08:{number:02}.100",
        "ProcessId": 2000 + number,
        "Image": _image(number),
        "CommandLine": f"prog{number} -x",
        "CurrentDirectory": "/",
        "ParentImage": f"/usr/bin/parent{number}",
        "ParentCommandLine": "-",
        "ParentUser": "-",
    }
    return "\n".join(("Event SYSMONEVENT_CREATE_PROCESS", *(f"\t{name}: {value}" for name, value in values.items())))


def _santa(number: int) -> str:
    return f"[2024-05-06T07:08:09.123Z] I santad: action=EXEC|decision=ALLOW|pid={2000 + number}|ppid=7|path={_image(number)}"


def _execsnoop(number: int) -> str:
    return f"prog{number:<12} {2000 + number:<6} 7        0 {_image(number)} -x"


def _row(number: int) -> str:
    return f"  pid = {2000 + number}\n  parent = {700 + number}\n  path = {_image(number)}\ncmdline = prog{number}\n"


def linux_seeds(count: int) -> list[Seed]:
    """One log for each reader and shape, of so many records."""
    texts: list[tuple[str, Callable[[int], Any], bytes]] = [
        ("auditd", _ausearch, b""),
        ("journal-export", _journal, b""),
        ("sysmon-logview", _logview, b""),
        ("santa-log", _santa, b""),
        ("execsnoop", _execsnoop, b"PCOMM            PID    PPID   RET ARGS\n"),
        ("osqueryi", _row, b""),
    ]
    made: list[Seed] = []
    for make in (_laurel, _go_audit, _tetragon, _falco, _eslogger):
        records = tuple(json.dumps(make(number)).encode() for number in range(count))
        made.append(Seed(make.__name__.strip("_"), "json", records))
    for reader, make, before in texts:
        records = tuple(make(number).encode() for number in range(count))
        made.append(Seed(f"{reader}, {make.__name__.strip('_')}", reader, records, before))
    return made
