"""Tables and words: narrow terminals, long and hostile names."""

from __future__ import annotations

import io
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.untrusted import visible
from store.base.views import QueueRow
from tui.render.queue_table import table
from tui.render.tables import GOES_ON
from tui.render.tables import table as plain_table
from tui.shell.streams import console_for
from tui.words import signals
from tui.words.words import paste, short_chain, shortened


def row(**more: object) -> QueueRow:
    values: dict[str, object] = dict.fromkeys(QueueRow.__dataclass_fields__)
    values |= {
        "rank": 1234, "chain_id": 1, "key": "0123456789abcdef" * 2, "score": 12.345, "finding": 12, "worst_step": 1,
        "step_errors": (0.1, 0.2), "steps": ("c:\\windows\\explorer.exe", "c:\\tools\\" + "x" * 70 + ".exe"), "count": 12_345,
        "host_count": 40, "first_us": 1_700_000_000_000_000, "last_us": None, "verdict": "false_positive",
    }  # fmt: skip
    return QueueRow(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [80, 100, 160])
def test_the_chain_is_readable_on_a_narrow_terminal(width: int) -> None:
    stream = io.StringIO()
    console_for(stream, plain=True, width=width).print(table([row()], width))
    lines = stream.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    assert "explorer.exe → " in stream.getvalue()
    assert "0123456789" in stream.getvalue()
    assert ("first seen" in stream.getvalue()) == (width == 160)
    head = next(line for line in lines if "chain" in line)
    assert head.index("verdict") - head.index("chain") >= 30


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60), st.integers(12, 40), st.booleans())
def test_no_line_of_a_table_begins_with_the_middle_of_a_text(name: str, width: int, first: bool) -> None:
    stream, shown = io.StringIO(), plain_table("one", "two")
    shown.add_row(*((name, "") if first else ("", name)))
    console_for(stream, plain=True, width=width).print(shown)
    begin, *further = [line.strip() for line in stream.getvalue().rpartition("──")[2].splitlines() if line.strip()]
    assert all(line.startswith(GOES_ON) for line in further)
    assert "".join([begin, *(line.removeprefix(GOES_ON) for line in further)]) == name


def test_long_steps_keep_both_ends() -> None:
    shown = short_chain(["c:\\" + "a" * 60 + "z.exe"])
    assert len(shown) == 40
    assert (shown[:3], shown[-5:]) == ("aaa", "z.exe")
    assert shortened("x" * 40) == "x" * 40


@given(st.text(max_size=30))
def test_a_pasted_name_is_one_word_and_inert(name: str) -> None:
    pasted = paste(name)
    assert visible(pasted) == pasted
    if name.isprintable() and name.isascii():
        assert shlex.split(pasted) == [name]


def test_every_signal_has_a_name_and_a_meaning() -> None:
    from engine.signals.registry import signals as registered

    for name in (*(signal.name for signal in registered()), "random", "detector"):
        assert signals.meaning(name), name
        assert signals.title(name) != name or name == "detector"
    assert "rolefrac" not in signals.title("rolefrac")
    assert signals.title("new_\x1bone") == "new \\eone"


def test_a_queue_has_a_column_for_each_family_that_is_fused() -> None:
    from engine.signals.registry import signals as registered
    from tui.render.evaluation import per_queue

    families = [signal.family.name for signal in registered() if signal.family is not None]
    methods = per_queue()
    of = {signal.name: signal.family for signal in registered()}
    shown = [family.name for name in methods[1:-1] if (family := of[name]) is not None]
    assert (methods[0], methods[-1]) == ("random", "detector")
    assert shown == list(dict.fromkeys(families))
