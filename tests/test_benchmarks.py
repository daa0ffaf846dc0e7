"""The measurements that are run by hand: they import what there is."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import Run
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.positions import QueueSource
from store.where.meaning import read
from store.workspace import open_workspace
from tests import postgres
from tests.benchmarks import big_queue, events, ingest_stages, judging_at_once, performance

FOLDER = Path(__file__).parent / "benchmarks"


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.py")))
def test_a_benchmark_can_be_started(name: str) -> None:
    module = importlib.import_module(f"tests.benchmarks.{name}")
    assert module.__doc__


@pytest.mark.parametrize("kind", ["sim", "var"])
def test_made_up_events_are_the_same_with_any_number_of_workers(kind: str, tmp_path: Path) -> None:
    made = [events.main([kind, "700", "--out", str(tmp_path / workers), "--workers", workers]) for workers in ("1", "2")]
    assert made[0].read_bytes() == made[1].read_bytes()
    assert len(made[0].read_bytes().splitlines()) == 700


def test_various_events_have_the_papers_share_of_paths_and_hardly_a_chain_twice(tmp_path: Path) -> None:
    log = events.main(["var", "20000", "--out", str(tmp_path)])
    workspace = open_workspace(tmp_path / "workspace")
    report = ingest(IngestRequest([log], "c"), workspace.ingest, Run())
    (case,) = workspace.cases.list()
    workspace.close()
    assert report.kept == 20_000
    programs = {json.loads(line)["Image"] for line in log.read_bytes().splitlines()}
    assert len(programs) == pytest.approx(20_000 * 745_379 / 22_000_000, rel=0.1)
    assert case.chains > 10_000


def test_the_page_of_performance_is_made_of_the_figures_that_are_kept() -> None:
    assert performance.PAGE.read_text(encoding="utf-8") == performance.page(
        json.loads(performance.KEPT.read_text(encoding="utf-8"))
    )


def test_the_made_up_queue_answers_the_filter_that_is_timed(tmp_path: Path) -> None:
    """Without a line to show the benchmark would wait for its first paint for ever."""
    workspace = big_queue.build(tmp_path, 3_000, labelled=10)
    wanted = QueueFilter(where=read("tool1777.exe"))
    for kind in (QueueSource, FindingSource):
        source = kind(workspace, workspace.learnt, big_queue.CASE, wanted)
        source.load()
        assert 0 < source.count() < 10
    workspace.close()


def test_stages_are_timed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Names that are timed are replaced where they are looked up: a stage without a figure is one that was renamed."""
    result = ingest_stages.measured("var", 1_000)
    cells = {row[0]: row for row in performance.stage_rows(result)}
    assert list(cells) == [*performance.STAGES, "**ingest**"]
    assert all(result["stages"][name] > 0 for name in ("append", "load_host", "link", "chains", "write_lineage"))
    ingest_stages.show(result)
    assert "var, 1,000 events" in capsys.readouterr().out
    shared = ingest_stages.measured("var", 1_000, workers=2)
    assert shared["elsewhere"] > 0 == result["elsewhere"]
    assert not {"load_host", "link", "chains"} & shared["stages"].keys()


@pytest.mark.skipif(bool(postgres.why_not()), reason=postgres.why_not())
def test_two_who_judge_at_once_lose_nothing() -> None:
    found = judging_at_once.measure(2, 1.0, 0.1)
    assert found["verdicts"] > 1
    assert (found["lost"], found["doubled"], found["faults of the audit"]) == (0, 0, 0)
