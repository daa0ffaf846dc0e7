"""Training through the rules of the workspace: learnt where there are none, taken from a model, named in the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from engine.detector import Detector, DetectorParams
from engine.errors import Cancelled, NotFound
from engine.jobs import rules as rules_job
from engine.jobs.rules import TrainingRules, rules_for_training, take_rules
from engine.jobs.score import load_detector
from engine.jobs.train import train
from engine.progress import CancelToken, Run
from engine.rules.rule import Rule, RuleOrigin, RuleSet, State
from store.models.rules import Rules
from tui.runtime.services import Services

pytestmark = pytest.mark.usefixtures("few_passes")

CASE = "demo"
VERSION = Rule(
    r"(?<![0-9])([0-9]{1,5}\.[0-9]{1,6}(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?)(?![0-9])", "<version>", "version", support=12,
    state=State.ACCEPTED,
)  # fmt: skip
FORM = Rule(
    r"^conf(?=[a-z]{0,5}[0-9A-Z])([0-9A-Za-z]{6})$", "<temp>", "learnt", support=13, state=State.ACCEPTED, clusters=(14,),
    origin=RuleOrigin(14, 13, ("conf27iXIW", "confCysXDz\x1b[31m")),
)  # fmt: skip
HARMFUL = Rule(r"^(temp)$", "<temp>", "learnt", state=State.ACCEPTED)


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Learning stands still; what it would find is given. Returns the calls."""
    monkeypatch.setattr(Rules, "_keep_patterns", lambda *_: None)
    calls: list[Any] = []

    def prepare(*rules: Rule) -> list[Any]:
        def instead(paths: Any, *_: Any) -> Any:
            calls.append(paths)
            return SimpleNamespace(rules=rules, rule_set=RuleSet.of(rules))

        monkeypatch.setattr(rules_job, "learn", instead)
        return calls

    return prepare


def quick(seed: int = 3) -> DetectorParams:
    params = DetectorParams(seed=seed, device="cpu")
    return replace(params, network=replace(params.network, steps=10), embedding=replace(params.embedding, epochs=2))


def test_a_workspace_without_rules_learns_them_once(ingested: Services, learnt: Callable[..., list[Any]]) -> None:
    calls = learnt(VERSION)
    store = ingested.workspace.rules
    first = rules_for_training([CASE], store, Run())
    assert first.learnt
    assert [rule.pattern for rule in first.rules.rules] == [VERSION.pattern]
    second = rules_for_training([CASE], store, Run())
    assert not second.learnt
    assert (second.rules.fingerprint, second.version) == (first.rules.fingerprint, first.version)
    assert len(calls) == 1


def test_rejected_rules_are_not_learnt_again_behind_anybodys_back(ingested: Services, learnt: Callable[..., list[Any]]) -> None:
    calls = learnt(VERSION)
    store = ingested.workspace.rules
    rules_for_training([CASE], store, Run())
    number = store.list()[0].id
    assert number is not None
    store.decide(number, State.REJECTED)
    found = rules_for_training([CASE], store, Run())
    assert (len(found.rules), found.version, found.learnt, len(calls)) == (0, None, False, 1)


