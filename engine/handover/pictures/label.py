"""What a picture says of one process beside its command line. Marks stand beside colour, never instead of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.handover.pictures.forest import DrawnNode
from engine.untrusted import visible


def name(node: DrawnNode) -> str:
    """Its image, escaped; a word for none."""
    return visible(node.image) or "(unknown)"


def label(node: DrawnNode, parent: DrawnNode | None = None, *, verdict: Callable[[str], str] = str) -> str:
    """What is known of a process, in one line, escaped. verdict: how one is called."""
    return " ".join(_parts(node, parent, verdict))


def _parts(node: DrawnNode, parent: DrawnNode | None, verdict: Callable[[str], str]) -> Iterator[str]:
    yield name(node)
    if node.placeholder:
        yield "(not in the logs)"
    pid = "" if node.pid is None else f"[{node.pid}]"
    yield from (part for part in (node.number, pid, node.time, visible(node.user)) if part)
    if node.score is not None:
        yield f"{'▲' if node.flagged else '·'}{node.score:.2f}"
    if node.error:
        yield node.error
    if node.verdict:
        yield f"<{visible(verdict(node.verdict))}>"
    if node.marks:
        yield visible(node.marks)
    if parent is not None and parent.placeholder and node.method not in {"", "none"}:
        # How sure the link is says nothing here: the parent is known from this record alone.
        yield "(parent named by the record)"
    elif node.method not in {"", "guid", "none"}:
        yield f"(link {node.method}, {node.confidence:.0%})"


def kind_of(node: DrawnNode) -> str:
    """How it is painted: flagged, missing (no record), context, odd, "" for any other."""
    if node.flagged:
        return "flagged"
    return "missing" if node.placeholder else "context" if node.context else "odd" if node.odd else ""


def unseen(node: DrawnNode) -> str:
    """What of its surroundings is counted and not drawn; "" for nothing."""
    parts = [f"… {node.alike:,} more alike"] if node.alike else []
    parts += [f"… {node.hidden_children:,} more below"] if node.hidden_children > 0 else []
    return " ".join(parts)
