"""Paths of the paper's variety: proportions, ground truth, and that they are what a reader would have folded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.knowledge.locations import location_class, zone
from engine.paths import fold, tokens
from engine.simulator.seeds import stream
from tests.variety.paths import HAND, NAME, PAPER_PATHS, PAPER_WORDS, SimPath, paper_paths
from tests.variety.words import MAKERS, Word


@pytest.fixture(scope="module")
def paths() -> list[SimPath]:
    return list(paper_paths(0.01, seed=3))


def test_size_scales_the_number_of_paths(paths: list[SimPath]) -> None:
    assert len(paths) == round(PAPER_PATHS * 0.01) == len({one.path for one in paths})


def test_words_per_path_are_about_the_papers(paths: list[SimPath]) -> None:
    words = {word for one in paths for word in tokens(one.path)}
    assert len(words) / len(paths) == pytest.approx(PAPER_WORDS / PAPER_PATHS, rel=0.2)


def test_every_word_has_the_pattern_that_made_it(paths: list[SimPath]) -> None:
    kinds = Counter(pattern for one in paths for pattern in one.patterns)
    assert len(kinds) > 100
    assert kinds[NAME] > kinds[HAND] > 0
    for one in paths[::7]:
        assert len(tokens(one.path)) == len(one.patterns)


def test_paths_are_folded_already(paths: list[SimPath]) -> None:
    assert all(fold(one.path) == one.path for one in paths[::3])


def test_zones_are_those_of_the_tables(paths: list[SimPath]) -> None:
    assert {one.zone for one in paths} == {"SYSTEM", "PROGRAM_FILES", "USER_WRITABLE", "TEMP", "RECYCLE", "UNC", "REMOVABLE"}
    assert all(zone(location_class(one.path)).name == one.zone for one in paths)


def test_the_seed_decides() -> None:
    first, again, other = (list(paper_paths(0.001, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_both_systems_and_several_hosts(paths: list[SimPath]) -> None:
    posix = sum(one.path.startswith("/") for one in paths) / len(paths)
    assert 0.1 < posix < 0.6
    assert len({host for one in paths for host in one.hosts}) > 10


@pytest.mark.parametrize("slot", sorted(MAKERS))
def test_slots_vary(slot: str) -> None:
    word = Word(f"x-{{{slot}:3}}" if slot not in {"date", "time"} else f"x-{{{slot}:1}}")
    rng = stream(1, slot)
    assert word.varies
    assert len({word.make(rng) for _ in range(50)}) > 5


def test_records_go_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the command writes is ingested, and the rules' store finds every path of it."""
    from engine.jobs.ingest.request import IngestRequest
    from engine.jobs.ingest.run import ingest
    from engine.progress import Run
    from store.workspace import open_workspace
    from tests.variety.__main__ import main

    main(["--size", "0.0005", "--form", "ndjson"])
    (tmp_path / "paths.json").write_text(capsys.readouterr().out)
    workspace = open_workspace(tmp_path / "w")
    ingest(IngestRequest([tmp_path / "paths.json"], "paper"), workspace.ingest, Run())
    assert workspace.cases.show("paper").rejected == 0
    found = workspace.rules.load_paths(["paper"])
    workspace.close()
    expected = list(paper_paths(0.0005))
    assert set(found.paths) == {one.path for one in expected}
    main(["--size", "0.0005"])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == [one.path for one in expected]
