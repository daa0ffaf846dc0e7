"""The ranked queue as a table of findings or chains: rank, score, chain in one line, occurrences, hosts, first seen, verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from engine.untrusted import visible
from store.base.views import QueueRow
from tui.widgets.ledger_table import Column, LedgerTable
from tui.words.chain_words import chain_cell
from tui.words.learnt_words import GLYPHS as MOVED
from tui.words.learnt_words import UP, percent
from tui.words.spans import Line, Span, cells, crop
from tui.words.verdicts import keys_help, verdict_glyph

PARTLY, MIXED = "◐", "~"
"""Some of its processes are decided; all are, and differently."""
COMMAND_FROM = 28
"""Cells that the oddest process needs so that its command line stands beside its chain."""


def short_number(number: int) -> str:
    """At most four cells."""
    if number < 10_000:
        return str(number)
    return f"{number // 1000}k" if number < 1_000_000 else f"{number // 1_000_000}M"


class QueueColumns:
    """What the table's columns are, for findings and for chains. `pending` holds verdicts that are being written."""

    def __init__(self, pending: Mapping[str, str | None], when: Callable[[int | None], str]) -> None:
        self._pending, self._when = pending, when

    def laid_out(self, total: int, *, findings: bool = False, chances: bool = False) -> tuple[Column[QueueRow], ...]:
        """Ranks as wide as the last one; for findings other columns; `chances`: labels say how likely each is malicious."""
        columns = self._of_findings(total) if findings else self._of_chains(total)
        if not chances:
            return columns
        at = 1 + [column.title for column in columns].index("v")
        # In a table of half a screen the chain needs the room more than the time does, which stands beside it.
        roomy = [column for column in columns[at:] if not (column.title == "first seen" and column.width < 16)]
        return (*columns[:at], Column("mal.", 4, _chance, True, from_width=48), *roomy)

    def _of_findings(self, total: int) -> tuple[Column[QueueRow], ...]:
        return (
            Column("find", max(4, len(f"{total:,}")), _number, right=True),
            Column("score", 5, _score, right=True),
            Column("v", 2, self._verdict),
            Column("oddest process", 0, _oddest),
            Column("inc", 4, _figure("incidents"), right=True, from_width=56),
            Column("procs", 5, _figure("processes"), right=True),
            Column("hosts", 5, _figure("hosts"), True, from_width=48),
            Column("first seen", 10, self._first, from_width=72, to_width=110),
            Column("first seen", 16, self._first, from_width=110),
        )

    def _of_chains(self, total: int) -> tuple[Column[QueueRow], ...]:
        return (
            Column("rank", max(4, len(f"{total:,}")), lambda row, _: [(f"{row.rank:,}", "dim")], right=True),
            Column("score", 5, _score, right=True),
            Column("v", 1, self._verdict),
            Column("chain", 0, _chain),
            Column("find", 4, lambda row, _: [(short_number(row.finding), "") if row.finding else ("", "")], True, from_width=84),
            Column("seen", 4, lambda row, _: [(short_number(row.count), "")], right=True),
            Column("hosts", 5, lambda row, _: [(short_number(row.host_count), "")], True, from_width=56),
            Column("first seen", 16, self._first, from_width=84),
            Column("first seen", 10, self._first, from_width=60, to_width=84),
        )

    def verdict_of(self, row: QueueRow) -> str | None:
        """What holds, or will in a moment."""
        return self._pending.get(row.key, row.verdict)

    def _verdict(self, row: QueueRow, _: int) -> Line:
        verdict = self.verdict_of(row)
        if row.key not in self._pending and verdict is None and (split := _split(row)):
            return [(split, "warning")]
        if verdict is None and row.learnt is not None and row.learnt.effect in MOVED:
            return [(MOVED[row.learnt.effect], "warning" if MOVED[row.learnt.effect] == UP else "dim")]
        return [(verdict_glyph(verdict), verdict or "")]

    def _first(self, row: QueueRow, width: int) -> Line:
        first_us = row.first_us if row.whole is None else row.whole.first_us
        return [(self._when(first_us)[:width].replace("T", " "), "dim")]


