"""What is left of chains of which only the parent is known."""

from __future__ import annotations

import pytest

from engine.measure.two_steps import two_steps
from tests.engine.process_samples import make_table

A, B, C = "/sbin/init", "/bin/sh", "/bin/ls"


def test_chains_that_end_alike_become_one_and_nothing_else_is_known() -> None:
    corpus, table = make_table([((A,), -1, "init"), ((A, B), 0, None), ((A, B, C), 1, "ls -la"), ((B, C), -1, "ls")])
    short, bare = two_steps(corpus, table)
    chains = [tuple(short.paths[step] for step in row if step >= 0) for row in short.steps.tolist()]
    assert chains == [(A,), (A, B), (B, C)]
    assert short.counts.tolist() == [1, 1, 2]
    assert bare.chain.tolist() == [0, 1, 2, 2]
    assert set(bare.parent.tolist()) == set(bare.command.tolist()) == {-1}
    assert len(bare.commands) == 0
    assert len(set(short.keys)) == 3


def test_the_counts_are_of_the_same_processes() -> None:
    corpus, table = make_table([((A, B, C), -1, None), ((C, B, C), -1, None)])
    short, _ = two_steps(corpus, table)
    assert short.counts.sum() == pytest.approx(corpus.counts.sum())
