"""The command palette: every key that works now, those of the other screens (which are gone to first), every mode, the themes.
Textual's own screenshots and panels stay out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from tui.app.screens import screen_class
from tui.runtime.keys import ours
from tui.runtime.theme import CHOICES
from tui.screens.base import TITLES, ModeScreen

OpenMode = Callable[[str], ModeScreen]


def commands(
    app: App[Any], screen: Screen[Any], open_mode: OpenMode, choose_theme: Callable[[str], object], keymap: Mapping[str, str]
) -> Iterable[SystemCommand]:
    """What the palette offers over `screen`. keymap: keys that the user changed, by the binding's id."""
    for mode, title in TITLES.items():
        yield SystemCommand(f"Go to {title}", f"Open the {title} screen", partial(open_mode, mode))
    for active in screen.active_bindings.values():
        binding = active.binding
        if not ours(binding) or not active.enabled or binding.action.startswith("mode("):
            continue
        key = app.get_key_display(binding)
        run = partial(app.run_action, binding.action, active.node)
        yield SystemCommand(f"{binding.description} ({key})", binding.tooltip or binding.description, run)
    for mode in TITLES:
        if screen is not getattr(app, "mode_screens", {}).get(mode):
            yield from _elsewhere(app, mode, open_mode, keymap)
    for name, title in CHOICES.items():
        yield SystemCommand(f"Theme: {title}", f"Use the theme {name} from now on", partial(choose_theme, name))


def _elsewhere(app: App[Any], mode: str, open_mode: OpenMode, keymap: Mapping[str, str]) -> Iterator[SystemCommand]:
    """The commands of another screen."""
    title = TITLES[mode]
    for binding in own_bindings(screen_class(mode)):
        key = keymap.get(binding.id or "") or app.get_key_display(binding)
        shown = f"{title}: {binding.description} ({key})"
        told = f"Go to {title}. {binding.tooltip or binding.description}"
        yield SystemCommand(shown, told, partial(_go_and_run, app, open_mode, mode, binding))


def own_bindings(screen: type[ModeScreen]) -> list[Binding]:
    """What a screen binds itself, and not what every screen does."""
    everywhere = {binding.id for binding in Binding.make_bindings(ModeScreen.BINDINGS)}
    made: dict[str | None, Binding] = {}
    for binding in Binding.make_bindings(screen.BINDINGS):
        if ours(binding) and binding.id not in everywhere:
            made.setdefault(binding.id, binding)
    return list(made.values())


def _go_and_run(app: App[Any], open_mode: OpenMode, mode: str, binding: Binding) -> None:
    screen = open_mode(mode)

    async def run() -> None:
        if not await app.run_action(binding.action, screen):
            app.notify(f"{binding.description} has nothing to do there now.", severity="warning")

    screen.call_after_refresh(run)
