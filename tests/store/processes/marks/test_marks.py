"""Marks of a case: rules spread over what looks alike, an origin replaces its own, records that move or merge keep theirs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.domain.marks import MarkOrigin, RuleMark
from engine.errors import Cancelled, NotFound
from engine.jobs import sigma
from engine.jobs.sigma import RulesRun, run_rules
from engine.progress import CancelToken, Run, Step
from engine.sigma.folder import RuleFolder
from engine.sigma.rules import ConvertedRule, RuleLeft, WhyLeft
from store.base import ids
from store.base.database import DATABASE
from store.export.started import started
from store.processes.marks import scratch
from store.workspace import Workspace, open_workspace
from tests.store.older import make_older
from tests.store.samples import HOSTILE, event, fill, relink

HIGH = RuleMark("A high one", "high", "r-1", ("T1105",))
LOW = RuleMark("A low one", "low")
FILE = MarkOrigin("hayabusa", "/x/timeline.csv", "f" * 64, 9, 3)


def rule(mark: RuleMark, condition: str, *fields: str, system: str = "", file: str = "a.yml") -> ConvertedRule:
    return ConvertedRule(file, mark, system, fields, (f"SELECT * FROM logs WHERE {condition}",))


def run(workspace: Workspace, folder: Path, *rules: ConvertedRule | RuleLeft, case: str = "case", on: Run = Run()) -> RulesRun:
    """`rules` are what became of the only file of the folder, whose content is what they say."""
    folder.mkdir(exist_ok=True)
    (folder / "a.yml").write_text(str(rules))

    def convert(found: RuleFolder, run: Run) -> list[ConvertedRule | RuleLeft]:
        assert [*found.files()]
        return [*rules]

    return run_rules(case, folder, workspace.marks, on, convert=convert, matcher=lambda text: re.compile(text).search)


def marked(workspace: Workspace, case: str = "case") -> list[tuple[int, str]]:
    """(number within the host, title) of everything that is marked."""
    return [(process & 0xFFFF, mark.title) for process, mark in workspace.marks.of_case(case)]


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Six processes of one host, two of which look alike."""
    fill(
        workspace, [event(1), *(event(number, 1, command_line=f"run {number % 4}", image="C:\\t.exe") for number in range(2, 7))]
    )
    return workspace


def test_a_rule_marks_every_process_that_looks_so(filled: Workspace, tmp_path: Path) -> None:
    steps: list[Step] = []
    done = run(filled, tmp_path / "r", rule(HIGH, "CommandLine='RUN 2'", "CommandLine"), on=Run(steps.append))
    assert marked(filled) == [(2, "A high one"), (6, "A high one")]
    assert (done.ran, done.rows, done.kept.marked, done.kept.later) == (1, 5, 2, 0)
    assert [step.stage for step in steps if step.last] == ["gather processes", "run rules"]


def test_what_a_record_leaves_out_of_its_parent_is_the_parents(filled: Workspace, tmp_path: Path) -> None:
    told = "ParentCommandLine='app --number 1' AND ParentImage LIKE '%app1.exe' AND ParentUser LIKE 'corp%'"
    run(filled, tmp_path / "r", rule(HIGH, told, "ParentCommandLine", "ParentImage", "ParentUser"))
    assert [number for number, _ in marked(filled)] == [2, 3, 4, 5, 6]


def test_a_rule_for_a_system_is_asked_of_that_system(workspace: Workspace, tmp_path: Path) -> None:
    linux: dict[str, Any] = {"host": "db01", "os": "linux", "image": "/usr/bin/app0.exe"}
    fill(workspace, [event(1, image="C:\\app0.exe"), event(2, **linux)])
    asked = "Image LIKE '%app0.exe'"
    run(workspace, tmp_path / "r", rule(HIGH, asked, "Image", system="linux"), rule(LOW, asked, "Image", system="windows"))
    told = {workspace.processes.get(process).host: mark.title for process, mark in workspace.marks.of_case("case")}
    assert told == {"WEB01": "A low one", "db01": "A high one"}


