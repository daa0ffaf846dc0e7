"""Each sentence of the papers and each figure that a reader tries first is shown by its command, run here in its small form."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill

import pytest

from tests.papers import kept
from tests.papers.figures import FIGURES
from tests.papers.home import PREPARE, ROOT, Failed, Home, Output, in_this_process
from tests.papers.page import ALL, page, section, sections, typed
from tests.papers.statement import Command, Figure, NotShown, Statement, shown

PAGE = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
TOGETHER = (*ALL, *FIGURES)
COMMANDS = tuple(one.command for one in TOGETHER)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A fleet of two hosts."""
    made = Home(tmp_path_factory.mktemp("papers"), in_this_process, small=True)
    made.prepare()
    return made


def lacking(home: Home, ones: Iterable[Statement | Figure]) -> dict[str, str]:
    """By name, what the output of its command lacks."""
    found = {}
    for one in ones:
        try:
            assert shown(one.shows, home.output(one.command).text)
        except NotShown as missing:
            found[one.name] = f"{missing} in {home.output(one.command).text[-3000:]}"
    return found


def test_every_command_shows_in_its_small_form_what_it_has_to(home: Home) -> None:
    # One test, so that one process prepares and trains: small forms take on what others made.
    assert lacking(home, [one for one in TOGETHER if not one.command.slow]) == {}


@pytest.mark.slow
def test_slow_ones_do_too(home: Home) -> None:
    assert lacking(home, [one for one in TOGETHER if one.command.slow]) == {}


@pytest.mark.parametrize("statement", ALL, ids=lambda one: one.name)
def test_the_page_has_the_sentence_the_command_and_what_it_shows(statement: Statement) -> None:
    runs = [one for one in kept.read() if one.statement == statement.name] if statement.command.long else []
    commands = [run.command for run in runs] or [typed(statement)]
    assert all(run.of(statement.command) for run in runs)
    here = sections(PAGE)[statement.name]
    blocks = re.findall(r"^```(?:sh|text)\n(.+?)\n```", here, re.MULTILINE | re.DOTALL)
    assert blocks[::2] == commands
    prints = blocks[1::2]
    assert section(statement, prints[0], runs) == here
    assert here.startswith(f"### {statement.name}\n\n{fill(statement.says, 130)}\n")


def test_the_page_is_made_by_its_command() -> None:
    assert page(sections(PAGE)) == PAGE
    assert [one.name for one in ALL] == list(sections(PAGE))


@pytest.mark.parametrize("statement", [one for one in ALL if one.command.long], ids=lambda one: one.name)
def test_a_kept_run_shows_what_the_command_has_to(statement: Statement) -> None:
    """Each named group of the expressions, by its name, with a figure."""
    runs = [one for one in kept.read() if one.statement == statement.name]
    assert runs
    names = [name.replace("_", " ") for pattern in statement.shows for name in re.compile(pattern).groupindex]
    for run in runs:
        assert [name for name in names if not re.search(rf"\b{name} \S*\d", run.prints)] == []
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", run.date)
        if not names:
            assert shown(statement.shows, run.prints) == run.prints


@pytest.mark.parametrize("command", [*PREPARE, *COMMANDS], ids=lambda one: one.text)
def test_a_small_form_is_the_command(command: Command) -> None:
    words = command.words(small=False)
    assert set(command.instead) <= set(words)
    assert words == shlex.split(command.text)
    assert all(not word.startswith("-") for word in command.instead)
    assert command.words(small=True)[: len(words)] == [command.instead.get(word, word) for word in words]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda one: one.name)
def test_a_figures_command_stands_in_its_page(figure: Figure) -> None:
    assert figure.command.text in (ROOT / figure.page).read_text(encoding="utf-8")


def test_twelve_figures_of_the_pages_that_are_read_first() -> None:
    assert len(FIGURES) == len({one.name for one in FIGURES}) == 12
    pages = {"README.md", *(f"docs/{name}.md" for name in ("detection", "labels", "rules", "robustness", "formats"))}
    assert {one.page for one in FIGURES} == pages


def test_groups_are_told_by_name_and_other_matches_as_they_stand() -> None:
    output = "  a 1\n    b 2  \n\nAUC 0.5, 3 above\n"
    assert shown((r"AUC (?P<AUC>[\d.]+), (?P<real_above>\d)",), output) == "AUC 0.5, real above 3"
    assert shown((r"^  a(?:.*\n)+?(?=\s*\n)",), output) == "a 1\n  b 2"
    assert shown((r"^ +b.*$", r"^ +a.*$"), output) == "  b 2\na 1"  # lines of one table stay below each other
    with pytest.raises(NotShown, match="nowhere"):
        shown(("nowhere",), output)


def test_a_command_that_fails_is_no_output(tmp_path: Path) -> None:
    ended = Home(tmp_path, lambda *_: Output(2, "AUC 0.9", ""), small=True)
    with pytest.raises(Failed, match="oddkin rank ended with 2"):
        ended.output(Command("oddkin rank"))


def test_model_is_what_the_command_before_printed_and_each_runs_once(tmp_path: Path) -> None:
    ran: list[str] = []

    def run(words: Sequence[str], _: Path) -> Output:
        ran.append(" ".join(words))
        return Output(3, "said\nm-1\n", "")

    train = Command("oddkin train --epochs 9", instead={"9": "1"}, more="--no-rules")
    home = Home(tmp_path, run, small=True)
    assert home.output(Command("oddkin models show MODEL", after=train)).last == "m-1"
    home.output(train)
    assert ran == ["oddkin train --epochs 1 --no-rules", "oddkin models show m-1"]


def test_a_new_run_takes_the_place_of_the_same_one(tmp_path: Path) -> None:
    one, other = (kept.Kept("s", f"train --seed {seed}", "2026-01-01", "two cores", 1, "AUC .9") for seed in (1, 2))
    again = kept.Kept("s", one.command, "2026-01-02", "two cores", 2, "AUC .8")
    kept.write(kept.with_run([one, other], again), tmp_path / "kept.json")
    assert kept.read(tmp_path / "kept.json") == [other, again]
    assert one.of(Command("train --seed 5"))
    assert not one.of(Command("train --seed 5 --epochs 2"))
