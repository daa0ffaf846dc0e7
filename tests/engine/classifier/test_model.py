from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.classifier.model import Classifier
from engine.classifier.network import SUREST
from engine.classifier.params import ClassifierParams
from engine.classifier.sequences import BUCKETS, CaseInputs, Inputs, SequenceSet
from engine.classifier.training_set import ExampleOrigin, training_set
from engine.domain.verdicts import Verdict
from engine.errors import Cancelled, ModelCorrupt, ModelError, UsageError
from engine.progress import CancelToken, Run
from engine.rules.rule import RuleSet
from engine.verdicts.instant import probability
from engine.verdicts.lessons import FOLDS, folds, presumed_normal
from engine.verdicts.shapes import VariantShapes
from engine.verdicts.verdicts import Verdicts
from tests.engine.classifier.queues import make_queue, small_embedding, verdicts_of

QUICK = ClassifierParams(device="cpu", steps=25, batch=48)
BASE, FEATURES, ATTACK = make_queue()
BASE_FIRST = np.searchsorted(BASE.variants.chain, np.arange(len(BASE)))
"""The first variant of each chain."""
VERDICTS = verdicts_of(
    BASE, {row: Verdict.MALICIOUS if ATTACK[row] else Verdict.FALSE_POSITIVE for row in range(0, len(BASE), 2)}
)


def fit(params: ClassifierParams = QUICK, verdicts: Verdicts = VERDICTS) -> Classifier:
    return Classifier(params).fit(BASE, FEATURES, verdicts, RuleSet(), small_embedding())


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return fit()


def test_it_learns_what_the_labels_say(classifier: Classifier) -> None:
    rest = np.arange(1, len(BASE), 2)
    odds = classifier.log_odds(BASE, FEATURES)[BASE_FIRST][rest]
    assert odds[ATTACK[rest]].mean() > odds[~ATTACK[rest]].mean() + 1
    chance = probability(classifier.log_odds(BASE, FEATURES)).astype(np.float32)
    assert ((chance > 0) & (chance < 1)).all()


def test_same_seed_same_bits(classifier: Classifier) -> None:
    np.testing.assert_array_equal(fit().log_odds(BASE, FEATURES), classifier.log_odds(BASE, FEATURES))


def test_a_saved_classifier_says_the_same_bits(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    again = Classifier.load(tmp_path, "cpu")
    np.testing.assert_array_equal(again.log_odds(BASE, FEATURES), classifier.log_odds(BASE, FEATURES))
    assert again.taught.shapes.keys == classifier.taught.shapes.keys
    assert again.manifest() == classifier.manifest()
    assert again.manifest()["kind"] == "classifier"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classifier.json", b"{}"),
        ("classifier.json", b"not json"),
        ("classifier.json", None),
        ("network.safetensors", b"\x80\x04pickle"),
        ("network.safetensors", None),
        ("vectors.npz", b"PK"),
        ("vectors.npz", None),
    ],
)
def test_foreign_files_are_refused(classifier: Classifier, tmp_path: Path, name: str, content: bytes | None) -> None:
    classifier.save(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelCorrupt):
        Classifier.load(tmp_path, "cpu")


