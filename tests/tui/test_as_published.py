"""`train --as-published`: the preset in the manifest, all of its passes, both distributions, where the threshold comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.jobs.score import load_detector
from store.workspace import open_workspace
from tests.store.samples import event, fill
from tests.tui.home import Home
from tests.tui.test_starter import LABELS
from tui.words.shuffle_words import account, shuffle_lines
from tui.words.words import score_words

ROOT, SHELL = "C:\\Windows\\explorer.exe", "C:\\Windows\\System32\\cmd.exe"


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """Some forty chains of three steps, enough to be learnt in a second and to be shuffled."""
    workspace = open_workspace(tmp_path / "w")
    events = [event(1, image=ROOT), event(2, 1, image=SHELL)]
    events += [event(10 + n, 2, image=f"C:\\Program Files\\Tool{n}\\tool{n}.exe") for n in range(40)]
    fill(workspace, events, path=str(tmp_path / "evidence.json"))
    (tmp_path / "evidence.json").write_text("evidence")
    workspace.close()
    return Home(tmp_path, "")


def trained(home: Home, *options: str) -> tuple[dict[str, Any], str]:
    done = home.run("train", "--no-rules", *options)
    assert done.exit_code == 0, done.stderr
    return json.loads(home.run("models", "show", done.stdout.strip()).stdout), done.stderr


def test_the_preset_is_in_the_manifest_and_the_summary_shows_the_test(small: Home) -> None:
    manifest, said = trained(small, "--as-published", "--epochs", "3")
    parameters, metrics = manifest["parameters"], manifest["metrics"]
    assert (parameters["score"], parameters["threshold"], parameters["epochs"]) == ("published", "shuffle", 3)
    assert (parameters["embedding"]["size"], parameters["embedding"]["epochs"]) == (64, 20)
    assert (parameters["network"]["batch"], parameters["network"]["members"]) == (64, 1)
    assert manifest["starter"] is None
    assert metrics["embedding_epochs"] == 20
    assert metrics["network_batches"] == 3 * -(-metrics["chains"] // 64)
    assert metrics["threshold"] == metrics["published_threshold"]
    assert metrics["threshold_origin"].startswith("shuffle test: ")
    assert f"Threshold {score_words(metrics['threshold'])} (shuffle test: " in said
    assert f"AUC {metrics['shuffled_auc']:.3f}" in said
    real, shuffled = (
        re.search(rf"^  {name} +(.+?)  (\S+)% above, (\S+)% below$", said, re.MULTILINE) for name in ("real", "shuffled")
    )
    assert real is not None
    assert shuffled is not None
    assert real[1].index("┃") == shuffled[1].index("┃")  # one axis
    assert float(real[2]) == pytest.approx(100 * metrics["real_above_threshold"], abs=0.06)
    assert float(shuffled[3]) == pytest.approx(100 - 100 * metrics["shuffled_above_threshold"], abs=0.06)
    assert "stopped after" not in said


def test_the_models_account_is_beside_its_manifest(small: Home) -> None:
    done = small.run("train", "--no-rules", "--score", "published", "--epochs", "2")
    shown = small.run("models", "show", done.stdout.strip())
    manifest = json.loads(shown.stdout)
    assert manifest["parameters"]["threshold"] == "shuffle"  # another name for --as-published
    assert shown.stderr.splitlines() == account(manifest)
    assert shown.stderr.splitlines()[0].startswith("Threshold ")
    assert "Shuffle test: " in shown.stderr
    assert small.run("-q", "models", "show", done.stdout.strip()).stderr == ""


def test_options_are_obeyed_by_either_score(small: Home) -> None:
    manifest, _ = trained(small, "--epochs", "4", "--batch", "10", "--word-epochs", "7", "--no-starter")
    metrics = manifest["metrics"]
    assert metrics["embedding_epochs"] == 7
    assert metrics["network_batches"] == 4 * -(-metrics["chains"] // 10)
    assert manifest["parameters"]["network"]["batch"] == 10
    manifest, said = trained(
        small, "--as-published", "--epochs", "2", "--batch", "16", "--word-epochs", "3", "--per-host-day", "2"
    )
    assert manifest["metrics"]["embedding_epochs"] == 3
    assert manifest["metrics"]["network_batches"] == 2 * -(-metrics["chains"] // 16)
    assert "(alert budget: 2 chains per host-day of the queue itself, at least 20)" in said


def test_an_early_stop_that_was_asked_for_is_told_everywhere(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("course", "training"):
        monkeypatch.setattr(f"engine.autoencoder.{module}.WINDOW", 2)  # their loss differs more than it falls
    manifest, said = trained(small, "--as-published", "--epochs", "1000", "--batch", "1", "--early-stop")
    stop = manifest["metrics"]["network_stop"]
    assert re.match(r"stopped after [\d,]+ of 42,000 batches: 6 windows of 2 batches without 1 % less loss by batch ", stop)
    assert f"Training {stop}" in said.splitlines()
    assert f"Training {stop}" in small.run("models", "show", manifest["id"]).stderr.splitlines()


def test_the_same_seed_gives_the_same_files(small: Home) -> None:
    options = ("--as-published", "--epochs", "20", "--seed", "3")
    one, again = (trained(small, *options)[0] for _ in range(2))
    for name in ("network.safetensors", "arrays.npz", "texts.json"):
        assert one["files"][name] == again["files"][name]


@pytest.mark.parametrize(
    "options",
    [("--as-published", "--score", "fused"), ("--score", "best"), ("--batch", "0"), ("--word-epochs", "0"), ("--epochs", "0")],
)
def test_what_contradicts_itself_is_a_usage_error(small: Home, options: tuple[str, ...]) -> None:
    assert small.run("train", *options).exit_code == 2


def test_the_chain_is_shown_beside_what_was_made_of_it(small: Home) -> None:
    trained(small, "--as-published", "--epochs", "2")
    story = json.loads(small.run("show", "1", "--format", "json").stdout)
    rebuilt = story["score"]["expectation"]["rebuilt"]
    assert len(rebuilt) == len(story["chain"]["steps"])
    shown = small.run("show", "1").stdout.splitlines()
    assert any("image, ↳ rebuilt as" in line for line in shown)
    under = [line.split("↳ ")[1].strip() for line in shown if "↳ " in line and "rebuilt as" not in line]
    assert under == [path or "itself" for path in rebuilt]


def test_a_manifest_from_elsewhere_is_shown_as_far_as_it_makes_sense() -> None:
    assert shuffle_lines({}) == shuffle_lines({"shuffled_chains": 0}) == shuffle_lines({"shuffled_chains": "many"}) == []
    told = {"shuffled_chains": 3, "shuffled_auc": None, "histogram_log10_edges": [0, float("nan")], "published_threshold": "x"}
    assert shuffle_lines(told) == ["Shuffle test: 3 chains as they are, and with their steps in another order; no AUC"]
    bins = {"histogram_log10_edges": [-2, -1, 0], "histogram_real": [8, 0], "histogram_shuffled": [0, 8, 1]}
    lines = shuffle_lines(
        {"shuffled_chains": 8, "shuffled_auc": 0.5, "published_threshold": 0.1, "real_above_threshold": 0.0} | bins
    )
    assert lines[1:] == [
        "  real      █┃   0.0% above, 100.0% below",
        "  log10 of the mean error, -2.0 … 0.0, 2 bins; ┃ the threshold, 0.100",
    ]
    evil = {"metrics": {"threshold": 1.0, "threshold_origin": "\x1b[2J", "network_stop": "\x1b]0;x\x07"}}
    assert not any("\x1b" in line or "\x07" in line for line in account(evil))


def test_training_and_the_queue_count_the_same_findings(tmp_path: Path) -> None:
    # One chain in a finding for each of its shapes of command line: by the best finding of each chain that were one.
    workspace = open_workspace(tmp_path / "w")
    events = [event(1, image=ROOT)]
    events += [event(210 + n, 1, image="C:\\odd.exe", command_line="odd" + " --x" * n) for n in range(12)]
    events += [event(300 + n, 1, image=f"C:\\tool{n}.exe") for n in range(40)]
    events += [event(400 + n, 300 + n, image=f"C:\\tool{n}b.exe") for n in range(40)]
    fill(workspace, events, path=str(tmp_path / "evidence.json"))
    workspace.close()
    home = Home(tmp_path, "")
    done = home.run("train", "--no-rules", "--as-published", "--epochs", "3")
    said = re.search(r"\): ([\d,]+) chains and ([\d,]+) findings above it", done.stderr)
    assert said is not None
    told = re.search(r"^([\d,]+) of .* threshold [^;]+; ([\d,]+) findings have", home.run("rank").stderr, re.MULTILINE)
    assert told is not None
    assert said.groups() == told.groups()
    workspace = open_workspace(home.workspace)
    counts, corpus = workspace.queue.counts("case"), workspace.chains.load_corpus(["case"])
    table = workspace.chains.load_processes(["case"], corpus)
    model = workspace.vault.in_use("case")
    assert model is not None
    scores = load_detector(workspace.vault, model).score(corpus, processes=table)
    workspace.close()
    assert (scores.metrics["flagged"], scores.metrics["findings"]) == (counts.flagged, counts.findings)


def test_leaving_sources_out_says_by_which_method_it_trains(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.detector.presets.EPOCHS", 2)
    trained(small, "--as-published")
    labels = small.folder / "labels.csv"
    rows = [("10", "attack"), ("11", "background"), ("12", "background")]
    labels.write_text(LABELS + "".join(f"evidence.json,{n},{n},{label},strong,q,queue,two\n" for n, label in rows))
    asked = ("-q", "evaluate", "--leave-source-out", "--no-starter", "--labels", str(labels), "--format", "json")
    fused = small.run(*asked)
    assert (fused.exit_code, json.loads(fused.stdout)["score"]) == (0, "fused")
    assert "Warning: The model in use sorts by the published score, the models trained here by the fused one" in fused.stderr
    assert "--as-published" in fused.stderr
    published = small.run(*asked, "--as-published")
    assert (published.exit_code, json.loads(published.stdout)["score"], published.stderr) == (0, "published", "")
    for more in ((), ("--ladder",), ("--model", "m")):
        assert small.run("evaluate", "--as-published", "--labels", str(labels), *more).exit_code == 2
