"""`oddkin exceptions` from a verdict to another workspace: what it prints, what it hides, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.domain.processes import Repute
from engine.exceptions.file import write
from engine.hash_lists.reading import HashList
from store.base import ids
from store.verdicts.subject import OfProcess
from store.workspace import Workspace, open_workspace
from tests.store.exceptions.scene import APPS, CHILD, EVIL, NOW, ODD, filled, kept
from tests.store.samples import HOSTILE
from tui.command_line import app


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case with seven findings; F2 is judged a false positive, and the queue follows that."""
    made = tmp_path_factory.mktemp("exceptions")
    workspace = open_workspace(made / "w")
    filled(workspace)
    workspace.close()
    assert run(made, "label", "F2", "fp", "--yes").exit_code == 0
    return made


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy for each test."""
    shutil.copytree(template / "w", tmp_path / "w")
    return tmp_path


@pytest.fixture
def elsewhere(folder: Path) -> Iterator[Workspace]:
    """The same workspace through the store."""
    workspace = open_workspace(folder / "w")
    yield workspace
    workspace.close()


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "w"), *map(str, words)], catch_exceptions=False)


def queue(folder: Path, *words: str) -> list[str]:
    """The findings that are in it, whatever the order that the verdict taught."""
    done = run(folder, "rank", "--format", "json", *words)
    assert done.exit_code == 0, done.output
    return sorted(f"F{row['finding_rank']}" for row in json.loads(done.stdout))


ADD = ("exceptions", "add", "--from", "F2", "--reason", "software", "--owner", "ann")


def test_the_preview_tells_and_changes_nothing(folder: Path) -> None:
    done = run(folder, "exceptions", "preview", "--from", "F2")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines == [
        f"{EVIL} < {APPS[3]}, no word behind its name, any host",
        "In this case: 1 process on 1 host; 1 finding (F2) would be hidden.",
    ]
    told = json.loads(run(folder, "exceptions", "preview", "--from", "F2/1", "--host", "DB*", "--format", "json").stdout)
    assert (told["processes"], told["findings"], told["malicious"]) == (1, ["F2"], 0)
    (made,) = told["exceptions"]
    assert (made["image"], made["host"], made["verdict"], made["command"]) == (EVIL, "DB*", "false_positive", [])
    assert json.loads(run(folder, "exceptions", "list", "--format", "json").stdout) == []
    assert queue(folder) == ["F1", "F2", "F3", "F4", "F5", "F6", "F7"]


def test_what_is_kept_leaves_the_queue_and_is_said_counted_and_listed(folder: Path) -> None:
    done = run(folder, *ADD, "--note", "sysstat")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("E1  until 2")
    assert "1 exception kept" in done.stderr
    assert "In this case: 1 process on 1 host; 1 finding (F2) is hidden." in done.stderr
    ranked = run(folder, "rank")
    assert "1 finding is hidden by 1 exception. See: oddkin exceptions hidden" in ranked.stderr
    assert queue(folder) == ["F1", "F3", "F4", "F5", "F6", "F7"]
    assert queue(folder, "--where", "is:hidden") == ["F2"]
    assert queue(folder, "--where", "exception:E1") == ["F2"]
    assert queue(folder, "--where", "!exception:1") == ["F1", "F3", "F4", "F5", "F6", "F7"]
    assert len(json.loads(run(folder, "rank", "--chains", "--format", "json").stdout)) == 8, "of chains none is left out"
    shown = run(folder, "exceptions", "hidden")
    assert "hidden by E1" in shown.stdout
    assert "sysstat" in shown.stdout
    told = json.loads(run(folder, "exceptions", "hidden", "--format", "json").stdout)
    assert [(one["finding"], one["exceptions"], one["image"]) for one in told["findings"]] == [("F2", ["E1"], EVIL)]
    (listed,) = json.loads(run(folder, "exceptions", "list", "--format", "json").stdout)
    assert (listed["exception"], listed["owner"], listed["reason"], listed["holds"]) == ("E1", "ann", "software", True)
    assert [(use["case"], use["processes"]) for use in listed["cases"]] == [("case", 1)]
    assert "case: 1 process on 1 host" in run(folder, "exceptions", "list").stdout


def test_show_and_every_export_say_that_it_is_hidden(folder: Path) -> None:
    run(folder, *ADD)
    assert "F2 is hidden from the queue by E1" in run(folder, "show", "F2").stderr
    assert "hidden" not in run(folder, "show", "F1").stderr
    done = run(folder, "export", "F2", "-o", folder / "out.csv")
    assert "1 finding is hidden by 1 exception" in done.stderr
    with (folder / "out.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 2, "nothing is left out of an export"
    sidecar = json.loads((folder / "out.csv.oddkin.json").read_text())
    assert sidecar["asked"] == {"hidden": {"findings": 1, "exceptions": ["E1"]}}
    everything = run(folder, "processes", "--format", "csv")
    assert EVIL.lower() in everything.stdout.lower(), "it stays in the evidence"
    assert "evil.exe" in run(folder, "tree", "--around", "F2").stdout


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_report_tells_what_was_left_out_and_by_what(folder: Path, form: str) -> None:
    run(folder, "labels", "undo")
    before = run(folder, "report", "-o", "-", "--format", form).stdout
    assert "Hidden by exceptions" not in before
    assert "evil.exe" in before
    run(folder, "label", "F2", "fp", "--yes", "--no-rerank")
    run(folder, *ADD, "--note", "|sysstat`")
    run(folder, "labels", "undo")
    done = run(folder, "report", "-o", "-", "--format", form)
    assert "1 finding is hidden by 1 exception" in done.stdout
    assert "Hidden by exceptions" in done.stdout
    for told in ("E1", "software", "ann", "F2"):
        assert told in done.stdout.partition("Hidden by exceptions")[2]
    run(folder, "label", "F2", "malicious", "--yes", "--no-rerank")
    assert "Hidden by exceptions" not in run(folder, "report", "-o", "-", "--format", form).stdout


def test_an_expired_one_comes_back_and_is_told(folder: Path, elsewhere: Workspace) -> None:
    run(folder, *ADD, "--expires", "2099-01-31")
    elsewhere.exceptions.renew([1], NOW)
    assert queue(folder) == ["F1", "F2", "F3", "F4", "F5", "F6", "F7"]
    assert "1 finding is back, for 1 exception (E1) has expired" in run(folder, "rank").stderr
    assert "expired 2025-10-09" in run(folder, "exceptions", "list").stdout
    told = json.loads(run(folder, "exceptions", "hidden", "--format", "json").stdout)
    assert (told["findings"], told["back"], told["expired"]) == ([], ["F2"], ["E1"])
    assert run(folder, "exceptions", "renew", "E1", "--expires", "never").exit_code == 0
    assert queue(folder) == ["F1", "F3", "F4", "F5", "F6", "F7"]
    assert "for good" in run(folder, "exceptions", "list").stdout


def test_removing_brings_it_back(folder: Path) -> None:
    run(folder, *ADD)
    done = run(folder, "exceptions", "remove", "e1")
    assert (done.exit_code, done.stderr) == (0, "Removed: E1\n")
    assert "F2" in queue(folder)
    assert run(folder, "exceptions", "remove", "1").exit_code == 1
    assert "There is no exception E1" in run(folder, "exceptions", "renew", "1").stderr


def test_a_verdict_here_keeps_it_in_the_queue(folder: Path) -> None:
    run(folder, *ADD)
    run(folder, "label", "F2", "malicious", "--yes", "--overwrite", "--no-rerank")
    assert "F2" in queue(folder)
    run(folder, "label", "F2/1", "fp", "--yes", "--overwrite", "--no-rerank")
    lead = json.loads(run(folder, "exceptions", "hidden", "--format", "json").stdout)["findings"][0]["lead"]
    run(folder, "label", lead, "malicious", "--yes", "--overwrite", "--no-rerank")
    said = run(folder, "exceptions", "preview", "--from", "F2").stderr
    assert "no odd process here has one" in said


USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "no verdict": (("--from", "F1", "--reason", "software"), "no odd process here has one"),
    "no reason": (("--from", "F2"), "Missing option"),
    "a reason that is none": (("--from", "F2", "--reason", "because"), "is not one of"),
    "two hosts": (("--from", "F2", "--reason", "other", "--host", "a", "--any-host"), "say two things"),
    "an empty host": (("--from", "F2", "--reason", "other", "--host", " "), "names no host"),
    "the program alone": (
        ("--from", "F2", "--reason", "other", "--ancestors", "0", "--any-command"), "--image-alone says that it is meant",
    ),
    "alone and not": (("--from", "F2", "--reason", "other", "--image-alone"), "asks for more"),
    "no time": (("--from", "F2", "--reason", "other", "--expires", "soon"), "says not how long"),
    "too long": (("--from", "F2", "--reason", "other", "--expires", "9999d"), "no time that an exception can hold"),
    "over": (("--from", "F2", "--reason", "other", "--expires", "2001-01-31"), "is over"),
    "a chain": (("--from", "1", "--reason", "other"), "made from a finding, one of its incidents, or a process"),
    "a branch": (("--from", "P131/branch", "--reason", "other"), "made from a finding, one of its incidents, or a process"),
    "an owner of many characters": (("--from", "F2", "--reason", "other", "--owner", "x" * 301), "An owner has 300 characters"),
}  # fmt: skip


@pytest.mark.parametrize("what", USAGE)
def test_what_makes_no_exception_ends_with_2_and_keeps_nothing(folder: Path, what: str) -> None:
    words, said = USAGE[what]
    done = run(folder, "exceptions", "add", *words)
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.split())
    assert run(folder, "exceptions", "list").stdout == ""


def test_wider_and_narrower_as_it_is_asked_for(folder: Path) -> None:
    for words, count in (
        (("--host", "WEB*"), 0), (("--host", "db0?"), 1), (("--ancestors", "2"), 1), (("--any-command", "--any-host"), 1),
        (("--ancestors", "0", "--any-command", "--image-alone"), 1),
    ):  # fmt: skip
        told = json.loads(run(folder, "exceptions", "preview", "--from", "F2", *words, "--format", "json").stdout)
        assert told["processes"] == count, words


def test_exceptions_move_to_another_workspace(folder: Path, tmp_path: Path) -> None:
    run(folder, *ADD)
    file = folder / "exceptions.json"
    done = run(folder, "exceptions", "export", "-o", file)
    assert (done.exit_code, (folder / "exceptions.json.oddkin.json").exists()) == (0, True)
    assert run(folder, "exceptions", "export").stdout == file.read_text()
    other = tmp_path / "other"
    (other / "w").mkdir(parents=True)
    workspace = open_workspace(other / "w")
    filled(workspace, "later", "e" * 64)
    workspace.close()
    done = run(other, "exceptions", "import", file)
    assert (done.exit_code, done.stderr) == (0, "1 exception kept\n")
    assert "1 finding is hidden by 1 exception" in run(other, "rank").stderr
    done = run(other, "exceptions", "import", file)
    assert (done.exit_code, done.stderr) == (0, "0 exceptions kept, 1 was here already\n")


def test_conflicts_are_named_and_show_in_the_exit_code(folder: Path) -> None:
    run(folder, *ADD, "--expires", "never")
    file = folder / "exceptions.json"
    file.write_text(run(folder, "exceptions", "export").stdout.replace('"ann"', '"bob"'))
    done = run(folder, "exceptions", "import", file)
    assert done.exit_code == 3
    assert "E1 covers the same and stays as it is; there: false_positive, software, by bob, for good" in done.stderr
    assert "by ann" in run(folder, "exceptions", "list").stdout
    done = run(folder, "exceptions", "import", file, "--replace")
    assert (done.exit_code, done.stderr) == (0, "0 exceptions kept, 1 changed\n")
    assert "by bob" in run(folder, "exceptions", "list").stdout


@pytest.mark.parametrize("content", ["", "[1]", "[" * 100_000, '{"format": "oddkin exceptions", "version": 1}', "\x1b[31m"])
def test_a_file_that_is_not_understood_is_refused_whole(folder: Path, content: str) -> None:
    file = folder / "evil.json"
    file.write_text(content)
    done = run(folder, "exceptions", "import", file)
    assert done.exit_code == 1
    assert f"{file} holds no exceptions" in done.stderr.replace("\n", "")
    assert "nothing of the file was taken" in done.stderr
    assert run(folder, "exceptions", "list").stdout == ""


def test_hostile_texts_are_inert_in_everything_that_is_for_eyes(folder: Path) -> None:
    file = folder / "evil.json"
    made = [
        kept(f"/bin/{text}{place}", f"/up/{text}", host=text, command=(text, "<url>"), owner=text, note=text)
        for place, text in enumerate(HOSTILE) if text
    ]  # fmt: skip
    made.append(replace(kept(EVIL), owner="\x1b[31m\u202e", note="\x1b]0;x\x07"))
    file.write_text(write(made))
    printed = [run(folder, "exceptions", "import", file)]
    printed += [run(folder, *words) for words in (("exceptions", "list"), ("exceptions", "hidden"), ("audit", "list"), ("rank",))]
    for done in printed:
        assert done.exit_code == 0, done.output
        assert {"\x1b", "\u202e", "\x9b", "\x07"}.isdisjoint(done.output)
    listed: list[dict[str, Any]] = json.loads(run(folder, "exceptions", "list", "--format", "json").stdout)
    assert len(listed) == len(made)
    assert run(folder, "exceptions", "list", "--format", "json").stdout.isascii()
    for form in ("html", "md"):
        told = run(folder, "report", "-o", "-", "--format", form).stdout
        assert {"\x1b", "\u202e"}.isdisjoint(told)


def test_several_kinds_become_several_exceptions(folder: Path) -> None:
    run(folder, "label", "F1", "benign", "--yes", "--no-rerank")
    done = run(folder, "exceptions", "add", "--from", "F1", "--reason", "monitoring")
    assert "2 exceptions kept" in done.stderr
    assert "The shape of the command line leaves open: any address." in done.stderr
    assert {ODD, CHILD} == {one["image"] for one in json.loads(run(folder, "exceptions", "list", "--format", "json").stdout)}
    assert "F1" not in queue(folder)


def test_csv_of_the_queue_leaves_them_out_too(folder: Path) -> None:
    run(folder, *ADD)
    rows = list(csv.DictReader(io.StringIO(run(folder, "rank", "--format", "csv").stdout)))
    assert {row["finding_rank"] for row in rows} == {"1", "3", "4", "5", "6", "7"}


def test_the_preview_says_that_something_is_judged_malicious_and_known_bad_stays(folder: Path, elsewhere: Workspace) -> None:
    first, second = (one.lead for one in elsewhere.findings.incidents("case", 5, limit=2))
    elsewhere.labels.give("case", OfProcess(first), "malicious", author="ann")
    elsewhere.labels.give("case", OfProcess(second), "benign", author="ann")
    said = run(folder, "exceptions", "preview", "--from", ids.called(second)).stdout
    assert "Look again: 1 process among them is judged malicious." in said
    assert "F5 would stay: judged malicious or undetermined here, or known bad." in said
    texts = dict(elsewhere.hash_lists.hash_texts("case"))
    elsewhere.hash_lists.keep_list("case", Repute.BAD, HashList("bad.txt", hashes=1), set(texts), 1)
    assert "F2 would stay: judged" in run(folder, "exceptions", "preview", "--from", "F2").stdout
    assert "F2 stays: judged" in run(folder, *ADD).stderr
    assert json.loads(run(folder, "exceptions", "hidden", "--format", "json").stdout)["findings"] == []
