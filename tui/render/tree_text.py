"""A process forest as text: one line a process, guides, score, verdict, link, command line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from engine.untrusted import visible
from tui.render.forest import DrawnNode, Line, walk
from tui.words.verdicts import LOOKS

MAX_COMMAND = 160


def guides(line: Line) -> str:
    """The `│  ├─ └─` in front of a node."""
    if not line.lasts:
        return ""
    return "".join("   " if last else "│  " for last in line.lasts[:-1]) + ("└─ " if line.lasts[-1] else "├─ ")


def describe(node: DrawnNode, parent: DrawnNode | None = None) -> str:
    """What is known of a process, in one line, escaped. Marks stand beside colour, never instead of it."""
    parts = [visible(node.image) or "(unknown)"]
    if node.placeholder:
        parts.append("(not in the logs)")
    if node.number:
        parts.append(node.number)
    if node.pid is not None:
        parts.append(f"[{node.pid}]")
    if node.time:
        parts.append(node.time)
    if node.user:
        parts.append(visible(node.user))
    if node.score is not None:
        parts.append(f"{'▲' if node.flagged else '·'}{node.score:.2f}")
    if node.verdict:
        look = LOOKS.get(node.verdict)
        parts.append(f"<{look.plain if look else ''} {node.verdict}>")
    if parent is not None and parent.placeholder and node.method not in {"", "none"}:
        # How sure the link is says nothing here: the parent is known from this record alone.
        parts.append("(parent named by the record)")
    elif node.method not in {"", "guid", "none"}:
        parts.append(f"(link {node.method}, {node.confidence:.0%})")
    if node.command_line:
        parts.append("$ " + visible(node.command_line, MAX_COMMAND))
    return " ".join(parts)


def text_lines(roots: list[DrawnNode]) -> Iterator[Text]:
    """Styled lines; printed to a pipe they are plain text."""
    for line in walk(roots, counting=True):
        node = line.node
        text = Text(no_wrap=True)
        if line.more:
            text.append(f"  {guides(line)}… {line.more:,} more", "dim italic")
            yield text
            continue
        style = "bold red" if node.flagged else "dim" if node.placeholder else ""
        text.append(("→ " if node.focus else "  ") + guides(line), "dim")
        text.append(describe(node, line.parent), f"{style} reverse".strip() if node.focus else style)
        yield text
