"""A folder with more entries than the picker shows says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static

from tests.tui.waiting import wait_for
from tui.widgets import path_picker
from tui.widgets.path_picker import FolderTree, PathPicker


class PickerApp(App[None]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def compose(self) -> ComposeResult:
        yield PathPicker(self.folder)


async def test_a_cut_folder_is_told_and_a_small_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_picker, "ENTRIES", 5)
    small = tmp_path / "small"
    small.mkdir()
    for number in range(8):
        (tmp_path / f"log{number}").write_text("")
    (tmp_path / ".hidden").write_text("")
    app = PickerApp(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        note = app.query_one(".cut", Static)
        await wait_for(lambda: note.has_class("-shown"), "the cut is told", pilot)
        assert "has 9 entries, 5 are shown" in str(note.render())
        assert len(app.query_one(FolderTree).root.children) == 5
        app.query_one(PathPicker).take(str(small))
        await wait_for(lambda: not note.has_class("-shown"), "another folder", pilot)
