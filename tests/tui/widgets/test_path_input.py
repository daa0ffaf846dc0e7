"""Completion of paths and what terminals paste."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from tui.widgets.path_input import PathInput, completions, pasted_path


@pytest.mark.parametrize(
    ("pasted", "path"),
    [
        ("/a/b c", "/a/b c"),
        ("  '/a/b c'\n", "/a/b c"),
        ('"/a/b"', "/a/b"),
        ("/a/b\\ c", "/a/b c"),
        ("file:///a/b%20c", "/a/b c"),
        (r"C:\logs\a b", r"C:\logs\a b"),
    ],
)
def test_pasted_paths(pasted: str, path: str) -> None:
    assert pasted_path(pasted) == path


def test_completions_are_sorted_and_folders_end_with_a_slash(tmp_path: Path) -> None:
    (tmp_path / "logs2").write_text("")
    (tmp_path / "logs1").mkdir()
    (tmp_path / ".hidden").write_text("")
    assert completions(f"{tmp_path}/lo") == [f"{tmp_path}/logs1/", f"{tmp_path}/logs2"]
    assert completions(f"{tmp_path}/") == [f"{tmp_path}/logs1/", f"{tmp_path}/logs2"]
    assert completions(f"{tmp_path}/.h") == [f"{tmp_path}/.hidden"]
    assert completions(f"{tmp_path}/no/where") == completions("") == []


async def test_tab_completes_and_then_moves_on(tmp_path: Path) -> None:
    (tmp_path / "evidence-one").mkdir()
    (tmp_path / "evidence-two").mkdir()

    class Small(App[None]):
        def compose(self) -> ComposeResult:
            yield PathInput(f"{tmp_path}/ev")
            yield Input(id="next")

    app = Small()
    async with app.run_test() as pilot:
        field = app.query_one(PathInput)
        field.focus()
        await pilot.press("tab")
        assert field.value == f"{tmp_path}/evidence-"
        await pilot.press("tab")
        assert app.focused is app.query_one("#next")
