"""`oddkin report`: what it tells of a case, in both forms, with the names as they are and with others."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from engine.domain.records import Reject
from engine.handover.csv_cells import unescape_cell
from store.base import ids
from store.workspace import open_workspace
from tests.engine.handover.samples import HOSTILE
from tests.store.samples import event, fill, score
from tests.tui.home import Home

SHELL = "C:\\Windows\\System32\\cmd.exe"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A web shell on one host that was called malicious, hostile names on another, everyday processes, rejected records."""
    folder = tmp_path_factory.mktemp("report")
    workspace = open_workspace(folder / "w")
    line = "cmd.exe /c net use \\\\FS01.corp.test\\c$ & copy C:\\Users\\ann.lee\\a.txt & net user ann.lee"
    odd = [
        event(1, image="C:\\inetpub\\w3wp.exe", host="WEB01.corp.test"),
        event(2, 1, image=SHELL, command_line=line, user="CORP\\ann.lee", host="WEB01.corp.test", hashes=f"SHA256={'ab' * 32}"),
        event(
            3, 2, image="C:\\Windows\\System32\\whoami.exe", command_line="whoami", user="CORP\\ann.lee", host="WEB01.corp.test"
        ),
        event(4, 2, image="C:\\Windows\\System32\\tasklist.exe", command_line="tasklist", host="WEB01.corp.test"),
    ]
    hostile = [
        event(100 + number, 99, command_line=text, user=text, image=f"C:\\x\\{text}.exe", host=f"h{number}{text[:20]}")
        for number, text in enumerate(HOSTILE)
        if text
    ]
    usual = [event(number, host="FS01.corp.test") for number in range(10, 40)]
    rejects = [Reject(position=number, code="bad-json", reason="x", sample=b"y") for number in range(7)]
    fill(workspace, [*odd, *usual, *hostile], path=str(folder / "evidence.json"), rejects=rejects)
    model = score(workspace, flagged=40, grouped=True)
    workspace.close()
    made = Home(folder, model)
    number = next(
        row["finding_rank"]
        for row in csv.DictReader(io.StringIO(made.run("export", "--where", "cmd:whoami", "-o", "-").stdout, newline=""))
    )
    done = made.run("label", f"F{number}", "malicious", "--note", "web shell of <b>bob</b> #T1505.003", "--yes")
    assert done.exit_code == 0
    return made


def page(scene: Home, *options: str) -> str:
    done = scene.run("report", "-o", "-", *options)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", ["html", "md"])
def test_a_report_tells_of_the_finding_and_of_the_evidence(scene: Home, form: str) -> None:
    text = page(scene, "--format", form)
    for told in (
        "Summary", "1 finding was called malicious, on WEB01.corp.test", "Timeline", "Findings", "Verdicts", "Hashes",
        "T1505.003", "whoami", "ab" * 32, "step errors", "What was ingested", "Rejected records", "bad-json", "a" * 64,
        "How it was ranked, and what that does not tell", scene.model, "it is no probability", "Processes",
    ):  # fmt: skip
        assert told in text, told


def test_a_page_of_hostile_names_has_no_script_and_fetches_nothing(scene: Home) -> None:
    text = page(scene)
    assert text.count("<script") == 0
    assert not re.search(r"<(?:img|iframe|link|object|embed|base|form|a [^>]*href=\"[^#])", text)
    assert not re.search(r"<[^>]*\son\w+=", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)
    assert "&lt;script&gt;alert(1)" in text


def test_a_report_is_the_same_bytes_each_time(scene: Home) -> None:
    for form in ("html", "md"):
        assert page(scene, "--format", form) == page(scene, "--format", form)


