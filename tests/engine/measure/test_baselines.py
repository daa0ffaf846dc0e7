"""Rankings that need no model."""

from __future__ import annotations

import pytest

from engine.measure.baselines import value_frequency
from tests.engine.process_samples import make_table

A, B, C = "/sbin/init", "/bin/sh", "/bin/ls"


def test_value_frequency_is_the_mean_of_how_often_the_values_occur() -> None:
    corpus, table = make_table([((A, B), -1, "sh -c x")] * 3 + [((A, C), -1, "ls")])
    value = value_frequency(corpus, table)
    assert value[1] == pytest.approx(-(1 / 4 + 4 / 4 + 1 / 4 + 1 / 4) / 4)  # program, parent, pair, shape
    assert value[0] == pytest.approx(-(3 / 4 + 4 / 4 + 3 / 4 + 3 / 4) / 4)


def test_a_chain_has_the_rarest_of_its_processes() -> None:
    corpus, table = make_table([((A, B), -1, "sh -c x")] * 3 + [((A, B), -1, "sh --posix /etc/other")])
    assert value_frequency(corpus, table)[0] == pytest.approx(-(1 + 1 + 1 + 1 / 4) / 4)
