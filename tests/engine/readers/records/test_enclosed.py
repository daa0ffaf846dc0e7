"""Answers that are one object of any size: their records are read one by one, whatever stands around them."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import HEAD_BYTES, ReadOptions
from engine.readers.detect import choose
from engine.readers.records.json_reader import READER
from engine.readers.text import json_split


def row(number: int) -> dict[str, Any]:
    return {
        "Timestamp": "2024-05-02T10:00:07Z", "DeviceName": "ws-7", "ActionType": "ProcessCreated", "FileName": "a.exe",
        "FolderPath": "C:\\a.exe", "ProcessId": 100 + number, "ProcessCommandLine": "a.exe {x} ]} " + "y" * 80,
        "InitiatingProcessFileName": "b.exe", "InitiatingProcessId": 5, "AdditionalFields": [{"z": {}}],
    }  # fmt: skip


ROWS = [row(number) for number in range(400)]
BEHIND = {"Stats": {"ExecutionTime": 0.03, "tables": [{"rows": 3}]}, "more": [1, 2], "next": None}
SHAPES = {
    "defender": {"Schema": [{"Name": "Timestamp"}], "Results": ROWS},
    "with fields behind": {"Results": ROWS, **BEHIND},
    "elasticsearch": {"took": 1, "hits": {"total": {"value": 9}, "hits": [{"_source": one} for one in ROWS]}, "x": {"y": 1}},
}


def read(data: bytes) -> list[ReaderItem]:
    detected = choose(data[:HEAD_BYTES], "x.json")
    assert detected is not None
    assert detected.reader is READER
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def pids(items: list[ReaderItem]) -> list[int | None]:
    return [item.pid for item in items if isinstance(item, ProcessEvent)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", SHAPES)
def test_longer_than_any_record(shape: str, indent: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_split, "MAX_RECORD", HEAD_BYTES)
    items = read(json.dumps(SHAPES[shape], indent=indent).encode())
    assert pids(items) == list(range(100, 500))
    assert len(items) == 400


def test_what_comes_behind_the_object_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps(SHAPES["with fields behind"])
    items = read("\n".join((line, json.dumps(row(7)), json.dumps({"Results": [row(8)]}))).encode())
    assert pids(items)[400:] == [107, 108]


def test_a_record_behind_the_array_that_is_known_is_read() -> None:
    items = read(json.dumps({"Results": ROWS, "last": row(900)}).encode())
    assert pids(items)[-1] == 1000


def test_a_text_that_breaks_off_is_told() -> None:
    items = read(json.dumps(SHAPES["defender"]).encode()[:90_000])
    assert len(pids(items)) > 200
    assert {item.code for item in items if isinstance(item, Reject)} == {"cut-json", "bad-json"}


def test_damage_within_is_told_and_costs_itself() -> None:
    text = json.dumps(SHAPES["defender"]).replace('"ProcessId": 150,', '"ProcessId": ,')
    items = read(text.encode())
    assert len(pids(items)) == 399
    assert [item.code for item in items if isinstance(item, Reject)] == ["bad-json"]


def test_one_large_record_is_one_record() -> None:
    record = row(1) | {"AdditionalFields": [{"note": "n" * HEAD_BYTES}]}
    assert pids(read(json.dumps(record).encode())) == [101]


@given(st.binary(max_size=40), st.integers(0, 120_000))
@settings(max_examples=30, deadline=None)
def test_any_bytes_in_between_cost_what_they_hit(noise: bytes, at: int) -> None:
    text = json.dumps(SHAPES["with fields behind"]).encode()
    items = list(READER.read(io.BytesIO(text[:at] + noise + text[at:]), ReadOptions()))
    assert len(pids(items)) >= 380
