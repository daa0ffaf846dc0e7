"""Collection is rarer inside and as before outside, whatever happens in between."""

from __future__ import annotations

import gc

import pytest

from engine.jobs.collector import SELDOM, seldom_collected


def test_thresholds_are_put_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="stop"), seldom_collected():
        assert gc.get_threshold() == SELDOM
        assert gc.isenabled()
        raise ValueError("stop")
    assert gc.get_threshold() == before
