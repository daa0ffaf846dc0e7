"""`oddkin labels merge`: what it says of conflicts and of how far two examiners agree, and verdicts from files."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tui.home import Home


@pytest.fixture
def colleague(home: Home, tmp_path: Path) -> Home:
    """Another workspace of the same evidence."""
    (tmp_path / "other").mkdir()
    shutil.copytree(home.workspace, tmp_path / "other" / "w")
    return Home(tmp_path / "other", home.model)


def judge(of: Home, reference: str, verdict: str, author: str, note: str = "") -> None:
    done = of.run("label", reference, verdict, "--author", author, "--note", note, "--yes", "--no-rerank")
    assert done.exit_code == 0, done.output


def listed(of: Home) -> list[str]:
    return [line[22:] for line in of.run("labels", "list").stdout.splitlines()]


def test_a_workspace_with_itself_is_refused(home: Home) -> None:
    judge(home, "1", "malicious", "ann")
    before = listed(home)
    done = home.run("labels", "merge", str(home.workspace))
    assert done.exit_code == 2
    assert "this workspace and this case" in done.stderr
    assert "colleague's workspace" in done.stderr
    assert listed(home) == before


@pytest.mark.parametrize(
    "command",
    [("labels", "import", "{}"), ("labels", "merge", "{}"), ("evaluate", "--labels", "{}"), ("ingest", "{}", "--map", "{}")],
)
def test_a_file_that_is_no_text_is_told_by_line_and_byte_with_a_remedy(
    home: Home, tmp_path: Path, command: tuple[str, ...]
) -> None:
    junk = tmp_path / "junk.csv"
    junk.write_bytes(b"chain_id,verdict\n\xff\xfebad,malicious\n")
    done = home.run(*(word.format(junk) for word in command))
    assert done.exit_code in {1, 2}
    assert f"{junk}" in done.stderr
    assert "line 2 is no UTF-8 text (byte 18 of the file is 0xff)" in done.stderr
    assert "\n  → " in done.stderr
    assert "codec" not in done.stderr


def test_conflicts_are_listed_and_the_newer_holds(home: Home, colleague: Home) -> None:
    judge(home, "1", "malicious", "ann")
    judge(home, "2", "malicious", "ann")
    judge(colleague, "1", "fp", "bob", "\x1b[31mseen\u202e")
    judge(colleague, "2", "malicious", "bob")
    before = (colleague.workspace / "oddkin.sqlite").read_bytes()
    done = home.run("labels", "merge", str(colleague.workspace))
    assert done.exit_code == 0, done.output
    (line,) = done.stdout.splitlines()
    assert "here malicious by ann" in line
    assert "there false_positive by bob" in line
    assert "(\\e[31mseen\\u202e)  holds: false_positive, said there, which is newer" in line
    assert "Both judged 2 subjects, 1 of them alike (Cohen's kappa 0.00)." in done.stderr
    assert "1 of 1 sources of case case are in case case there, which has 1." in done.stderr
    assert (colleague.workspace / "oddkin.sqlite").read_bytes() == before, "the other workspace is only read"
    again = home.run("labels", "merge", str(colleague.workspace))
    assert (again.exit_code, again.stdout) == (0, "")
    assert "2 changes of verdicts there, 2 were known here; 0 became what holds." in again.stderr
    assert colleague.run("labels", "merge", str(home.workspace)).exit_code == 0
    assert listed(home) == listed(colleague)
    assert home.run("doctor").exit_code == 0


def test_json_has_everything(home: Home, colleague: Home) -> None:
    judge(home, "1", "malicious", "ann")
    judge(colleague, "1", "benign", "bob")
    found: dict[str, Any] = json.loads(home.run("labels", "merge", str(colleague.workspace), "--format", "json").stdout)
    assert (found["events"], found["new"], found["applied"]) == (1, 1, 1)
    assert found["agreement"] == {"both": 1, "alike": 0, "kappa": 0.0}
    assert found["conflicts"][0]["holds"]["author"] == "bob"


def test_an_exported_file_is_merged_like_its_workspace(home: Home, colleague: Home, tmp_path: Path) -> None:
    judge(colleague, "1", "benign", "bob", "b")
    process = json.loads(colleague.run("processes", "--format", "jsonl", "--limit", "1").stdout)["process"]
    judge(colleague, process, "malicious", "bob", "p")
    file = tmp_path / "labels.csv"
    assert colleague.run("labels", "export", "-o", str(file)).exit_code == 0
    done = home.run("labels", "merge", str(file))
    assert done.exit_code == 0, done.output
    assert sorted(listed(home)) == sorted(listed(colleague))
    assert len(listed(home)) == 2
    known = home.run("labels", "merge", str(colleague.workspace))
    assert "0 became what holds" in known.stderr
    assert "were known here; 0 became" in known.stderr


def test_json_lines_are_read_by_import_and_by_merge(home: Home, tmp_path: Path) -> None:
    (row, *_) = json.loads(home.run("rank", "--chains", "--format", "json").stdout)
    file = tmp_path / "labels.jsonl"
    said = {"chain_id": row["chain_id"], "verdict": "benign", "labelled_by": "bob", "labelled_at_us": 1_700_000_000_000_000}
    file.write_text(json.dumps(said) + "\n\n")
    assert home.run("labels", "merge", str(file)).exit_code == 0
    assert "2023-11-14T22:13:20Z" in home.run("labels", "list").stdout
    file.write_text(json.dumps(said | {"verdict": "malicious"}) + "\n")
    assert home.run("labels", "import", str(file), "--replace").exit_code == 0
    assert "malicious" in home.run("labels", "list").stdout


@pytest.mark.parametrize("content", ["{}", "{bad", "[1]\n", '{"chain_id": "x"}', "[" * 20_000, ""])
def test_a_file_that_is_none_of_verdicts_is_said(home: Home, tmp_path: Path, content: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(content)
    for command in ("merge", "import"):
        done = home.run("labels", command, str(file))
        assert done.exit_code == 1, done.output
        assert "chain_id and verdict are needed" in done.stderr


def test_rows_that_cannot_be_merged_are_named(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    with file.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["chain_id", "verdict", "scope", "labelled_at_us"])
        rows.writerows([["a" * 32, "benign", "", ""], ["a" * 32, "odd", "", "5"], ["a" * 32, "benign", "nowhere:1", "5"]])
        rows.writerow(["a" * 32, "benign", "", "5"])
    done = home.run("labels", "merge", str(file))
    assert done.exit_code == 3
    assert "row 1: labelled_at_us does not say when the verdict was given" in done.stderr
    assert "row 2: 'odd' is no verdict" in done.stderr
    assert "row 3: 'nowhere:1' is no scope." in done.stderr
    assert "1 verdict kept that are on nothing here" in done.stderr


def test_other_evidence_and_no_workspace_are_refused(home: Home, tmp_path: Path) -> None:
    from store.workspace import open_workspace
    from tests.store.samples import event, fill

    assert home.run("labels", "merge", str(tmp_path)).exit_code == 1
    workspace = open_workspace(tmp_path / "strange")
    fill(workspace, [event(1)], case="theirs", sha256="c" * 64)
    workspace.close()
    done = home.run("labels", "merge", str(tmp_path / "strange"))
    assert (done.exit_code, "no source is the same" in done.stderr) == (2, True)
    assert home.run("labels", "merge", str(tmp_path / "strange"), "--other-case", "none").exit_code == 2
    assert home.run("labels", "merge", str(tmp_path / "gone")).exit_code == 1
