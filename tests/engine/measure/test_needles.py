"""What is planted where, and that neither was seen."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measure import needles
from engine.measure.known_labels import Label, Match
from engine.measure.needles import haystacks, needle_trials
from engine.measure.settings import LabelledProcesses
from tests.engine.process_samples import Row, make_table

WIN, NIX = ("c:\\windows\\explorer.exe", "c:\\windows\\system32\\cmd.exe"), ("/sbin/init", "/bin/sh")
SMALL = 3
"""Processes of a haystack, and at most of a needle, in these tests."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch):
    """A collection of attacks, two everyday recordings of one source, a server that has a baseline and three small attacks, and
    somebody else's few processes of both systems.
    """
    monkeypatch.setattr(needles, "MOST", SMALL)
    monkeypatch.setattr(needles, "LEAST", SMALL)
    rows: list[Row] = []
    marks: list[tuple[str, str, str, str, str, str]] = []  # file, label, reason, case, part, source

    def add(count: int, chain: tuple[str, ...], *mark: str, parent: int = -1) -> int:
        for _ in range(count):
            rows.append((chain, parent, None))
            marks.append((*mark,))  # type: ignore[arg-type]
        return len(rows) - 1

    add(2, WIN, "uac.evtx", "attack", "", "", "", "attacks")
    add(9, WIN, "large.evtx", "attack", "", "", "", "attacks")  # of no known intrusion
    add(5, WIN, "uac.evtx", "background", "", "", "", "attacks")
    add(SMALL, WIN, "monday.log", "background", "", "", "", "day")
    add(SMALL, WIN, "tuesday.log", "background", "", "", "", "day")
    add(SMALL - 1, NIX, "short.log", "background", "", "", "", "day")
    add(SMALL, NIX, "server.log", "background", "", "web", "baseline", "server")
    first = add(1, NIX, "server.log", "attack", "emulated attack drop: entry", "web", "queue", "server")
    add(1, NIX, "server.log", "attack", "emulated attack drop: descendant", "web", "queue", "server", parent=first)
    add(1, NIX, "server.log", "attack", "emulated attack drop: entry", "web", "queue", "server")
    add(1, NIX, "server.log", "attack", "emulated attack hand: entry", "web", "queue", "server")
    add(1, NIX, "server.log", "unknown", "", "web", "queue", "server")
    for chain in (WIN, NIX):
        add(1, chain, "few.log", "background", "", "", "", "else")
    corpus, table = make_table(rows)
    matches = [
        Match(Label(file, "", "", "", "", None, None, "", label, "strong", reason, case, part, source), 1, process_id=10 + n)
        for n, (file, label, reason, case, part, source) in enumerate(marks)
    ]
    return LabelledProcesses.of(matches, corpus, table), table


def test_a_small_file_is_a_needle_and_of_a_large_one_each_tree_of_a_named_intrusion(made) -> None:
    known, table = made
    found = {(pile.source, pile.name): len(pile.positions) for pile in needles.needles(known, table)}
    assert found == {("attacks", "uac.evtx"): 2, ("server", "drop 1"): 2, ("server", "drop 2"): 1, ("server", "hand 3"): 1}


def test_everyday_life_is_a_haystack_file_by_file_where_nobody_attacked(made) -> None:
    known, _ = made
    assert [(hay.source, hay.name, hay.case) for hay in haystacks(known)] == [
        ("day", "monday.log", ""), ("day", "tuesday.log", ""), ("server", "web", "web"),
    ]  # fmt: skip


def test_every_needle_goes_into_every_haystack_of_its_system(made) -> None:
    found = [(trial.setting, trial.case) for trial in needle_trials(*made)]
    assert found == [
        ("needles in day", "uac.evtx in monday.log"),
        ("needles in day", "uac.evtx in tuesday.log"),
        ("needles in server, own", "drop 1"),
        ("needles in server, own", "drop 2"),
        ("needles in server, own", "hand 3"),
    ]


def test_the_detector_has_seen_neither_source_and_the_queue_holds_nothing_else(made) -> None:
    known, table = made
    for trial in needle_trials(known, table):
        sources = set(trial.source.split("+"))
        assert not sources & set(known.source[trial.starter].tolist())
        assert not sources & set(known.source[trial.others].tolist())
        assert (known.label[trial.queue] >= 0).all()
        attack = known.label[trial.queue] == 1
        assert 1 <= attack.sum() <= SMALL
        assert (~attack).sum() == SMALL
        assert np.array_equal(trial.queue, np.unique(trial.queue))
        assert trial.estate is None
