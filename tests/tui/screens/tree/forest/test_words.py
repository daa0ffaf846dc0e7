"""What a line and a card say, and how a question is read."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.marks import MarkOrigin, RuleMark
from store.processes.forest import ForestPages, ForestRow, HostRow
from tests.store.samples import HOSTILE
from tests.tui.rendered import width_of
from tests.tui.screens.tree.forest.family import CASE, host_row, pid_id
from tui.actions.process_card import process_card
from tui.runtime.services import Services
from tui.screens.tree.forest.card_lines import card_lines
from tui.screens.tree.forest.nodes import Kind, Node, TreeLine
from tui.screens.tree.forest.paint import arguments, header, layout, link_text, painted
from tui.words.spans import fit, text_of
from tui.words.words import when

WIDTHS = (20, 40, 58, 66, 78, 118, 150, 198)


def row(**more: object) -> ForestRow:
    values: dict[str, object] = {
        "id": (1 << 32) + 5, "parent": 1 << 32, "time_us": 1_700_000_000_000_000, "pid": 4, "path": "c:\\a\\cmd.exe",
        "image": "C:\\a\\cmd.exe", "command": "cmd.exe /c dir", "user": "CORP\\ann", "method": 3, "confidence": 0.87,
        "children": 0, "chain_key": "ab", "rank": 1, "score": 4.5, "flagged": True, "notable": False, "verdict": "malicious",
    }  # fmt: skip
    return ForestRow(**(values | more))  # type: ignore[arg-type]


def line_of(one: ForestRow, depth: int = 1) -> TreeLine:
    return TreeLine(Kind.NODE, Node(one, depth=depth), depth, (False,) * min(depth, 40))


def test_score_verdict_and_link_are_said_without_colour() -> None:
    told = text_of(painted(line_of(row()), layout(118), when))
    assert told.startswith("  ▲ 4.50  M ─ 87% ├╴  cmd.exe 4  /c dir")
    assert told.rstrip().endswith("2023-11-14 22:13:20")
    assert "not in the logs" in text_of(painted(line_of(row(id=(1 << 32) + (1 << 31))), layout(118), when))
    assert text_of(painted(line_of(row(flagged=False, notable=True, verdict=None)), layout(80), when)).startswith("  △ 4.50    ")


def test_marks_are_said_without_colour_and_moved_nothing() -> None:
    marks = (RuleMark("A rule", "high"), RuleMark("Another", ""))
    told = text_of(painted(line_of(row(marks=marks)), layout(118), when))
    assert told.startswith("  ▲ 4.50  M ─ 87% ├╴  cmd.exe σh 4  /c dir")
    assert "σ?" in text_of(painted(line_of(row(marks=marks[1:])), layout(118), when))


def test_a_card_names_every_mark(family: Services) -> None:
    marks = {RuleMark("\x1b[31mA rule", "high", "r-1", ("T1003",), "hayabusa"): [pid_id(family, 2)]}
    family.workspace.marks.keep_processes(CASE, MarkOrigin("hayabusa", "/x/t.csv", "a" * 64), marks)
    drawn = [text_of(line) for line in card_lines(process_card(family.workspace, CASE, pid_id(family, 2)), 90, when)]
    assert [line for line in drawn if line.startswith("mark ")] == [r"mark       hayabusa high: \e[31mA rule (T1003)"]
    assert [row.marks for row in ForestPages(family.workspace, CASE).rows([pid_id(family, 2)])] == [tuple(marks)]


@pytest.mark.parametrize("width", WIDTHS)
@given(depth=st.integers(0, 3000), text=st.sampled_from(HOSTILE))
def test_every_line_is_as_wide_as_the_pane(width: int, depth: int, text: str) -> None:
    columns = layout(width)
    for line in (painted(line_of(row(path=text, command=text, user=text), depth), columns, when), header(columns)):
        assert width_of(fit(line, width)) == width
        if columns.tree >= 0:
            assert width_of(line) >= width


@given(st.integers(45, 118), st.integers(0, 10**9))
def test_of_a_host_what_has_no_room_leaves_whole(width: int, records: int) -> None:
    host = HostRow(1 << 32, 1, "web01.example.com", records, 3, 0, 0, 86_400_000_000)
    line = text_of(painted(TreeLine(Kind.NODE, Node(host, depth=0, total=3), 0, ()), layout(width), when))
    told = re.split(r"  +", line.split("▸ ")[-1].strip())
    every = ["web01.example.com", f"{records:,} record{'s' * (records != 1)}", "1970-01-01 … 1970-01-02"]
    assert told == every[: len(told)]


def test_links() -> None:
    assert [link_text(*pair) for pair in ((None, None), (0, 0.0), (4, 0.999), (1, 0.5))] == ["", "", "═", "┄ 50%"]


def test_the_image_is_not_said_twice() -> None:
    assert arguments('"C:\\Windows\\System32\\CMD.EXE" /c dir', "cmd.exe") == "/c dir"
    assert arguments("powershell -enc x", "powershell.exe") == "-enc x"
    assert arguments("renamed.exe -x", "cmd.exe") == "renamed.exe -x"


def test_hostile_text_is_inert_everywhere(family: Services) -> None:
    pages = ForestPages(family.workspace, CASE)
    rows = pages.after(host_row(family, "WEB02"))
    assert len(rows) == len(HOSTILE)
    for one in rows:
        card = process_card(family.workspace, CASE, one.id)
        for width in (30, 60):
            lines = [fit(line, width) for line in card_lines(card, width, when)]
            lines.append(fit(painted(line_of(one), layout(width), when), width))
            for line in lines:
                assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in text_of(line))


def test_a_card_tells_everything(family: Services) -> None:
    card = process_card(family.workspace, CASE, pid_id(family, 2000))
    told = "\n".join(text_of(line) for line in card_lines(card, 60, when))
    for part in (
        "mimi.exe  pid 2000", "$ mimi.exe sekurlsa::logonpasswords", "CORP\\ann", "parent     svchost.exe  pid 150", "guid",
        "id 2000, position 2,000, sysmon1", "logs/one.json", "1 time on 1 host",
    ):  # fmt: skip
        assert part in told, part
