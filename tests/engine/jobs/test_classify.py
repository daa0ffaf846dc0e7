"""Teach, compare, publish, re-rank: the jobs over a store and a vault in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from engine.classifier.params import ClassifierParams
from engine.classifier.trust import Said
from engine.domain.arrays import Ints32
from engine.domain.verdicts import Verdict
from engine.errors import Cancelled, UsageError
from engine.jobs.classify import classify, due
from engine.jobs.ports.classify import Taught
from engine.jobs.relearn import prepare, relearn
from engine.progress import CancelToken, Run
from engine.verdicts.features import VariantFeatures
from engine.verdicts.queue import Effect, LearntQueue
from engine.verdicts.rerank import share_of
from engine.verdicts.verdicts import BaseQueue, Elsewhere, Verdicts
from engine.words.command_shape import shape_number
from tests.engine.classifier.queues import SVC, make_queue, one_finding_each, row_of, small_embedding, verdicts_of

QUICK = ClassifierParams(device="cpu", steps=20, batch=48, members=1, classes=False, commands=False, errors=False)
PLAIN, FEATURES, ATTACK = make_queue()
BASE = one_finding_each(PLAIN)
"""Every chain a finding: ten verdicts are ten decisions."""


@dataclass
class Store:
    """engine.jobs.ports.relearn.TeachingStore over one queue; cases without chains of their own."""

    said: dict[int, Verdict] = field(default_factory=dict)
    elsewhere: list[tuple[tuple[str, ...], int | None, int, str]] = field(default_factory=list)
    reflects: int = 0
    event: int | None = None
    act: int | None = None
    """Of all verdicts; None: each has its own."""
    written: tuple[LearntQueue, Mapping[str, Ints32]] | None = None

    def load_queue(self, case: str) -> BaseQueue:
        return BASE

    def load_kept(self, case: str) -> tuple[BaseQueue, VariantFeatures] | None:
        return None

    def keep(self, base: BaseQueue, features: VariantFeatures) -> None:
        pass

    def load_verdicts(self, case: str, base: BaseQueue) -> Verdicts:
        return verdicts_of(base, self.said, len(self.said), self.act)

    def load_remembered(self, case: str, detector: str) -> Elsewhere:
        return Elsewhere(tuple(self.elsewhere), len(self.elsewhere))

    def label_event(self, case: str) -> int:
        return self.event if self.event is not None else len(self.said)

    def write_learnt(self, case: str, base: BaseQueue, learnt: LearntQueue, asks: Mapping[str, Ints32], elsewhere: int) -> None:
        assert base is BASE
        self.written, self.reflects = (learnt, asks), elsewhere


@dataclass
class Vault:
    """engine.jobs.ports.classify.TeachingVault in a folder."""

    folder: Path
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: dict[tuple[str, str], str] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], Taught] = field(default_factory=dict)
    lost: bool = False
    """A verdict is taken back while a classifier is trained."""

    def stage(self) -> Path:
        staged = self.folder / "staged"
        staged.mkdir()
        return staged

    def publish(self, staged: Path, manifest: dict[str, Any]) -> str:
        name = f"model-{len(self.manifests)}"
        staged.rename(self.folder / name)
        self.manifests[name] = manifest
        return name

    def discard(self, staged: Path) -> None:
        shutil.rmtree(staged)

    def collect(self) -> object:
        return None

    def open(self, model_id: str) -> tuple[Path, dict[str, Any]]:
        return self.folder / model_id, self.manifests[model_id]

    def in_use(self, case: str, kind: str = "detector") -> str | None:
        return self.used.get((case, kind))

    def adopt(self, case: str, model_id: str, verdicts: Taught) -> bool:
        self.verdicts[case, model_id] = verdicts
        if not self.lost:
            self.used[case, "classifier"] = model_id
        return not self.lost

    def taught_with(self, case: str, model_id: str) -> Taught:
        return self.verdicts.get((case, model_id), {})


def with_a_detector(folder: Path) -> Vault:
    """Of which only rules and word vectors are there."""
    one, words = Vault(folder), small_embedding()
    staged = one.stage()
    (staged / "texts.json").write_text(json.dumps({"rules": [], "words": words.words}))
    settings = {"buckets": words.buckets, "min_n": words.min_n, "max_n": words.max_n, "metrics": {}}
    (staged / "detector.json").write_text(json.dumps({"embedding": settings}))
    arrays = {name: getattr(words, name) for name in ("word_vectors", "bucket_ids", "bucket_vectors")}
    np.savez(staged / "arrays.npz", **arrays)
    for case in ("acme", "next"):
        one.used[case, "detector"] = "model-0"
    one.publish(staged, {"kind": "detector"})
    return one


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return with_a_detector(tmp_path)


@dataclass
class FirstOne:
    """A classifier in use, of the verdicts of `store`, and what came of training it."""

    store: Store
    vault: Vault
    result: Any


@pytest.fixture(scope="module")
def _first(tmp_path_factory: pytest.TempPathFactory) -> FirstOne:
    store, made = Store(labelled()), with_a_detector(tmp_path_factory.mktemp("first"))
    return FirstOne(store, made, run(store, made, name="first"))


@pytest.fixture
def first(_first: FirstOne, tmp_path: Path) -> FirstOne:
    """Trained once, a copy for each test."""
    shutil.copytree(_first.vault.folder, tmp_path, dirs_exist_ok=True)
    return FirstOne(Store(labelled()), replace(deepcopy(_first.vault), folder=tmp_path), _first.result)


def labelled(share: int = 2) -> dict[int, Verdict]:
    """Every attack, and a share of the others."""
    said = {row: Verdict.MALICIOUS if ATTACK[row] else Verdict.FALSE_POSITIVE for row in range(len(BASE))}
    return {row: verdict for row, verdict in said.items() if ATTACK[row] or row % share == 0}


def few() -> dict[int, Verdict]:
    """Six malicious verdicts: enough to train, too few to be trusted."""
    attacks = np.flatnonzero(ATTACK)[::3].tolist()
    return {row: verdict for row, verdict in labelled().items() if not ATTACK[row] or row in attacks}


def run(store: Store, vault: Vault, **options: Any) -> Any:
    return classify("acme", QUICK, store, vault, Run(), **options)  # type: ignore[arg-type]


def rerank(case: str, store: Store, vault: Vault) -> LearntQueue:
    prepared = prepare(case, store, vault, Run())  # type: ignore[arg-type]
    return relearn(case, store, prepared, Run())  # type: ignore[arg-type]


def test_too_few_labels_are_refused_with_their_numbers(vault: Vault) -> None:
    with pytest.raises(UsageError, match="1 malicious and 3 benign"):
        run(Store({0: Verdict.FALSE_POSITIVE, 1: Verdict.BENIGN, 2: Verdict.MALICIOUS, 20: Verdict.BENIGN}), vault)


def test_what_is_published_is_in_use_and_its_manifest_tells_what_it_was_made_of(first: FirstOne) -> None:
    store, vault, result = first.store, first.vault, first.result
    assert vault.in_use("acme", "classifier") == result.model_id
    manifest = vault.manifests[result.model_id]
    assert manifest["kind"] == "classifier"
    assert manifest["name"] == "first"
    assert manifest["labels"]["malicious"] == sum(ATTACK[row] for row in store.said)
    assert manifest["label_event"] == len(store.said)
    assert manifest["decision"]["sentence"] == result.decision.sentence
    assert sum(row[-1] for row in manifest["reliability"]) == manifest["held_back"]


def test_a_dry_run_publishes_nothing(vault: Vault) -> None:
    result = run(Store(labelled()), vault, dry_run=True)
    assert result.model_id is None
    assert vault.in_use("acme", "classifier") is None
    assert result.decision.sentence


def test_what_taught_is_told_with_what_was_said_before_it_was_seen(first: FirstOne) -> None:
    store = first.store
    told = first.vault.taught_with("acme", first.result.model_id)
    shapes = BASE.variants.shape.tolist()  # each chain has one variant
    assert {name: word for name, (word, _) in told.items()} == {
        (BASE.corpus.keys[row], shapes[row]): verdict.word for row, verdict in store.said.items()
    }
    assert np.isfinite([held_out for _, held_out in told.values()]).all()


def test_a_verdict_taken_back_meanwhile_keeps_the_classifier_out_of_use(vault: Vault) -> None:
    vault.lost = True
    result = run(Store(labelled()), vault, force=True)
    assert result.model_id in vault.manifests
    assert not result.in_use
    assert vault.in_use("acme", "classifier") is None
    assert "not in use" in replace(result, decision=replace(result.decision, accepted=True)).outcome


@pytest.mark.parametrize("force", [False, True])
def test_below_ten_findings_of_a_class_a_classifier_moves_nothing(vault: Vault, force: bool) -> None:
    store = Store(few())
    before = rerank("acme", store, vault)
    result = run(store, vault, force=force)
    assert result.outcome == "The new classifier is not yet trusted"
    assert result.decision.sentence.startswith("Not yet trusted: 6 of 10 malicious findings judged")
    assert vault.in_use("acme", "classifier") == result.model_id
    after = rerank("acme", store, vault)
    assert after.classifier == result.model_id
    assert np.isfinite(after.sequence).all()  # it is shown
    assert np.isnan(before.sequence).all()
    assert np.array_equal(after.order, before.order)
    assert np.array_equal(after.effect, before.effect)
    assert np.array_equal(after.finding_order, before.finding_order)


def test_one_that_is_only_shown_never_takes_the_place_of_a_trusted_one(first: FirstOne) -> None:
    vault, trusted = first.vault, first.result.model_id
    assert vault.in_use("acme", "classifier") == trusted
    shown = run(Store(few()), vault)
    assert (shown.model_id, shown.in_use) == (None, False)
    assert vault.in_use("acme", "classifier") == trusted


def test_the_weight_of_the_lstm_is_that_of_its_skill(first: FirstOne) -> None:
    store, vault, result = first.store, first.vault, first.result
    skill = result.decision.figures["skill"]
    assert 0.5 < skill <= 1
    assert prepare("acme", store, vault, Run()).share == share_of(skill) > 0  # type: ignore[arg-type]
    vault.manifests[result.model_id]["decision"]["figures"]["skill"] = 0.5
    assert prepare("acme", store, vault, Run()).share == 0  # type: ignore[arg-type]


def test_a_worse_challenger_is_refused_and_the_old_one_stays(first: FirstOne, monkeypatch: pytest.MonkeyPatch) -> None:
    store, vault = first.store, first.vault
    from engine.classifier.model import Classifier

    learnt = Classifier.log_odds_of
    monkeypatch.setattr(Classifier, "log_odds_of", lambda self, *rest: -learnt(self, *rest))
    result = run(store, vault)  # of the one in use only what was held out is asked: it saw all of these
    assert result.decision.sentence.startswith("Refused: alone it tells malicious from other ones no better than chance.")
    assert not result.decision.accepted
    assert (result.model_id, result.outcome) == (None, "The new classifier was refused")
    assert vault.in_use("acme", "classifier") == first.result.model_id
    figures = result.decision.figures
    assert figures["challenger_alone_auc"] == pytest.approx(1 - figures["in_use_alone_auc"])
    alone = f"alone {figures['challenger_alone_auc']:.3f} against {figures['in_use_alone_auc']:.3f}"
    assert f"{alone} on {ATTACK.sum()} malicious and {len(store.said) - ATTACK.sum()} not" in result.decision.sentence


def test_cancelled_leaves_nothing_behind(vault: Vault) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        classify("acme", QUICK, Store(labelled()), vault, Run(token=token))  # type: ignore[arg-type]
    assert len(vault.manifests) == 1
    assert [path.name for path in vault.folder.iterdir()] == ["model-0"]


def test_a_false_positive_is_out_of_the_top_in_this_case_and_in_one_that_uses_the_classifier(vault: Vault) -> None:
    setup = [row_of(BASE, *SVC, f"c:\\program files\\update\\{n}.{m}.0\\setup.exe") for n in range(4) for m in range(10)]
    store = Store(labelled() | dict.fromkeys(setup[:1], Verdict.FALSE_POSITIVE))
    model = run(store, vault, force=True).model_id
    own = rerank("acme", store, vault)
    last = {int(rank) for rank in own.order[-len(setup) :].tolist()}
    assert {int(BASE.rank[row]) for row in setup} <= last | {int(rank) for rank in own.order[-len(store.said) - len(setup) :]}
    vault.used["next", "classifier"] = model
    fresh = Store()
    learnt = rerank("next", fresh, vault)
    assert (learnt.effect[setup] == Effect.SUPPRESSED_REMEMBERED).all()
    assert learnt.metrics["remembered"][learnt.cause[setup[1]]] == f"classifier {model}"
    top = set(learnt.order[: len(BASE) - (learnt.effect == Effect.SUPPRESSED_REMEMBERED).sum()].tolist())
    assert not {int(BASE.rank[row]) for row in setup} & top
    assert fresh.written is not None
    assert set(fresh.written[1]) == {"top", "diverse"}
    assert not {int(BASE.rank[row]) for row in setup} & set(fresh.written[1]["top"].tolist())


def test_a_label_that_was_taken_back_is_not_remembered_by_the_cases_own_classifier(vault: Vault) -> None:
    setup = row_of(BASE, *SVC, "c:\\program files\\update\\0.0.0\\setup.exe")
    store = Store(labelled(4) | {setup: Verdict.FALSE_POSITIVE})
    run(store, vault, force=True)
    newest = len(store.said)
    store.said.clear()
    store.event = newest + 1  # the inverse is an event too
    assert not rerank("acme", store, vault).effect.any()
    store.event = 0  # another workstation's case of the same name
    assert rerank("acme", store, vault).effect[setup] == Effect.SUPPRESSED_REMEMBERED


def test_other_cases_under_the_same_detector_are_remembered(vault: Vault) -> None:
    steps = (*SVC, "c:\\program files\\update\\7.7.7\\setup.exe")
    shape, wrong = shape_number("setup.exe /q"), int(Verdict.FALSE_POSITIVE)
    store = Store(elsewhere=[(steps, shape, wrong, "case acme"), (steps, shape, wrong, "case b")])
    learnt = rerank("next", store, vault)
    setup = row_of(BASE, *SVC, "c:\\program files\\update\\0.0.0\\setup.exe")
    assert learnt.effect[setup] == Effect.SUPPRESSED_REMEMBERED
    assert (learnt.metrics["remembered"], store.reflects) == (["case acme"], 2)
    store.elsewhere = [(steps, shape_number("setup.exe /uninstall"), wrong, "case acme")]
    assert not rerank("next", store, vault).effect.any()  # another kind of command line
    store.elsewhere = [(steps, None, wrong, "case acme")]
    assert rerank("next", store, vault).effect[setup] == Effect.SUPPRESSED_REMEMBERED
    store.said[setup] = Verdict.MALICIOUS
    assert (rerank("next", store, vault).effect != Effect.SUPPRESSED_REMEMBERED).all()


def test_one_key_for_all_that_is_malicious_makes_no_classifier_trusted(vault: Vault) -> None:
    store = Store(labelled(1), act=7)
    result = run(store, vault, force=True)
    assert result.decision.figures["malicious"] == ATTACK.sum() > 10
    assert result.decision.sentence.startswith("Not yet trusted: 1 of 10 malicious and 1 of 10 not malicious findings judged")
    assert prepare("acme", store, vault, Run()).share == 0  # type: ignore[arg-type]
    store.act = None  # the same verdicts, one by one
    assert run(store, vault).in_use
    assert prepare("acme", store, vault, Run()).share > 0  # type: ignore[arg-type]


def said(verdicts: Mapping[str, str], act: int | None = None, finding: int = 0) -> dict[str, Said]:
    """Each by a key of its own, or all by one."""
    return {key: Said(verdict, finding, crc32(key.encode()) if act is None else act) for key, verdict in verdicts.items()}


def test_a_background_training_is_due_when_the_set_of_verdicts_is_another() -> None:
    now = said({f"m{n}": "malicious" for n in range(20)} | {f"b{n}": "benign" for n in range(20)} | {"u": "undetermined"})
    taught = {key: one for key, one in now.items() if one.verdict != "undetermined"}
    assert due(now, {})
    assert not due(now, taught)
    assert not due({key: one for key, one in now.items() if key not in {"m0", "m1"}}, taught)
    gone = {key: one for key, one in now.items() if key not in {f"m{n}" for n in range(10)}}
    assert due(gone, taught)  # fewer than before, and none of them new
    assert due(now | said({f"b{n}": "malicious" for n in range(10)}), taught)  # as many as before, and some of them others
    assert due(gone, {})  # to be shown, though too few to be trusted
    assert not due(
        {key: one for key, one in gone.items() if key not in {f"m{n}" for n in range(10, 16)}}, {}
    )  # too few of a class
    many = said({f"x{n}": "benign" for n in range(100)}) | now
    assert not due(many | said({f"y{n}": "benign" for n in range(20)}), many)  # less than a share of them
    assert due(many | said({f"y{n}": "benign" for n in range(30)}), many)


@pytest.mark.parametrize("one", [{"act": 1}, {"finding": 1}], ids=["one key on many findings", "many keys on one finding"])
def test_one_key_makes_no_training_due(one: dict[str, int]) -> None:
    malicious, others = {f"m{n}": "malicious" for n in range(449)}, {f"b{n}": "benign" for n in range(20)}
    assert due(said(malicious | others), {})
    assert not due(said(malicious, **one) | said(others), {})
    trusted = said({f"a{n}": "malicious" for n in range(10)} | others)
    assert due(trusted | said(malicious), trusted)
    assert not due(trusted | said(malicious, **one), trusted)
    assert not due(trusted, trusted | said(malicious, **one))  # and taken back


def test_the_lstm_has_its_say(first: FirstOne) -> None:
    store, vault = first.store, first.vault
    prepared = prepare("acme", store, vault, Run())  # type: ignore[arg-type]
    assert prepared.sequence is not None
    learnt = relearn("acme", store, prepared, Run())  # type: ignore[arg-type]
    assert learnt.classifier == prepared.classifier
    assert np.isfinite(learnt.sequence).all()
    alone = Store(labelled())
    without = rerank("next", alone, vault)
    assert without.classifier is None
    assert np.isnan(without.sequence).all()
    assert (without.order != learnt.order).any()
