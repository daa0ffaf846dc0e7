"""One process creation of every runtime agent as its documentation has it, on invented machines; its end, and other events."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

Record = dict[str, Any]

TETRAGON_PROCESS = {
    "exec_id": "bm9kZS0xOjI=",
    "pid": 2001,
    "uid": 33,
    "cwd": "/var/www",
    "binary": "/usr/bin/dash",
    "arguments": "-c id",
    "flags": "execve clone",
    "start_time": "2024-05-02T10:00:00.101234567Z",
    "auid": 4294967295,
    "parent_exec_id": "bm9kZS0xOjE=",
}
TETRAGON_PARENT = {"exec_id": "bm9kZS0xOjE=", "pid": 812, "binary": "/usr/sbin/nginx", "arguments": "-g daemon"}
TETRAGON: Record = {
    "process_exec": {"process": TETRAGON_PROCESS, "parent": TETRAGON_PARENT, "ancestors": [{"binary": "/sbin/init", "pid": 1}]},
    "node_name": "web-3",
    "time": "2024-05-02T10:00:00.101234567Z",
}
TETRAGON_END: Record = {
    "process_exit": {"process": TETRAGON_PROCESS, "parent": TETRAGON_PARENT, "time": "2024-05-02T10:00:02Z"},
    "node_name": "web-3",
    "time": "2024-05-02T10:00:02Z",
}
TETRAGON_OTHER: Record = {
    "process_kprobe": {"process": TETRAGON_PROCESS, "parent": TETRAGON_PARENT, "function_name": "tcp_connect"},
    "node_name": "web-3",
    "time": "2024-05-02T10:00:01Z",
}

TRACEE: Record = {
    "timestamp": 1714644000101234567,
    "processId": 7,
    "threadId": 7,
    "parentProcessId": 1,
    "hostProcessId": 2001,
    "hostThreadId": 2001,
    "hostParentProcessId": 812,
    "userId": 33,
    "processName": "sh",
    "executable": {"path": "/usr/bin/dash"},
    "hostName": "web-3",
    "eventId": "715",
    "eventName": "sched_process_exec",
    "argsNum": 3,
    "returnValue": 0,
    "syscall": "execve",
    "args": [
        {"name": "cmdpath", "type": "const char*", "value": "/bin/sh"},
        {"name": "pathname", "type": "const char*", "value": "/usr/bin/dash"},
        {"name": "argv", "type": "const char**", "value": ["sh", "-c", "id"]},
    ],
}
TRACEE_END: Record = {
    **TRACEE,
    "timestamp": 1714644002000000000,
    "eventName": "sched_process_exit",
    "args": [
        {"name": "exit_code", "type": "long", "value": 0},
        {"name": "process_group_exit", "type": "bool", "value": True},
    ],
}
TRACEE_OTHER: Record = {**TRACEE, "eventName": "security_file_open", "args": [{"name": "pathname", "value": "/etc/passwd"}]}
TRACEE_NEW: Record = {
    "timestamp": {"seconds": "1714644000", "nanos": 101234567},
    "id": "sched_process_exec",
    "name": "sched_process_exec",
    "workload": {
        "process": {
            "executable": {"path": "/usr/bin/dash"},
            "unique_id": 5,
            "pid": {"value": 2001},
            "real_user": {"id": {"value": 33}},
            "thread": {"host_tid": 2001, "tid": 7},
            "ancestors": [{"unique_id": 4, "host_pid": 812, "pid": 1}],
        }
    },
    "data": [
        {"name": "pathname", "str": "/usr/bin/dash"},
        {"name": "argv", "str_array": {"value": ["sh", "-c", "id"]}},
    ],
}

FALCO: Record = {
    "hostname": "web-3",
    "output": "10:00:00.101234567: Notice Shell (user=www-data command=sh -c id pid=2001)",
    "priority": "Notice",
    "rule": "Run shell untrusted",
    "source": "syscall",
    "tags": ["process", "mitre_execution"],
    "time": "2024-05-02T10:00:00.101234567Z",
    "output_fields": {
        "evt.time": 1714644000101234567,
        "evt.type": "execve",
        "proc.cmdline": "sh -c id",
        "proc.exepath": "/usr/bin/dash",
        "proc.name": "sh",
        "proc.pid": 2001,
        "proc.pexepath": "/usr/sbin/nginx",
        "proc.pname": "nginx",
        "proc.ppid": 812,
        "user.name": "www-data",
        "user.uid": 33,
    },
}
FALCO_END: Record = {
    **FALCO,
    "time": "2024-05-02T10:00:02Z",
    "output_fields": {"evt.type": "procexit", "evt.time": 1714644002000000000, "proc.pid": 2001},
}
FALCO_OTHER: Record = {**FALCO, "output_fields": {**FALCO["output_fields"], "evt.type": "openat", "fd.name": "/etc/shadow"}}

KUNAI: Record = {
    "data": {
        "ancestors": "/usr/lib/systemd/systemd|/usr/sbin/nginx",
        "parent_command_line": "nginx -g daemon",
        "parent_exe": "/usr/sbin/nginx",
        "command_line": "sh -c id",
        "exe": {"path": "/usr/bin/dash", "md5": "aa", "sha1": "bb", "sha256": "cc", "sha512": "dd", "size": 1, "error": None},
    },
    "info": {
        "host": {"uuid": "u", "name": "web-3", "container": None},
        "event": {"source": "kunai", "id": 1, "name": "execve", "uuid": "e-1", "batch": 1},
        "task": {"name": "sh", "pid": 2001, "tgid": 2001, "guuid": "g", "uid": 33, "user": "www-data"},
        "parent_task": {"name": "nginx", "pid": 813, "tgid": 812, "guuid": "h", "uid": 33},
        "utc_time": "2024-05-02T10:00:00.101234567Z",
    },
}
KUNAI_END: Record = {
    "data": {"ancestors": "", "command_line": "sh -c id", "exe": {"path": "/usr/bin/dash"}, "error_code": 0},
    "info": {**KUNAI["info"], "event": {"id": 5, "name": "exit_group"}, "utc_time": "2024-05-02T10:00:02Z"},
}
KUNAI_OTHER: Record = {**KUNAI, "info": {**KUNAI["info"], "event": {"id": 60, "name": "connect"}}}

ESLOGGER: Record = {
    "schema_version": 1,
    "version": 7,
    "time": "2024-05-02T10:00:00.101234567Z",
    "mach_time": 91234567,
    "event_type": 9,
    "action_type": 1,
    "action": {"result": {"result": {"auth": 0}, "result_type": 0}},
    "seq_num": 4,
    "global_seq_num": 4,
    "process": {"executable": {"path": "/bin/zsh"}, "ppid": 1, "audit_token": {"pid": 2001, "euid": 501}},
    "event": {
        "exec": {
            "target": {
                "executable": {"path": "/usr/bin/dash"},
                "ppid": 812,
                "audit_token": {"pid": 2001, "euid": 33, "asid": 1000, "pidversion": 901},
                "parent_audit_token": {"pid": 812},
            },
            "args": ["sh", "-c", "id"],
            "cwd": {"path": "/var/www"},
        }
    },
}
ESLOGGER_END: Record = {
    **ESLOGGER,
    "time": "2024-05-02T10:00:02Z",
    "event_type": 15,
    "process": {"executable": {"path": "/usr/bin/dash"}, "audit_token": {"pid": 2001}},
    "event": {"exit": {"stat": 0}},
}
ESLOGGER_OTHER: Record = {**ESLOGGER, "event_type": 11, "event": {"fork": {"child": {"audit_token": {"pid": 2002}}}}}

SANTA: Record = {
    "machine_id": "web-3",
    "event_time": "2024-05-02T10:00:00.101234567Z",
    "boot_session_uuid": "b",
    "execution": {
        "instigator": {"id": {"pid": 2001, "pidversion": 34}, "executable": {"path": "/bin/zsh"}},
        "target": {
            "id": {"pid": 2001, "pidversion": 45},
            "parent_id": {"pid": 812, "pidversion": 89},
            "session_id": 222,
            "effective_user": {"uid": 33, "name": "www-data"},
            "executable": {"path": "/usr/bin/dash", "hash": {"type": "HASH_ALGO_SHA256", "hash": "cc"}},
        },
        "working_directory": {"path": "/var/www"},
        "args": [b64encode(word).decode() for word in (b"sh", b"-c", b"id")],
        "decision": "DECISION_ALLOW",
    },
}
SANTA_END: Record = {
    "machine_id": "web-3",
    "event_time": "2024-05-02T10:00:02Z",
    "exit": {"instigator": {"id": {"pid": 2001}, "executable": {"path": "/usr/bin/dash"}}, "exited": {"exit_status": 0}},
}
SANTA_OTHER: Record = {**SANTA, "execution": {**SANTA["execution"], "decision": "DECISION_DENY"}}

CREATIONS: dict[str, Record] = {
    "tetragon": TETRAGON,
    "tracee": TRACEE,
    "tracee-new": TRACEE_NEW,
    "falco": FALCO,
    "kunai": KUNAI,
    "eslogger": ESLOGGER,
    "santa": SANTA,
}
ENDS: dict[str, Record] = {
    "tetragon": TETRAGON_END,
    "tracee": TRACEE_END,
    "falco": FALCO_END,
    "kunai": KUNAI_END,
    "eslogger": ESLOGGER_END,
    "santa": SANTA_END,
}
OTHERS: dict[str, Record] = {
    "tetragon": TETRAGON_OTHER,
    "tracee": TRACEE_OTHER,
    "falco": FALCO_OTHER,
    "kunai": KUNAI_OTHER,
    "eslogger": ESLOGGER_OTHER,
    "santa": SANTA_OTHER,
}
