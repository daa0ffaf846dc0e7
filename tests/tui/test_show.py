"""`oddkin show`: what each reference means, in each form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from store.base import ids
from store.workspace import open_workspace
from tests.store.samples import HOSTILE, event, fill, publish, score
from tests.tui.home import Home


def told(home: Home, *arguments: str) -> Any:
    done = home.run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_processes_of_a_chain_are_numbered_as_everywhere(home: Home) -> None:
    key = told(home, "rank", "--chains", "--limit", "1")[0]["chain_id"]
    processes = told(home, "show", key)["processes"]
    numbers = [process["process"] for process in processes]
    assert [ids.parse_short(number) for number in numbers] == [process["id"] for process in processes]
    shown = home.run("show", key).stdout
    exported = csv.DictReader(io.StringIO(home.run("export", "-o", "-").stdout, newline=""))
    assert all(number in shown for number in numbers)
    assert [row["process"] for row in exported if row["chain_id"] == key] == numbers


@pytest.fixture
def grouped(tmp_path: Path) -> Home:
    """Two hosts where the same happened, beside everyday processes of the same parent; the first is tied to the second."""
    workspace = open_workspace(tmp_path / "w")
    events = []
    for host in ("WEB01", "WEB02"):
        events += [event(1, host=host), event(2, 1, host=host, image="C:\\t\\odd.exe", command_line="odd.exe \x1b[2J -p 4")]
        events += [event(3, 2, host=host, image="C:\\t\\odder.exe", command_line=HOSTILE[0])]
    events += [event(number, host="DESK") for number in range(10, 40)]
    fill(workspace, events, path="/logs/one.json")
    model = score(workspace, grouped=True)
    with workspace.write() as connection:
        query = "SELECT set_id, lead FROM incident WHERE finding = 1 ORDER BY place"
        (set_id, first), (_, second) = connection.exec_driver_sql(query).all()
        values = (set_id, first, second, "psexec", json.dumps(["the same \x1b[2J command"]))
        connection.exec_driver_sql("INSERT INTO related VALUES (?, ?, ?, ?, ?)", values)
        connection.commit()
    workspace.close()
    return Home(tmp_path, model)


def covered(home: Home, reference: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(home, "show", reference)["incident"]["covered"]
    return found


def test_a_finding_is_drawn_as_the_tree_of_its_first_incident(grouped: Home) -> None:
    shown = grouped.run("show", "F1").stdout
    first, second, third = covered(grouped, "F1")
    lines = shown.splitlines()
    assert lines[0] == "Account ann, through odd, starts odder.exe, which runs from own directory."
    head = next(place for place, line in enumerate(lines) if line.startswith("Finding 1 · score"))
    assert "2 incidents · 6 processes on 2 hosts" in lines[head]
    assert lines[head + 1].startswith("F1/1 · WEB01 · 3 processes")
    at = next(place for place, line in enumerate(lines) if third["process"] in line)
    assert f"  └─ c:\\t\\odd.exe {second['process']} [2] 22:13:20Z CORP\\ann" in lines[at - 1]
    assert "$ odd.exe \\e[2J -p 4" in lines[at - 1]
    assert f"     └─ c:\\t\\odder.exe {third['process']} [3]" in lines[at]
    assert f"$ {HOSTILE[0]}" in lines[at]
    assert [one["depth"] for one in (first, second, third)] == [0, 1, 2]
    assert "\x1b" not in shown
    assert any(line.startswith(" F1/2") and "WEB02" in line for line in lines)
    assert f"Why odder.exe {third['process']}:" in lines


def test_what_is_related_is_told_from_both_ends(grouped: Home) -> None:
    lead, other = (told(grouped, "show", reference)["incident"]["lead"] for reference in ("F1/1", "F1/2"))
    evidence = "the same \\e[2J command"
    assert f"Related, psexec: {lead} → {other} in F1/2 on WEB02: {evidence}" in grouped.run("show", "F1").stdout
    assert f"Related, psexec: {other} ← {lead} in F1/1 on WEB01: {evidence}" in grouped.run("show", "F1/2").stdout
    (tie,) = told(grouped, "show", "F1/2")["incident"]["related"]
    assert (tie["from"], tie["from_incident"], tie["to"], tie["to_incident"]) == (lead, "F1/1", other, "F1/2")


def test_an_incident_is_one_occurrence(grouped: Home) -> None:
    assert {one["host"] for one in covered(grouped, "F1/2")} == {"WEB02"}
    shown = grouped.run("show", "f1/2").stdout
    assert shown.startswith("F1/2 · WEB02")
    assert "Finding 1 · score" in shown
    for reference, said in (("F1/9", "There is no incident F1/9."), ("F99/1", "There is no finding F99 in case")):
        done = grouped.run("show", reference)
        assert (done.exit_code, said in done.stderr) == (1, True)


def test_a_process_is_shown_with_its_incident_and_its_chain(grouped: Home) -> None:
    number = covered(grouped, "F1")[2]["process"]
    shown = grouped.run("show", number.lower()).stdout
    assert f"Process {number} · odder.exe · WEB01" in shown
    assert f"Command line: {HOSTILE[0]}" in shown
    assert "Incident F1/1 · WEB01" in shown
    (pointed,) = [line for line in shown.splitlines() if line.startswith("→ ") and "$" in line]
    assert number in pointed
    story = told(grouped, "show", number)
    assert (story["process"]["process"], story["incident"]["name"], story["finding"]["number"]) == (number, "F1/1", 1)
    assert story["chain_id"] in grouped.run("rank", "--chains", "--format", "csv").stdout
    absent = grouped.run("show", "P99999")
    assert (absent.exit_code, "There is no process P99999 in case case." in absent.stderr) == (1, True)


def test_a_process_outside_of_all_incidents_says_so(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    fill(workspace, [event(1), event(2, 1)])
    model = score(workspace)
    (process, *_) = workspace.processes.find("case", pid=2)
    workspace.close()
    home = Home(tmp_path, model)
    assert "Incident: none" in home.run("show", ids.called(process.id)).stdout
    assert told(home, "show", ids.called(process.id))["incident"] is None


def test_a_second_record_is_the_process_that_it_is_merged_into(grouped: Home) -> None:
    workspace = open_workspace(grouped.workspace)
    kept, other = (one.id for one in workspace.processes.find("case", text="odd.exe"))
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE process SET merged_into = ? WHERE id = ?", (kept, other))
        connection.commit()
    workspace.close()
    assert told(grouped, "show", ids.called(other))["process"]["process"] == ids.called(kept)


@pytest.mark.parametrize(("reference", "rows"), [("F1", 6), ("F1/2", 3), ("1", 2), ("process", 1)])
def test_csv_is_csv_with_the_columns_of_an_export(grouped: Home, reference: str, rows: int) -> None:
    process = covered(grouped, "F1")[1]["process"]
    done = grouped.run("show", process if reference == "process" else reference, "--format", "csv")
    assert done.exit_code == 0
    exported = csv.DictReader(io.StringIO(grouped.run("export", "-o", "-").stdout, newline=""))
    table = csv.DictReader(io.StringIO(done.stdout, newline=""))
    found = list(table)
    assert table.fieldnames == exported.fieldnames
    assert len(found) == rows
    assert "\x1b" not in done.stdout
    if reference == "F1/2":
        assert {row["incident"] for row in found} == {"F1/2"}
    if reference == "process":
        assert (found[0]["process"], found[0]["incident"]) == (process, "F1/1")
    assert len(list(csv.reader(io.StringIO(grouped.run("show", "F1", "--format", "csv", "--limit", "2").stdout)))) == 3


def test_the_tree_is_drawn_around_what_a_reference_means(grouped: Home) -> None:
    lead = told(grouped, "show", "F1/2")["incident"]["lead"]
    for reference in ("F1/2", lead):
        (pointed,) = [line for line in grouped.run("tree", "--around", reference).stdout.splitlines() if line.startswith("→ ")]
        assert f" {lead} " in pointed
    (pointed,) = [line for line in grouped.run("tree", "--around", "F1").stdout.splitlines() if line.startswith("→ ")]
    assert f" {told(grouped, 'show', 'F1/1')['incident']['lead']} " in pointed


def test_the_queue_names_the_oddest_command_line_and_counts_incidents(grouped: Home) -> None:
    shown = grouped.run("rank").stdout
    lead = told(grouped, "show", "F1/1")["incident"]["lead"]
    (row,) = [line for line in shown.splitlines() if line.split()[:1] == ["F1"]]
    assert "=cmd| (C:\\t\\odder.exe) /C calc'!A0" in row
    assert "6×2" in row.split()  # processes, incidents
    assert row.endswith(f"  {lead}")
    first = told(grouped, "rank")[0]
    of_process = told(grouped, "show", lead)["variant"]["id"]
    last = {"incidents": 2, "odd": first["odd"], "variant": of_process, "lead": lead, "command_line": HOSTILE[0]}
    last |= {"why": first["why"], "technique": first["technique"], "mark_level": None, "marks": []}
    assert dict(list(first.items())[-9:]) == last
    assert first["why"] in row
    table = csv.DictReader(io.StringIO(grouped.run("rank", "--format", "csv").stdout, newline=""))
    row_of_csv = next(iter(table))
    assert list(table.fieldnames or ())[-9:] == list(last)
    assert (row_of_csv["lead"], row_of_csv["command_line"]) == (lead, f"'{HOSTILE[0]}")
    narrow = grouped.run("rank", "--chains", "--format", "csv").stdout.splitlines()[0]
    assert "incidents" not in narrow


def test_a_long_run_in_a_command_line_is_told_by_its_length(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    fill(workspace, [event(1, command_line="begin " + "x" * 3000 + " end")])
    model = score(workspace, model=publish(workspace, texts="{}"), grouped=True)
    workspace.close()
    shown = Home(tmp_path, model).run("rank").stdout
    (line,) = [line for line in shown.splitlines() if "xxxxxxxx…(3000) end" in line]
    assert len(line) <= 160


def test_findings_that_are_older_than_the_evidence_say_so(grouped: Home, tmp_path: Path) -> None:
    said = "Evidence came since these findings were made"
    before = grouped.run("show", "F1")
    assert (before.exit_code, said in before.stderr) == (0, False)
    late = {"kind": "sysmon1", "os": "windows", "host": "late", "image": "C:\\a.exe", "pid": 7, "time_us": 1_700_000_000_000_000}
    (tmp_path / "late.jsonl").write_text(json.dumps(late) + "\n")
    assert grouped.run("ingest", str(tmp_path / "late.jsonl"), "--case", "case", "--no-rank").exit_code == 0
    for words in (("show", "F1"), ("show", "F1/1"), ("label", "F1", "benign", "--dry-run")):
        assert said in grouped.run(*words).stderr
