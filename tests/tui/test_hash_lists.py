"""Lists of known-good and known-bad hashes from the command line to the queue, its reasons, filters and exports."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tui.command_line import app

PROGRAMS = [rf"C:\Program Files\Acme\tool{number}.exe" for number in range(6)]
NOTEPAD = r"C:\Windows\System32\notepad.exe"


def md5(number: int) -> str:
    return f"{number + 16:02X}" * 16


def sysmon(pid: int, image: str, hashes: str) -> str:
    record = {
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1", "ProcessId": str(pid), "Image": image,
        "UtcTime": f"2026-01-02 03:{pid // 60:02d}:{pid % 60:02d}.000", "ParentProcessId": "4",
        "ParentImage": r"C:\Windows\explorer.exe", "CommandLine": image.rpartition("\\")[2], "Hashes": hashes,
        "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}",
    }  # fmt: skip
    return json.dumps(record) + "\n"


def evidence(folder: Path, first: int = 10, last: int = 60) -> Path:
    path = folder / f"log{first}.json"
    records = [sysmon(pid, PROGRAMS[pid % 6], f"MD5={md5(pid % 6)},IMPHASH={'AB' * 16}") for pid in range(first, last)]
    path.write_text("".join([*records, sysmon(last, NOTEPAD, "")]))
    return path


def run(folder: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(folder / "w"), *map(str, words)], catch_exceptions=False)


def given(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def queue(folder: Path) -> list[dict[str, Any]]:
    done = run(folder, "rank", "--format", "json")
    assert done.exit_code == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that was ingested with both kinds of list."""
    folder = tmp_path_factory.mktemp("listed")
    bad, good = given(folder, "evil.txt", md5(3), "# a comment", "no hash"), given(folder, "nsrl.txt", md5(1), md5(3), md5(4))
    done = run(folder, "ingest", evidence(folder), "--case", "acme", "--known-bad", bad, "--known-good", good)
    assert done.exit_code == 0, done.stderr
    assert "evil.txt (known bad): 1 line with a hash; of 6 programs with a hash 1 is on it" in done.stderr
    assert "1 line of it is no hash: evil.txt:3 'no hash'" in done.stderr
    assert "nsrl.txt (known good): 3 lines with a hash; of 6 programs with a hash 3 are on it" in done.stderr
    return folder


def test_the_bad_one_is_first_and_says_why(listed: Path) -> None:
    first = queue(listed)[0]
    assert first["chain"][-1] == PROGRAMS[3].lower()
    assert first["why"] == "is on a known-bad list"
    shown = run(listed, "show", "F1").stdout
    assert "which is on a known-bad list" in " ".join(shown.split())
    assert "known bad" in shown
    assert "evil.txt" in shown
    told = " ".join(shown.split())
    assert "hash is on the known-bad list evil.txt; that it is on the known-good list nsrl.txt too does not count" in told


def test_show_of_a_process_tells_its_lists(listed: Path) -> None:
    rows = json.loads(run(listed, "processes", "--where", "known:good", "--format", "jsonl").stdout.splitlines()[0])
    assert "Program: known good by nsrl.txt" in run(listed, "show", rows["process"]).stdout
    told = json.loads(run(listed, "show", rows["process"], "--format", "json").stdout)
    assert (told["process"]["known"], told["process"]["lists"]) == ("good", ["nsrl.txt"])


@pytest.mark.parametrize(
    ("line", "numbers"),
    [("known:bad", {3}), ("known:good", {1, 4}), ("known:good,bad", {1, 3, 4}), ("!known:good,bad", {0, 2, 5})],
)
def test_the_filter(listed: Path, line: str, numbers: set[int]) -> None:
    rows = [json.loads(row) for row in run(listed, "processes", "--where", line, "--format", "jsonl").stdout.splitlines()]
    images = {PROGRAMS[number] for number in numbers} | ({NOTEPAD} if line.startswith("!") else set())
    assert {row["image"] for row in rows} == images


def test_a_word_that_is_none_is_said(listed: Path) -> None:
    done = run(listed, "processes", "--where", "known:evil")
    assert done.exit_code == 2
    assert "There are good, bad" in done.stderr


def test_the_exports_have_a_column(listed: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(listed, "processes", "--format", "csv").stdout)))
    assert {row["image"]: row["known"] for row in rows} == {
        **{PROGRAMS[number]: "" for number in (0, 2, 5)}, **{PROGRAMS[number]: "good" for number in (1, 4)},
        PROGRAMS[3]: "bad", NOTEPAD: "",
    }  # fmt: skip
    documents = [json.loads(row) for row in run(listed, "processes", "--format", "ecs").stdout.splitlines()]
    assert {one["process"]["executable"] for one in documents if one["oddkin"]["known"] == "bad"} == {PROGRAMS[3]}
    exported = list(csv.DictReader(io.StringIO(run(listed, "export", "-o", "-").stdout)))
    assert {row["known"] for row in exported if row["image"] == PROGRAMS[3]} == {"bad"}
    assert {row["known"] for row in exported} <= {"", "good", "bad"}


