"""Whatever a field of a record becomes, it is one item, and nothing that a mapper did not foresee."""

from __future__ import annotations

import io
import json
import math
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import Note, Reject
from engine.readers.contract import ReadOptions
from engine.readers.records.json_reader import READER
from engine.readers.records.shapes import recognised
from tests.engine.readers.agents.runtime_samples import CREATIONS, ENDS, OTHERS, Record

AUDIT = {
    "SYSCALL": 'arch=c000003e syscall=59 success=yes exit=0 ppid=812 pid=2001 uid=33 ses=3 comm="sh" exe="/bin/busybox"',
    "EXECVE": 'argc=3 a0="sh" a1="-c" a2="id"',
    "PROCTITLE": "proctitle=7368002D63006964",
}
JOURNAL = [
    {
        **{
            "_TRANSPORT": "audit",
            "_AUDIT_TYPE_NAME": kind,
            "_AUDIT_ID": "801",
            "MESSAGE": f"{kind} {body}",
            "_HOSTNAME": "web-3",
        },
        **{"_BOOT_ID": "b", "_SOURCE_REALTIME_TIMESTAMP": "1714644000100800", "__REALTIME_TIMESTAMP": "1714644000101000"},
    }
    for kind, body in AUDIT.items()
]
LINES = [
    {"_raw": f"type={kind} msg=audit(1714644000.101:501): {body}", "host": "web-3", "time": "1"} for kind, body in AUDIT.items()
]
INTERPRETED = [
    {"message": f"type={kind} msg=audit(05/02/2024 10:00:00.101:501): {body}", "host": {"name": "w"}}
    for kind, body in AUDIT.items()
]
LAUREL = {
    "ID": "1714644000.101:800",
    "NODE": "web-3",
    "SYSCALL": {
        "arch": "0xc000003e",
        "syscall": 59,
        "success": "yes",
        "ppid": 812,
        "pid": 2001,
        "exe": "/usr/bin/dash",
        "UID": "w",
    },
    "EXECVE": {"argc": 3, "ARGV": ["sh", "-c", "id%20"]},
    "CWD": {"cwd": "/var/www"},
    "PARENT_INFO": {"comm": "nginx", "exe": "/usr/sbin/nginx", "ARGV": ["nginx"]},
}
GO_AUDIT = {
    "sequence": 501,
    "timestamp": "1714644000.101",
    "messages": [{"type": 1300, "data": AUDIT["SYSCALL"]}, {"type": 1309, "data": AUDIT["EXECVE"]}],
    "uid_map": {"33": "www-data"},
}
ROW = {"cmdline": "sh -c id", "name": "sh", "parent": "812", "path": "/bin/busybox", "pid": "2001", "start_time": "1714644000"}
OSQUERY: list[Record] = [
    {"hostIdentifier": "h", "name": "pack_x", "columns": ROW, "action": "added", "unixTime": 1714644000},
    {"hostIdentifier": "h", "snapshot": [ROW, ROW], "action": "snapshot"},
    {"hostIdentifier": "h", "columns": {**ROW, "type": "ProcessStop", "ppid": "1"}, "action": "added"},
    {"host": "h", "rows": [ROW]},
    {"osquery": {"result": {"columns": ROW, "host_identifier": "h"}}, "agent": {"hostname": "h"}},
    ROW,
]
ROWS: list[Record] = [
    {"SERIAL_NUM": "7", "EVENT_KIND": "x", "DATE": "05/02/2024", "TIME": "10:00:00", "ACTION": "executed", "RESULT": "success"}
]
SAMPLES: list[Record] = [
    *(*CREATIONS.values(), *ENDS.values(), *OTHERS.values()),
    *(*JOURNAL, *LINES, *INTERPRETED, LAUREL, GO_AUDIT, *OSQUERY, *ROWS),
]

VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 2**31, 2**32, 2**63, -(2**63), 10**30, 0.0, 1.5, math.nan, math.inf, -math.inf, 1e300),
        *(
            "",
            "-",
            " ",
            "0",
            "-1",
            "1.0",
            "x" * 5000,
            "9" * 5000,
            "\ud83d",
            "\x00\x1b[8m",
            "²",
            "audit(",
            "%",
            "%zz%",
            "../..",
            "|",
        ),
        *(
            [],
            [None],
            [[]],
            [[[1]]],
            ["x"],
            [1, 2],
            [300],
            [27, 91],
            [{}],
            {},
            {"": {}},
            {"path": {}},
            {"value": [1]},
            {"#text": "x"},
        ),
    ]
)


def _places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a record, as keys and indices."""
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [place for key, held in inside for place in ((*before, key), *_places(held, (*before, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Record:
    """A sample with some of its fields dropped, replaced, listed, nested or flattened."""
    record = deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(record)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder: Any = record
        for key in way:
            holder = holder[key]
        how = draw(st.sampled_from(("drop", "value", "list", "nest", "flatten")))
        if how == "drop":
            del holder[last]
        elif how == "value":
            holder[last] = deepcopy(draw(VALUES))
        elif how == "list":
            holder[last] = [holder[last]]
        elif how == "nest":
            holder[last] = {"value": holder[last]}
        elif isinstance(holder, dict) and isinstance(holder[last], dict):
            holder.update({f"{last}.{key}": held for key, held in holder.pop(last).items()})
    return record


@given(st.lists(mutated(), min_size=1, max_size=4))
def test_each_record_is_at_least_one_item_and_none_is_unforeseen(records: list[Record]) -> None:
    for record in records:
        recognised(record)
    data = "".join(json.dumps(record, allow_nan=False) + "\n" for record in map(_finite, records)).encode()
    items = [item for item in READER.read(io.BytesIO(data), ReadOptions()) if not isinstance(item, Note)]
    assert [item for item in items if isinstance(item, Reject) and item.code == "unforeseen"] == []


def _finite(value: Any) -> Any:
    """As JSON can write it; NaN and the infinities come as the texts that exporters write."""
    if isinstance(value, dict):
        return {key: _finite(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_finite(held) for held in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
