from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.processes import part_of
from engine.domain.verdicts import Verdict
from engine.verdicts.ask import modes
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.rerank import LEAST, rerank
from engine.verdicts.verdicts import Remembered, Verdicts
from tests.engine.classifier.queues import CMD, OFFICE, SVC, make_queue, queue_of, row_of, verdicts_of

BASE, FEATURES, ATTACK = make_queue()
SETUP = [row_of(BASE, *SVC, f"c:\\program files\\update\\{n}.{m}.0\\setup.exe") for n in range(4) for m in range(10)]


def learn(said: dict[int, Verdict], remembered: Remembered | None = None) -> LearntQueue:
    return rerank(BASE, verdicts_of(BASE, said), FEATURES, remembered=remembered)


def position(learnt: LearntQueue, row: int) -> int:
    return int(np.flatnonzero(learnt.order == BASE.rank[row])[0])


def enough() -> dict[int, Verdict]:
    good, bad = np.flatnonzero(~ATTACK)[:LEAST], np.flatnonzero(ATTACK)[:LEAST]
    return {int(row): Verdict.BENIGN for row in good} | {int(row): Verdict.MALICIOUS for row in bad}


def assert_same(one: LearntQueue, other: LearntQueue) -> None:
    for field in fields(LearntQueue):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        else:
            assert left == right, field.name


def test_without_labels_the_order_is_the_detectors() -> None:
    learnt = learn({})
    assert learnt.abstains
    np.testing.assert_array_equal(learnt.order, np.arange(1, len(BASE) + 1))
    assert not learnt.effect.any()
    assert np.isnan(learnt.instant).all()
    np.testing.assert_array_equal(learnt.finding_order, np.arange(1, int(BASE.finding.max()) + 1))


def test_a_finding_of_which_nothing_is_known_keeps_its_place_without_a_warning() -> None:
    more = replace(BASE, finding_score=np.append(BASE.finding_score, BASE.finding_score.min() - 1))
    with np.errstate(invalid="raise"):
        learnt = rerank(more, verdicts_of(more, {}), FEATURES)
    np.testing.assert_array_equal(learnt.finding_order, np.arange(1, len(more.finding_score) + 1))


def test_with_few_labels_only_shapes_act() -> None:
    row = row_of(BASE, *SVC, "c:\\program files\\contoso\\agent.exe")
    learnt = learn({row: Verdict.FALSE_POSITIVE})
    assert learnt.abstains
    assert position(learnt, row) == len(BASE) - 1
    assert set(learnt.effect.tolist()) == {Effect.NONE, Effect.LABELLED}


def test_the_first_malicious_verdict_nudges_the_order_without_a_probability() -> None:
    learnt = learn({row_of(BASE, *OFFICE, CMD): Verdict.MALICIOUS})
    assert not learnt.abstains
    assert learnt.weight < 0.5
    assert np.isnan(learnt.probability).all()
    assert "stop" not in learnt.metrics
    attacks = np.flatnonzero(ATTACK)
    assert np.mean([position(learnt, row) for row in attacks]) < np.mean(BASE.rank[attacks])


def test_probabilities_and_stop_advice_come_with_ten_labels() -> None:
    learnt = learn(enough())
    assert ((learnt.probability >= 0) & (learnt.probability <= 1)).all()
    left = [row for row in range(len(BASE)) if row not in enough()]
    attacks = [row for row in left if ATTACK[row]]
    others = [row for row in left if not ATTACK[row]]
    assert learnt.probability[attacks].mean() > 2 * learnt.probability[others].mean()
    stop = learnt.metrics["stop"]
    assert 0 <= stop["low"] <= stop["left"] <= stop["high"] <= len(left)
    assert stop["left"] < len(left) / 2
    assert "malicious chains left" in stop["advice"]


