"""Sentences: what they say for what counts, and when signals disagree."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.signals.catalogue.chain_frequency import chain_sentence
from engine.signals.catalogue.prior import knowledge_sentence
from engine.signals.catalogue.reconstruction_worst import step_sentence
from engine.signals.catalogue.rolefrac import suspects_sentence
from engine.signals.edges import EdgeCount, edge_sentence, window_sentence
from engine.signals.registry import signals as registered
from engine.signals.sentences import by_rarity, disagreement, plain_sentence, reasons
from engine.signals.tails import share

EDGE = EdgeCount("svchost.exe", "cmd.exe", 0, 41_213, 0, 57, (("conhost.exe", 3120), ("werfault.exe", 12)))


def test_a_pair_is_told_with_counts_hosts_and_what_is_expected():
    assert edge_sentence(EDGE) == (
        "svchost.exe started cmd.exe: seen 0 of 41,213 times on 0 of 57 hosts;"
        " expected here: conhost.exe (3,120), werfault.exe (12)"
    )
    assert edge_sentence(EdgeCount("a", "b", 3, 9)) == "a started b: seen 3 of 9 times; nothing else was seen here"
    assert edge_sentence(EdgeCount("a", "b", 0, 0)) == "a started b: a was never seen starting anything in training"
    assert edge_sentence(EdgeCount(None, "b", 2, 9)).startswith("a chain starts with b: seen 2 of 9 times")
    assert edge_sentence(EdgeCount(None, "b", 0, 0)) == "a chain starts with b: no chain was seen from its start in training"


def test_windows_chains_steps_and_knowledge():
    second = EdgeCount("cmd.exe", "whoami.exe", 1, 50)
    assert window_sentence([EDGE, second], elsewhere=True) == (
        "on other estates, svchost.exe started cmd.exe: seen 0 of 41,213 times on 0 of 57 hosts;"
        " then cmd.exe started whoami.exe: seen 1 of 50 times"
    )
    assert chain_sentence(4, 9000, 2, 57) == "the whole chain was seen 4 times among 9,000 processes on 2 of 57 hosts"
    assert chain_sentence(1, 9000, 1, 1) == "the whole chain was seen once among 9,000 processes"
    assert chain_sentence(4, 9000, 1, 1) == "the whole chain was seen 4 times among 9,000 processes"
    assert step_sentence(2, "cmd.exe", "shell", 0.5312, 0.0025) == (
        "step 3, cmd.exe: error 0.531, as high as in 1 in 400 of the shell steps learnt from"
    )
    assert suspects_sentence(["cmd.exe"], 4) == "1 of 4 steps is a shell, script engine, proxy binary or admin tool: cmd.exe"
    assert suspects_sentence(["a", "b"], 4).startswith("2 of 4 steps are shells")
    assert knowledge_sentence(["one", "two"]) == "one; two"
    assert "nothing odd" in knowledge_sentence([])


def test_every_signal_that_is_shown_has_a_sentence():
    for name in {signal.name for signal in registered()} - {"build_tree", "known_bad", "known_good"}:
        said = plain_sentence(name, 1.5, 0.01)
        assert "1.5" in said
        assert said.endswith("as high as in 1 in 100 of the chains learnt from")
        assert said.startswith("1.5") is False, name
    assert plain_sentence("a_newer_one", 1.5, 0.5) == "1.5, as high as in 50% of the chains learnt from"
    assert plain_sentence("prior", math.nan, 1.0) == "nothing is known, so it says nothing"


def test_the_rarest_reasons_come_first_and_each_once():
    signals = [
        ("pair_rarity", 3.0, 0.5),
        ("prior", 2.0, 0.001),
        ("rolefrac", 0.5, 0.05),
        ("role_share", 0.4, 0.06),
        ("build_tree", 1.0, 0.0001),
    ]
    sentences = {"prior": "P", "rolefrac": "R", "role_share": "R"}
    assert [name for name, _, _ in by_rarity(signals, sentences)] == ["prior", "rolefrac", "role_share", "pair_rarity"]
    assert reasons(signals, sentences) == ["P", "R"]
    assert reasons(signals[:1], {}) == [plain_sentence("pair_rarity", 3.0, 0.5)]  # at least one
    assert reasons([], {}) == []


def test_a_note_where_counting_and_the_autoencoder_disagree():
    note = disagreement([("pair_rarity", 1.0, 0.6), ("window_rarity", 1.0, 0.9), ("reconstruction_worst", 2.0, 0.002)])
    assert note == "common to counting (100%); odd to the autoencoder (1 in 500)"
    # Two signals of a kind are two chances: the smaller tail counts twice.
    assert not disagreement([("pair_rarity", 1.0, 0.6), ("reconstruction_worst", 2.0, 0.015), ("reconstruction", 2.0, 0.9)])
    assert not disagreement([("pair_rarity", 1.0, 0.001), ("reconstruction_worst", 2.0, 0.001)])
    assert not disagreement([("pair_rarity", 1.0, 0.001), ("command_rarity", math.nan, 1.0)])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*(signal.name for signal in registered()), "new"]), st.floats(), st.floats(0, 1)),
        max_size=12,
        unique_by=lambda s: s[0],
    )
)
def test_any_values_give_sentences(signals):
    for _, tail, sentence in by_rarity(signals, {}):
        assert sentence
        assert 0 <= tail <= 1
    assert len(reasons(signals, {})) <= 3
    disagreement(signals)
    assert share(0.0) == "none"
