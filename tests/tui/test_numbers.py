"""Numbers from the command line: within what can be computed with, or refused before anything is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from engine.detector import AlertBudget
from engine.errors import UsageError
from store.where.meaning import read
from store.workspace import open_workspace
from tests.tui.home import Home
from tui.command_line import app

SENSELESS = ("nan", "inf", "-inf", "1e300", "-1", str(10**30), "-" + "9" * 40)
NEEDED = {
    "ingest": ["."], "show": ["1"], "label": ["1", "benign"], "evaluate": ["--labels", "x"], "starter build": ["x", "-o", "."],
    "fleet": ["."], "rules add": ["a(b)", "'<x>'"], "rules nearest": ["word"],
}  # fmt: skip
"""What a command asks for besides its numbers."""


def _commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        below = f"{name} {word}".strip()
        if hasattr(command, "commands"):
            yield from _commands(command, below)
        else:
            yield below, command


def _numbers() -> list[tuple[str, str | None]]:
    """Command and option (None: an argument) of every number that anybody can give."""
    return [
        (name, parameter.opts[0] if parameter.opts[0].startswith("-") else None)
        for name, command in _commands(typer.main.get_command(app))
        for parameter in command.params
        if parameter.type_descriptor is not None and parameter.type_descriptor.annotation in {int, float}
    ]


def _arguments(name: str, option: str | None, value: str) -> list[str]:
    return [*name.split(), *NEEDED.get(name, []), *([f"{option}={value}"] if option else ["--", value])]


def test_there_are_numbers() -> None:
    assert {("rank", "--budget"), ("rank", "--fp-per-1000"), ("train", "--threads"), ("rules show", None)} <= set(_numbers())


@pytest.mark.parametrize(("name", "option"), _numbers())
def test_a_senseless_number_is_refused_before_anything_is_done(home: Home, name: str, option: str | None) -> None:
    for value in SENSELESS:
        done = home.run(*_arguments(name, option, value))
        assert (done.exit_code, "Invalid value" in done.stderr) == (2, True), (value, done.output)


def test_a_budget_of_no_chain_flags_none(home: Home) -> None:
    done = home.run("rank", "--budget", "0")
    assert done.exit_code == 0
    assert "0 of 7 chains are above the threshold 4.004" in " ".join(done.stderr.split())


def test_scores_that_know_no_clean_host_days_say_so_and_flag_the_strongest(home: Home) -> None:
    done = home.run("rank", "--fp-per-1000", "0")
    assert done.exit_code == 0
    said = " ".join(done.stderr.split())
    assert "Threshold moved to 4.000. These scores know no clean host-days" in said
    assert "the strongest is flagged in any case. Here that flags 1 chain, 1 process What that costs" in said
    assert "1 of 7 chains is above the threshold 4.000" in said


def test_training_for_no_false_positive_says_what_came_of_it(home: Home) -> None:
    done = home.run("train", "--false-positives", "0", "--epochs", "1", "--no-starter", "--no-rules", "--device", "cpu")
    assert done.exit_code == 0
    said = " ".join(done.stderr.split())
    # The only host-day that is known is this one: its strongest is not under the threshold, however small the budget is.
    origin = "alert budget: 0 of 1,000 clean processes, calibrated on 1 host-day of the training's own, taken as clean"
    assert f"({origin}): 1 chains and 1 findings above it" in said
    assert "What that promises: of 1,000 clean processes about 14 (0–42) are expected above it" in said


def test_seeds_end_where_the_largest_is(home: Home) -> None:
    labels = home.folder / "labels.csv"
    labels.write_text("file,label,image\n", encoding="utf-8")
    done = home.run("evaluate", "--labels", str(labels), "--ladder", "--seed", str(2**32 - 1), "--seeds", "2")
    assert done.exit_code == 2
    assert "go beyond 4294967295" in done.stderr


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, -1.0])
def test_a_budget_is_a_number(home: Home, value: float) -> None:
    for budget in ({"per_host_day": value}, {"false_positives": value}):
        with pytest.raises(UsageError):
            AlertBudget(**budget)
    workspace = open_workspace(home.workspace)
    with pytest.raises(UsageError):
        workspace.thresholds.move("case", value)
    with pytest.raises(UsageError):
        workspace.thresholds.move_to_rate("case", value)
    workspace.close()


@pytest.mark.parametrize("line", ["score>nan", "score>inf", "score>1e999"])
def test_a_filter_takes_scores_that_there_are(line: str) -> None:
    with pytest.raises(UsageError):
        read(line)
