"""Triage while verdicts re-order the queue: what moves, what stays under the reader, what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import ModelCorrupt
from engine.jobs.relearn import prepare
from engine.progress import Run
from engine.verdicts.queue import Effect
from engine.verdicts.shapes import VariantShapes
from store.base.views import LearntPlace, QueueRow
from store.export.rows import MOVED_WORDS
from store.queue import verdict_effects
from store.queue.finding_positions import FindingSource
from store.queue.order import LEARNT, RANK
from store.where.members import MOVED
from tests.tui.conftest import CASE
from tests.tui.screens.triage.test_findings import BUDGET
from tests.tui.screens.triage.test_screen import Desk, triage
from tests.tui.waiting import wait_for
from tui.runtime.services import Services
from tui.screens.triage.chain_view import ChainView
from tui.screens.triage.effects_dialog import EffectsPane, LabelEffectsDialog
from tui.words import effect_words as words
from tui.words import learnt_words


@pytest.fixture
def alike(trained: Services) -> Iterator[list[str]]:
    """Keys of several chains of one shape, best rank first, none of them first in the queue."""
    base = prepare(CASE, trained.workspace.teaching, trained.workspace.vault, Run())
    shape, chain = VariantShapes.of(base.features.shapes, base.base.variants).of_variant, base.features.chain
    alone = np.bincount(chain)[chain] == 1  # a chain of several kinds of command line is of several shapes
    numbers, counts = np.unique(shape[alone], return_counts=True)
    for number in numbers[np.argsort(-counts)].tolist():
        rows = chain[(shape == number) & alone]
        if len(rows) < int((shape == number).sum()):
            continue
        rows = rows[np.argsort(base.base.rank[rows])]
        if 2 < len(rows) < 30 and base.base.rank[rows[0]] > 3:
            yield [base.base.corpus.keys[row] for row in rows.tolist()]
            return
    pytest.fail("no shape has several chains")


async def learnt(desk: Desk, event: int) -> None:
    """The list follows the verdicts up to a label event."""

    def there() -> bool:
        index = desk.app.services.workspace.learnt.index(CASE)
        screen = desk.screen
        return index is not None and index.event >= event and not screen.state.learning and screen.state.coming is None

    await wait_for(there, f"learnt from label event {event}", desk.pilot)
    await desk.pilot.pause()


def shown(desk: Desk) -> list[QueueRow]:
    source = desk.state.source
    assert source is not None
    return list(source.rows(0, source.count()))


def keys_of(rows: list[QueueRow]) -> list[str]:
    return [row.key for row in rows]


async def to(desk: Desk, key: str) -> int:
    source = desk.state.source
    assert source is not None
    position = source.position(source.rank_of(key) or 0)
    assert position is not None
    desk.screen.table.cursor = position
    await desk.pilot.pause()
    return position


async def test_a_false_positive_puts_its_shape_aside_and_nothing_moves_under_the_reader(
    trained: Services, alike: list[str]
) -> None:
    async with triage(trained) as desk:
        before = keys_of(shown(desk))
        position = await to(desk, alike[0])
        await desk.press("f")
        top = round(desk.screen.table.scroll_y)
        await desk.written()
        await learnt(desk, 1)
        rows = shown(desk)
        assert keys_of(rows)[: position + 2] == before[: position + 2]
        assert (desk.cursor, round(desk.screen.table.scroll_y)) == (position + 1, top)
        behind = [row.key for row in rows[-(len(alike) - 1) :]]
        asides = [key for key in alike[1:] if before.index(key) > position + 1]
        assert set(asides) <= set(behind)
        assert all(
            row.learnt is not None and row.learnt.effect == Effect.SUPPRESSED_SHAPE for row in rows if row.key in alike[1:]
        )
        subtitle = desk.screen.queue.rule.right
        assert "order: learnt" in subtitle
        assert f"{len(alike) - 1} × out" in subtitle
        await desk.filter("is:suppressed", len(alike) - 1)
        assert {row.key for row in shown(desk)} == set(alike[1:])
        assert any("×" in desk.screen.table.render_line(y).text for y in range(1, 5))
        chain = desk.screen.query_one(ChainView)

        def said() -> str:
            return " ".join(chain.text().split())  # however the pane breaks its lines

        await wait_for(lambda: "by ada), a false positive" in said(), "who called what a false positive", desk.pilot)
        assert "put aside: same shape as" in said()
        await desk.press("escape")
        await wait_for(lambda: desk.screen.table.count == len(before), "all again", desk.pilot)


async def test_undo_brings_the_very_same_list_back(trained: Services, alike: list[str]) -> None:
    async with triage(trained) as desk:
        before = keys_of(shown(desk))
        await to(desk, alike[0])
        await desk.press("f")
        await desk.written()
        await learnt(desk, 1)
        assert keys_of(shown(desk)) != before
        await desk.press("u")
        learning = desk.app.services.workspace.learnt
        await wait_for(
            lambda: learning.index(CASE) is None and keys_of(shown(desk)) == before, "the detector's again", desk.pilot
        )
        assert "back in" in desk.screen.queue.rule.right


async def test_malicious_raises_its_shape_to_what_comes_next(trained: Services, alike: list[str]) -> None:
    async with triage(trained) as desk:
        await desk.press("g", "o")  # a place above, so that the reader is not at the top
        position = await to(desk, alike[0])
        await desk.press("m")
        await desk.written()
        await learnt(desk, 2)
        after = keys_of(shown(desk))
        raised = [key for key in alike[1:] if key not in after[: position + 2]]
        assert set(after[position + 2 : position + 2 + len(raised)]) == set(raised)
        assert any("↑" in desk.screen.table.render_line(y).text for y in range(1, desk.screen.table.size.height))


async def test_findings_are_shown_by_the_chain_that_leads_them_now(trained: Services, alike: list[str]) -> None:
    trained.workspace.thresholds.move(CASE, BUDGET)  # a verdict on the first finding is not asked about
    async with triage(trained, findings=True) as desk:
        trained.workspace.labels.set(CASE, [alike[0]], "false_positive", author="ada")
        await desk.press("g", "o")
        await desk.written()
        await learnt(desk, 1)
        await desk.press("r")
        await wait_for(lambda: desk.state.coming is None, "applied anew", desk.pilot)
        assert isinstance(desk.state.source, FindingSource)
        for row in shown(desk):
            assert row.learnt is not None
            assert row.whole is not None
            with trained.workspace.read() as connection:
                query = "SELECT rank FROM finding_chain WHERE set_id = ? AND finding = ? AND odd > 0"
                odd = {rank for (rank,) in connection.exec_driver_sql(query, (row.whole.set_id, row.whole.number))}
            assert row.rank in odd  # of its own odd part, whatever else the chain is part of


async def test_the_orders_to_ask_in(trained: Services) -> None:
    async with triage(trained) as desk:
        await desk.press("s")
        await wait_for(lambda: desk.state.view.order is RANK and desk.state.coming is None, "nothing has been taught", desk.pilot)
        await desk.press("m", "f")
        await desk.written()
        await learnt(desk, 2)
        desk.screen.queue.change(replace(desk.state.view, order=LEARNT))
        await desk.press("s")
        await wait_for(lambda: "order: diverse" in desk.screen.queue.rule.right, "diverse", desk.pilot)
        ends = [row.steps[-2:] for row in shown(desk)[:10]]
        assert len(set(ends)) == len(ends)
        await desk.press("s")
        await wait_for(lambda: desk.state.view.order is RANK and desk.state.coming is None, "the detector's own", desk.pilot)
        assert [row.rank for row in shown(desk)] == list(range(1, desk.screen.table.count + 1))


async def test_what_all_verdicts_did(trained: Services, alike: list[str]) -> None:
    async with triage(trained) as desk:
        await desk.press("L")
        await wait_for(lambda: isinstance(desk.app.screen, LabelEffectsDialog), "the dialog", desk.pilot)
        pane = desk.app.screen.query_one(EffectsPane)
        await wait_for(lambda: "No verdict has taught" in pane.text(), "nothing yet", desk.pilot)
        await desk.press("escape")
        await to(desk, alike[0])
        await desk.press("f", "g", "m")
        await desk.written()
        await learnt(desk, 2)
        await desk.press("L")
        await wait_for(lambda: isinstance(desk.app.screen, LabelEffectsDialog), "the dialog", desk.pilot)
        pane = desk.app.screen.query_one(EffectsPane)
        await wait_for(lambda: "Put aside" in pane.text(), "what was put aside", desk.pilot)
        assert "50%" in pane.text()
        assert "after 2 decisions" in pane.text()


async def test_a_stale_queue_is_re_ordered_when_the_case_is_opened(trained: Services, alike: list[str]) -> None:
    trained.workspace.labels.set(CASE, [alike[0]], "false_positive")
    async with triage(trained) as desk:
        await learnt(desk, 1)
        await wait_for(lambda: desk.state.view.order is LEARNT and "order: learnt" in desk.screen.queue.rule.right, "learnt")
        assert {row.key for row in shown(desk)[-len(alike) :]} == set(alike)


async def test_another_order_keeps_its_rows_and_gets_new_marks(trained: Services, alike: list[str]) -> None:
    async with triage(trained) as desk:
        await desk.press("s", "s")
        await wait_for(lambda: desk.state.coming is None and "rarity" in desk.screen.queue.rule.right, "by rarity")
        before = keys_of(shown(desk))
        await to(desk, alike[0])
        await desk.press("f")
        await desk.written()
        await learnt(desk, 1)
        assert keys_of(shown(desk)) == before
        assert {row.key for row in shown(desk) if row.learnt and row.learnt.effect == Effect.SUPPRESSED_SHAPE} == set(alike[1:])


async def test_a_verdict_is_kept_where_nothing_can_be_learnt(trained: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_all: object, **_more: object) -> None:
        raise ModelCorrupt("The rules of [red]the model\x1b are gone.")

    monkeypatch.setattr("engine.jobs.relearn.prepare", damaged)
    async with triage(trained) as desk:
        before = keys_of(shown(desk))
        await desk.press("m")
        await desk.written()
        await wait_for(lambda: len(desk.app._notifications) > 0, "it is told", desk.pilot)
        assert "are gone" in next(iter(desk.app._notifications)).message
        assert desk.verdicts() == {before[0]: "malicious"}
        assert keys_of(shown(desk)) == before
        assert not desk.state.learning


def test_every_effect_has_words() -> None:
    assert set(Effect) == set(MOVED_WORDS)
    moved = {effect for effects in MOVED.values() for effect in effects}
    assert moved == set(learnt_words.GLYPHS)
    for effect in Effect:
        assert bool(learnt_words.why_words(LearntPlace(1, None, None, None, effect.value, 0, ""))) == (effect in moved)
    assert verdict_effects.WINDOW == words.WINDOW
