"""`oddkin fleet`: what one machine finds, on two workers, one of which dies; what is left out is said, nothing is half kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.errors import Cancelled, UsageError
from engine.fleet.part import LinkedPart
from engine.jobs.fleet.engines import InThisProcess
from engine.jobs.fleet.read import ReadFiles, ReadTask
from engine.jobs.ingest.request import IngestRequest
from engine.progress import CancelToken, Check, Run
from store.doctor.examine import examine
from store.workspace import Workspace, open_workspace
from tests.tui.fleet_samples import CASE, assert_same, by_fleet, one_machine, rows, write_estate
from tui.actions.ingest import ingest
from tui.command_line import app

EXTRA = "oddkin's extra `fleet` is not installed: pip install 'oddkin[fleet]'"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_estate(tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, logs: Path) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path_factory.mktemp("one"))
    one_machine(workspace, [logs])
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, logs: Path) -> Iterator[Workspace]:
    """Everything is kept."""
    workspace = open_workspace(tmp_path_factory.mktemp("fleet"))
    by_fleet(workspace, [logs], lambda _size: InThisProcess(3), 10**9)
    yield workspace
    workspace.close()


def test_all_findings_are_those_of_one_machine(one: Workspace, fleet: Workspace) -> None:
    every = rows(one, "SELECT count(*) FROM finding")[0][0]
    assert every > 100
    assert_same(one, fleet, every)
    assert rows(fleet, "SELECT how, evidence FROM related ORDER BY 1, 2") == rows(
        one, "SELECT how, evidence FROM related ORDER BY 1, 2"
    )
    assert examine(fleet) == ()


def dying(engine: Any) -> Any:
    """An engine of which a worker is killed while files are read, and another one while parts are linked."""

    def kill() -> None:
        os.kill(next(iter(engine.client.run(os.getpid).values())), signal.SIGKILL)

    class Dying:
        parts, pick, close = engine.parts, engine.pick, engine.close

        def read(self, tasks: Sequence[ReadTask], check: Check) -> Iterator[ReadFiles]:
            for place, told in enumerate(engine.read(tasks, check)):
                if place == 0:
                    kill()
                yield told

        def link(self, ranks: Mapping[int, int], check: Check) -> Iterator[tuple[int, LinkedPart]]:
            for place, part in enumerate(engine.link(ranks, check)):
                if place == 0:
                    kill()
                yield part

    return Dying()


def test_two_workers_of_which_one_dies_find_the_same(
    tmp_path: Path, one: Workspace, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason=EXTRA)
    pytest.importorskip("pandas", reason=EXTRA)
    from engine.jobs.fleet.on_dask import OnDask

    monkeypatch.setattr("engine.jobs.fleet.files.TOGETHER", 300_000)
    workspace = open_workspace(tmp_path)
    report = by_fleet(workspace, [logs], lambda _size: dying(OnDask.local(2, 4)), 5)
    assert report.tasks > 2
    assert report.chosen is not None
    assert 5 <= report.chosen.findings < report.chosen.every
    assert_same(one, workspace, report.chosen.findings)
    assert examine(workspace) == ()
    workspace.close()


def test_findings_are_kept_whole_and_not_beyond_the_bound(tmp_path: Path, logs: Path) -> None:
    workspace = open_workspace(tmp_path)
    report = by_fleet(workspace, [logs / "lake"], lambda _size: InThisProcess(1), 10**9, most=50)
    assert report.chosen is not None
    assert 0 < len(report.chosen.processes) <= 50
    covered = rows(workspace, "SELECT count(*) FROM covered")[0][0]
    assert covered == len(report.chosen.processes)
    assert examine(workspace) == ()
    workspace.close()


@pytest.mark.parametrize("stage", ["read", "link", "pick", "keep"])
def test_whoever_stops_leaves_the_workspace_as_it_was(
    tmp_path: Path, logs: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.jobs.fleet.run import FleetRequest
    from engine.jobs.fleet.run import fleet as job
    from engine.jobs.score import load_detector

    workspace, token = open_workspace(tmp_path), CancelToken()
    model = workspace.vault.ready()
    before = rows(workspace, "SELECT count(*) FROM audit")

    def watch(step: Any) -> None:
        if step.stage == stage and not step.last:
            token.cancel()

    lake = logs / "lake"
    with pytest.raises(Cancelled):
        job(
            FleetRequest([str(lake)], IngestRequest((), CASE), 5), lambda _size: InThisProcess(2), workspace.fleet,
            load_detector(workspace.vault, model), model, Run(watch, token),
        )  # fmt: skip
    assert workspace.cases.names() == ()
    assert rows(workspace, "SELECT count(*) FROM source") == [(0,)]
    assert rows(workspace, "SELECT count(*) FROM audit") == before
    assert examine(workspace) == ()
    workspace.close()


def test_a_case_of_an_estate_is_not_added_to_trained_on_or_ranked_anew(fleet: Workspace, logs: Path) -> None:
    from engine.detector import DetectorParams
    from engine.jobs.score import score
    from tui.actions.train_and_score import TrainingOrder, one_bar, train_and_score

    with pytest.raises(UsageError, match="findings of an estate"):
        ingest(fleet, IngestRequest([logs / "lake" / "a.json"], CASE), Run())
    with pytest.raises(UsageError, match="findings of an estate"):
        train_and_score(fleet, TrainingOrder([CASE], DetectorParams()), one_bar(Run()), use=True)
    with pytest.raises(UsageError, match="findings of an estate"):
        score(CASE, fleet.vault.ready(), fleet.chains, fleet.vault, Run())
    with pytest.raises(UsageError, match="already"):
        fleet.fleet.refuse_known(CASE)
    assert examine(fleet) == ()


def oddkin(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "w"), *map(str, words)])


def test_what_is_left_out_is_said_and_ends_with_3(tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.actions.fleet.fleet.engine_of", lambda _order, _size: InThisProcess(2))
    done = oddkin(tmp_path, "fleet", logs / "lake", tmp_path / "lost", "--case", "lake")
    assert (done.exit_code, "There is no" in done.output) == (2, True)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    done = oddkin(tmp_path, "fleet", logs / "lake", tmp_path / "link", "--case", "lake", "--findings", 3)
    assert done.exit_code == 3
    said = " ".join(done.output.split())
    told = (
        "cut.json.gz: kept", "damaged gz data", "a.json: kept", "1 bad-json", "empty.json", "not a log:", "link: no such file",
        "1 source was here already", "Left out:", "findings further down", "--findings N", "Next: oddkin rank --case lake",
    )  # fmt: skip
    for words in told:
        assert words in said, words
    assert "oddkin train" not in said
    queue = oddkin(tmp_path, "rank", "--case", "lake")
    assert queue.exit_code == 0
    assert "F1" in queue.output
    assert oddkin(tmp_path, "label", "F1", "malicious", "--case", "lake").exit_code == 0
    assert oddkin(tmp_path, "doctor").exit_code == 0
    again = oddkin(tmp_path, "fleet", logs / "lake", "--case", "lake")
    assert (again.exit_code, "There is a case 'lake' already" in again.output) == (2, True)


def test_without_a_process_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.actions.fleet.fleet.engine_of", lambda _order, _size: InThisProcess(2))
    (tmp_path / "empty.json").write_bytes(b"")
    done = oddkin(tmp_path, "fleet", tmp_path / "empty.json", "--case", "x")
    assert done.exit_code == 0
    assert "Nothing was ranked and no case was made" in done.output
    assert "x" not in oddkin(tmp_path, "cases", "list").output.split()


def test_options_that_contradict_are_refused(tmp_path: Path, logs: Path) -> None:
    done = oddkin(tmp_path, "fleet", logs, "--workers", 2, "--scheduler", "tcp://127.0.0.1:1")
    assert (done.exit_code, "--workers would have no effect with --scheduler" in done.output) == (2, True)


@pytest.mark.slow
def test_the_recordings_on_two_workers_are_those_of_one_machine(tmp_path: Path, recordings: Path) -> None:
    """As it is typed: the recordings that are JSON, in their archives."""
    pytest.importorskip("distributed", reason=EXTRA)
    here = open_workspace(tmp_path / "one")
    one_machine(here, [recordings])
    words = ["-w", str(tmp_path / "fleet"), "fleet", str(recordings), "--case", CASE, "--workers", "2", "--findings", "300"]
    done = subprocess.run([sys.executable, "-m", "tui.cli", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    there = open_workspace(tmp_path / "fleet")
    assert_same(here, there, rows(there, "SELECT count(*) FROM finding")[0][0])
    assert examine(there) == ()
    here.close()
    there.close()
