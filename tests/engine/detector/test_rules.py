"""A detector with rules: they become part of the model, and apply to whatever it scores."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.detector import Detector, DetectorParams
from engine.domain.chains import ChainCorpus
from engine.errors import ModelCorrupt
from engine.rules.rule import Rule, RuleSet, State

RULES = RuleSet.of([Rule(r"^v([0-9]{1,3})$", "<version>", "version", state=State.ACCEPTED)])


def versioned(corpus: ChainCorpus, number: int) -> ChainCorpus:
    """The same chains with every program in a directory of a version."""
    from engine.rules.corpus import chain_key

    def moved(path: str) -> str:
        separator = "/" if "/" in path else "\\"
        folder, _, name = path.rpartition(separator)
        return f"{folder}{separator}v{number}{separator}{name}"

    paths = tuple(map(moved, corpus.paths))
    keys = [chain_key([paths[step] for step in corpus.steps[row, : corpus.lengths[row]]]) for row in range(len(corpus))]
    return replace(corpus, paths=paths, keys=keys)


@pytest.fixture(scope="module")
def params() -> DetectorParams:
    params = DetectorParams(seed=3, device="cpu")
    return replace(params, network=replace(params.network, steps=30), embedding=replace(params.embedding, epochs=3))


def test_another_version_scores_as_the_one_that_was_learnt(corpus: ChainCorpus, params: DetectorParams) -> None:
    old, new = versioned(corpus, 1), versioned(corpus, 22)
    with_rules = Detector(params).fit(old, rules=RULES)
    assert np.allclose(with_rules.score(old).score, with_rules.score(new).score)
    without = Detector(params).fit(old)
    assert not np.allclose(without.score(old).score, without.score(new).score)


def test_rows_stay_those_of_the_store(corpus: ChainCorpus, params: DetectorParams) -> None:
    scores = Detector(params).fit(versioned(corpus, 1), rules=RULES).score(versioned(corpus, 2))
    assert scores.ids.tolist() == corpus.ids.tolist()


def test_a_model_keeps_its_rules(corpus: ChainCorpus, params: DetectorParams, tmp_path: Path) -> None:
    detector = Detector(params).fit(versioned(corpus, 1), rules=RULES)
    detector.save(tmp_path)
    loaded = Detector.load(tmp_path)
    assert loaded.fitted.rules.fingerprint == RULES.fingerprint
    assert detector.manifest()["rules"] == {"fingerprint": RULES.fingerprint, "count": 1}
    queue = versioned(corpus, 5)
    assert np.array_equal(loaded.score(queue).score, detector.score(queue).score)
    told = json.loads((tmp_path / "texts.json").read_text())
    told["rules"][0]["pattern"] = "(a+)+"
    (tmp_path / "texts.json").write_text(json.dumps(told))
    with pytest.raises(ModelCorrupt, match="rules"):
        Detector.load(tmp_path)


def test_without_rules_nothing_is_written(corpus: ChainCorpus, params: DetectorParams, tmp_path: Path) -> None:
    detector = Detector(params).fit(corpus)
    detector.save(tmp_path)
    assert "rules" not in json.loads((tmp_path / "texts.json").read_text())
    assert len(Detector.load(tmp_path).fitted.rules) == 0
