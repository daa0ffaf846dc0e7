"""The whole way through the command line, as a user goes it: raw logs in, CSV out. Everything runs in one small workspace."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.handover.csv_cells import unescape_cell
from engine.handover.rows import COLUMNS
from engine.progress import Run
from engine.simulator import FleetPlan, simulate, write_logs
from tui.command_line import app
from tui.words.words import on_hosts

EVIL = "=cmd|'/c calc'!A1 \"quoted\"\nsecond line \x1b[31mred\x1b[0m \u202egnp.exe \x00 [bold]markup[/] \udcff"
HOSTILE = {
    "kind": "generic", "image": "C:\\Users\\Public\\=evil.exe", "parent_image": "C:\\Windows\\explorer.exe", "host": "ws-evil",
    "pid": 4242, "ppid": 17, "time_us": 1_772_500_000_000_000, "user": "@SUM(1+1)*cmd|'/c calc'!A0", "record_id": "1",
}  # fmt: skip


@dataclass
class Walk:
    """A workspace that has gone the whole way."""

    folder: Path
    run: Callable[..., Result]
    ingest: Result
    train: Result


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    written = write_logs(simulate(FleetPlan(hosts=5, days=1, seed=5)), folder, Run())
    # JSON cannot carry a lone surrogate; the generic reader gets it as an invalid byte.
    written.ground_truth.rename(folder / "truth.csv")
    evil = EVIL.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    (written.logs / "hostile.jsonl").write_text(json.dumps(HOSTILE | {"command_line": evil}) + "\n", encoding="utf-8")
    (written.logs / "broken.jsonl").write_text('{"EventID": 1, "Image": \n', encoding="utf-8")
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, ["--workspace", str(folder / "w"), *arguments], catch_exceptions=False)

    ingest = run("ingest", str(written.logs), "--case", "walk")
    train = run("train", "--case", "walk", "--epochs", "2", "--seed", "3")
    return Walk(folder, run, ingest, train)


def test_ingest_reports_what_it_could_not_read(walk: Walk) -> None:
    assert walk.ingest.exit_code == 3, walk.ingest.stderr
    assert walk.ingest.stdout == ""
    assert "process creations kept" in walk.ingest.stderr
    assert "damaged" in walk.ingest.stderr or "bad-json" in walk.ingest.stderr


def test_ingesting_again_adds_nothing(walk: Walk) -> None:
    before = walk.run("cases", "show", "walk", "--format", "json").stdout
    again = walk.run("ingest", str(walk.folder / "logs"), "--case", "walk")
    assert again.exit_code == 0, again.stderr
    assert "0 process creations kept" in again.stderr
    assert walk.run("cases", "show", "walk", "--format", "json").stdout == before


def test_train_prints_the_model_id_alone(walk: Walk) -> None:
    assert walk.train.exit_code == 0, walk.train.stderr
    assert walk.train.stdout.strip() in walk.run("models", "list").stdout
    assert "Shuffle test: " in walk.train.stderr
    assert sum(line.startswith("score: ") for line in walk.train.stderr.splitlines()) == 1


def test_rank_is_sorted_and_machine_readable(walk: Walk) -> None:
    rows = json.loads(walk.run("rank", "--chains", "--format", "json", "--limit", "50").stdout)
    assert [row["rank"] for row in rows] == list(range(1, 51))
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    assert all(len(row["step_errors"]) == len(row["chain"]) for row in rows)
    table = csv.DictReader(io.StringIO(walk.run("rank", "--chains", "--format", "csv", "--limit", "50").stdout))
    assert [unescape_cell(row["chain_id"]) for row in table] == [row["chain_id"] for row in rows]


def test_rank_lists_findings_and_show_their_chains(walk: Walk) -> None:
    findings = json.loads(walk.run("rank", "--format", "json", "--limit", "100000").stdout)
    chains = json.loads(walk.run("rank", "--chains", "--format", "json", "--limit", "100000").stdout)
    assert [row["finding_rank"] for row in findings] == list(range(1, len(findings) + 1))
    assert [row["finding_score"] for row in findings] == sorted((row["finding_score"] for row in findings), reverse=True)
    processes = [json.loads(line) for line in walk.run("processes", "--format", "jsonl").stdout.splitlines()]
    assert sum(row["finding_processes"] for row in findings) == sum(row["incident"] is not None for row in processes)
    assert {row["chain_id"] for row in findings} <= {row["chain_id"] for row in chains}
    table = csv.DictReader(io.StringIO(walk.run("rank", "--format", "csv", "--limit", "50").stdout))
    assert [row["finding_id"] for row in table] == [row["finding_id"] for row in findings[:50]]
    large = next(row for row in findings if row["members"] > 2)
    told = json.loads(walk.run("show", f"F{large['finding_rank']}", "--format", "json", "--limit", "1000").stdout)
    assert told["chains"][0]["chain_id"] == large["chain_id"]
    assert len(told["chains"]) == told["finding"]["chains"] == large["members"]
    text = walk.run("show", f"f{large['finding_rank']}").stdout
    assert f"{large['members']:,} chains" in text
    assert "└─" in text
    assert f"F{large['finding_rank']}" in walk.run("rank", "--limit", str(large["finding_rank"])).stdout
    assert f"Finding: F{large['finding_rank']}" in walk.run("show", large["chain_id"]).stdout
    assert walk.run("tree", "--around", f"F{large['finding_rank']}").exit_code == 0
    assert walk.run("show", "F99999").exit_code == 1


def test_a_verdict_on_a_finding_is_one_act(walk: Walk) -> None:
    before = walk.run("labels", "export").stdout
    findings = json.loads(walk.run("rank", "--format", "json", "--limit", "100000").stdout)
    row = next(row for row in findings if row["members"] > 1)
    done = walk.run("label", f"F{row['finding_rank']}", "benign", "--yes", "--author", "ada")
    covers = f"{on_hosts(row['finding_processes'], row['finding_hosts'])} in {row['members']:,} chains"
    assert covers in done.stderr
    now = json.loads(walk.run("rank", "--format", "json", "--limit", "100000").stdout)
    assert {one["finding_id"]: one["verdict"] for one in now}[row["finding_id"]] == "benign"
    exported = list(csv.DictReader(io.StringIO(walk.run("export", "--verdict", "benign", "-o", "-").stdout)))
    assert len(exported) == row["finding_processes"]
    assert {one["incident"].split("/")[0] for one in exported} == {f"F{row['finding_rank']}"}
    assert walk.run("label", f"F{row['finding_rank']}", "benign", "--host", "x").exit_code == 2
    walk.run("labels", "undo", "--author", "ada")
    assert walk.run("labels", "export").stdout == before


def test_show_explains_every_step(walk: Walk) -> None:
    story = json.loads(walk.run("show", "1", "--format", "json").stdout)
    assert len(story["score"]["step_errors"]) == len(story["chain"]["steps"])
    assert {signal["name"] for signal in story["score"]["signals"]} >= {"reconstruction", "reconstruction_worst", "pair_rarity"}
    assert story["score"]["expectation"]["sentence"]
    text = walk.run("show", "1").stdout
    assert "Expected:" in text
    assert all(step.rsplit("\\", 1)[-1].rsplit("/", 1)[-1][:12] in text for step in story["chain"]["steps"])


def test_tree_in_every_form(walk: Walk) -> None:
    assert "→" in walk.run("tree", "--around", "1").stdout
    assert walk.run("tree", "--around", "1", "--format", "mermaid").stdout.startswith("flowchart")
    target = walk.folder / "tree.svg"
    assert walk.run("tree", "--around", "1", "--format", "svg", "-o", str(target)).exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("<svg")
    assert walk.run("tree", "--around", "pid:4242", "--host", "ws-evil").exit_code == 0


def test_label_undo_redo_and_moving_labels(walk: Walk) -> None:
    assert "1 process on 1 host" in walk.run("label", "1", "malicious", "--note", "seen", "--author", "ada").stderr
    assert json.loads(walk.run("rank", "--chains", "--limit", "1", "--format", "json").stdout)[0]["verdict"] == "malicious"
    assert "malicious -> none" in walk.run("labels", "undo", "--author", "ada").stdout
    assert json.loads(walk.run("rank", "--chains", "--limit", "1", "--format", "json").stdout)[0]["verdict"] is None
    assert "none -> malicious" in walk.run("labels", "redo", "--author", "ada").stdout
    target = walk.folder / "labels.csv"
    walk.run("labels", "export", "-o", str(target))
    walk.run("labels", "undo", "--author", "ada")
    assert "1 verdict applied" in walk.run("labels", "import", str(target)).stderr
    assert len(walk.run("labels", "history").stdout.splitlines()) >= 4


def test_hostile_text_is_inert_everywhere_and_whole_in_the_csv(walk: Walk) -> None:
    found = json.loads(walk.run("rank", "--where", "image:=evil", "--format", "json").stdout)
    assert len(found) == 1
    key = found[0]["chain_id"]
    walk.run("label", key, "malicious")
    for shown in (
        walk.run("show", key).stdout,
        walk.run("tree", "--around", key).stdout,
        walk.run("rank", "--where", "image:=evil").stdout,
    ):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\x00" not in shown
    assert "\\e[31mred" in walk.run("show", key).stdout
    assert "[bold]markup[/]" in walk.run("show", key).stdout
    target = walk.folder / "hostile.csv"
    walk.run("export", "--verdict", "malicious", "-o", str(target))
    with target.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        assert tuple(reader.fieldnames or ()) == COLUMNS
        raw = [row for row in reader if "=evil" in row["image"]]
    assert len(raw) == 1
    assert all(not cell.lstrip(" \t\"'").startswith(("=", "+", "@")) or cell.startswith("'") for cell in raw[0].values())
    assert unescape_cell(raw[0]["command_line"]) == EVIL.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    assert unescape_cell(raw[0]["user"]) == HOSTILE["user"]


def test_jsonl_export_has_an_object_per_process(walk: Walk) -> None:
    lines = walk.run("export", "--format", "jsonl", "-o", "-").stdout.splitlines()
    assert lines
    assert all(set(json.loads(line)) == set(COLUMNS) for line in lines)


def test_evaluate_matches_every_label_and_compares_methods(walk: Walk) -> None:
    result = json.loads(walk.run("evaluate", "--labels", str(walk.folder / "truth.csv"), "--format", "json").stdout)
    # A record cut short on purpose has a label and no process.
    assert result["matched"] / result["labels"] > 0.99
    assert {"random", "pair_rarity", "reconstruction", "detector"} <= set(result["macro"])
    assert all(0 <= metrics["ap"] <= 1 for metrics in result["macro"].values())
    whole = result["whole"]
    assert 0 < whole["findings_read"] <= whole["processes_read"]
    assert 0 < whole["purity"] <= 1
    assert whole["intrusions"] == sorted(whole["intrusions"], key=lambda row: row["first_finding"])
    assert sum(row["processes"] for row in whole["intrusions"]) == whole["attacks"]  # the simulator plants all that it labels


def test_evaluate_shows_purity_beside_what_it_costs(walk: Walk) -> None:
    shown = walk.run("evaluate", "--labels", str(walk.folder / "truth.csv")).stdout
    assert "The whole case in one queue" in shown
    head = next(line.split() for line in shown.splitlines() if "purity" in line)
    assert head == ["read", "findings", "processes", "attack", "processes", "share", "purity"]
    assert "findings for 80 %" in shown  # the figures of queues are still there


def test_models_travel_and_are_verified(walk: Walk) -> None:
    model_id = walk.train.stdout.strip()
    package = walk.folder / "model.oddkin"
    assert walk.run("models", "export", model_id, "-o", str(package)).exit_code == 0
    other = CliRunner().invoke(app, ["--workspace", str(walk.folder / "other"), "models", "import", str(package)])
    assert other.stdout.strip() == model_id
    ready = walk.run("models", "ready").stdout.strip()
    assert set(walk.run("models", "verify").stdout.splitlines()) == {f"{model_id}  ok", f"{ready}  ok"}
    weights = next(path for path in (walk.folder / "other" / "models" / model_id).iterdir() if path.suffix == ".safetensors")
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.chmod(0o600)
    weights.write_bytes(bytes(damaged))
    checked = CliRunner().invoke(app, ["--workspace", str(walk.folder / "other"), "models", "verify"])
    assert checked.exit_code == 1
    assert "damaged" in checked.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("ingest", "/nonexistent/path"), 2),
        (("rank", "--case", "nobody"), 1),
        (("show", "zzzz"), 2),
        (("label", "1", "naughty"), 2),
        (("models", "show", "detector-none"), 1),
        (("doctor",), 0),
        (("cases", "list"), 0),
    ],
)
def test_exit_codes(walk: Walk, arguments: tuple[str, ...], code: int) -> None:
    assert walk.run(*arguments).exit_code == code


def test_a_new_workspace_says_what_to_do(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--workspace", str(tmp_path / "new")])
    assert done.exit_code == 0
    assert "oddkin demo" in done.stdout
