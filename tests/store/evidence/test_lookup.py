"""Digests of what a case was made of: how a starter is kept from judging its own recordings."""

from __future__ import annotations

from store.workspace import Workspace
from tests.store.samples import event, fill


def test_digests_are_of_sources_with_processes(workspace: Workspace) -> None:
    fill(workspace, [event(1), event(2, 1)], path="logs/one.json", sha256="a" * 64)
    fill(workspace, [], path="logs/empty.json", sha256="b" * 64)
    fill(workspace, [event(3)], case="other", path="logs/two.json", sha256="c" * 64)
    assert workspace.evidence.source_digests(["case"]) == [("logs/one.json", "a" * 64)]
    assert workspace.chains.load_digests(["case"]) == {"a" * 64}
    assert workspace.chains.load_digests(["case", "other"]) == {"a" * 64, "c" * 64}
    assert workspace.chains.load_digests(["nobody"]) == frozenset()
