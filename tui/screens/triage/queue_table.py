"""The list of findings or chains, a line each, in words: who started which command where, and why it is worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from engine.errors import OddkinError
from store.base.views import QueueRow
from tui.actions.triage.finding_lines import letter
from tui.dialogs.columns import ColumnsDialog
from tui.widgets.ledger_table import LedgerTable
from tui.words.chain_words import chain_cell
from tui.words.learnt_words import GLYPHS as MOVED
from tui.words.spans import Line, fit
from tui.words.triage.finding_line import FindingLine
from tui.words.triage.finding_row import CHOSEN, HEAD, TITLES, RowLook, row_cells
from tui.words.verdicts import keys_help

if TYPE_CHECKING:
    from tui.runtime.settings import Settings

Lines = Callable[[Sequence[QueueRow]], Sequence[FindingLine]]
KEPT = 2_000
"""Lines that are remembered; a page up and down draws the same ones again."""


HELP = (
    "Strangest first: findings, or chains (**v**). A line: verdict, the highest level of a mark that rules of others (Sigma,"
    " Hayabusa, Chainsaw) leave on one of its processes (`c` `h` `m` `l` `i`; it moves nothing), a block for the score against"
    " the highest of the case, when, on which host, which account (`⇡` the one it rises to), what started which command, why,"
    " how many processes"
    " (`×` how many occurrences). The command is that of the odd process of which a table says most. Trusted directories are"
    " left out, `sh -c` is `sh:`, long runs of letters and digits are `12345678…(64)`. **C** chooses the columns;"
    " of these what leaves the command too little stays out.\n\n"
    f"Verdicts: `M` `B` `F` `O`, `*` several kinds. One key gives one, and goes on to the next to decide: {keys_help()}."
    " **space** marks several; a verdict then is for all of them. **u** takes the last one back, also after a restart.\n\n"
    "Verdicts teach the queue: everything below the cursor is re-ordered after each, and its title says what"
    " moved. `↑` raised, `↓` lowered, `×` put aside: of the shape of a false positive, behind all others"
    " (`is:suppressed` lists them). **s** asks in another order: diverse, uncertain, the detector's own; **L** shows all that"
    " your verdicts did."
)


class QueueLines:
    """What is told of rows, remembered: all that are in view are read together. `pending`: verdicts that are being written and
    count already.
    """

    def __init__(
        self, pending: Mapping[str, str | None], when: Callable[[int | None], str], read: Lines | None, settings: Settings | None
    ) -> None:
        self._pending, self._when, self._read, self._settings = pending, when, read, settings
        self._known: dict[tuple[int, int], FindingLine | None] = {}
        self.days = True
        """Whether lines tell the day; those of a case of one day need not."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the chosen columns (tui.words.triage.finding_row.TITLES)."""
        chosen = self._settings.columns if self._settings is not None else ()
        return tuple(name for name in TITLES if name in chosen) or CHOSEN

    def choose(self, names: Sequence[str]) -> None:
        """Other columns; the choice is kept."""
        if self._settings is not None:
            self._settings.columns = [*names]
            self._settings.save()

    def forget(self) -> None:
        """The contents of rows have changed."""
        self._known.clear()

    def verdict_of(self, row: QueueRow) -> str | None:
        """What holds, or will in a moment."""
        return self._pending.get(row.key, row.verdict)

    def cells(self, row: QueueRow, width: int, table: LedgerTable[QueueRow]) -> Line:
        """The line of a row of a table, of exactly `width` cells."""
        verdict = self.verdict_of(row)
        pending = row.key in self._pending
        line = self._line(row, table)
        if line is None:
            head: Line = [(letter(verdict) or " ", verdict or ""), (" " * (HEAD - 1), "")]
            return fit([*head, *chain_cell(row.steps, row.worst_step, width - HEAD)], width)
        sign = letter(verdict) if pending else line.verdicts
        decided = bool(sign)
        if not sign and row.learnt is not None:
            sign = MOVED.get(row.learnt.effect, "")
        look = RowLook(self._when, self.columns, self.days)
        return row_cells(line, width, look, sign=sign, verdict=verdict or "warning", muted=decided)

    def _line(self, row: QueueRow, table: LedgerTable[QueueRow]) -> FindingLine | None:
        if _key(row) not in self._known and self._read is not None:
            top = round(table.scroll_y)
            view = (table.row(place) for place in range(top, top + table.size.height))
            rows = [one for one in view if one is not None and _key(one) not in self._known]
            if len(self._known) > KEPT:
                self._known.clear()
            try:
                self._known.update(zip(map(_key, rows), self._read(rows), strict=True))
            except OddkinError:  # scored anew this moment: the list is read again in the next
                self._known.update(dict.fromkeys(map(_key, rows)))
        return self._known.get(_key(row))


class QueueTable(LedgerTable["QueueRow"]):
    """Rows of the queue."""

    HEAD: ClassVar[int] = 0
    HELP = HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "columns", "Columns", show=False, id="queue.columns", tooltip="Which columns the list shows"),
    ]

    def __init__(
        self,
        pending: Mapping[str, str | None],
        is_marked: Callable[[QueueRow], bool],
        when: Callable[[int | None], str],
        *,
        lines: Lines | None = None,
        settings: Settings | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        """`lines`: tui.actions.triage.finding_lines.lines of the case, without which a line shows its chain."""
        super().__init__((), is_marked=is_marked, id=id)
        self.told = QueueLines(pending, when, lines, settings)
        self.border_title = "Findings"

    def make_room(self, total: int, *, findings: bool = False, chances: bool = False) -> None:
        """Other rows come: what was read of the ones before is forgotten."""
        self.told.forget()

    def forget(self, changed: Callable[[QueueRow], bool] | None = None) -> None:
        """The contents of rows have changed: what was told of them too."""
        self.told.forget()
        super().forget(changed)

    def verdict_of(self, row: QueueRow) -> str | None:
        """What holds, or will in a moment."""
        return self.told.verdict_of(row)

    def action_columns(self) -> None:
        """Choose the columns."""
        ColumnsDialog(TITLES, self.told.columns).ask(self, self._choose)

    def _choose(self, names: tuple[str, ...]) -> None:
        self.told.choose(names)
        if not names:
            self.notify("No column was chosen, so the usual ones are shown.", severity="warning", markup=False)
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        """The row at a line."""
        width = self.scrollable_content_region.width
        position = y + round(self.scroll_y)
        row = self.row(position)
        if row is None or self._is_marked is None:
            return super().draw_line(y)
        edge = "●" if self._is_marked(row) else "▌" if position == self.cursor else " "
        return self.row_strip(position, [(edge, "accent"), *self.told.cells(row, width - 1, self)], width)


def _key(row: QueueRow) -> tuple[int, int]:
    """Finding or chain: their numbers may be the same."""
    return (row.whole.number, 0) if row.whole is not None else (0, row.chain_id)
