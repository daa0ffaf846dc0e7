"""Objects that hold all records are entered: too long for one piece, cut, or damaged in the middle."""

from __future__ import annotations

import io
import json
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.json_reader import READER
from engine.readers.records.shapes import wraps
from engine.readers.text import json_head, json_split
from engine.readers.text.json_split import Piece, split_objects

COUNT = 400


def record(number: int) -> dict[str, Any]:
    return {
        "EventID": 4688, "SourceName": "Microsoft-Windows-Security-Auditing", "Hostname": "wü-1", "RecordNumber": number,
        "NewProcessName": f"C:\\p{number}.exe", "NewProcessId": number + 1, "CommandLine": "}]},{[" + "é" * 40,
    }  # fmt: skip


def answer(first: int, last: int) -> dict[str, Any]:
    hits = [{"_index": "x", "_source": record(number)} for number in range(first, last)]
    return {
        "took": 1, "_shards": {"failures": [{"reason": "none"}]},
        "hits": {"total": {"value": 9}, "hits": hits}, "aggregations": {"a": {"buckets": [{"key": 1}, {"key": 2}]}},
    }  # fmt: skip


WHOLES: dict[str, Any] = {
    "answer": answer(0, COUNT),
    "two lists": {"A": [record(number) for number in range(100)], "B": [record(number) for number in range(100, COUNT)]},
    "answers": {"took": 1, "responses": [answer(0, 150), {"hits": {"hits": []}}, answer(150, COUNT)]},
    "named": {"@odata.context": "x", "value": [record(number) for number in range(COUNT)], "@odata.nextLink": "y"},
    "deep": {"a": {"b": {"records": [record(number) for number in range(COUNT)]}}},
    "array": [answer(0, 200), answer(200, COUNT)],
}


def dumped(whole: Any, layout: str) -> bytes:
    return json.dumps(whole, indent=None if layout == "one line" else 1, ensure_ascii=False).encode()


