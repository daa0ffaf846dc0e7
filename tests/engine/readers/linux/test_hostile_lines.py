"""Lines cut, doubled, swapped and damaged: every reader of text goes on, and its positions never go back."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.registry import reader_named
from tests.engine.readers.linux.test_audit_fragments import exported, journal, lines, verbose
from tests.engine.readers.linux.test_auditd_interpreted import event
from tests.engine.readers.linux.test_execsnoop import WITH_USER
from tests.engine.readers.linux.test_sysmon_logview import TEXT

SAMPLES: list[tuple[str, str]] = [
    ("auditd", "\n".join(lines())),
    ("auditd", event("05/02/2024 10:00:00.101") + event("13/02/2024 10:00:00.101", 701)),
    ("auditd", "".join(f"May 02 10:00:00 web-3 audit: {record['MESSAGE']}\n" for record in journal())),
    ("journal-export", exported(journal())),
    ("journal-export", verbose(journal())),
    ("journal-export", "MESSAGE\n\x04\0\0\0\0\0\0\0abcd\n__CURSOR=x\n\n"),
    ("execsnoop", WITH_USER),
    ("sysmon-logview", TEXT),
    ("santa-log", "[2024-05-02T10:00:00.101Z] I santad: action=EXEC|decision=ALLOW|pid=2|ppid=1|path=/bin/sh|args=sh\n" * 2),
    (
        "osqueryi",
        "    pid = 812\n parent = 1\n   path = /x\ncmdline = x\n\n    pid = 813\n parent = 1\n   path = /y\n   uid = 0\n",
    ),
    ("osqueryi", "+---+------+----+---+\n|pid|parent|path|uid|\n+---+------+----+---+\n| 12|    1 | /x | 0 |\n"),
]
NAMES = [f"{name}-{number}" for number, (name, _) in enumerate(SAMPLES)]
JUNK = st.sampled_from(
    [
        *(b"", b"\0", b"\x1b[8m", b"=", b"|", b"a0=", b"audit(", b"-1", b"9" * 40, b"\xff\xfe", b"type=", b"\n", b" "),
        *(b"(null)", b"\xc3", b"a2[9]=", b"argc=9", b"\x1d", b": "),
    ]
)


def read(name: str, data: bytes) -> list[ReaderItem]:
    return list(reader_named(name).read(io.BytesIO(data), ReadOptions()))


@pytest.mark.parametrize(("name", "text"), SAMPLES, ids=NAMES)
@given(data=st.data())
def test_damage_costs_records_and_never_the_run(name: str, text: str, data: st.DataObject) -> None:
    parts = text.encode().splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 4))):
        at, other = data.draw(st.tuples(st.integers(0, len(parts) - 1), st.integers(0, len(parts) - 1)))
        cut = data.draw(st.integers(0, len(parts[at])))
        how = data.draw(st.sampled_from(("cut", "double", "swap", "junk")))
        if how == "cut":
            parts[at] = parts[at][:cut]
        elif how == "double":
            parts.insert(at, parts[other])
        elif how == "swap":
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = parts[at][:cut] + data.draw(JUNK) + parts[at][cut:]
    items = read(name, b"".join(parts))
    assert [item for item in items if isinstance(item, Reject) and item.code == "unforeseen"] == []
    positions = [item.position for item in items if isinstance(item, ProcessEvent | Reject)]
    assert positions == sorted(positions)


@pytest.mark.parametrize(("name", "text"), SAMPLES, ids=NAMES)
def test_the_samples_are_read(name: str, text: str) -> None:
    items = read(name, text.encode())
    assert [item for item in items if not isinstance(item, Note)] != []


@pytest.mark.parametrize(("name", "text"), SAMPLES, ids=NAMES)
def test_line_ends_of_windows_and_zeros_behind_cost_nothing(name: str, text: str) -> None:
    sound = [item for item in read(name, text.encode()) if not isinstance(item, Note)]
    changed = text.encode().replace(b"\n", b"\r\n") + bytes(4096)
    assert [item for item in read(name, changed) if not isinstance(item, Note)] == sound
