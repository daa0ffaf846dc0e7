"""`oddkin audit`: what a second examiner is given, and what it says of the one who was at work."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import typer
from typer.testing import Result

from store.base.database import DATABASE
from store.workspace import open_workspace
from tests.test_ingest_reports import line, logs, run, zipped
from tests.tui.every_command import leaves
from tests.tui.home import Home
from tui.shell.secrets import Secret

__all__ = ["logs", "run"]  # fixtures
Command = Callable[..., Result]
HEAD = re.compile(r"Audit head (\d+:[0-9a-f]{64})\. Note it elsewhere")


def entries(home: Home) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(home.run("audit", "list", "--format", "json").stdout)
    return found


def test_a_verdict_is_told_with_its_command(home: Home) -> None:
    assert home.run("label", "1", "fp", "--note", "seen \x1b[31m", "--author", "ann", "--yes").exit_code == 0
    said = next(one for one in entries(home) if one["act"] == "verdicts given")
    assert (said["who"], said["command"], said["case"]) == ("ann", "label", "case")
    assert said["arguments"] == {"reference": "1", "verdict": "fp", "note": "seen \x1b[31m", "author": "ann", "yes": True}
    listed = home.run("audit", "list", "--case", "case")
    assert "verdicts given  case  batch 1" in listed.stdout
    assert "[oddkin label]" in listed.stdout
    assert "\x1b" not in listed.output


def test_only_the_last_and_only_of_a_case(home: Home, second_case: Callable[[str], None]) -> None:
    second_case("other")
    every = home.run("audit", "list").stdout.splitlines()
    assert home.run("audit", "list", "--limit", "2").stdout.splitlines() == every[-2:]
    assert home.run("audit", "list", "--case", "other", "--limit", "1").stdout.splitlines() == every[-1:]
    assert all("  other  " in line for line in home.run("audit", "list", "--case", "other").stdout.splitlines())
    assert home.run("audit", "list", "--case", "none").stdout == ""


def test_a_password_is_nowhere(run: Command, logs: Path, tmp_path: Path) -> None:
    import pyzipper

    with pyzipper.AESZipFile(logs / "locked.zip", "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"infected-42")
        archive.writestr("in.json", line(50))
    assert run("ingest", logs, "--password", "infected-42").exit_code == 0
    said = run("audit", "list", "--format", "json").stdout
    assert "infected-42" not in said
    assert json.loads(said)[0]["arguments"]["password"] == "(given)"
    for file in (tmp_path / "work").rglob("*"):
        assert not file.is_file() or b"infected-42" not in file.read_bytes(), file


def test_whatever_is_called_like_a_secret_is_kept_as_one() -> None:
    """Walks over the options of every command, so that the next one of the kind is not forgotten."""
    suspicious = re.compile(r"pass|secret|token|credential|key_?file", re.IGNORECASE)
    marked = []
    for path, command in leaves():
        parameters = inspect.signature(command.callback.__wrapped__, eval_str=True).parameters
        for name, one in parameters.items():
            if any(isinstance(mark, Secret) for mark in getattr(one.annotation, "__metadata__", ())):
                marked.append((*path, name))
            else:
                assert not suspicious.search(name), (path, name)
    assert set(marked) >= {("ingest", "password"), ("cases", "verify", "password")}


def test_an_export_is_checked_alone_and_by_its_head(home: Home, tmp_path: Path) -> None:
    home.run("label", "1", "fp", "--yes")
    file = tmp_path / "audit.jsonl"
    done = home.run("audit", "export", str(file))
    head = HEAD.search(done.stderr)
    assert (done.exit_code, head is not None) == (0, True)
    assert head is not None
    shutil.move(home.workspace, tmp_path / "gone")
    checked = home.run("audit", "verify", str(file), "--head", head[1])
    assert (checked.exit_code, head[1] in checked.stderr) == (0, True)
    assert "each follows from the one before; 0 entries came after the head that was noted." in checked.stdout
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]))
    assert home.run("audit", "verify", str(file)).exit_code == 0, "nothing in it tells that there was more"
    cut = home.run("audit", "verify", str(file), "--head", head[1])
    assert (cut.exit_code, "the audit was cut off before it" in cut.stdout) == (1, True)
    file.write_bytes(b"".join(lines).replace(b'"verdict":"fp"', b'"verdict":"xp"'))
    wrong = home.run("audit", "verify", str(file))
    assert wrong.exit_code == 1
    place = next(number for number, one in enumerate(lines, start=1) if b'"verdict":"fp"' in one)
    assert f"Line {place}: entry {place} is not what its hash says." in wrong.stdout


def test_the_export_is_told_of_and_spares_evidence(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    home.run("audit", "export", str(file))
    said = entries(home)[-1]
    assert (said["act"], said["what"]["file"], said["what"]["rows"]) == (
        "audit exported",
        str(file),
        len(file.read_bytes().splitlines()),
    )
    piped = home.run("audit", "export", "-")
    assert len(piped.stdout.splitlines()) == said["number"]
    assert home.run("audit", "verify", "--head", "5").exit_code == 2
    assert home.run("audit", "verify", str(tmp_path / "none")).exit_code == 1
    assert home.run("audit", "export", str(home.workspace / DATABASE)).exit_code == 1


def test_a_damaged_audit_ends_with_1_and_the_doctor_says_so(home: Home) -> None:
    with closing(sqlite3.connect(home.workspace / DATABASE)) as connection:
        connection.execute("DROP TRIGGER audit_kept")
        connection.execute("DELETE FROM audit WHERE number = 2")
        connection.commit()
    done = home.run("audit", "verify")
    assert (done.exit_code, done.stdout) == (1, "Line 2: entry 2 is missing before entry 3.\n")
    for shown in (home.run("audit", "list"), home.run("audit", "export", "-")):
        assert shown.exit_code == 1
        assert "The audit is not what was written, in 1 place. Which ones: oddkin audit verify" in shown.stderr
    doctor = home.run("doctor")
    assert (doctor.exit_code, "The audit: entry 2 is missing before entry 3." in doctor.stdout) == (1, True)


def test_a_workspace_without_an_entry_is_no_sound_audit(tmp_path: Path, home: Home) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    done = home.run("audit", "verify", str(tmp_path / "empty.jsonl"))
    assert (done.exit_code, done.stdout) == (1, "Line 1: the audit is empty: what a workspace's audit begins with was removed.\n")


def test_a_removed_case_is_still_told_of(home: Home) -> None:
    assert home.run("cases", "remove", "case", "--yes").exit_code == 0
    assert "case removed  case" in home.run("audit", "list", "--case", "case").stdout
    assert home.run("audit", "verify").exit_code == 0


def test_the_interface_says_that_it_was_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is launched, also where something opened the workspace before; the screen itself is left out."""
    from tui.app import launch
    from tui.shell.console import Output
    from tui.shell.session import Session

    async def run(app: Any) -> None:
        app.services.workspace.audit.note("audit exported", {"rows": 0})

    monkeypatch.setattr(launch, "_run", run)
    session = Session(Output(), home.workspace)
    assert session.workspace.cases.names() == ("case",)
    with pytest.raises(typer.Exit):
        launch.launch(Mock(obj=session))
    workspace = open_workspace(home.workspace)
    assert workspace.audit.list()[-1].said["command"] == "(the interface)"
    workspace.close()


def test_names_in_an_archive_act_on_nothing(run: Command, logs: Path) -> None:
    (logs / "n.zip").write_bytes(zipped({"\x1b[31mred\u202e.json": line(70)}))
    run("ingest", logs)
    done = run("audit", "list")
    assert (done.exit_code, "\x1b" in done.stdout, "\u202e" in done.stdout) == (0, False, False)
