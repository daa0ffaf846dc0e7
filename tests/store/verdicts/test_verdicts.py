from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.domain.verdicts import VERDICTS
from engine.errors import NotFound, NotYours, UsageError
from store.base import ids
from store.base.database import DATABASE
from store.queue.filter import QueueFilter
from store.scope.scopes import Scope, parse
from store.verdicts.exchange import export_rows, import_rows
from store.verdicts.subject import OfChain, OfProcess
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file, reopened
from tests.store.samples import event, fill, score


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    fill(workspace, [event(1), event(2, 1), event(3, 2), event(7, 1), event(8, 2), event(2, 1, host="DB"), event(1, host="DB")])
    return workspace


def key(workspace: Workspace, *steps: int) -> str:
    texts = tuple(f"c:\\apps\\app{step % 5}.exe" for step in steps)
    corpus = workspace.chains.load_corpus(["case"])
    chains = {workspace.chains.find("case", found).steps: found for found in corpus.keys}
    return chains[texts]


def test_coverage_tells_what_a_verdict_covers(filled: Workspace) -> None:
    labels, chain = filled.labels, key(filled, 1, 2)
    covered = [
        labels.extent("case", OfChain(chain, scope)) for scope in (Scope(), Scope(host="db"), Scope(prefix=2), Scope(prefix=1))
    ]
    assert [(c.processes, c.hosts, c.chains) for c in covered] == [(3, 2, 1), (1, 1, 1), (5, 2, 2), (7, 2, 3)]


def test_the_narrowest_verdict_counts(filled: Workspace) -> None:
    labels, chain = filled.labels, key(filled, 1, 2)
    labels.set("case", [key(filled, 1)], "benign", scope=Scope(prefix=1))
    assert labels.of_chain("case", chain).verdict == "benign"  # type: ignore[union-attr]
    labels.set("case", [chain], "undetermined", scope=Scope(prefix=2))
    assert labels.of_chain("case", key(filled, 1, 2, 3)).verdict == "undetermined"  # type: ignore[union-attr]
    labels.set("case", [chain], "malicious")
    labels.set("case", [chain], "false_positive", scope=Scope(host="DB"))
    assert labels.of_chain("case", chain).verdict == "malicious"  # type: ignore[union-attr]
    assert labels.of_chain("case", chain, "db").verdict == "false_positive"  # type: ignore[union-attr]
    assert labels.of_chain("case", chain, "web01").verdict == "malicious"  # type: ignore[union-attr]


def test_a_verdict_on_the_only_host_of_a_chain_counts_everywhere(filled: Workspace) -> None:
    labels, one, both = filled.labels, key(filled, 1, 2, 3), key(filled, 1, 2)
    labels.set("case", [one], "benign")
    labels.set("case", [one], "malicious", scope=Scope(host="Web01"))
    labels.set("case", [both], "malicious", scope=Scope(host="DB"))
    score(filled)
    assert {row.key: row.verdict for row in filled.queue.page("case") if row.verdict} == {one: "malicious"}
    assert [row.key for row in filled.queue.page("case", QueueFilter(verdicts=("malicious",)))] == [one]
    assert labels.of_chain("case", one).verdict == "malicious"  # type: ignore[union-attr]
    assert labels.of_chain("case", both) is None


def test_hosts_named_after_their_source_can_be_labelled(workspace: Workspace) -> None:
    fill(workspace, [event(1, host=""), event(2, 1, host="")], path="logs/ÄUDIT \udcff.json")
    chain = key(workspace, 1, 2)
    scope = Scope(host="äudit \udcff.JSON")
    covered = workspace.labels.extent("case", OfChain(chain, scope))
    assert (covered.processes, covered.hosts, covered.chains) == (1, 1, 1)
    workspace.labels.set("case", [chain], "malicious", scope=scope)
    score(workspace)
    assert {row.key: row.verdict for row in workspace.queue.page("case") if row.verdict} == {chain: "malicious"}


def acts(workspace: Workspace) -> dict[str, tuple[str | None, int]]:
    return {chain: (said.verdict, said.act) for chain, said in workspace.labels.effective("case").items()}


def test_a_note_is_no_verdict(filled: Workspace) -> None:
    labels, chain, below = filled.labels, key(filled, 1, 2), key(filled, 1, 2, 3)
    score(filled)
    with pytest.raises(UsageError, match="goes with a verdict"):
        labels.note("case", OfChain(chain), "why")
    assert labels.history("case") == ()
    labels.set("case", [chain], "malicious", scope=Scope(prefix=1), author="ada")
    labels.set("case", [below], "malicious", author="ada")
    before, covered = acts(filled), labels.extent("case", OfChain(chain, Scope(prefix=1)))
    for text in ("one", "two"):
        assert labels.note("case", OfChain(chain), text, "ada")
        assert acts(filled) == before
        assert labels.extent("case", OfChain(chain, Scope(prefix=1))) == covered
    assert labels.note("case", OfChain(chain), "two", "ada") == 0
    assert {(label.scope, label.verdict): label.note for label in labels.current("case")} == {
        ("prefix:1", "malicious"): "two", ("", "malicious"): "",
    }  # fmt: skip
    labels.undo("case", "ada")
    assert acts(filled) == before
    labels.undo("case", "ada")
    assert acts(filled) == before
    assert {label.note for label in labels.current("case")} == {""}


