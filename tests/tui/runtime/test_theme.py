"""The colours: their contrasts by the numbers, and that no screen shows one that a terminal of 256 colours lacks."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tests.tui.waiting import wait_for
from tui.app.app import OddkinApp
from tui.runtime.services import Services
from tui.runtime.theme import CHOICES, OURS, TOKENS, Tokens, defaults
from tui.screens.base import TITLES

LEVELS = (0, 95, 135, 175, 215, 255)
PALETTE = frozenset({(r, g, b) for r in LEVELS for g in LEVELS for b in LEVELS} | {(8 + 10 * at,) * 3 for at in range(24)})
"""Colours 16 to 255 of xterm: its cube and its greys."""
COLOURS = ("odd", "malicious", "fine", "open", "hint")


def contrast(one: str, other: str) -> float:
    """Ratio of luminances, after WCAG 2.1: 1 for none, 21 for black on white."""

    def luminance(code: str) -> float:
        parts = [part / 255 for part in Color.parse(code).rgb]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_that_of_the_recommendation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("name", "tokens"), TOKENS.items())
def test_every_colour_can_be_read_where_it_stands(name: str, tokens: Tokens) -> None:
    for ground in (tokens.background, tokens.band):
        assert contrast(tokens.text, ground) >= 9.9
        assert contrast(tokens.strong, ground) >= 10
        assert contrast(tokens.muted, ground) >= 6.1
        assert contrast(tokens.faint, ground) >= 3.2
        for colour in COLOURS:
            assert contrast(getattr(tokens, colour), ground) >= (7.4 if OURS[name].dark else 4.9), colour
    for colour in ("text", "strong", "muted", *COLOURS):
        assert contrast(getattr(tokens, colour), tokens.cursor_elsewhere) >= 4.5, colour
    assert contrast(tokens.on_cursor, tokens.cursor) >= 7.0


@pytest.mark.parametrize("tokens", TOKENS.values())
def test_no_two_meanings_share_a_colour(tokens: Tokens) -> None:
    assert len({getattr(tokens, colour) for colour in (*COLOURS, "text", "muted", "faint")}) == len(COLOURS) + 3


def test_themes_that_are_not_ours_have_every_variable_of_ours() -> None:
    ours = {name for theme in OURS.values() for name in theme.variables if name.startswith("oddkin-")}
    for theme in BUILTIN_THEMES.values():
        assert set(defaults(theme)) == ours
    assert set(CHOICES) <= {*OURS, *BUILTIN_THEMES}


@pytest.mark.parametrize("name", OURS)
async def test_no_screen_shows_a_colour_that_256_colours_lack(name: str, trained: Services) -> None:
    trained.settings.theme = name
    app = OddkinApp(trained)
    async with app.run_test(size=(120, 36)) as pilot:
        for mode in TITLES:
            app.open_mode(mode)
            await wait_for(lambda wanted=mode: getattr(app.screen, "MODE", "") == wanted, "the screen is there", pilot)
            await pilot.pause()
            shown: dict[tuple[int, int, int], str] = {}
            for strip in app.screen._compositor.render_strips():
                for segment in strip:
                    style = segment.style
                    for colour in (style.color, style.bgcolor) if style is not None else ():
                        if colour is not None and colour.triplet is not None and segment.text:
                            shown.setdefault(tuple(colour.triplet), segment.text)
            assert shown, "colours were read"
            assert {colour: text for colour, text in shown.items() if colour not in PALETTE} == {}, mode
