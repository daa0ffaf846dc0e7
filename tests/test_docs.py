"""What the documents promise is there: commands, files, exit codes, columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from engine.handover.document import html, timeline
from engine.handover.pictures import svg
from engine.handover.registry import catalogued
from tui.command_line import app
from tui.shell.session import ExitCode
from tui.words.handover.report_words import LIMITS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def command_names(group: typer.Typer, prefix: str = "") -> list[str]:
    names = [f"{prefix}{command.name}" for command in group.registered_commands]
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        names += command_names(sub.typer_instance, f"{prefix}{sub.name} ")
    return names


@pytest.mark.parametrize("name", command_names(app))
def test_every_command_says_what_it_does(name: str) -> None:
    group, _, leaf = name.rpartition(" ")
    where = app if not group else next(sub.typer_instance for sub in app.registered_groups if sub.name == group)
    assert where is not None
    command = next(command for command in where.registered_commands if command.name == leaf)
    assert command.callback is not None
    assert (command.callback.__doc__ or "").strip().endswith((".", "damaged."))


@pytest.mark.parametrize("name", sorted({name.split()[0] for name in command_names(app)}))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"`?oddkin {name}\b", README), name


def test_every_command_in_the_readme_exists() -> None:
    known = {name.split()[0] for name in command_names(app)}
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
    named = set(re.findall(r"^(?:\S*/)?oddkin ([a-z]+)", blocks, re.MULTILINE))
    assert {"demo", "ingest", "rank"} <= named <= known


def test_exit_codes_in_the_readme_are_those_of_the_program() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == {code.value for code in ExitCode}


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/detection.md",
        "docs/rules.md",
        "docs/labels.md",
        "docs/papers.md",
        "docs/knowledge.md",
        "docs/handover.md",
    ],
)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT / document).parent / target).exists(), target


def test_files_named_in_contributing_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:engine|store|tui|tests)/[\w/.]+)`", text):
        assert (ROOT / name).exists() or "<" in name, name


def test_ci_reads_its_commands_out_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for block in ("install-and-run", "run-tests"):
        assert f"readme_command {block}" in script
        assert README.count(f"<!-- {block} -->") == 1


def test_the_page_on_handing_over_names_every_format_with_its_ending() -> None:
    text = (ROOT / "docs" / "handover.md").read_text(encoding="utf-8")
    for one in catalogued().values():
        assert f"`{one.name}`" in text, one.name
        assert f"`{one.ending}`" in text, one.name


def test_the_example_of_a_report_is_of_this_version() -> None:
    """Made by `python -m tests.report_example`; what it says was compared when it was made, how it looks is here."""
    page = (ROOT / "docs" / "report-example.html").read_text(encoding="utf-8")
    assert html.STYLE + svg.STYLE + timeline.STYLE in page
    assert page.count("<script") == 0
    assert not re.search(r'(?:src|href)="[^#]', page)
    assert all(told in page for told in (*LIMITS[1:], "F1, malicious, on", "Timeline", "What made the score"))
