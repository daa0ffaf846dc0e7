"""auoms rows of Sentinel."""

from __future__ import annotations

import io
from typing import Any

import pytest

from engine.domain.records import ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.linux.auoms import map_record, recognises
from engine.readers.text.moments import Moments

BODY = (
    'SchemaVersion="1" auoms_version=2.5.2.0 node=UBUNTU5 arch=x86_64 syscall=execve syscall_r=59 success={success} exit=0 '
    'a0=7f a1=7f ppid=1340 pid=17790 audit_user=unset auid=4294967295 user=tomcat uid=1001 ses="-1" comm="bash" '
    'exe="/usr/bin/bash" key=auoms,delete cwd="/opt/x y" name="/usr/bin/bash" path_name=["/usr/bin/bash","/lib64/ld.so"] '
)


def row(rest: str, success: str = "yes", kind: str = "AUOMS_EXECVE") -> dict[str, Any]:
    message = f"type={kind} audit(1652292621.986:84138): " + BODY.format(success=success) + rest
    return {"Type": "Syslog", "Computer": "other", "SyslogMessage": message}


def test_an_execve() -> None:
    record = row('argc=3 cmdline=bash -c "echo hi | whoami" redactors= containerid=')
    assert recognises(record)
    event = map_record(record, 4, Moments())
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.image) == ("auoms", "UBUNTU5", "/usr/bin/bash")
    assert (event.pid, event.ppid, event.user, event.cwd) == (17790, 1340, "tomcat", "/opt/x y")
    assert event.command_line == 'bash -c "echo hi | whoami"'
    assert (event.time_us, event.record_id, event.position) == (1_652_292_621_986_000, "84138", 4)


def test_a_command_line_that_quotes_the_markers_stays_whole() -> None:
    event = map_record(row("cmdline=sh -c 'x redactors= pid=1 exe=/bin/true' redactors= containerid="), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert event.command_line == "sh -c 'x redactors= pid=1 exe=/bin/true'"
    assert event.pid == 17790


def test_a_quoted_command_line() -> None:
    event = map_record(row('cmdline="a \\"b\\" c" redactors= containerid='), 1, Moments())
    assert isinstance(event, ProcessEvent)
    assert event.command_line == 'a "b" c'


def test_failed_and_other_events() -> None:
    assert map_record(row("proctitle=java -D redactors= containerid=", success="no"), 1, Moments()) is None
    assert map_record(row("", kind="AUOMS_SYSCALL"), 1, Moments()) is None
    assert not recognises({"SyslogMessage": "session opened"})
    assert not recognises({"SyslogMessage": 7})


def test_a_cut_message_is_a_reject() -> None:
    reject = map_record({"SyslogMessage": "type=AUOMS_EXECVE audit(1.5:2): success=yes pid=1"}, 9, Moments())
    assert isinstance(reject, Reject)
    assert (reject.code, reject.position) == ("incomplete-event", 9)
    bad = map_record({"SyslogMessage": "type=AUOMS_EXECVE audit(x): success=yes pid=1"}, 9, Moments())
    assert isinstance(bad, Reject)
    assert bad.code == "bad-record"


@pytest.mark.parametrize(
    "header",
    ["May  2 10:00:00 web-3 auoms: ", "<13>2024-05-02T10:00:00+00:00 web-3 auoms[7]: ", "2024-05-02T10:00:00Z web-3 auoms: "],
)
@pytest.mark.parametrize("others", [0, 5])
def test_lines_of_syslog(header: str, others: int) -> None:
    bodies = [
        row("cmdline=id redactors=")["SyslogMessage"].replace("node=UBUNTU5 ", ""),
        row("cmdline=x", success="no")["SyslogMessage"],
    ]
    lines = [header + body for body in bodies] + ["May  2 10:00:01 web-3 CRON[9]: (root) CMD (id)"] * others
    text = ("\n".join(lines) + "\n").encode()
    found = choose(text, "syslog")
    assert found is not None
    items = list(found.reader.read(io.BytesIO(text), ReadOptions(path="syslog")))
    event = items[0]
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.pid, event.command_line) == ("auoms", "web-3", 17790, "id")
    assert items[1:] == [None] * (1 + others)
