"""Files of lists."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.tables.sequence_list import READER


def read(text: str) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(text.encode()), ReadOptions()))


def test_leaf_first() -> None:
    (event,) = read("['curl','bash','httpd','systemd']")
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.parent_image, event.ancestors) == ("sequence", "curl", "bash", ("httpd", "systemd"))
    (single,) = read("['init']\n")
    assert isinstance(single, ProcessEvent)
    assert (single.parent_image, single.ancestors) == (None, ())


def test_cells_indices_and_labels() -> None:
    text = "sequence,label\n\"['curl', 'bash']\",1\n['wget','sh'],0\n7,\"['x']\",benign\n\n"
    assert READER.sniff(text.encode(), "") > 0.9
    found = [(item.image, item.position) for item in read(text) if isinstance(item, ProcessEvent)]
    assert found == [("curl", 2), ("wget", 3), ("x", 4)]


def test_classes_beside_the_lists_are_not_dropped_in_silence() -> None:
    (note,) = (item for item in read("sequence,label\n\"['curl', 'bash']\",1\n['a'],benign\n['b'],7\n") if isinstance(item, Note))
    assert (note.code, note.count) == ("classes", 2)
    assert "oddkin classify FILE" in note.text
    assert not [item for item in read("['a', 'b']\n") if isinstance(item, Note)]


def test_bad_lines_cost_themselves() -> None:
    items = read("['a']\nnot a list\n[]\n['b'\n['c'].pop()\n['d']\n")
    assert [item.position for item in items if isinstance(item, Reject)] == [2, 3, 4, 5]
    assert {item.code for item in items if isinstance(item, Reject)} == {"bad-sequence"}
    assert [item.image for item in items if isinstance(item, ProcessEvent)] == ["a", "d"]


def test_sniff_leaves_json_alone() -> None:
    assert READER.sniff(b'[{"EventID": 1, "Image": "x"}]', "") == 0.0
    assert READER.sniff(b'{"a": ["b"]}\n{"a": ["c"]}\n', "") < 0.3
    assert READER.sniff(b"hello\n", "") == 0.0


NAME = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=15)


@given(st.lists(NAME, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_cells_written_by_csv_round_trip(names: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([repr(names), "1"])
    event, note = read(out.getvalue())
    assert isinstance(event, ProcessEvent)
    assert isinstance(note, Note)
    assert [event.image, event.parent_image, *event.ancestors][: len(names)] == names


@pytest.mark.parametrize("count", [19, 20, 30])
def test_lists_of_arguments_in_a_table_of_events_are_no_sequences(count: int) -> None:
    header = "@timestamp,event.category,event.type,host.name,process.executable,process.pid,process.args"
    rows = [
        f'2024-05-06T07:08:09Z,process,start,web-1,/usr/bin/p{at},{at + 5},"[""/usr/bin/p{at}"", ""-s""]"' for at in range(count)
    ]
    found = choose("\n".join([header, *rows, ""]).encode(), "x.csv")
    assert found is not None
    assert found.reader.name == "table"
