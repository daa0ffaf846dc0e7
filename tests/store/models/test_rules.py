"""Rules in the store: decisions last, learning again keeps them, versions are recorded, damage is survived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from engine.errors import ModelCorrupt, NotFound, UsageError
from engine.rules.rule import Rule, RuleOrigin, RuleSet, State
from store.workspace import Workspace
from tests.postgres import in_a_file
from tests.store.samples import event, fill

TEMP = Rule(r"^is-([0-9a-z]{5})\.tmp$", "<temp>", "learnt", state=State.ACCEPTED, support=9)
VERSION = Rule(r"(?<![0-9])([0-9]{1,2}\.[0-9])(?![0-9])", "<version>", "version", state=State.ACCEPTED, support=20)
REFUSED = Rule(r"^(temp)$", "<temp>", "learnt", refusals=("directories: no",))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A stand-in for what learning returns; its patterns are not written."""
    from store.models.rules import Rules

    monkeypatch.setattr(Rules, "_keep_patterns", lambda *_: None)
    return lambda *rules: SimpleNamespace(rules=rules)


def test_rules_come_back_in_order_with_keys(workspace: Workspace, found: Callable[..., Any]) -> None:
    saved = workspace.rules.save_learnt(found(VERSION, REFUSED, TEMP))
    assert [rule.pattern for rule in saved] == [REFUSED.pattern, TEMP.pattern, VERSION.pattern] or [
        rule.kind for rule in saved
    ] == ["learnt", "learnt", "version"]
    assert all(rule.id for rule in saved)
    assert workspace.rules.list() == saved
    assert {rule.pattern for rule in workspace.rules.accepted().rules} == {TEMP.pattern, VERSION.pattern}


@in_a_file
def test_where_a_rule_was_learnt_is_kept_and_older_rows_have_none(workspace: Workspace, found: Callable[..., Any]) -> None:
    origin = RuleOrigin(17, 23, ("conf27iXIW", "conf\udc80"), 2)
    workspace.rules.save_learnt(found(replace(TEMP, origin=origin), VERSION))
    with workspace.write() as connection:
        connection.exec_driver_sql(
            "UPDATE rule SET cluster = json_remove(cluster, '$.origin', '$.taken_from') WHERE support = 20"
        )
        connection.commit()
    assert {rule.pattern: rule.origin for rule in workspace.rules.list()} == {TEMP.pattern: origin, VERSION.pattern: None}
    with workspace.write() as connection:
        connection.exec_driver_sql("""UPDATE rule SET cluster = json_set(cluster, '$.origin', json('{"cluster": []}'))""")
        connection.commit()
    assert workspace.rules.list() == (), "a damaged row is left out, as ever"


def test_a_rejected_rule_stays_rejected_when_it_is_learnt_again(workspace: Workspace, found: Callable[..., Any]) -> None:
    saved = workspace.rules.save_learnt(found(TEMP, VERSION))
    number = next(rule.id for rule in saved if rule.pattern == TEMP.pattern)
    assert number is not None
    workspace.rules.decide(number, State.REJECTED)
    again = workspace.rules.save_learnt(found(TEMP, VERSION))
    assert {rule.pattern: rule.state for rule in again} == {TEMP.pattern: State.REJECTED, VERSION.pattern: State.ACCEPTED}
    assert {rule.id for rule in again} == {rule.id for rule in saved}


def test_what_is_not_learnt_again_goes_unless_somebody_decided(workspace: Workspace, found: Callable[..., Any]) -> None:
    saved = workspace.rules.save_learnt(found(TEMP, VERSION))
    by_pattern = {rule.pattern: rule.id for rule in saved}
    number = by_pattern[VERSION.pattern]
    assert number is not None
    workspace.rules.decide(number, State.ACCEPTED)
    added = workspace.rules.add(Rule("^zz([0-9]{4})$", "<number>", state=State.ACCEPTED))
    left = workspace.rules.save_learnt(found())
    assert {rule.id for rule in left} == {number, added.id}


def test_a_recorded_version_keeps_its_rules(workspace: Workspace, found: Callable[..., Any]) -> None:
    workspace.rules.save_learnt(found(TEMP))
    rules = workspace.rules.accepted()
    version = workspace.rules.record(rules)
    assert workspace.rules.record(rules) == version
    left = workspace.rules.save_learnt(found())
    assert [rule.state for rule in left] == [State.REJECTED]
    assert workspace.rules.record(RuleSet()) != version


def test_a_refused_rule_cannot_be_accepted(workspace: Workspace, found: Callable[..., Any]) -> None:
    (saved,) = workspace.rules.save_learnt(found(REFUSED))
    assert saved.id is not None
    with pytest.raises(UsageError, match="breaks a guard"):
        workspace.rules.decide(saved.id, State.ACCEPTED)
    assert workspace.rules.find(saved.id).state is State.PROPOSED
    with pytest.raises(NotFound):
        workspace.rules.decide(99, State.ACCEPTED)


def test_editing_replaces_and_counts_versions(workspace: Workspace, found: Callable[..., Any]) -> None:
    (saved,) = workspace.rules.save_learnt(found(TEMP))
    edited = workspace.rules.add(Rule(r"^is-([0-9a-z]{4,6})\.tmp$", "<temp>", state=State.ACCEPTED), instead=saved.id)
    assert edited.version == 2
    assert saved.id is not None
    assert workspace.rules.find(saved.id).state is State.REJECTED
    with pytest.raises(UsageError, match="says just that"):
        workspace.rules.add(Rule(r"^is-([0-9a-z]{4,6})\.tmp$", "<temp>", state=State.ACCEPTED))


def test_hostile_and_damaged_rows_do_no_harm(workspace: Workspace, found: Callable[..., Any]) -> None:
    workspace.rules.save_learnt(found(TEMP))
    with workspace.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO rule (pattern, replacement, state, version, support, cluster, created_us) VALUES"
            " ('(a+)+b', '<temp>', 'accepted', 1, 1, '{}', 0), ('(a)', 'x', 'accepted', 1, 1, '[', 0)"
        )
        connection.commit()
    assert [rule.pattern for rule in workspace.rules.list()] == [TEMP.pattern]


def test_paths_of_a_case_with_their_hosts(workspace: Workspace) -> None:
    events = [event(1), event(2, 1), event(3, 1, host="WEB02"), event(4, 3, host="WEB02", image="C:\\Apps\\only.exe")]
    fill(workspace, events, case="one")
    estate = workspace.rules.load_paths(["one"])
    assert "c:\\apps\\only.exe" in estate.paths
    assert estate.hosts == 2
    alone = estate.paths.index("c:\\apps\\only.exe")
    assert (estate.path == alone).sum() == 1
    with pytest.raises(NotFound):
        workspace.rules.load_paths(["other"])


def test_without_patterns_there_is_a_next_step(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="No rules were learnt"):
        workspace.rules.patterns()
    (workspace.folder / "patterns").mkdir()
    with pytest.raises(ModelCorrupt):
        workspace.rules.patterns()
