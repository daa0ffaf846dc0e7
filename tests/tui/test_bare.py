"""`oddkin` without a command: what the help says of it, paths in its place, words that are neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.tui.conftest import opened
from tests.tui.every_command import leaves
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.command_line import app
from tui.screens.case.ingest_dialog import IngestDialog
from tui.widgets.path_input import PathInput


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with evidence, in which the user stands."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "other logs.json").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["-w", "w", *words], catch_exceptions=False)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Path]]:
    """A terminal; what the interface was opened with."""
    found: list[Sequence[Path]] = []
    monkeypatch.setattr("tui.app.launch.on_terminal", lambda: True)
    monkeypatch.setattr("tui.app.launch.launch", lambda _context, paths: found.append(paths))
    return found


def test_the_help_says_that_the_interface_opens_and_which_commands_come_first() -> None:
    shown = run("--help").stdout
    said = shown.partition("Options:")[0]
    assert "Without a command oddkin opens its interface" in said
    first = re.findall(r"^ +oddkin (\w+)", said, re.MULTILINE)
    assert first == ["demo", "ingest", "rank"]
    assert {(name,) for name in first} <= {path for path, _ in leaves()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evidence/",), "oddkin ingest evidence/\n"),
        (("evidence", "other logs.json"), "oddkin ingest evidence 'other logs.json'\n"),
    ],
)
def test_without_a_terminal_paths_name_the_command_to_type(here: Path, words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (here / "w").exists()


@pytest.mark.parametrize("words", [("evidence/",), ("evidence", "other logs.json"), ("./evidence",)])
def test_on_a_terminal_paths_open_the_interface(here: Path, launched: list[Sequence[Path]], words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 0
    assert launched == [[Path(word) for word in words]]


def test_bare_the_interface_opens_with_nothing_to_ask(here: Path, launched: list[Sequence[Path]]) -> None:
    assert run().exit_code == 0
    assert launched == [[]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rnak",), "No such command or file 'rnak'. Did you mean 'rank'?"),
        (("xyzzy",), "No such command or file 'xyzzy'."),
        (("nothere/logs",), "There is no nothere/logs."),
        (("evidence", "nothere"), "There is no nothere."),
        (("evidence", "--case", "acme"), "oddkin ingest evidence --case acme"),
    ],
)
def test_what_is_neither_is_said(here: Path, launched: list[Sequence[Path]], words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert launched == []


def test_a_file_that_is_called_like_a_command_is_no_path(here: Path, launched: list[Sequence[Path]]) -> None:
    (here / "rank").write_text("")
    assert "There is no workspace in w yet." in run("rank").stderr
    assert launched == []


async def asked(here: Path, paths: Sequence[Path], then: Any) -> None:
    services = opened(here / "w", None)
    application = OddkinApp(services, evidence=paths)
    async with application.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: isinstance(application.screen, IngestDialog), "the dialog is open", pilot)
        await then(application, pilot)
    services.workspace.close()


async def test_the_dialog_is_filled_with_the_paths_and_all_are_taken(here: Path) -> None:
    chosen: list[Any] = []

    async def then(application: OddkinApp, pilot: Any) -> None:
        dialog = application.screen
        assert dialog.query_one(PathInput).value == str(here / "evidence")
        assert "and with it" in str(dialog.query_one(".more").render())
        assert "other logs.json" in str(dialog.query_one(".more").render())
        application.mode_screens["case"].ingest = lambda *words: chosen.append(words)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_for(lambda: bool(chosen), "the answer came", pilot)

    await asked(here, [Path("evidence"), Path("other logs.json")], then)
    ((path, case, _password, more),) = chosen
    assert (path, case, more) == (here / "evidence", "default", (here / "other logs.json",))


async def test_a_paste_of_several_paths_takes_all(here: Path) -> None:
    services = opened(here / "w", None)
    application = OddkinApp(services)
    async with application.run_test(size=(120, 36)) as pilot:
        from textual.events import Paste

        await wait_for(lambda: bool(application.mode_screens), "the screen is there", pilot)
        await pilot.pause()
        application.screen.post_message(Paste(f"{here / 'evidence'}\n'{here / 'other logs.json'}'\n"))
        await wait_for(lambda: isinstance(application.screen, IngestDialog), "the dialog is open", pilot)
        assert "other logs.json" in str(application.screen.query_one(".more").render())
    services.workspace.close()
