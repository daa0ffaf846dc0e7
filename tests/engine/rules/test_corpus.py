"""Rules on chains: rows stay, texts change, equal chains become one for learning."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.chains import ChainCorpus
from engine.domain.records import MAX_STEPS
from engine.knowledge.command_rules import process_values
from engine.lineage.chainset import chain_keys
from engine.rules.corpus import chain_key, changes, merged, normalised
from engine.rules.rule import Rule, RuleSet, State
from tests.engine.process_samples import make_table, with_originals

RULES = RuleSet.of([Rule("(?<=^v)([0-9]{1,2})$", "<version>", state=State.ACCEPTED)])


@pytest.fixture
def corpus() -> ChainCorpus:
    paths = ("c:\\a\\v1\\x.exe", "c:\\a\\v2\\x.exe", "c:\\a\\y.exe")
    steps = np.full((3, MAX_STEPS), -1, np.int32)
    steps[0, :2], steps[1, :2], steps[2, :1] = (2, 0), (2, 1), (2,)
    lengths = np.array([2, 2, 1], np.int32)
    return ChainCorpus(
        np.array([10, 11, 12]), chain_keys(steps, paths), paths, steps, lengths, np.array([5, 7, 2]),
        np.array([1, 2, 2], np.int32), np.array([30, 20, 10]), 2, 3.0,
    )  # fmt: skip


def test_rows_stay_and_keys_follow(corpus: ChainCorpus) -> None:
    after, _ = normalised(corpus, RULES)
    assert after.ids.tolist() == [10, 11, 12]
    assert after.keys[0] == after.keys[1] == chain_key(["c:\\a\\y.exe", "c:\\a\\v<version>\\x.exe"])
    assert after.keys[2] == corpus.keys[2]
    assert set(after.paths) == {"c:\\a\\v<version>\\x.exe", "c:\\a\\y.exe"}
    assert after.keys == chain_keys(after.steps, after.paths)


def test_equal_chains_become_one(corpus: ChainCorpus) -> None:
    after, _ = merged(*normalised(corpus, RULES))
    assert after.counts.tolist() == [12, 2]
    assert after.ids.tolist() == [10, 12]
    assert after.hosts.tolist() == [2, 2]
    assert after.first_us.tolist() == [20, 10]


def test_original_names_stay_with_their_processes() -> None:
    chains = [("c:\\a\\v1\\x.exe",), ("c:\\a\\v2\\x.exe",), ("c:\\a\\y.exe",)]
    corpus, table = make_table([(chain, -1, "x") for chain in chains])
    named = with_originals(table, ["Cmd.Exe", None, "y.exe"])
    after, moved = merged(*normalised(corpus, RULES, named))
    assert moved is not None
    assert moved.chain.tolist() == [0, 0, 1]
    assert [None if at < 0 else moved.originals[at] for at in moved.named().tolist()] == ["cmd", None, ""]
    assert process_values(after, moved).tolist() == [1.0, 0.0, 0.0]


def test_no_rules_no_copy(corpus: ChainCorpus) -> None:
    assert normalised(corpus, RuleSet())[0] is corpus
    assert merged(corpus)[0] is corpus


def test_effect_is_counted(corpus: ChainCorpus) -> None:
    found = changes(corpus, RuleSet(), RULES).after
    assert (found.chains, found.changed, found.different, found.paths, found.different_paths) == (3, 2, 2, 3, 2)


def test_a_change_says_which_chains_change(corpus: ChainCorpus) -> None:
    found = changes(corpus, RuleSet(), RULES)
    assert (found.changed, found.processes) == (2, 12)
    assert (found.before.different, found.after.different) == (3, 2)
    assert [chain.key for chain in found.chains] == [corpus.keys[1], corpus.keys[0]]
    assert found.chains[0].before == ("c:\\a\\y.exe", "c:\\a\\v2\\x.exe")
    assert found.chains[0].after == ("c:\\a\\y.exe", "c:\\a\\v<version>\\x.exe")
    assert (found.chains[0].count, found.chains[0].joins, found.chains[0].parts_from) == (7, 1, 0)
    back = changes(corpus, RULES, RuleSet(), limit=1)
    assert back.changed == 2
    assert len(back.chains) == 1
    assert (back.chains[0].joins, back.chains[0].parts_from) == (0, 1)


def test_no_change_changes_no_chain(corpus: ChainCorpus) -> None:
    found = changes(corpus, RULES, RULES)
    assert (found.changed, found.processes, found.chains) == (0, 0, ())
    assert found.before == found.after
