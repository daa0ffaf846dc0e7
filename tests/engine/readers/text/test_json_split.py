"""The JSON splitter against the standard library, and its bounds."""

from __future__ import annotations

import codecs
import io
import json
from collections import deque
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers.text import json_split
from engine.readers.text.json_split import split_objects
from engine.readers.text.json_text import load_object

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=12)
    | st.sampled_from(['"', "\\", "}{", "},\n{", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
records = st.lists(st.dictionaries(st.text(max_size=5), values, max_size=4), max_size=8)
styles = st.sampled_from(["array", "pretty array", "lines", "pretty", "glued", "flat indent"])


def dumped(objects: list[dict[str, object]], style: str) -> bytes:
    if style == "array":
        return json.dumps(objects, ensure_ascii=False).encode()
    if style == "pretty array":
        return json.dumps(objects, indent=2).encode()
    indent = {"pretty": 1, "flat indent": 0}.get(style)
    return ("" if style == "glued" else "\n").join(json.dumps(item, indent=indent) for item in objects).encode()


class Dripping(io.BytesIO):
    """Gives few bytes at a time, so that every token gets cut somewhere."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__(data)
        self.step = step

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.step)


@settings(max_examples=150, deadline=None)
@given(records, styles, st.integers(1, 40))
def test_same_objects_as_json_loads(objects: list[dict[str, object]], style: str, step: int) -> None:
    pieces = list(split_objects(Dripping(dumped(objects, style), step)))
    assert all(piece.is_object for piece in pieces)
    assert [piece.record if piece.record is not None else json.loads(piece.data) for piece in pieces] == objects
    assert [json.loads(piece.data) for piece in pieces] == objects


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\\n a', max_size=80).map(str.encode), st.integers(1, 20))
def test_no_byte_is_lost_on_garbage(data: bytes, step: int) -> None:
    joined = b"".join(piece.data for piece in split_objects(Dripping(data, step)))
    dropped = b" \t\r\n,\x00\x1e[]"
    # A mark of the encoding at the beginning is no byte of a record.
    mark = codecs.BOM_UTF8
    assert joined.translate(None, dropped).removeprefix(mark) == data.translate(None, dropped).removeprefix(mark)


def test_lost_quote_damages_its_record_only() -> None:
    data = b'[\n {"a": "x},\n  {"b": 2}\n },\n {"c": 3},\n {"d": 4}\n]'
    found = [load_object(piece.data) for piece in split_objects(io.BytesIO(data))]
    assert found[-2:] == [{"c": 3}, {"d": 4}]


def test_a_lost_brace_damages_its_record_only() -> None:
    broken = b'{\n  "a": 1,\n  "x": {\n    "y": 1\n  \n}\n{\n  "b": 2\n}\n{\n  "c": 3\n}\n'
    assert [load_object(piece.data) for piece in split_objects(io.BytesIO(broken))] == [None, {"b": 2}, {"c": 3}]


LOST = ['"', "{", "}", ",", ":", "a"]


@pytest.mark.parametrize("style", ["array", "pretty array", "pretty", "glued"])
@pytest.mark.parametrize("step", [7, 1 << 18])
def test_a_lost_character_costs_its_record_only(style: str, step: int) -> None:
    objects: list[dict[str, object]] = [{"number": at, "text": "a, b", "inner": {"x": [1, {"y": 2}]}} for at in range(12)]
    sound = dumped(objects, style)
    where = sound.index(b'"number": 5') - 1, sound.index(b'"number": 6') - 1
    for at in range(sound.rindex(b"{", 0, where[0] + 1), sound.rindex(b"}", 0, where[1]) + 1):
        if sound[at : at + 1] in b" \n":
            continue
        pieces = list(split_objects(Dripping(sound[:at] + sound[at + 1 :], step)))
        numbers = [(load_object(piece.data) or {}).get("number") for piece in pieces if piece.is_object]
        assert [number for number in numbers if number not in (None, 5, "a")][:11] == [0, 1, 2, 3, 4, *range(6, 12)], sound[at:]


def test_objects_that_are_lost_together_are_counted() -> None:
    records = [json.dumps({"number": at}).encode() for at in range(20)]
    for at in range(5, 9):
        records[at] = records[at].replace(b'"', b"", 1)
    pieces = list(split_objects(io.BytesIO(b"[" + b",".join(records) + b"]")))
    assert [piece.is_object for piece in pieces] == [True] * 5 + [False] * 4 + [True] * 11


@pytest.mark.parametrize("filler", [b"\n", b",{", b',{"a":[', b',{"a":"', b"{", b'"', b"[", b"}\n", b'{"a":{"b":1},'])
def test_no_text_makes_it_slow(filler: bytes) -> None:
    started = process_time()
    size = 1 << 20
    for data in (filler * (size // len(filler)), b'[{"a":1},' + filler * (size // len(filler)) + b'{"a":1}]'):
        deque(split_objects(io.BytesIO(data)), maxlen=0)
    assert process_time() - started < 20


def test_memory_and_work_are_bounded() -> None:
    endless = b'{"a": "' + b"x" * (40 << 20)
    pieces = list(split_objects(io.BytesIO(endless)))
    assert sum(len(piece.data) for piece in pieces) == len(endless)
    assert max(len(piece.data) for piece in pieces) <= json_split.MAX_RECORD + (1 << 19)


def test_guessing_stops_when_it_is_wrong() -> None:
    inner = [{"k": [{"n": number}, {"n": number}]} for number in range(60)]
    data = json.dumps(inner, separators=(",", ":")).encode()
    assert [json.loads(piece.data) for piece in split_objects(io.BytesIO(data))] == inner


@pytest.mark.parametrize("indent", [None, 2])
def test_behind_a_damaged_list_the_next_object_is_no_element_of_it(indent: int | None) -> None:
    objects = [json.dumps({"name": "x", "rows": [{"pid": number}]}, indent=indent) for number in range(6)]
    objects[1] = objects[1].replace('"pid', "pid")
    pieces = split_objects(io.BytesIO("\n".join(objects).encode()), lambda record: "rows" in record)
    whole = [json.loads(piece.data) for piece in pieces if piece.is_object and not piece.heads and not piece.rest]
    assert whole == [{"name": "x", "rows": [{"pid": number}]} for number in (0, 2, 3, 4, 5)]
