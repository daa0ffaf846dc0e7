"""The verdict that counts: what the queue, the tree and a single question say, beside the rule written out in Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import Verdict
from store.base import ids
from store.processes.forest import ForestPages, ForestRow
from store.queue.filter import QueueFilter
from store.scope.scopes import Scope, parse
from store.workspace import Workspace, open_workspace
from tests import pages
from tests.store.samples import event, fill, score

SOURCE = "ÄUdit \udcff.log"
"""A host without a name is named after its source; scopes write it without regard to case."""
HOSTS = ("WEB01", "Straße", SOURCE)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Chains on one host, on two and on three, beginnings of each other."""
    with pages.small(*pages.STORE), closing(open_workspace(tmp_path_factory.mktemp("precedence") / "w")) as space:
        fill(space, [event(1), event(2, 1), event(3, 2), event(7, 1), event(1, host="Straße"), event(2, 1, host="Straße")])
        unnamed = [event(number, parent, host="") for number, parent in ((1, None), (2, 1), (8, 2), (4, 8))]
        fill(space, unnamed, path=f"logs/{SOURCE}", sha256="b" * 64)
        score(space)
        yield space


@dataclass(frozen=True)
class Given:
    chain: int
    verdict: str | None
    host: str | None
    prefix: int | None


def scope_of(one: Given, steps: tuple[str, ...]) -> Scope:
    if one.host is not None:
        return Scope(host=one.host)
    return Scope(prefix=min(one.prefix, len(steps))) if one.prefix is not None else Scope()


def expected(
    held: dict[tuple[tuple[str, ...], Scope], tuple[int, str]], steps: tuple[str, ...], hosts: set[str], host: str | None
) -> str | None:
    """The rule in words of Python: the host's, else the chain's, else the longest beginning's, the newer of two equal ones."""
    if host is None and len(hosts) == 1:
        host = next(iter(hosts))
    if host is not None and (found := held.get((steps, Scope(host=host.casefold())))) is not None:
        return found[1]
    if (found := held.get((steps, Scope()))) is not None:
        return found[1]
    beginnings = [
        (scope.prefix, place, verdict)
        for (whole, scope), (place, verdict) in held.items()
        if scope.prefix is not None and whole[: scope.prefix] == steps[: scope.prefix] and len(steps) >= scope.prefix
    ]
    return max(beginnings)[2] if beginnings else None


verdicts = st.lists(
    st.builds(
        Given,
        chain=st.integers(0, 9),
        verdict=st.sampled_from([*(one.word for one in Verdict), None]),
        host=st.sampled_from([None, None, *HOSTS, "web01", "STRASSE"]),
        prefix=st.sampled_from([None, 1, 2, 3]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(given=verdicts)
def test_sql_and_python_agree_on_the_verdict_that_counts(opened: Workspace, given: list[Given]) -> None:
    rows = opened.queue.page("case")
    for label in opened.labels.current("case"):  # what the example before left
        opened.labels.set("case", [label.chain_key], None, scope=parse(label.scope))
    held: dict[tuple[tuple[str, ...], Scope], tuple[int, str]] = {}
    for place, one in enumerate(given):
        row = rows[one.chain % len(rows)]
        scope = scope_of(one, row.steps)
        opened.labels.set("case", [row.key], one.verdict, scope=scope)
        at = (row.steps, Scope(host=scope.host.casefold()) if scope.host else scope)
        before = held.pop(at, None)
        if one.verdict is not None:
            held[at] = before if before is not None and before[1] == one.verdict else (place, one.verdict)
    hosts = {row.key: {host.host for host in opened.chains.hosts(row.chain_id)} for row in rows}
    forest = ForestPages(opened, "case")
    shown = {line.id: line for host in opened.cases.hosts("case") for line in below(forest, ids.base(host.id))}
    painted = {(line.chain_key, host_name(opened, number)): line.verdict for number, line in shown.items()}
    assert len(painted) == sum(len(names) for names in hosts.values())
    queue = {row.key: row.verdict for row in opened.queue.page("case")}
    decided = {row.key for row in opened.queue.page("case", QueueFilter(verdicts=tuple(one.word for one in Verdict)))}
    for row in rows:
        counts = expected(held, row.steps, hosts[row.key], None)
        assert queue[row.key] == counts
        assert (row.key in decided) == (counts is not None)
        assert word(opened.labels.of_chain("case", row.key)) == counts
        for host in hosts[row.key]:
            there = expected(held, row.steps, hosts[row.key], host)
            assert word(opened.labels.of_chain("case", row.key, host)) == there
            assert painted[row.key, host] == there


def word(label: object) -> str | None:
    return getattr(label, "verdict", None)


def below(forest: ForestPages, parent: int) -> Iterator[ForestRow]:
    for line in forest.after(parent):
        yield line
        yield from below(forest, line.id)


def host_name(space: Workspace, process: int) -> str:
    return next(host.name for host in space.cases.hosts("case") if host.id == ids.host_of(process))
