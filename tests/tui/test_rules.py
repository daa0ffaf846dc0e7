"""`oddkin rules` from learning to a decision, on a small simulated case."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from engine.jobs.rules import learn_rules
from engine.progress import Run
from engine.rules.learning.estate import EstatePaths
from store.workspace import open_workspace
from tests.variety.paths import paper_paths
from tui.command_line import app

pytestmark = pytest.mark.usefixtures("few_passes")


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with rules learnt from the paths of a small estate; it has no case."""
    from unittest.mock import patch

    from store.models.rules import Rules

    folder = tmp_path_factory.mktemp("rules") / "w"
    workspace = open_workspace(folder)
    paths = list(paper_paths(0.003))
    estate = EstatePaths.of([one.path for one in paths], [one.hosts for one in paths])
    with patch.object(Rules, "load_paths", lambda *_: estate):
        found = learn_rules(["any"], workspace.rules, Run())
    assert found.held_out is not None
    assert found.held_out.unknown_after < found.held_out.unknown_before
    assert found.reduction.path_factor > 1.5
    workspace.close()
    return folder


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder), "rules", *arguments], catch_exceptions=False)


def test_list_show_and_decide(learnt: Path) -> None:
    rules = json.loads(run(learnt, "list", "--format", "json").stdout)
    assert len(rules) > 5
    accepted = next(rule for rule in rules if rule["state"] == "accepted" and rule["kind"] == "version")
    number = str(accepted["rule"])
    shown = run(learnt, "show", number).stdout
    assert "guard ok" in shown
    assert accepted["pattern"][:30] in shown
    assert "-> " in shown
    assert run(learnt, "reject", number).exit_code == 0
    told = json.loads(run(learnt, "test", "c:\\a\\1.2.3\\b.exe", "--format", "json").stdout)
    assert told[0]["normalised"] == "c:\\a\\1.2.3\\b.exe"
    assert run(learnt, "accept", number).exit_code == 0
    told = json.loads(run(learnt, "test", "C:\\A\\1.2.3\\b.exe", "--format", "json").stdout)
    assert told[0]["normalised"] == "c:\\a\\<version>\\b.exe"
    assert told[0]["rules"] == [accepted["rule"]]


def test_every_rule_says_where_it_comes_from(learnt: Path) -> None:
    rules = json.loads(run(learnt, "list", "--format", "json").stdout)
    table = " ".join(run(learnt, "list").stdout.split())
    learnt_ones = [rule for rule in rules if rule["kind"] == "learnt"]
    assert learnt_ones
    for rule in rules:
        told = rule["origin_in_words"]
        assert told in run(learnt, "show", str(rule["rule"])).stdout
        if rule["kind"] != "learnt":
            assert told == f"recognised kind: {rule['kind']}"
            assert rule["origin"] is None
    for rule in learnt_ones:
        origin = rule["origin"]
        assert origin["cluster"] == rule["clusters"][0]
        assert 1 <= len(origin["like"]) <= origin["words"] <= rule["support"] + 200
        assert rule["origin_in_words"].startswith(f"learnt from cluster {origin['cluster']}")
        assert origin["like"][0][:40] in rule["origin_in_words"]
    assert "recognised kind: version" in table
    assert f"cluster {learnt_ones[0]['origin']['cluster']}" in table


def test_the_table_holds_every_rule(learnt: Path) -> None:
    out = run(learnt, "list").stdout
    rules = json.loads(run(learnt, "list", "--format", "json").stdout)
    assert all(f"{rule['support']:,}" in out for rule in rules)


def test_a_rule_by_hand_passes_the_guards_or_is_not_stored(learnt: Path) -> None:
    before = len(json.loads(run(learnt, "list", "--format", "json").stdout))
    refused = run(learnt, "add", "^(temp)$", "<temp>")
    assert refused.exit_code == 2
    assert "breaks a guard" in refused.stderr
    assert run(learnt, "add", "^(a+)$", "<temp>").exit_code == 2
    assert run(learnt, "add", "^zz([0-9]{4})$", "<nothing>").exit_code == 2
    assert run(learnt, "add", "^zz([0-9]{4})$", "<number>", "--zone", "moon").exit_code == 2
    assert len(json.loads(run(learnt, "list", "--format", "json").stdout)) == before
    added = run(learnt, "add", "^zz([0-9]{2})q$", "<number>", "--position", "directory", "--zone", "temp")
    assert added.exit_code == 0
    number = added.stdout.strip()
    assert "directories" in run(learnt, "show", number).stdout
    assert "in temp" in run(learnt, "show", number).stdout
    inside = "c:\\windows\\temp\\zz12q\\a.exe"
    told = json.loads(run(learnt, "test", inside, "c:\\opt\\zz12q\\a.exe", "--format", "json").stdout)
    assert [one["normalised"] for one in told] == ["c:\\windows\\temp\\zz<number>q\\a.exe", "c:\\opt\\zz12q\\a.exe"]


