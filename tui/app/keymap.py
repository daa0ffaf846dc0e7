"""Keys that a user changed: `keymap` in settings.json, checked when the application starts. docs/keys.md lists what there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from engine.untrusted import visible
from tui.app.screens import screen_class
from tui.screens.base import TITLES


def bindings_of(app: type[App[None]]) -> dict[str, dict[str, Binding]]:
    """Screen -> id -> binding, of what works wherever the focus is. Imports all screens."""
    everywhere = {binding.id: binding for binding in Binding.make_bindings(app.BINDINGS) if binding.id}
    return {mode: everywhere | _by_id(screen_class(mode)) for mode in TITLES}


def _by_id(kind: type[Screen[None]]) -> dict[str, Binding]:
    found: dict[str, Binding] = {}
    for one in reversed(kind.__mro__):
        own = {binding.id: binding for binding in Binding.make_bindings(vars(one).get("BINDINGS", ())) if binding.id}
        keys = {binding.key for binding in own.values()}
        # A screen's own act takes the key of one that every screen has.
        found = {name: binding for name, binding in found.items() if binding.key not in keys} | own
    return found


def problems(keymap: Mapping[str, str], app: type[App[None]]) -> Iterator[str]:
    """What is wrong with it, a sentence each: names that nothing has, and keys that two acts of one screen have then."""
    screens = bindings_of(app)
    known = sorted({name for bindings in screens.values() for name in bindings})
    for name in keymap:
        if name not in known:
            near = get_close_matches(name, known, 1)
            yield f"settings.json: no key is called {visible(name, 40)}." + (f" Did you mean {near[0]}?" if near else "")
    told: set[tuple[str, str, str]] = set()
    for bindings in screens.values():
        taken: dict[str, str] = {}
        for name, binding in sorted(bindings.items(), key=lambda item: item[0] in keymap):
            for key in keymap.get(name, binding.key).split(","):
                other = taken.setdefault(key.strip(), name)
                if other != name and {other, name} & keymap.keys() and (key, *sorted((other, name))) not in told:
                    told.add((key, min(other, name), max(other, name)))
                    yield f"settings.json: {visible(key.strip(), 20)} is both {other} and {name}."