def test_it_is_written_as_a_file_and_said(scene: Home, tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    done = scene.run("report", "-o", str(target))
    assert done.exit_code == 0
    assert re.search(rf"^report on \d+ findings? of case case -> {re.escape(str(target))}$", done.stderr, re.MULTILINE)
    assert target.read_text(encoding="utf-8") == page(scene)


def test_fewer_findings_are_said_to_be_fewer(scene: Home) -> None:
    few, all_ = page(scene, "--limit", "0"), page(scene)
    assert "above the threshold" in few
    assert "not told here" in few
    assert "not told here" not in all_
    assert few.count('<h3 id="f') == 1 < all_.count('<h3 id="f')


def test_a_large_finding_is_told_in_part_and_that_is_said(scene: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.actions.handover.report.findings.LISTED", 1)
    monkeypatch.setattr("tui.actions.handover.report.findings.IN_PICTURE", 1)
    few = page(scene, "--limit", "0")
    assert re.search(r"more process(?:es)? of this finding (?:is|are) not listed\. All of them: oddkin export F\d+ -o FILE", few)
    assert re.search(
        r"more process(?:es)? of F\d+/\d+ (?:is|are) not drawn\. All of it: oddkin export F\d+/\d+ --format svg", few
    )
    monkeypatch.undo()
    assert "not listed" not in page(scene, "--limit", "0")


def test_names_are_replaced_everywhere_and_the_key_is_kept_apart(scene: Home, tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    for form in ("html", "md"):
        text = page(scene, "--format", form, "--pseudonyms", str(key))
        assert not re.search(r"ann\.lee|WEB01|FS01|corp\.test|CORP\b", text, re.IGNORECASE)
        assert re.search(r"net use \\\\HOST-\d\d\.DOMAIN-\d\d\\c\$", text)
        assert re.search(r"C:\\Users\\USER-\d\d\\a\.txt", text)
    with key.open(newline="", encoding="utf-8") as stream:
        rows = [{name: unescape_cell(cell) for name, cell in row.items()} for row in csv.DictReader(stream)]
    assert {row["kind"] for row in rows} == {"host", "account", "domain"}
    assert {"WEB01.corp.test", "ann.lee", "corp.test", "CORP"} <= {row["name"] for row in rows}


def test_the_key_of_before_is_gone_on_with(scene: Home, tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    key.write_text("kind,name,pseudonym\nhost,WEB01,HOST-77\n", encoding="utf-8")
    assert "HOST-77" in page(scene, "--pseudonyms", str(key))
    assert key.read_text(encoding="utf-8").splitlines()[1] == "host,WEB01,HOST-77"


@pytest.mark.parametrize(
    "content", ["a,b\n1,2\n", "kind,name,pseudonym\nhost,a\n", "kind,name,pseudonym\nx,a,HOST-01\n", "\udcff"]
)
def test_a_file_that_is_no_key_is_left_alone(scene: Home, tmp_path: Path, content: str) -> None:
    key = tmp_path / "key.csv"
    key.write_bytes(content.encode("utf-8", "surrogateescape"))
    done = scene.run("report", "-o", str(tmp_path / "r.html"), "--pseudonyms", str(key))
    assert (done.exit_code, "no key of pseudonyms" in done.stderr, (tmp_path / "r.html").exists()) == (2, True, False)
    assert key.read_bytes() == content.encode("utf-8", "surrogateescape")


def test_the_key_does_not_go_where_the_report_goes(scene: Home, tmp_path: Path) -> None:
    target = tmp_path / "r.html"
    for key in (str(target), "-", f"{target}.oddkin.json"):
        done = scene.run("report", "-o", str(target), "--pseudonyms", key)
        assert (done.exit_code, target.exists()) == (2, False)
    evidence = scene.folder / "evidence.json"
    evidence.write_text("")
    done = scene.run("report", "-o", str(target), "--pseudonyms", str(evidence))
    assert (done.exit_code, target.exists(), evidence.read_text()) == (1, False, "")


def test_a_case_without_scores_has_no_report(scene: Home, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    fill(workspace, [event(1)], path=str(tmp_path / "e.json"))
    workspace.close()
    done = Home(tmp_path, "").run("report", "-o", str(tmp_path / "r.html"))
    assert (done.exit_code, "Run: oddkin rank" in done.stderr, (tmp_path / "r.html").exists()) == (1, True, False)


def test_nothing_found_is_a_report_that_says_so(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    fill(workspace, [event(number) for number in range(1, 20)], path=str(tmp_path / "e.json"))
    score(workspace, flagged=0, grouped=True)
    workspace.close()
    text = page(Home(tmp_path, ""))
    assert "Nothing was called malicious so far." in text
    assert "No finding is above the threshold" in text


def test_what_was_judged_outside_of_findings_and_what_was_cleared_is_told(scene: Home, tmp_path: Path) -> None:
    shutil.copytree(scene.workspace, tmp_path / "w")
    other = Home(tmp_path, scene.model)
    rows = list(csv.DictReader(io.StringIO(other.run("export", "--where", "host:FS01.corp.test", "-o", "-").stdout, newline="")))
    lonely = rows[0]
    workspace = open_workspace(other.workspace)
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM covered WHERE process_id = ?", (ids.parse_short(lonely["process"]),))
        connection.commit()
    workspace.close()
    assert other.run("label", lonely["process"], "malicious", "--note", "odd one", "--yes").exit_code == 0
    flagged = next(
        row["finding_rank"]
        for row in csv.DictReader(io.StringIO(other.run("export", "-o", "-").stdout, newline=""))
        if row["verdict"] == "" and row["incident"] and row["host"] != lonely["host"]
    )
    assert other.run("label", f"F{flagged}", "benign", "--yes").exit_code == 0
    text = page(other)
    assert "Called malicious outside of findings" in text
    assert "odd one" in text
    assert "1 more above the threshold were called benign or false positive." in text
    assert f'id="f{flagged}"' not in text
