"""A process forest as text: one line a process, guides, score, verdict, link, command line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from engine.handover.pictures.forest import DrawnNode, Line, walk
from engine.handover.pictures.label import label
from engine.untrusted import visible
from tui.words.verdicts import LOOKS

MAX_COMMAND = 160


def guides(line: Line) -> str:
    """The `│  ├─ └─` in front of a node."""
    if not line.lasts:
        return ""
    return "".join("   " if last else "│  " for last in line.lasts[:-1]) + ("└─ " if line.lasts[-1] else "├─ ")


def describe(node: DrawnNode, parent: DrawnNode | None = None, longest: int = MAX_COMMAND) -> str:
    """What is known of a process, in one line, escaped.

    longest: characters of the command line.
    """
    parts = [label(node, parent, verdict=_called)]
    if node.command_line:
        parts.append("$ " + visible(node.command_line, longest))
    if node.alike:
        parts.append(f"… {node.alike:,} more alike")
    return " ".join(parts)


def _called(verdict: str) -> str:
    look = LOOKS.get(verdict)
    return f"{look.glyph if look else ''} {verdict}"


def text_lines(roots: list[DrawnNode], longest: int = MAX_COMMAND) -> Iterator[Text]:
    """Styled lines; printed to a pipe they are plain text."""
    for line in walk(roots, counting=True):
        node = line.node
        text = Text(no_wrap=True)
        if line.more:
            text.append(f"  {guides(line)}… {line.more:,} more", "dim italic")
            yield text
            continue
        style = _style(node)
        text.append(("→ " if node.focus else "  ") + guides(line), "dim")
        text.append(describe(node, line.parent, longest), f"{style} reverse".strip() if node.focus else style)
        yield text


def _style(node: DrawnNode) -> str:
    if node.context:
        return "dim"
    if node.flagged:
        return "bold red"
    return "bold" if node.odd else "dim" if node.placeholder else ""
