"""`oddkin processes`: every process that was read, with its parent, in each format; and spans of time in all listings."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.handover.csv_cells import unescape_cell
from engine.handover.rows import PROCESS_COLUMNS
from store.base import ids
from tui.command_line import app

SYSMON = {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon"}


def record(number: int, parent: int, *, host: str = "ws1", minute: int = 0, **more: Any) -> dict[str, Any]:
    return {
        **SYSMON, "Hostname": host, "UtcTime": f"2024-05-02 10:{minute:02}:{number % 60:02}.250", "ProcessId": str(number),
        "ProcessGuid": f"{{365ABB72-D0DB-5CC8-0000-{number:012}}}", "Image": f"C:\\\\t\\\\p{number}.exe".replace("\\\\", "\\"),
        "ParentProcessId": str(parent), "ParentProcessGuid": f"{{365ABB72-D0DB-5CC8-0000-{parent:012}}}",
        "ParentImage": f"C:\\t\\p{parent}.exe", "CommandLine": f"p{number}.exe /x", "User": "LAB\\ann", **more,
    }  # fmt: skip


RECORDS = [
    record(10, 4),
    record(11, 10, minute=1, CommandLine="=cmd|' /C calc'!A0 \x1b[2J", User="LAB\\bob"),
    record(12, 11, minute=2, Hashes="SHA1=89099B42DB2EAA984E8CB4BD7AF1D75CD47E7BBE,MD5=0D3C2DB1F8F4A2B7B5C0F6B9B5B4D3A1"),
    record(20, 10, host="ws2", minute=3),
]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "a.json").write_text("".join(json.dumps(one) + "\n" for one in RECORDS), encoding="utf-8")

    def invoke(*arguments: object) -> Result:
        words = ["--workspace", str(tmp_path / "work"), *map(str, arguments)]
        return CliRunner().invoke(app, words, catch_exceptions=False)

    assert invoke("ingest", tmp_path / "a.json").exit_code == 0
    return invoke


def rows(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_row_has_every_key_and_the_parent_that_was_found(run: Callable[..., Result]) -> None:
    listed = rows(run("processes", "--format", "jsonl"))
    assert [tuple(row) for row in listed] == [PROCESS_COLUMNS] * 4
    assert [(row["host"], row["pid"]) for row in listed] == [("ws1", 10), ("ws1", 11), ("ws1", 12), ("ws2", 20)]
    first, second, third, other = listed
    assert (first["parent_image"], first["parent_recorded"], first["parent_pid"]) == ("C:\\t\\p4.exe", False, 4)
    assert (second["parent_recorded"], second["parent_id"], second["link"]) == (True, first["process_id"], "guid")
    assert third["time"] == "2024-05-02T10:02:12.250000Z"
    assert other["parent_recorded"] is False
    assert other["cwd"] is None


def test_every_format_has_the_number_by_which_a_process_is_named(run: Callable[..., Result]) -> None:
    listed = rows(run("processes", "--format", "jsonl"))
    numbers = [row["process"] for row in listed]
    assert [ids.parse_short(number) for number in numbers] == [row["process_id"] for row in listed]
    table = csv.DictReader(io.StringIO(run("processes", "--format", "csv").stdout, newline=""))
    assert [row["process"] for row in table] == numbers
    assert [row["oddkin"]["process"] for row in rows(run("processes", "--format", "ecs"))] == numbers
    drawn = run("tree").stdout
    assert all(f"p{row['pid']}.exe {row['process']} [{row['pid']}]" in drawn for row in listed)


def test_command_lines_of_one_shape_are_one_variant(run: Callable[..., Result], tmp_path: Path) -> None:
    more = [
        record(30, 4, CommandLine="p.exe /n 17"),
        record(31, 4, CommandLine="p.exe /n 99"),
        record(32, 4, CommandLine="p.exe /q"),
    ]
    (tmp_path / "b.json").write_text("".join(json.dumps(one) + "\n" for one in more), encoding="utf-8")
    assert run("ingest", tmp_path / "b.json", "--case", "shapes").exit_code == 0
    one, same, other = (row["variant"] for row in rows(run("processes", "--case", "shapes", "--format", "jsonl")))
    assert one == same != other
    assert len(bytes.fromhex(one)) == 8


def test_csv_has_the_same_rows_and_no_cell_that_a_spreadsheet_runs(run: Callable[..., Result]) -> None:
    done = run("processes", "--format", "csv")
    table = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert tuple(table[0]) == PROCESS_COLUMNS
    assert table[1]["command_line"].startswith("'=cmd")
    assert "\x1b" not in done.stdout
    assert unescape_cell(table[1]["command_line"]) == RECORDS[1]["CommandLine"]
    assert [row["pid"] for row in table] == ["10", "11", "12", "20"]


def test_ecs_documents_are_read_back_as_the_same_processes(run: Callable[..., Result], tmp_path: Path) -> None:
    documents = rows(run("processes", "--format", "ecs"))
    assert documents[2]["process"]["hash"] == {
        "sha1": "89099b42db2eaa984e8cb4bd7af1d75cd47e7bbe",
        "md5": "0d3c2db1f8f4a2b7b5c0f6b9b5b4d3a1",
    }
    assert documents[0]["user"] == {"name": "ann", "domain": "LAB"}
    (tmp_path / "ecs.json").write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    assert run("ingest", tmp_path / "ecs.json", "--case", "again").exit_code == 0
    kept = ("image", "pid", "ppid", "time", "host", "user", "parent_image", "parent_recorded", "command_line", "guid", "link")
    before, after = (rows(run("processes", "--case", case, "--format", "jsonl")) for case in ("default", "again"))
    assert [{key: row[key] for key in kept} for row in after] == [{key: row[key] for key in kept} for row in before]


def test_a_table_shows_nothing_that_acts(run: Callable[..., Result]) -> None:
    done = run("processes")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert "\x1b" not in done.stdout
    first, *_ = rows(run("processes", "--format", "jsonl"))
    assert lines[0].split() == ["time", "(UTC)", "host", "process", "pid", "ppid", "user", "parent", "image"]
    assert lines[1].split()[:6] == ["2024-05-02", "10:00:10.250", "ws1", first["process"], "10", "4"]
    assert "?p4.exe" in lines[1]
    assert "4 processes" in done.stderr


@pytest.mark.parametrize(
    ("words", "pids"),
    [
        (("p12.exe",), [12]),
        (("user:bob",), [11]),
        (("--host", "ws2"), [20]),
        (("--from", "2024-05-02T10:01", "--to", "2024-05-02T10:02:12.250"), [11, 12]),
        (("--to", "2024-05-01"), []),
        (("--limit", "2"), [10, 11]),
        (("pid:12", "--from", "2024-05-03"), []),
    ],
)
def test_filters(run: Callable[..., Result], words: tuple[str, ...], pids: list[int]) -> None:
    assert [row["pid"] for row in rows(run("processes", *words, "--format", "jsonl"))] == pids


def test_a_span_that_is_none_is_a_usage_error(run: Callable[..., Result]) -> None:
    assert run("processes", "--from", "soon").exit_code == 2
    backwards = run("processes", "--from", "2024-05-03", "--to", "2024-05-02")
    assert backwards.exit_code == 2
    assert "is after" in backwards.stderr


def test_the_tree_of_a_span_has_its_processes_and_what_is_above_them(run: Callable[..., Result]) -> None:
    drawn = run("tree", "--host", "ws1", "--from", "2024-05-02T10:01", "--to", "2024-05-02T10:01:59").stdout
    assert "p11.exe" in drawn
    assert "p10.exe" in drawn
    assert "p12.exe" not in drawn
    assert run("tree", "--from", "2025-01-01").exit_code == 1


def test_ingest_of_a_span_says_what_it_left_out_and_reads_the_rest_when_asked(run: Callable[..., Result], tmp_path: Path) -> None:
    arguments = ("ingest", tmp_path / "a.json", "--case", "span")
    some = run(*arguments, "--from", "2024-05-02T10:01", "--to", "2024-05-02T10:02")
    assert some.exit_code == 0
    assert "1 process creation kept" in some.stderr
    (source,) = json.loads(run("cases", "show", "span", "--format", "json").stdout)["source_list"]
    assert (source["read"], source["kept"], source["other"]) == (4, 1, 3)
    assert "within 2024-05-02T10:01:00Z" in source["format"]
    assert [row["pid"] for row in rows(run("processes", "--case", "span", "--format", "jsonl"))] == [11]
    other = run(*arguments, "--from", "2024-05-02T10:02")
    assert "2 process creations kept" in other.stderr
    whole = run(*arguments)
    assert "4 process creations kept" in whole.stderr
    assert [row["pid"] for row in rows(run("processes", "--case", "span", "--format", "jsonl"))] == [10, 11, 12, 20]
    assert "1 source was here already" in run(*arguments, "--from", "2024-05-02T10:02").stderr
