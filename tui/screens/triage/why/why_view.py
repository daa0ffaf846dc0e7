"""Why a finding stands where it stands: the sentence, the shares of its score, and what was expected of one process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tui.actions.triage.why import ProcessWhy, RebuiltStep, Share, Why
from tui.widgets.lines_view import LinesView
from tui.words.spans import Line, cells, crop, tail_crop, wrap
from tui.words.triage.shares import BARS, stacked
from tui.words.triage.terms import explain

NAME = 8
"""Cells of the name of a step."""
LABEL = 8
"""Cells of given, rebuilt, error, usual, nearest."""
COMMAND = 2
"""Lines of the command line where not all has room."""
ROOMY = 74
"""Cells from which on blocks are set apart."""
SHORT = 4
"""Lines up to which only the sentence is shown."""
RULE = "─"


class WhyView(LinesView):
    """Of a finding and of one process of it."""

    BORDER_TITLE = "Why"
    HELP = (
        "One sentence, then the reasons: the bar is the whole score, and each reason has the share that stands before it. Below,"
        " the process under the tree's cursor: its command, what was **given** and what the networks **rebuilt** of it, what is"
        " **usual** there, the **nearest** everyday line of programs. **?** explains the term of a line; j and k choose the line."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "term(1)", "Down", show=False, id="why.next", tooltip="To the next line with a term"),
        Binding("k,up", "term(-1)", "Up", show=False, id="why.previous", tooltip="To the line with a term before"),
        Binding("question_mark", "explain", "Explain", key_display="?", show=False, id="why.explain",
                tooltip="Explain the term of the line; again: no longer"),
        Binding("enter", "choose", "Open", show=False, id="pane.open", tooltip="Give the pane the whole page"),
    ]  # fmt: skip

    class Chosen(Message):
        """Enter."""

    term: reactive[int] = reactive(0, repaint=False)
    """Which of the lines with a term has the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._why: Why | None = None
        self._explained = ""
        self._whole = False
        self._terms: list[tuple[int, str]] = []

    # What it shows ----------------------------------------------------------------------------------------------------

    def show_why(self, why: Why | None) -> None:
        """Another finding; None while none is known."""
        self._why, self._explained = why, ""
        self.set_reactive(WhyView.term, 0)
        self.rebuild(top=True)

    def show_process(self, process: ProcessWhy) -> None:
        """Another process of the same finding: the sentence and the shares stay."""
        if self._why is not None:
            self._why = replace(self._why, process=process)
            self.rebuild()

    def show_whole(self, whole: bool) -> None:
        """Whether everything is shown, to be scrolled, or as much as has room."""
        self._whole = whole
        self.rebuild(top=True)

    @property
    def shares_title(self) -> str:
        """The largest shares in a line, where there is no room for them below: 38 % place and name · 27 % rebuilt badly."""
        return " · ".join(f"{one.percent} % {one.title}" for one in self._why.shares[:3]) if self._why is not None else ""

    def action_term(self, by: int) -> None:
        """To another line with a term."""
        self.term = max(0, min(self.term + by, len(self._terms) - 1))

    def watch_term(self) -> None:
        """The line is marked and scrolled into view; what another one means is no longer told."""
        self._explained = ""
        self.rebuild()
        if 0 <= self.term < len(self._terms):
            place = self._terms[self.term][0]
            self.reveal(place, place)

    def action_choose(self) -> None:
        """Enter."""
        self.post_message(self.Chosen())

    def action_explain(self) -> None:
        """Tell what the term of the line means, or no longer."""
        name = self._terms[self.term][1] if 0 <= self.term < len(self._terms) else ""
        self._explained = "" if self._explained == name else name
        self.rebuild()

    def on_focus(self) -> None:
        """The line with the cursor shows."""
        self.rebuild()

    def on_blur(self) -> None:
        """It does no longer."""
        self.rebuild()

    # Lines ------------------------------------------------------------------------------------------------------------

    def build(self, width: int) -> list[Line]:
        """As much as has room: nearest, usual and the command beyond two lines are left out first, in this order."""
        why, height = self._why, self.scrollable_content_region.height
        if why is None:
            return []
        head = sentence_lines(why.sentence, width)
        if height <= SHORT and not self._whole:
            self._terms = []
            return head
        blocks = self._blocks(why, width)
        for drop in ((), ("related",), ("related", "nearest"), ("related", "nearest", "usual")):
            for command in (len(blocks["command"]), COMMAND):
                lines, terms = _joined(blocks, width, drop, command)
                if self._whole or len(lines) <= height:
                    return self._marked(lines, terms, width)
        return self._marked(lines, terms, width)

    def _blocks(self, why: Why, width: int) -> dict[str, list[tuple[Line, str]]]:
        """Name -> lines, each with its term or ""."""
        process = why.process
        blocks: dict[str, list[tuple[Line, str]]] = {
            "sentence": [(line, "") for line in sentence_lines(why.sentence, width)],
            "shares": share_lines(why.shares, width),
            "hosts": _labelled("hosts", why.hosts, width, ""),
            "title": [(rule(process.title + (" · context, not judged" if process.context else ""), width), "")],
            "command": [([(text, "")], "") for text in wrap(process.command, width)] if process.command else [],
            "steps": step_lines(process.steps, width),
            "usual": _labelled("usual", process.usual, width, "good"),
            "nearest": _labelled("nearest", process.nearest, width, ""),
            "related": [line for one in why.related for line in _labelled("related", one, width, "")],
        }
        return blocks

    def _marked(self, lines: list[Line], terms: list[tuple[int, str]], width: int) -> list[Line]:
        """The line with the cursor, where the pane has it, and below it what its term means."""
        self._terms = terms
        if not 0 <= self.term < len(terms):
            return lines
        place, name = terms[self.term]
        out = list(lines)
        if self.has_focus:
            out[place] = [(text, role or "selected") for text, role in out[place]]
        if self._explained == name:
            out[place + 1 : place + 1] = [[("  ", ""), (text, "accent")] for text in wrap(explain(name), width - 2)]
        return out


