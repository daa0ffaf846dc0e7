"""The rows of an incident's tree without a screen: what folds, what opens, what a row says at any depth and width."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from engine.domain.marks import RuleMark
from store.base import ids
from tests.tui.rendered import width_of
from tui.actions.triage.incident_marks import IncidentMarks
from tui.screens.triage.incident import rows as module
from tui.screens.triage.incident.paint import TreeLook, ancestors, heading, painted
from tui.screens.triage.incident.rows import IncidentRows, RowKind
from tui.words.spans import fit, text_of
from tui.words.triage.lane_words import lasting


@dataclass
class One:
    process_id: int
    parent_id: int | None
    odd: bool = True
    score: float | None = 1.0
    depth: int = 0
    verdict: str | None = None
    above: bool = False


def process(number: int, **told: Any) -> SimpleNamespace:
    values = {
        "id": number, "path": f"/usr/bin/p{number}", "image": f"/usr/bin/p{number}", "command_line": f"p{number} -x",
        "user": "ann",
        "time_us": number, "pid": number, "placeholder": ids.is_placeholder(number), "chain_id": number, "confidence": 1.0,
        "marks": (),
    }  # fmt: skip
    return SimpleNamespace(**(values | told))


def story(covered: list[One], context: list[One] = [], folded: dict[int, int] | None = None, **told: Any) -> Any:  # noqa: B006
    known = {one.process_id: process(one.process_id, **told.get(f"p{one.process_id}", {})) for one in (*covered, *context)}
    incident = SimpleNamespace(
        place=1, lead=covered[-1].process_id, host=told.get("host", "web01"), processes=len(covered), first_us=0,
        last_us=140_000_000,
    )  # fmt: skip
    return SimpleNamespace(
        incident=incident, covered=tuple(covered), context=SimpleNamespace(processes=tuple(context), folded=folded or {}),
        processes=known, threshold=0.5, left=0,
    )  # fmt: skip


def lines(rows: IncidentRows, width: int = 80, **look: Any) -> list[str]:
    made = TreeLook(rows, lambda _: "18:16:36", **look)
    return [text_of(fit(painted(made, row, width, here=False), width)).rstrip() for row in rows.rows]


def test_everyday_siblings_share_a_row_that_opens_and_folds() -> None:
    rows = IncidentRows(story([One(10, 1), One(11, 10)], [One(1, None, above=True), One(2, 1), One(3, 1)], {1: 202}))
    assert [row.kind for row in rows.rows] == [RowKind.CONTEXT, RowKind.EVERYDAY, RowKind.COVERED, RowKind.COVERED]
    assert lines(rows)[1].endswith("├┄▸ 204 others like everyday: p2, p3 …")
    assert rows.open(rows.rows[1])
    assert [row.id for row in rows.rows if row.kind is RowKind.CONTEXT] == [1, 2, 3]
    assert sum("202 others like everyday" in line for line in lines(rows)) == 1
    assert rows.close(rows.rows[rows.place(2) or 0]) == 2
    assert len(rows.rows) == 4
    assert rows.judged == {10, 11}


@pytest.mark.parametrize(("count", "shared"), [(module.ALIKE, False), (module.ALIKE + 1, True)])
def test_many_of_one_kind_share_a_row_by_shape(count: int, shared: bool) -> None:
    alike = {"path": "/usr/bin/curl", "image": "/usr/bin/curl", "command_line": "curl -s http://x/1"}
    covered = [One(1, None), *(One(number, 1) for number in range(10, 10 + count)), One(9, 1)]
    made = story(covered, **{f"p{number}": alike for number in range(10, 10 + count)})
    rows = IncidentRows(made)
    assert len(rows.rows) == (3 if shared else count + 2)
    if shared:
        row = next(row for row in rows.rows if row.kind is RowKind.ALIKE)
        assert f"▸ {count} × curl -s" in lines(rows)[rows.rows.index(row)]
        assert rows.place(10) == rows.rows.index(row)
        assert lines(rows, covered=frozenset({10}))[rows.rows.index(row)].startswith("┃")
        assert rows.show(10) == rows.place(10)
        assert rows.rows[rows.place(10) or 0].alone
        assert rows.close(rows.rows[rows.place(10) or 0]) == 10
        assert len(rows.rows) == 3


def test_a_process_folds_what_is_below_it_and_is_left_upwards() -> None:
    rows = IncidentRows(story([One(1, None), One(2, 1), One(3, 2), One(4, 1)]))
    assert rows.close(rows.rows[1]) == 2
    assert [row.id for row in rows.rows] == [1, 2, 4]
    assert "▸ 1 below" in lines(rows)[1]
    assert rows.close(rows.rows[1]) == 1  # nothing more to fold: to the parent
    assert rows.place(3) is None
    assert rows.branch(2) == {2, 3}  # folded away, and covered all the same
    assert rows.show(3) == 2
    assert rows.open(rows.rows[0]) is False


def test_parents_that_go_around_in_a_circle_have_a_row_each() -> None:
    rows = IncidentRows(story([One(1, 3), One(2, 1), One(3, 2), One(4, None)]))
    assert sorted(row.id for row in rows.rows) == [1, 2, 3, 4]
    assert rows.branch(1) == {1, 2, 3}
    assert rows.above(3) == [2, 1, 3]  # and ends


def test_a_placeholder_is_covered_and_never_judged() -> None:
    ghost = ids.placeholders(1)[0]
    rows = IncidentRows(story([One(ghost, None), One(2, ghost)]))
    assert rows.judged == {2}
    assert rows.branch(ghost) == {2}
    assert "not in the log" in lines(rows)[0]


def test_a_marked_process_has_the_letter_of_its_highest_level() -> None:
    marks = (RuleMark("\x1b[31m", "critical"), RuleMark("a", "low"))
    rows = IncidentRows(story([One(1, None), One(2, 1)], p2={"marks": marks}))
    first, second = lines(rows)
    assert (first.endswith("p1 ›ann -x"), second.endswith("p2 σc -x")) == (True, True)
    assert "σ" not in first


def test_what_a_row_says_of_the_process() -> None:
    made = story(
        [One(1, None, verdict="malicious"), One(2, 1), One(3, 2, score=0.1)],
        p1={"image": "/usr/bin/dash", "path": "/usr/bin/dash", "command_line": "sh -c id"},
        p2={"image": "/dev/shm/.x", "path": "/dev/shm/.x", "command_line": None, "user": "root", "confidence": 0.6},
        p3={"user": "root"},
    )
    rows = IncidentRows(made)
    drawn = lines(rows, marks=IncidentMarks({2: 0.004}, frozenset({2})))
    assert drawn[0].endswith("M dash ›ann (sh) -c id")
    assert drawn[1].startswith(" ▲▲▲ 18:16:36")
    assert "/dev/shm/.x ?60 % ⇡root" in drawn[1]
    look = TreeLook(rows, lambda _: "", IncidentMarks(telling=frozenset({2})))
    roles = [dict(painted(look, row, 80, here=False)) for row in rows.rows]
    assert (roles[0]["dash"], roles[1]["/dev/shm/.x"], roles[2]["p3"]) == ("strong", "telling", "")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_however_deep_a_row_is_its_name_is_whole_and_no_wider_than_the_pane(width: int) -> None:
    rows = IncidentRows(story([One(number, number - 1 or None) for number in range(1, 120)]))
    for row, line in zip(rows.rows, lines(rows, width), strict=True):
        assert f"p{row.id}" in line
        assert width_of([(line, "")]) <= width
    assert "‹118›" in lines(rows, width)[-1]
    look = TreeLook(rows, lambda _: "")
    assert ancestors(look, rows.rows[20], 30) == "…p16 › p17 › p18 › p19 › p20"
    assert ancestors(look, rows.rows[0], 30) == ""


def test_the_title_has_host_and_account_whole_before_it_loses_their_domains() -> None:
    user = {"user": "CORP\\ann"}
    look = TreeLook(IncidentRows(story([One(1, None), One(2, 1)], host="web01.example.com", p1=user, p2=user)), lambda _: "")
    told = [heading(look, lambda _: "2026-03-03T18:16:36Z", room) for room in (80, 65, 60, 50, 45, 36)]
    tail = "2 processes in 2 min 20 s"
    assert told == [
        f"web01.example.com · CORP\\ann · 03-03 18:16:36 · {tail}", f"web01 · CORP\\ann · 03-03 18:16:36 · {tail}",
        f"web01 · ann · 03-03 18:16:36 · {tail}", f"web01 · ann · 03-03 · {tail}", f"web01 · ann · {tail}", f"web01 · {tail}",
    ]  # fmt: skip


def test_the_title_loses_the_time_then_the_day_then_the_account() -> None:
    look = TreeLook(IncidentRows(story([One(1, None), One(2, 1)])), lambda _: "")

    def when(_: int | None) -> str:
        return "2026-03-03T18:16:36Z"

    told = [heading(look, when, room) for room in (60, 54, 50, 44, 40)]
    assert told == [
        "web01 · ann · 03-03 18:16:36 · 2 processes in 2 min 20 s", "web01 · ann · 03-03 18:16 · 2 processes in 2 min 20 s",
        "web01 · ann · 03-03 · 2 processes in 2 min 20 s", "web01 · ann · 2 processes in 2 min 20 s",
        "web01 · ann · 2 processes in 2 min 20 s",
    ]  # fmt: skip
    assert heading(look, when, 34) == "web01 · 2 processes in 2 min 20 s"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, ""), (1, "1 s"), (140, "2 min 20 s"), (3_600, "1 h"), (90_000, "1 d 1 h"), (7_260, "2 h 1 min")]
)
def test_how_long_it_lasted(seconds: int, said: str) -> None:
    assert lasting(0, seconds * 1_000_000) == said
    assert lasting(None, 1) == ""


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (r"C:\Diagnostics\UserTmp\cmd.exe", r"C:\Diagnostics\UserTmp\cmd.exe"),
        (r"C:\Users\Public\Documents\UserTmp\rundll32.exe", r"C:\…\UserTmp\rundll32.exe"),
        ("/var/tmp/.a/b/c/d/e/f/g/kworker-with-a-long-name", "/…/g/kworker-with-a-long-name"),
        ("a" * 60 + "/b", "a" * 33 + "…/b"),
    ],
)
def test_a_directory_that_does_not_go_without_saying_stays(image: str, said: str) -> None:
    rows = IncidentRows(story([One(1, None)], p1={"image": image, "path": image.lower(), "command_line": None}))
    assert said in lines(rows, width=120)[0]