def test_weights_of_other_sizes_are_refused(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    text = (tmp_path / "classifier.json").read_text().replace('"classes": true', '"classes": false')
    assert '"classes": false' in text
    (tmp_path / "classifier.json").write_text(text)
    with pytest.raises(ModelCorrupt):
        Classifier.load(tmp_path, "cpu")


@pytest.mark.parametrize(
    "params",
    [
        replace(QUICK, vectors=False, embedding=True, classes=True, numbers=True),
        replace(QUICK, embedding=True),
        replace(QUICK, names_only=True, vectors=False, embedding=True, classes=False, commands=False, errors=False),
    ],
)
def test_other_inputs_are_saved_too(params: ClassifierParams, tmp_path: Path) -> None:
    one = fit(replace(params, steps=3))
    one.save(tmp_path)
    np.testing.assert_array_equal(Classifier.load(tmp_path, "cpu").log_odds(BASE, FEATURES), one.log_odds(BASE, FEATURES))
    assert (tmp_path / "vectors.npz").exists() == params.vectors


def test_without_a_detector_fasttext_is_trained_on_the_queue() -> None:
    one = Classifier(replace(QUICK, steps=2)).fit(BASE, FEATURES, VERDICTS, RuleSet())
    assert one.taught.embedding is not None
    assert one.taught.embedding.knows("setup.exe")


def test_an_untrained_one_says_so() -> None:
    with pytest.raises(ModelError, match="not been trained"):
        Classifier().log_odds(BASE, FEATURES)
    with pytest.raises(UsageError):
        ClassifierParams(members=0)
    with pytest.raises(UsageError):
        ClassifierParams(vectors=False, classes=False)


def test_cancel_leaves_it_as_it_was() -> None:
    token = CancelToken()
    token.cancel()
    one = Classifier(QUICK)
    with pytest.raises(Cancelled):
        one.fit(BASE, FEATURES, VERDICTS, RuleSet(), small_embedding(), Run(token=token))
    assert one.taught_ is None


def test_an_unknown_program_is_a_step_like_any_other(classifier: Classifier) -> None:
    """The published code dropped it: [xz9, bash, sshd] was read as [bash, sshd]."""
    chains = SequenceSet.of_chains(
        [("/usr/sbin/sshd", "/usr/bin/bash", "/tmp/xz9"), ("/usr/sbin/sshd", "/usr/bin/bash")], RuleSet()
    )
    assert chains.lengths.tolist() == [3, 2]
    inputs = Inputs.of(chains, names_only=True)
    assert (inputs.names[:-1] > 0).all()
    assert inputs.names.max() < BUCKETS
    assert inputs.names[-1] == 0
    first, second = classifier.log_odds_of(chains)
    assert first != second


def test_padding_does_not_count(classifier: Classifier) -> None:
    short, long = ("/sbin/init", "/usr/bin/bash"), ("/sbin/init",) * 9
    alone = classifier.log_odds_of(SequenceSet.of_chains([short], RuleSet()))[0]
    padded = classifier.log_odds_of(SequenceSet.of_chains([short, long], RuleSet()))[0]
    assert padded == pytest.approx(alone, abs=1e-5)


def test_chains_keep_their_last_ten_steps_root_first() -> None:
    chains = SequenceSet.of_chains([[f"/bin/p{n}q" for n in range(12)]], RuleSet())
    assert [chains.paths[step] for step in chains.steps[0]] == [f"/bin/p{n}q" for n in range(2, 12)]


def test_presumed_variants_never_count_as_labels_and_there_are_no_synthetic_ones() -> None:
    made = training_set(BASE, FEATURES, VERDICTS, RuleSet())
    assert made.counts() == {"label": len(VERDICTS), "presumed": len(presumed_normal(BASE, VERDICTS))}
    assert made.weight[made.malicious == 1].sum() == pytest.approx(made.weight[made.malicious == 0].sum())
    presumed = made.weight[made.origin == ExampleOrigin.PRESUMED].sum()
    assert presumed < 4 * made.weight[made.origin == ExampleOrigin.LABEL].max()


@pytest.mark.parametrize("members", [1, 3])
def test_a_classifier_of_the_first_format_is_read_as_it_was(tmp_path: Path, members: int) -> None:
    old = fit(replace(QUICK, classes=False, commands=False, errors=False, members=members, steps=3))
    old.save(tmp_path)
    stored = json.loads((tmp_path / "classifier.json").read_text())
    for name in ("commands", "errors", "members"):
        del stored["parameters"][name]
    stored |= {"format": 1, "parameters": stored["parameters"] | {"synthetic_weight": 0.3, "synthetic": 300, "recipe": "labels"}}
    (tmp_path / "classifier.json").write_text(json.dumps(stored))
    if members == 1:
        np.testing.assert_array_equal(Classifier.load(tmp_path, "cpu").log_odds(BASE, FEATURES), old.log_odds(BASE, FEATURES))
    else:  # there were no ensembles then
        with pytest.raises(ModelCorrupt):
            Classifier.load(tmp_path, "cpu")


def test_an_ensemble_says_what_its_members_say_on_average(classifier: Classifier) -> None:
    members = classifier.taught.network.each()
    assert len(members) == 3
    said = []
    for member in members:
        alone = Classifier(replace(QUICK, members=1))
        alone.taught_ = replace(classifier.taught, network=member)
        said.append(np.clip(alone.log_odds(BASE, FEATURES), -SUREST, SUREST))
    np.testing.assert_allclose(classifier.log_odds(BASE, FEATURES), np.mean(said, axis=0), atol=1e-5)
    assert np.abs(said[0] - said[1]).max() > 0.01


def test_what_is_known_of_some_variants_does_not_depend_on_the_others() -> None:
    rows = np.arange(len(FEATURES))[::-1]
    every, some = CaseInputs.of(FEATURES, rows), CaseInputs.of(FEATURES, rows[3:7])
    np.testing.assert_array_equal(every.command[3:7], some.command)
    assert np.abs(every.command).max() <= 1
    assert (np.abs(every.command).sum(axis=1) > 0).any()


def test_presumed_normal_chains_are_low_widespread_and_unlabelled() -> None:
    rows = presumed_normal(BASE, VERDICTS)
    assert (BASE.rank[rows] > len(BASE) / 2 - 1).all()
    assert not set(rows.tolist()) & set(VERDICTS.rows.tolist())


def test_chains_of_one_finding_are_in_one_fold_whatever_else_is_labelled() -> None:
    rows = np.arange(len(BASE))
    fold = folds(BASE, rows, BASE.finding)
    assert set(fold.tolist()) <= set(range(FOLDS))
    for finding in np.unique(BASE.finding):
        assert len(set(fold[BASE.finding == finding].tolist())) == 1
    np.testing.assert_array_equal(folds(BASE, rows[::3], BASE.finding[::3]), fold[::3])


def test_shapes_of_the_labels_travel_with_the_classifier(classifier: Classifier) -> None:
    remembered = classifier.remembered("classifier x")
    assert len(remembered) == len(classifier.taught.shapes.examples) > 0
    kinds = VariantShapes.of(FEATURES.shapes, BASE.variants)
    keys = kinds.keys(FEATURES.shapes, kinds.of_variant)
    wrong = {keys[row] for row in VERDICTS.with_(Verdict.FALSE_POSITIVE).tolist()}
    said = {key for key, verdict in zip(remembered.keys, remembered.verdict, strict=True) if verdict == Verdict.FALSE_POSITIVE}
    assert said == wrong
