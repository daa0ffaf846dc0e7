"""The incident beside the list: as a tree, occurrence by occurrence, process by process, and verdicts on what it shows."""

from __future__ import annotations

import pytest

from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of
from tests.tui.screens.triage.test_findings import PLAIN, REPEATED, covered, drawn, judged, line_of, question, to
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.evidence_view import EvidenceView
from tui.screens.triage.incident_view import CONTEXT, ODD, IncidentTree
from tui.words.verdicts import verdict_glyph
from tui.words.words import base


def tree(desk: Desk) -> list[str]:
    """The incident as it is on the screen."""
    return rows_of(desk.screen.query_one(IncidentTree))


def chosen(desk: Desk) -> str:
    """The line of the selected process."""
    return next(line for line in tree(desk) if line[1:].lstrip().startswith("▌"))


async def focused(desk: Desk, number: int) -> None:
    """The tree of a finding has the keys."""
    await to(desk, number)
    await desk.press("tab")
    assert desk.screen.query_one(IncidentTree).has_focus


async def said(desk: Desk, words: str) -> None:
    await wait_for(lambda: words in drawn(desk), f"the bar says {words}", desk.pilot)


async def test_the_incident_is_drawn_with_what_is_odd_and_what_stands_beside_it(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await to(desk, PLAIN)
        lines = tree(desk)
        odd = [one for one in trained.workspace.findings.processes(CASE, PLAIN, 1) if one.odd]
        assert sum(f" {ODD} " in line for line in lines) == len(odd) == 8
        assert any(f" {CONTEXT} " in line for line in lines)
        assert "1 incident: 12 processes on 1 host, 8 odd" in "\n".join(lines)
        lead = trained.workspace.processes.get(trained.workspace.findings.incident(CASE, PLAIN, 1).lead)
        assert any(f" {ODD} " in line and base(lead.image) in line for line in lines)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=str)
async def test_the_oddest_process_is_in_view_whatever_the_size(trained: Services, size: tuple[int, int]) -> None:
    async with triage(trained, size, findings=True) as desk:
        for number in (PLAIN, REPEATED):
            await to(desk, number)
            lead = trained.workspace.processes.get(trained.workspace.findings.incident(CASE, number, 1).lead)
            assert any(f" {ODD} " in line and base(lead.image) in line for line in tree(desk))


async def test_a_verdict_on_one_process_of_the_tree(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, PLAIN)
        await said(desk, "incident F1/1: 12 processes on 1 host, 5 below the threshold")
        view, process = desk.screen.query_one(IncidentTree), trained.workspace.findings.incident(CASE, PLAIN, 1).lead
        while view.process() != process:
            before = view.step
            await desk.press("n")
            assert view.step == before + 1
        assert "process P" in drawn(desk)
        assert "1 process on 1 host" in drawn(desk)
        await desk.press("f")
        assert f" {verdict_glyph('false_positive')} " in chosen(desk)
        await wait_for(lambda: judged(trained, PLAIN) == {process: "false_positive"}, "only that one", desk.pilot)
        await wait_for(lambda: "*" in line_of(desk, PLAIN), "the list says that a part is decided", desk.pilot)
        await said(desk, "1 process on 1 host")
        assert view.process() == process  # still selected
        await desk.press(*["N"] * 20)
        await said(desk, "incident F1/1: 11 of 12 processes on 1 host")
        assert "1 decided" in drawn(desk)
        await desk.press("u")
        await wait_for(lambda: judged(trained, PLAIN) == {}, "undone", desk.pilot)


async def test_occurrences_one_after_the_other_and_a_verdict_on_one(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, REPEATED)
        assert "F12/1 of 16" in "\n".join(tree(desk))
        await desk.press("left_square_bracket")
        assert "F12/1 of 16" in "\n".join(tree(desk))
        await desk.press("right_square_bracket")
        await wait_for(lambda: "F12/2 of 16" in "\n".join(tree(desk)), "the second", desk.pilot)
        await said(desk, "incident F12/2: 5 processes on 1 host")
        await desk.press("m")
        assert "m all: 5 processes on 1 host, 4 below the threshold" in await question(desk)
        await desk.press("right_square_bracket")  # the question was about the other one
        await wait_for(lambda: "esc no" not in drawn(desk), "not asked any more", desk.pilot)
        await desk.press("left_square_bracket")
        await said(desk, "incident F12/2: 5 processes on 1 host")
        await desk.press("m")
        await question(desk)
        await desk.press("m")
        second = covered(trained, REPEATED, 2)
        await wait_for(lambda: judged(trained, REPEATED) == dict.fromkeys(second, "malicious"), "that incident", desk.pilot)
        await desk.press("escape")
        await said(desk, "covers 75 of 80 processes on 1 host, 60 below the threshold, 5 decided")


async def test_back_in_the_list_a_verdict_is_for_the_finding(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await focused(desk, PLAIN)
        await desk.press("n")
        await said(desk, "process P")
        await desk.press("escape")
        await said(desk, "covers 12 processes on 1 host")
        await desk.press("b")
        await wait_for(lambda: len(judged(trained, PLAIN)) == 12, "all of them", desk.pilot)


async def test_the_chain_instead_of_the_incident_and_back(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, PLAIN)
        chain, incident = desk.screen.query_one(ChainView), desk.screen.query_one(IncidentTree)
        await desk.press("Z")
        assert chain.display
        assert not incident.display
        assert "Chain" in str(chain.border_title)
        await desk.press("j")
        await wait_for(lambda: chain.row is not None and chain.row == desk.row(1), "the next one's chain", desk.pilot)
        await desk.press("Z")
        assert incident.display
        await wait_for(lambda: "F2/1" in "\n".join(tree(desk)), "its incident", desk.pilot)  # the head may be scrolled away


async def test_the_evidence_is_that_of_the_oddest_process(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        evidence = desk.screen.query_one(EvidenceView)
        for number in (PLAIN, REPEATED):
            await to(desk, number)
            lead = trained.workspace.processes.get(trained.workspace.findings.incident(CASE, number, 1).lead)
            await wait_for(lambda: "Signals" in evidence.text(), "the evidence", desk.pilot)
            assert base(lead.image) in str(evidence.border_title)


async def test_to_the_tree_from_the_selected_process(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await focused(desk, PLAIN)
        await desk.press("n", "n")
        process = desk.screen.query_one(IncidentTree).process()
        await desk.press("t")
        await wait_for(lambda: "tree" in desk.app.mode_screens, "the tree", desk.pilot)
        tree_screen = desk.app.mode_screens["tree"]
        await wait_for(lambda: tree_screen.tree_view.line_id == process, "the process", desk.pilot)
