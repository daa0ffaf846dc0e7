"""What the chain and evidence panes say, without a terminal."""

from __future__ import annotations

import pytest

from store.base.views import ChainHostView, SignalView
from store.queue.nearest import NearestView
from tests.tui.rendered import width_of
from tui.screens.triage.chain_view import Steps, nearest_lines, rebuilt_lines, step_line
from tui.screens.triage.why.evidence_view import host_lines, signal_lines
from tui.words.chain_words import chain_cell, chain_lines, difference
from tui.words.spans import crop, fit, tail_crop, text_of, wrap

CHAIN = ("c:\\a\\root.exe", "c:\\b\\shell.exe", "c:\\c\\tool.exe", "c:\\d\\evil.exe", "c:\\e\\last.exe")


@pytest.mark.parametrize("worst", range(5))
@pytest.mark.parametrize("width", [12, 20, 24, 30, 44, 80])
def test_a_chain_in_one_line_keeps_the_worst_step_and_the_last(worst: int, width: int) -> None:
    said = text_of(chain_cell(CHAIN, worst, width))
    name = CHAIN[worst].rsplit("\\", 1)[1]
    assert f"[{name}]" in said
    assert said.endswith(("last.exe", "last.exe]"))
    if width == 80:
        assert said == " → ".join(f"[{part}]" if part == name else part for part in (p.rsplit("\\", 1)[1] for p in CHAIN))


def test_a_chain_over_several_lines_fits_and_loses_nothing() -> None:
    lines = chain_lines(CHAIN, 22, marked=3)
    assert all(width_of(line) <= 22 for line in lines)
    assert "[evil.exe]" in " ".join(text_of(line) for line in lines)
    assert sum(text_of(line).count(".exe") for line in lines) == 5


def test_a_step_shows_number_bar_error_name_and_folder() -> None:
    steps = Steps(CHAIN, (0.1, 0.2, 0.3, 0.9, float("nan")), worst=3, selected=1)
    line = text_of(step_line(steps, 3, 60))
    assert line.startswith(" → 4 ██████████")
    assert "0.900 evil.exe  c:\\d" in line
    assert text_of(step_line(steps, 1, 60)).startswith("▌")
    assert all(width_of(step_line(steps, index, width)) <= width for index in range(5) for width in (30, 46, 60, 100))


def test_under_a_step_stands_what_it_was_rebuilt_as_where_that_is_another_path() -> None:
    steps = Steps(CHAIN, (0.1, 0.2, 0.3, 0.9, 0.1), worst=3, selected=1)
    rebuilt = (None, None, None, "c:\\d\\good.exe", None)
    [line] = rebuilt_lines(rebuilt, 3, 60)
    assert text_of(line).strip() == "↳ good.exe  c:\\d"
    assert text_of(line).index("↳") == text_of(step_line(steps, 3, 60)).index("evil.exe")
    assert rebuilt_lines(rebuilt, 2, 60) == rebuilt_lines((), 0, 60) == []
    assert all(width_of(rebuilt_lines(rebuilt, 3, width)[0]) <= width for width in (30, 46, 60, 100))


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        ("replaced", 3, "step 4: evil.exe instead of good.exe"),
        ("added", 1, "step 2: shell.exe is one more"),
        ("missing", 3, "good.exe is missing before step 4"),
        ("beginning", 2, "the first 2 steps are the same"),
    ],
)
def test_the_difference_in_words(change: str, at: int, words: str) -> None:
    one = NearestView("k" * 32, (*CHAIN[:3], "c:\\d\\good.exe", CHAIN[4]), 31, 1, None, change, at)
    assert difference(one, CHAIN) == words
    said = "\n".join(text_of(line) for line in nearest_lines(one, CHAIN, 70))
    assert "seen 31 times on 1 host" in said


def test_the_same_name_in_another_folder_is_told_with_its_folder() -> None:
    one = NearestView("k" * 32, ("c:\\windows\\system32\\svchost.exe",), 9, 1, None, "replaced", 0)
    assert "c:\\temp\\svchost.exe instead of c:\\windows" in difference(one, ("c:\\temp\\svchost.exe",))


def test_signals_come_rarest_first() -> None:
    lines = signal_lines(
        (SignalView("often", 1.0, 0.5), SignalView("pair_rarity", 9.5, 0.002), SignalView("never", 1.0, 0.0)), 70
    )
    said = [text_of(line).split()[0] for line in lines[1:]]
    assert said == ["never", "rare", "often"]
    assert "rare child" in text_of(lines[2])
    assert "1 in 500" in text_of(lines[2])


def test_odd_signals_say_why_once_and_kinds_of_evidence_may_disagree() -> None:
    signals = (
        SignalView("pair_rarity", 1.0, 0.7), SignalView("reconstruction_worst", 9.0, 0.001), SignalView("rolefrac", 1.0, 0.05),
        SignalView("role_share", 1.0, 0.06),
    )  # fmt: skip
    sentences = {
        "reconstruction_worst": "step 3, \x1b[31m: error 9",
        "rolefrac": "half of them are shells",
        "role_share": "half of them are shells",
        "pair_rarity": "no",
    }
    lines = [text_of(line) for line in signal_lines(signals, 60, sentences)]
    assert sum("half of them" in line for line in lines) == 1
    assert not any(line.strip() == "no" for line in lines)  # common: needs no words
    assert "\x1b" not in "".join(lines)
    at = next(place for place, line in enumerate(lines) if line.startswith("misfit, worst"))
    assert "step 3" in lines[at + 1]
    assert any(line.startswith("≠ common to counting (70%); odd to the autoencoder") for line in lines)


def test_a_signal_that_tells_nothing_is_a_dash_and_comes_last() -> None:
    lines = signal_lines((SignalView("command_rarity", float("nan"), 1.0), SignalView("prior", 2.0, 0.2)), 70)
    assert [text_of(line).split()[0] for line in lines[1:]] == ["place,", "odd"]
    assert "–" in text_of(lines[2])
    assert "nan" not in text_of(lines[2])


def test_more_hosts_than_fit_are_counted() -> None:
    hosts = tuple(ChainHostView(number, f"H{number}", 1, 0, 0) for number in range(40))
    said = [text_of(line) for line in host_lines(hosts, 60, lambda _: "")]
    assert said[-1].strip() == "… 28 more hosts"


HOSTILE = ["[red]x", "\x1b[31m\x07", "a\u202eb\u2066", "\ud800", "日本語" * 30, "x" * 5000, "\n\r\t", "\u200b", ""]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [1, 4, 9, 40])
def test_hostile_text_stays_within_its_cells(text: str, width: int) -> None:
    for shown in (crop(text, width), tail_crop(text, width), *wrap(text, max(width, 4), 3), text_of(fit([(text, "")], width))):
        assert width_of([(shown, "")]) <= max(width, 4)
        assert not any(ord(char) < 32 or char in "\u202e\u2066\u200b\ud800" for char in shown)
    assert width_of(fit([(text, "")], width)) == width