def test_cases_show_tells_them(listed: Path) -> None:
    shown = run(listed, "cases", "show", "acme").stdout
    assert f"known bad by {listed / 'evil.txt'} (SHA-256" in shown
    assert "1 program is on lists of both kinds: the known-bad one counts" in shown
    lists = json.loads(run(listed, "cases", "show", "acme", "--format", "json").stdout)["hash_lists"]
    assert [(one["kind"], one["named"], one["compared"], one["strange"]) for one in lists] == [
        ("good", 3, 6, 0),
        ("bad", 1, 6, 1),
    ]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    assert run(tmp_path, "ingest", evidence(tmp_path), "--case", "acme").exit_code == 0
    return tmp_path


def test_rank_with_a_list_ranks_anew_and_without_it_as_before(plain: Path) -> None:
    before = queue(plain)
    assert "known" not in json.dumps(before)
    done = run(plain, "rank", "--known-bad", given(plain, "evil.txt", md5(2)), "--format", "json")
    assert "lists of hashes changed since" in done.stderr
    assert json.loads(done.stdout)[0]["chain"][-1] == PROGRAMS[2].lower()
    assert "Scoring" not in run(plain, "rank").stderr
    gone = run(plain, "cases", "forget-hashes", "acme")
    assert "Forgot 1 list of hashes" in gone.stderr
    assert queue(plain) == before
    assert run(plain, "cases", "forget-hashes", "acme").exit_code == 1


def test_findings_are_told_to_be_behind_their_lists(plain: Path) -> None:
    run(plain, "ingest", plain / "log10.json", "--case", "acme", "--no-rank", "--known-bad", given(plain, "evil.txt", md5(2)))
    assert "Lists of hashes changed since these findings were made" in run(plain, "show", "F1").stderr
    assert queue(plain)[0]["chain"][-1] == PROGRAMS[2].lower()
    assert "Lists of hashes changed" not in run(plain, "show", "F1").stderr


def test_what_came_later_is_told_with_the_command_to_type(plain: Path) -> None:
    bad = given(plain, "evil.txt", "ff" * 16, md5(2))
    run(plain, "rank", "--known-bad", bad)
    late = plain / "late.json"
    late.write_text(sysmon(70, r"C:\Windows\late.exe", f"MD5={'FF' * 16}") + sysmon(71, r"C:\Windows\l2.exe", f"MD5={'EE' * 16}"))
    again = f"give it again: oddkin rank --case acme --known-bad {bad}"
    said = f"2 programs came after the list evil.txt (known bad) was compared; {again}"
    assert said in " ".join(run(plain, "ingest", late, "--case", "acme").stderr.split())
    assert said in " ".join(run(plain, "rank").stderr.split())
    assert "2 programs came after the list evil.txt" in " ".join(run(plain, "cases", "show").stdout.split())
    done = run(plain, "rank", "--known-bad", bad, "--format", "json")
    assert "came after" not in done.stderr
    rows = [json.loads(row) for row in run(plain, "processes", "--where", "known:bad", "--format", "jsonl").stdout.splitlines()]
    assert {row["image"] for row in rows} == {PROGRAMS[2], r"C:\Windows\late.exe"}
    findings = {int(row["incident"][1:].partition("/")[0]) for row in rows}
    assert findings == set(range(1, len(findings) + 1))


def test_lists_that_cannot_be_read(plain: Path) -> None:
    junk = given(plain, "junk.txt", "nothing", "at all")
    done = run(plain, "rank", "--known-good", junk, "--known-bad", given(plain, "evil.txt", md5(2)), "--format", "json")
    assert done.exit_code == 3
    assert f"{junk}: no line of it is a hash" in done.stderr.replace("\n", "")
    assert "sha256sum" in done.stderr
    assert json.loads(done.stdout)[0]["chain"][-1] == PROGRAMS[2].lower()
    assert run(plain, "rank", "--known-good", plain / "nowhere").exit_code == 2
    assert run(plain, "rank", "--known-good", junk, "--known-bad", junk).exit_code == 2
    assert run(plain, "ingest", plain / "log10.json", "--case", "acme", "--known-bad", plain).exit_code == 3
    cut = plain / "cut.gz"
    cut.write_bytes(gzip.compress(f"{md5(1)}\n{md5(4)}\n".encode() * 5000)[:-9])
    done = run(plain, "rank", "--known-bad", cut)
    assert done.exit_code == 3
    assert "not read to its end" in done.stderr
    assert queue(plain)[0]["why"] == "is on a known-bad list"


def test_a_case_without_hashes_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text("".join(sysmon(pid, PROGRAMS[pid % 6], "") for pid in range(10, 30)))
    done = run(tmp_path, "ingest", log, "--case", "acme", "--known-bad", given(tmp_path, "evil.txt", md5(2)))
    assert done.exit_code == 0
    assert "no record of the case has a hash of its program" in done.stderr


def test_a_hostile_name_of_a_list_is_made_visible(plain: Path) -> None:
    evil = given(plain, "\x1b[31m[bold]e\u202evil.txt", md5(2))
    done = run(plain, "rank", "--known-bad", evil)
    shown = [done.stderr, done.stdout, *(run(plain, *words).stdout for words in (("show", "F1"), ("cases", "show")))]
    assert [text for text in shown if {"\x1b", "\u202e"} & set(text)] == []
    assert "\\e[31m[bold]e\\u202evil.txt" in done.stderr
    assert "\\e[31m[bold]e\\u202evil.txt" in shown[2]