def test_too_few_paths_are_no_error(ingested: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ingested.workspace.rules.load_paths([CASE])
    monkeypatch.setattr(Rules, "load_paths", lambda *_: replace(whole, paths=whole.paths[:5]))
    found = rules_for_training([CASE], ingested.workspace.rules, Run())
    assert (len(found.rules), found.learnt) == (0, False)


def test_a_cancelled_learning_leaves_no_rule(ingested: Services) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        rules_for_training([CASE], ingested.workspace.rules, Run(token=token))
    assert ingested.workspace.rules.list() == ()


def test_the_manifest_names_the_version_and_the_model_keeps_the_rules(
    ingested: Services, learnt: Callable[..., list[Any]]
) -> None:
    learnt(VERSION)
    workspace = ingested.workspace
    rules = rules_for_training([CASE], workspace.rules, Run())
    made = train([CASE], quick(), workspace.chains, workspace.vault, Run(), rules=rules)
    told = workspace.vault.show(made.model_id).manifest["rules"]
    assert told == {"fingerprint": rules.rules.fingerprint, "count": 1, "version": rules.version}
    assert load_detector(workspace.vault, made.model_id).fitted.rules.fingerprint == rules.rules.fingerprint
    plain = train([CASE], quick(), workspace.chains, workspace.vault, Run())
    assert workspace.vault.show(plain.model_id).manifest["rules"] == {"fingerprint": "", "count": 0}


def test_rules_are_taken_from_a_model(ingested: Services) -> None:
    """Decisions here stand; what breaks a guard stays out, whatever the model says."""
    workspace = ingested.workspace
    brought = TrainingRules(RuleSet((VERSION, HARMFUL)), None, learnt=False)
    made = train([CASE], quick(), workspace.chains, workspace.vault, Run(), rules=brought)
    take = partial(take_rules, made.model_id, [CASE], workspace.rules, workspace.vault, Run())
    found = take()
    assert [rule.pattern for rule in found.added] == [VERSION.pattern]
    assert [rule.pattern for rule, _ in found.refused] == [HARMFUL.pattern]
    assert "directories" in found.refused[0][1]
    assert [rule.pattern for rule in workspace.rules.accepted().rules] == [VERSION.pattern]
    number = found.added[0].id
    assert number is not None
    workspace.rules.decide(number, State.REJECTED)
    again = take()
    assert (len(again.added), again.known) == (0, 1)
    assert len(workspace.rules.accepted()) == 0
    with pytest.raises(NotFound):
        take_rules("detector-nowhere", [], workspace.rules, workspace.vault, Run())


def test_a_rule_says_in_another_workspace_where_it_was_learnt(ingested: Services) -> None:
    from tui.words.rule_words import origin

    workspace = ingested.workspace
    brought = TrainingRules(RuleSet((FORM, VERSION)), None, learnt=False)
    made = train([CASE], quick(), workspace.chains, workspace.vault, Run(), rules=brought)
    take_rules(made.model_id, [CASE], workspace.rules, workspace.vault, Run())
    said = {rule.kind: origin(rule) for rule in workspace.rules.list()}
    assert said == {
        "learnt": f"taken from {made.model_id}: learnt from cluster 14 (13 words): conf27iXIW, confCysXDz\\e[31m, …",
        "version": f"taken from {made.model_id}: recognised kind: version",
    }


def test_a_model_with_rules_sees_no_drift_in_another_version(ingested: Services) -> None:
    from engine.detector.drift import drift
    from engine.rules.corpus import chain_key

    corpus = ingested.workspace.chains.load_corpus([CASE])

    def of(version: str) -> Any:
        paths = tuple(
            path.rpartition("\\")[0] + f"\\{version}\\" + path.rpartition("\\")[2] if "\\" in path else path
            for path in corpus.paths
        )
        keys = [chain_key([paths[step] for step in corpus.steps[row, : corpus.lengths[row]]]) for row in range(len(corpus))]
        return replace(corpus, paths=paths, keys=keys)

    old, new = of("1.2.3"), of("4.5.6")
    with_rules = Detector(quick()).fit(old, rules=RuleSet((VERSION,)))
    found = drift(with_rules.fitted, new, with_rules.signals(new))
    assert (found.words, found.chains) == (0, 0)
    without = Detector(quick()).fit(old)
    found = drift(without.fitted, new, without.signals(new))
    assert found.words > 0
    assert found.chains > 0


def test_decisions_and_previews_name_the_chains_on_the_command_line(ingested: Services, learnt: Callable[..., list[Any]]) -> None:
    import json

    from typer.testing import CliRunner

    from tui.command_line import app

    learnt(VERSION)
    workspace = ingested.workspace
    rules_for_training([CASE], workspace.rules, Run())
    number, folder = workspace.rules.list()[0].id, str(workspace.folder)
    asked = ["-w", folder, "rules", "apply-preview", "--case", CASE, "--rule", str(number), "--limit", "2", "--format", "json"]
    told = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    assert told["chains"]["changed"] > 2
    assert told["chains"]["after"] < told["chains"]["before"]
    assert len(told["changed_chains"]) == 2
    key = told["changed_chains"][0]["key"]
    assert workspace.chains.find(CASE, key[:10])
    done = CliRunner().invoke(app, ["-w", folder, "rules", "reject", str(number)], catch_exceptions=False)
    assert f"{told['chains']['changed']:,} chains of" in done.stderr
    assert "<version>" in done.stderr


def test_what_normalising_did_is_one_sentence_of_learning_and_of_the_preview(ingested: Services) -> None:
    """Paths, words and expressions, as the paper counts; the numbers are those of the JSON."""
    import json

    from typer.testing import CliRunner

    from tui.command_line import app

    def ran(*arguments: str) -> str:
        asked = ["-w", str(ingested.workspace.folder), "rules", *arguments, "--case", CASE]
        return CliRunner().invoke(app, asked, catch_exceptions=False).stdout

    learnt = ran("learn", "--no-held-out")
    told = json.loads(ran("apply-preview", "--format", "json"))
    counts, rules = told["reduction"], told["expressions"]
    sentence = (
        f"paths {counts['paths_before']:,} -> {counts['paths_after']:,} ({counts['path_factor']:.2f} x), "
        f"words {counts['words_before']:,} -> {counts['words_after']:,} ({counts['word_factor']:.2f} x), "
        f"by {rules['applied']:,} expressions, {rules['learnt_from_clusters']:,} of them learnt from clusters"
    )
    assert counts["paths_after"] < counts["paths_before"]
    assert rules["applied"] == len(ingested.workspace.rules.accepted()) > 0
    assert sentence in learnt.splitlines()
    assert sentence in ran("apply-preview").splitlines()
    assert json.loads(ran("learn", "--no-held-out", "--format", "json"))["expressions"] == rules
