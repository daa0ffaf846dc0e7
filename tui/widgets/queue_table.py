"""The ranked queue as a table: rank, score, chain in one line, occurrences, hosts, first seen, verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.widgets.chain_words import chain_cell
from tui.widgets.ledger_table import Column, LedgerTable
from tui.widgets.spans import Line, Span

if TYPE_CHECKING:
    from store.views import QueueRow

GLYPHS = {"malicious": "!", "benign": "b", "false_positive": "✓", "undetermined": "?"}


def short_number(number: int) -> str:
    """At most four cells."""
    if number < 10_000:
        return str(number)
    return f"{number // 1000}k" if number < 1_000_000 else f"{number // 1_000_000}M"


class QueueTable(LedgerTable["QueueRow"]):
    """Rows of the queue. `pending` holds verdicts that are being written and count already."""

    HELP = (
        "Strangest chain first, its worst step in [brackets]. One key gives a verdict, says what it covers, and goes on to the"
        " next undecided chain: **m** malicious, **b** benign (odd but expected), **f** false positive (not odd at all),"
        " **i** undetermined. **space** marks several; a verdict then is for all of them. **u** takes the last one back,"
        " also after a restart.\n\n"
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
        self._pending = pending
        self._when = when
        super().__init__(self._laid_out(1000), is_marked=is_marked, id=id)
        self.border_title = "Queue"

    def make_room(self, total: int) -> None:
        """Ranks as wide as the last one."""
        self._columns = self._laid_out(total)

    def _laid_out(self, total: int) -> tuple[Column[QueueRow], ...]:
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
        return [(GLYPHS.get(verdict or "", " "), verdict or "")]

    def _first(self, row: QueueRow, width: int) -> Line:
        return [(self._when(row.first_us)[:width].replace("T", " "), "dim")]


def _score(row: QueueRow, _: int) -> Line:
    return [(f"{row.score:.3f}"[:5], "strong" if row.finding else "dim")]


def _chain(row: QueueRow, width: int) -> Line:
    return list(_fitted(row.steps, row.worst_step, width))


@lru_cache(1024)
def _fitted(steps: tuple[str, ...], worst: int, width: int) -> tuple[Span, ...]:
    """A page up or down draws half of the rows again, and this is half of what a row costs."""
    return tuple(chain_cell(steps, worst, width))
