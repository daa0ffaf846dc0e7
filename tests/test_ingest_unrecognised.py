"""What `oddkin ingest` says of input that nobody understands, that is empty, and of times without a zone."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.errors import UsageError
from engine.jobs.preview import look
from engine.progress import Run
from store.workspace import open_workspace
from tui.actions.zones import zone_named
from tui.command_line import app
from tui.words.case_story import member_note, verdict

STRANGE = '{"wann":"2024-05-02 12:00:00","programm":"C:\\\\a\\\\x.exe","nummer":632,"befehl":"C:\\\\a\\\\x.exe -a"}\n' * 3


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["-w", str(tmp_path / "work"), *map(str, arguments)], catch_exceptions=False)

    return invoke


def images(run: Callable[..., Result]) -> list[dict[str, object]]:
    out = run("processes", "--case", "default", "--format", "jsonl").stdout
    return [json.loads(line) for line in out.splitlines()]


def test_an_unrecognised_source_is_told_with_keys_and_a_mapping_that_reads_it(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "it's strange.json"
    log.write_text(STRANGE)
    done = run("ingest", log)
    assert done.exit_code == 3
    assert "not recognised: 3 records could be processes" in done.stderr
    assert "keys: wann, programm, nummer, befehl" in done.stderr
    assert "none is a process creation" not in done.stderr
    assert "1 source, 3 records read, 0 process creations kept" in done.stderr
    command = re.search(r"oddkin (ingest .*--map .*)", done.stderr)
    assert command is not None
    again = run(*shlex.split(command.group(1)))
    assert again.exit_code == 0
    assert {(one["image"], one["command_line"]) for one in images(run)} == {("C:\\a\\x.exe", "C:\\a\\x.exe -a")}


def test_an_unrecognised_source_is_told_again_when_it_is_read_again(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text(STRANGE)
    first, second = run("ingest", log), run("ingest", log)
    assert (first.exit_code, second.exit_code) == (3, 3)
    assert "not recognised: 3 records could be processes" in second.stderr
    assert "were here already" not in second.stderr


def test_a_hostile_key_neither_acts_on_the_terminal_nor_leaves_its_quotes(run: Callable[..., Result], tmp_path: Path) -> None:
    key = "a'; touch x; '\x1b[31m"
    log = tmp_path / "a.json"
    log.write_text(json.dumps({key: "C:\\a\\x.exe", "pid": 5}) * 2)
    done = run("ingest", log)
    assert done.exit_code == 3
    assert "\x1b" not in done.stderr
    command = re.search(r"--map (.*)", done.stderr)
    assert command is not None
    assert len(shlex.split(command.group(1))) == 1


def test_some_unknown_records_among_others_are_counted(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text('{"pid":5,"ppid":4,"exe":"/usr/bin/id"}\n' + '{"level":"info","msg":"hello"}\n' * 2)
    done = run("ingest", log)
    assert done.exit_code == 0
    assert "2 of no kind that oddkin knows (keys: level, msg) of 3" in done.stderr


def test_nothing_kept_is_never_silent(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Security.evtx").write_bytes(b"")
    (tmp_path / "in" / "mft.csv").write_text("EntryNumber,ParentEntryNumber,ParentPath,FileName\n1,2,.\\a,b.exe\n")
    (tmp_path / "in" / "one.json").write_text('{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"h"}\n')
    done = run("ingest", tmp_path / "in")
    assert done.exit_code == 0
    assert re.search(r"Security\.evtx: empty", done.stderr)
    assert re.search(r"no process log: .*mft\.csv: a table of files \(MFTECmd\)", done.stderr)
    assert re.search(r"one\.json: 1 records?, none is a process creation", done.stderr)
    assert "1 file is no process log, 1 file is empty" in done.stderr
    seen = look([tmp_path / "in" / "mft.csv"], Run())
    assert verdict(seen) == ("No process log: a table of files (MFTECmd).", False)


def test_the_preview_says_that_nothing_is_understood(tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text(STRANGE)
    seen = look([log], Run())
    assert verdict(seen) == ("Not recognised: 1 file.", False)
    assert member_note(seen.members[0]) == "not recognised, 3 of the first 3 records: wann, programm, nummer, befehl"


TABLE = "time,host,image,pid,ppid\n2024-07-02 12:00:00,ws1,C:\\a\\x.exe,632,400\n"


def test_a_time_without_a_zone_is_told_and_a_zone_sets_it(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text(TABLE)
    done = run("ingest", log)
    assert "1 times have no zone and are taken as UTC" in done.stderr
    assert [one["time"] for one in images(run)] == ["2024-07-02T12:00:00.000000Z"]
    other = tmp_path / "b.csv"
    other.write_text(TABLE.replace("x.exe", "y.exe"))
    done = run("ingest", other, "--timezone", "europe/berlin")
    assert "no zone" not in done.stderr
    assert sorted(str(one["time"]) for one in images(run)) == [
        "2024-07-02T10:00:00.000000Z",
        "2024-07-02T12:00:00.000000Z",
    ]


def test_one_order_of_day_and_month_for_a_file_is_said(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    rows = "".join(f"{day:02}/05/2024 12:00:00,ws1,C:\\a\\x{day}.exe,{day},400\n" for day in (11, 12, 13))
    log.write_text("time,host,image,pid,ppid\n" + rows)
    done = run("ingest", log)
    assert "read as day/month: the first number is above 12 in 1 of them" in done.stderr
    assert [str(one["time"])[:10] for one in images(run)] == ["2024-05-11", "2024-05-12", "2024-05-13"]


def test_zones_by_name_and_offset() -> None:
    assert str(zone_named("america/new york")) == "America/New_York"
    assert str(zone_named("+02:00")) == str(zone_named("UTC+2")) == "UTC+02:00"
    for name, near in (("Berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin"), ("+99:00", "tz database")):
        with pytest.raises(UsageError) as caught:
            zone_named(name)
        assert near in caught.value.remedy


def test_an_unknown_zone_is_a_usage_error(run: Callable[..., Result], tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text(TABLE)
    assert run("ingest", log, "--timezone", "Nowhere").exit_code == 2
    workspace = open_workspace(tmp_path / "work")
    assert not workspace.cases.list()
    workspace.close()