def test_a_false_positive_takes_its_shape_behind_everything_and_says_why() -> None:
    learnt = learn({SETUP[3]: Verdict.FALSE_POSITIVE})
    others = [row for row in SETUP if row != SETUP[3]]
    assert (learnt.effect[others] == Effect.SUPPRESSED_SHAPE).all()
    assert (learnt.cause[others] == SETUP[3]).all()
    last = {int(rank) for rank in learnt.order[-len(SETUP) :]}
    assert last == {int(BASE.rank[row]) for row in SETUP}
    assert learnt.metrics["suppressed"] == len(SETUP) - 1


def test_a_malicious_chain_of_a_shape_outweighs_a_false_positive() -> None:
    learnt = learn({SETUP[3]: Verdict.FALSE_POSITIVE, SETUP[5]: Verdict.MALICIOUS})
    others = [row for row in SETUP if row not in {SETUP[3], SETUP[5]}]
    assert (learnt.effect[others] == Effect.RAISED_SHAPE).all()
    assert position(learnt, SETUP[5]) == 0
    assert max(position(learnt, row) for row in others) == len(others)
    assert position(learnt, SETUP[3]) == len(BASE) - 1


def test_benign_goes_behind_and_only_lowers_its_shape() -> None:
    learnt = learn({SETUP[3]: Verdict.BENIGN})
    assert position(learnt, SETUP[3]) == len(BASE) - 1
    others = [row for row in SETUP if row != SETUP[3]]
    assert (learnt.effect[others] == Effect.LOWERED_SHAPE).all()
    assert all(position(learnt, row) >= BASE.rank[row] - 1 - len(SETUP) for row in others)
    assert sum(position(learnt, row) for row in others) > sum(BASE.rank[row] - 1 for row in others)


def test_undetermined_teaches_nothing() -> None:
    learnt = learn({SETUP[3]: Verdict.UNDETERMINED})
    np.testing.assert_array_equal(learnt.order, np.arange(1, len(BASE) + 1))
    assert learnt.effect[SETUP[3]] == Effect.LABELLED


def test_labels_bring_up_what_is_like_the_malicious_ones() -> None:
    said = enough()
    learnt = learn(said)
    assert not learnt.abstains
    left = [row for row in range(len(BASE)) if row not in said]
    attacks = [row for row in left if ATTACK[row]]
    assert attacks
    # The detector of these tests ranks at random, and half of the order is still its.
    assert np.mean([position(learnt, row) for row in attacks]) < 0.7 * np.mean(BASE.rank[attacks])
    assert learnt.instant[attacks].min() > np.median(learnt.instant)
    assert (learnt.effect[attacks] != Effect.LOWERED).all()
    assert learnt.metrics["raised"] + learnt.metrics["lowered"] > 0


def test_shapes_remembered_from_elsewhere_are_out_unless_this_case_knows_better() -> None:
    key = FEATURES.shapes.keys(FEATURES.shapes.of_chain[SETUP[:1]])[0]
    remembered = Remembered((key,), np.array([Verdict.FALSE_POSITIVE], np.int8), ("case acme",))
    learnt = learn({}, remembered)
    assert (learnt.effect[SETUP] == Effect.SUPPRESSED_REMEMBERED).all()
    assert learnt.metrics["remembered"][learnt.cause[SETUP[0]]] == "case acme"
    assert (learn({SETUP[0]: Verdict.MALICIOUS}, remembered).effect[SETUP[1:]] == Effect.RAISED_SHAPE).all()
    torn = Remembered((key, key), np.array([Verdict.FALSE_POSITIVE, Verdict.MALICIOUS], np.int8), ("case a", "case b"))
    assert not learn({}, torn).effect.any()


def test_a_finding_of_suppressed_chains_comes_last() -> None:
    variants = BASE.variants
    tool = next(int(row) for row in variants.chain[variants.variant] if ATTACK[row])  # odd in its finding
    learnt = learn({SETUP[0]: Verdict.FALSE_POSITIVE, tool: Verdict.MALICIOUS})
    odd = {n: set(variants.chain[variants.variant[variants.finding == n]].tolist()) for n in variants.finding.tolist()}
    assert tool in odd[int(learnt.finding_order[0])]
    only = {n for n, rows in odd.items() if rows <= set(SETUP)}
    assert len(only) > 1
    assert {int(n) for n in learnt.finding_order[-len(only) :]} == only
    assert sorted(learnt.finding_order.tolist()) == sorted(set(BASE.finding.tolist()))
    assert (np.diff(learnt.finding_score) <= 0).all()


