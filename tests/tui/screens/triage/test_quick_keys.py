"""Verdicts by keys that come faster than what they cover is counted: shown at once, in their order, none of them lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from store.verdicts.verdicts import Labels
from tests.tui.conftest import CASE
from tests.tui.screens.triage.test_findings import (
    MOSTLY_BELOW,
    PLAIN,
    covered,
    drawn,
    judged,
    line_of,
    question,
    to,
    trained,
    whole_of,
)
from tests.tui.screens.triage.test_screen import triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services

__all__ = ["trained"]  # a fixture

ASKS = MOSTLY_BELOW
"""Above the threshold by its oddest process, and mostly below it: the line does not tell that it is asked about."""


@contextmanager
def held_back() -> Iterator[Event]:
    """The database counts and writes verdicts only when the event is set."""
    go = Event()
    extent, give = Labels.extent, Labels.give

    def waits(real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            assert go.wait(20)
            return real(*args, **more)

        return call

    with patch.object(Labels, "extent", waits(extent)), patch.object(Labels, "give", waits(give)):
        try:
            yield go
        finally:
            go.set()


async def test_a_verdict_is_on_the_screen_before_it_is_counted_or_written(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        with held_back() as go:
            await desk.press("m")
            assert desk.cursor == 1
            assert " M " in line_of(desk, PLAIN)
            assert "malicious: 14 processes on 1 host; u takes it back" in drawn(desk).replace("web01", "1 host")
            assert judged(trained, PLAIN) == {}
            go.set()
        await desk.written()
        assert judged(trained, PLAIN) == dict.fromkeys(covered(trained, PLAIN), "malicious")
        await wait_for(lambda: " M " in line_of(desk, PLAIN), "and stays there", desk.pilot)


@pytest.mark.parametrize("then", ["j", "J", "G"])
async def test_a_verdict_is_not_lost_when_the_cursor_goes_on(trained: Services, then: str) -> None:
    async with triage(trained, findings=True) as desk:
        with held_back() as go:
            await desk.press("m", then)
            went = desk.cursor
            go.set()
        await desk.written()
        assert judged(trained, PLAIN) == dict.fromkeys(covered(trained, PLAIN), "malicious")
        assert desk.cursor == went > 1


async def test_three_keys_on_three_findings_of_one_process(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        rows = trained.workspace.findings.page(CASE, limit=600)
        small = [whole_of(row).processes == 1 for row in rows]
        # Of different chains: a verdict on one chain answers for the next finding of it, which is stepped over then.
        first = next(
            at for at in range(len(rows)) if all(small[at : at + 3]) and len({row.key for row in rows[at : at + 3]}) == 3
        )
        desk.screen.table.cursor = first
        with held_back() as go:
            await desk.press("m", "m", "m")
            assert desk.cursor == first + 3
            assert judged(trained, first + 1, first + 2, first + 3) == {}
            go.set()
        await desk.written()
        assert sorted(judged(trained, first + 1, first + 2, first + 3).values()) == ["malicious"] * 3


@pytest.mark.parametrize(("number", "processes"), [(ASKS, 9), (29, 8)], ids=["alone", "led by the chain of a better finding"])
async def test_what_turns_out_to_be_asked_about_is_taken_off_again_and_asked(
    trained: Services, number: int, processes: int
) -> None:
    async with triage(trained, findings=True) as desk:
        desk.screen.table.cursor = number - 1
        with held_back() as go:
            await desk.press("m")
            assert " M " in line_of(desk, number)
            go.set()
        asked = await question(desk)
        assert f"m on {processes} processes?" in asked
        assert desk.cursor == number - 1
        assert " M " not in line_of(desk, number)
        assert judged(trained, number) == {}
        await desk.press("A")
        await wait_for(lambda: len(judged(trained, number)) == processes, "answered", desk.pilot)


async def test_what_is_asked_about_too_late_is_said_and_not_given(trained: Services) -> None:
    async with triage(trained, findings=True, notifications=True) as desk:
        desk.screen.table.cursor = ASKS - 1
        with held_back() as go:
            await desk.press("m")
            desk.screen.table.cursor = PLAIN - 1
            await desk.press("b")
            go.set()
        await desk.written()
        told = [note.message for note in desk.app._notifications]
        assert any(f"incident F{ASKS}/1" in message and "has not been labelled" in message for message in told)
        assert judged(trained, ASKS) == {}
        assert judged(trained, PLAIN) == dict.fromkeys(covered(trained, PLAIN), "benign")
        assert desk.state.waiting is None


async def test_a_question_does_not_outlive_the_list_that_it_was_asked_in(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, ASKS)
        await desk.press("m")
        await question(desk)
        await desk.press("v")
        await wait_for(lambda: not desk.state.shows_findings, "chains", desk.pilot)
        await desk.press("m")
        await desk.written()
        shown = desk.screen.table.current
        assert shown is not None
        assert len(judged(trained, ASKS)) <= shown.count < 9


async def test_a_second_press_before_the_question_is_no_answer(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, ASKS)
        desk.screen.verdicts.action_verdict("malicious")
        desk.screen.verdicts.action_verdict("malicious")  # in the same turn of the loop: nothing was painted in between
        await question(desk)
        desk.screen.verdicts.action_verdict("malicious")
        await desk.pilot.pause()
        assert judged(trained, ASKS) == {}
        assert "m on 9 processes?" in drawn(desk)  # the key of the verdict is no answer
        await desk.press("A")
        await wait_for(lambda: len(judged(trained, ASKS)) == 9, "answered", desk.pilot)