def test_a_note_on_a_chain_whose_processes_are_decided_is_on_each_of_them(filled: Workspace) -> None:
    labels, chain = filled.labels, key(filled, 1, 2)
    score(filled)
    for process in [one.id for one in filled.processes.of_chain(filled.chains.find("case", chain).id)]:
        labels.give("case", OfProcess(process), "benign", author="ada")
    before, held = acts(filled), labels.current("case")
    labels.note("case", OfChain(chain), "backup", "ada")
    assert acts(filled) == before
    processes = filled.processes.of_chain(filled.chains.find("case", chain).id)
    assert [event.about for event in labels.history("case")[-len(processes) :]] == [ids.called(one.id) for one in processes]
    assert [(now.scope, now.verdict, now.note) for now in labels.current("case")] == [
        (one.scope, one.verdict, "backup") for one in held
    ]


@in_a_file
def test_a_forged_circle_of_events_ends(filled: Workspace, tmp_path: Path) -> None:
    labels, chain = filled.labels, key(filled, 1, 2)
    score(filled)
    labels.set("case", [chain], "malicious")
    labels.note("case", OfChain(chain), "x")
    with sqlite3.connect(tmp_path / "work space%" / DATABASE) as base:
        base.execute("UPDATE label_event SET old_event = 3 - id, old_verdict = verdict")
    assert acts(filled)[chain] == ("malicious", 1)


def test_an_unknown_host_is_not_found(filled: Workspace) -> None:
    chain = key(filled, 1)
    with pytest.raises(NotFound):
        filled.labels.extent("case", OfChain(chain, Scope(host="nobody")))
    with pytest.raises(NotFound):
        filled.labels.set("case", [chain], "benign", scope=Scope(host="nobody"))
    assert filled.labels.current("case") == ()


def test_all_verdicts_of_a_chain_are_listed_narrowest_first(filled: Workspace) -> None:
    labels, chain = filled.labels, key(filled, 1, 2)
    labels.set("case", [key(filled, 1)], "undetermined", scope=Scope(prefix=1))
    labels.set("case", [chain], "benign")
    labels.set("case", [chain], "malicious", scope=Scope(host="DB"))
    labels.set("case", [chain], "false_positive", scope=Scope(prefix=2))
    assert [(label.scope, label.verdict) for label in labels.all_of_chain("case", chain)] == [
        ("host:db", "malicious"), ("", "benign"), ("prefix:2", "false_positive"), ("prefix:1", "undetermined"),
    ]  # fmt: skip
    assert [label.scope for label in labels.all_of_chain("case", key(filled, 1))] == ["prefix:1"]


def test_undo_brings_author_note_and_time_back(filled: Workspace) -> None:
    chain = key(filled, 1)
    filled.labels.set("case", [chain], "benign", note="first \udcff", author="ann")
    before = filled.labels.current("case")
    filled.labels.set("case", [chain], "malicious", note="second", author="bob")
    undone = filled.labels.undo("case", author="bob")
    assert filled.labels.current("case") == before
    assert [(e.action, e.old_verdict, e.verdict, e.author) for e in undone] == [("undo", "malicious", "benign", "bob")]
    assert [e.verdict for e in filled.labels.redo("case", author="bob")] == ["malicious"]
    assert [(label.author, label.note) for label in filled.labels.current("case")] == [("bob", "second")]
    assert len(filled.labels.history("case")) == 4
    assert [e.id for e in filled.labels.history("case", after=2)] == [3, 4]


def test_an_act_is_taken_back_by_its_author_and_by_nobody_else(filled: Workspace) -> None:
    labels, one, two = filled.labels, key(filled, 1), key(filled, 1, 2)
    labels.set("case", [one], "benign", author="eve")
    labels.set("case", [two], "malicious", author="bob \x1b")
    held = labels.current("case")
    with pytest.raises(NotYours, match=r"The latest verdict is bob \x1b's .*nothing was changed"):
        labels.undo("case", author="eve")
    assert labels.current("case") == held
    again = reopened(filled)  # across a restart
    assert [e.chain_key for e in again.labels.undo("case", author="bob \x1b")] == [two]
    with pytest.raises(NotYours, match="The latest undo is bob"):
        again.labels.redo("case", author="eve")
    assert [e.chain_key for e in again.labels.undo("case", author="eve")] == [one]  # her own is the latest now
    with pytest.raises(NotYours, match="The latest undo is eve"):
        again.labels.redo("case", author="bob \x1b")
    assert [e.chain_key for e in again.labels.redo("case", author="eve")] == [one]
    assert [(v.chain_key, v.author) for v in again.labels.current("case")] == [(one, "eve")]
    again.close()


