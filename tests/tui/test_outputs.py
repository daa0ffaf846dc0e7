"""-o of every command, and stdout that cannot take it."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner

from tests.tui.home import Home
from tui.command_line import app

LINE = '{"EventID":1,"SourceName":"Microsoft-Windows-Sysmon","Hostname":"h","ProcessId":"4","Image":"C:\\\\a.exe"}\n'
WRITERS = (("export",), ("report",), ("tree",), ("labels", "export"))


def writers(home: Home) -> list[tuple[str, ...]]:
    return [*WRITERS, ("models", "export", home.model)]


def test_evidence_and_the_database_are_not_overwritten(home: Home, tmp_path: Path) -> None:
    evidence = Path(home.run("cases", "show", "--format", "json").stdout.split('"path": "')[1].split('"')[0])
    for victim in (evidence, home.workspace / "oddkin.sqlite"):
        before = victim.read_bytes()
        for arguments in writers(home):
            done = home.run(*arguments, "-o", str(victim))
            assert (done.exit_code, "not overwritten" in done.stderr) == (1, True), arguments
        assert victim.read_bytes() == before


def test_what_was_ingested_and_is_no_log_is_not_overwritten(home: Home) -> None:
    """The folder itself holds no source: what is below it, read or not, there then or later, is evidence all the same."""
    evidence = home.folder / "evidence"
    (evidence / "logs").mkdir(parents=True)
    (evidence / "logs" / "a.jsonl").write_text(LINE)
    (evidence / "intrusions.json").write_text("{}")
    (home.folder / "elsewhere").symlink_to(evidence / "logs")
    assert home.run("ingest", str(evidence), "--case", "another", "--no-rank").exit_code == 0
    (evidence / "logs" / "later.json").write_text("{}")
    of = ("--case", "case")  # any case's evidence is spared, whichever is written
    listed = (("export", *of), ("tree", *of), ("labels", "export", *of), ("models", "export", home.model), ("processes", *of))
    for victim in (evidence / "intrusions.json", home.folder / "elsewhere" / "later.json"):
        for arguments in listed:
            done = home.run(*arguments, "-o", str(victim))
            assert (done.exit_code, "Name a new file, or one in another folder." in done.stderr) == (1, True), arguments
        assert victim.read_text() == "{}"
    new = evidence / "new.txt"
    assert home.run("processes", *of, "-o", str(new)).exit_code == 0
    assert home.run("processes", *of, "-o", str(new)).exit_code == 1
    assert home.run("cases", "remove", "another", "--yes").exit_code == 0
    assert home.run("processes", *of, "-o", str(new)).exit_code == 0


def test_a_folder_and_a_place_that_is_not_there(home: Home) -> None:
    for arguments in writers(home):
        assert "is a folder" in home.run(*arguments, "-o", str(home.folder)).stderr
        done = home.run(*arguments, "-o", str(home.folder / "nonexist" / "x"))
        assert (done.exit_code, "cannot be written" in done.stderr) == (1, True)


def test_a_device_survives(home: Home) -> None:
    for arguments in writers(home):
        assert home.run(*arguments, "-o", "/dev/null").exit_code == 0
        assert Path("/dev/null").is_char_device()


def test_a_model_through_a_pipe_is_the_same_bytes(home: Home) -> None:
    target = home.folder / "model.oddkin"
    assert home.run("models", "export", home.model, "-o", str(target)).exit_code == 0
    with home.spawn("models", "export", home.model, "-o", "-", stdout=subprocess.PIPE) as process:
        piped = process.communicate()[0]
    assert piped == target.read_bytes()
    assert zipfile.is_zipfile(target)


def test_a_model_is_not_written_to_a_terminal(home: Home) -> None:
    leader, follower = os.openpty()
    with home.spawn("models", "export", home.model, "-o", "-", stdout=follower) as process:
        assert b"no text for a terminal" in process.communicate()[1]
    os.close(leader)
    os.close(follower)
    assert process.returncode == 2


def test_a_full_disk_behind_stdout_is_an_error(home: Home) -> None:
    with Path("/dev/full").open("wb") as full, home.spawn("-q", "rank", stdout=full) as process:
        told = process.communicate()[1].decode()
    assert (process.returncode, "No space left" in told) == (1, True)
    assert "Traceback" not in told
    assert "Exception ignored" not in told


def test_stdout_that_is_closed_is_an_error(home: Home) -> None:
    with home.spawn("-q", "rank", start="import os; os.close(1); import sys; sys.stdout = None\n") as process:
        told = process.communicate()[1].decode()
    assert (process.returncode, "Bad file descriptor" in told) == (1, True)
    assert "Traceback" not in told


@pytest.mark.parametrize("arguments", [("rank",), ("tree",), ("cases", "show", "--rejects"), ("export", "-o", "-")])
def test_a_reader_that_goes_away_is_no_failure(home: Home, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with home.spawn("-q", *arguments, stdout=writing) as process:
        told = process.communicate()[1]
    os.close(writing)
    assert (process.returncode, told) == (0, b"")


@pytest.mark.parametrize(("option", "environment"), [((), {"NO_COLOR": "1"}), (("--no-color",), {}), ((), {})])
def test_no_color_means_no_escape_sequence_at_all(home: Home, option: tuple[str, ...], environment: dict[str, str]) -> None:
    leader, follower = os.openpty()
    with home.spawn(*option, "rank", stdout=follower, stderr=follower, environment=environment) as process:
        os.close(follower)
        shown = b""
        try:
            while part := os.read(leader, 65536):
                shown += part
        except OSError:
            pass  # Linux says EIO when the last writer has gone
    os.close(leader)
    assert process.returncode == 0
    assert b"deep.exe" in shown
    assert (b"\x1b" in shown) == (not option and not environment)


def test_a_system_error_that_nobody_expected_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def stage(_vault: object) -> Path:
        raise PermissionError(13, "Permission denied", "/w/models")

    package = home.folder / "model.oddkin"
    home.run("models", "export", home.model, "-o", str(package))
    monkeypatch.setattr("store.models.vault.Vault.stage", stage)
    done = home.run("models", "import", str(package))
    assert (done.exit_code, "/w/models: Permission denied." in done.stderr) == (1, True)


def test_an_error_of_the_system_names_no_staged_folder(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    package = home.folder / "model.oddkin"
    home.run("models", "export", home.model, "-o", str(package))
    models = home.workspace / "models"

    def refuse(_archive: object, _member: object, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("store.models.package._copy", refuse)
    done = home.run("models", "import", str(package))
    assert (done.exit_code, ".stage-" in done.stderr, "No space left on device" in done.stderr) == (1, False, True)
    full = OSError(28, "No space left on device", str(models / ".stage-k3_a9"))
    monkeypatch.setattr("tempfile.mkdtemp", Mock(side_effect=full))
    done = home.run("models", "import", str(package))
    assert (done.exit_code, ".stage-" in done.stderr, f"{models}: No space left on device." in done.stderr) == (1, False, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("tree", "--around", "pid:99999999999999999999999"),
        ("tree", "--around", "pid:" + "9" * 5000),
        ("train", "--seed", "-1"),
        ("train", "--seed", str(10**22)),
        ("rank", "--limit", str(10**22)),
        ("rank", "--after", str(10**22)),
    ],
)
def test_numbers_out_of_range_are_usage_errors(home: Home, arguments: tuple[str, ...]) -> None:
    assert home.run(*arguments).exit_code == 2


def test_a_csv_can_begin_with_a_byte_order_mark(home: Home) -> None:
    for arguments in (("export",), ("rank", "--format", "csv")):
        for extra in ((), ("--chains",)) if arguments[0] == "rank" else (("-o", "-"),):
            plain, marked = (home.run(*arguments, *extra, *bom).stdout_bytes for bom in ((), ("--bom",)))
            assert marked == b"\xef\xbb\xbf" + plain
    target = home.folder / "x.csv"
    assert home.run("export", "-o", str(target), "--bom").exit_code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbfcase,finding,")


def test_verdicts_come_back_from_a_csv_with_a_mark(home: Home) -> None:
    assert home.run("label", "1", "malicious", "--note", "seen").exit_code == 0
    target = home.folder / "x.csv"
    assert home.run("export", "-o", str(target), "--verdict", "malicious", "--bom").exit_code == 0
    assert home.run("labels", "undo").exit_code == 0
    assert home.run("labels", "import", str(target)).exit_code == 0
    assert "seen" in home.run("labels", "history").stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [("export", "-o", "-", "--format", "jsonl"), ("rank",), ("rank", "--format", "json")])
def test_what_is_no_csv_has_no_mark(home: Home, arguments: tuple[str, ...]) -> None:
    done = home.run(*arguments, "--bom")
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.parametrize("group", ["labels", "models", "cases", "rules", "starter"])
def test_a_group_without_a_command_shows_its_help_line_by_line(group: str) -> None:
    shown = CliRunner().invoke(app, [group])
    assert shown.exit_code == 2
    assert f"oddkin {group} [OPTIONS] COMMAND" in shown.output
    assert "\\n" not in shown.output
    assert len(shown.output.splitlines()) > 8
