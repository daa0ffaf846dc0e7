"""`oddkin label` and `oddkin labels`: what is said before it is done, and files from elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from store.workspace import open_workspace
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
    monkeypatch.setattr("store.verdicts.verdicts.Labels.give", lambda *_all, **_more: pytest.fail("acted"))
    with pytest.raises(pytest.fail.Exception):
        home.run("label", "1", "malicious")
    done = home.run("label", "1", "malicious", "--dry-run")
    assert "covers 1 process on 1 host" in done.stderr


WHOLE = ("label", "1", "malicious", "--prefix", "1")


def said(home: Home) -> dict[tuple[str, str], tuple[str, str]]:
    """(Chain, scope) -> verdict and note, as exported."""
    listed = csv.DictReader(io.StringIO(home.run("labels", "export").stdout))
    return {(row["chain_id"], row["scope"]): (row["verdict"], row["note"]) for row in listed}


@pytest.mark.parametrize(
    ("answer", "more", "labelled"),
    [
        ("n\n", (), 0), ("\n", (), 2), ("y\n", (), 2), ("what\na\n", (), "prefix"),
        ("n\n", ("--all",), 0), ("y\n", ("--all",), "prefix"),
    ],
)  # fmt: skip
def test_many_processes_are_asked_about_on_a_terminal(
    home: Home, monkeypatch: pytest.MonkeyPatch, answer: str, more: tuple[str, ...], labelled: int | str
) -> None:
    monkeypatch.setattr("tui.shell.console.Output.interactive", property(lambda _self: True))
    asked = home.run(*WHOLE, *more, input=answer)
    question = "[y/N]" if more else "[Y/a/n]"
    assert asked.stderr.index("covers 72 processes") < asked.stderr.index(question)
    assert ("only the 2 chains above the threshold" in asked.stderr) == (not more)
    found = said(home)
    assert ("Nothing was changed." in asked.stderr) == (labelled == 0)
    assert len(found) == (1 if labelled == "prefix" else labelled)
    assert {scope for _, scope in found} == ({"prefix:1"} if labelled == "prefix" else {""} if labelled else set())


def test_no_question_is_asked_where_it_was_answered_or_little_is_covered(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.shell.console.Output.interactive", property(lambda _self: True))
    done = home.run(*WHOLE, "--yes")
    assert (done.exit_code, "/n]" in done.stderr.lower()) == (0, False)
    assert [verdict for verdict, _ in said(home).values()] == ["malicious", "malicious"]
    assert "/n]" not in home.run("label", "1", "benign").stderr.lower()
    assert sorted(verdict for verdict, _ in said(home).values()) == ["benign", "malicious"]


def test_without_a_terminal_many_processes_need_a_yes(home: Home) -> None:
    done = home.run(*WHOLE)
    assert done.exit_code == 2
    assert "72 processes (more than 50)" in done.stderr
    assert "nothing was labelled" in done.stderr
    assert "--yes labels the 2 chains above the threshold, --yes --all all of them." in done.stderr
    assert said(home) == {}
    assert home.run(*WHOLE, "--dry-run").exit_code == 0
    assert said(home) == {}
    assert home.run(*WHOLE, "--yes", "--all").exit_code == 0
    assert {scope for _, scope in said(home)} == {"prefix:1"}


def test_where_nothing_is_above_the_threshold_a_yes_is_not_enough(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    score(workspace, flagged=0, model=home.model)
    workspace.close()
    for more in ((), ("--yes",)):
        done = home.run(*WHOLE, *more)
        assert (done.exit_code, "--yes --all" in done.stderr) == (2, True)
        assert said(home) == {}
    assert home.run(*WHOLE, "--yes", "--all").exit_code == 0
    assert len(said(home)) == 1


@pytest.fixture
def grouped(home: Home) -> tuple[Home, list[str]]:
    """The same with findings; the keys of the chains of the first one, best first."""
    workspace = open_workspace(home.workspace)
    score(workspace, model=home.model, grouped=True)
    keys = list(workspace.findings.chains([workspace.findings.get("case", 1)]))
    workspace.close()
    return home, keys


def test_a_verdict_on_a_finding_leaves_what_is_decided_and_every_note(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    assert len(keys) > 3
    home.run("label", keys[0], "benign", "--note", "admins do this")
    home.run("label", keys[1], "undetermined", "--note", "ask ann")
    kept = said(home)
    done = home.run("label", "F1", "malicious", "--yes", "--all")
    assert done.exit_code == 0
    assert "2 decided chains skipped (--overwrite includes what is decided)." in done.stderr
    found = said(home)
    assert {at: found[at] for at in kept} == kept
    assert {verdict for verdict, _ in found.values()} == {"benign", "undetermined", "malicious"}
    assert len(found) == len(keys)
    home.run("labels", "undo")
    assert said(home) == kept
    again = home.run("label", "F1", "malicious", "--yes", "--all", "--overwrite")
    assert "skipped" not in again.stderr
    assert said(home) == {(key, ""): ("malicious", kept.get((key, ""), ("", ""))[1]) for key in keys}
    noted = home.run("label", "F1", "malicious", "--yes", "--all", "--overwrite", "--note", "one campaign")
    assert "2 notes were replaced; `oddkin labels history` has what was written." in noted.stderr
    assert {note for _, note in said(home).values()} == {"one campaign"}
    assert "ask ann" in home.run("labels", "history").stdout


def test_a_finding_that_is_decided_is_left_alone(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", "F1", "benign", "--yes", "--all")
    done = home.run("label", "F1", "malicious", "--yes", "--all")
    assert (done.exit_code, "Nothing was changed." in done.stderr) == (0, True)
    assert f"{len(keys)} decided chains skipped" in done.stderr
    assert {verdict for verdict, _ in said(home).values()} == {"benign"}
    assert home.run("label", "F1", "none", "--yes", "--all").exit_code == 0
    assert said(home) == {}


def test_what_begins_alike_keeps_narrower_verdicts_unless_they_are_asked_for(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", keys[0], "benign", "--note", "mine")
    prefix = ("label", keys[0], "malicious", "--prefix", "1", "--yes", "--all")
    assert "1 decided chain keeping a verdict of its own" in home.run(*prefix).stderr
    assert said(home)[keys[0], ""] == ("benign", "mine")
    home.run("labels", "undo")
    home.run(*prefix, "--overwrite")
    assert said(home) == {(keys[0], ""): ("malicious", "mine"), (keys[0], "prefix:1"): ("malicious", "")}
    assert (
        "keeping a verdict" not in home.run("label", keys[0], "benign", "--prefix", "1", "--yes", "--all", "--overwrite").stderr
    )


def test_a_single_verdict_says_what_it_replaces_and_keeps_the_note(home: Home) -> None:
    home.run("label", "1", "benign", "--note", "seen")
    done = home.run("label", "1", "malicious")
    assert "It is benign now; that is replaced." in done.stderr
    assert set(said(home).values()) == {("malicious", "seen")}
    assert "1 note was replaced" in home.run("label", "1", "malicious", "--note", "seen twice").stderr
    assert "1 note was replaced" in home.run("label", "1", "none").stderr


def test_what_another_author_did_last_is_said_and_stays(home: Home) -> None:
    home.run("label", "1", "malicious", "--author", "bob")
    before = said(home)
    done = home.run("labels", "undo", "--author", "eve")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The latest verdict is bob's" in done.stderr
    assert "nothing was changed" in done.stderr
    assert said(home) == before
    assert home.run("labels", "undo", "--author", "bob").exit_code == 0
    assert said(home) == {}
    redone = home.run("labels", "redo", "--author", "eve")
    assert (redone.exit_code, "The latest undo is bob's" in redone.stderr) == (1, True)
    assert said(home) == {}


def test_an_import_says_which_notes_it_replaced(home: Home) -> None:
    home.run("label", "1", "benign", "--note", "mine")
    key = next(iter(said(home)))[0]
    file = write(home, [{"chain_id": key, "verdict": "malicious", "note": "theirs"}])
    assert "1 note was replaced" in home.run("labels", "import", file, "--replace").stderr


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
    home.run("label", key, "benign", "--prefix", "1", "--note", "all of \x1b it", "--author", "ada", "--yes", "--all")
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


def test_a_finding_that_is_not_there_is_no_chain_that_is_not_there(home: Home) -> None:
    for reference in ("F9", "F999", "f9999", "F1234567"):
        for command in (["show", reference], ["label", reference, "benign"], ["tree", "--around", reference]):
            done = home.run(*command)
            assert (done.exit_code, f"There is no finding {reference[1:]}." in done.stderr) == (1, True), (command, done.stderr)
