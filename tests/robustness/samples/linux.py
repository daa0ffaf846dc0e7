"""Logs of Linux and macOS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.engine.readers.agents.runtime_samples import CREATIONS, ENDS, OTHERS
from tests.engine.readers.linux import seeds as linux
from tests.engine.readers.linux.test_audit_fragments import journal as journal_records
from tests.engine.readers.linux.test_audit_fragments import lines as audit_lines
from tests.engine.readers.seeds import _audit, _auoms, _strace, _syslog
from tests.robustness.samples.sample import EVERY, JSON, LINES, TEXT, Made, Row, Sample, numbered

FAMILY = "linux"
AUSEARCH = (
    b"NODE,EVENT,DATE,TIME,SERIAL_NUM,EVENT_KIND,SESSION,SUBJ_PRIME,SUBJ_SEC,SUBJ_KIND,ACTION,RESULT,OBJ_PRIME,OBJ_SEC,"
    b"OBJ_KIND,HOW\n"
)


def linux_samples() -> Iterator[Sample]:
    """All of them."""
    yield Sample("auditd", FAMILY, _audit, (TEXT,))
    yield Sample("ausearch", FAMILY, linux._ausearch, (TEXT,))
    yield Sample("ausearch-csv", FAMILY, _ausearch_csv, (TEXT,), before=AUSEARCH)
    yield Sample("auoms", FAMILY, _auoms)
    yield Sample("laurel", FAMILY, linux._laurel)
    yield Sample("go-audit", FAMILY, linux._go_audit, JSON)
    yield Sample("audit-lines", FAMILY, _filebeat, (LINES,))
    yield Sample("journal", FAMILY, _journal, (LINES,))
    yield Sample("journal-export", FAMILY, linux._journal, (TEXT,))
    yield Sample("strace", FAMILY, _strace, (TEXT,))
    yield Sample("execsnoop", FAMILY, linux._execsnoop, (TEXT,), before=b"PCOMM            PID    PPID   RET ARGS\n")
    yield Sample("sysmon-linux", FAMILY, _syslog, (TEXT,))
    yield Sample("sysmon-linux", FAMILY, _syslog_row, title="syslog rows")
    yield Sample("sysmon-logview", FAMILY, linux._logview, (TEXT,))
    yield Sample("santa-log", FAMILY, linux._santa, (TEXT,))
    columns = b"Computer,mssg_id,EventType,success,pid,ppid,exe,cmdline\n"
    yield Sample("sentinel-auditd", FAMILY, _sentinel_audit, (TEXT,), before=columns)
    words = {"/usr/bin/dash": "/usr/bin/prog{n}", "2001": "{pid}"}
    for name, record in CREATIONS.items():
        slug = {"tracee-new": "tracee", "santa": "santa-json"}.get(name, name)
        others = tuple(group[name] for group in (ENDS, OTHERS) if name in group)
        forms = JSON if name in {"tracee-new", "eslogger"} else EVERY
        yield Sample(slug, FAMILY, numbered(record, **words), forms, others, title=name)


def _ausearch_csv(number: int) -> str:
    image = f"/usr/bin/prog{number}"
    when = f"2024-05-02,10:{number // 60:02}:{number % 60:02}"
    return f"web-3,SYSCALL,{when},{700 + number},audit-rule,3,mira,root,privileged-acct,executed,success,{image},,file,{image}"


def _filebeat(number: int) -> Made:
    given = {"pid": 2000 + number, "exe": f"/usr/bin/prog{number}", "argv": f'argc=1 a0="prog{number}"'}
    host = {"name": "web-3"}
    return [{"message": line, "@timestamp": "2024-05-02", "host": host} for line in audit_lines(501 + number, **given)]  # type: ignore[arg-type]


def _journal(number: int) -> Made:
    given: dict[str, Any] = {"exe": f"/usr/bin/prog{number}", "argv": f'argc=1 a0="prog{number}"'}
    return list(journal_records(801 + number, 2000 + number, **given))


def _syslog_row(number: int) -> Row:
    return {"TimeGenerated": "2024-05-06T07:08:09Z", "Computer": "web-1", "ProcessName": "sysmon",
            "SyslogMessage": _syslog(number).partition("sysmon: ")[2]}  # fmt: skip


def _sentinel_audit(number: int) -> str:
    return (
        f'web-1,1715000{number:03}.100:{number},SYSCALL_EXECVE,yes,{2000 + number},7,/usr/bin/prog{number},"prog{number} -x, y"'
    )
