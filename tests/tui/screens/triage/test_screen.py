"""Triage by keys: what each does to the store, and where the cursor goes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.base.views import QueueRow
from store.queue.finding_positions import FindingSource
from store.workspace import open_workspace
from tests.tui.conftest import CASE, opened
from tests.tui.rendered import rows_of
from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.layout import Page
from tui.screens.triage.screen import TriageScreen
from tui.screens.triage.state import TriageState
from tui.screens.triage.why.evidence_view import EvidenceView
from tui.widgets.scope_line import ScopeLine
from tui.words.spans import text_of


class Desk:
    """A running triage screen and shorthands for what it shows and what the store holds."""

    def __init__(self, app: OddkinApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> TriageScreen:
        screen = self.app.mode_screens["triage"]
        assert isinstance(screen, TriageScreen)
        return screen

    @property
    def state(self) -> TriageState:
        return self.screen.state

    @property
    def cursor(self) -> int:
        return self.screen.table.cursor

    def row(self, position: int) -> QueueRow:
        row = self.screen.table.row(position)
        assert row is not None
        return row

    def verdicts(self) -> dict[str, str]:
        return {label.chain_key: label.verdict for label in self.app.services.workspace.labels.current(CASE)}

    def said(self) -> str:
        return text_of(self.screen.query_one(ScopeLine).last)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def written(self) -> None:
        await wait_for(lambda: not self.screen.desk.pending, "verdicts are written", self.pilot)

    async def filter(self, line: str, count: int | None = None) -> None:
        before = self.state.source
        await self.press("slash")
        self.screen.query_one("FilterBar Input").value = line  # type: ignore[attr-defined]
        await self.press("enter")
        await wait_for(lambda: self.state.source is not before and self.state.coming is None, f"filtered by {line}", self.pilot)
        if count is not None:
            assert self.screen.table.count == count


@asynccontextmanager
async def triage(
    services: Services, size: tuple[int, int] = (120, 36), *, findings: bool = False, notifications: bool = False
) -> AsyncIterator[Desk]:
    """With the list of chains, unless findings are asked for."""
    app = OddkinApp(services, start_mode="triage")
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await wait_for(
            lambda: "triage" in app.mode_screens and app.mode_screens["triage"].is_mounted, "the screen is there", pilot
        )
        desk = Desk(app, pilot)
        if isinstance(desk.state.source, FindingSource) != findings:
            await desk.press("v", "g")
        yield desk


@pytest.mark.parametrize(
    ("key", "verdict"), [("m", "malicious"), ("b", "benign"), ("f", "false_positive"), ("o", "undetermined")]
)
async def test_a_verdict_by_one_key_says_what_it_covers_and_goes_on(trained: Services, key: str, verdict: str) -> None:
    async with triage(trained) as desk:
        row = desk.row(0)
        await desk.press(key)
        await desk.written()
        assert desk.verdicts() == {row.key: verdict}
        assert desk.cursor == 1
        assert desk.row(0).verdict == verdict
        assert "process" in desk.said()
        assert f"on {row.host_count} host" in desk.said()
        assert "u takes it back" in desk.said()


async def test_three_quick_keys_are_three_chains(trained: Services) -> None:
    async with triage(trained) as desk:
        keys = [desk.row(position).key for position in range(3)]
        await desk.press("m", "b", "m")
        await desk.written()
        assert desk.verdicts() == dict(zip(keys, ("malicious", "benign", "malicious"), strict=True))


async def test_goes_to_the_next_undecided_and_from_the_end_to_the_top(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("j", "m", "g", "b")
        await desk.written()
        assert desk.cursor == 2
        await desk.press("G", "m")
        await wait_for(lambda: desk.state.waiting is not None and desk.state.waiting.shown, "many processes", desk.pilot)
        await desk.press("A")
        await desk.written()
        await wait_for(lambda: desk.cursor == 2, "back to the first undecided", desk.pilot)
        await desk.press("G", "N")
        await wait_for(lambda: desk.cursor == desk.screen.table.count - 2, "the one before without a verdict", desk.pilot)


async def test_clearing_undo_and_redo(trained: Services) -> None:
    async with triage(trained) as desk:
        first = desk.row(0).key
        await desk.press("m", "g", "delete")
        await desk.written()
        assert desk.verdicts() == {}
        await desk.press("u")
        await wait_for(lambda: desk.verdicts() == {first: "malicious"}, "the clearing is undone", desk.pilot)
        await desk.press("u")
        await wait_for(lambda: desk.verdicts() == {}, "the verdict is undone", desk.pilot)
        assert desk.cursor == 0
        assert "undone" in desk.said()
        await desk.press("ctrl+r")
        await wait_for(lambda: desk.verdicts() == {first: "malicious"}, "redone", desk.pilot)
        await desk.press("ctrl+r", "ctrl+r")
        await wait_for(lambda: "nothing to redo" in desk.said(), "nothing more to redo", desk.pilot)


async def test_undo_works_after_a_restart(trained_template: Path, tmp_path: Path) -> None:
    shutil.copytree(trained_template, tmp_path / "workspace")
    for expected, keys in ((2, ("m", "m")), (1, ("u",)), (2, ("ctrl+r",))):
        services = opened(tmp_path / "workspace", CASE)
        async with triage(services) as desk:
            await desk.press(*keys)
            await wait_for(lambda desk=desk, expected=expected: len(desk.verdicts()) == expected, f"{expected} hold", desk.pilot)
        services.workspace.close()


async def test_leaving_at_once_loses_no_verdict(trained: Services) -> None:
    async with triage(trained) as desk:
        desk.screen.verdicts.action_verdict("malicious")
        desk.screen.verdicts.action_verdict("benign")
        desk.app.exit()  # in the same turn of the loop: nothing can have been written yet
    assert len(trained.workspace.labels.current(CASE)) == 2


async def test_marks_get_one_verdict_together_and_one_undo(trained: Services) -> None:
    async with triage(trained) as desk:
        keys = {desk.row(position).key for position in (0, 1, 3)}
        await desk.press("space", "space", "j", "space")
        assert set(desk.state.marks) == keys
        line = desk.screen.query_one(ScopeLine)
        assert text_of(line.ladder).startswith("[marked 3")
        await desk.press("space", "k", "space", "b")
        await wait_for(lambda: desk.state.waiting is not None and desk.state.waiting.shown, "several hosts", desk.pilot)
        await desk.press("A")
        await desk.written()
        assert set(desk.verdicts()) >= keys - {desk.row(4).key}
        await wait_for(lambda: "benign: " in desk.said(), "what they cover", desk.pilot)
        assert not desk.state.marks
        await desk.press("u")
        await wait_for(lambda: desk.verdicts() == {}, "all undone at once", desk.pilot)


async def test_a_note_is_kept_through_a_verdict(trained: Services) -> None:
    async with triage(trained) as desk:
        row = desk.row(0)
        trained.workspace.labels.set(CASE, [row.key], "undetermined", author="ada")
        await desk.press("c")
        await wait_for(lambda: desk.app.screen is not desk.screen, "the note dialog", desk.pilot)
        await desk.press("o", "d", "d", "ctrl+s")
        await wait_for(lambda: "note kept" in desk.said(), "note kept", desk.pilot)
        await wait_for(lambda: "“ odd" in desk.screen.query_one(ChainView).text(), "the note is shown", desk.pilot)
        await desk.press("g", "m")
        await wait_for(lambda: desk.state.waiting is not None and desk.state.waiting.shown, "it has a verdict", desk.pilot)
        assert "m on 2 processes? they are undetermined, by ada" in rows_of(desk.screen.query_one(ScopeLine))[0]
        await desk.press("A")
        await desk.written()
        label = trained.workspace.labels.of_chain(CASE, row.key)
        assert label is not None
        assert (label.verdict, label.note, label.author) == ("malicious", "odd", "ada")


async def test_a_note_decides_nothing(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("c")
        await wait_for(lambda: "not decided: a note goes with a verdict" in desk.said(), "what to do first", desk.pilot)
        assert desk.app.screen is desk.screen
        assert trained.workspace.labels.history(CASE) == ()


async def test_filters_by_words_and_keys(trained: Services) -> None:
    async with triage(trained) as desk:
        total = desk.screen.table.count
        await desk.press("m", "m")
        await desk.written()
        await desk.filter("verdict:malicious", 2)
        await desk.press("escape")
        assert desk.screen.table.count == total
        await desk.filter("verdict:undecided", total - 2)
        row = desk.row(0)
        await desk.press("m")
        await desk.written()
        assert desk.row(0).key == row.key  # it stays in its place …
        await desk.press("r")
        await wait_for(lambda: desk.screen.table.count == total - 3, "… until the filter is applied anew", desk.pilot)
        await desk.press("escape", "z")
        flagged = trained.workspace.queue.counts(CASE).flagged
        await wait_for(lambda: desk.screen.table.count == flagged, "above the threshold only", desk.pilot)


async def test_sort_cycles_and_reverses(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("s")
        await wait_for(lambda: desk.screen.queue.rule.right == "order: rank", "the detector's own", desk.pilot)
        await desk.press("s")
        await wait_for(lambda: rows_of(desk.screen.queue.rule)[0].endswith(" order: rarity ━━"), "by rarity", desk.pilot)
        await wait_for(lambda: desk.state.source is not None and desk.state.source.order.name == "rarity", "sorted", desk.pilot)
        assert desk.row(0).count == 1
        await desk.press("S")
        await wait_for(lambda: desk.row(0).count > 1, "most frequent first", desk.pilot)


async def test_steps_occurrences_zoom_and_back(trained: Services) -> None:
    async with triage(trained) as desk:
        chain, evidence = desk.screen.query_one(ChainView), desk.screen.query_one(EvidenceView)
        position = next(p for p in range(desk.screen.table.count) if len(desk.row(p).steps) > 2 and desk.row(p).count > 2)
        desk.screen.table.cursor = position
        await wait_for(lambda: chain.story is not None and chain.story.key == desk.row(position).key, "the story", desk.pilot)
        assert chain.step == desk.row(position).worst_step
        await desk.press("tab", "j", "j", "j", "k")
        assert chain.step == max(0, min(desk.row(position).worst_step + 3, len(desk.row(position).steps) - 1) - 1)
        await desk.press("full_stop")
        await wait_for(lambda: chain.story is not None and chain.story.sample == 1, "the next occurrence", desk.pilot)
        await desk.press("comma")
        await wait_for(lambda: chain.story is not None and chain.story.sample == 0, "the first again", desk.pilot)
        assert "Signals" in evidence.text()
        assert "Occurrences" in evidence.text()
        await desk.press("enter")
        assert desk.screen.pages.page is Page.STORY
        await wait_for(lambda: not desk.screen.table.region, "the chain has the page", desk.pilot)
        await desk.press("J")
        assert desk.cursor == position + 1
        await desk.press("K", "enter")
        await wait_for(lambda: not chain.region, "why has the page", desk.pilot)
        await desk.press("escape", "escape")
        await wait_for(lambda: bool(desk.screen.table.region), "all panes", desk.pilot)
        assert desk.app.focused is desk.screen.table


async def test_export_of_marked_and_of_filtered_chains(trained: Services, tmp_path: Path) -> None:
    async with triage(trained) as desk:
        marked = {desk.row(0).key, desk.row(1).key}
        await desk.press("m", "g", "space", "space")
        for name, wanted in (("marked.csv", marked), ("filtered.csv", {desk.row(0).key})):
            if name == "filtered.csv":
                await desk.press("escape")
                await desk.filter("verdict:malicious", 1)
            await desk.press("e")
            await wait_for(lambda: desk.app.screen is not desk.screen, "the export dialog", desk.pilot)
            desk.app.screen.query_one("Input").value = str(tmp_path / name)  # type: ignore[attr-defined]
            await desk.press("enter")
            target = tmp_path / name
            await wait_for(lambda target=target: target.exists() and desk.screen.runner.running is None, "written", desk.pilot)
            with target.open(newline="") as stream:
                assert {row["chain_id"] for row in csv.DictReader(stream)} == wanted


async def test_without_a_model_the_next_key_is_told(ingested: Services) -> None:
    async with triage(ingested) as desk:
        await desk.press("v", "z", "full_stop", "comma", "x", "X", "V", "N")
        assert "press r" in text_of(desk.screen.table.empty)
        await desk.press("m", "A", "delete", "c", "space", "asterisk", "u", "n", "t", "enter", "enter", "escape", "s", "v", "r")
        assert desk.verdicts() == {}


async def test_without_a_case_the_next_key_is_told(empty: Services) -> None:
    async with triage(empty) as desk:
        assert "press 1" in text_of(desk.screen.table.empty)


async def test_comes_from_the_tree_to_a_chain_that_the_filter_hides(trained: Services) -> None:
    async with triage(trained) as desk:
        key = desk.row(30).key
        await desk.filter("verdict:malicious", 0)
        desk.screen.show_chain(key)
        await wait_for(
            lambda: desk.screen.table.current is not None and desk.screen.table.current.key == key, "there", desk.pilot
        )


async def test_hostile_names_are_shown_and_harmless(tmp_path: Path) -> None:
    from tests.store import samples

    workspace = open_workspace(tmp_path / "hostile")
    names = [f"C:\\x\\{number}{text}" for number, text in enumerate(samples.HOSTILE)]
    events = [
        samples.event(number, host=text or "H", image=names[number - 1], command_line=text, user=text)
        for number, text in enumerate(samples.HOSTILE, start=1)
    ]
    samples.fill(workspace, events, case=CASE)
    samples.score(workspace, CASE)
    services = Services(workspace, CASE)
    async with triage(services) as desk:
        chain, evidence = desk.screen.query_one(ChainView), desk.screen.query_one(EvidenceView)
        for position in range(desk.screen.table.count):
            desk.screen.table.cursor = position
            key = desk.row(position).key
            await wait_for(lambda key=key: chain.story is not None and chain.story.key == key, "the story", desk.pilot)
            for widget in (desk.screen.table, chain, evidence):
                drawn = "".join(widget.render_line(y).text for y in range(widget.size.height))
                assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066" for char in drawn)
    workspace.close()


async def test_verdicts_do_not_make_hidden_screens_read(trained: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.screens.case import screen as case_screen

    read: list[str | None] = []
    load = case_screen.load_case
    monkeypatch.setattr(case_screen, "load_case", lambda workspace, case: (read.append(case), load(workspace, case))[1])
    async with triage(trained) as desk:
        await desk.press("1")
        await wait_for(lambda: len(read) == 1, "read when it is opened", desk.pilot)
        await desk.press("4", "m", "b", "m")
        await desk.written()
        await wait_for(
            lambda: desk.app.services.summary is not None and desk.app.services.summary.labels == 3, "counted", desk.pilot
        )
        assert len(read) == 1
        await desk.press("1")
        await wait_for(lambda: len(read) == 2, "read once when it is shown again", desk.pilot)
