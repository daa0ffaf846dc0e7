"""The table of remote starts: every way has both ends, and its words are those that are stored."""

from __future__ import annotations

from engine.domain.related import RemoteStart
from engine.knowledge.remote_starts import UNSEEN, arrivals, daemons, keepers, starters


def test_every_way_has_both_ends_and_is_stored_by_its_word() -> None:
    ways = {starter.how for starter in starters()}
    assert ways == set(arrivals()) == {how.value for how in RemoteStart} - {RemoteStart.PERSISTENCE, RemoteStart.AGAIN}


def test_every_arrival_can_be_told_by_something() -> None:
    assert all(arrival.itself | arrival.below | arrival.perhaps for arrival in arrivals().values())


def test_targets_stand_where_something_reads_them() -> None:
    assert {starter.target for starter in starters()} == {"share", "option", "login", "copy", "argument"}
    assert all(bool(starter.options) == (starter.target == "option") for starter in starters())


def test_names_are_small_and_without_extension_of_programs() -> None:
    groups = [starter.programs for starter in starters()]
    groups += [names for arrival in arrivals().values() for names in (arrival.itself, arrival.below, arrival.perhaps)]
    groups += [names for keeper in keepers() for names in (keeper.programs, keeper.later)]
    for name in frozenset().union(*groups, daemons()) - {UNSEEN}:
        assert name == name.lower()
        assert not name.endswith(".exe")


def test_what_knows_no_name_is_asked_last() -> None:
    assert [starter.renamed for starter in starters()] == sorted(starter.renamed for starter in starters())
