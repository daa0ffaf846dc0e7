"""The line that says what a verdict is on and covers, as on the pictures and on eighty columns."""

from __future__ import annotations

import pytest

from tests.tui.rendered import width_of
from tui.words.spans import text_of
from tui.words.triage.scope_words import Coming, Reach, beside, covers, host_words, ladder, moved

RUNGS = {Reach.PROCESS: 1, Reach.BRANCH: 3, Reach.INCIDENT: 17, Reach.FINDING: 3_434}


def said(coming: Coming, *, short: bool = False) -> str:
    return text_of(covers(coming, short=short))


def test_the_chosen_rung_stands_in_brackets() -> None:
    assert text_of(ladder(RUNGS, Reach.INCIDENT)) == "x  process 1  branch 3 [incident 17] finding 3,434 "
    assert text_of(ladder(dict.fromkeys(RUNGS), Reach.BRANCH)) == "x  process [branch] incident  finding "
    assert text_of(ladder(RUNGS, Reach.INCIDENT, "marked 4: 61 processes on 3 hosts")) == "[marked 4: 61 processes on 3 hosts]"


def test_what_the_key_covers_with_what_stays() -> None:
    assert said(Coming(17, "web01", context=True)) == "┃ the key covers 17 processes on web01; grey is left out"
    some = Coming(17, "web01", {"malicious": 5, "benign": 1})
    assert said(some) == "┃ the key covers 11 of 17 processes on web01; 5 stay M, 1 stays B"
    assert said(some, short=True) == "┃ 11 of 17 on web01"
    assert said(Coming(1, "web01", {"benign": 1})) == "┃ 1 process on web01, decided: a key asks"
    assert said(Coming(0)) == "┃ nothing here is judged"
    assert said(Coming(None)) == "┃ …"
    assert said(Coming(9, "2 hosts", below=4)).endswith("on 2 hosts; 4 are below the threshold")


@pytest.mark.parametrize("width", [58, 78, 100, 118, 198])
def test_the_ladder_stays_whole_and_what_is_covered_as_far_as_there_is_room(width: int) -> None:
    left, coming = ladder(RUNGS, Reach.INCIDENT), Coming(17, "web01", below=9, context=True)
    line = beside(left, covers(coming), covers(coming, short=True), width)
    assert text_of(line).startswith(text_of(left))
    assert width_of(line) <= width
    assert ("17 on web01" in text_of(line) or "17 processes on web01" in text_of(line)) == (width >= 78)
    assert ("below the threshold" in text_of(line)) == (width >= 198)


def test_hosts_lose_their_domain_and_addresses_nothing() -> None:
    told = [host_words(name) for name in ("IIS01.corp.example.com", "web01", "192.0.2.7", "fe80::1", "\x1b[31m", ".x")]
    assert told[:4] == ["IIS01", "web01", "192.0.2.7", "fe80::1"]
    assert "\x1b" not in "".join(told)
    assert told[5] == ".x"


def test_the_ends_of_the_ladder_hold() -> None:
    rungs = list(RUNGS)
    assert [moved(rung, rungs, 1) for rung in rungs] == [*rungs[1:], rungs[-1]]
    assert [moved(rung, rungs, -1) for rung in rungs] == [rungs[0], *rungs[:-1]]
    assert moved(Reach.CHAIN, rungs, 1) is Reach.PROCESS
    assert moved(Reach.CHAIN, (), 1) is Reach.CHAIN
