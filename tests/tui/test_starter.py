"""The starter at the command line: in by default, without the case's own files, and never judged by them unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import DetectorParams
from engine.starter import file
from engine.starter.pack import StarterPack
from engine.words.embedding import EmbeddingParams
from store.workspace import open_workspace
from tests.engine.detector.packs import make_pack
from tests.store.samples import event, fill
from tests.tui.home import Home

LABELS = "file,record_id,pid,label,confidence,case,part,source\n"


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch) -> StarterPack:
    """Source `one` was made of the file of the home's case (SHA-256 of sixty-four a's), `two` of another."""
    made = make_pack()
    monkeypatch.setattr(file, "shipped", lambda: made)
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps of training."""
    tiny = {
        "device": "cpu",
        "embedding": EmbeddingParams(epochs=2),
        "network": NetworkParams(hidden=4, code=2, steps=5, members=2),
    }
    monkeypatch.setattr("engine.detector.DetectorParams", lambda **more: DetectorParams(**(tiny | more | {"device": "cpu"})))


def manifest(home: Home, model: str) -> dict:
    return json.loads(home.run("models", "show", model.strip()).stdout)


@pytest.mark.usefixtures("pack")
def test_training_leaves_out_the_source_that_the_case_is_of(home: Home) -> None:
    done = home.run("train")
    assert done.exit_code == 0, done.stderr
    assert "everyday chains of two; left out, as this case has their files: one; with the supervised prior" in done.stderr
    told = manifest(home, done.stdout)
    assert told["starter"]["left_out"] == ["one"]
    assert set(told["starter"]["sources"]) == {"two"}
    assert told["metrics"]["starter_chains"] > 0
    assert told["metrics"]["calibration"]["host_days"] >= 1
    assert "What that costs" in done.stderr


@pytest.mark.usefixtures("pack")
def test_the_starter_and_its_prior_can_be_switched_off(home: Home) -> None:
    told = manifest(home, home.run("train", "--no-starter").stdout)
    assert told["starter"] is None
    assert told["metrics"]["starter_chains"] == 0
    done = home.run("train", "--no-threat-prior")
    assert "without the supervised prior" in done.stderr
    assert manifest(home, done.stdout)["parameters"]["threat_prior"] is False


def test_an_evaluation_counts_what_is_above_the_threshold_that_was_moved(home: Home) -> None:
    home.run("train", "--no-starter")
    labels = home.folder / "labels.csv"
    rows = [("90", "attack"), *((str(number), "background") for number in range(10, 30))]
    labels.write_text(LABELS + "".join(f"evidence.json,{n},{n},{label},strong,q,queue,two\n" for n, label in rows))

    def above() -> tuple[int, int]:
        """Findings above the threshold: in the evaluation, in the queue."""
        done = home.run("evaluate", "--labels", str(labels), "--format", "json")
        assert done.exit_code == 0, done.stderr
        workspace = open_workspace(home.workspace)
        standing = workspace.thresholds.standing("case")
        workspace.close()
        return json.loads(done.stdout)["whole"]["findings_above"], standing.flagging.findings

    assert home.run("rank", "--budget", "0").exit_code == 0
    assert above() == (0, 0)
    assert home.run("rank", "--budget", "80").exit_code == 0
    counted, standing = above()
    assert counted == standing > 1


