"""What is said of a queue that no training on the case made."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.progress import Step
from store.queue.first import CameIn, FirstFindings
from tui.words.first_queue import FirstQueue, changed_words, ranked_lines, refining, unranked

STAGES = [
    Step("rules", 0, 3),
    Step("read chains", 5, 5),
    Step("device", 1, 1),
    Step("learn words", 10, 20),
    Step("train", 0, 900),
    Step("train", 700, 900),
    Step("calibrate", 1, None),
    Step("shuffle test", 3, 3),
    Step("score", 3, 3),
    Step("write scores", 3, 3),
]


def test_how_far_a_training_is_only_grows_and_never_says_that_it_is_over() -> None:
    shares = [int(refining(step).split("(")[1].removesuffix(" %)")) for step in STAGES]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] < 100
    assert refining(Step("train", 650, 1000)) == "ranked by the ready detector; training refines (62 %)"


def test_without_a_training_it_says_how_to_refine() -> None:
    assert refining(None) == "ranked by the ready detector; 3 trains on this case"


def test_what_a_training_changed_is_named() -> None:
    came = CameIn(3, "web01", "/tmp/\x1b[31mx", 41), CameIn(8, "db\u202e", "c:\\a\\b.exe", 0)
    said = changed_words(FirstFindings(8, came))
    assert said.startswith("Of the first 10 findings 8 were among them before; new there: F3 ")
    assert "on web01 (F41 before)" in said
    assert "F8 b.exe" in said
    assert "(in no finding before)" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "6 more" in changed_words(FirstFindings(0, tuple(came[:1] * 11)))
    assert changed_words(FirstFindings(4, ())) == "The first 4 findings are among the first 4 as before"


@pytest.mark.parametrize(("ready", "by"), [(True, "the ready detector"), (False, "model detector-1")])
def test_by_whom_an_ingest_was_ranked(ready: bool, by: str) -> None:
    lines = ranked_lines(FirstQueue("a b", "detector-1", ready, 7, 1))
    assert lines[0] == f"Ranked by {by}: 1 finding above the threshold, of 7 chains"
    assert ["oddkin train --case 'a b'" in line for line in lines[1:]] == [True] * ready


def test_why_it_was_not_ranked_can_be_read() -> None:
    said = unranked(SimpleNamespace(message="\x1bbroken."))  # type: ignore[arg-type]
    assert said == "Everything is read, but not ranked: \\ebroken. r ranks it."
