"""Each guard refuses what it is there for, in words, and lets honest rules pass."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.knowledge.locations import Zone
from engine.rules.apply import replaced
from engine.rules.guards import check, refusals
from engine.rules.kinds import PROBES
from engine.rules.rule import Position, Rule, RuleSet, State


def broken(rule: Rule, *paths: str, least: int = 0) -> dict[str, str]:
    return {one.guard: one.sentence for one in check(rule, paths, least) if not one.passed}


@pytest.mark.parametrize("kind", PROBES, ids=lambda kind: f"{kind.name} {kind.probe[:20]}")
def test_recognised_kinds_pass(kind: object) -> None:
    from engine.rules.kinds import WordKind

    assert isinstance(kind, WordKind)
    assert broken(Rule(kind.probe, kind.replacement, kind.name, kind.position, kind.zones, kind.under)) == {}


@pytest.mark.parametrize(
    ("pattern", "position", "guard", "says"),
    [
        ("^([a-z]{3,12})(?:\\.exe)?$", Position.NAME, "names", "swallow the whole name"),
        ("^([0-9a-z]{8})\\.exe$", Position.NAME, "names", "swallow"),
        ("([0-9]{2})\\.exe$", Position.NAME, "programs", "a name that intruders borrow"),
        ("^s(?:vc|cv)(h)ost", Position.NAME, "programs", "svchost.exe"),
        ("^scv(host)\\.exe$", Position.NAME, "", ""),
        ("^(temp)$", Position.ANY, "directories", "from temp to"),
        ("^(windows)$", Position.ANY, "directories", "from system to"),
        ("^([a-z$.]{4,12})$", Position.DIRECTORY, "directories", "it would move"),
        ("([a-f]{1,99}[0-9]{1,99})", Position.DIRECTORY, "bounded", "limit"),
        ("(" + "[0-9]{1,99}\\.?" * 20 + ")", Position.DIRECTORY, "cost", "characters per starting point"),
        ("(a+)", Position.ANY, "language", "unbounded repetition"),
    ],
)
def test_guards_refuse(pattern: str, position: Position, guard: str, says: str) -> None:
    found = broken(Rule(pattern, "<temp>", position=position))
    if not guard:
        assert found == {}
    else:
        assert guard in found
        assert says in found[guard]


def test_misspellings_of_different_programs_stay_apart() -> None:
    """No other guard refuses this one: d0sh (dash) and b0sh (bash) would be one name."""
    found = broken(Rule("^([a-z]0)", "<temp>", position=Position.NAME))
    assert list(found) == ["look-alikes"]
    assert found["look-alikes"].endswith("would become equal to another program's name")
    assert broken(Rule("^([a-z]0)", "<temp>", position=Position.DIRECTORY)) == {}


def test_misspellings_of_one_program_may_become_one() -> None:
    rule = Rule("^sv(0)host\\.exe$", "<number>", position=Position.NAME)
    assert replaced(rule, "sv0host.exe") != "sv0host.exe"
    assert broken(rule) == {}


def test_several_misspellings_of_one_program_may_become_one() -> None:
    rule = Rule("^sv([0-9])host\\.exe$", "<number>", position=Position.NAME)
    assert replaced(rule, "sv0host.exe") == replaced(rule, "sv1host.exe") != "sv0host.exe"
    assert broken(rule) == {}


def test_support_is_asked_for() -> None:
    assert "support" in broken(Rule("^zz([0-9]{4})$", "<number>", support=3), least=8)
    assert broken(Rule("^zz([0-9]{4})$", "<number>", support=8), least=8) == {}


def test_no_path_may_change_its_zone() -> None:
    path = "/proc/<pid>/fd/x"
    assert broken(Rule("^f(d)x$", "<temp>"), path) == {}
    # No table names this directory; only the path shows what the rule would do.
    found = broken(Rule("^(fd)$", "<temp>", position=Position.DIRECTORY), path)
    assert "zones" in found
    assert path in found["zones"]


def test_a_refused_rule_cannot_be_accepted() -> None:
    rule = Rule("^(temp)$", "<temp>", refusals=refusals(check(Rule("^(temp)$", "<temp>"))))
    assert rule.refusals
    with pytest.raises(UsageError, match="breaks a guard"):
        rule.decided(State.ACCEPTED)
    assert len(RuleSet.of([Rule("^(temp)$", "<temp>", state=State.ACCEPTED, refusals=rule.refusals)])) == 0


def test_a_placeholder_that_does_not_exist_is_refused() -> None:
    assert "language" in broken(Rule("(a1)", "oops"))


def test_rules_survive_being_stored() -> None:
    rule = Rule(
        "^is-([0-9a-z]{5})\\.tmp$", "<temp>", "learnt", Position.DIRECTORY, frozenset({Zone.TEMP}), ("x",), State.ACCEPTED, 5, 1,
        (3, 4), (("is-abcde.tmp", "is-<temp>.tmp"),), ("is-abc.tmp",), (), 7, 2,
    )  # fmt: skip
    back = Rule.from_dict(rule.to_dict())
    assert back.identity == rule.identity
    assert back.to_dict() == rule.to_dict()


@pytest.mark.parametrize("field", ["pattern", "zones", "position", "support", "examples"])
def test_damaged_rules_are_refused(field: str) -> None:
    plain = Rule("^is-([0-9a-z]{5})$", "<temp>").to_dict()
    for bad in (plain | {field: {"a": 1}}, {name: value for name, value in plain.items() if name != field}):
        with pytest.raises(UsageError):
            Rule.from_dict(bad)