@pytest.mark.usefixtures("pack")
def test_a_model_is_not_judged_unnoticed_by_what_its_starter_was_made_of(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    fill(workspace, [event(1), *[event(n, 1) for n in range(10, 40)]], case="seen", path="logs/two.json", sha256="b" * 64)
    workspace.close()
    model = home.run("train", "--case", "case").stdout.strip()
    labels = home.folder / "labels.csv"
    rows = [("10", "attack"), ("11", "background"), ("12", "background")]
    labels.write_text(LABELS + "".join(f"logs/two.json,{n},{n},{label},strong,q,queue,two\n" for n, label in rows))
    done = home.run("-q", "evaluate", "--case", "seen", "--model", model, "--labels", str(labels))
    assert done.exit_code == 0, done.stderr
    assert "Warning: The starter of this model was made of files of case seen (two)" in done.stderr
    assert "NOT A MEASUREMENT" in done.stdout
    as_json = home.run("evaluate", "--case", "seen", "--model", model, "--labels", str(labels), "--format", "json")
    assert json.loads(as_json.stdout)["seen_by_starter"] == ["two"]
    used = home.run("models", "use", model, "--case", "seen")
    assert "Warning" in used.stderr
    assert "New to the model" in used.stderr
    for arguments in (("--baseline-case", "case"), ("--leave-source-out",)):
        again = home.run("evaluate", "--case", "seen", *arguments, "--labels", str(labels), "--format", "json", "--by", "case")
        assert again.exit_code == 0, again.stderr
        assert json.loads(again.stdout)["seen_by_starter"] == []
        assert json.loads(again.stdout)["queues"][0]["name"] == "q"
        # One queue of the whole case there is only where one detector ranks it.
        assert (json.loads(again.stdout)["whole"] is None) == ("--leave-source-out" in arguments)
        assert bool(json.loads(again.stdout)["whole_missing"]) == ("--leave-source-out" in arguments)


def test_the_model_comes_from_one_place(home: Home) -> None:
    done = home.run("evaluate", "--labels", "x.csv", "--leave-source-out", "--model", "m")
    assert done.exit_code == 2


@pytest.mark.usefixtures("pack")
def test_check_tells_and_changes_nothing(home: Home) -> None:
    model = home.run("train").stdout.strip()
    done = home.run("models", "check", model)
    assert "0.0% of the chains" in done.stdout
    assert "use it" in done.stdout
    told = json.loads(home.run("models", "check", model, "--format", "json").stdout)
    assert told["advice"] == "use"
    assert set(told["shifts"]) >= {"reconstruction", "window_rarity"}


def test_rank_moves_the_threshold_and_says_what_it_costs(home: Home) -> None:
    done = home.run("rank", "--budget", "3")
    assert done.exit_code == 0, done.stderr
    assert "Threshold moved to 3 chains per host-day. What that costs: 3 new chains per host-day" in done.stderr
    assert "3 of " in home.run("rank").stderr
    done = home.run("rank", "--fp-per-1000", "30")
    assert done.exit_code == 0
    assert "of 1,000 processes" in done.stderr
    assert home.run("rank", "--budget", "3", "--fp-per-1000", "1").exit_code == 2


def test_show_names_sources_and_licences(home: Home) -> None:
    done = home.run("starter", "show")
    assert "left out: sbousseaden (GPL-3.0" in done.stdout
    assert json.loads(home.run("starter", "show", "--format", "json").stdout)["format"] in file.READABLE


def test_building_wants_a_folder_and_a_date(home: Home, tmp_path: Path) -> None:
    assert home.run("starter", "build", str(tmp_path), "-o", str(tmp_path / "nowhere")).exit_code == 2
    assert home.run("starter", "build", str(tmp_path), "-o", str(tmp_path), "--date", "soon").exit_code == 2
    done = home.run("starter", "build", str(tmp_path), "-o", str(tmp_path))
    assert (done.exit_code, "labels.csv.gz is not there" in done.stderr) == (1, True)


def test_building_spares_evidence(home: Home, tmp_path: Path) -> None:
    manifest = tmp_path / "out" / file.MANIFEST
    manifest.parent.mkdir()
    manifest.write_text("delivered")
    workspace = open_workspace(home.workspace)
    fill(workspace, [event(1)], case="another", path=str(manifest), sha256="b" * 64)
    workspace.close()
    done = home.run("starter", "build", str(tmp_path), "-o", str(manifest.parent))
    assert (done.exit_code, "not overwritten" in done.stderr) == (1, True)
