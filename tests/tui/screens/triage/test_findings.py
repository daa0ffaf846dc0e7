"""Triage's list of findings by keys: what a verdict covers, along the chains of one, into it and out again, to the chains."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from store.base.views import FindingView, QueueRow
from store.queue.finding_positions import FindingSource
from store.workspace import open_workspace
from tests.store import samples
from tests.tui.conftest import CASE
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.verdict_bar import VerdictBar
from tui.words.spans import text_of


def whole_of(row: QueueRow) -> FindingView:
    assert row.whole is not None
    return row.whole


async def to_a_large_one(desk: Desk) -> QueueRow:
    """The cursor on a finding of several chains, its evidence drawn."""
    position = next(p for p in range(desk.screen.table.count) if whole_of(desk.row(p)).chains > 2)
    desk.screen.table.cursor = position
    chain = desk.screen.query_one(ChainView)
    row = desk.row(position)
    await wait_for(lambda: chain.row is not None and chain.row.key == row.key, "its strangest chain", desk.pilot)
    return row


def keys_of(services: Services, row: QueueRow) -> list[str]:
    return list(services.workspace.findings.chains([row]))


async def test_findings_are_listed_first_and_z_lists_chains_and_back(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        assert desk.screen.table.count == trained.workspace.findings.count(CASE)
        assert str(desk.screen.table.border_title).startswith("Findings")
        row = await to_a_large_one(desk)
        await desk.press("z")
        assert desk.screen.table.count == trained.workspace.queue.count(CASE)
        assert desk.screen.table.current is not None
        assert desk.screen.table.current.key == row.key
        assert desk.screen.table.current.whole is None
        await desk.press("z")
        assert desk.screen.table.current == row


def drawn(desk: Desk) -> str:
    """The verdict bar as it is on the screen."""
    return desk.screen.query_one(VerdictBar).render_line(0).text


async def question(desk: Desk) -> str:
    """The bar asks; what it says."""
    await wait_for(lambda: "esc no" in drawn(desk), "the bar asks", desk.pilot)
    return drawn(desk)


@pytest.mark.parametrize(("key", "verdict"), [("m", "malicious"), ("f", "false_positive")])
async def test_a_verdict_on_many_processes_is_asked_about_in_the_bar(trained: Services, key: str, verdict: str) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        whole, keys = whole_of(row), keys_of(trained, row)
        trained.workspace.labels.set(CASE, [keys[-1]], "benign", note="mine", author="eve")
        above = [one.key for one in trained.workspace.labels.extent(CASE, keys).part(above=True)]
        assert 0 < len(above) < len(keys) - 1
        await desk.press(key)
        asked = await question(desk)
        assert f"{key} {len(above):,} chains above the threshold (" in asked
        assert f"a all {len(keys) - 1:,} (" in asked
        assert "O also 1 decided" in asked
        assert set(desk.verdicts()) == {keys[-1]}
        await desk.press("escape")
        assert "nothing was changed" in drawn(desk)
        assert set(desk.verdicts()) == {keys[-1]}
        await desk.press(key)
        await question(desk)
        await desk.press("j")  # elsewhere: what was asked is not asked any more
        await wait_for(lambda: "esc no" not in drawn(desk), "the question is gone", desk.pilot)
        await desk.press("k", key)
        await question(desk)
        await desk.press(key)
        await wait_for(lambda: set(desk.verdicts()) == {*above, keys[-1]}, "only those above the threshold", desk.pilot)
        assert desk.verdicts() == dict.fromkeys(above, verdict) | {keys[-1]: "benign"}
        await wait_for(lambda: "1 decided left, O includes them" in drawn(desk), "what was left is said", desk.pilot)
        assert f"in {len(above):,} chains" in drawn(desk)
        notes = {label.chain_key: label.note for label in trained.workspace.labels.current(CASE)}
        assert notes[keys[-1]] == "mine"
        await desk.press("u")
        await wait_for(lambda: set(desk.verdicts()) == {keys[-1]}, "one act", desk.pilot)
        assert whole.chains == len(keys)


async def test_marks_on_many_processes_are_asked_about_and_decided_ones_are_left(trained: Services) -> None:
    async with triage(trained, (80, 24)) as desk:
        first = desk.row(0).key
        trained.workspace.labels.set(CASE, [first], "benign", note="mine", author="eve")
        await desk.press("r", "asterisk", "f")
        asked = await question(desk)
        assert " above (" in asked
        assert "O +1 decided" in asked
        assert asked.rstrip().endswith("esc no")  # also on 80 columns nothing is cut away
        assert set(desk.verdicts()) == {first}
        await desk.press("f")
        await wait_for(lambda: len(desk.verdicts()) > 1, "given", desk.pilot)
        given = desk.verdicts()
        page = trained.workspace.queue.page(CASE, limit=5000)
        assert set(given) == {row.key for row in page if row.finding > 0} | {first}
        assert len(given) < len(page)
        assert given[first] == "benign"


async def test_what_another_author_did_last_is_said_in_the_bar_and_stays(trained: Services) -> None:
    async with triage(trained) as desk:
        key = desk.row(0).key
        trained.workspace.labels.set(CASE, [key], "malicious", author="eve")
        await desk.press("u")
        await wait_for(lambda: "The latest verdict is eve's" in drawn(desk), "whose it is", desk.pilot)
        assert desk.verdicts() == {key: "malicious"}


@pytest.mark.parametrize(("key", "verdict"), [("m", "malicious"), ("f", "false_positive")])
async def test_a_verdict_is_for_all_chains_and_says_what_it_covers(trained: Services, key: str, verdict: str) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        keys = keys_of(trained, row)
        trained.workspace.labels.set(CASE, [keys[-1]], "benign", note="mine", author="eve")
        before = trained.workspace.labels.current(CASE)
        whole = whole_of(row)
        bar = desk.screen.query_one(VerdictBar)
        await wait_for(lambda: f"in {whole.chains:,} chains" in text_of(bar.next), "what it would cover", desk.pilot)
        position = desk.cursor
        await desk.press(key)
        await question(desk)
        await desk.press("O", "a")
        await desk.written()
        await wait_for(lambda: desk.verdicts() == dict.fromkeys(keys, verdict), "all chains", desk.pilot)
        await wait_for(lambda: f"{whole.processes:,} process" in desk.said(), "what became of it", desk.pilot)
        assert f"on {whole.hosts:,} host" in desk.said()
        assert desk.cursor == position + 1
        await wait_for(lambda: desk.row(position).verdict == verdict, "the line says so", desk.pilot)
        assert not whole_of(desk.row(position)).mixed
        await desk.press("u")
        await wait_for(lambda: trained.workspace.labels.current(CASE) == before, "exactly as before", desk.pilot)
        await wait_for(lambda: desk.cursor == position, "back on the finding", desk.pilot)
        await desk.press("ctrl+r")
        await wait_for(lambda: set(desk.verdicts().values()) == {verdict}, "redone", desk.pilot)


async def test_a_verdict_that_not_all_chains_have_is_marked(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        await desk.press("o", "m", "escape")
        await desk.written()
        await wait_for(lambda: isinstance(desk.state.source, FindingSource), "the findings again", desk.pilot)
        position = desk.cursor
        await wait_for(lambda: whole_of(desk.row(position)).mixed, "the verdicts differ", desk.pilot)
        assert desk.row(position).key == row.key
        table = desk.screen.table
        assert any("~" in table.render_line(y).text for y in range(1, table.size.height))


async def test_a_step_along_the_chains_of_a_finding(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        keys, chain = keys_of(trained, row), desk.screen.query_one(ChainView)
        assert f"chain 1 of {whole_of(row).chains}" in chain.text()
        await desk.press("comma")
        assert chain.row is not None
        assert chain.row.key == keys[0]
        await desk.press("full_stop")
        assert chain.row.key == keys[1]
        assert f"chain 2 of {whole_of(row).chains}" in chain.text()
        assert desk.screen.table.current == row  # the verdict's line is the same
        await wait_for(lambda: chain.story is not None and chain.story.key == keys[1], "its story", desk.pilot)
        await desk.press("comma")
        assert chain.row.key == keys[0]


async def test_into_a_finding_and_out_again(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.filter("score>0")
        row = await to_a_large_one(desk)
        keys = keys_of(trained, row)
        await desk.press("o")
        await wait_for(lambda: desk.screen.table.count == len(keys), "its chains", desk.pilot)
        assert [desk.row(position).key for position in range(len(keys))] == keys
        await desk.press("j", "b")
        await desk.written()
        assert desk.verdicts() == {keys[1]: "benign"}
        await desk.press("o")
        await wait_for(lambda: isinstance(desk.state.source, FindingSource), "the list it came from", desk.pilot)
        assert desk.state.view.wanted.min_score == 0
        assert desk.screen.table.current is not None
        assert desk.screen.table.current.key == row.key
        await desk.press("o")
        await wait_for(lambda: desk.screen.table.count == len(keys), "its chains again", desk.pilot)
        await desk.press("z")
        await wait_for(lambda: isinstance(desk.state.source, FindingSource), "findings", desk.pilot)


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
        await question(desk)
        await desk.press("a")
        await desk.written()
        await wait_for(lambda: set(desk.verdicts()) == keys, "all their chains", desk.pilot)
        await desk.press("u")
        await wait_for(lambda: desk.verdicts() == {}, "one undo", desk.pilot)


async def test_a_note_is_for_the_chain_that_is_shown(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        await desk.press("full_stop", "c")
        await wait_for(lambda: desk.app.screen is not desk.screen, "the note dialog", desk.pilot)
        await desk.press("h", "m", "ctrl+s")
        await wait_for(lambda: desk.verdicts() == {keys_of(trained, row)[1]: "undetermined"}, "one chain only", desk.pilot)


async def test_filters_orders_and_the_threshold(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        flagged = trained.workspace.queue.counts(CASE).findings
        await desk.press("a")
        await wait_for(lambda: desk.screen.table.count == flagged, "above the threshold", desk.pilot)
        await desk.press("a", "s")
        await wait_for(lambda: desk.state.coming is None and desk.state.view.order.name == "rarity", "sorted", desk.pilot)
        await wait_for(lambda: desk.screen.table.count == trained.workspace.findings.count(CASE), "all", desk.pilot)
        assert whole_of(desk.row(0)).processes == 1
        await desk.filter("finding:1")
        assert desk.screen.table.count == whole_of(trained.workspace.findings.get(CASE, 1)).chains
        assert not isinstance(desk.state.source, FindingSource)


async def test_marks_do_not_go_from_one_list_to_the_other(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        await desk.press("space", "z", "m")
        await desk.written()
        assert len(desk.verdicts()) == 1  # the line under the cursor, not what was marked as a finding


async def test_scores_without_findings_show_chains_and_say_why(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "w")
    samples.fill(workspace, [samples.event(number, number // 2 or None) for number in range(1, 9)], case=CASE)
    samples.score(workspace, CASE)
    async with triage(Services(workspace, CASE)) as desk:
        assert desk.screen.table.count == workspace.queue.count(CASE)
        await desk.press("o")
        assert desk.screen.table.count == workspace.queue.count(CASE)
        messages = [note.message for note in desk.app._notifications]
        assert any("no findings yet" in message or "not grouped" in message for message in messages)
    workspace.close()


async def test_a_question_that_has_nothing_to_ask_is_over(trained: Services) -> None:
    async with triage(trained, findings=True) as desk:
        row = await to_a_large_one(desk)
        await desk.press("d")
        await wait_for(lambda: "nothing of it has a verdict" in drawn(desk), "there is none to take away", desk.pilot)
        trained.workspace.labels.set(CASE, keys_of(trained, row), "benign")
        await desk.press("m")
        await wait_for(lambda: "all of it is decided" in drawn(desk), "there is none to give", desk.pilot)
        assert set(desk.verdicts().values()) == {"benign"}


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
