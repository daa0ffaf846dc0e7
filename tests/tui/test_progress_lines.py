"""Progress in a pipe: how far, the figures that travel with it, since when, and how long it will take."""

from __future__ import annotations

import pytest

from engine.progress import Step
from tui.shell.progress_view import LineView


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
