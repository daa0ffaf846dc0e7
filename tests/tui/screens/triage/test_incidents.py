"""The incident below the list: as a tree, occurrence by occurrence, process by process, and verdicts on what is said of it."""

from __future__ import annotations

import pytest
from textual.events import Key

from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of
from tests.tui.screens.triage.test_findings import PLAIN, REPEATED, covered, drawn, judged, line_of, question, to, trained
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.why.why_view import WhyView
from tui.words.verdicts import verdict_glyph
from tui.words.words import base

__all__ = ["trained"]  # a fixture


def tree(desk: Desk) -> list[str]:
    """The incident as it is on the screen."""
    return rows_of(desk.screen.query_one(IncidentTree))


def title(desk: Desk) -> str:
    """The rule over it."""
    return rows_of(desk.screen.story._left.rule)[0]


def chosen(desk: Desk) -> str:
    """The line of the process under the cursor."""
    return next(line for line in tree(desk) if line[4:5] == "›")


async def focused(desk: Desk, number: int) -> None:
    """The tree of a finding has the keys."""
    await to(desk, number)
    await desk.press("tab")
    assert desk.screen.query_one(IncidentTree).has_focus


async def said(desk: Desk, words: str) -> None:
    await wait_for(lambda: words in drawn(desk), f"the line says {words}", desk.pilot)


async def test_the_incident_is_drawn_with_what_the_key_covers_and_what_stands_beside_it(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await to(desk, PLAIN)
        lines, whole = tree(desk), trained.workspace.findings.incident(CASE, PLAIN, 1)
        assert sum(line.startswith("┃") for line in lines) == whole.processes == 14
        assert any("like everyday" in line and not line.startswith("┃") for line in lines)
        lead = trained.workspace.processes.get(whole.lead)
        assert base(lead.image) in chosen(desk)
        assert f"Incident  {whole.host} · " in title(desk)
        assert "14 processes" in title(desk)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=str)
async def test_the_oddest_process_is_in_view_whatever_the_size(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True) as desk:
        for number in (PLAIN, REPEATED):
            await to(desk, number)
            lead = trained.workspace.processes.get(trained.workspace.findings.incident(CASE, number, 1).lead)
            assert base(lead.image) in chosen(desk)


