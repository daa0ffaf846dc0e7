"""Every line and table reader, fed anything: items come out, or InputError, and nothing else."""

from __future__ import annotations

import io
from collections import deque
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import SAMPLE_BYTES, Note, ProcessEvent, Reject, Unknown
from engine.errors import InputError
from engine.readers.agents.edr import defender
from engine.readers.contract import ReadOptions
from engine.readers.linux import auditd, auoms, strace, sysmon_linux
from engine.readers.lists import property_list, text_list, wmic
from engine.readers.records import osquery
from engine.readers.tables import csv_generic, csv_loganalytics, pair_list, sequence_list
from engine.readers.text.moments import Moments
from engine.readers.windows import csv_eventviewer

MODULES = (
    auditd,
    defender,
    csv_eventviewer,
    csv_generic,
    csv_loganalytics,
    pair_list,
    property_list,
    sequence_list,
    strace,
    sysmon_linux,
    text_list,
    wmic,
)
PIECES = st.sampled_from(
    [
        b"type=SYSCALL msg=audit(1.2:3): arch=c000003e syscall=59 success=yes pid=1 exe=",
        b"type=EXECVE msg=audit(1.2:3): argc=2 a0=",
        b" a1[0]=6",
        b"node=x ",
        b'7 execve("/bin/ls", [',
        b"7 <... execve resumed>) = 0",
        b"7 clone(<unfinished ...>",
        b"7 vfork() = 8",
        b"<Event><Provider Name='Linux-Sysmon'/><EventID>1</EventID><Data Name='Image'>",
        b"&#x110000; &#55296; &lt",
        b"['a','",
        b"image,pid,time\n",
        b"CreatedProcessId,CreatedProcessName,CreatedProcessFilePath,ReportIndex\n",
        b"NewProcessName,NewProcessId,ProcessId\n",
        b"exe,pid,ppid,cmdline,mssg_id\n",
        b"Node,CommandLine,Name,ParentProcessId,ProcessId\n",
        b"Name : x\nProcessId : 1\n ParentProcessId=2\n\n",
        b"PID PPID STARTED CMD\n",
        b"--- ---- ---- ---\n",
        b"a,b,Microsoft-Windows-Sysmon,1,e,Process Create:\n",
        b"1,2,3\n",
        b'"',
        b"\n",
        b"\r",
        b"\x00",
        b"\xff\xfe",
        b"\x1d",
        b",",
        b"0x",
    ]
)
CONTENT = st.one_of(st.binary(max_size=300), st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=12).map(b"".join))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.READER.name)
@given(data=CONTENT)
@settings(max_examples=100, deadline=None)
def test_any_bytes(module: Any, data: bytes) -> None:
    assert 0.0 <= module.READER.sniff(data, "x") <= 1.0
    try:
        items = list(module.READER.read(io.BytesIO(data), ReadOptions()))
    except InputError:
        return
    for item in items:
        if isinstance(item, Reject):
            assert len(item.sample) <= SAMPLE_BYTES
            assert item.reason
        elif item is not None and not isinstance(item, Note | Unknown):
            assert isinstance(item, ProcessEvent)
            # Everything goes into a UTF-8 database.
            for text in (item.image, item.command_line, item.cwd, item.user, item.host, item.record_id):
                (text or "").encode()


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "columns",
        "ActionType",
        "IsMalformed",
        "syscall",
        "snapshot",
        "diffResults",
        "action",
        "name",
        "hostIdentifier",
        "unixTime",
        "SyslogMessage",
        "Computer",
        "CreatedProcessId",
        "MESSAGE",
        "CreatedProcessName",
        "CreatedProcessCreationTime",
        "InitiatingProcessFileName",
        "ProcessCommandLine",
        "ProcessId",
        "FileName",
        "FolderPath",
        "Timestamp",
        "pid",
        "parent",
        "path",
        "cmdline",
        "time",
        "ProcessUniqueId",
    ]
)


@pytest.mark.parametrize("module", [auoms, defender, osquery, sysmon_linux], ids=lambda module: module.__name__)
@given(record=st.dictionaries(KEYS, st.one_of(JSON, st.dictionaries(KEYS, JSON, max_size=4)), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_record(module: Any, record: dict[str, Any]) -> None:
    if module.recognises(record):
        item = module.map_record(record, 1, Moments())
        assert isinstance(item, ProcessEvent | Reject | None)


MEGA = 1 << 20


@pytest.mark.parametrize(
    ("module", "data"),
    [
        (auditd, b"type=SYSCALL msg=audit(1.2:3): arch=ffff syscall=59 success=yes pid=1 exe=" + b"\x1d" * MEGA),
        (auditd, b"type=SYSCALL msg=audit(1.2:3): arch=c000003e syscall=59 success=yes pid=1 " + b"a" * MEGA),
        (
            auditd,
            b"type=PROCTITLE msg=audit(1.2:3): proctitle=61\n" + b"type=EXECVE msg=audit(1.2:3): a1_len=9 a1[0]=\n" * 20_000,
        ),
        (strace, b'7 execve("/bin/ls", ["' + b"\\" * MEGA),
        (strace, b'7 execve("/bin/ls", ["' + b"a" * MEGA),
        (strace, b'7 execve("/bin/ls", ["a"], ' + b") " * (MEGA // 2)),
        (sequence_list, b"['" + b"\\" * MEGA),
        (sequence_list, b"[" * MEGA),
        (sequence_list, b"[" + b"a " * (MEGA // 2)),
        (csv_generic, b"image," + b" " * MEGA + b"\n1,2\n"),
        (csv_generic, b'"' * MEGA),
        (csv_eventviewer, b"a,b,Microsoft-Windows-Sysmon,1,e,Process Create:" + b"\tA: " * (MEGA // 4)),
        (sysmon_linux, b"<Event>Linux-Sysmon<EventID>1</EventID>" + b"<Data Name='Image'>" * (MEGA // 20)),
    ],
    ids=lambda value: value.READER.name if hasattr(value, "READER") else "",
)
def test_no_quadratic_time(module: Any, data: bytes) -> None:
    started = process_time()
    module.READER.sniff(data[: 64 * 1024], "x")
    with suppress(InputError):
        deque(module.READER.read(io.BytesIO(data), ReadOptions()), maxlen=0)
    # Linear time is about 0.1 s; a quadratic expression takes hours.
    assert process_time() - started < 5


def test_no_quadratic_time_in_rows() -> None:
    started = process_time()
    for filler in ("a=[", 'a="', "a", "[" * 40 + "=", "cmdline= redactors="):
        auoms.map_record({"SyslogMessage": "type=AUOMS_EXECVE audit(1.2:3): " + filler * (MEGA // len(filler))}, 1, Moments())
    assert process_time() - started < 5
