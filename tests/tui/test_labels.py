"""`oddkin label` and `oddkin labels`: what is said before it is done, and files from elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from store.database import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.home import Home


def verdict_of(home: Home, rank: str = "1") -> str | None:
    row = json.loads(home.run("rank", "--format", "json", "--limit", "1", "--after", str(int(rank) - 1)).stdout)[0]
    found: str | None = row["verdict"]
    return found


@pytest.mark.parametrize("option", ["rank", "export"])
def test_an_unknown_verdict_finds_nothing_and_says_so(home: Home, option: str) -> None:
    more = ("-o", "-") if option == "export" else ()
    done = home.run(option, "--verdict", "malicous", *more)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is no verdict" in done.stderr
    home.run("label", "1", "fp")
    assert "app" in home.run(option, "--verdict", "fp", *more).stdout
    assert home.run(option, "--verdict", "Undecided", *more).exit_code == 0


def test_a_wrong_verdict_is_told_before_anything_else(home: Home) -> None:
    done = home.run("label", "1", "nonsense", "--dry-run")
    assert (done.exit_code, "covers" in done.stderr) == (2, False)


def test_what_it_covers_is_said_before_it_is_done(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.labels.Labels.set", lambda *_all, **_more: pytest.fail("acted"))
    with pytest.raises(pytest.fail.Exception):
        home.run("label", "1", "malicious")
    done = home.run("label", "1", "malicious", "--dry-run")
    assert "covers 1 process on 1 host" in done.stderr


def test_many_processes_are_asked_about_on_a_terminal(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.console.Output.interactive", property(lambda _self: True))
    whole = ("label", "1", "malicious", "--prefix", "1")
    asked = home.run(*whole, input="n\n")
    assert asked.stderr.index("covers 72 processes") < asked.stderr.index("[y/N]")
    assert "Nothing was changed." in asked.stderr
    assert verdict_of(home) is None
    assert "[y/N]" not in home.run(*whole, "--yes").stderr
    assert verdict_of(home) == "malicious"
    assert "[y/N]" not in home.run("label", "1", "benign").stderr


def test_several_cases_and_none_named(home: Home, second_case: Callable[[str], None]) -> None:
    second_case("other")
    for arguments in (("label", "1", "fp"), ("labels", "undo"), ("labels", "redo"), ("labels", "import", __file__)):
        done = home.run(*arguments)
        assert (done.exit_code, "case, other" in done.stderr or "other, case" in done.stderr) == (2, True), arguments


def test_digits_that_are_no_rank_are_the_beginning_of_a_key(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    # Some image gives a chain whose key begins with four decimal digits: one in seven does.
    fill(workspace, [event(1000 + n, image=f"C:\\b\\{n}.exe") for n in range(60)], path="more.json", sha256="c" * 64)
    score(workspace, model=home.model)
    keys = [row.key for row in workspace.queue.page("case", limit=500)]
    workspace.close()
    key = next(key for key in keys if key[:4].isdecimal() and int(key[:4]) > 500 and sum(k[:4] == key[:4] for k in keys) == 1)
    done = home.run("label", key[:4], "malicious")
    assert done.exit_code == 0
    assert f"no rank {key[:4]}" in done.stderr
    assert key[:10] in done.stderr
    assert home.run("label", "#" + key[:4], "malicious").exit_code == 1
    assert "no rank 499999" in home.run("show", "499999").stderr
    assert home.run("show", "0").exit_code == 1


def write(home: Home, rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (home.folder / "labels.csv").write_text(text.getvalue())
    return str(home.folder / "labels.csv")


def test_a_file_of_something_else_is_refused_in_one_line(home: Home) -> None:
    file = write(home, [{"pid": str(number), "image": "x"} for number in range(1000)])
    done = home.run("labels", "import", file)
    assert done.exit_code == 1
    assert "names no column chain_id and no verdict" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_problems_of_an_import_are_counted_behind_the_first(home: Home) -> None:
    file = write(home, [{"chain_id": f"{number:032x}", "verdict": "benign"} for number in range(50)])
    done = home.run("labels", "import", file)
    assert done.exit_code == 3
    assert done.stderr.count("unknown chain: 0") == 20
    assert "… and 30 more" in done.stderr
    listed = list(csv.DictReader(io.StringIO(home.run("labels", "import", file, "--problems", "-").stdout)))
    assert [(row["row"], row["problem"]) for row in listed] == [(str(number), "unknown chain") for number in range(1, 51)]


def test_an_import_with_every_kind_of_problem_reports_each_and_applies_the_rest(home: Home) -> None:
    keys = [row["chain_id"] for row in json.loads(home.run("rank", "--format", "json", "--limit", "4").stdout)]
    home.run("label", "1", "malicious", "--no-rerank")
    lines = [
        {"chain_id": keys[0], "verdict": "benign", "scope": ""}, {"chain_id": keys[1], "verdict": "fp"},
        {"chain_id": "", "verdict": "benign"},
        {"chain_id": "f" * 32, "verdict": "benign"}, {"chain_id": keys[2], "verdict": "benign", "scope": "=host"},
        {"chain_id": keys[1], "verdict": "false_positive"}, {"chain_id": keys[1], "verdict": "benign"},
        {"chain_id": keys[3], "verdict": "malicious"},
    ]  # fmt: skip
    done = home.run("labels", "import", write(home, lines), "--problems", "-")
    assert done.exit_code == 3
    listed = [(row["row"], row["problem"]) for row in csv.DictReader(io.StringIO(done.stdout))]
    assert listed == [
        ("1", "conflict"), ("2", "bad row"), ("3", "bad row"), ("4", "unknown chain"), ("5", "bad row"), ("7", "conflict"),
    ]  # fmt: skip
    assert "2 verdicts applied" in done.stderr
    verdicts = {row["chain_id"]: row["verdict"] for row in json.loads(home.run("rank", "--format", "json").stdout)}
    assert (verdicts[keys[0]], verdicts[keys[1]], verdicts[keys[3]]) == ("malicious", "false_positive", "malicious")
    home.run("labels", "undo")
    verdicts = {row["chain_id"]: row["verdict"] for row in json.loads(home.run("rank", "--format", "json").stdout)}
    assert (verdicts[keys[0]], verdicts[keys[1]], verdicts[keys[3]]) == ("malicious", None, None)


@pytest.mark.parametrize(
    ("labelled_by", "note", "kept"),
    [("ann", "seen", "seen [ann]"), ("ann", "seen [ann]", "seen [ann]"), ("bob", "seen", "seen"), ("", "seen", "seen")],
)
def test_the_author_is_noted_once(home: Home, labelled_by: str, note: str, kept: str) -> None:
    key = json.loads(home.run("rank", "--format", "json", "--limit", "1").stdout)[0]["chain_id"]
    file = write(home, [{"chain_id": key, "verdict": "benign", "note": note, "labelled_by": labelled_by}])
    home.run("labels", "import", file, "--author", "bob")
    exported = next(csv.DictReader(io.StringIO(home.run("labels", "export").stdout)))
    assert exported["note"] == kept


def test_too_few_chains_is_no_usage_error_and_no_dead_end(home: Home, second_case: Callable[[str], None]) -> None:
    second_case("tiny")
    done = home.run("train", "--case", "tiny")
    assert done.exit_code == 1
    assert "oddkin models import" in done.stderr


def test_show_names_every_verdict_that_concerns_a_chain(home: Home) -> None:
    key = json.loads(home.run("rank", "--chains", "--format", "json", "--limit", "1").stdout)[0]["chain_id"]
    home.run("label", key, "benign", "--prefix", "1", "--note", "all of \x1b it", "--author", "ada")
    home.run("label", key, "malicious", "--host", "WEB01", "--author", "eve")
    told = home.run("show", key).stdout
    assert "Verdict on host web01: ! malicious by eve" in told
    assert f"Verdict on everything that begins with the first 1 step of {key[:10]}: b benign by ada" in told
    assert "\x1b" not in told
    labels = json.loads(home.run("show", key, "--format", "json").stdout)["labels"]
    assert [label["verdict"] for label in labels] == ["malicious", "benign"]


def test_scores_without_findings_list_chains_and_say_so(home: Home) -> None:
    done = home.run("rank", "--format", "json", "--limit", "3")
    assert [row["rank"] for row in json.loads(done.stdout)] == [1, 2, 3]
    assert "no findings yet" in done.stderr
    assert home.run("show", "F1").exit_code == 1
    assert "no finding 1" in home.run("label", "F1", "benign").stderr
