"""The JSON splitter against the standard library, and its bounds."""

from __future__ import annotations

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.readers import json_split
from engine.readers.json_split import salvage, split_objects
from engine.readers.json_text import load_object

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
    assert joined.translate(None, dropped) == data.translate(None, dropped)


def test_lost_quote_damages_its_record_only() -> None:
    data = b'[\n {"a": "x},\n  {"b": 2}\n },\n {"c": 3},\n {"d": 4}\n]'
    found = [load_object(piece.data) for piece in split_objects(io.BytesIO(data))]
    assert found[-2:] == [{"c": 3}, {"d": 4}]


def test_salvage_after_a_lost_brace() -> None:
    broken = b'{\n  "a": 1,\n  "x": {\n    "y": 1\n  \n}\n{\n  "b": 2\n}\n{\n  "c": 3\n}\n'
    parts = list(salvage(broken))
    assert b"".join(parts) == broken
    assert [load_object(part) for part in parts] == [None, {"b": 2}, {"c": 3}]


def test_memory_and_work_are_bounded() -> None:
    endless = b'{"a": "' + b"x" * (40 << 20)
    pieces = list(split_objects(io.BytesIO(endless)))
    assert sum(len(piece.data) for piece in pieces) == len(endless)
    assert max(len(piece.data) for piece in pieces) <= json_split.MAX_RECORD + (1 << 19)


def test_guessing_stops_when_it_is_wrong() -> None:
    inner = [{"k": [{"n": number}, {"n": number}]} for number in range(60)]
    data = json.dumps(inner, separators=(",", ":")).encode()
    assert [json.loads(piece.data) for piece in split_objects(io.BytesIO(data))] == inner
