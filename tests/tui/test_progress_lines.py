"""Progress in a pipe: how far, the figures that travel with it, since when, and how long it will take."""

from __future__ import annotations

import pytest

from engine.progress import Step
from tui.shell.progress_view import LineView, amount


def test_a_line_every_few_seconds_tells_the_figures_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now, lines = 100.0, []
    monkeypatch.setattr("tui.shell.progress_view.time.monotonic", lambda: now)
    view = LineView(lines.append)
    for batch in range(0, 1010, 10):  # ten batches a second
        view.listener(Step("train", batch, 2000, "batches", metrics={"loss": 0.5, "AUC": 0.913}))
        now += 1.0
    assert lines[0] == "train: 100 of 2,000 batches, loss 0.5, AUC 0.913 in 10.0 s, 0:03:10 left"
    assert lines[-1] == "train: 1,000 of 2,000 batches, loss 0.5, AUC 0.913 in 100.0 s, 0:01:40 left"
    view.listener(Step("train", 2000, 2000, "batches", last=True))
    assert lines[-1] == "train: 2,000 batches in 101.0 s"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("link", 1, 1, "hosts"), "1 host"), (Step("link", 1, None, "hosts"), "1 host"),
        (Step("link", 1, 2, "hosts"), "1 of 2 hosts"), (Step("link", 0, 1, "hosts"), "0 of 1 hosts"),
        (Step("x", 2, 2, "hosts"), "2 hosts"), (Step("x", 1, 1, "batches"), "1 batch"),
        (Step("x", 1, 1, "processes"), "1 process"), (Step("x", 1, 1, "halves"), "1 half"),
        (Step("x", 1, 1, "sequences"), "1 sequence"), (Step("x", 1, 1), "1"),
        (Step("x", 1_000_000, 1_000_000, "B"), "1.0 MB"), (Step("x", 0, 0, "rules"), "0 rules"),
    ],
)  # fmt: skip
def test_one_is_told_as_one(step: Step, said: str) -> None:
    assert amount(step) == said
