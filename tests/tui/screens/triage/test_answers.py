"""What a responder asks of a finding is answered on the screen, or two keys away; and without colours as well."""

from __future__ import annotations

import re

import pytest
from textual.events import Key

from store.base import ids
from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_findings import PLAIN, REPEATED, WIDE, to
from tests.tui.screens.triage.test_screen import triage
from tests.tui.waiting import wait_for
from tui.actions.triage.pivots import counted, pivots
from tui.dialogs.choices import ChoicesDialog
from tui.runtime.services import Services
from tui.screens.triage.incident.tree import IncidentTree
from tui.screens.triage.why.why_view import WhyView
from tui.words.triage.commands import account, short_host
from tui.words.words import many, when


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_five_questions_about_a_finding_take_two_keys_at_most(trained: Services, size: tuple[int, int]) -> None:
    workspace = trained.workspace
    incident = workspace.findings.incident(CASE, PLAIN, 1)
    covered = workspace.findings.processes(CASE, PLAIN, 1, most=200)
    processes = workspace.processes.of_ids([one.process_id for one in covered])
    async with triage(trained, size, findings=True) as desk:
        row = await to(desk, PLAIN)
        tree = desk.screen.query_one(IncidentTree)
        await wait_for(lambda: tree.shown is not None and bool(rows_of(tree)[0]), "the incident", desk.pilot)
        # Which hosts, which account: over the tree.
        title = rows_of(desk.screen.story)[0]
        assert incident.host[:12] in title
        assert when(incident.first_us)[5:10] in title
        began = next(one.user for one in processes if not one.placeholder and one.user)
        assert account(began) in title
        # When: at every process of the tree, and on the line.
        clock = re.compile(r"\d\d:\d\d:\d\d")
        times = {when(one.time_us)[11:19] for one in processes if not one.placeholder}
        shown = {found for line in rows_of(tree) if line.startswith("┃") for found in clock.findall(line)}
        assert shown
        assert shown <= times
        assert any(time[:5] in line for line in rows_of(desk.screen.table) for time in times)
        # What it ran: one key gives the tree the page.
        await desk.press("enter", "g")
        seen = ""
        for _ in range(40):
            seen += "\n".join(rows_of(tree)).casefold()
            await desk.press("ctrl+d")
        names = {re.split(r"[\\/]", one.image)[-1].casefold() for one in processes if not one.placeholder}
        assert {name for name in names if name not in seen} == set()
        await desk.press("escape")
        # Where else: two keys, and how many that are is said after the first.
        await desk.press("p")
        await wait_for(lambda: isinstance(desk.app.screen, ChoicesDialog), "the ways on", desk.pilot)
        await wait_for(
            lambda: any(re.search(r"i same image .*\d process", line) for line in screen_lines(desk.app)), "counted", desk.pilot
        )
        await desk.press("i")
        await wait_for(lambda: "image:" in screen_lines(desk.app)[1], "all with the same program", desk.pilot)
        assert row.whole is not None


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("number", [PLAIN, REPEATED, WIDE])
async def test_one_key_answers_for_all_of_a_finding(trained: Services, size: tuple[int, int], number: int) -> None:
    """When it began, on which hosts, as whom, and where else: of each incident, the earliest first."""
    workspace = trained.workspace
    incidents = workspace.findings.incidents(CASE, number)
    leads = {one.id: one for one in workspace.processes.of_ids([one.lead for one in incidents])}
    async with triage(trained, size, findings=True) as desk:
        row = await to(desk, number)
        whole = row.whole
        assert whole is not None
        await desk.press("H")
        await wait_for(lambda: any(f"F{number}/1 " in line for line in screen_lines(desk.app)), "the incidents", desk.pilot)
        title = next(line for line in screen_lines(desk.app) if f"Finding {number} " in line)
        assert many(whole.incidents, "incident") in title
        assert many(whole.hosts, "host") in title
        assert f"began {when(whole.first_us)[5:19].replace('T', ' ')}" in title
        for one in incidents:
            line = next(line for line in screen_lines(desk.app) if f" F{number}/{one.place} " in line)
            assert when(one.first_us)[5:19].replace("T", " ") in line
            assert short_host(one.host) in line
            assert account(leads[one.lead].user)[:11] in line
        shown = [found for line in screen_lines(desk.app) for found in re.findall(r"│ .*F\d+/\d+ +\S*(\d\d-\d\d \S+) ", line)]
        assert shown == sorted(shown)
        assert len(shown) >= len(incidents)
        elsewhere = re.compile(r"Elsewhere: .+ ran .+ on \d+ hosts?, this command")
        await wait_for(lambda: any(elsewhere.search(line) for line in screen_lines(desk.app)), "where else", desk.pilot)