async def test_moving_in_the_tree_never_changes_the_scope_and_moves_the_right_half(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await focused(desk, PLAIN)
        await desk.press("X")
        view, why = desk.screen.query_one(IncidentTree), desk.screen.query_one(WhyView)
        for key in ("k", "k", "g", "G", "ctrl+u", "ctrl+d", "j", "h", "l"):
            await desk.press(key)
            assert "[branch " in drawn(desk)
        await desk.press("g", "j", "j")
        process = view.process
        assert process is not None
        told = f" · pid {trained.workspace.processes.get(process).pid} · "
        await wait_for(lambda: told in why.text(), "why follows the cursor", desk.pilot)
        await desk.press("J")
        await said(desk, "[incident ")  # another finding begins anew


async def test_a_verdict_on_one_process_of_the_tree(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, PLAIN)
        await said(desk, "[incident 14]")
        view, process = desk.screen.query_one(IncidentTree), trained.workspace.findings.incident(CASE, PLAIN, 1).lead
        await desk.press("X", "X")
        await said(desk, "[process 1]")
        await said(desk, "┃ the key covers 1 process on ")
        assert [line[:1] == "┃" for line in tree(desk)].count(True) == 1
        await desk.press("f")
        assert f"{verdict_glyph('false_positive')} " in chosen(desk)
        await wait_for(lambda: judged(trained, PLAIN) == {process: "false_positive"}, "only that one", desk.pilot)
        await wait_for(lambda: "*" in line_of(desk, PLAIN), "the list says that a part is decided", desk.pilot)
        assert view.process == process  # still under the cursor
        await desk.press("x", "x")
        await said(desk, "[incident 14]")
        await said(desk, "covers 13 of 14 processes on ")
        assert "; 1 stays F" in drawn(desk)
        assert [line[:1] == "┃" for line in tree(desk)].count(True) == 13
        assert not chosen(desk).startswith("┃")
        await desk.press("u")
        await wait_for(lambda: judged(trained, PLAIN) == {}, "undone", desk.pilot)


async def test_a_verdict_on_a_branch(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, PLAIN)
        view = desk.screen.query_one(IncidentTree)
        await desk.press("X", "k", "k", "k", "k")
        assert view.look is not None
        below = view.look.rows.branch(view.covers)
        assert 1 < len(below) < 14
        await said(desk, f"[branch {len(below)}]")
        assert [line[:1] == "┃" for line in tree(desk)].count(True) == len(below)
        await desk.press("m")
        await wait_for(lambda: desk.state.waiting is not None or bool(judged(trained, PLAIN)), "given or asked", desk.pilot)
        if desk.state.waiting is not None:
            await question(desk)
            await desk.press("A")
        await wait_for(lambda: judged(trained, PLAIN) == dict.fromkeys(below, "malicious"), "the branch alone", desk.pilot)


async def test_on_grey_context_nothing_is_judged(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await focused(desk, PLAIN)
        await desk.press("X", "X", "g")
        view = desk.screen.query_one(IncidentTree)
        assert view.covers is None
        await said(desk, "nothing here is judged")
        await desk.press("m")
        assert "nothing was changed: nothing here is judged" in drawn(desk)
        assert judged(trained, PLAIN) == {}


async def test_occurrences_one_after_the_other_and_a_verdict_on_one(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, REPEATED)
        assert "1 of 7" in title(desk)
        await desk.press("comma")
        assert "1 of 7" in title(desk)
        await desk.press("full_stop")
        await wait_for(lambda: "2 of 7" in title(desk), "the second", desk.pilot)
        await said(desk, "[incident 3]")
        await desk.press("m")
        assert " m on 3 processes? 2 are below the threshold   enter only the 1 odd  A all" in await question(desk)
        await desk.press("full_stop")  # the question was about the other one
        await wait_for(lambda: "esc nothing" not in drawn(desk), "not asked any more", desk.pilot)
        await desk.press("comma")
        await wait_for(lambda: "2 of 7" in title(desk), "the second again", desk.pilot)
        await desk.press("m")
        await question(desk)
        await desk.press("A")
        second = covered(trained, REPEATED, 2)
        await wait_for(lambda: judged(trained, REPEATED) == dict.fromkeys(second, "malicious"), "that incident", desk.pilot)
        await wait_for(lambda: "3 of 7" in title(desk), "on to the next to decide", desk.pilot)
        await desk.press("x")
        await said(desk, "the key covers 18 of 21 processes on 1 host; 3 stay M")


async def test_chains_one_by_one_and_findings_again(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, PLAIN)
        chain, incident = desk.screen.query_one(ChainView), desk.screen.query_one(IncidentTree)
        await desk.press("v")
        await wait_for(lambda: bool(chain.display) and not incident.display, "the chain", desk.pilot)
        assert "Chain " in title(desk)
        await said(desk, "[chain 1]")
        await desk.press("g", "j")
        await wait_for(lambda: chain.row is not None and chain.row == desk.row(1), "the second one's", desk.pilot)
        await desk.press("v")
        await wait_for(lambda: bool(incident.display) and not chain.display, "an incident", desk.pilot)


async def test_why_is_that_of_the_oddest_process(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        why = desk.screen.query_one(WhyView)
        for number in (PLAIN, REPEATED):
            await to(desk, number)
            lead = trained.workspace.processes.get(trained.workspace.findings.incident(CASE, number, 1).lead)
            told = f"{base(lead.image).lower()} · pid {lead.pid}"  # as chains have it
            await wait_for(lambda told=told: told in why.text(), "the process", desk.pilot)
            assert " % " in why.text()


async def test_to_the_tree_from_the_process_under_the_cursor(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await focused(desk, PLAIN)
        await desk.press("k", "k")
        process = desk.screen.query_one(IncidentTree).process
        await desk.press("t")
        await wait_for(lambda: "tree" in desk.app.mode_screens, "the tree", desk.pilot)
        tree_screen = desk.app.mode_screens["tree"]
        await wait_for(lambda: tree_screen.tree_view.line_id == process, "the process", desk.pilot)


@pytest.mark.parametrize("size", [(59, 24), (80, 15)], ids=str)
async def test_on_a_tiny_terminal_findings_first_then_the_incident_then_why(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True) as desk:
        table, incident, why = desk.screen.table, desk.screen.query_one(IncidentTree), desk.screen.query_one(WhyView)
        await wait_for(lambda: [bool(pane.region) for pane in (table, incident, why)] == [True, False, False], "list", desk.pilot)
        await desk.press("enter")
        await wait_for(lambda: [bool(pane.region) for pane in (table, incident, why)] == [False, True, False], "tree", desk.pilot)
        await said(desk, "[incident ")
        await desk.press("enter")
        await wait_for(lambda: [bool(pane.region) for pane in (table, incident, why)] == [False, False, True], "why", desk.pilot)
        await desk.press("escape", "escape")
        await wait_for(lambda: [bool(pane.region) for pane in (table, incident, why)] == [True, False, False], "list", desk.pilot)


async def test_occurrences_are_counted_from_the_one_that_is_on_its_way(trained: Services) -> None:
    """Keys come faster than an incident is read, and verdicts have the pane read again meanwhile."""
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, REPEATED)
        for key in ("full_stop", "full_stop", "full_stop", "comma"):
            desk.app.post_message(Key(key, None))
        desk.screen.story.judged()
        await wait_for(lambda: "3 of 7" in title(desk), "the third", desk.pilot)
        desk.screen.story.judged()
        await desk.pilot.pause(0.3)
        assert "3 of 7" in title(desk)
