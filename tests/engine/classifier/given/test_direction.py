"""Which end is the root."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.given.direction import vote, votes
from engine.classifier.published.ten import TEN
from engine.classifier.synthetic import normal
from engine.classifier.synthetic.sequences import LINUX, NOTHING, WINDOWS


@pytest.mark.parametrize(
    "steps",
    [
        ("systemd", "bash"), ("init", "x", "y"), ("wininit.exe", "services.exe", "svchost.exe"),
        ("c:\\windows\\system32\\services.exe", "q"),
        ("sshd", "bash"), ("explorer.exe", "winword.exe", "powershell.exe"), ("apache2", "sh", "id"),
        ("winword.exe", "powershell.exe"),
        ("/usr/lib/systemd/systemd", "/usr/bin/foo"),
    ],
)  # fmt: skip
def test_the_root_is_found_at_either_end(steps: tuple[str, ...]) -> None:
    assert vote(steps) > 0
    assert vote(steps[::-1]) < 0


@pytest.mark.parametrize("steps", [("systemd",), ("a", "b"), ("systemd", "x", "systemd"), ("bash", "bash")])
def test_nothing_is_told_where_nothing_tells(steps: tuple[str, ...]) -> None:
    assert vote(steps) == 0


def test_all_of_an_input_are_taken_alike() -> None:
    found = votes([one.leaf_first for one in TEN] + [("q", "r")])
    assert (found.root_first, found.leaf_first, found.silent, found.leaf) == (0, 10, 1, True)
    assert found.told() == "found to be leaf first: by what can be a root and by usual neighbours 10 of 11 say so"


def test_root_first_where_nothing_or_both_say_something() -> None:
    assert "nothing tells" in votes([("q", "r")]).told()
    both = votes([("systemd", "q"), ("q", "systemd")])
    assert not both.leaf
    assert "1 say so and 1 say leaf first" in both.told()
    assert ", 1 say otherwise" in votes([("systemd", "q"), ("systemd", "r"), ("q", "systemd")]).told()


@pytest.mark.parametrize("system", [LINUX, WINDOWS])
def test_made_up_sequences_are_found_to_be_root_first(system: str) -> None:
    made = [one.steps for one in normal(300, NOTHING, (system,), 5) if len(one.steps) > 1]
    assert not votes(made).leaf
    assert votes([steps[::-1] for steps in made]).leaf


@given(st.lists(st.text(max_size=20).filter(bool), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_turning_a_sequence_turns_its_word(steps: list[str]) -> None:
    assert vote(steps[::-1]) == -vote(steps)