MOVES = st.lists(
    st.tuples(st.sampled_from(["say", "undo", "redo"]), st.integers(0, len(BASE) - 1), st.sampled_from(list(Verdict)))
)


@settings(max_examples=25, deadline=None)
@given(MOVES, st.booleans())
def test_only_effective_verdicts_count_whatever_their_history(moves: list[tuple[str, int, Verdict]], start: bool) -> None:
    said = enough() if start else {}
    done: list[tuple[int, Verdict | None, Verdict | None]] = []
    undone: list[tuple[int, Verdict | None, Verdict | None]] = []
    for kind, row, verdict in moves:
        if kind == "say":
            done.append((row, said.get(row), verdict))
            undone.clear()
            said[row] = verdict
            continue
        source, target = (done, undone) if kind == "undo" else (undone, done)
        if source:
            place, before, after = source.pop()
            target.append((place, before, after))
            wanted = before if kind == "undo" else after
            if wanted is None:
                said.pop(place)
            else:
                said[place] = wanted
    shuffled = dict(sorted(said.items(), key=lambda item: (item[1], -item[0])))
    assert_same(learn(said), learn(shuffled))
    while done:  # all undone: as if nothing had been said since the start
        row, before, _ = done.pop()
        said.pop(row) if before is None else said.update({row: before})
    assert_same(learn(said), learn(enough() if start else {}))


def test_modes_hold_the_undecided_once_each() -> None:
    said = enough() | {SETUP[0]: Verdict.FALSE_POSITIVE}
    verdicts = verdicts_of(BASE, said)
    learnt = rerank(BASE, verdicts, FEATURES)
    found = modes(BASE, learnt, verdicts, FEATURES)
    assert set(found) == {"top", "diverse"}
    wanted = {int(BASE.rank[row]) for row in range(len(BASE)) if row not in said and row not in SETUP}
    for order in found.values():
        assert set(order.tolist()) == wanted
        assert len(order) == len(wanted)
    assert found["top"].tolist() == [rank for rank in learnt.order.tolist() if rank in wanted]


def test_diverse_shows_each_kind_of_look_alikes_once_before_any_twice() -> None:
    learnt = learn({})
    order = modes(BASE, learnt, Verdicts.none(), FEATURES)["diverse"]
    setup = {int(BASE.rank[row]) for row in SETUP}
    first = [int(rank) in setup for rank in order.tolist()]
    kinds = len(BASE) - len(SETUP) + 1
    assert sum(first[:kinds]) < len(SETUP) / 2


def test_uncertain_waits_for_twenty_of_each_class() -> None:
    base, features, attack = make_queue(3)
    rows = {int(row): Verdict.MALICIOUS if attack[row] else Verdict.BENIGN for row in range(len(base))}
    verdicts = verdicts_of(base, rows)
    assert "uncertain" not in modes(base, rerank(base, verdicts, features), verdicts, features)  # 13 attacks


@pytest.mark.parametrize("size", [0, 1])
def test_tiny_queues(size: int) -> None:
    base, _, _ = make_queue()
    none = Verdicts.none()
    corpus, table = base.corpus, base.table
    part, processes = part_of(corpus, table, np.arange(size, dtype=np.int64))
    queue = queue_of(part, processes, np.ones(size), np.arange(1, size + 1))
    features = VariantFeatures.of(part, processes, queue.variants)
    learnt = rerank(queue, none, features)
    assert learnt.order.tolist() == list(range(1, size + 1))
    assert modes(queue, learnt, none, features)["top"].tolist() == learnt.order.tolist()
