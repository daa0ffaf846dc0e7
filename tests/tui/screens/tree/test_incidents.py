"""What the tree tells of a process's incident and verdict, and the way from it to the finding that covers it."""

from __future__ import annotations

from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from store.base import ids
from store.queue.positions import QueueSource
from store.verdicts.subject import OfProcess
from store.where.meaning import read
from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of
from tests.tui.screens.tree.test_screen import Scene, running
from tui.runtime.messages import VerdictChanged
from tui.runtime.services import Services
from tui.screens.tree.process_details import ProcessDetails
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.screen import TriageScreen

REPEATED, PLACE = 82, 3
"""A finding of several incidents, and one of those."""


def covered(services: Services) -> list[int]:
    """What that incident covers, its oddest process last."""
    findings = services.workspace.findings
    lead = findings.incident(CASE, REPEATED, PLACE).lead
    return [*(one.process_id for one in findings.processes(CASE, REPEATED, PLACE) if one.process_id != lead), lead]


def card(scene: Scene) -> str:
    """The details as they are on the screen."""
    return "\n".join(rows_of(scene.screen.query_one(ProcessDetails)))


async def test_the_card_names_the_process_and_its_incident(trained: Services) -> None:
    async with running(trained, size=(200, 60)) as scene:
        process = covered(trained)[-1]
        scene.tree.reveal(process)
        await scene.until(lambda: f"incident F{REPEATED}/{PLACE}" in card(scene), "its incident")
        assert ids.called(process) in card(scene)
        assert "3 processes, 1 odd" in card(scene)


async def test_a_verdict_on_one_process_is_the_mark_of_that_line_alone(trained: Services) -> None:
    async with running(trained, size=(200, 60)) as scene:
        one, other = covered(trained)[-1], trained.workspace.findings.incident(CASE, REPEATED, PLACE + 1).lead
        trained.workspace.labels.give(CASE, OfProcess(one), "malicious", author="eve")
        scene.app.post_message(VerdictChanged((), beyond=True))
        for process, verdict in ((one, "malicious"), (other, None)):
            scene.tree.reveal(process)
            await scene.until(lambda process=process: ids.called(process) in card(scene), "its card")
            assert getattr(scene.tree.row, "verdict", "") == verdict
            assert ("M malicious given to this process" in card(scene)) == (verdict is not None)
            line = rows_of(scene.tree)[scene.tree.cursor + 1 - round(scene.tree.scroll_y)]
            assert (" M " in line) == (verdict is not None)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=str)
async def test_t_leads_to_the_finding_that_covers_the_process(trained: Services, size: tuple[int, int]) -> None:
    async with running(trained, size=size) as scene:
        for process in (covered(trained)[0], covered(trained)[-1]):
            scene.app.open_mode("tree")
            await scene.until(lambda: scene.app.screen is scene.screen, "the tree")
            scene.tree.reveal(process)
            await scene.press("t")
            await scene.until(lambda: isinstance(scene.app.screen, TriageScreen), "triage")
            screen = scene.app.screen
            assert isinstance(screen, TriageScreen)
            incident = screen.query_one(IncidentTree)
            await scene.until(lambda process=process, incident=incident: incident.process == process, "the process, selected")
            row = screen.table.current
            assert row is not None
            assert row.whole is not None
            assert row.whole.number == REPEATED
            assert any(line[4:5] == "›" for line in rows_of(incident))
            assert incident.shown is not None
            assert incident.shown.story.incident.place == PLACE


async def test_t_leads_to_it_also_where_a_filter_hides_it(trained: Services) -> None:
    async with running(trained) as scene:
        screen = scene.app.open_mode("triage")
        assert isinstance(screen, TriageScreen)
        await scene.until(lambda: screen.is_mounted and bool(screen.state.source), "triage")
        screen.queue.change(screen.state.view.filtered(read("verdict:malicious")))
        await scene.until(lambda: screen.table.count == 0, "nothing matches")
        scene.app.open_mode("tree")
        await scene.until(lambda: scene.app.screen is scene.screen and bool(scene.tree.lines), "the tree")
        process = covered(trained)[-1]
        scene.tree.reveal(process)
        await scene.press("t")
        await scene.until(lambda: screen.query_one(IncidentTree).process == process, "the process, selected")
        assert screen.table.cursor == REPEATED - 1


async def test_t_waits_for_a_list_that_is_still_being_read(trained: Services) -> None:
    go, load = Event(), QueueSource.load

    def slowly(self: QueueSource, *told: Any, **more: Any) -> None:
        assert go.wait(20)
        load(self, *told, **more)

    async with running(trained) as scene:
        process = covered(trained)[-1]
        scene.tree.reveal(process)
        with patch.object(QueueSource, "load", slowly):
            try:
                await scene.press("t")
                await scene.until(lambda: isinstance(scene.app.screen, TriageScreen), "triage")
                await scene.pilot.pause()
            finally:
                go.set()
            screen = scene.app.screen
            assert isinstance(screen, TriageScreen)
            await scene.until(lambda: screen.query_one(IncidentTree).process == process, "the process, selected")
        assert screen.table.cursor == REPEATED - 1
        assert not scene.app._notifications  # a scored process has a score


async def test_t_leads_from_what_no_incident_covers_to_its_chain_and_no_other_finding(trained: Services) -> None:
    process = covered(trained)[-1]
    with trained.workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM covered WHERE process_id = ?", (process,))
        query = "SELECT c.key FROM process p JOIN chain c ON c.id = p.chain_id WHERE p.id = ?"
        key = connection.exec_driver_sql(query, (process,)).scalar_one()
        connection.commit()
    async with running(trained) as scene:
        scene.tree.reveal(process)
        await scene.press("t")
        await scene.until(lambda: isinstance(scene.app.screen, TriageScreen), "triage")
        screen = scene.app.screen
        assert isinstance(screen, TriageScreen)
        await scene.until(lambda: screen.table.current is not None and screen.table.current.key == key, "its chain")
        assert screen.table.current is not None
        assert screen.table.current.whole is None
