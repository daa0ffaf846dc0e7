"""A look into evidence: bounded, never raising for what the evidence is like."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from engine.errors import Cancelled
from engine.jobs.preview import ITEMS, LOOKED_AT, MEMBERS, RECORDS, look
from engine.progress import CancelToken, Run


def record(pid: int) -> str:
    return json.dumps({
        "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1", "UtcTime": "2026-01-02 03:04:05.000",
        "ProcessId": str(pid), "Image": rf"C:\tool{pid}.exe", "ProcessGuid": f"{{00000000-0000-0000-0000-{pid:012d}}}",
    })  # fmt: skip


def test_one_file_tells_its_format_and_first_records(tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text("\n".join(record(pid) for pid in range(1, 100)))
    seen = look([log], Run())
    assert [(one.format, len(one.events), one.read) for one in seen.members] == [("json", RECORDS, RECORDS)]
    assert seen.members[0].events[0].image == r"C:\tool1.exe"
    assert not seen.more


def test_rejects_are_counted_with_the_first_reason(tmp_path: Path) -> None:
    log = tmp_path / "a.json"
    log.write_text("\n".join([record(1), "{broken", record(2)]))
    (one,) = look([log], Run()).members
    assert (one.read, one.rejected, len(one.events)) == (3, 1, 2)
    assert one.problem.startswith("record 2: ")


def test_a_folder_of_thousands_is_known_by_its_first(tmp_path: Path) -> None:
    for number in range(MEMBERS + 3):
        (tmp_path / f"{number:02}.json").write_text(record(number))
    seen = look([tmp_path], Run())
    assert seen.more
    assert len(seen.members) == seen.recognised == MEMBERS
    assert sum(len(one.events) for one in seen.members) == RECORDS


def test_papers_that_lie_before_the_logs_do_not_hide_them(tmp_path: Path) -> None:
    for number in range(MEMBERS + 3):
        (tmp_path / f"LICENSE.{number:02}.txt").write_text("Dear Ada,\nno log.\n")
    (tmp_path / "log.json").write_text(record(1))
    seen = look([tmp_path], Run())
    assert seen.recognised == 1
    assert seen.members[0].format
    assert len(seen.members[0].events) == 1


def test_a_folder_without_logs_is_not_read_to_its_end(tmp_path: Path) -> None:
    for number in range(LOOKED_AT + 5):
        (tmp_path / f"{number:02}.txt").write_text("Dear Ada,\nno log.\n")
    seen = look([tmp_path], Run())
    assert seen.more
    assert len(seen.members) == LOOKED_AT


def test_a_log_without_process_creations_is_not_read_to_its_end(tmp_path: Path) -> None:
    other = json.dumps({"EventID": 3, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1"})
    log = tmp_path / "a.json"
    log.write_text("\n".join([record(1)] + [other] * (ITEMS * 3)))
    (one,) = look([log], Run()).members
    assert one.read == ITEMS


def test_archives_are_looked_into(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("../../evil.json", record(7))
        writer.writestr("letter.txt", "Dear Ada,\nno log.\n")
    seen = look([archive], Run())
    assert [(bool(one.format), len(one.events)) for one in seen.members] == [(True, 1), (False, 0)]


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"7z\xbc\xaf\x27\x1c....", b"PK\x03\x04broken", b"\x1f\x8bbroken"])
def test_what_is_no_log_is_said_and_not_raised(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert look([path], Run()).recognised == 0


def test_a_path_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (one,) = look([tmp_path / "nothing"], Run()).members
    assert "no such file" in one.problem


def test_it_stops_when_nobody_wants_to_know(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(record(1))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        look([tmp_path], Run(token=token))
