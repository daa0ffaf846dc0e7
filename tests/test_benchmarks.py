"""The measurements that are run by hand: they import what there is."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import Run
from store.workspace import open_workspace
from tests.benchmarks import events

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
