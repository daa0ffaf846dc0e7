"""Marks from the command line to the queue, trees, cards, filters, exports, the report and the figures; the order stays as it is.

Rules are run as pySigma would hand them over; what pySigma itself makes of them is in tests/engine/sigma and tests/outside.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from engine.domain.marks import RuleMark
from engine.handover.csv_cells import unescape_cell
from engine.jobs import sigma
from engine.progress import Run
from engine.sigma import conversion
from engine.sigma.folder import RuleFolder
from engine.sigma.rules import ConvertedRule, RuleLeft, WhyLeft
from tui.command_line import app

TITLE = "=cmd|' /C calc'!A0 \x1b[31m\u202e[bold]<script>"
SHOWN = r"=cmd|' /C calc'!A0 \e[31m\u202e[bold]<script>"
HIGH = RuleMark(TITLE, "high", "r-1", ("T1105", "T1059.003"))
LOW = RuleMark("A low one", "low")


def record(pid: int, image: str, line: str, parent: int, parent_image: str) -> str:
    told = {
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1", "ProcessId": str(pid), "Image": image,
        "UtcTime": f"2026-01-02 03:04:{pid % 60:02d}.000", "ParentProcessId": str(parent), "CommandLine": line, "User": "L\\ann",
        "ParentImage": parent_image, "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}", "EventRecordID": 7_000 + pid,
        "ParentProcessGuid": f"{{00000000-0000-0000-0000-{parent:012d}}}",
    }  # fmt: skip
    return json.dumps(told) + "\n"


EXPLORER, CMD, CURL = r"C:\Windows\explorer.exe", r"C:\Windows\System32\cmd.exe", r"C:\Users\ann\curl.exe"


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "w"), *map(str, words)], catch_exceptions=False)


def converted(folder: RuleFolder, run: Run) -> Iterator[ConvertedRule | RuleLeft]:
    """Two rules and three that are left, whatever the files say."""
    assert [*folder.files()]
    asked = r"SELECT * FROM logs WHERE CommandLine LIKE '%http%' ESCAPE '\'"
    yield ConvertedRule("a.yml", HIGH, "windows", ("CommandLine",), (asked,))
    yield ConvertedRule("b.yml", LOW, "", ("Image", "Company"), (r"SELECT * FROM logs WHERE Image LIKE '%\\cmd.exe' ESCAPE '\'",))
    yield RuleLeft("c.yml", "Elsewhere", WhyLeft.ELSEWHERE)
    yield RuleLeft("d.yml", "", WhyLeft.UNREADABLE, "found \x1b[2J at line 1")


@pytest.fixture(scope="module")
def unmarked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ranked case: a program that downloads below a shell, among everyday ones."""
    folder = tmp_path_factory.mktemp("unmarked")
    lines = [record(10, EXPLORER, EXPLORER, 4, ""), record(20, CMD, "cmd /c x", 10, EXPLORER)]
    lines += [record(21, CURL, "curl http://192.0.2.1/a", 20, CMD)]
    lines += [record(pid, rf"C:\Program Files\app{pid % 3}.exe", f"app {pid % 3}", 10, EXPLORER) for pid in range(30, 59)]
    (folder / "log.json").write_text("".join(lines))
    (folder / "rules").mkdir()
    (folder / "rules" / "a.yml").write_text("title: x\n")
    assert run(folder, "ingest", folder / "log.json", "--case", "acme").exit_code == 0
    return folder


