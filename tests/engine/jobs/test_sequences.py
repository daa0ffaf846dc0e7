"""Answering what somebody hands over: order, direction, batches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.classifier.given.item import GivenSequence, Item, NoSequence
from engine.classifier.published.shipped import shipped
from engine.errors import Cancelled
from engine.jobs import sequences
from engine.jobs.sequences import Answered, ask
from engine.progress import CancelToken, Run

MODEL = shipped().model
LEAF_FIRST: list[Item] = [
    GivenSequence(1, ("curl", "bash", "httpd", "systemd"), True),
    NoSequence(2, "bad"),
    GivenSequence(3, ("bash", "dhclient", "systemd"), False),
    GivenSequence(4, ("zz9",), None, "no class"),
]


def test_answers_come_in_order_and_root_first_and_what_is_none_stays_between_them() -> None:
    asked = ask(LEAF_FIRST, MODEL, None)
    rows = list(asked.rows)
    assert [row.place for row in rows] == [1, 2, 3, 4]
    assert [row.steps for row in rows if isinstance(row, Answered)] == [
        ("systemd", "httpd", "bash", "curl"), ("systemd", "dhclient", "bash"), ("zz9",),
    ]  # fmt: skip
    assert "found to be leaf first" in asked.direction
    assert asked.tally.unread == 2
    assert (asked.tally.count, asked.tally.abnormal, asked.tally.foreign) == (3, 1, 1)
    figures = asked.tally.figures()
    assert figures is not None
    assert (figures.hits, figures.passed, figures.count) == (1, 1, 2)


@pytest.mark.parametrize(("leaf_first", "first"), [(True, "systemd"), (False, "curl")])
def test_what_is_said_of_the_order_counts_for_more_than_what_is_found(leaf_first: bool, first: str) -> None:
    asked = ask(LEAF_FIRST, MODEL, leaf_first)
    row = next(asked.rows)
    assert isinstance(row, Answered)
    assert row.steps[0] == first
    assert "as was said" in asked.direction


def test_an_input_without_end_is_answered_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "BATCH", 4)
    monkeypatch.setattr(sequences, "LOOKED_AT", 6)
    taken = 0

    def endless() -> Iterator[Item]:
        nonlocal taken
        while True:
            taken += 1
            yield GivenSequence(taken, ("bash", "systemd"))

    rows = ask(endless(), MODEL, None).rows
    assert [next(rows).place for _ in range(9)] == list(range(1, 10))
    assert taken <= 12


def test_somebody_can_stop_it() -> None:
    token = CancelToken()
    rows = ask(LEAF_FIRST, MODEL, None, Run(token=token)).rows
    token.cancel()
    with pytest.raises(Cancelled):
        next(rows)


def test_nothing_is_answered_of_nothing() -> None:
    asked = ask([], MODEL, None)
    assert list(asked.rows) == []
    assert asked.tally.figures() is None