def test_the_same_rules_replace_what_they_marked(filled: Workspace, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run(filled, one, rule(HIGH, "CommandLine='run 2'", "CommandLine"))
    run(filled, two, rule(LOW, "CommandLine='run 3'", "CommandLine"))
    assert marked(filled) == [(2, "A high one"), (3, "A low one"), (6, "A high one")]
    run(filled, one, rule(HIGH, "CommandLine='run 1'", "CommandLine"))  # the same path with other contents
    assert marked(filled) == [(3, "A low one"), (5, "A high one")]
    run(filled, tmp_path / "three", rule(LOW, "CommandLine='run 3'", "CommandLine"))  # the same contents elsewhere
    assert [one.name for one in filled.marks.sets("case")] == ["one", "three"]
    assert marked(filled) == [(3, "A low one"), (5, "A high one")]


def test_rules_that_cannot_run_cost_themselves(filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "LEAST_SECONDS", 0.2)
    monkeypatch.setattr(scratch, "OPERATIONS", 100)
    endless = ", ".join(f"logs l{number}" for number in range(30))
    slow = ConvertedRule(
        "b.yml", RuleMark("slow", "high"), "", ("Image",), (f"SELECT l1.* FROM {endless} WHERE l0.Image || l29.Image = '?'",)
    )
    rules = [
        rule(RuleMark("broken", "high"), "nothing here", "Image"),
        slow,
        rule(LOW, "Image IS NOT NULL AND Company IS NULL", "Image", "Company"),
        RuleLeft("d.yml", "elsewhere", WhyLeft.ELSEWHERE),
        RuleLeft("c.yml", "", WhyLeft.UNREADABLE, "no YAML"),
    ]
    done = run(filled, tmp_path / "r", *rules)
    assert [(one.file, one.why) for one in done.lost] == [
        ("a.yml", WhyLeft.FAILED), ("b.yml", WhyLeft.SLOW), ("c.yml", WhyLeft.UNREADABLE),
    ]  # fmt: skip
    assert dict(done.counts) == dict.fromkeys((WhyLeft.ELSEWHERE, WhyLeft.UNREADABLE, WhyLeft.SLOW, WhyLeft.FAILED), 1)
    assert (done.ran, dict(done.absent), done.origin.lost) == (1, {"Company": 1}, 3)
    assert len(marked(filled)) == 6


def test_two_rules_that_say_the_same_are_one_mark(filled: Workspace, tmp_path: Path) -> None:
    run(
        filled, tmp_path / "r", rule(HIGH, "CommandLine='run 1'", "CommandLine"), rule(HIGH, "CommandLine='run 2'", "CommandLine")
    )
    (one,) = filled.marks.sets("case")
    assert [(told.mark, told.processes, told.hosts) for told in one.rules] == [(HIGH, 3, 1)]


def test_a_stopped_run_leaves_what_was_there(filled: Workspace, tmp_path: Path) -> None:
    run(filled, tmp_path / "r", rule(HIGH, "CommandLine='run 2'", "CommandLine"))
    before, token, entries = marked(filled), CancelToken(), len(filled.audit.list())

    def stop(step: Step) -> None:
        if step.stage == "run rules":
            token.cancel()

    with pytest.raises(Cancelled):
        run(filled, tmp_path / "r", rule(LOW, "Image IS NOT NULL", "Image"), on=Run(stop, token))
    assert (marked(filled), len(filled.audit.list())) == (before, entries)


def whole(text: str) -> str:
    """A text with a character in place of what is none."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


PARTS = ("run", "RUN 1", "%", "_", "'", "'quoted' \"", "\\", "*", "e\u0301", "\ufffd", "x")


@pytest.mark.parametrize("part", PARTS)
def test_what_is_asked_of_looks_is_so_of_each_process(workspace: Workspace, tmp_path: Path, part: str) -> None:
    """Against every command line by itself. What no record tells is in no rule; NUL and half characters are looked through."""
    lines = [*HOSTILE, "run 1", "run 2", "it's 'quoted' \"x\"", "a\\b", "50%_*", None]
    events = [event(number, None, command_line=lines[number % len(lines)], user=f"u{number % 2}") for number in range(1, 61)]
    fill(workspace, events)
    asked = f"instr(lower(CommandLine), lower('{part.replace(chr(39), chr(39) * 2)}'))"
    pattern = part.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("'", "''")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scratch, "FUNCTIONS", scratch.FUNCTIONS | {"instr", "lower"})
        run(workspace, tmp_path / "one", rule(HIGH, asked, "CommandLine"))
    run(workspace, tmp_path / "two", rule(LOW, f"CommandLine LIKE '%{pattern}%' ESCAPE '\\'", "CommandLine"))
    found: dict[str, set[int]] = {"A high one": set(), "A low one": set()}
    for process, mark in workspace.marks.of_case("case"):
        found[mark.title].add(process)
    told = {
        process
        for one in started(workspace, "case")
        for process in one.processes
        if part.lower() in whole(one.command_line).lower()
    }
    assert found == {"A high one": told, "A low one": told}


def test_the_audit_tells_rules_and_marks_by_their_hash(filled: Workspace, tmp_path: Path) -> None:
    done = run(filled, tmp_path / "r", rule(HIGH, "CommandLine='run 2'", "CommandLine"))
    said = filled.audit.list()[-1].said
    assert (said["act"], said["case"]) == ("marks kept", "case")
    assert said["what"] == {
        "by": "sigma", "path": str(tmp_path / "r"), "sha256": done.origin.sha256, "asked": 1, "lost": 0, "rules": 1, "marked": 2,
    }  # fmt: skip
    filled.marks.forget("case")
    said = filled.audit.list()[-1].said
    assert (said["act"], said["what"]) == ("marks forgotten", {"paths": [str(tmp_path / "r")]})
    assert filled.audit.verify().faults == []


def test_marks_are_forgotten_one_origin_at_a_time(filled: Workspace, tmp_path: Path) -> None:
    first = ids.base(1) + 1
    run(filled, tmp_path / "r", rule(HIGH, "CommandLine='run 2'", "CommandLine"))
    filled.marks.keep_processes("case", FILE, {LOW: [first]})
    assert filled.marks.forget("case", "timeline.csv") == 1
    assert {title for _, title in marked(filled)} == {"A high one"}
    with pytest.raises(NotFound, match=r"no marks from 'timeline\.csv'"):
        filled.marks.forget("case", "timeline.csv")
    assert (filled.marks.forget("case"), filled.marks.sets("case"), marked(filled)) == (1, (), [])
    with pytest.raises(NotFound, match="has no marks"):
        filled.marks.forget("case")


def test_a_removed_case_leaves_no_mark_behind(filled: Workspace) -> None:
    fill(filled, [event(9)], case="other", sha256="b" * 64)
    filled.marks.keep_processes("case", FILE, {HIGH: [ids.base(1) + 1, ids.base(1) + 2]})
    filled.marks.keep_processes("other", FILE, {LOW: [ids.base(2) + 1]})
    filled.cases.remove("case")
    with filled.read() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in ("mark_set", "mark_rule", "mark")
        ]
    assert counts == [1, 1, 1]
    assert marked(filled, "other") == [(1, "A low one")]


def test_a_mark_on_a_second_record_is_its_processes(filled: Workspace) -> None:
    first, second = ids.base(1) + 2, ids.base(1) + 3
    filled.marks.keep_processes("case", FILE, {HIGH: [second], LOW: [first]})
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE process SET merged_into = ? WHERE id = ?", (first, second))
        connection.commit()
    assert marked(filled) == [(2, "A high one"), (2, "A low one")]
    assert filled.processes.get(first).marks == (replace(HIGH, by="hayabusa"), replace(LOW, by="hayabusa"))


def test_marks_move_with_records_when_two_names_are_one_host(workspace: Workspace, tmp_path: Path) -> None:
    fill(workspace, [event(1, host="ws1"), event(2, 1, host="ws1", command_line="odd")])
    run(workspace, tmp_path / "r", rule(HIGH, "CommandLine='odd'", "CommandLine"))
    fill(workspace, [event(5, host="ws1.lab.example"), event(6, 5, host="ws1.lab.example")], sha256="b" * 64, path="two.json")
    relink(workspace)
    (found,) = workspace.marks.of_case("case")
    process = workspace.processes.get(found[0])
    assert (process.command_line, process.host, process.marks) == ("odd", "ws1.lab.example", (HIGH,))
    (one,) = workspace.marks.sets("case")
    assert one.later


def test_what_came_later_is_told_until_it_is_looked_at(filled: Workspace, tmp_path: Path) -> None:
    wanted = rule(HIGH, "CommandLine='run 2'", "CommandLine")
    run(filled, tmp_path / "r", wanted)
    assert [one.later for one in filled.marks.sets("case")] == [False]
    fill(filled, [event(20, 1, command_line="run 2")], sha256="c" * 64, path="later.json")
    assert [one.later for one in filled.marks.sets("case")] == [True]
    run(filled, tmp_path / "r", wanted)
    assert [(one.later, one.rules[0].processes) for one in filled.marks.sets("case")] == [(False, 3)]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_strangers_come_back_as_they_are(filled: Workspace, text: str) -> None:
    mark = RuleMark(text or "?", "high", text, (), "chainsaw")
    filled.marks.keep_processes("case", MarkOrigin("chainsaw", f"/x/{text}", "e" * 64, 1, 0), {mark: [ids.base(1) + 1]})
    assert filled.processes.get(ids.base(1) + 1).marks == (mark,)
    (one,) = filled.marks.sets("case")
    assert (one.rules[0].mark, one.path) == (mark, f"/x/{text}")


def test_the_order_of_ingest_and_of_rules_changes_nothing(tmp_path: Path) -> None:
    events = [event(number, 1 if number > 1 else None, command_line=f"run {number % 3}") for number in range(1, 9)]
    rules = [rule(HIGH, "CommandLine='run 2'", "CommandLine"), rule(LOW, "CommandLine LIKE '%n 1'", "CommandLine", file="b.yml")]
    told = []
    for name, these, those in (("one", events, rules), ("two", events[::-1], rules[::-1])):
        workspace = open_workspace(tmp_path / name)
        fill(workspace, these)
        run(workspace, tmp_path / f"rules-{name}", *those)
        found = sorted((str(workspace.processes.get(process).pid), mark) for process, mark in workspace.marks.of_case("case"))
        told.append((found, [one.rules for one in workspace.marks.sets("case")]))
        workspace.close()
    assert told[0] == told[1]


def test_an_older_workspace_has_no_marks_yet_and_takes_some(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    fill(workspace, [event(1)])
    workspace.close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        make_older(connection, "0018_custody")
        connection.commit()
    workspace = open_workspace(tmp_path)
    assert workspace.marks.sets("case") == ()
    workspace.marks.keep_processes("case", FILE, {HIGH: [ids.base(1) + 1]})
    assert marked(workspace) == [(1, "A high one")]
    workspace.close()


def test_the_job_asks_pysigma_and_re2_unless_it_is_told_otherwise() -> None:
    assert (run_rules.__kwdefaults__["convert"], run_rules.__kwdefaults__["matcher"]) == (sigma.convert, sigma.linear)
