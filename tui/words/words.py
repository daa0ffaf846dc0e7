"""Numbers, times and chains as short text, the same in every table."""

from __future__ import annotations

import math
import ntpath
import posixpath
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from engine.untrusted import visible
from tui.words.verdicts import LOOKS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ARROW = " → "
SHORT_KEY = 10
"""Digits of a chain's key that are shown: a million chains share none of them by accident."""
LONGEST_NAME = 40
"""Characters of a step in a line of steps; a longer one keeps its beginning and its end, which tells the kind of file."""


def when(time_us: int | None, *, fraction: bool = False) -> str:
    """UTC as RFC 3339, to the second or with its fraction; "" for unknown and for years that no calendar has."""
    if time_us is None:
        return ""
    try:
        moment = EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return ""
    return moment.isoformat(timespec="microseconds" if fraction else "seconds").replace("+00:00", "Z")


def many(number: int, one: str, more: str = "") -> str:
    """1 host, 2 hosts."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def on_hosts(processes: int, hosts: int) -> str:
    """41 processes on 3 hosts."""
    return many(processes, "process", "processes") + " on " + many(hosts, "host")


def base(path: str) -> str:
    """The file name of a normalised path."""
    return (ntpath.basename(path) if "\\" in path else posixpath.basename(path)) or path


def paste(name: str) -> str:
    """A name as part of a command that is meant to be pasted: quoted for the shell, and inert on the screen.

    A name with control characters cannot be pasted back, and must not act while it is shown.
    """
    return visible(shlex.quote(name))


def short_chain(steps: Sequence[str], worst: int | None = None) -> str:
    """File names joined by arrows, the worst step in brackets, escaped."""
    names = [shortened(visible(base(step))) for step in steps]
    return ARROW.join(f"[{name}]" if index == worst else name for index, name in enumerate(names))


def shortened(text: str, limit: int = LONGEST_NAME) -> str:
    """At most `limit` characters, an ellipsis in the middle."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return text[:head] + "…" + text[len(text) - (limit - 1 - head) :]


def verdict_mark(verdict: str | None, *, short: bool = False) -> str:
    """Glyph and name; "" for none, the word itself for one that a newer oddkin gave."""
    look = LOOKS.get(verdict or "")
    return f"{look.glyph} {look.short if short else look.name}" if look else verdict or ""


def score_words(score: float) -> str:
    """A score or a threshold: 2.488; 0.00124 where three digits after the point would be none, as by the published score."""
    return f"{score:.3g}" if 0 < score < 0.1 else f"{score:.3f}"


def level(threshold: float | None) -> str:
    """A threshold in a sentence; it is infinite, or not in a manifest, where not even the best chain fits into the budget."""
    return "beyond every score" if threshold is None or math.isinf(threshold) else score_words(threshold)


def probability(value: float) -> str:
    """A tail probability: 0.34, .0021, 1e-05."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.1g}" if value < 0.001 else f"{value:.3f}"


def spark(values: Sequence[float]) -> str:
    """A histogram in one line of eighth-blocks; empty bins stay empty."""
    top = max(values, default=0)
    return "".join(" ▁▂▃▄▅▆▇█"[min(8, -(-int(value * 8) // int(top)))] if top >= 1 else " " for value in values)


def bar(value: float, top: float, width: int = 12) -> str:
    """Eighth-block bar of `value` against `top`."""
    if not top > 0 or not value > 0:
        return ""
    eighths = min(round(value / top * width * 8), width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")
