"""What Textual's stylesheets cost when a screen is opened, and how most of that is saved.

Measured at the first opening of the triage screen, a third of the time to paint went into reading style rules again: the
cache of parsed sources holds 64 of them and is walked in a circle, so with more sources it never hits; a change of theme
parses into a copy whose cache is thrown away; and a screen that was made after the theme was chosen is taken to have
missed that choice, so that everything is parsed twice over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

SOURCES = 1024
"""Style sources that are kept parsed; five screens with their dialogs have some two hundred."""


class QuickStylesheet(Stylesheet):
    """Parses each source once per theme."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache.grow(SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forget what was parsed, if the theme is another one."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what is not parsed for these variables. (Nothing is replaced when a source has errors.)"""
        self.parse()

    def prepare(self, css: str, read_from: tuple[str, str], tie_breaker: int, scope: str) -> None:
        """Parse a widget's own style before a widget wants it; from any thread, as nothing but the cache changes."""
        self._parse_rules(css, read_from, True, tie_breaker, scope)


def up_to_date(app: App[Any], screen: Screen[Any], size: tuple[int, int]) -> None:
    """A screen that is made now has seen every theme so far, and knows its size: no second and third pass over its styles."""
    screen._css_update_count = app._css_update_count
    width, height = size
    for extent, steps in ((width, screen.HORIZONTAL_BREAKPOINTS), (height, screen.VERTICAL_BREAKPOINTS)):
        screen.add_class(*screen._get_breakpoint_classes(extent, steps or []))


def sources_of(kind: type[DOMNode] = Widget) -> Iterator[tuple[str, tuple[str, str], int, str]]:
    """The default style sources of all imported classes of widgets, as `QuickStylesheet.prepare` takes them."""
    for source in kind._get_default_css(kind.__new__(kind)):
        read_from, css, tie_breaker, scope = source
        yield css, read_from, tie_breaker, scope
    for derived in kind.__subclasses__():
        yield from sources_of(derived)
