"""Collection is rarer inside and as before outside, whatever happens in between."""

from __future__ import annotations

import gc

import pytest

from engine.jobs.ingest.collector import SELDOM, seldom_collected


def test_thresholds_are_put_back() -> None:
    before = gc.get_threshold()
    seen: list[tuple[int, int, int]] = []

    @seldom_collected()
    def work() -> None:
        seen.append(gc.get_threshold())
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert seen == [SELDOM]
    assert gc.isenabled()
    assert gc.get_threshold() == before
