"""The keys that work now, read from the bindings themselves: what help and palette show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.screen import Screen

from tui.words.verdicts import LOOKS


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a key does, wherever it does something."""

    keys: str
    """As Textual names them, separated by blanks."""
    told: str
    names: frozenset[str]
    """What bindings of it may be called: the same act, named after what the screen has."""


def _means(keys: str, told: str, *names: str) -> Meaning:
    return Meaning(keys, told, frozenset(names))


MEANINGS = (
    _means("1 2 3 4 5 6", "to a screen", "Case", "Tree", "Train", "Triage", "Models", "Patterns"),
    _means("enter", "open; to a question: the careful answer", "Open", "Whole page", "Change", "Apply", "Type a value"),
    _means("escape", "one layer back", "Back", "Never mind", "Close", "No"),
    _means("tab", "next pane; while typing: complete", "Next pane", "Complete"),
    _means("j down", "down", "Down"),
    _means("k up", "up", "Up"),
    _means("h left", "fold, or sideways", "Fold", "Less"),
    _means("l right", "unfold, or sideways", "Unfold", "More"),
    _means("shift+right", "unfold all that is below", "Unfold all"),
    _means("shift+left", "fold all that is below", "Fold all"),
    _means("g home", "to the first", "First"),
    _means("G end", "to the last", "Last"),
    _means("ctrl+d", "half a screen down", "Half page down"),
    _means("ctrl+u", "half a screen up", "Half page up"),
    _means("pagedown ctrl+f", "a screen down", "Page down", "Half page down"),
    _means("pageup ctrl+b", "a screen up", "Page up", "Half page up"),
    _means("J", "next line of the list, from any pane", "Next line"),
    _means("K", "previous line of the list, from any pane", "Previous line"),
    _means("n", "next hit of what is searched for, else what is to decide", "Next"),
    _means("N", "previous hit", "Previous"),
    _means("full_stop", "next of its kind: occurrence, model", "Next occurrence", "Next model"),
    _means("comma", "previous of its kind", "Previous occurrence"),
    _means("right_square_bracket", "forward", "Forward"),
    _means("left_square_bracket", "back to where one was", "Back"),
    _means("slash", "filter, search", "Filter", "Search", "Nearest"),
    _means("backslash", "saved filters", "Saved filters"),
    _means("p", "pivot", "Pivot"),
    _means("F", "count by a column", "Count"),
    _means("T", "the time strip", "Time"),
    _means("H", "hosts and times", "Hosts"),
    _means("t", "the same process on the other screen", "Tree", "Triage"),
    _means("v", "another view of the pane", "View"),
    _means("s", "sort", "Sort"),
    _means("S", "reverse the order", "Reverse"),
    _means("C", "choose columns", "Columns"),
    _means("z", "fold to what is odd, or all again", "Odd only"),
    _means("Z", "what exceptions hide, or the queue again", "Hidden"),
    _means("i", "keep the verdict as an exception, for later cases", "Exception"),
    _means("x", "a wider scope", "Wider"),
    _means("X", "a narrower scope", "Narrower"),
    *(_means(look.key, look.name, look.name) for look in LOOKS.values()),
    _means("delete", "take the verdict off", "Clear verdict", "Default"),
    _means("backspace", "back to the default", "Default"),
    _means("c", "note", "Note"),
    _means("number_sign", "tag or technique", "Tag"),
    _means("u ctrl+z", "undo", "Undo"),
    _means("ctrl+r", "redo", "Redo"),
    _means("L", "what your verdicts moved", "Effects"),
    _means("space", "mark", "Mark"),
    _means("V", "mark a range", "Mark range"),
    _means("asterisk", "mark all that is shown", "Mark all"),
    _means("y", "copy", "Copy", "Yes"),
    _means("E", "in $PAGER or $EDITOR", "Pager"),
    _means("e", "take away: CSV, timeline, pictures, rules, report, model", "Export"),
    _means("I", "bring in: logs, a model", "Ingest", "Import"),
    _means("r", "run this screen's job", "Rank", "Train", "Learn", "Verify"),
    _means("R", "records that could not be used", "Rejects"),
    _means("w", "take this model into use", "Use", "Switch to new"),
    _means("W", "rank by this model without using it", "Rank only"),
    _means("B", "compare with a list of known hashes", "Compare hashes"),
    _means("a", "accept", "Accept"),
    _means("A", "answer a question with all of it", "All"),
    _means("D", "remove or reject", "Remove", "Remove case", "Reject"),
    _means("d", "the demo case", "Demo case"),
    _means("colon", "all commands of all screens", "Commands"),
    _means("question_mark", "the keys, or the term under the cursor", "Keys", "Explain"),
    _means("q", "quit", "Quit", "Close"),
    _means("ctrl+x", "cancel the running job", "Cancel job"),
)
"""The one table of keys: a key means one thing on all screens. Dialogs have keys of their own, told in their footers."""


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
