"""The keys of verdicts, of their scope and of marks: the same on each screen that takes verdicts."""

from __future__ import annotations

from textual.binding import Binding

from tui.words.verdicts import LOOKS

VERDICTS: tuple[Binding, ...] = tuple(
    Binding(look.key, f"verdict('{word}')", look.name, show=False, id=f"verdict.{word}", tooltip=look.tooltip)
    for word, look in LOOKS.items()
)
"""Stand on the line above the footer."""
JUDGE_KEYS: tuple[Binding, ...] = (
    *VERDICTS,
    Binding("delete", "verdict('')", "Clear verdict", key_display="del", show=False, id="verdict.clear",
            tooltip="Take the verdict off"),
    Binding("A", "answer_all", "All", show=False, id="verdict.all",
            tooltip="While a verdict asks: give it to everything it is about; enter answers carefully, esc with nothing"),
    Binding("x", "scope(1)", "Wider", show=False, id="scope.wider",
            tooltip="A verdict is for more: process, branch, incident, finding"),
    Binding("X", "scope(-1)", "Narrower", show=False, id="scope.narrower", tooltip="A verdict is for less"),
)  # fmt: skip
MARK_KEYS: tuple[Binding, ...] = (
    Binding("space", "mark", "Mark", show=False, id="mark.toggle",
            tooltip="Mark the line; a verdict then is for all marked ones"),
    Binding("V", "mark_range", "Mark range", show=False, id="mark.range",
            tooltip="Mark the lines from the last mark to the cursor"),
    Binding("asterisk", "mark_all", "Mark all", key_display="*", show=False, id="mark.all", tooltip="Mark every line shown"),
)  # fmt: skip
