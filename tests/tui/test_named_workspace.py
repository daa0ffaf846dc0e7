"""`-w` is never ignored in silence: a command that has no use for it says so, one that makes its own workspace refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.tui.every_command import READING
from tests.tui.home import Home
from tui.command_line import app
from tui.shell.session import ExitCode

SAID = "had no effect: this needs no workspace."


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    "command", [("formats", "EVTX"), ("starter", "show"), ("classify", "systemd -> bash"), ("demo", "--logs", "{folder}/made")]
)
def test_a_command_that_needs_none_says_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    arguments = [word.format(folder=tmp_path) for word in command]
    if arguments[0] == "demo":
        arguments += ["--hosts", "1", "--days", "1"]
    code, told = run("-w", str(tmp_path / "mine"), *arguments)
    if arguments[0] == "demo":
        assert code == ExitCode.USAGE
        assert "--out" in told
    else:
        assert code == ExitCode.DONE
        assert f"-w {tmp_path / 'mine'} {SAID}" in told
    assert not (tmp_path / "mine").exists()
    assert SAID not in run(*arguments)[1]


def test_the_demo_makes_nothing_and_names_the_option_that_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = run("-w", "mine", "demo", "--hosts", "1", "--days", "1")
    assert code == ExitCode.USAGE
    assert "-w would have no effect with `oddkin demo`" in told
    assert "--out" in told
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_of_the_environment_is_nobodys_wish_of_this_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODDKIN_WORKSPACE", str(tmp_path / "mine"))
    assert run("formats", "EVTX") == (ExitCode.DONE, "")


@pytest.mark.parametrize("command", [one for one in READING if "export" not in one and "map" not in one])
def test_what_reads_a_workspace_never_says_so(home: Home, command: tuple[str, ...], tmp_path: Path) -> None:
    arguments = [word.format(folder=tmp_path, model=home.model, labels=tmp_path / "none.csv") for word in READING[command]]
    done = home.run(*command, *arguments)
    assert SAID not in done.stderr
