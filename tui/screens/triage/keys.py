"""The keys of triage. Verdicts first: the footer has room for few, and those are what the screen is for."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from tui.words.verdicts import LOOKS

KEYS: list[BindingType] = [
    *(
        Binding(look.key, f"verdict('{word}')", look.footer, id=f"verdict.{word}", tooltip=look.tooltip)
        for word, look in LOOKS.items()
    ),
    Binding("d,delete", "verdict('')", "Clear verdict", show=False, id="verdict.clear", tooltip="Take the verdict away"),
    Binding("u,ctrl+z", "undo", "undo", id="verdict.undo", tooltip="Take back the last verdict, also of an earlier session"),
    Binding("ctrl+r", "redo", "Redo", show=False, id="verdict.redo", tooltip="Bring back what was taken back last"),
    Binding(
        "O",
        "overwrite",
        "Decided ones too",
        show=False,
        id="verdict.overwrite",
        tooltip="Include the decided chains that a verdict leaves as they are: while it asks, or after it was given",
    ),
    Binding("c", "note", "Note", show=False, id="verdict.note", tooltip="Write a note to this chain"),
    Binding(
        "space", "mark", "Mark", show=False, id="mark.toggle", tooltip="Mark the line; a verdict then is for all marked ones"
    ),
    Binding("asterisk", "mark_all", "Mark all", key_display="*", show=False, id="mark.all", tooltip="Mark every line shown"),
    Binding("slash", "filter", "filter", key_display="/", id="queue.filter", tooltip="Narrow the queue down"),
    Binding(
        "v", "undecided", "Undecided only", show=False, id="queue.undecided", tooltip="Only chains without a verdict, or all"
    ),
    Binding(
        "a",
        "flagged_or_all",
        "Above threshold only",
        show=False,
        id="queue.flagged",
        tooltip="Only findings, or all. While a verdict asks: give it to all its chains, also below the threshold",
    ),
    Binding(
        "z",
        "findings",
        "Findings or chains",
        show=False,
        id="queue.findings",
        tooltip="List chains, not findings; again: back",
    ),
    Binding(
        "o",
        "open_finding",
        "Chains of the finding",
        show=False,
        id="finding.open",
        tooltip="List the chains of this finding, to be decided one by one; again: back",
    ),
    Binding(
        "full_stop",
        "member(1)",
        "Next in finding",
        key_display=".",
        show=False,
        id="member.next",
        tooltip="Show the next chain of this finding",
    ),
    Binding(
        "comma",
        "member(-1)",
        "Previous in finding",
        key_display=",",
        show=False,
        id="member.previous",
        tooltip="Show the chain of this finding before",
    ),
    Binding(
        "l",
        "ask_mode",
        "What to ask",
        show=False,
        id="queue.ask",
        tooltip="Next order: learnt, diverse, uncertain, the detector's own",
    ),
    Binding(
        "L", "effects", "What labels did", show=False, id="labels.effects", tooltip="All that your verdicts moved, and how well"
    ),
    Binding(
        "p", "put_aside", "Put aside", show=False, id="queue.aside", tooltip="Only what labels put behind all others; again: all"
    ),
    Binding("s", "sort(1)", "Sort", show=False, id="queue.sort", tooltip="Next order: rank, rarity, hosts, first seen, …"),
    Binding("S", "sort(0)", "Reverse", show=False, id="queue.reverse", tooltip="The same order the other way round"),
    Binding("r", "reload", "Apply anew", show=False, id="queue.reload", tooltip="Apply filter and order to what holds now"),
    Binding(
        "w",
        "next_undecided",
        "Next undecided",
        show=False,
        id="queue.next",
        tooltip="Skip to the next chain without a verdict",
    ),
    Binding("J", "row(1)", "Next chain", show=False, id="chain.next", tooltip="Next chain, from any pane"),
    Binding("K", "row(-1)", "Previous chain", show=False, id="chain.previous", tooltip="Previous chain, from any pane"),
    Binding("n", "step(1)", "Next step", show=False, id="step.next", tooltip="Next step of the chain"),
    Binding("N", "step(-1)", "Previous step", show=False, id="step.previous", tooltip="Previous step of the chain"),
    Binding("right_square_bracket", "occurrence(1)", "Next occurrence", key_display="]", show=False, id="occurrence.next"),
    Binding(
        "left_square_bracket", "occurrence(-1)", "Previous occurrence", key_display="[", show=False, id="occurrence.previous"
    ),
    Binding("t", "tree", "To the tree", show=False, id="goto.tree", tooltip="Show the selected step's process in the tree"),
    Binding("escape", "back", "Back", show=False, id="back", tooltip="Leave the whole-screen chain, drop marks, drop the filter"),
]
