"""docs/formats.md and the README's table say what the readers declare, and every reader declares something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.readers.formats import all_formats
from engine.readers.records.record_kinds import record_kinds
from engine.readers.registry import reader_modules
from tui.command_line import app
from tui.render import format_pages

ROOT = Path(__file__).resolve().parents[1]
FORMATS = all_formats()
MARKS = ("<!-- formats -->\n", "<!-- end of formats -->")


def test_the_page_is_what_the_command_prints() -> None:
    done = CliRunner().invoke(app, ["formats", "--format", "markdown"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout == (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_table_of_the_readme_is_made_of_the_same() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.split(MARKS[0])[1].split(MARKS[1])[0] == format_pages.table(FORMATS)


def test_what_no_sample_was_seen_of_is_not_claimed_in_the_readme_and_told_elsewhere() -> None:
    unseen = [one.title for one in FORMATS if not one.sample]
    assert "Zircolite" in unseen
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [title for title in unseen if title in readme] == []
    assert page.count("no whole sample was seen") == len(unseen)


def test_each_format_has_one_name_and_says_all_there_is_to_say() -> None:
    assert len({one.slug for one in FORMATS}) == len(FORMATS)
    assert len({one.title for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", one.slug), one
        assert min(map(len, (one.title, one.export, one.read, one.left_out, one.source))) > 2, one
        assert "\n" not in one.title + one.export, one


def test_every_module_that_reads_is_asked() -> None:
    """A reader or a kind of record that nobody lists reads nothing."""
    listed = {module.__name__ for module in (*reader_modules(), *record_kinds())}  # type: ignore[attr-defined]
    written = set()
    for path in sorted((ROOT / "engine" / "readers").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^READER = |^FORMATS\b", text, re.MULTILINE):
            written.add(".".join(path.relative_to(ROOT).with_suffix("").parts))
    asked_otherwise = {
        f"engine.readers.records.{name}"
        for name in ("ecs", "own", "winlogbeat", "envelopes", "splunk", "graylog", "wrapped.loki", "wrapped.otel")
    } | {"engine.readers.windows.chainsaw"}
    assert written - listed - asked_otherwise - {"engine.readers.lists.ps"} == set()


@pytest.mark.parametrize(("words", "title"), [(["tetragon"], "Tetragon"), (["KAPE"], "EvtxECmd")])
def test_words_find_formats(words: list[str], title: str) -> None:
    done = CliRunner().invoke(app, ["formats", *words], catch_exceptions=False)
    assert title in done.stdout
    assert done.stdout.count("  export    ") < len(FORMATS)


def test_a_format_that_is_not_there_is_said_with_what_to_do() -> None:
    done = CliRunner().invoke(app, ["formats", "no such product"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "--map" in done.stderr
