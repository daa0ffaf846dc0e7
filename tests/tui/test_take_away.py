"""Copying and opening elsewhere: what is offered, that it is safe to paste, and how little it takes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.events import Key

from engine.untrusted import visible
from store.workspace import open_workspace
from tests.store import samples
from tests.tui.rendered import screen_lines
from tests.tui.waiting import wait_for
from tui.actions.triage.take_away import Taken, hashes, row, taken
from tui.dialogs.choices import ChoicesDialog, ListChoice
from tui.runtime import take_away
from tui.runtime.take_away import pager, to_clipboard

HOSTILE = "cmd /c calc\nrm -rf ~\x1b]52;c;AAAA\x07\t\u202egpj.exe"


def process_of(folder: Path, **record: Any) -> Taken:
    """A process below another one, as the store tells it."""
    with closing(open_workspace(folder / "w")) as workspace:
        above = samples.event(1, image="C:\\Windows\\explorer.exe"), samples.event(2, 1, command_line="cmd.exe /k")
        samples.fill(workspace, [*above, samples.event(3, 2, **record)])
        child = next(one for one in workspace.processes.find("case") if one.pid == 3)
        return taken(workspace, "case", child.id)


class Bare(App[None]):
    """An application with nothing in it."""


def test_a_row_has_as_many_cells_whatever_the_record_says(tmp_path: Path) -> None:
    found = process_of(tmp_path, command_line=HOSTILE, user="a\tb")
    assert len(row(found.process).split("\t")) == 6
    assert len(row(found.process).splitlines()) == 1


def test_each_thing_has_a_letter_and_is_safe_to_paste(tmp_path: Path) -> None:
    found = process_of(tmp_path, command_line=HOSTILE, hashes="MD5=00ff,SHA256=11ee")
    things = {one.letter: one for one in found.copyables()}
    assert len(things) == len(found.copyables())
    assert things["c"].text == "cmd /c calc\\nrm -rf ~\\e]52;c;AAAA\\x07\\t\\u202egpj.exe"
    assert (things["h"].name, things["h"].text) == ("SHA256", "11ee")
    assert (things["5"].name, things["5"].text) == ("MD5", "00ff")
    assert things["w"].text.splitlines() == ["app --number 1", "  cmd.exe /k", f"    {things['c'].text}"]
    for one in things.values():
        for line in one.text.replace("\t", " ").splitlines():
            assert visible(line) == line
    assert things["c"].text in found.page()


@given(st.text(max_size=30))
def test_a_hash_is_offered_whatever_it_looks_like(text: str) -> None:
    offered = list(hashes(text))
    assert len({letter for letter, _name, _text in offered}) == len(offered)
    assert all(value and visible(value) == value for _letter, _name, value in offered)


async def test_a_letter_takes_its_line_and_nothing_takes_an_empty_one() -> None:
    app = Bare()
    async with app.run_test(size=(100, 20)) as pilot:
        taken_letters: list[str] = []
        dialog = ChoicesDialog(
            "Pivot", [ListChoice("i", "same image", "cmd.exe"), ListChoice("u", "same user", "bob"), ListChoice("x", "x")]
        )
        app.push_screen(dialog, lambda letter: taken_letters.append(letter or "none"))
        await wait_for(lambda: any("same image" in line for line in screen_lines(app)), "it is drawn", pilot)
        dialog.counted({"i": (0, "0 processes"), "u": (12, "12 processes")})
        await pilot.pause()
        lines = screen_lines(app)
        assert any("›u same user" in line and "12 processes" in line for line in lines)
        await pilot.press("i")
        assert taken_letters == []
        await pilot.press("down", "enter")
        await wait_for(lambda: taken_letters == ["u"], "the answer is handed on", pilot)


async def test_a_copy_reaches_the_terminal_and_says_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    machine: list[str] = []
    monkeypatch.setattr(take_away, "_to_machine", machine.append)
    app = Bare()
    async with app.run_test(size=(100, 20)) as pilot:
        to_clipboard(app.screen, "whoami /all", "command line")
        await wait_for(lambda: machine == ["whoami /all"], "the machine's clipboard has it", pilot)
        assert app.clipboard == "whoami /all"
        assert [note.message for note in app._notifications] == ["command line copied: whoami /all"]
        to_clipboard(app.screen, "x" * 80_000, "command line")
        await pilot.pause()
        assert app.clipboard == "whoami /all"
        assert "too long for a terminal's clipboard, 80,000 bytes" in next(
            note.message for note in app._notifications if "bytes" in note.message
        )


def test_the_pager_is_the_users_own() -> None:
    assert pager({"PAGER": "less -S", "EDITOR": "nano"}) == ["less", "-S"]
    assert pager({"EDITOR": "code --wait"}) == ["code", "--wait"]
    assert pager({"PAGER": "'unclosed", "EDITOR": "nano"}) == ["nano"]


def test_a_pager_gets_a_file_that_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    seen_files: list[tuple[Path, str]] = []
    monkeypatch.setenv("PAGER", "less -S")

    def run(_app: object, command: list[str]) -> None:
        assert command[:2] == ["less", "-S"]
        seen_files.append((Path(command[2]), Path(command[2]).read_text()))

    class Pane:
        app = None

    monkeypatch.setattr(take_away, "_run", run)
    take_away.in_pager(Pane(), "all of it")  # type: ignore[arg-type]
    assert seen_files[0][1] == "all of it"
    assert not seen_files[0][0].exists()


@pytest.mark.parametrize("keys", [("i", "u"), ("i", "i"), ("enter", "enter"), ("escape", "escape"), ("i", "enter")])
async def test_keys_that_come_twice_answer_once(keys: tuple[str, ...]) -> None:
    app = Bare()
    async with app.run_test(size=(100, 20)) as pilot:
        answers: list[str | None] = []
        dialog = ChoicesDialog("Pivot", [ListChoice("i", "same image"), ListChoice("u", "same user")])
        app.push_screen(dialog, answers.append)
        await wait_for(lambda: app.screen is dialog, "it is there", pilot)
        for key in keys:  # without a pause between them, as a held key sends them
            app.post_message(Key(key, key if len(key) == 1 else None))
        await wait_for(lambda: app.screen is not dialog, "it is gone", pilot)
        await pilot.pause()
        assert answers == ([None] if keys[0] == "escape" else ["i"])
        assert len(app.screen_stack) == 1


@pytest.mark.parametrize("width", [36, 44, 60, 100])
async def test_a_count_is_never_cut(width: int) -> None:
    app = Bare()
    async with app.run_test(size=(width, 12)) as pilot:
        choices = [ListChoice("i", "same command line but for numbers", "x" * 90, 3, "1,234 processes")]
        app.push_screen(ChoicesDialog("Pivot", choices))
        await wait_for(lambda: any("1,234 processes" in line for line in screen_lines(app)), "the count is there", pilot)
