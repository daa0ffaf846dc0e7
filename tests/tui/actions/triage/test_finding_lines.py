"""Lines of the list over a whole simulated case: what is never cut, what a line costs, what its letters mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event as sql_event

from store.base.views import QueueRow
from store.queue import line_facts
from store.verdicts.subject import OfFinding, OfProcess
from store.workspace import Workspace
from tests.tui.conftest import CASE
from tui.actions.triage.finding_lines import letter, lines, strength, telling_most
from tui.words.spans import cells, text_of
from tui.words.triage.finding_line import FindingLine
from tui.words.triage.finding_row import CHOSEN, TITLES, RowLook, row_cells, short_time
from tui.words.triage.phrases import WIDEST, by_statistics
from tui.words.words import base, when

WIDTHS = (60, 79, 80, 99, 100, 120, 139, 140, 160, 200)


def listed(workspace: Workspace, limit: int = 1_000) -> list[tuple[QueueRow, FindingLine]]:
    rows = workspace.findings.page(CASE, limit=limit)
    return list(zip(rows, lines(workspace, CASE, rows), strict=True))


@contextmanager
def counted(workspace: Workspace) -> Iterator[list[str]]:
    said: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    sql_event.listen(workspace.engine, "before_cursor_execute", told)
    try:
        yield said
    finally:
        sql_event.remove(workspace.engine, "before_cursor_execute", told)


@pytest.mark.parametrize("width", WIDTHS)
def test_phrase_and_program_are_whole_and_no_line_is_wider(workspace: Workspace, width: int) -> None:
    look = RowLook(when)
    found = listed(workspace)
    assert len(found) > 20
    for row, line in found:
        shown = text_of(row_cells(line, width, look))
        assert cells(shown) == width
        assert line.why in shown
        assert 0 < cells(line.why) <= WIDEST
        if width >= 80:
            # Real services have names of more than fifty letters (Intune's): of these the end is what tells.
            name = base(line.command[0][0])
            assert (name if cells(name) <= 40 else name[-24:]) in shown, (row.whole, shown)


@pytest.mark.parametrize("columns", [tuple(TITLES), (), ("score", "hosts"), ("technique", "place", "chance", "last")])
@pytest.mark.parametrize("width", [60, 120, 200])
def test_any_choice_of_columns_fits(workspace: Workspace, columns: tuple[str, ...], width: int) -> None:
    for _row, line in listed(workspace, 40):
        assert cells(text_of(row_cells(line, width, RowLook(when, columns)))) == width


@pytest.mark.parametrize(("width", "least"), [(80, 24), (100, 28), (120, 28), (140, 28), (160, 28)])
def test_with_all_columns_the_command_has_room_and_lines_stay_in_columns(workspace: Workspace, width: int, least: int) -> None:
    look, places = RowLook(when, tuple(TITLES)), set()
    for _row, line in listed(workspace, 40):
        tool = replace(line, parent="", command=(("tool.exe", "strong"), (" " + "x" * 200, "")))
        shown = text_of(row_cells(tool, width, look))
        places.add(shown.index("tool.exe"))
        assert cells(shown[shown.index("tool.exe") :].partition("…")[0] + "…") >= least
        # A name that takes the room of the columns beside it leaves those before them where they are.
        long = replace(tool, command=(("n" * 24 + ".exe", "strong"),))
        assert text_of(row_cells(long, width, look))[4:].startswith(short_time(when(line.time_us), days=width >= 100))
    assert len(places) == 1


def test_chains_have_the_same_lines(workspace: Workspace) -> None:
    rows = workspace.queue.page(CASE, limit=60)
    found = lines(workspace, CASE, rows)
    assert [line.processes for line in found] == [row.count for row in rows]
    assert found[0].strength == 8
    for row, line in zip(rows, found, strict=True):
        facts = line_facts.of_chains(workspace, CASE, [row.chain_id])[row.chain_id]
        assert {one.path for one in facts.processes} == {row.steps[-1]}
        assert line.process in {one.id for one in facts.processes}


def test_a_page_takes_as_many_queries_as_one_line(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_facts, "SELECTS", 150)  # a page and more, as it is where no test makes it small
    rows = workspace.findings.page(CASE, limit=40)
    with counted(workspace) as one:
        lines(workspace, CASE, rows[:1])
    with counted(workspace) as many:
        lines(workspace, CASE, rows)
    assert len(many) == len(one)


def test_the_command_is_of_the_odd_process_that_a_table_says_most_of(workspace: Workspace) -> None:
    rows = [row.whole for row in workspace.findings.page(CASE, limit=60) if row.whole is not None]
    facts = line_facts.of_findings(workspace, CASE, [whole.number for whole in rows])
    said = 0
    for whole, line in listed(workspace, 60):
        assert whole.whole is not None
        shown, told = telling_most(facts[whole.whole.number])
        assert line.process == shown.id
        said += told is not None
        if told is None:
            assert shown == facts[whole.whole.number].processes[0]
        else:
            assert line.why == told.phrase
            assert line.technique == (told.techniques[0] if told.techniques else "")
    assert said


def test_letters_are_those_of_the_keys(workspace: Workspace) -> None:
    assert [letter(word) for word in ("malicious", "benign", "false_positive", "undetermined", None, "of a newer one")] == [
        "M", "B", "F", "O", "", "*",
    ]  # fmt: skip
    wholes = [row.whole for row in workspace.findings.page(CASE, limit=40) if row.whole is not None]
    workspace.labels.give(CASE, OfFinding(wholes[0].number), "malicious", author="eve")
    partly = next(whole for whole in wholes[1:] if whole.odd > 1)
    workspace.labels.give(CASE, OfProcess(partly.lead), "benign", author="eve")
    shown = {row.whole.number: line.verdicts for row, line in listed(workspace, 40) if row.whole is not None}
    assert shown[wholes[0].number] == "M"
    assert shown[partly.number] == "*"
    assert set(shown.values()) == {"M", "*", ""}


def test_blocks_are_of_the_highest_score() -> None:
    assert [strength(score, 8.0) for score in (8.0, 4.0, 0.1, 0.0, -1.0)] == [8, 4, 1, 0, 0]
    assert strength(1.0, 0.0) == 0


def test_times_lose_the_day_and_the_second() -> None:
    assert short_time("2026-03-03T18:16:36Z", days=True) == "03-03 18:16"
    assert short_time("2026-03-03T18:16:36+02:00", days=False) == "18:16"
    assert short_time("", days=True) == ""


def test_only_statistics_speak() -> None:
    assert by_statistics({"window_rarity": 0.001, "prior": 0.5}, 2) == "rare pair on few hosts"
    assert by_statistics({"window_rarity": 0.001, "prior": 0.5}, 40) == "rare pair"
    assert by_statistics({"reconstruction_worst": 0.001, "window_rarity": 0.4}, 2) == "rebuilt badly"
    assert by_statistics({}, 1) == "rare chain"


def test_what_nobody_chose_is_the_usual(workspace: Workspace) -> None:
    assert set(CHOSEN) < set(TITLES)
