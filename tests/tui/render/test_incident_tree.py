"""An incident drawn: every process once, context folded and dim, marks for step errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.untrusted import visible
from store.base.views import ContextProcess, ContextView, CoveredProcess, IncidentView, ProcessView
from tui.actions.incident_story import MARKS, IncidentNode, IncidentStory, mark
from tui.render.finding_view import tree

HOST = 1 << 32
DAY_US = 86_400_000_000


def process(number: int, parent: int | None, command: str = "", image: str = "/bin/x", time_us: int | None = None) -> ProcessView:
    values = dict.fromkeys(field.name for field in fields(ProcessView)) | {
        "id": HOST + number, "host_id": 1, "host": "web", "placeholder": False, "source": "s", "kind": "k", "position": 1,
        "image": image, "path": image, "command_line": command, "time_us": number if time_us is None else time_us,
        "parent_id": None if parent is None else HOST + parent, "chain_id": number, "marks": (),
    }  # fmt: skip
    return ProcessView(**values)  # type: ignore[arg-type]


def story(
    covered: Sequence[ProcessView],
    beside: Sequence[ProcessView] = (),
    *,
    odd: Sequence[int] = (),
    folded: dict[int, int] | None = None,
) -> IncidentStory:
    incident = IncidentView(1, 3, 2, 7, 1, "web", HOST + 1, HOST + 1, 1.0, len(covered), len(odd), 0, 9, None, None, False, False)
    return IncidentStory(
        incident=incident,
        covered=tuple(CoveredProcess(one.id, one.parent_id, one.id - HOST in odd, 2.0, 0, None) for one in covered),
        left=0,
        context=ContextView(
            tuple(ContextProcess(one.id, one.parent_id, above=False) for one in beside), folded or {}, complete=True
        ),
        processes={one.id: one for one in (*covered, *beside)},
        errors={one.chain_id or 0: float(one.id - HOST) for one in covered},
        threshold=3.0,
        reasons=(),
        related=(),
    )


def nodes(roots: Sequence[IncidentNode]) -> Iterator[IncidentNode]:
    waiting = [*roots]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def test_what_is_odd_is_bold_and_what_is_no_part_of_it_grey() -> None:
    covered = [process(2, 1, "sh -c id", "/bin/sh"), process(3, 2, "id")]
    drawn = list(tree(story(covered, [process(1, None, "init"), process(5, 1, "cron")], odd=[3])))
    assert [line.plain for line in drawn] == [
        "  /bin/x P111 00:00:00Z $ init",
        "  ├─ /bin/sh P211 00:00:00Z ·2.00 ▆ $ sh -c id",
        "  │  └─ /bin/x P311 00:00:00Z ·2.00 █ $ id",
        "  └─ /bin/x P511 00:00:00Z $ cron",
    ]
    styles = [[str(span.style) for span in line.spans if span.end == len(line.plain)] for line in drawn]
    assert styles == [["dim"], [], ["bold"], ["dim"]]


def test_context_that_looks_alike_is_folded_and_what_is_covered_never() -> None:
    alike = [process(10 + number, 1, f"job --run {number}") for number in range(5)]
    folded = [line.plain for line in tree(story([process(1, None)], alike, folded={HOST + 1: 7}))]
    assert folded[1:] == ["  ├─ /bin/x P1011 00:00:00Z $ job --run 0 … 4 more alike", "  └─ … 7 more"]
    assert len(list(tree(story([process(1, None), *alike])))) == 6


def test_a_path_that_the_command_line_has_and_the_day_are_not_repeated() -> None:
    later = process(3, 1, "c:\\a\\evil.exe -x", "C:\\A\\evil.exe", DAY_US)
    elsewhere = process(4, 1, "svchost.exe -k", "C:\\Users\\svchost.exe", 5)
    drawn = [line.plain for line in tree(story([process(1, None), later, elsewhere]))]
    assert drawn[1:] == [
        "  ├─ C:\\Users\\svchost.exe P411 00:00:00Z ·2.00 █ $ svchost.exe -k",
        "  └─ evil.exe P311 1970-01-02T00:00:00Z ·2.00 ▇ $ c:\\a\\evil.exe -x",
    ]


@given(st.text(max_size=30))
def test_log_text_is_made_visible(text: str) -> None:
    for line in tree(story([process(1, None, text, text)])):
        assert visible(line.plain) == line.plain


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=12))
def test_every_process_is_drawn_once_or_counted_wherever_parents_point(family: list[tuple[int, bool]]) -> None:
    """Also where stored parents go around in a circle."""
    everything = [(process(number, parent or None), inside) for number, (parent, inside) in enumerate(family, 1)]
    told = story([one for one, inside in everything if inside], [one for one, inside in everything if not inside])
    drawn = list(nodes(told.forest()))
    assert len({node.id for node in drawn}) == len(drawn)
    assert len(drawn) + sum(node.alike for node in drawn) == len(family)
    assert {one.process_id for one in told.covered} <= {node.id for node in drawn}


@pytest.mark.parametrize(
    ("error", "top", "drawn"), [(None, 1, ""), (0.0, 1, ""), (1.0, 0, ""), (0.01, 1, MARKS[0]), (1.0, 1, MARKS[-1])]
)
def test_a_mark_is_against_the_highest_error(error: float | None, top: float, drawn: str) -> None:
    assert mark(error, top) == drawn