def sentence_lines(text: str, width: int) -> list[Line]:
    """The sentence, strong."""
    return [[(line, "strong")] for line in wrap(text, width)] if text else []


def share_lines(shares: Sequence[Share], width: int) -> list[tuple[Line, str]]:
    """The bar, then a line a share: glyph, per cent, name, evidence."""
    if not shares:
        return [([("Shares come with the next ranking.", "dim")], "")]
    bar: Line = [(glyph * size, "warning") for glyph, size in stacked([one.share for one in shares], width)]
    name = min(max(cells(one.title) for one in shares), max(1, width - 7))
    lines = [(bar, "share")]
    for place, one in enumerate(shares):
        glyph = BARS[min(place, len(BARS) - 1)]
        line: Line = [(f"{glyph} ", "warning"), (f"{one.percent:>2} % ", "strong"), (crop(one.title, name).ljust(name), "")]
        if (left := width - 7 - name - 2) > 0:
            line += [("  ", ""), (crop(one.evidence, left), "")]
        lines.append((line, one.signal))
    return lines


def step_lines(steps: Sequence[RebuiltStep], width: int) -> list[tuple[Line, str]]:
    """What was given above what was rebuilt above how badly, in columns; of many the last ones."""
    if not steps:
        return []
    known = any(step.rebuilt for step in steps)
    columns = [(crop(step.given, NAME), crop(step.rebuilt, NAME), step.mark or "·") for step in steps]
    sizes = [max(cells(text) for text in column) for column in columns]
    room, first = width - LABEL, len(columns)
    while first > 0 and sum(sizes[first - 1 :]) + 2 * (len(columns) - first) + (2 if first > 1 else 0) <= room:
        first -= 1
    first = min(first, len(columns) - 1)
    given: Line = [("given".ljust(LABEL), "dim"), ("… ", "dim") if first else ("", "")]
    rebuilt: Line = [("rebuilt".ljust(LABEL), "dim"), ("  " if first else "", "")]
    error: Line = [("error".ljust(LABEL), "dim"), ("  " if first else "", "")]
    for place in range(first, len(columns)):
        (was, made, mark), size = columns[place], sizes[place]
        gap = "" if place == len(columns) - 1 else "  "
        given += [(was, "strong" if place == len(columns) - 1 else ""), (" " * (size - cells(was)) + gap, "")]
        rebuilt += [(made, "" if made == was else "good"), (" " * (size - cells(made)) + gap, "")]
        error += [(mark, "warning" if steps[place].mark else "dim"), (" " * (size - cells(mark)) + gap, "")]
    lines = [(given, "given")]
    return [*lines, (rebuilt, "rebuilt"), (error, "error")] if known or any(step.mark for step in steps) else lines


def rule(title: str, width: int) -> Line:
    """── title ────"""
    shown = crop(title, width - 6)
    return [(f"{RULE}{RULE} ", "dim"), (shown, "title"), (f" {RULE * max(0, width - 4 - cells(shown))}", "dim")]


def _labelled(label: str, text: str, width: int, role: str) -> list[tuple[Line, str]]:
    """Of a line of programs the end is kept, which has the count."""
    shown = (tail_crop if label == "nearest" else crop)(text, width - LABEL) if text else ""
    return [([(label.ljust(LABEL), "dim"), (shown, role)], label)] if text else []


def _joined(
    blocks: dict[str, list[tuple[Line, str]]], width: int, drop: Sequence[str], command: int
) -> tuple[list[Line], list[tuple[int, str]]]:
    lines: list[Line] = []
    terms: list[tuple[int, str]] = []
    for name, block in blocks.items():
        if name in drop or not block:
            continue
        shown = block
        if name == "command" and len(block) > command:
            cut = block[command - 1][0][0][0]
            shown = [*block[: command - 1], ([(crop(f"{cut} …", width), "")], "")]
            if cells(cut) >= width - 1:
                shown[-1] = ([(cut[: width - 1] + "…", "")], "")
        if width >= ROOMY and lines and name in ("shares", "title", "steps", "usual"):
            lines.append([])
        for line, term in shown:
            if term:
                terms.append((len(lines), term))
            lines.append(line)
    return lines, terms
