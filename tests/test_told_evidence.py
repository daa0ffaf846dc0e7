"""What readers say beside processes goes the whole way: over `ingest` to links, `cases show` and the Case screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from typer.testing import CliRunner, Result

from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Unknown
from engine.jobs.ingest import run as ingest_run
from engine.readers.contract import ReadOptions
from engine.readers.detect import Detected
from tests.tui.conftest import opened
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.command_line import app
from tui.screens.case.case_overview import CaseOverview
from tui.screens.case.rejects_dialog import RejectsDialog

START = 1_714_644_000_000_000
HOUR = 3_600_000_000
HOSTILE = "cleared by \x1b[31meve\u202e[b]"


def process(pid: int, ppid: int | None, at: int, **more: Any) -> ProcessEvent:
    plain = {"kind": "security4688", "os": "windows", "host": "ws-1", "image": f"C:\\p{pid}.exe", "position": pid}
    return ProcessEvent(**(plain | {"pid": pid, "ppid": ppid, "time_us": START + at} | more))


ITEMS: list[ReaderItem] = [
    process(1280, 4, 0, record_id="1000"),
    ProcessEnd(position=2, host="ws-1", pid=1280, time_us=START + 30_000_000),
    HostFact(position=3, code="log-cleared", text=HOSTILE, host="ws-1", time_us=START),
    *(HostFact(position=n, code="clock-set", text=f"set {n}", host="ws-1", time_us=START + n) for n in range(4, 9)),
    process(2000, 1280, 4 * HOUR, record_id="5000"),
    Unknown(position=10, keys=("a", "b")),
    None,
    Note(code="local-time", text="Times have no zone.", count=2),
]


class Told:
    """A reader that yields what it was given."""

    name = "told"

    def __init__(self, items: Iterable[ReaderItem]) -> None:
        self._items = list(items)

    def sniff(self, head: bytes) -> float:
        return 1.0 if head else 0.0

    def read(self, stream: BinaryIO, options: ReadOptions) -> Iterator[ReaderItem]:
        stream.read()
        yield from self._items


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(ingest_run, "detect", lambda *_: Detected(Told(ITEMS), 1.0))

    def invoke(*arguments: object) -> Result:
        words = ["--workspace", str(tmp_path / "w"), *map(str, arguments)]
        return CliRunner().invoke(app, words, catch_exceptions=False, env={"COLUMNS": "400"})

    (tmp_path / "log").write_bytes(b"x")
    return invoke


def test_an_end_that_a_reader_yields_closes_its_pid(run: Callable[..., Result], tmp_path: Path) -> None:
    run("ingest", tmp_path / "log")
    rows = [json.loads(line) for line in run("processes", "--format", "jsonl").stdout.splitlines()]
    assert {row["pid"]: (row["parent_recorded"], row["host"]) for row in rows} == {1280: (False, "ws-1"), 2000: (False, "ws-1")}


def test_the_host_that_was_named_is_that_of_ends_and_facts_too(run: Callable[..., Result], tmp_path: Path) -> None:
    run("ingest", tmp_path / "log", "--host", "given")
    rows = [json.loads(line) for line in run("processes", "--format", "jsonl").stdout.splitlines()]
    assert {row["pid"]: (row["parent_recorded"], row["host"]) for row in rows} == {1280: (False, "given"), 2000: (False, "given")}
    assert {fact["host"] for fact in json.loads(run("cases", "show", "--format", "json").stdout)["fact_list"]} == {"given"}


def test_cases_show_tells_what_the_logs_say_of_themselves(run: Callable[..., Result], tmp_path: Path) -> None:
    run("ingest", tmp_path / "log")
    shown = run("cases", "show").stdout
    path = tmp_path / "log"
    assert "ws-1: log cleared 2024-05-02T10:00:00Z: cleared by \\e[31meve\\u202e[b]" in shown
    assert shown.count("ws-1: clock set") == 3
    assert "set 6 (5 times in all)" in shown
    assert (
        f"ws-1, {path}: at least 3,990 records of the Security log missing: the numbers of the kept ones go from 1,000 to 5,000,"
        " and 11 records were read (a filtered export, or removed)"
    ) in shown
    assert f"{path}: 1 of 11 records not understood" in shown
    assert f"{path}: Times have no zone. (2 records)" in shown
    span = "2 security4688 records from 2024-05-02T10:00:00Z to 2024-05-02T14:00:00Z, numbers 1,000 to 5,000"
    assert f"ws-1, {path}: {span}\n" in shown
    assert "\x1b" not in shown


def test_and_so_does_the_json(run: Callable[..., Result], tmp_path: Path) -> None:
    run("ingest", tmp_path / "log")
    found = json.loads(run("cases", "show", "--format", "json").stdout)
    (source,) = found["source_list"]
    assert (source["read"], source["kept"], source["other"], source["rejected"], source["unknown"]) == (11, 2, 9, 0, 1)
    assert source["notes"] == [{"code": "local-time", "text": "Times have no zone.", "count": 2}]
    assert [found["fact_list"][0][key] for key in ("code", "text", "total")] == ["log-cleared", HOSTILE, 1]
    assert [(span["kind"], span["first_id"], span["last_id"]) for span in found["span_list"]] == [("security4688", 1000, 5000)]


def test_a_case_without_anything_to_heed_says_nothing(run: Callable[..., Result], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ingest_run, "detect", lambda *_: Detected(Told([process(1, None, 0, record_id="7")]), 1.0))
    run("ingest", tmp_path / "log")
    shown = run("cases", "show").stdout
    assert "missing" not in shown
    assert "ws-1:" not in shown


def test_names_of_one_host_and_of_several_are_said(run: Callable[..., Result], tmp_path: Path, monkeypatch: Any) -> None:
    names = iter(["ws-1", "ws-1.lab.example", "ws-1.corp.example"])
    wanted = iter(["ws-1.lab.example: has also the records of ws-1", "ws-1: may be ws-1.corp.example or ws-1.lab.example: "])
    for number in range(3):
        items = [process(number + 1, None, 0, host=next(names))]
        monkeypatch.setattr(ingest_run, "detect", lambda *_, items=items: Detected(Told(items), 1.0))
        (tmp_path / "log").write_bytes(b"x" * (number + 1))
        run("ingest", tmp_path / "log")
        if number:
            assert next(wanted) in run("cases", "show").stdout


async def test_the_case_screen_tells_it_too(run: Callable[..., Result], tmp_path: Path) -> None:
    run("ingest", tmp_path / "log")
    services = opened(tmp_path / "w", "default")
    shown = OddkinApp(services)
    async with shown.run_test(size=(200, 50)) as pilot:
        overview = shown.screen.query_one(CaseOverview)
        await wait_for(lambda: "Heed" in str(overview.content), "the case is loaded", pilot)
        assert (
            "clock set 5 times · log cleared once · records missing from 1 source · 1 record not understood · 1 note on sources"
            " · R tells more"
        ) in str(overview.content)
        await pilot.press("R")
        await wait_for(lambda: isinstance(shown.screen, RejectsDialog), "the report is open", pilot)
        told = str(shown.screen.query_one(".troubles").content)  # type: ignore[attr-defined]
        assert "cleared by \\e[31meve\\u202e[b]" in told
    services.workspace.close()
