"""Triage's list of findings by keys: what a verdict covers, along the chains of one, into it and out again, to the chains."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from store.base.views import FindingView, QueueRow
from store.queue.finding_positions import FindingSource
from store.verdicts.subject import OfFinding, Subject
from store.workspace import open_workspace
from tests.store import samples
from tests.tui.conftest import CASE
from tests.tui.rendered import rows_of, screen_lines
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.screens.triage.incident.tree import IncidentTree
from tui.widgets.scope_line import ScopeLine
from tui.words.verdicts import verdict_glyph
from tui.words.words import on_hosts

BUDGET = 52
"""Chains per host-day above the threshold of these tests: so many that the findings below are."""
PLAIN, MOSTLY_BELOW, REPEATED, WIDE = 1, 24, 82, 33
"""Numbers of findings of the trained case: one that needs no question, one that is mostly below the threshold, one of 7
incidents on one host, one on two hosts.
"""


@pytest.fixture
def trained(trained: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The same, with more of it above the threshold, and few processes more than is seen at once."""
    monkeypatch.setattr("store.verdicts.extent.SEEN", 1)
    trained.workspace.thresholds.move(CASE, BUDGET)
    return trained


def whole_of(row: QueueRow) -> FindingView:
    assert row.whole is not None
    return row.whole


async def to(desk: Desk, number: int) -> QueueRow:
    """The cursor on a finding, its incident drawn and what it extends to counted."""
    desk.screen.table.cursor = number - 1
    incident, row = desk.screen.query_one(IncidentTree), desk.row(number - 1)
    assert whole_of(row).number == number

    def rested() -> bool:
        shown, known = incident.shown, desk.state.known
        counted = known is not None and known[0].rows and known[0].rows[0].whole
        return bool(counted) and counted.number == number and shown is not None and shown.whole.number == number

    await wait_for(rested, f"finding {number} is drawn and counted", desk.pilot)
    return row


def covered(services: Services, number: int, place: int | None = None) -> set[int]:
    """The recorded processes of a finding or of one of its incidents."""
    findings = services.workspace.findings
    places = [one.place for one in findings.incidents(CASE, number)] if place is None else [place]
    return {one.process_id for at in places for one in findings.processes(CASE, number, at) if one.process_id > 0}


def judged(services: Services, *numbers: int) -> dict[int, str]:
    """The verdicts that count for the processes of findings."""
    found: dict[int, str] = {}
    for number in numbers:
        labels = services.workspace.labels.of_processes(CASE, sorted(covered(services, number)))
        found |= {process: label.verdict for process, label in labels.items() if label is not None}
    return found


def give(services: Services, subject: Subject, verdict: str | None, author: str = "eve") -> None:
    services.workspace.labels.give(CASE, subject, verdict, author=author)


def drawn(desk: Desk) -> str:
    """The scope line as it is on the screen."""
    return rows_of(desk.screen.query_one(ScopeLine))[0]


def line_of(desk: Desk, number: int) -> str:
    """The beginning of the list's line of a finding, as it is on the screen: cursor, the verdict's letter, the block."""
    found = [re.match(r"\W?([▌● ]. [▁▂▃▄▅▆▇█]) ", line) for line in rows_of(desk.screen.table)]
    lines = [one[1] for one in found if one]
    return lines[number - 1 - round(desk.screen.table.scroll_y)]


async def question(desk: Desk) -> str:
    """The bar asks; what it says."""
    await wait_for(lambda: "esc nothing" in drawn(desk), "the bar asks", desk.pilot)
    return drawn(desk)


def test_the_findings_of_these_tests_are_what_is_said_of_them(trained: Services) -> None:
    labels, findings = trained.workspace.labels, trained.workspace.findings
    asked = {number: labels.extent(CASE, OfFinding(number)) for number in (PLAIN, MOSTLY_BELOW, REPEATED, WIDE)}
    assert {number for number, extent in asked.items() if extent.ask} == {MOSTLY_BELOW, REPEATED, WIDE}
    assert {number for number, extent in asked.items() if extent.mostly_below} == {MOSTLY_BELOW, REPEATED}
    assert {number for number, extent in asked.items() if extent.wide} == {WIDE}
    incidents = {number: len(findings.incidents(CASE, number)) for number in asked}
    assert incidents == {PLAIN: 1, MOSTLY_BELOW: 1, REPEATED: 7, WIDE: 2}
    assert all(whole_of(findings.get(CASE, number)).above for number in asked)