def numbers(data: bytes) -> list[int]:
    items = READER.read(io.BytesIO(data), ReadOptions())
    return [int(item.record_id or 0) for item in items if isinstance(item, ProcessEvent)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects over 5 kB are large, and 20 kB are too long for one piece."""
    monkeypatch.setattr(json_split, "_LARGE", 5_000)
    monkeypatch.setattr(json_split, "MAX_RECORD", 20_000)
    monkeypatch.setattr(json_split, "_BLOCK", 1_000)


@pytest.mark.parametrize("layout", ["one line", "pretty"])
@pytest.mark.parametrize("shape", WHOLES)
def test_each_record_comes_out_once(small: None, shape: str, layout: str) -> None:
    data = dumped(WHOLES[shape], layout)
    assert numbers(data) == list(range(COUNT))
    kinds = {type(item).__name__ for item in READER.read(io.BytesIO(data), ReadOptions())}
    assert kinds == {"ProcessEvent"}


@pytest.mark.parametrize("layout", ["one line", "pretty"])
def test_what_is_entered_is_detected_and_keeps_its_letters(layout: str) -> None:
    data = dumped(WHOLES["answer"], layout)
    assert len(data) > 64 * 1024
    found = choose(data[: 64 * 1024], "answer.json")
    assert found is not None
    assert found.reader.name == "json"
    assert found.confidence >= 0.95
    hosts = {item.host for item in READER.read(io.BytesIO(data), ReadOptions()) if isinstance(item, ProcessEvent)}
    assert hosts == {"wü-1"}


def test_what_stands_beside_the_list_stays_with_each_record(small: None) -> None:
    rows = [{"pid": str(number), "parent": "1", "path": f"/bin/p{number}", "cmdline": "x"} for number in range(1, 300)]
    whole = {"name": "processes", "hostIdentifier": "web-1", "unixTime": 1678936138, "action": "snapshot", "snapshot": rows}
    items = list(READER.read(io.BytesIO(dumped(whole, "pretty")), ReadOptions()))
    assert [(item.pid, item.host) for item in items if isinstance(item, ProcessEvent)] == [(at, "web-1") for at in range(1, 300)]


@pytest.mark.parametrize("layout", ["one line", "pretty"])
@pytest.mark.parametrize("shape", ["answer", "named", "two lists"])
def test_a_cut_answer_gives_what_is_whole_and_says_that_it_is_cut(shape: str, layout: str) -> None:
    data = dumped(WHOLES[shape], layout)
    for end in range(5_000, len(data) - 2_000, 7_001):
        items = list(READER.read(io.BytesIO(data[:end]), ReadOptions()))
        whole = data[:end].count(b"CommandLine")
        kept = [int(item.record_id or 0) for item in items if isinstance(item, ProcessEvent)]
        assert len(kept) == len(set(kept))
        assert len(kept) in (whole, whole - 1)
        assert "cut-json" in [item.code for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("layout", ["one line", "pretty"])
@pytest.mark.parametrize("lost", ['"', ":", "}"])
def test_damage_inside_of_an_answer_costs_its_record(layout: str, lost: str) -> None:
    data = dumped(WHOLES["answer"], layout).decode()
    at = data.index(lost, data.index("p200.exe"))
    kept = numbers((data[:at] + data[at + 1 :]).encode())
    assert set(range(COUNT)) - set(kept) <= {200, 201}
    assert kept == sorted(set(kept))


def test_a_record_with_a_list_of_its_own_is_not_entered(small: None) -> None:
    whole = {**record(1), "list": [record(2)] * 60, "CommandLine": "x"}
    assert 5_000 < len(dumped(whole, "one line")) < 20_000
    assert numbers(dumped(whole, "pretty")) == [1]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.sampled_from(sorted(WHOLES)), st.sampled_from(["one line", "pretty"]))
def test_blocks_of_any_size(step: int, shape: str, layout: str) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(step * 50)

    whole = json.loads(json.dumps(WHOLES[shape]).replace("é" * 40, "é"))
    stream = Dripping(dumped(whole, layout))
    assert [int(item.record_id or 0) for item in READER.read(stream, ReadOptions()) if isinstance(item, ProcessEvent)] == list(
        range(COUNT)
    )


def test_memory_is_bounded() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.left = 60
            self.part = b",".join(json.dumps({"_source": record(number)}).encode() for number in range(3_000)) + b","

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b'{"took":1,"hits":{"hits":[' if self.left == 59 else self.part if self.left >= 0 else b""

    longest, count = 0, 0
    for piece in split_objects(Endless(), wraps):  # type: ignore[arg-type]
        longest, count = max(longest, len(piece.data)), count + 1
    assert longest < 1_000
    assert count == 59 * 3_000 + 2


FILLERS = [
    b'{"value":[{"EventID":1,"Channel":"x"}],',
    b'{"hits":{"hits":[',
    b'{"a":[{"b":',
    b'"value":[{"Channel":"x","EventID":1}],',
    b"]",
    b"[{",
]


@pytest.mark.parametrize("filler", FILLERS)
def test_looking_for_lists_costs_a_few_times_the_text(filler: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    def decoded(plain: str, at: int) -> tuple[Any, int]:
        nonlocal looked
        looked += 64
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(plain, at)
        except json.JSONDecodeError as error:
            looked += error.pos - at
            raise
        except RecursionError:
            looked += 1_000
            raise
        looked += end - at
        return value, end

    monkeypatch.setattr(json_head, "_decode", decoded)
    monkeypatch.setattr(json_split, "_CREDIT", 1 << 16)
    many = filler * ((1 << 18) // len(filler))
    for data in (many, b'{"hits":{"hits":[{"a":1},' + many, b"{" + many):
        looked = 0
        deque(split_objects(io.BytesIO(data), wraps), maxlen=0)
        assert looked < 3 * (2 * len(data) + (1 << 16))


def test_without_a_judge_nothing_is_entered() -> None:
    data = dumped(answer(0, 3), "one line")
    assert [piece.is_object for piece in split_objects(io.BytesIO(data))] == [True]
    assert all(isinstance(piece, Piece) and not piece.heads for piece in split_objects(io.BytesIO(data[:-9])))


@pytest.mark.parametrize("lost", ["]", "]}", "]}]"], ids=repr)
@pytest.mark.parametrize("pretty", [True, False])
def test_an_answer_behind_one_that_lost_its_end_is_no_element_of_its_list(pretty: bool, lost: str) -> None:
    def pushed(number: int) -> str:
        values = [["1714644000000000000", json.dumps(record(number))]]
        return json.dumps({"streams": [{"stream": {"job": "x"}, "values": values}]}, indent=2 if pretty else None)

    texts = [pushed(number) for number in range(8)]
    end = texts[3]
    for mark in lost[::-1]:
        at = end.rindex(mark)
        end = end[:at] + end[at + 1 :]
    texts[3] = end.rstrip()
    data = "\n".join(texts) if pretty else f"[{', '.join(texts)}]"
    found = numbers(data.encode())
    assert [number for number in found if number not in (2, 3, 4)] == [0, 1, 5, 6, 7]
    assert Reject in {type(item) for item in READER.read(io.BytesIO(data.encode()), ReadOptions())}
