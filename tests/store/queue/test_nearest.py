"""The nearest normal chain, on chains that are written out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.queue.nearest import NearestView, nearest
from store.workspace import Workspace, open_workspace
from tests.store import samples

NORMAL = ("services", "svchost", "taskhost", "conhost")


class Case:
    """Chains by their names, each seen a number of times."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.events: list[object] = []
        self.number = 0

    def add(self, names: tuple[str, ...], count: int = 1) -> None:
        parent = None
        for name in names:
            self.number += 1
            self.events.append(samples.event(self.number, parent, image=f"C:\\{name}.exe"))
            parent = self.number
        for _ in range(count - 1):
            self.number += 1
            self.events.append(samples.event(self.number, parent and parent - 1, image=f"C:\\{names[-1]}.exe"))

    def done(self) -> None:
        samples.fill(self.workspace, self.events)  # type: ignore[arg-type]
        samples.score(self.workspace, flagged=0)

    def key(self, names: tuple[str, ...]) -> str:
        steps = tuple(f"c:\\{name}.exe" for name in names)
        return next(row.key for row in self.workspace.queue.page("case", limit=1000) if row.steps == steps)

    def of(self, names: tuple[str, ...]) -> NearestView | None:
        return nearest(self.workspace, "case", self.key(names))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    workspace = open_workspace(tmp_path / "w")
    yield Case(workspace)
    workspace.close()


@pytest.mark.parametrize(
    ("strange", "change", "at"),
    [
        (("services", "svchost", "evil", "conhost"), "replaced", 2),
        (("evil", "svchost", "taskhost", "conhost"), "replaced", 0),
        (("services", "svchost", "evil", "taskhost", "conhost"), "added", 2),
        (("svchost", "taskhost", "conhost"), "missing", 0),
        (("services", "taskhost", "conhost"), "missing", 1),
        (("services", "svchost", "other", "thing", "far"), "beginning", 2),
    ],
)
def test_finds_the_chain_and_the_step(case: Case, strange: tuple[str, ...], change: str, at: int) -> None:
    case.add(NORMAL, 9)
    case.add(strange)
    case.done()
    found = case.of(strange)
    assert found is not None
    assert [step[3:-4] for step in found.steps] == list(NORMAL)
    assert (found.change, found.at, found.count) == (change, at, 9)


def test_one_that_was_called_benign_comes_before_a_frequent_one(case: Case) -> None:
    case.add(("a", "b", "often"), 50)
    case.add(("a", "b", "rare"))
    case.add(("a", "b", "strange"))
    case.done()
    before = case.of(("a", "b", "strange"))
    assert before is not None
    assert before.steps[-1] == "c:\\often.exe"
    case.workspace.labels.set("case", [case.key(("a", "b", "rare"))], "benign")
    after = case.of(("a", "b", "strange"))
    assert after is not None
    assert (after.steps[-1], after.verdict) == ("c:\\rare.exe", "benign")


def test_what_was_called_malicious_is_no_model_of_normality(case: Case) -> None:
    case.add(("a", "b", "often"), 50)
    case.add(("a", "b", "strange"))
    case.done()
    case.workspace.labels.set("case", [case.key(("a", "b", "often"))], "malicious")
    found = case.of(("a", "b", "strange"))
    assert found is None or found.steps[-1] != "c:\\often.exe"


def test_a_chain_is_never_its_own_neighbour_and_may_have_none(case: Case) -> None:
    case.add(("only",), 5)
    case.done()
    assert case.of(("only",)) is None


@pytest.mark.parametrize("strange", ["systemd", "sshd"])
def test_of_a_mixed_estate_only_chains_of_the_same_system(tmp_path: Path, strange: str) -> None:
    """By names alone a Windows chain is one step away from a Linux one, and far more frequent; sshd runs on both systems."""
    workspace = open_workspace(tmp_path / "w")
    chains = (("web", strange, 1), ("ws1", "services.exe", 9), ("web", "cron", 2))
    events, number = [], 0
    for host, root, count in chains:
        for _ in range(count):
            events.append(samples.event(number + 1, image=root, host=host))
            events.append(samples.event(number + 2, number + 1, image="agent", host=host))
            number += 2
    samples.fill(workspace, events)
    samples.score(workspace, flagged=0)
    key = next(row.key for row in workspace.queue.page("case", limit=100) if row.steps == (strange, "agent"))
    found = nearest(workspace, "case", key)
    assert found is not None
    assert found.steps == ("cron", "agent")
    workspace.close()
