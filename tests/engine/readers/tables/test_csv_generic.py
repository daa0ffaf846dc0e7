"""Generic tables and mapping files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject, Unknown
from engine.errors import InputError, UsageError
from engine.readers.contract import ReadOptions
from engine.readers.guess.evidence import judge
from engine.readers.tables.csv_generic import READER
from engine.readers.text.csv_mapping import load_mapping, read_mapping, written


def read(text: str, **options: object) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(text.encode()), ReadOptions(**options)))  # type: ignore[arg-type]


def test_well_known_names() -> None:
    text = (
        "Timestamp,Computer Name,Process Path,PID,PPID,Parent Image,Command Line,User\n"
        '2024-01-02T03:04:05.5Z,h1,C:\\a b\\x.exe,0x10,8,C:\\p.exe,"x, y",bob\n'
    )
    assert READER.sniff(text.encode(), "") == pytest.approx(0.6)
    event, *_ = read(text)
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.os, event.host, event.image) == ("generic", "windows", "h1", "C:\\a b\\x.exe")
    assert (event.pid, event.ppid, event.parent_image, event.command_line) == (16, 8, "C:\\p.exe", "x, y")
    assert (event.time_us, event.user, event.record_id) == (1_704_164_645_500_000, "bob", "1")


def test_full_paths_go_before_names() -> None:
    names = {"process_name": "id", "parent_process_name": "sh", "pid": "7"}
    assert judge([names]).columns == {"image": "process_name", "parent_image": "parent_process_name", "pid": "pid"}
    assert judge([names | {"path": "/usr/bin/id"}]).columns["image"] == "path"


def test_a_mapping() -> None:
    mapping = {"image": "Was", "time": "Wann"}
    (event,) = read("Wann,Was,pid\n1700000000.25,/bin/x,9\n", mapping=mapping, host="given")
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.time_us, event.pid, event.host, event.os) == (
        "/bin/x",
        1_700_000_000_250_000,
        None,
        "given",
        "linux",
    )


def test_missing_columns_name_what_is_there() -> None:
    with pytest.raises(InputError, match="'Nope'") as caught:
        read("foo,image\n1,2\n", mapping={"image": "Nope"}, path="t.csv")
    assert "'foo', 'image'" in caught.value.message
    assert "--map" in caught.value.remedy
    assert caught.value.file == "t.csv"


def test_a_table_of_something_else_makes_no_event() -> None:
    assert READER.sniff(b"foo,bar\n1,2\n", "") == 0.0
    assert read("foo,bar\n1,2\n") == [Unknown(position=1, keys=("foo", "bar"))]


def test_bad_rows_cost_themselves() -> None:
    text = "image,pid,ppid\n/a,1,2\n/b,4,5\n/c,5,6\n/d,6,7\n,1,2\n/e,x,2\n/f,1\n/g,0,1\n"
    items = read(text)
    assert [item.code for item in items if isinstance(item, Reject)] == ["no-image", "bad-pid", "bad-row"]
    assert [item.position for item in items if item is not None and not isinstance(item, Note)] == list(range(1, 9))


def test_a_time_that_cannot_be_read_costs_the_time_only() -> None:
    event, note = read("image,pid,ppid,time\n/a,1,2,soon\n")
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.time_us) == ("/a", None)
    assert isinstance(note, Note)
    assert (note.code, note.count) == ("unreadable-time", 1)


def test_mappings_on_the_command_line() -> None:
    assert read_mapping('image=Was, time_us = Wann ,pid="P ""id"", x"') == {"image": "Was", "time": "Wann", "pid": 'P "id", x'}
    for mapping in ({"image": "a"}, {"image": "Process Path", "pid": 'a,"b"', "host": " x"}):
        assert read_mapping(written(mapping)) == mapping
    for text in ("image=", "=x", "image=a;pid=b,=", "colour=x", 'image="a'):
        with pytest.raises(UsageError) as caught:
            read_mapping(text)
        assert "parent_image" in caught.value.remedy


def test_mapping_files(tmp_path: Path) -> None:
    toml, json = tmp_path / "a.toml", tmp_path / "b.json"
    toml.write_text('[columns]\nimage = "Was"\ntime_us = "Wann"\n')
    json.write_text('{"image": "Was", "time": "Wann"}')
    assert load_mapping(toml) == load_mapping(json) == {"image": "Was", "time": "Wann"}
    for text in ("image = 5\n", 'colour = "x"\n', "= nonsense", '{"image": ', "[]", "\x00"):
        toml.write_text(text)
        with pytest.raises(UsageError) as caught:
            load_mapping(toml)
        assert "parent_image" in caught.value.remedy
    with pytest.raises(UsageError):
        load_mapping(tmp_path / "missing.toml")
