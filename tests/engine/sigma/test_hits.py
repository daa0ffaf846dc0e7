"""Rows of Hayabusa and Chainsaw: rule, level, techniques, and the record that each hit names. After samples of both."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.domain.marks import NamedRecord, RuleMark
from engine.domain.records import Reject
from engine.errors import InputError
from engine.sigma.hits import ToolHit, hits

SYSMON = {
    "Timestamp": "2024-05-02 10:00:07.123 +00:00", "RuleTitle": "Proc Exec", "Level": "info", "Computer": "ws1.lab.example",
    "Channel": "Sysmon", "EventID": "1", "MitreTags": "T1059.001 ¦ T1105", "OtherTags": "attack.t1105", "RecordID": "5001",
    "Details": "Cmdline: a.exe -x ¦ Proc: C:\\a.exe ¦ User: LAB\\ann ¦ PID: 6320 ¦ PGUID: 7C1D55E0-6420-6633-6320-000000002100",
    "RuleID": "r-1",
}  # fmt: skip
MARK = RuleMark("Proc Exec", "informational", "r-1", ("T1059.001", "T1105"), "hayabusa")
AT = 1_714_644_007_123_000
DOCUMENT = {
    "Event": {
        "System": {
            "Provider_attributes": {"Name": "Microsoft-Windows-Security-Auditing"}, "EventID": 4688, "EventRecordID": 88,
            "Channel": "Security", "Computer": "ws1", "TimeCreated_attributes": {"SystemTime": "2024-05-02T10:00:07.123000Z"},
        },
        "EventData": {"NewProcessName": "C:\\b.exe", "NewProcessId": "0x18b0", "ProcessId": "0x4"},
    }
}  # fmt: skip
CHAINSAW = {
    "group": "Sigma", "kind": "individual", "name": "A rule", "level": "high", "source": "sigma", "id": "c-1",
    "tags": ["attack.t1003.001"], "timestamp": "2024-05-02T10:00:07.123+00:00",
    "document": {"kind": "evtx", "path": "/x.evtx", "data": DOCUMENT},
}  # fmt: skip
ROW = {
    "timestamp": "2024-05-02T10:00:07.123+00:00", "detections": "One;Two ", "path": "/x.evtx", "count": "1",
    "Event.System.Provider": "Microsoft-Windows-Security-Auditing", "Event ID": "4688", "Record ID": "88", "Computer": "ws1",
    "Event Data": "NewProcessName: C:\\b.exe",
}  # fmt: skip


def table(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(data: bytes) -> list[ToolHit | Reject]:
    return [*hits(io.BytesIO(data), "f")]


def test_a_row_of_a_timeline_names_its_record_and_its_rule() -> None:
    (hit,) = read(table(SYSMON))
    record = NamedRecord("ws1.lab.example", "sysmon1", "5001", "7c1d55e0-6420-6633-6320-000000002100", 6320, AT)
    assert hit == ToolHit(1, "hayabusa", (MARK,), (record,))


@pytest.mark.parametrize("indent", [None, 2])
def test_a_timeline_as_json_says_the_same(indent: int | None) -> None:
    details = {"Cmdline": "a.exe -x", "Proc": "C:\\a.exe", "PID": 6320, "PGUID": "7C1D55E0-6420-6633-6320-000000002100"}
    one = SYSMON | {"Details": details, "EventID": 1, "RecordID": 5001, "MitreTags": ["T1059.001", "T1105"], "OtherTags": []}
    (of_json,) = read(json.dumps(one, indent=indent).encode() + b"\n")
    (of_csv,) = read(table(SYSMON))
    assert of_json == of_csv


def test_a_rule_with_details_of_its_own_names_its_record_all_the_same() -> None:
    (hit,) = read(table(SYSMON | {"Details": "What: something else"}))
    assert isinstance(hit, ToolHit)
    assert hit.records == (NamedRecord("ws1.lab.example", "sysmon1", "5001", time_us=AT),)


def test_a_hit_on_another_event_names_no_process() -> None:
    (hit,) = read(table(SYSMON | {"EventID": "3", "Details": "PID: 6320"}))
    assert isinstance(hit, ToolHit)
    assert (hit.marks, hit.records) == ((MARK,), ())


def test_a_hit_of_chainsaw_names_its_record() -> None:
    (hit,) = read(json.dumps([CHAINSAW]).encode())
    mark = RuleMark("A rule", "high", "c-1", ("T1003.001",), "chainsaw")
    assert hit == ToolHit(1, "chainsaw", (mark,), (NamedRecord("ws1", "security4688", "88", "", 6320, AT),))


def test_a_row_of_chainsaw_names_its_record_and_several_rules() -> None:
    hit, other = read(table(ROW, ROW | {"Event ID": "4698"}))
    marks = (RuleMark("One", "", by="chainsaw"), RuleMark("Two", "", by="chainsaw"))
    assert hit == ToolHit(1, "chainsaw", marks, (NamedRecord("ws1", "security4688", "88", time_us=AT),))
    assert other == ToolHit(2, "chainsaw", marks, ())


def test_what_is_no_row_of_either_is_a_reject() -> None:
    assert [type(one) for one in read(b'{"a": 1}\n{"b"\n')] == [Reject, Reject]
    assert [getattr(one, "code", "") for one in read(table({"a": "1", "b": "2"}))] == ["no-hit"]


def test_texts_of_strangers_are_bounded() -> None:
    (hit,) = read(table(SYSMON | {"RuleTitle": "\x1b[31m\n" + "x" * 9_000, "RuleID": "y" * 9_000, "Level": "z" * 9_000}))
    assert isinstance(hit, ToolHit)
    (mark,) = hit.marks
    assert (len(mark.title), len(mark.rule), mark.level) == (200, 64, "")
    assert "\n" not in mark.title


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'[{"name": 1, "document": {"kind": "evtx", "data": {}}}]')
@example(b'{"name": {}, "level": [], "tags": {"a": 1}, "documents": [{"kind": "evtx", "data": {"Event": 3}}]}')
@example(b"detections,Event ID,Record ID,Computer\n;;,,,\n")
@example(b'{"Details": null, "RuleTitle": [], "Computer": {}, "Channel": [], "EventID": "1"}')
def test_arbitrary_bytes_give_hits_and_rejects_and_nothing_else(data: bytes) -> None:
    try:
        found = read(data)
    except InputError:
        return
    assert all(isinstance(one, ToolHit | Reject) for one in found)
