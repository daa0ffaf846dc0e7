"""The queue that verdicts teach, from the command line: orders, what a verdict moved, what all of them did, the classifier."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.classifier.comparison import Decision
from engine.jobs.classify import Classified
from store.workspace import open_workspace
from tests.tui.home import Home


def rows(home: Home, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(home.run("rank", "--format", "json", "--limit", "200", *more).stdout)
    return found


def test_a_verdict_says_what_it_moved_and_the_queue_shows_it(home: Home) -> None:
    before = rows(home)
    assert {row["learnt_rank"] for row in before} == {None}
    done = home.run("label", "1", "fp")
    assert "What that does to the queue" in done.stderr
    after = rows(home)
    assert after[-1]["rank"] == 1
    assert [row["learnt_rank"] for row in after] == list(range(1, len(before) + 1))
    assert [row["rank"] for row in rows(home, "--by", "detector")] == [row["rank"] for row in before]
    assert [row["score"] for row in rows(home, "--by", "detector")] == [row["score"] for row in before]
    undone = home.run("labels", "undo")
    assert "What that does to the queue" in undone.stderr
    assert [row["rank"] for row in rows(home)] == [row["rank"] for row in before]


def test_a_verdict_without_re_ranking_counts_when_the_queue_is_read(home: Home) -> None:
    done = home.run("label", "1", "fp", "--no-rerank")
    assert "What that does" not in done.stderr
    assert rows(home)[-1]["rank"] == 1


def test_the_learnt_columns_stand_behind_the_others(home: Home) -> None:
    home.run("label", "1", "malicious")
    table = list(csv.reader(io.StringIO(home.run("rank", "--format", "csv", "--chains").stdout)))
    assert table[0][:5] == ["rank", "chain_id", "finding", "score", "verdict"]
    assert table[0][-5:] == ["learnt_rank", "malicious_probability", "moved_by_labels", "moved_by", "published_probability"]
    assert table[1][-5] == "1"
    exported = list(csv.DictReader(io.StringIO(home.run("export", "-o", "-").stdout)))
    assert exported[0]["learnt_rank"] == "1"
    assert exported[0]["moved_by_labels"] == ""


def test_an_order_that_is_not_taught_yet_is_told(home: Home) -> None:
    done = home.run("rank", "--by", "uncertain", "--format", "json")
    assert "20 malicious and 20 other" in done.stderr
    assert [row["rank"] for row in json.loads(done.stdout)][:3] == [1, 2, 3]
    home.run("label", "1", "malicious")
    assert home.run("rank", "--by", "diverse").exit_code == 0


def test_a_chain_tells_where_it_stands_in_both_orders(home: Home) -> None:
    home.run("label", "1", "malicious")
    shown = home.run("show", "2").stdout
    assert "rank 2" in shown
    assert "Learnt place" in shown
    told = json.loads(home.run("show", "2", "--format", "json").stdout)
    assert told["learnt"]["place"] >= 1


def test_what_verdicts_did(home: Home) -> None:
    assert "No verdict has taught" in home.run("labels", "effects").stdout
    nothing = json.loads(home.run("labels", "effects", "--format", "json").stdout)
    assert (nothing["chains"] > 0, nothing["raised"], nothing["put_aside_by"], nothing["precision"]) == (True, 0, [], [])
    for rank, verdict in (("1", "malicious"), ("2", "fp"), ("3", "fp"), ("4", "undetermined"), ("5", "benign")):
        assert home.run("label", rank, verdict, "--no-rerank", "--yes").exit_code == 0
    home.run("labels", "undo")  # the last one is no decision any more
    told = json.loads(home.run("labels", "effects", "--format", "json").stdout)
    assert [round(one["malicious_of_last_20"], 2) for one in told["precision"]] == [1.0, 0.5, 0.33]
    assert told["labels"]["false_positive"] == 2
    assert "after 3 decisions" in home.run("labels", "effects").stdout


def test_too_few_verdicts_teach_no_classifier(home: Home) -> None:
    home.run("label", "1", "malicious")
    done = home.run("classify")
    assert done.exit_code == 2
    assert "1 malicious" in done.stderr


@pytest.mark.parametrize("accepted", [True, False])
def test_a_classifier_is_taken_or_refused_with_figures(home: Home, monkeypatch: pytest.MonkeyPatch, accepted: bool) -> None:
    judged = {"held_back": 24.0, "malicious": 11.0, "malicious_findings": 10.0, "other_findings": 12.0}
    judged |= {"challenger_auc": 0.91, "in_use_auc": 0.93}
    decision = Decision(accepted, "Judged \x1b[31mso.", judged)
    manifest = {
        "kind": "classifier", "labels": {"malicious": 12, "benign": 9, "false_positive": 3}, "synthetic": 300, "held_back": 6,
        "decision": {"accepted": accepted, "sentence": decision.sentence, "figures": decision.figures},
        "reliability": [[0.0, 0.2, 0.1, 0.08, 40], [0.8, 1.0, 0.9, 0.5, 12]],
    }  # fmt: skip
    made = Classified("classifier-20260101-0badcafe" if accepted else None, decision, manifest, (), in_use=accepted)
    monkeypatch.setattr("engine.jobs.classify.classify", lambda *_all, **_more: made)
    done = home.run("classify")
    assert done.exit_code == 0
    assert done.stdout.split() == (["classifier-20260101-0badcafe"] if accepted else [])
    assert ("accepted" in done.stderr, "refused" in done.stderr) == (accepted, not accepted)
    lines = [" ".join(line.split()) for line in done.stderr.splitlines()]
    assert "challenger auc 0.91 on 11 malicious and 13 not (variants of 10 and 12 findings)" in lines
    assert "in use auc 0.93 on 11 malicious and 13 not (variants of 10 and 12 findings)" in lines
    assert "12 malicious, 9 benign, 3 false positive" in done.stderr
    assert "300 made-up" in done.stderr
    assert "50%" in done.stderr
    assert "\x1b" not in done.stderr
    told = json.loads(home.run("classify", "--format", "json").stdout)
    assert told["decision"]["figures"] == decision.figures


FEW = {"held_back": 460.0, "malicious": 449.0, "malicious_findings": 4.0, "other_findings": 3.0, "challenger_auc": 1.0}


@pytest.mark.parametrize("figures", [{"challenger_auc": 1.0}, FEW])
def test_few_verdicts_are_told_and_no_figure_without_its_counts(
    home: Home, monkeypatch: pytest.MonkeyPatch, figures: dict[str, float]
) -> None:
    manifest = {"kind": "classifier", "decision": {"accepted": True, "sentence": "", "figures": figures}}
    made = Classified(None, Decision(False, "", figures), manifest, ())
    monkeypatch.setattr("engine.jobs.classify.classify", lambda *_all, **_more: made)
    told = home.run("classify").stderr
    assert f"not yet trusted: {4 if 'malicious' in figures else 0} of 10 malicious" in " ".join(told.split())
    assert "accepted" not in told
    counts = told.count("on 449 malicious and 11 not (variants of 4 and 3 findings)")
    assert told.count("challenger auc") == counts == ("malicious" in figures)


def test_models_say_which_classifier_is_not_trusted_yet(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    stage = workspace.vault.stage()
    (stage / "one.json").write_text("1")
    few = {"decision": {"figures": FEW}}
    model = workspace.vault.publish(stage, {"kind": "classifier", "cases": ["case"], **few})
    workspace.close()
    listed = next(line for line in home.run("models", "list").stdout.splitlines() if model in line)
    words = "4 of 10 malicious and 3 of 10 not malicious findings judged, each by a verdict of its own"
    assert listed.endswith(f"not yet trusted: {words}")
    used = home.run("models", "use", model)
    assert (used.exit_code, "not yet trusted: 4 of 10 malicious" in used.stderr) == (1, True)


def test_verdicts_of_another_case_under_the_same_detector_count(home: Home) -> None:
    from tests.store.samples import event, fill, score

    workspace = open_workspace(home.workspace)
    fill(workspace, [event(1), *[event(number, 1) for number in range(10, 40)]], case="new", path="new", sha256="d" * 64)
    score(workspace, "new", model=home.model)
    workspace.close()
    first = rows(home, "--case", "new")[0]
    old = next(row for row in rows(home, "--case", "case") if row["chain_id"] == first["chain_id"])
    home.run("label", str(old["rank"]), "fp", "--case", "case")
    found = rows(home, "--case", "new")
    assert found[-1]["chain_id"] == first["chain_id"]
    assert (found[-1]["moved_by_labels"], found[-1]["moved_by"]) == ("put aside (elsewhere)", "case case")
    home.run("labels", "undo", "--case", "case")
    assert rows(home, "--case", "new")[0]["chain_id"] == first["chain_id"]


def test_a_damaged_detector_costs_the_learnt_order_and_nothing_else(home: Home) -> None:
    (home.workspace / "models" / home.model / "texts.json").write_text("damaged")
    done = home.run("label", "1", "fp")
    assert done.exit_code == 0
    assert "not re-ordered" in done.stderr
    assert "Labelled: 1 process" in done.stderr
    found = home.run("rank", "--format", "json")
    assert found.exit_code == 0
    assert "not re-ordered" in found.stderr
    first = json.loads(found.stdout)[0]
    assert (first["rank"], first["verdict"]) == (1, "false_positive")


def test_undo_brings_the_very_same_queue_back_though_a_classifier_was_trained_in_between(
    trained_template: Path, tmp_path: Path
) -> None:
    """Every row and every column of the file, with the LSTM really taught by what is undone."""
    shutil.copytree(trained_template, tmp_path / "w")
    home = Home(tmp_path, "")

    def queue() -> str:
        return home.run("rank", "--chains", "--format", "csv", "--limit", "100000").stdout

    workspace = open_workspace(home.workspace)
    keys = [row.key for row in workspace.queue.page("demo", limit=400)]
    for key in (*keys[:80:4], *keys[300:380:4]):  # one act each: what one act says is one decision
        workspace.labels.set("demo", [key], "malicious" if key in keys[:80] else "benign", author="ada")
    finding = next(row for row in workspace.findings.page("demo", limit=400) if row.whole is not None and row.whole.chains > 3)
    assert finding.whole is not None
    workspace.close()
    before = queue()
    assert len(before.splitlines()) > 400
    given = home.run("label", f"F{finding.whole.number}", "fp", "--yes", "--author", "ada")
    assert given.exit_code == 0
    taught = home.run("classify", "--steps", "5", "--force")
    assert "It is in use." in taught.stderr
    model = taught.stdout.strip()
    between = queue()
    assert between != before
    undone = home.run("labels", "undo", "--author", "ada")
    assert f"Classifier {model} was taught with verdicts that do not hold any more: none is in use." in undone.stderr
    assert queue() == before
    redone = home.run("labels", "redo", "--author", "ada")
    assert f"Classifier {model}, which these verdicts taught, is in use again." in redone.stderr
    assert queue() == between
