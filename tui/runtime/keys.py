"""The keys that work now, read from the bindings themselves: what help and palette show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One line of the table."""

    keys: str
    action: str
    tooltip: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class HelpText:
    """What is shown: sections of keys, nearest to the focus first, then prose."""

    sections: tuple[tuple[str, tuple[KeyHelp, ...]], ...]
    prose: str


def gather(screen: Screen[Any]) -> HelpText:
    """Read the active bindings of a screen, before anything is pushed over it."""
    sections: dict[str, dict[tuple[str, str], list[str]]] = {}
    enabled: dict[tuple[str, str], bool] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not ours(binding):
            continue
        node = active.node
        named = getattr(node, "border_title", "") or _spaced(type(node).__name__)
        title = "This screen and everywhere" if node in {screen, screen.app} else named
        line = (binding.description, binding.tooltip)
        sections.setdefault(str(title), {}).setdefault(line, []).append(screen.app.get_key_display(binding))
        enabled[line] = active.enabled
    told = tuple(
        (title, tuple(KeyHelp(" ".join(keys), line[0], line[1], enabled[line]) for line, keys in lines.items()))
        for title, lines in sections.items()
    )
    helps = [node.HELP for node in (*_focus_chain(screen), screen) if node.HELP]
    return HelpText(told, "\n\n".join(dict.fromkeys(helps)))


def ours(binding: Binding) -> bool:
    """Our bindings have an id. Of Textual's own only tab is worth telling; scrolling sideways and the like is noise."""
    return bool(binding.description) and not binding.system and (binding.id is not None or binding.key in {"tab", "shift+tab"})


def _focus_chain(screen: Screen[Any]) -> list[Any]:
    return (
        [node for node in screen.focused.ancestors_with_self if hasattr(node, "HELP") and node is not screen]
        if screen.focused
        else []
    )


def _spaced(name: str) -> str:
    return "".join(f" {char}" if char.isupper() and at else char for at, char in enumerate(name)).capitalize()
