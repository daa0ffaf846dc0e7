"""The effect of a rule, counted once for both front ends."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from engine.errors import NotFound
from engine.rules.rule import Rule, RuleSet, State
from store.base.clock import now_us
from store.workspace import Workspace
from tui.actions import rules
from tui.command_line import app
from tui.runtime.services import Services

CASE = "demo"
VERSION = Rule(
    r"(?<![0-9])([0-9]{1,5}\.[0-9]{1,6}(?:\.[0-9]{1,6})?(?:\.[0-9]{1,6})?)(?![0-9])", "<version>", "version", support=12,
    state=State.ACCEPTED,
)  # fmt: skip
TEMP = Rule(r"^(temp)$", "<temp>", "written", state=State.ACCEPTED)


@pytest.fixture
def ruled(ingested: Services) -> Workspace:
    ingested.workspace.rules.add(VERSION)
    return ingested.workspace


def test_live_effect_exchange_and_preview_count_the_same(ruled: Workspace) -> None:
    rule = ruled.rules.list()[0]
    live = rules.live_effect(ruled, CASE, rule)
    whole = rules.preview(ruled, CASE, rule.id, 3)
    accepted = rules.preview(ruled, CASE, None, 3)
    assert live.chains is not None
    assert (live.chains.changed, live.chains.processes) == (whole.chains.changed, whole.chains.processes)
    assert live.with_it == whole.reduction == accepted.reduction
    assert live.without.paths_after == live.without.paths_before > live.with_it.paths_after
    assert (live.paths, live.of) == (len(rules.paths_of(ruled, CASE)[0]), len(rules.paths_of(ruled, CASE)[0]))
    swapped = rules.exchange(ruled, CASE, rule, replace(rule, pattern=TEMP.pattern))
    assert swapped.before == live.with_it
    assert swapped.chains is not None
    assert swapped.refusal == rules.refusal(TEMP, rules.paths_of(ruled, CASE)[0]) != ""
    with pytest.raises(NotFound):
        rules.preview(ruled, CASE, 99, 3)


def test_chains_are_not_read_while_somebody_waits_where_there_are_too_many(
    ruled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = RuleSet(), ruled.rules.accepted()
    chains = ruled.cases.show(CASE).chains
    assert rules.chains_changed(ruled, CASE, *sets, 3, most=chains) is not None
    monkeypatch.setattr(type(ruled.chains), "load_corpus", lambda *_: pytest.fail("read"))
    assert rules.chains_changed(ruled, CASE, *sets, 3, most=chains - 1) is None


@pytest.mark.parametrize("most", [1, 2, 7, 10**6])
def test_a_sample_is_every_nth_path_and_never_more(ruled: Workspace, most: int) -> None:
    whole, of = rules.paths_of(ruled, CASE)
    some, same = rules.paths_of(ruled, CASE, most)
    assert same == of == len(whole)
    assert 1 <= len(some) <= most
    assert set(some) <= set(whole)
    assert some[0] == whole[0]


def test_the_command_line_counts_what_the_action_counts(ruled: Workspace) -> None:
    number = ruled.rules.list()[0].id
    found = rules.preview(ruled, CASE, number, 5)
    done = CliRunner().invoke(app, ["-w", str(ruled.folder), "rules", "reject", str(number)], catch_exceptions=False)
    said = re.search(r"Case demo: ([\d,]+) chains of ([\d,]+) processes change", done.stderr)
    assert said is not None
    assert [int(text.replace(",", "")) for text in said.groups()] == [found.chains.changed, found.chains.processes]


def test_a_decision_in_a_case_without_chains_tells_of_no_chains(empty: Services) -> None:
    workspace = empty.workspace
    number = workspace.rules.add(VERSION).id
    with workspace.write() as connection:
        connection.exec_driver_sql("INSERT INTO cases (name, created_us) VALUES ('bare', ?)", (now_us(),))
        connection.commit()
    done = CliRunner().invoke(app, ["-w", str(workspace.folder), "rules", "reject", str(number)], catch_exceptions=False)
    assert (done.exit_code, "is rejected" in done.stderr, "chains of" in done.stderr) == (0, True, False)