def test_nothing_is_changed_by_a_wrong_request(filled: Workspace) -> None:
    chain = key(filled, 1)
    with pytest.raises(UsageError):
        filled.labels.set("case", [chain], "evil")
    with pytest.raises(NotFound):
        filled.labels.set("case", [chain, "0" * 32], "benign")
    with pytest.raises(UsageError):
        filled.labels.set("case", [chain], "benign", scope=Scope(prefix=2))
    assert filled.labels.set("case", [chain], None) == 0
    assert filled.labels.history("case") == () == filled.labels.undo("case") == filled.labels.redo("case")


@pytest.mark.parametrize("text", ["host:", "prefix:0", "prefix:x", "prefix:²", "else"])
def test_scopes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_import_applies_what_it_can_and_reports_the_rest(filled: Workspace, tmp_path: Path) -> None:
    one, two = key(filled, 1), key(filled, 1, 2)
    filled.labels.set("case", [one], "benign", author="ann", note="n")
    filled.labels.set("case", [two], "malicious", scope=Scope(host="DB"))
    rows = list(export_rows(filled, "case"))
    other = open_workspace(tmp_path / "other")
    fill(other, [event(1), event(2, 1)])
    other.labels.set("case", [one], "malicious")
    bad: list[dict[str, str]] = [{}, {"chain_id": one, "verdict": "x"}, {"chain_id": "f" * 32, "verdict": "benign"}]
    bad.append({"chain_id": one, "verdict": "benign", "scope": "prefix:9"})
    report = import_rows(other, "case", [*rows, *bad], author="me")
    assert (report.applied, report.unchanged) == (1, 0)
    assert [place for place, _ in report.conflicts] == [1]
    assert [place for place, _ in report.bad] == [3, 4, 6]
    assert [place for place, _ in report.unknown] == [5]
    assert import_rows(other, "case", rows, replace=True).applied == 1
    assert {(v.chain_key, v.scope, v.verdict, v.note) for v in other.labels.current("case")} == {
        (one, "", "benign", "n [ann]"), (two, "host:db", "malicious", ""),
    }  # fmt: skip
    assert import_rows(other, "case", rows).unchanged == 2
    other.labels.undo("case")
    assert other.labels.of_chain("case", one).verdict == "malicious"  # type: ignore[union-attr]
    other.close()


KEYS = st.integers(0, 2)
SCOPES = st.sampled_from([Scope(), Scope(host="WEB01"), Scope(prefix=1)])


class UndoMachine(RuleBasedStateMachine):
    """Any sequence of verdicts, undos, redos and restarts equals replaying the acts that hold."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.workspace = open_workspace(Path(self.folder.name))
        fill(self.workspace, [event(1), event(2, 1), event(3, 2)])
        self.keys = self.workspace.chains.load_corpus(["case"]).keys
        self.done: list[dict[tuple[str, str], tuple[str, str]]] = [{}]
        self.undone: list[dict[tuple[str, str], tuple[str, str]]] = []

    @rule(places=st.lists(KEYS, min_size=1, max_size=3), verdict=st.sampled_from([None, *VERDICTS]), scope=SCOPES)
    def label(self, places: list[int], verdict: str | None, scope: Scope) -> None:
        state = dict(self.done[-1])
        for place in places:
            at = (self.keys[place], scope.text)
            if verdict is None:
                state.pop(at, None)
            else:
                state[at] = (verdict, "note")
        self.workspace.labels.set(
            "case", [self.keys[place] for place in places], verdict, scope=scope, note="note" if verdict else ""
        )
        if state != self.done[-1]:
            self.done.append(state)
            self.undone.clear()

    @rule()
    def undo(self) -> None:
        assert bool(self.workspace.labels.undo("case")) == (len(self.done) > 1)
        if len(self.done) > 1:
            self.undone.append(self.done.pop())

    @rule()
    def redo(self) -> None:
        assert bool(self.workspace.labels.redo("case")) == bool(self.undone)
        if self.undone:
            self.done.append(self.undone.pop())

    @rule()
    def restart(self) -> None:
        self.workspace.close()
        self.workspace = open_workspace(Path(self.folder.name))

    @invariant()
    def what_holds_is_what_was_said(self) -> None:
        held: dict[Any, Any] = {(v.chain_key, v.scope): (v.verdict, v.note) for v in self.workspace.labels.current("case")}
        assert held == self.done[-1]

    def teardown(self) -> None:
        self.workspace.close()
        self.folder.cleanup()


TestUndo = UndoMachine.TestCase
TestUndo.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
