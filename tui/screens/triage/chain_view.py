"""One chain: its numbers, its steps with bars, the selected step's process, what was expected, the nearest normal chain.

The first part comes from the queue's row and is there at once; the story follows from a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from engine.signals.tails import share
from store.base.views import ExpectationView, LearntPlace, ProcessView, QueueRow
from tui.actions.chain_story import Story
from tui.widgets.lines_view import LinesView
from tui.words.chain_words import REBUILT, chain_lines, covers, difference, name_of
from tui.words.learnt_words import UP, chance_words, each_words, why_words
from tui.words.spans import Line, cells, crop, tail_crop, wrap
from tui.words.words import bar, base, many, on_hosts, score_words, verdict_mark

if TYPE_CHECKING:
    from store.queue.nearest import NearestView

NARROW = 46
"""Panes narrower than this show shorter bars and no folder."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What the bars are drawn from. Errors may be fewer than steps."""

    texts: Sequence[str]
    errors: Sequence[float]
    worst: int
    selected: int = -1


def step_line(steps: Steps, index: int, width: int) -> Line:
    """One step. The worst has an arrow and a strong name, the selected one a bar at the edge: colour never alone."""
    cells = 6 if width < NARROW else min(16, width // 6)
    error = steps.errors[index] if index < len(steps.errors) else None
    top = max((value for value in steps.errors if value == value), default=0.0)  # noqa: PLR0124 - NaN
    worst = index == steps.worst
    edge = "▌" if index == steps.selected else " "
    drawn = "" if error is None else bar(error, top, cells)
    line: Line = [
        (edge, "accent"),
        ("→" if worst else " ", "worst"),
        (f"{index + 1:>2} ", "dim"),
        (drawn.ljust(cells), "worst" if worst else heat(error, top)),
        (f" {'' if error is None else small(error):>6} ", "worst" if worst else "dim"),
    ]
    left = width - 5 - cells - 8
    path = steps.texts[index]
    name = crop(base(path), left)
    line.append((name, "worst" if worst else "strong" if index == steps.selected else ""))
    folder = path[: -len(base(path))].rstrip("\\/") if path.endswith(base(path)) else ""
    room = left - len(name) - 2
    if folder and width >= NARROW and room >= 8:
        line += [("  ", ""), (tail_crop(folder, room), "dim")]
    return line


def small(error: float) -> str:
    """Six cells at most: 4.127, 0.0012."""
    return f"{error:.4f}" if 0 < error < 0.1 else f"{error:.3f}"


def rebuilt_lines(rebuilt: Sequence[str | None], index: int, width: int) -> list[Line]:
    """What the network rebuilt a step as, under it, where that is another path."""
    path = rebuilt[index] if index < len(rebuilt) else None
    if not path:
        return []
    # Under the step's name, and by its folder only where there is room for both.
    before = 5 + (6 if width < NARROW else min(16, width // 6)) + 8
    name = crop(base(path), width - before - 2)
    line: Line = [(" " * before, ""), (f"{REBUILT} ", "good"), (name, "good")]
    room = width - before - 2 - cells(name) - 2
    folder = path[: -len(base(path))].rstrip("\\/")
    if folder and width >= NARROW and room >= 8:
        line += [("  ", ""), (tail_crop(folder, room), "dim")]
    return [line]


def heat(error: float | None, top: float) -> str:
    """Role of a bar that is not the worst: by its share of the worst."""
    if error is None or not top > 0:
        return "dim"
    return "worst" if error / top > 0.8 else "warning" if error / top > 0.4 else "good"


COMMAND_LINES = 6
"""Lines of a command line under its step."""
INDENT = "    "


class ChainView(LinesView):
    """The chain of the queue's current row."""

    BORDER_TITLE = "Chain"
    row: QueueRow | None = None
    """What is shown."""
    story: Story | None = None
    _verdict: str | None = None
    _threshold = 0.0
    _place = 0
    _places: Sequence[tuple[int, int]] = ()
    HELP = (
        "Steps from the oldest ancestor down. A bar is the step's error; `→` marks the worst. `↳` is the known path nearest to"
        " what the network rebuilt, where that is not the step itself. j and k go from step to step."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "step(1)", "Down", show=False, id="pane.down", tooltip="Next step"),
        Binding("k,up", "step(-1)", "Up", show=False, id="pane.up", tooltip="Step before"),
        Binding("enter", "choose", "Whole page", id="pane.open", tooltip="Give the pane the whole page"),
    ]

    class Chosen(Message):
        """Enter."""

    step: reactive[int] = reactive(-1, repaint=False)

    def __init__(self, when: Callable[[int | None], str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when

    def show_row(self, row: QueueRow | None, verdict: str | None, threshold: float, place: int = 0) -> None:
        """Another chain, or the same with another verdict; the one behind `place` others in its finding."""
        same = row is not None and self.row is not None and row.key == self.row.key
        self.row, self._verdict, self._threshold, self._place = row, verdict, threshold, place
        if not same:
            self.story = None
            self.set_reactive(ChainView.step, row.worst_step if row is not None else -1)
        self.rebuild(top=not same)

    def show_story(self, story: Story) -> None:
        """The rest of the chain that is shown."""
        if self.row is not None and story.key == self.row.key:
            self.story = story
            self.rebuild()

    def process(self) -> ProcessView | None:
        """The recorded process behind the selected step."""
        line = self.story.line if self.story is not None else ()
        return line[self.step] if 0 <= self.step < len(line) else None

    def action_choose(self) -> None:
        """Enter."""
        self.post_message(self.Chosen())

    def action_step(self, by: int) -> None:
        """Another step."""
        self.move_step(by)

    def move_step(self, by: int) -> None:
        """Select another step; stops at the ends."""
        if self.row is not None:
            self.step = max(0, min(self.step + by, len(self.row.steps) - 1))

    def watch_step(self) -> None:
        """The selected step tells more, and is scrolled into view."""
        self.rebuild()
        if 0 <= self.step < len(self._places):
            self.reveal(*self._places[self.step])

    def build(self, width: int) -> list[Line]:
        """Head, steps, expectation, nearest normal chain."""
        row = self.row
        if row is None:
            return []
        lines = self._head(row, width)
        lines.append([])
        steps = Steps(row.steps, row.step_errors, row.worst_step, self.step)
        places = []
        for index in range(len(row.steps)):
            first = len(lines)
            lines.append(step_line(steps, index, width))
            lines += rebuilt_lines(self._rebuilt(), index, width)
            if index == self.step:
                lines += self._process_lines(width)
            places.append((first, len(lines) - 1))
        self._places = places
        if self.story is not None:
            score = self.story.score
            if score is not None and score.expectation is not None:
                lines += expected_lines(score.expectation, width)
            if self.story.nearest is not None:
                lines += nearest_lines(self.story.nearest, row.steps, width)
        return lines

    def _rebuilt(self) -> Sequence[str | None]:
        score = self.story.score if self.story is not None else None
        return score.expectation.rebuilt if score is not None and score.expectation is not None else ()

    def _head(self, row: QueueRow, width: int) -> list[Line]:
        above = row.score >= self._threshold
        first: Line = [
            (f"#{row.rank:,}", "strong"), (f"  score {score_words(row.score)} ", ""),
            (f"{'above' if above else 'below'} {score_words(self._threshold)}", "warning" if above else "dim"),
        ]  # fmt: skip
        if row.finding and row.whole is None:
            first.append((f"  finding {row.finding}", ""))
        lines = [first, [(on_hosts(row.count, row.host_count), "")]]
        if row.whole is not None:
            of = f"chain {self._place + 1:,} of {row.whole.chains:,}" if row.whole.chains > 1 else "its only chain"
            score = f"  score {score_words(row.whole.score)}  "
            lines.insert(0, [(f"Finding {row.whole.number}", "strong"), (score, ""), (of, "accent")])
            lines.insert(1, [(covers(row), "dim"), ("  . , step through them" if row.whole.chains > 1 else "", "dim")])
        start, end = self._when(row.first_us), self._when(row.last_us)
        if start:
            lines.append([(start if start == end else f"{start} … {end}", "dim")])
        if row.learnt is not None:
            lines += learnt_lines(row.learnt, self.story.cause if self.story is not None else "", width)
        label = self.story.label if self.story is not None else None
        if self._verdict is not None:
            said: Line = [(verdict_mark(self._verdict), self._verdict)]
            if label is not None and label.verdict == self._verdict:
                said.append((f"  {label.author} {self._when(label.at_us)}", "dim"))
                if label.scope:
                    said.append((f"  {label.scope}", "dim"))
            lines.append(said)
        if label is not None and label.note:
            lines += [
                [("“ " if not place else "  ", "dim"), (text, "")] for place, text in enumerate(wrap(label.note, width - 2, 4))
            ]
        return lines

    def _process_lines(self, width: int) -> list[Line]:
        process = self.process()
        room = max(8, width - len(INDENT) - 2)

        def under(text: str, role: str) -> Line:
            return [("▌", "accent"), (INDENT, ""), (text, role)]

        row = self.row
        path = row.steps[self.step] if row is not None and 0 <= self.step < len(row.steps) else ""
        lines = [under(text, "dim") for text in wrap(path, room, 3)]
        if self.story is None:
            return lines
        tails = self.story.score.expectation.step_tails if self.story.score and self.story.score.expectation else ()
        if 0 <= self.step < len(tails):
            odd = f"error as high as in {share(tails[self.step])} of the training steps of its role"
            lines += [under(text, "warning" if tails[self.step] <= 0.02 else "dim") for text in wrap(odd, room, 2)]
        if process is None:
            return [*lines, under("no record of this process", "dim")]
        if process.command_line:
            lines += [under(text, "") for text in wrap(process.command_line, room, COMMAND_LINES)]
        else:
            lines.append(under("known only from its child's record" if process.placeholder else "no command line", "dim"))
        told = [
            self._when(process.time_us),
            process.user or "",
            process.integrity or "",
            f"pid {process.pid}" if process.pid is not None else "",
        ]
        lines += [under(text, "dim") for text in wrap(" · ".join(text for text in told if text), room, 2)]
        return lines


def learnt_lines(place: LearntPlace, cause: str, width: int) -> list[Line]:
    """Where labels put the chain, how likely they make it, and why."""
    lines: list[Line] = [[(f"learnt place {place.place:,}", "accent"), (f"  {chance_words(place)}".rstrip(), "")]]
    if each := each_words(place):
        lines.append([(f"  {each}", "dim")])
    why = why_words(place, cause)
    return lines + ([[(text, "warning" if why.startswith(UP) else "dim")] for text in wrap(why, width, 3)] if why else [])


def expected_lines(expected: ExpectationView, width: int) -> list[Line]:
    """What was expected at the worst step, likeliest first, and the sentence with the counts."""
    lines: list[Line] = [[], [(f"Expected here, at step {expected.step + 1}", "title")]]
    if expected.alternatives:
        names = list(dict.fromkeys(name_of(path) for path in expected.alternatives))
        lines += [[("  ", ""), (text, "good")] for text in wrap("  ".join(names), width - 2, 2)]
    return lines + [[("  ", ""), (text, "dim")] for text in wrap(expected.sentence, width - 2, 6)]


def nearest_lines(one: NearestView, steps: tuple[str, ...], width: int) -> list[Line]:
    """The nearest normal chain with the differing step marked, and the difference in words."""
    seen = many(one.count, "time") + " on " + many(one.host_count, "host")
    title: Line = [("Nearest normal chain", "title"), (f"  seen {seen}", "dim")]
    if one.verdict is not None:
        title += [("  ", ""), (verdict_mark(one.verdict), one.verdict)]
    marked = -1 if one.change == "added" else one.at
    lines: list[Line] = [[], title]
    lines += [[("  ", ""), *line] for line in chain_lines(one.steps, width - 2, marked=marked, role="good")]
    return lines + [[("  ≠ ", "warning"), (text, "")] for text in wrap(difference(one, steps), width - 4, 2)]
