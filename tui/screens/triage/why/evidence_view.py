"""What stands behind a chain: the signals with their tails, the hosts, the occurrences with their command lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from engine.signals.sentences import disagreement
from engine.untrusted import visible
from store.base.views import ChainHostView, ProcessView, QueueRow, ScoreView, SignalView
from tui.actions.chain_story import Story
from tui.widgets.lines_view import LinesView
from tui.words.signals import title
from tui.words.spans import Line, crop, wrap
from tui.words.words import bar, base, probability

COMMAND_LINES = 8
"""Lines of the command line of a process."""
HOSTS = 12
"""Hosts listed; the rest is counted."""
ODDS_FROM = 58
"""Panes this wide also say "1 in 500"."""
TOLD = 0.1
"""Tail up to which a signal's sentence is shown: what is common needs no words."""
FULL_BAR = 4.0
"""Orders of magnitude that fill a signal's bar: one chain in ten thousand."""


class EvidenceView(LinesView):
    """Signals, hosts, occurrences of the queue's current row."""

    BORDER_TITLE = "Why"
    _row: QueueRow | None = None
    _story: Story | None = None
    _process: ProcessView | None = None
    """Of an incident the one under the cursor: what is told is of that."""
    _covered = True
    HELP = (
        "A signal's tail is the share of the chains the model learnt from that are at least as odd: 0.002 is one in 500."
        " `,` and `.` choose the occurrence whose command lines stand under the steps of a chain."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Whole page", id="pane.open", tooltip="Give the pane the whole page"),
    ]

    class Chosen(Message):
        """Enter."""

    def __init__(self, when: Callable[[int | None], str], *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._when = when

    def show_row(self, row: QueueRow | None) -> None:
        """Another chain; its story is not read yet."""
        if row is None or self._row is None or row.key != self._row.key:
            self._row, self._story, self._process = row, None, None
            self.rebuild(top=True)

    def show_process(self, process: ProcessView, covered: bool) -> bool:
        """A process of the incident, `covered` by it or context; False where that is what is shown, with its story."""
        same = self._process is not None and self._process.id == process.id
        if same and self._story is not None:
            return False
        if not same:
            self._process, self._covered, self._story = process, covered, None
            self.rebuild(top=True)
        return True

    def show_story_of(self, process: int, story: Story) -> None:
        """Fill in what the chain of a process tells."""
        if self._process is not None and self._process.id == process:
            self._story = story
            self.rebuild()

    def action_choose(self) -> None:
        """Enter."""
        self.post_message(self.Chosen())

    def show_story(self, story: Story) -> None:
        """Fill in."""
        if self._row is not None and self._process is None and story.key == self._row.key:
            self._story = story
            self.rebuild()

    def build(self, width: int) -> list[Line]:
        """Signals, hosts, occurrences."""
        row, story = self._row, self._story
        if row is None:
            return []
        if self._process is not None:
            return process_lines(self._process, story, width, self._when, covered=self._covered)
        if story is None:
            return [[("…", "dim")]]
        lines = signal_lines(story.score.signals, width, sentences_of(story.score)) if story.score is not None else []
        lines += host_lines(story.hosts, width, self._when)
        return lines + occurrence_lines(story, row.count, width, self._when)


def process_lines(
    process: ProcessView, story: Story | None, width: int, when: Callable[[int | None], str], *, covered: bool
) -> list[Line]:
    """A process of an incident: what it is, its whole command line, what its chain tells."""
    name = visible(base(process.image or process.path)) or "(unknown)"
    pid = f"pid {process.pid}" if process.pid is not None else ""
    facts = [name, pid, process.user or "", when(process.time_us)[11:19], "" if covered else "context, not judged"]
    lines: list[Line] = [[(crop(" · ".join(fact for fact in facts if fact), width), "strong" if covered else "context")]]
    lines += [[(text, "")] for text in wrap(process.command_line or process.image, width, COMMAND_LINES)]
    if story is None or not covered:
        return lines
    score = story.score
    lines += [[], *signal_lines(score.signals, width, sentences_of(score))] if score is not None else []
    lines += host_lines(story.hosts, width, when)
    return lines + occurrence_lines(story, story.chain.count, width, when)


def sentences_of(score: ScoreView) -> dict[str, str]:
    """What is told of the chain's signals beyond their numbers."""
    return score.expectation.sentences if score.expectation is not None else {}


def signal_lines(signals: tuple[SignalView, ...], width: int, sentences: Mapping[str, str] | None = None) -> list[Line]:
    """Rarest tail first: those are the reasons, and of them the sentences; behind them where kinds of evidence disagree."""
    if not signals:
        return []
    told: set[str] = set()
    titles = {signal.name: title(signal.name) for signal in signals}
    name = min(max(cell_len(words) for words in titles.values()), max(10, width - 34))
    cells = max(4, min(16, width - name - 26))
    lines: list[Line] = [[("Signals".ljust(name + cells + 2), "title"), ("  value   tail", "dim")]]
    for signal in sorted(signals, key=lambda signal: (signal.tail, signal.name)):
        role = "worst" if signal.tail <= 0.01 else "warning" if signal.tail <= 0.1 else "dim"
        odds = -math.log10(signal.tail) if signal.tail > 0 else FULL_BAR
        line: Line = [
            (crop(titles[signal.name], name).ljust(name + 1), "" if role != "dim" else "dim"),
            (bar(odds, FULL_BAR, cells).ljust(cells), role),
            (f"{'–' if math.isnan(signal.value) else format(signal.value, '.4g'):>8} {probability(signal.tail):>6}", role),
        ]
        if signal.tail <= 0.1 and width >= ODDS_FROM:
            line.append((f"  1 in {round(1 / max(signal.tail, 1e-9)):,}", "dim"))
        lines.append(line)
        sentence = (sentences or {}).get(signal.name, "")
        if sentence and signal.tail <= TOLD and sentence not in told:
            told.add(sentence)
            lines += [[("  ", ""), (text, "dim")] for text in wrap(sentence, width - 2, 4)]
    note = disagreement([(signal.name, signal.value, signal.tail) for signal in signals])
    if note:
        lines += [[("≠ " if not place else "  ", "warning"), (text, "")] for place, text in enumerate(wrap(note, width - 2, 4))]
    return lines


def host_lines(hosts: tuple[ChainHostView, ...], width: int, when: Callable[[int | None], str]) -> list[Line]:
    """Most occurrences first, with a bar for the share."""
    if not hosts:
        return []
    lines: list[Line] = [[], [("Hosts", "title"), (f"  {len(hosts):,}", "dim")]]
    top = max(host.count for host in hosts)
    name = min(max(len(host.host) for host in hosts[:HOSTS]), max(8, width - 40))
    for host in hosts[:HOSTS]:
        start, end = when(host.first_us), when(host.last_us)
        lines.append(
            [
                ("  ", ""), (crop(host.host, name).ljust(name + 1), ""), (bar(host.count, top, 6).ljust(6), "accent"),
                (f"{host.count:>7,}  ", ""), (start if start == end else f"{start} … {end}", "dim"),
            ]
        )  # fmt: skip
    if len(hosts) > HOSTS:
        lines.append([(f"  … {len(hosts) - HOSTS:,} more hosts", "dim")])
    return lines


def occurrence_lines(story: Story, count: int, width: int, when: Callable[[int | None], str]) -> list[Line]:
    """The processes that end in this chain, the chosen one marked."""
    shown = story.processes
    if not shown:
        return []
    told = f"  {len(shown):,} of {count:,}" if count > len(shown) else f"  {count:,}"
    lines: list[Line] = [[], [("Occurrences", "title"), (told, "dim")]]
    for place, process in enumerate(shown):
        lines += _occurrence(process, place == story.sample, width, when)
    return lines


def _occurrence(process: ProcessView, chosen: bool, width: int, when: Callable[[int | None], str]) -> list[Line]:
    edge = ("▌" if chosen else " ", "accent")
    told = [when(process.time_us), process.host, process.user or "", f"pid {process.pid}" if process.pid is not None else ""]
    role = "strong" if chosen else ""
    lines: list[Line] = [[edge, (" ", ""), (crop(" · ".join(text for text in told if text), width - 2), role)]]
    limit = 4 if chosen else 1
    if process.command_line:
        lines += [[edge, ("   ", ""), (text, "" if chosen else "dim")] for text in wrap(process.command_line, width - 4, limit)]
    if chosen:
        source = f"{process.source} # {process.record_id or process.position}"
        lines += [[edge, ("   ", ""), (text, "dim")] for text in wrap(source, width - 4, 3)]
    return lines
