"""The second paper's data, made anew."""

from __future__ import annotations

import pytest

from engine.classifier.synthetic.paper import BEGINS_LATER, ROOT, known_names, neighbours, paper_set
from engine.classifier.synthetic.sequences import LINUX, WINDOWS
from engine.domain.records import MAX_STEPS

MADE = paper_set(1, 1000)


def test_as_many_of_each_class_and_half_of_the_abnormal_ones_random() -> None:
    assert len(MADE) == 2000
    assert [one.abnormal for one in MADE] == [False] * 1000 + [True] * 1000
    assert sum(one.template == "random" for one in MADE) == 500
    assert sum(one.template == "random" for one in paper_set(1, 100, 0.0)) == 0


def test_the_same_seed_makes_the_same_sequences() -> None:
    assert paper_set(3, 50) == paper_set(3, 50)
    assert paper_set(3, 50) != paper_set(4, 50)


def test_steps_are_known_plain_names_of_linux() -> None:
    known = set(known_names(LINUX))
    assert {step for one in MADE for step in one.steps} <= known
    assert all(1 <= len(one.steps) <= MAX_STEPS for one in MADE)
    assert not any("/" in name or "{" in name or name.endswith(".exe") for name in known)
    assert "xmrig" in known


def test_the_first_step_does_not_give_the_class_away() -> None:
    """A network learns the easiest thing: random sequences without a root made every chain abnormal whose logs begin later."""
    begins = {
        kind: sum(one.steps[0] == ROOT for one in some) / len(some)
        for kind, some in {
            "normal": MADE[:1000], "attack": MADE[1000:1500], "random": MADE[1500:],
        }.items()
    }  # fmt: skip
    assert max(begins.values()) - min(begins.values()) < 0.1, begins
    assert begins["random"] == pytest.approx(1 - BEGINS_LATER, abs=0.05)


@pytest.mark.parametrize(("system", "pair"), [(LINUX, ("httpd", "bash")), (WINDOWS, ("winword", "powershell"))])
def test_neighbours_are_those_of_templates(system: str, pair: tuple[str, str]) -> None:
    assert pair in neighbours(system)
    assert pair[::-1] not in neighbours(system)
