"""The command palette: every key that works now, every mode, the themes. Textual's own screenshots and panels stay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from tui.runtime.keys import ours
from tui.runtime.theme import CHOICES
from tui.screens.base import TITLES


def commands(
    app: App[Any], screen: Screen[Any], open_mode: Callable[[str], object], choose_theme: Callable[[str], object]
) -> Iterable[SystemCommand]:
    """What the palette offers over `screen`."""
    for mode, title in TITLES.items():
        yield SystemCommand(f"Go to {title}", f"Open the {title} screen", partial(open_mode, mode))
    for active in screen.active_bindings.values():
        binding = active.binding
        if not ours(binding) or not active.enabled or binding.action.startswith("mode("):
            continue
        key = app.get_key_display(binding)
        run = partial(app.run_action, binding.action, active.node)
        yield SystemCommand(f"{binding.description} ({key})", binding.tooltip or binding.description, run)
    for name, title in CHOICES.items():
        yield SystemCommand(f"Theme: {title}", f"Use the theme {name} from now on", partial(choose_theme, name))
