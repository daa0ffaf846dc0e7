"""No attack succeeds: a short run of each in the suite, a long one behind the marker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.robustness.attack import Attack
from tests.robustness.registry import attacks

ALL = attacks().values()


def _holds(attack: Attack, folder: Path, rounds: int) -> None:
    report = attack.run(folder, 1, rounds)
    assert report.rows, "nothing was attacked"
    assert report.failures == []


# A round of `kill` starts four processes, half a minute of CPU in all: with the other tests of kill -9, it is behind the marker.
@pytest.mark.parametrize(
    "attack", [pytest.param(one, id=one.name, marks=[pytest.mark.slow] * (one.name == "kill")) for one in ALL]
)
def test_short(attack: Attack, tmp_path: Path) -> None:
    _holds(attack, tmp_path, attack.short)


@pytest.mark.slow
@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_long(attack: Attack, tmp_path: Path) -> None:
    _holds(attack, tmp_path, attack.long)