class QueueTable(LedgerTable["QueueRow"]):
    """Rows of the queue. `pending` holds verdicts that are being written and count already."""

    HELP = (
        "Strangest first: findings with their strangest chain, or chains (**z**), the worst step in [brackets],"
        " where there is room the oddest process's command line. `◐`: a part of its processes is decided; `~`: parts are decided"
        " differently. One key gives a verdict, says what it covers, and goes on to the"
        f" next undecided line: {keys_help()}."
        " **i** undetermined. **space** marks several; a verdict then is for all of them. **u** takes the last one back,"
        " also after a restart.\n\n"
        "Verdicts teach the queue: everything below the cursor is re-ordered after each, and the line under the queue says what"
        " moved. `↑` raised, `↓` lowered, `×` put aside: of the shape of a false positive, behind all others (**p** lists them)."
        " **l** asks in another order: diverse, uncertain, the detector's own; **L** shows all that your verdicts did.\n\n"
        "Filter line (`/`): words are looked for in the images; `verdict:undecided`, `host:NAME`, `score>2.5`, `flagged`,"
        " `since:2024-03-01`, `until:…` narrow further. Rows keep their place when their verdict changes; the filter is"
        " applied anew with **r**."
    )

    def __init__(
        self,
        pending: Mapping[str, str | None],
        is_marked: Callable[[QueueRow], bool],
        when: Callable[[int | None], str],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        self._layout = QueueColumns(pending, when)
        super().__init__(self._layout.laid_out(1000), is_marked=is_marked, id=id)
        self.border_title = "Queue"

    def make_room(self, total: int, *, findings: bool = False, chances: bool = False) -> None:
        """Lay the columns out anew, as in QueueColumns."""
        self._columns = self._layout.laid_out(total, findings=findings, chances=chances)

    def verdict_of(self, row: QueueRow) -> str | None:
        """What holds, or will in a moment."""
        return self._layout.verdict_of(row)


def _score(row: QueueRow, _: int) -> Line:
    score = row.score if row.whole is None else row.whole.score
    figure = f"{score:.4f}"[1:] if 0 < score < 0.1 else f"{score:.3f}"[:5]  # five cells either way
    return [(figure, "strong" if row.finding else "dim")]


def _chance(row: QueueRow, _: int) -> Line:
    chance = row.learnt.probability if row.learnt is not None and row.verdict is None else None
    return [(percent(chance), "strong" if chance is not None and chance >= 0.5 else "dim")]


def _split(row: QueueRow) -> str:
    """A part of it is decided, or parts differently."""
    if row.whole is None:
        return PARTLY if 0 < row.decided < row.count else MIXED if row.decided else ""
    return PARTLY if row.whole.partly else MIXED if row.whole.mixed else ""


def _oddest(row: QueueRow, width: int) -> Line:
    """Its chain, and where there is room its command line too."""
    # Labels may have put another chain of the finding in front: the command line is none of that one's.
    command = row.whole.variant if row.whole is not None and row.whole.top_rank == row.rank else None
    if command is None or width < COMMAND_FROM:
        return _chain(row, width)
    line = _chain(row, width // 2)
    left = width - sum(cells(text) for text, _ in line) - 2
    return [*line, ("  ", ""), (crop(visible(command), left), "dim")]


def _number(row: QueueRow, _: int) -> Line:
    return [(f"{row.whole.number:,}" if row.whole is not None else "", "dim")]


def _figure(name: str) -> Callable[[QueueRow, int], Line]:
    return lambda row, _: [(short_number(getattr(row.whole, name)) if row.whole is not None else "", "")]


def _chain(row: QueueRow, width: int) -> Line:
    return list(_fitted(row.steps, row.worst_step, width))


@lru_cache(1024)
def _fitted(steps: tuple[str, ...], worst: int, width: int) -> tuple[Span, ...]:
    """A page up or down draws half of the rows again, and this is half of what a row costs."""
    return tuple(chain_cell(steps, worst, width))