def test_nearest_words_and_the_map(learnt: Path, tmp_path: Path) -> None:
    known = json.loads(run(learnt, "nearest", "temp", "--limit", "5", "--format", "json").stdout)
    assert (known["seen"], known["has_vector"], known["sharing"]) == (True, True, [])
    found = known["nearest"]
    assert len(found) == 5
    assert all(-1.001 <= one["cosine"] <= 1.001 for one in found)
    assert [one["cosine"] for one in found] == sorted((one["cosine"] for one in found), reverse=True)
    drawn = run(learnt, "map", "--words", "120")
    assert drawn.exit_code == 0
    assert len(drawn.stdout.splitlines()) > 20
    assert re.search("^Windows: [0-9]+ words$", drawn.stdout, re.MULTILINE)
    assert re.search("^Linux: [0-9]+ words$", drawn.stdout, re.MULTILINE)
    assert re.search(r"^[a-zA-Z] .*<temp>\S* +temporary name$", drawn.stdout, re.MULTILINE)
    assert run(learnt, "map", "--words", "120").stdout == drawn.stdout
    assert run(learnt, "map", "-o", str(tmp_path / "words.gif")).exit_code == 2
    pytest.importorskip("matplotlib")
    for name, start in (("words.svg", b"<?xml"), ("again.svg", b"<?xml"), ("words.png", b"\x89PNG")):
        assert run(learnt, "map", "--words", "400", "-o", str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    drawing = (tmp_path / "words.svg").read_text()
    assert (tmp_path / "again.svg").read_text() == drawing, "one seed, one file"
    # Letters are outlines in the drawing; matplotlib notes each text beside them.
    texts = set(re.findall("<!-- (.*) -->", drawing))
    assert {"form learnt from a cluster", "temporary name", "no rule", "in no cluster"} <= texts
    assert sum("&lt;" in text or "<" in text or "*" in text for text in texts) >= 10, "clusters are named by patterns"


def test_a_word_that_was_never_seen_says_so_and_what_its_vector_is_of(learnt: Path) -> None:
    told = run(learnt, "nearest", "QQtempQQ", "--limit", "3")
    assert told.exit_code == 0
    assert "QQtempQQ was never seen. Its vector is of 3 of its 15 n-grams" in " ".join(told.stderr.split())
    assert "tem temp emp" in told.stderr
    assert "temp (3)" in told.stderr
    assert len(told.stdout.splitlines()) == 3
    plain = json.loads(run(learnt, "nearest", "qqtempqq", "--format", "json").stdout)
    assert (plain["seen"], plain["ngrams"], plain["known_ngrams"]) == (False, 15, ["tem", "temp", "emp"])
    assert plain["sharing"][0] == {"word": "temp", "ngrams": 3}
    assert run(learnt, "nearest", "temp").stderr == ""


def test_a_word_of_nothing_known_has_no_vector(learnt: Path) -> None:
    told = run(learnt, "nearest", "\u0416\u0416\x1b[31m")
    assert told.exit_code == 1
    assert "has no vector: none of its" in " ".join(told.stderr.split())
    assert "\x1b" not in told.stderr
    assert told.stdout == ""
    plain = run(learnt, "nearest", "\u0416\u0416\u0416", "--format", "json")
    assert plain.exit_code == 1
    assert json.loads(plain.stdout)["nearest"] == []


def test_hostile_words_reach_no_terminal(learnt: Path) -> None:
    out = run(learnt, "test", "c:\\a\\\x1b[31m1.2.3\\b.exe").stdout
    assert "\x1b" not in out
    assert "\\e[31m" in out


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    open_workspace(tmp_path / "w").close()
    assert "oddkin rules learn" in run(tmp_path / "w", "list").stderr
    assert run(tmp_path / "w", "nearest", "x").exit_code == 1
    assert run(tmp_path / "w", "show", "3").exit_code == 1
