from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import Cancelled, ModelCorrupt
from engine.progress import CancelToken
from engine.signals.threat_features import NAMES, PRIVILEGES, ThreatFeatures
from engine.signals.threat_prior import LEARNT, ThreatPrior, balanced, labelled_rows, rows_of
from tests.engine.detector.corpus import APPS, S32, SERVICES, WINDOWS_BASE
from tests.engine.process_samples import make_table

BENIGN = [((*WINDOWS_BASE, app), -1, f"run -n {n}") for n, app in enumerate(APPS + SERVICES)]
BAD = [
    ((*WINDOWS_BASE, app, f"{S32}cmd.exe", f"{S32}whoami.exe"), -1, "whoami -priv groups") for app in APPS
]  # fmt: skip


@pytest.fixture(scope="module")
def fitted():
    corpus, table = make_table(BENIGN + BAD)
    features = ThreatFeatures.of(corpus, table)
    label = np.array([0] * len(BENIGN) + [1] * len(BAD))
    rows, attack = labelled_rows(features, label)
    source = np.where(np.arange(len(rows)) % 2 == 0, "one", "other")
    part = rows_of(features, rows)
    return corpus, table, features, part, attack, source, ThreatPrior.fit(part, attack, source, corpus, seed=1)


def test_columns_rank_attacks_of_other_programs_above_everyday(fitted):
    prior = fitted[-1]
    corpus, table = make_table([(("c:/x/thing.exe", f"{S32}cmd.exe", f"{S32}whoami.exe"), -1, "whoami -priv"), BENIGN[0]])
    columns = prior.columns(corpus, table)
    assert set(columns) == {"threat_classes", "threat_words"}
    assert all(value[0] > value[1] for value in columns.values())


def test_trees_in_arrays_say_what_scikit_learn_says(fitted):
    from sklearn.ensemble import GradientBoostingClassifier

    _corpus, _table, _features, part, attack, source, prior = fitted
    model = GradientBoostingClassifier(
        n_estimators=120, max_depth=3, learning_rate=0.1, subsample=0.7, max_features=0.3, random_state=1
    )
    model.fit(part.classes * LEARNT, attack, sample_weight=balanced(attack, source))
    assert np.allclose(prior.by_class(part.classes), model.decision_function(part.classes), atol=1e-6)


def test_privilege_is_not_learnt_as_a_cause():
    corpus, table = make_table([*BENIGN, *BENIGN])
    label = np.repeat([0, 1], len(BENIGN))
    table = replace(table, privilege=np.where(label, 3, 1).astype(np.int8))  # and nothing else tells the two apart
    features = ThreatFeatures.of(corpus, table)
    rows, attack = labelled_rows(features, label)
    prior = ThreatPrior.fit(rows_of(features, rows), attack, np.full(len(rows), "one"), corpus, seed=1)
    assert not {NAMES[column] for column in prior.feature.ravel() if column >= 0} & set(PRIVILEGES)
    odds = prior.by_class(features.classes)[features.of_process]
    assert odds[label == 1].tolist() == odds[label == 0].tolist()


VARIED = [
    (chain, -1, None if number % 5 == 0 else f"{line} -i {number}") for number in range(3) for chain, _, line in BENIGN + BAD
]


def test_the_columns_do_not_depend_on_how_many_rows_are_scored_at_a_time(fitted, monkeypatch):
    prior, (corpus, table) = fitted[-1], make_table(VARIED)
    table = replace(table, privilege=(np.arange(len(table)) % 3).astype(np.int8))
    whole = ThreatFeatures.of(corpus, table)
    values = {"threat_classes": prior.by_class(whole.classes), "threat_words": prior.by_words(whole)}
    monkeypatch.setattr("engine.signals.threat_features.BLOCK", 2)
    parts = list(ThreatFeatures.blocks(corpus, table))
    assert len(parts) > 10
    assert [row for part in parts for row in part.chain.tolist()] == whole.chain.tolist()
    columns = prior.columns(corpus, table)
    for name, value in values.items():
        best = np.full(len(corpus), -np.inf)
        np.maximum.at(best, whole.chain, value)
        assert columns[name].tobytes() == best.tobytes()


def test_command_lines_of_one_chain_share_its_classes():
    corpus, table = make_table(VARIED)
    features = ThreatFeatures.of(corpus, table)
    assert len(features.chain) > 2 * len(corpus)
    assert len(features.kinds) == len(corpus)
    for row in range(len(features.chain)):
        words = features.words[features.start[row] : features.start[row + 1]].tolist()
        assert words == sorted(set(words))


def test_a_cancelled_scoring_stops_between_two_blocks(fitted, monkeypatch):
    monkeypatch.setattr("engine.signals.threat_features.BLOCK", 2)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        fitted[-1].columns(*make_table(VARIED), token.raise_if_cancelled)


def test_it_is_silent_about_systems_without_known_attacks(fitted):
    corpus, table = make_table([(("/usr/sbin/sshd", "/bin/bash"), -1, "bash -i")])
    assert fitted[-1].columns(corpus, table) == {}


def test_arrays_come_back_as_they_were_and_foreign_ones_are_refused(fitted):
    _c, _t, features, _p, _a, _s, prior = fitted
    arrays = prior.to_arrays()
    again = ThreatPrior.from_arrays(arrays)
    assert again is not None
    assert again.systems == prior.systems
    assert np.array_equal(again.by_class(features.classes), prior.by_class(features.classes))
    assert np.array_equal(again.by_words(features), prior.by_words(features))
    assert ThreatPrior.from_arrays({}) is None
    for name, change in (("threat_feature", len(NAMES)), ("threat_children", 10_000)):
        damaged = arrays | {name: arrays[name] + np.int32(change)}
        with pytest.raises(ModelCorrupt):
            ThreatPrior.from_arrays(damaged)


def test_classes_weigh_the_same_and_sources_by_their_root():
    attack = np.array([True, False, False, False, False, False])
    source = np.array(["a", "a", "b", "b", "b", "b"])
    weight = balanced(attack, source)
    assert weight[attack].sum() == pytest.approx(weight[~attack].sum())
    assert weight[2:].sum() == pytest.approx(2 * weight[1])
