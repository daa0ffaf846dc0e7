"""The difference between a chain and the nearest normal one, in words; the same on the command line and on screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.words import base, many, shortened

if TYPE_CHECKING:
    from store.queue.nearest import NearestView


def difference(one: NearestView, steps: Sequence[str]) -> str:
    """What is different, as a sentence. Paths as recorded: whoever shows it makes it visible."""
    if one.change == "replaced":
        here, there = _name(steps[one.at]), _name(one.steps[one.at])
        if here == there:  # the same name in another folder: the very thing to notice
            return f"step {one.at + 1}: {steps[one.at]} instead of {one.steps[one.at]}"
        return f"step {one.at + 1}: {here} instead of {there}"
    if one.change == "added":
        return f"step {one.at + 1}: {_name(steps[one.at])} is one more"
    if one.change == "missing":
        lacking = _name(one.steps[one.at])
        return f"{lacking} is missing before step {one.at + 1}" if one.at < len(steps) else f"ends before {lacking}"
    return f"the first {many(one.at, 'step is', 'steps are')} the same"


def _name(step: str) -> str:
    return shortened(visible(base(step)))
