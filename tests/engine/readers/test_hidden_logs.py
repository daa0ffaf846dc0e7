"""Logs behind what an attacker may write first: huge records, blanks, comments."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pytest

from engine.domain.records import ProcessEvent
from engine.errors import InputError
from engine.readers.containers import preamble
from engine.readers.containers.member import Member
from engine.readers.containers.walk import expand
from engine.readers.contract import HEAD_BYTES, ReadOptions
from engine.readers.detect import Detected, NoLog, choose, detect
from engine.readers.records.json_reader import READER

EVENT = {
    "EventID": 1,
    "SourceName": "Microsoft-Windows-Sysmon",
    "Hostname": "h",
    "Image": "C:\\a.exe",
    "ProcessId": "5",
    "UtcTime": "2024-01-01 00:00:00.000",
    "ParentImage": "C:\\b.exe",
    "ProcessGuid": "{x}",
    "ParentProcessId": "4",
}
LINE = json.dumps(EVENT).encode() + b"\n"
LARGE = json.dumps({"pad": "x" * 200_000} | EVENT).encode()
PRETTY = json.dumps([{"pad": ["x"] * 60_000}, EVENT], indent=1).encode()


def member(folder: Path, data: bytes) -> Member:
    (folder / "log").write_bytes(data)
    (found,) = expand([folder / "log"])
    assert not isinstance(found, InputError)
    return found


HIDDEN = {
    "large first record": LARGE + b"\n" + LINE,
    "large first record of an array": b"[" + LARGE + b"," + LINE + b"]",
    "small, then large": b'{"a":1}\n' + LARGE,
    "pretty": PRETTY,
    "blanks in the object": b"{" + b" " * 300_000 + LINE[1:],
    "blanks": b" \n" * 150_000 + LINE,
    "nuls": bytes(300_000) + LINE,
    "comments": b"# nothing {\n" * 30_000 + LINE,
    "one comment": b"#" + b"x" * 300_000 + b"\n" + LINE,
    "few comments": b"# exported\n\n" + LINE,
    "mark and blanks": b"\xef\xbb\xbf" + b"\n" * 300_000 + LINE,
    "a large cell in the first row of a table that is known by more cells": (
        b"Dvc,TimeGenerated,EventType,EventStartTime,TargetProcessName,TargetProcessId,TargetProcessCommandLine,TargetUsername,"
        b"ActingProcessName,ActingProcessId\n"
        + b"h,2024-05-02T10:00:08Z,ProcessCreated,2024-05-02T10:00:07.123Z,C:\\b.exe,2000,b.exe -x,"
        + b"x" * 100_000
        + b",,\n"
        + b"h,2024-05-02T10:00:08Z,ProcessCreated,2024-05-02T10:00:07.123Z,C:\\a.exe,2001,a.exe -x,LAB\\mira,C:\\c.exe,5210\n" * 9
    ),
    "a list, then a large cell": (
        b"process_id,parent_id,process_path,process_command_line,tags\n"
        + b'1,2,"[""C:\\a.exe"", ""bash""]",'
        + b"x" * 100_000
        + b",\n"
        + b"3,4,C:\\b.exe,b.exe -x,\n" * 20
        + b"5,6,C:\\a.exe,a.exe -x,\n"
    ),
    "utf-16": (" " * 300_000 + LINE.decode()).encode("utf-16"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_log_is_not_hidden_by_what_comes_first(tmp_path: Path, name: str) -> None:
    found = member(tmp_path, HIDDEN[name])
    detected = detect(found)
    assert isinstance(detected, Detected)
    with found.open() as stream:
        items = list(detected.reader.read(stream, ReadOptions()))
    kept = [item for item in items if isinstance(item, ProcessEvent)]
    assert kept
    assert kept[-1].image == "C:\\a.exe"


@pytest.mark.parametrize(
    "text",
    [b"[2024-01-01] started\n" * 10_000, b"[INFO] {x}\n" * 10_000, b"{\\rtf1 text}\n" * 10_000, b"# notes\n" * 50_000],
)
def test_large_files_that_only_start_with_a_bracket_are_no_json(tmp_path: Path, text: bytes) -> None:
    assert detect(member(tmp_path, text)) == NoLog()


def test_positions_count_the_lines_that_were_skipped() -> None:
    items = list(READER.read(io.BytesIO(b"\n# a\n#" + b"b" * 200_000 + b"\n" + LINE + LINE), ReadOptions()))
    assert [item.position for item in items if item is not None] == [4, 5]


def test_a_short_compressed_log_that_breaks_off_keeps_its_beginning(tmp_path: Path) -> None:
    found = member(tmp_path, gzip.compress(LINE * 20 + os.urandom(5_000))[:3_000])
    items = []
    with found.open() as stream, pytest.raises(InputError):
        items.extend(READER.read(stream, ReadOptions()))
    assert len(items) >= 20


def test_the_preamble_ends_where_content_begins() -> None:
    assert preamble.skip(io.BytesIO(b" \n#x\n\ty#\n")) == (b"y#\n", 2)
    assert preamble.skip(io.BytesIO(b"#" * HEAD_BYTES)) == (b"", 0)
    assert preamble.without(b" #x\n y") == b"y"
    assert preamble.without(b"#x") == b""


def test_a_stray_tag_before_json_that_holds_xml_makes_no_xml_of_it() -> None:
    event = "<Event><System><Provider Name='Linux-Sysmon'/><EventID>1</EventID></System></Event>"
    rows = "\n".join(json.dumps({"Computer": f"web{number}", "SyslogMessage": event}, indent=2) for number in range(5))
    found = choose(f"<Event>\n{rows}\n".encode(), "log")
    assert found is not None
    assert found.reader.name == "json"


@pytest.mark.parametrize("fields", [1, 3, 5, 40])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("filler", ["x", "many words "], ids=["word", "words"])
def test_a_first_record_that_fills_the_head_makes_no_xml_of_json_that_holds_it(
    tmp_path: Path, fields: int, indent: int | None, filler: str
) -> None:
    event = "<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID></System></Event>"
    other = {f"field{number}": number for number in range(fields)}
    rows = [{"_raw": f"fwd evt: {event}", **other, "index": filler * (HEAD_BYTES if not number else 1)} for number in range(5)]
    path = tmp_path / "log.json"
    path.write_text("\n".join(json.dumps(row, indent=indent) for row in rows))
    (member,) = expand([path], set())
    found = detect(member)
    assert isinstance(found, Detected)
    assert found.reader.name == "json"
