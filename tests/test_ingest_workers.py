"""The same case with any number of processes: everything in the database, and everything that is said."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from engine.domain.spans import Within
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import CancelToken, Run, Step
from engine.readers.crew import hand
from engine.simulator import FleetPlan, simulate, write_logs
from store.workspace import open_workspace
from tests.engine.readers.evtx_maker import Chunk, evtx_file
from tests.kill.killing import dump
from tests.ndjson_log import simulate_events
from tui.command_line import app


def ingested(workspace: Path, logs: Path, workers: int, **asked: Any) -> tuple[dict[str, list[tuple[object, ...]]], IngestReport]:
    """All rows, and the report."""
    opened = open_workspace(workspace)
    try:
        report = ingest(IngestRequest([logs], "c", workers=workers, **asked), opened.ingest, Run())
    finally:
        opened.close()
    return dump(workspace), report


def assert_same(tmp_path: Path, logs: Path, **asked: Any) -> IngestReport:
    rows, report = ingested(tmp_path / "1", logs, 1, **asked)
    for workers in (2, 3):
        other_rows, other_report = ingested(tmp_path / str(workers), logs, workers, **asked)
        assert other_rows == rows
        assert asdict(other_report) == asdict(report)
    return report


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """JSON lines of several blocks with all that a line alone does not tell: what a process gives back, and what it counts."""
    log = tmp_path / "mixed.ndjson"
    simulate_events(2_400, log, seed=5)
    lines = log.read_bytes().splitlines()
    odd: list[bytes] = []
    for number in range(60):
        odd += [
            b"{broken",
            b"",
            b'[{"x": 1},',
            json.dumps({"EventID": 1, "foo": "bar", "x": {"y": number}}).encode(),
            json.dumps({"EventID": 3, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h"}).encode(),
            json.dumps(
                {"EventTime": "2026-03-02 10:00:00", "EventID": 4688, "Channel": "Security", "MachineName": "WALL",
                 "NewProcessId": "0x10",
                 "NewProcessName": f"C:\\a\\p{number}.exe", "ProcessId": "0x20"}
            ).encode(),
            json.dumps(
                {"EventTime": "not a time", "EventID": 4689, "Channel": "Security", "Hostname": "h", "ProcessName": "C:\\a.exe",
                 "ProcessId": "0x20", "Status": "0x0"}
            ).encode(),
            b'<13>Mar  2 10:00:00 web01 app: {"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Image":"C:\\\\b.exe",'
            b'"ProcessId":"7","UtcTime":"2026-03-02 10:00:00.000"}',
            json.dumps({"image": "\ud800.exe", "pid": 5, "host": "half"}).encode(),
        ]  # fmt: skip
    every = max(1, len(lines) // len(odd))
    with log.open("wb") as out:
        for number, line in enumerate(lines):
            out.write(line + b"\r\n")
            if number % every == 0 and odd:
                out.write(odd.pop() + b"\n")
        out.write(b"\n".join(odd))
    assert log.stat().st_size > 2 << 20
    return log


def test_json_lines_with_all_sorts_of_trouble(tmp_path: Path, mixed: Path) -> None:
    report = assert_same(tmp_path, mixed)
    (source,) = report.sources
    assert source.kept > 2_400
    assert source.rejected["bad-json"] > 50
    assert source.unknown > 50
    assert source.notes


def test_a_zone_a_host_and_a_span(tmp_path: Path, mixed: Path) -> None:
    span = Within(since_us=1_772_409_600_000_000, until_us=1_772_412_000_000_000)
    report = assert_same(tmp_path, mixed, zone=ZoneInfo("Europe/Berlin"), host="one", span=span)
    assert "outside-span" in {note.code for note in report.sources[0].notes}


def test_parts_of_audit_events_that_go_on_in_the_next_block(tmp_path: Path) -> None:
    log = tmp_path / "audit.ndjson"
    with log.open("w") as out:
        for number in range(3_000):
            stamp = f"msg=audit(1772409{number:03d}.{number % 1000:03d}:{number}):"
            for record in (
                f"type=SYSCALL {stamp} arch=c000003e syscall=59 success=yes exit=0 ppid={number} pid={number + 1} uid=0 "
                f'comm="p{number % 7}" exe="/usr/bin/p{number % 7}"',
                f'type=EXECVE {stamp} argc=2 a0="p" a1="{"x" * 300}"',
            ):
                out.write(json.dumps({"_raw": record, "sourcetype": "linux_audit", "host": "web"}) + "\n")
    report = assert_same(tmp_path, log)
    assert report.kept == 3_000


def test_objects_that_are_printed_over_lines_from_a_block_on(tmp_path: Path) -> None:
    log = tmp_path / "turning.ndjson"
    simulate_events(2_000, log, seed=2)
    lines = log.read_bytes().splitlines()
    with log.open("wb") as out:
        out.write(b"\n".join(lines[:1_200]) + b"\n")
        for line in lines[1_200:]:
            out.write(json.dumps(json.loads(line), indent=1).encode() + b"\n")
    assert assert_same(tmp_path, log).kept == 2_000


def test_dates_whose_order_only_the_whole_tells(tmp_path: Path) -> None:
    log = tmp_path / "dates.ndjson"
    with log.open("w") as out:
        for number in range(5_000):
            day = f"{number % 12 + 1}/{2 if number < 4_900 else 28}/2026 10:00:{number % 60:02d} AM"
            out.write(
                json.dumps(
                    {"TimeCreated": day, "EventID": 4688, "Channel": "Security", "Hostname": "h", "NewProcessId": hex(number + 9),
                     "NewProcessName": f"C:\\a\\p{number % 9}.exe", "ProcessId": "0x4", "CommandLine": "x" * 300}
                ) + "\n"
            )  # fmt: skip
    report = assert_same(tmp_path, log)
    assert [note.code for note in report.sources[0].notes] == ["day-order"]


def test_logs_of_every_format_with_damage(tmp_path: Path) -> None:
    written = write_logs(simulate(FleetPlan(hosts=12, days=1)), tmp_path / "logs", Run())
    report = assert_same(tmp_path, tmp_path / "logs")
    assert len(report.sources) >= len(written.files)
    assert report.unreadable


def test_chunks_of_an_event_log_with_damage(tmp_path: Path) -> None:
    chunks = []
    for number in range(40):
        chunk = Chunk()
        for record in range(1, 30):
            chunk.process(number * 100 + record)
        chunks.append(bytearray(chunk.finished()))
    chunks[3][30_000] ^= 0xFF  # told of as doubtful
    chunks[17][2_000:9_000] = bytes(7_000)
    chunks[18][:8] = b"NOCHUNK!"
    log = tmp_path / "large.evtx"
    log.write_bytes(evtx_file(*map(bytes, chunks))[:-20_000])
    report = assert_same(tmp_path, log)
    assert log.stat().st_size > 2 << 20
    assert report.kept > 1_000
    assert report.sources[0].rejected == {"untrusted-chunk": 2, "damaged-record": 1}


def test_a_process_that_dies_costs_its_source_says_so_and_the_next_run_goes_on(
    tmp_path: Path, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = ingested(tmp_path / "whole", mixed, 1)
    asked: list[int] = []
    ask = hand.Hand.ask

    def dying(self: hand.Hand, kind: bytes, number: int, data: bytes) -> None:
        if kind == hand.PART:
            asked.append(number)
            if len(asked) == 3:
                self._process.kill()
                self._process.wait()
        ask(self, kind, number, data)

    monkeypatch.setattr(hand.Hand, "ask", dying)
    _, report = ingested(tmp_path / "w", mixed, 2)
    (source,) = report.sources
    assert source.error.startswith("The process that read it ended (signal 9) in the part that begins at ")
    assert report.unreadable
    monkeypatch.undo()
    rows, report = ingested(tmp_path / "w", mixed, 2)
    assert not report.sources[0].error
    for table in ("process", "chain", "reject", "host", "host_span"):
        assert len(rows[table]) == len(whole[table])


def test_a_cancelled_ingest_leaves_no_process_and_goes_on(tmp_path: Path, mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = ingested(tmp_path / "whole", mixed, 1)
    started: list[hand.Hand] = []
    init = hand.Hand.__init__
    monkeypatch.setattr(hand.Hand, "__init__", lambda self: (started.append(self), init(self))[1])
    monkeypatch.setattr("engine.jobs.ingest.chunks.BATCH_ITEMS", 500)
    token = CancelToken()

    def stop(step: Step) -> None:
        if step.metrics.get("records", 0) >= 500:
            token.cancel()

    workspace = open_workspace(tmp_path / "w")
    with pytest.raises(Exception, match="Stopped on request"):
        ingest(IngestRequest([mixed], "c", workers=3), workspace.ingest, Run(stop, token))
    workspace.close()
    assert len(started) == 2
    assert all(one._process.returncode is not None for one in started)
    monkeypatch.undo()
    rows, report = ingested(tmp_path / "w", mixed, 2)
    assert report.sources[0].resumed >= 500
    for table in ("process", "chain", "reject", "host", "host_span"):
        assert len(rows[table]) == len(whole[table])


def test_the_option_takes_a_number_from_one_on(tmp_path: Path, mixed: Path) -> None:
    command = ["-w", str(tmp_path / "w"), "ingest", str(mixed), "--no-rank", "--workers"]
    assert CliRunner().invoke(app, [*command, "0"]).exit_code == 2
    told = CliRunner().invoke(app, [*command, "2"])
    assert told.exit_code == 3  # broken lines are in it
    assert "process creations kept" in told.stderr


def test_a_host_of_which_only_ends_are_known_is_linked_by_other_processes_too(tmp_path: Path) -> None:
    base = {"Channel": "Microsoft-Windows-Sysmon/Operational", "UtcTime": "2026-01-02 03:04:05.000"}
    ends = [{**base, "EventID": 5, "Computer": "only-ends", "ProcessId": pid, "Image": "C:\\x.exe"} for pid in (4, 5, 6)]
    start = {**base, "EventID": 1, "Computer": "other", "ProcessId": 9, "Image": "C:\\y.exe", "ParentProcessId": 1}
    log = tmp_path / "ends.ndjson"
    log.write_text("".join(f"{json.dumps(record)}\n" for record in [*ends, start]))
    assert assert_same(tmp_path, log).kept == 1