async def test_findings_are_listed_first_and_v_lists_chains_and_back(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        assert desk.screen.table.count == trained.workspace.findings.count(CASE)
        assert desk.screen.queue.rule.title.startswith("Findings")
        row = await to(desk, PLAIN)
        await desk.press("v")
        assert desk.screen.table.count == trained.workspace.queue.count(CASE)
        assert desk.screen.table.current is not None
        assert desk.screen.table.current.key == row.key
        assert desk.screen.table.current.whole is None
        await desk.press("v")
        assert desk.screen.table.current == row


@pytest.mark.parametrize(("key", "verdict"), [("m", "malicious"), ("f", "false_positive")])
async def test_a_verdict_is_for_what_the_finding_covers_and_says_so(trained: Services, key: str, verdict: str) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        row, before = await to(desk, PLAIN), trained.workspace.labels.current(CASE)
        processes, whole = covered(trained, PLAIN), whole_of(row)
        assert len(processes) == whole.processes == 14
        assert "[incident 14] finding 14" in drawn(desk)
        assert "┃ the key covers 14 processes on " in drawn(desk)
        assert "; grey is left out; 1 is below the threshold" in drawn(desk)
        await desk.press(key)
        assert desk.cursor == 1
        await wait_for(lambda: judged(trained, PLAIN) == dict.fromkeys(processes, verdict), "all of them", desk.pilot)
        await desk.written()
        await wait_for(lambda: "14 processes on " in desk.said(), "what became of it", desk.pilot)
        assert judged(trained, *range(2, 7)) == {}
        await wait_for(lambda: desk.row(0).verdict == verdict, "the line says so", desk.pilot)
        await desk.press("u")
        await wait_for(lambda: trained.workspace.labels.current(CASE) == before, "exactly as before", desk.pilot)
        await wait_for(lambda: desk.cursor == 0, "back on the finding", desk.pilot)
        await desk.press("ctrl+r")
        await wait_for(lambda: judged(trained, PLAIN) == dict.fromkeys(processes, verdict), "redone", desk.pilot)


@pytest.mark.parametrize(("key", "verdict"), [("m", "malicious"), ("f", "false_positive")])
async def test_what_is_mostly_below_the_threshold_is_asked_about_in_the_bar(trained: Services, key: str, verdict: str) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await to(desk, MOSTLY_BELOW)
        processes = covered(trained, MOSTLY_BELOW)
        await desk.press(key)
        asked = await question(desk)
        assert f" {key} on 9 processes? 6 are below the threshold " in asked
        assert "enter only the 3 odd  A all  esc nothing" in asked
        assert judged(trained, MOSTLY_BELOW) == {}
        await desk.press("escape")
        assert "nothing was changed" in drawn(desk)
        await desk.press(key)
        await question(desk)
        await desk.press("j")  # elsewhere: what was asked is not asked any more
        await wait_for(lambda: "nothing was changed" in drawn(desk), "the question is gone, and that is said", desk.pilot)
        await to(desk, MOSTLY_BELOW)
        await desk.press(key)
        await question(desk)
        await desk.press("enter")  # the careful answer
        await wait_for(lambda: len(judged(trained, MOSTLY_BELOW)) == 3, "only those above the threshold", desk.pilot)
        await desk.written()
        await to(desk, MOSTLY_BELOW)
        letter = verdict_glyph(verdict)
        host = trained.workspace.findings.incident(CASE, MOSTLY_BELOW, 1).host
        left = f"covers 6 of 9 processes on {host}; 3 stay {letter}"
        await wait_for(lambda: left in drawn(desk), "what is left", desk.pilot)
        await desk.press(key)
        assert f" {key} on 6 processes? 6 are below the threshold   A all  esc nothing" in await question(desk)
        await desk.press("enter")  # nothing of it is odd: the careful answer is none
        assert "nothing was changed" in drawn(desk)
        await desk.press(key)
        await question(desk)
        await desk.press("A")
        await wait_for(lambda: judged(trained, MOSTLY_BELOW) == dict.fromkeys(processes, verdict), "the rest", desk.pilot)
        await wait_for(lambda: f"3 stay {letter}" in drawn(desk), "what was left is said", desk.pilot)


async def test_a_finding_on_two_hosts_is_asked_about(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to(desk, WIDE)
        await desk.press("x")
        await wait_for(lambda: "[finding 8]" in drawn(desk), "the whole finding", desk.pilot)
        await desk.press("f")
        assert " f on 8 processes on 2 hosts?   A all  esc nothing" in await question(desk)
        await desk.press("A")
        await wait_for(lambda: set(judged(trained, WIDE)) == covered(trained, WIDE), "both incidents", desk.pilot)
        assert whole_of(row).hosts == 2


async def test_what_others_decided_is_asked_about_and_named(trained: Services) -> None:
    async with triage(trained, (200, 60), findings=True) as desk:
        await to(desk, REPEATED)
        give(trained, OfFinding(REPEATED), "benign")
        await desk.press("r")
        await to(desk, REPEATED)
        await desk.press("x")
        await wait_for(lambda: "21 processes on 1 host, decided: a key asks" in drawn(desk), "nothing is left", desk.pilot)
        await desk.press("b")
        await wait_for(lambda: "nothing was changed: that is its verdict already" in drawn(desk), "an answer", desk.pilot)
        await desk.press("m")
        assert " m on 21 processes? they are benign, by eve   A all  esc nothing" in await question(desk)
        await desk.press("enter")
        assert set(judged(trained, REPEATED).values()) == {"benign"}
        await desk.press("delete")
        assert " del on 21 processes?" in await question(desk)
        await desk.press("A")
        await wait_for(lambda: judged(trained, REPEATED) == {}, "taken away", desk.pilot)


async def test_what_another_author_did_last_is_said_in_the_bar_and_stays(trained: Services) -> None:
    async with triage(trained) as desk:
        key = desk.row(0).key
        trained.workspace.labels.set(CASE, [key], "malicious", author="eve")
        await desk.press("u")
        await wait_for(lambda: "The latest verdict is eve's" in drawn(desk), "whose it is", desk.pilot)
        assert desk.verdicts() == {key: "malicious"}


async def test_marks_on_many_processes_are_asked_about_and_decided_ones_are_left(trained: Services) -> None:
    async with triage(trained, (80, 24)) as desk:
        first = desk.row(0).key
        trained.workspace.labels.set(CASE, [first], "benign", note="mine", author="eve")
        await desk.press("r", "asterisk", "f")
        asked = await question(desk)
        assert " odd  A all" in asked
        assert asked.rstrip().endswith("esc nothing")  # also on 80 columns nothing is cut away
        assert set(desk.verdicts()) == {first}
        await desk.press("A")
        await wait_for(lambda: len(desk.verdicts()) > 1, "given", desk.pilot)
        assert desk.verdicts()[first] == "benign"


async def test_with_the_story_on_the_whole_page_a_key_judges_what_is_said_and_not_the_whole_finding(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, REPEATED)
        await desk.press("enter", "full_stop")
        incident = desk.screen.query_one(IncidentTree)
        await wait_for(lambda: incident.shown is not None and incident.shown.story.incident.place == 2, "the second", desk.pilot)
        await desk.press("X", "X")
        lead = trained.workspace.findings.incident(CASE, REPEATED, 2).lead
        await wait_for(lambda: "[process 1]" in drawn(desk), "one process", desk.pilot)
        assert sum(row.startswith("┃") for row in rows_of(incident)) == 1
        await desk.press("m")
        await wait_for(lambda: judged(trained, REPEATED) == {lead: "malicious"}, "that one", desk.pilot)
        assert incident.process == lead
        await desk.press("x", "x", "m")
        assert " m on 2 processes?" in await question(desk)
        await desk.press("A")
        second = covered(trained, REPEATED, 2)
        await wait_for(lambda: judged(trained, REPEATED) == dict.fromkeys(second, "malicious"), "that incident", desk.pilot)


async def test_marked_findings_get_one_verdict_and_go_into_one_file(trained: Services, tmp_path: Path) -> None:
    async with triage(trained, findings=True) as desk:
        rows = [desk.row(0), desk.row(1)]
        keys = set(trained.workspace.findings.chains(rows))
        await desk.press("space", "space", "e")
        await wait_for(lambda: desk.app.screen is not desk.screen, "the export dialog", desk.pilot)
        target = tmp_path / "marked.csv"
        desk.app.screen.query_one("Input").value = str(target)  # type: ignore[attr-defined]
        await desk.press("enter")
        await wait_for(lambda: target.exists() and desk.screen.runner.running is None, "written", desk.pilot)
        with target.open(newline="") as stream:
            assert {row["chain_id"] for row in csv.DictReader(stream)} == keys
        await desk.press("m")
        hosts = {process.host for process in trained.workspace.processes.of_ids([*covered(trained, 1), *covered(trained, 2)])}
        assert f" m on {on_hosts(26, len(hosts))}?" in await question(desk)
        await desk.press("A")
        both = covered(trained, 1) | covered(trained, 2)
        await wait_for(lambda: judged(trained, 1, 2) == dict.fromkeys(both, "malicious"), "all that they cover", desk.pilot)
        await desk.press("u")
        await wait_for(lambda: desk.verdicts() == {}, "one undo", desk.pilot)


async def test_a_note_is_for_what_the_scope_covers(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await to(desk, PLAIN)
        lead = trained.workspace.findings.incident(CASE, PLAIN, 1).lead
        give(trained, OfFinding(PLAIN), "benign", author="ada")
        await desk.press("r")
        await to(desk, PLAIN)
        await desk.press("X", "X", "c")
        await wait_for(lambda: desk.app.screen is not desk.screen, "the note dialog", desk.pilot)
        await desk.press("h", "m", "ctrl+s")
        await wait_for(lambda: "note kept" in desk.said(), "note kept", desk.pilot)
        labels = trained.workspace.labels.of_processes(CASE, sorted(covered(trained, PLAIN)))
        assert {process: label.note for process, label in labels.items() if label.note} == {lead: "hm"}


async def test_filters_orders_and_the_threshold(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        flagged = trained.workspace.queue.counts(CASE).findings
        await desk.press("z")
        await wait_for(lambda: desk.screen.table.count == flagged, "above the threshold", desk.pilot)
        await desk.press("z", "s", "s")
        await wait_for(lambda: desk.state.coming is None and desk.state.view.order.name == "rarity", "sorted", desk.pilot)
        await wait_for(lambda: desk.screen.table.count == trained.workspace.findings.count(CASE), "all", desk.pilot)
        assert whole_of(desk.row(0)).processes == 1
        await desk.filter("finding:1")
        assert [whole_of(desk.row(position)).number for position in range(desk.screen.table.count)] == [1]


async def test_marks_do_not_go_from_one_list_to_the_other(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("space", "v", "m")
        await desk.written()
        assert len(desk.verdicts()) == 1  # the line under the cursor, not what was marked as a finding


async def test_scores_without_findings_show_chains_and_say_why(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    samples.fill(workspace, [samples.event(number, number // 2 or None) for number in range(1, 9)], case=CASE)
    samples.score(workspace, CASE)
    async with triage(Services(workspace, CASE)) as desk:
        assert desk.screen.table.count == workspace.queue.count(CASE)
        await desk.press("v")
        assert desk.screen.table.count == workspace.queue.count(CASE)
        messages = [note.message for note in desk.app._notifications]
        assert any("no findings yet" in message or "not grouped" in message for message in messages)
    workspace.close()


async def test_keys_of_the_list_do_not_act_from_the_filter(trained: Services) -> None:
    trained.workspace.labels.set(CASE, [trained.workspace.queue.page(CASE, limit=1)[0].key], "malicious", author="ada")
    async with triage(trained, findings=True) as desk:
        before = desk.verdicts()
        assert before
        await desk.press("slash", "x", "ctrl+z", "ctrl+r", "y")
        await desk.pilot.pause()
        assert desk.verdicts() == before
        assert desk.screen.focused is not None
        assert getattr(desk.screen.focused, "value", "") == "xy"


async def test_a_case_without_a_queue_gets_one_by_the_key_of_the_screen(ingested: Services) -> None:
    async with triage(ingested, findings=False) as desk:
        await wait_for(lambda: "press r" in "\n".join(screen_lines(desk.app)), "it says which key", desk.pilot)
        await desk.press("r")
        await wait_for(lambda: isinstance(desk.state.source, FindingSource), "findings are there", desk.pilot, limit_s=60)
        await wait_for(lambda: bool(desk.screen.table.current), "and are shown", desk.pilot)
        assert ingested.workspace.vault.in_use(CASE) == ingested.workspace.vault.ready()


async def test_findings_led_by_one_chain_are_marked_each_by_itself(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        rows = trained.workspace.findings.page(CASE, limit=60)
        first, second = next((one, other) for at, one in enumerate(rows) for other in rows[at + 1 :] if one.key == other.key)
        for row in (first, second):
            assert row.whole is not None
            desk.screen.table.cursor = row.whole.number - 1
            await desk.press("space")
        assert [row.whole and row.whole.number for row in desk.state.marks.values()] == [
            first.whole and first.whole.number, second.whole and second.whole.number,
        ]  # fmt: skip
        assert second.whole is not None
        desk.screen.table.cursor = second.whole.number - 1
        await desk.press("space")
        assert [row.whole and row.whole.number for row in desk.state.marks.values()] == [first.whole and first.whole.number]


async def test_lines_of_a_case_of_one_day_tell_the_time_alone_also_where_it_is_counted_later(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        trained.summary = None  # as after another case was opened
        desk.screen.queue.show()
        line = re.compile(r"^.{5}\d\d-\d\d \d\d:\d\d ")
        await wait_for(lambda: line.match(rows_of(desk.screen.table)[0]) is not None, "nobody knows yet", desk.pilot)
        desk.app.count_case()
        await wait_for(lambda: re.match(r"^.{5}\d\d:\d\d \S", rows_of(desk.screen.table)[0]) is not None, "one day", desk.pilot)
