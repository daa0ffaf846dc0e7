"""kill -9 in ingest and in train, at ten moments each: nothing is half there, a resumed run equals an uninterrupted one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.kill.killing import dump, run
from tests.ndjson_log import simulate_events

RULES = ("rule", "rule_set", "rule_set_member")
"""Tables of normalisation rules, written in one transaction before the network is trained."""
MOMENTS = 10
EVENTS = 600

pytestmark = pytest.mark.slow


def moments(total: int) -> list[int]:
    """Ten ticks spread over a run, its first and last included."""
    return sorted({1 + round(number * (total - 1) / (MOMENTS - 1)) for number in range(MOMENTS)})


def unruled(tables: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """All but what is there of rules, in the second account too."""
    told = [row for row in tables["witness"] if row[0] not in {name.encode() for name in RULES}]
    return {name: rows for name, rows in tables.items() if name not in RULES} | {"witness": told}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    simulate_events(EVENTS, path, seed=3)
    with path.open("ab") as lines:
        lines.write(b"this is no json\n")
    return path


def test_a_killed_ingest_resumes_to_the_same_case(tmp_path: Path, log: Path) -> None:
    _code, total = run(tmp_path / "whole", 0, "ingest", str(log), "--case", "c", "--no-rank")
    whole = dump(tmp_path / "whole")
    assert len(whole["process"]) >= EVENTS
    at = moments(total)
    assert len(at) == MOMENTS
    for moment in at:
        workspace = tmp_path / f"killed-{moment}"
        code, _ticks = run(workspace, moment, "ingest", str(log), "--case", "c", "--no-rank")
        assert code == -9
        run(workspace, 0, "ingest", str(log), "--case", "c", "--no-rank")
        assert dump(workspace) == whole, f"killed at tick {moment} of {total}"


def test_a_killed_ingest_of_small_files_resumes_to_the_same_case(tmp_path: Path, log: Path) -> None:
    """They are stored some at a time: a bundle is there or is not, and what is read again is not there twice."""
    folder = tmp_path / "logs"
    folder.mkdir()
    lines = log.read_bytes().splitlines(keepends=True)
    for number in range(0, EVENTS, 15):
        (folder / f"{number:03d}.ndjson").write_bytes(b"".join(lines[number : number + 15]))
    _code, total = run(tmp_path / "whole", 0, "ingest", str(folder), "--case", "c", "--no-rank")
    whole = dump(tmp_path / "whole")
    assert len(whole["source"]) == len(list(folder.iterdir()))
    for moment in moments(total):
        workspace = tmp_path / f"killed-{moment}"
        code, _ticks = run(workspace, moment, "ingest", str(folder), "--case", "c", "--no-rank")
        assert code == -9
        run(workspace, 0, "ingest", str(folder), "--case", "c", "--no-rank")
        assert dump(workspace) == whole, f"killed at tick {moment} of {total}"


def test_a_killed_ingest_with_reading_processes_resumes_to_what_one_process_makes(tmp_path: Path, log: Path) -> None:
    """How often a process that waits asks whether to stop depends on the machine: late moments may lie behind the end."""
    run(tmp_path / "whole", 0, "ingest", str(log), "--case", "c", "--no-rank")
    whole = dump(tmp_path / "whole")
    _code, total = run(tmp_path / "two", 0, "ingest", str(log), "--case", "c", "--no-rank", "--workers", "2")
    assert dump(tmp_path / "two") == whole
    codes = []
    for moment in moments(total):
        workspace = tmp_path / f"killed-{moment}"
        codes.append(run(workspace, moment, "ingest", str(log), "--case", "c", "--no-rank", "--workers", "3")[0])
        run(workspace, 0, "ingest", str(log), "--case", "c", "--no-rank", "--workers", "2")
        assert dump(workspace) == whole, f"killed at tick {moment} of {total}"
    assert codes.count(-9) > MOMENTS / 2


def test_a_killed_training_leaves_no_half_model(tmp_path: Path, log: Path) -> None:
    workspace = tmp_path / "w"
    run(workspace, 0, "ingest", str(log), "--case", "c", "--no-rank")
    untouched = dump(workspace)
    shutil.copytree(workspace, tmp_path / "ingested")
    _code, total = run(workspace, 0, "train", "--case", "c", "--epochs", "1")
    trained = dump(workspace)
    assert len(trained["model"]) == 1
    for moment in moments(total):
        fresh = tmp_path / f"killed-{moment}"
        shutil.copytree(tmp_path / "ingested", fresh)
        code, _ticks = run(fresh, moment, "train", "--case", "c", "--epochs", "1")
        assert code == -9
        half = dump(fresh)
        # Rules that the training learnt first are a step of their own: none of them, or all. Of the model the same: a row
        # always has its folder.
        rules = {name: half.pop(name) for name in RULES}
        assert rules in ({name: untouched[name] for name in RULES}, {name: trained[name] for name in RULES})
        assert unruled(half) == unruled(untouched) or len(half["model"]) == 1
        assert run(fresh, 0, "models", "verify")[0] == 0
        assert run(fresh, 0, "train", "--case", "c", "--epochs", "1")[0] == 0
        assert run(fresh, 0, "doctor")[0] == 0
        folders = [path for path in (fresh / "models").iterdir() if path.is_dir()]
        assert len(folders) == len(dump(fresh)["model"])