@pytest.fixture(scope="module")
def marked(unmarked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marked") / "m"
    shutil.copytree(unmarked, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sigma, "converted", converted)
        patched.setattr(conversion, "check_installed", lambda: None)
        done = run(folder, "sigma", folder / "rules")
    assert done.exit_code == 3, done.stderr
    (folder / "said").write_text(done.stderr)
    (folder / "told").write_text(done.stdout)
    return folder


def rows(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = run(folder, *words)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_command_says_what_marks_and_what_did_not_run(marked: Path) -> None:
    said, told = (marked / "said").read_text(), (marked / "told").read_text()
    assert "2 rules ran over 6 different processes: 2 processes are marked. No score and no order changes." in said
    assert "Not run: 1 not about process creations; 1 that cannot be read." in said
    assert "Asked for and never there, by so many rules: Company (1)." in said
    assert r"  d.yml, that cannot be read: found \e[2J at line 1" in said
    assert "Elsewhere" not in said
    assert [line.split()[:4] for line in told.splitlines() if line.startswith((" high", " low"))] == [
        ["high", "1", "1", "T1105"], ["low", "1", "1", "A"],
    ]  # fmt: skip
    assert "\x1b" not in said + told


def test_without_the_extra_it_ends_with_what_to_install(unmarked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda name: None)
    done = run(unmarked, "sigma", unmarked / "rules")
    assert done.exit_code == 2
    assert "needs pySigma and its SQLite backend, which are not installed" in done.stderr
    assert 'pip install "oddkin[sigma]"' in done.stderr


def test_no_score_and_no_order_changes(unmarked: Path, marked: Path) -> None:
    own = {"mark_level", "marks"}
    for words in (("rank", "--format", "json"), ("rank", "--chains", "--format", "json")):
        before, after = (json.loads(run(folder, *words).stdout) for folder in (unmarked, marked))
        assert [{name: value for name, value in row.items() if name not in own} for row in after] == [
            {name: value for name, value in row.items() if name not in own} for row in before
        ]
    assert json.loads(run(unmarked, "rank", "--format", "json").stdout)[0]["marks"] == []


def test_a_line_of_the_queue_has_the_letter_of_the_highest_level(marked: Path, unmarked: Path) -> None:
    done = run(marked, "--no-color", "rank")
    lines = {line[:2]: line for line in done.stdout.splitlines()}
    first = json.loads(run(marked, "rank", "--where", "sigma:calc", "--format", "json").stdout)[0]
    line = lines[f"F{first['finding_rank']}"]
    block = next(place for place, char in enumerate(line) if char in "▁▂▃▄▅▆▇█")
    assert line[block - 1] == "h"
    assert (first["mark_level"], first["marks"]) == ("high", [f"sigma high: {TITLE}", "sigma low: A low one"])
    assert "The small letter behind a verdict is the highest level of a mark" in done.stderr
    assert "small letter" not in run(unmarked, "rank").stderr
    cells = next(csv.DictReader(io.StringIO(run(marked, "rank", "--where", "sigma:calc", "--format", "csv").stdout)))
    assert (cells["mark_level"], unescape_cell(cells["marks"])) == ("high", f"sigma high: {TITLE} | sigma low: A low one")


@pytest.mark.parametrize(
    ("line", "pids"),
    [
        ("sigma:CALC", [21]), ("sigma:r-1", [21]), ("sigma:T1059", [21]), ("sigma:/low|calc/", [20, 21]), ("sigma:nothing", []),
        ("level:high", [21]), ("level:l", [20]), ("level:high,low", [20, 21]), ("level:critical", []), ("!level:none", [20, 21]),
        ("level:none image:curl", []), ("!sigma:low image:cmd", []), ("!sigma:calc image:cmd", [20]),
    ],
)  # fmt: skip
def test_the_filter(marked: Path, line: str, pids: list[int]) -> None:
    assert sorted(row["pid"] for row in rows(marked, "processes", "--where", line, "--format", "jsonl")) == pids


def test_a_level_that_is_none_is_said(marked: Path) -> None:
    done = run(marked, "processes", "--where", "level:severe")
    assert done.exit_code == 2
    assert "There are informational, low, medium, high, critical, none" in done.stderr


def test_a_case_without_marks_has_none(unmarked: Path) -> None:
    assert rows(unmarked, "processes", "--where", "!level:none", "--format", "jsonl") == []
    assert len(rows(unmarked, "processes", "--where", "level:none", "--format", "jsonl")) == 32


def test_trees_and_cards_show_it(marked: Path) -> None:
    (row,) = rows(marked, "processes", "--where", "level:high", "--format", "jsonl")
    shown = run(marked, "show", row["process"]).stdout
    assert f"Mark: sigma high: {SHOWN} (T1105 T1059.003)" in shown
    tree = run(marked, "tree", "--around", row["process"]).stdout
    assert f"σ high: {SHOWN} (T1105 T1059.003)" in tree
    assert "σ low: A low one" in tree
    told = json.loads(run(marked, "show", row["process"], "--format", "json").stdout)["process"]["marks"]
    assert told == [{"by": "sigma", "title": TITLE, "level": "high", "rule": "r-1", "techniques": ["T1105", "T1059.003"]}]
    assert "\x1b" not in shown + tree


def test_exports_that_have_a_place_for_it_have_it(marked: Path) -> None:
    (row,) = rows(marked, "processes", "--where", "level:high", "--format", "jsonl")
    assert (row["marks"], row["mark_level"], row["mark_techniques"]) == ([f"sigma high: {TITLE}"], "high", ["T1105", "T1059.003"])
    (document,) = rows(marked, "export", row["process"], "--format", "ecs", "-o", "-")
    assert (document["oddkin"]["marks"], document["oddkin"]["mark_level"]) == ([f"sigma high: {TITLE}"], "high")
    (event,) = rows(marked, "export", row["process"], "--format", "timesketch-jsonl", "-o", "-")
    assert {"mark:high", "T1105", "T1059.003"} <= set(event["tag"])
    assert event["marks"] == f"sigma high: {TITLE}"
    cells = next(csv.DictReader(io.StringIO(run(marked, "export", row["process"], "-o", "-").stdout)))
    assert (unescape_cell(cells["marks"]), cells["mark_techniques"]) == (f"sigma high: {TITLE}", "T1105 T1059.003")
    (shell,) = rows(marked, "processes", "--where", "level:low", "--format", "jsonl")
    (event,) = rows(marked, "export", shell["process"], "--format", "timesketch-jsonl", "-o", "-")
    assert "mark:low" in event["tag"]
    (plain,) = rows(marked, "processes", "--where", "pid:10", "--format", "jsonl")
    assert (plain["marks"], plain["mark_level"], plain["mark_techniques"]) == ([], None, [])


def test_the_report_tells_rules_and_their_hash(marked: Path, unmarked: Path) -> None:
    (row,) = rows(marked, "processes", "--where", "level:high", "--format", "jsonl")
    assert run(marked, "label", row["incident"], "malicious", "--yes").exit_code == 0
    (origin,) = json.loads(run(marked, "marks", "list", "--format", "json").stdout)
    for form, begin in (("md", "sigma high: "), ("html", "[bold]&lt;script&gt;")):
        report = run(marked, "report", "--format", form, "-o", "-").stdout
        assert "Marks that rules of others left, beside the score and never in it" in report
        assert begin in report
        assert origin["sha256"] in report
        assert "\x1b" not in report
    assert "Marks that rules of others" not in run(unmarked, "report", "--format", "md", "-o", "-").stdout


def test_where_marks_are_from_is_listed_and_forgotten(marked: Path, tmp_path: Path) -> None:
    shutil.copytree(marked / "w", tmp_path / "w")
    listed = run(tmp_path, "marks", "list")
    assert listed.stdout.startswith(f"sigma by {marked / 'rules'} (SHA-256 ")
    assert "2 rules, 1 not run, 2 rules mark something" in listed.stdout
    assert str(marked / "rules") in run(tmp_path, "cases", "show").stdout
    wrong = run(tmp_path, "marks", "forget", "nowhere")
    assert (wrong.exit_code, "no marks from 'nowhere'" in wrong.stderr) == (1, True)
    gone = run(tmp_path, "marks", "forget", "rules")
    assert (gone.exit_code, gone.stderr) == (0, "Forgot the marks from rules in case acme.\n")
    assert "has no marks" in run(tmp_path, "marks", "list").stderr
    assert rows(tmp_path, "processes", "--where", "!level:none", "--format", "jsonl") == []


HITS = [
    {"Timestamp": "2026-01-02 03:04:21.000 +00:00", "RuleTitle": TITLE, "Level": "crit", "Computer": "ws1", "Channel": "Sysmon",
     "EventID": "1", "RecordID": "7021", "Details": "Cmdline: curl ¦ PID: 21", "RuleID": "h-1", "MitreTags": "T1105"},
    {"Timestamp": "2026-01-02 03:04:22.000 +00:00", "RuleTitle": "Net", "Level": "med", "Computer": "ws1", "Channel": "Sysmon",
     "EventID": "3", "RecordID": "7900", "Details": "PID: 21", "RuleID": "h-2", "MitreTags": ""},
    {"Timestamp": "2026-01-02 03:04:23.000 +00:00", "RuleTitle": "Lost", "Level": "med", "Computer": "ws9", "Channel": "Sysmon",
     "EventID": "1", "RecordID": "7021", "Details": "PID: 21", "RuleID": "h-3", "MitreTags": ""},
]  # fmt: skip


def timeline(path: Path, *hits: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, HITS[0])
        writer.writeheader()
        writer.writerows(hits)
    return path


def test_hits_of_hayabusa_are_taken_over_and_the_rest_is_counted(marked: Path, tmp_path: Path) -> None:
    shutil.copytree(marked / "w", tmp_path / "w")
    done = run(tmp_path, "marks", "import", timeline(tmp_path / "t.csv", *HITS))
    assert done.exit_code == 3
    assert "3 rows of hayabusa; 1 process is marked. No score and no order changes." in done.stderr
    assert "1 row is about other events than the creation of a process." in done.stderr
    assert "1 row names no process of this case: were their logs ingested?" in done.stderr
    (row,) = rows(tmp_path, "processes", "--where", "level:critical", "--format", "jsonl")
    assert (row["pid"], row["marks"][0]) == (21, f"hayabusa critical: {TITLE}")
    assert run(tmp_path, "marks", "import", timeline(tmp_path / "t.csv", HITS[0])).exit_code == 0
    listed = json.loads(run(tmp_path, "marks", "list", "--format", "json").stdout)
    assert [(one["by"], one["asked"], one["lost"], len(one["rules"])) for one in listed] == [
        ("sigma", 2, 1, 2), ("hayabusa", 1, 0, 1),
    ]  # fmt: skip


def test_a_file_of_neither_tool_is_refused(marked: Path, tmp_path: Path) -> None:
    shutil.copytree(marked / "w", tmp_path / "w")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    done = run(tmp_path, "marks", "import", tmp_path / "x.csv")
    assert (done.exit_code, "is no timeline of Hayabusa's and no result of Chainsaw's" in done.stderr) == (1, True)
    both = run(tmp_path, "marks", "import", tmp_path / "x.csv", timeline(tmp_path / "t.csv", HITS[0]))
    assert (both.exit_code, "1 process is marked" in both.stderr) == (3, True)


def labels(path: Path, log: Path) -> Path:
    lines = ["file,label,confidence,pid,ts"]
    lines += [f"{log.name},{'attack' if pid == 21 else 'background'},strong,{pid},2026-01-02T03:04:{pid % 60:02d}Z"
              for pid in (10, 20, 21, *range(30, 59))]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    return path


def test_marks_are_a_row_of_the_figures_where_there_are_any(marked: Path, unmarked: Path, tmp_path: Path) -> None:
    known = labels(tmp_path / "labels.csv", marked / "log.json")
    told = json.loads(run(marked, "evaluate", "--labels", known, "--format", "json").stdout)
    assert told["macro"]["sigma"]["first"] == 1.0
    assert "sigma" not in json.loads(run(unmarked, "evaluate", "--labels", known, "--format", "json").stdout)["macro"]
    table = run(marked, "evaluate", "--labels", known).stdout
    assert "rules of others (Sigma, Hayabusa, Chainsaw)" in " ".join(table.split())