async def test_enter_goes_to_another_incident_and_back_again(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, REPEATED)
        tree = desk.screen.query_one(IncidentTree)
        await desk.press("H")
        await wait_for(lambda: any(f"F{REPEATED}/2 " in line for line in screen_lines(desk.app)), "the incidents", desk.pilot)
        lines = [found[1] for line in screen_lines(desk.app) if (found := re.search(rf" F{REPEATED}/(\d+) ", line))]
        await desk.press("G", "enter")
        await wait_for(
            lambda: tree.shown is not None and str(tree.shown.story.incident.place) == lines[-1], "the last one", desk.pilot
        )
        assert f"{lines[-1]} of 7" in rows_of(desk.screen.story)[0]
        await desk.press("left_square_bracket")
        await wait_for(lambda: tree.shown is not None and tree.shown.story.incident.place == 1, "back", desk.pilot)


async def test_what_stands_below_more_incidents_than_there_is_room_for_stays_in_sight(trained: Services) -> None:
    async with triage(trained, (80, 12), findings=True) as desk:
        await to(desk, REPEATED)
        await desk.press("H")
        await wait_for(
            lambda: any("Elsewhere: " in line and " ran " in line for line in screen_lines(desk.app)), "all of it", desk.pilot
        )
        assert any("enter goes there" in line for line in screen_lines(desk.app))
        assert not any(f"F{REPEATED}/7 " in line for line in screen_lines(desk.app))


@pytest.mark.parametrize(("size", "rows"), [((80, 24), 17), ((120, 36), 27), ((200, 60), 51)])
async def test_all_that_a_finding_ran_is_on_the_page_that_one_key_opens(
    trained: Services, size: tuple[int, int], rows: int
) -> None:
    """Without scrolling, for what has no more lines than the screen."""
    async with triage(trained, size, findings=True) as desk:
        await to(desk, PLAIN)
        tree = desk.screen.query_one(IncidentTree)
        await desk.press("enter")
        await wait_for(lambda: rows_of(desk.screen.table) == [], "the page", desk.pilot)
        assert tree.size.height >= rows
        covered = [one for one in trained.workspace.findings.processes(CASE, PLAIN, 1) if not ids.is_placeholder(one.process_id)]
        assert tree.count <= rows
        assert sum(line.startswith("┃") for line in rows_of(tree)) == len(covered)


async def test_nothing_is_told_by_colour_alone(trained: Services) -> None:
    async with triage(trained, (120, 36), findings=True) as desk:
        await to(desk, PLAIN)
        tree = desk.screen.query_one(IncidentTree)
        await wait_for(lambda: tree.shown is not None and bool(rows_of(tree)[0]), "the incident", desk.pilot)
        looks = {}
        for role in ("", "strong", "telling", "context", "rebuilt"):
            style = tree.role(role).without_color
            looks[role] = (bool(style.bold), bool(style.underline), bool(style.italic))
        assert len(set(looks.values())) == len(looks), looks
        await desk.press("enter", "g")  # all of it is in sight
        drawn = rows_of(tree)
        recorded = [
            one
            for one in trained.workspace.findings.processes(CASE, PLAIN, 1, most=200)
            if not ids.is_placeholder(one.process_id)
        ]
        assert sum(line.startswith("┃") for line in drawn) == len(recorded)
        assert sum("›" in line[:6] for line in drawn) == 1
        why = desk.screen.query_one(WhyView)
        await wait_for(lambda: any("%" in line for line in rows_of(why)), "why", desk.pilot)
        parts = [int(found) for line in rows_of(why) for found in re.findall(r"^\s?[█▓▒░]\s+(\d+) %", line)]
        assert sum(parts) == 100
        bar = next(line.strip() for line in rows_of(why) if re.fullmatch(r"\s*[█▓▒░]{20,}\s*", line))
        assert list(dict.fromkeys(bar)) == list("█▓▒░")[: len(parts)]


@pytest.mark.parametrize("keys", ["ym", "pm", "#m", "Fm", "po", "yb"])
async def test_a_key_behind_one_that_opens_a_list_judges_nothing_below_it(trained: Services, keys: str) -> None:
    """As fast typing and key repeat send them: the second is there before the first has done anything."""
    async with triage(trained, findings=True) as desk:
        await to(desk, PLAIN)
        screens = len(desk.app.screen_stack)
        for key in keys:
            desk.app.post_message(Key("number_sign" if key == "#" else key, key))
        await wait_for(lambda: len(desk.app.screen_stack) > screens, "the list is open", desk.pilot)
        await desk.pilot.pause(0.3)
        assert trained.workspace.labels.history(CASE) == ()
        assert desk.state.waiting is None


def test_a_pivot_in_time_is_told_and_asked_for_in_the_zone_that_is_shown(trained: Services) -> None:
    trained.settings.zone = "Asia/Kolkata"
    process = next(one for one in trained.workspace.processes.find(CASE, limit=50) if one.time_us is not None)
    ways = {one.letter: one for one in pivots(process, None, trained.when)}
    assert "+05:30" in ways["T"].told
    assert ways["T"].line == f"time:{trained.when(process.time_us)}±5m"
    assert counted(trained.workspace, CASE, ways["T"]).processes >= 1
