"""The list of findings or chains, a line each, in words: who started which command where, and why it is worth a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from engine.errors import OddkinError
from store.base.views import QueueRow
from tui.actions.finding_lines import letter
from tui.dialogs.columns import ColumnsDialog
from tui.widgets.ledger_table import LedgerTable
from tui.words.chain_words import chain_cell
from tui.words.finding_line import FindingLine
from tui.words.finding_row import CHOSEN, HEAD, TITLES, Look, row_cells
from tui.words.learnt_words import GLYPHS as MOVED
from tui.words.spans import Line, fit
from tui.words.verdicts import keys_help

if TYPE_CHECKING:
    from tui.runtime.settings import Settings

Lines = Callable[[Sequence[QueueRow]], Sequence[FindingLine]]
KEPT = 2_000
"""Lines that are remembered; a page up and down draws the same ones again."""


class QueueTable(LedgerTable["QueueRow"]):
    """Rows of the queue. `pending` holds verdicts that are being written and count already."""

    HEADER: ClassVar[int] = 0
    HELP = (
        "Strangest first: findings, or chains (**z**). A line: verdict, a block for the score against the highest of the case,"
        " when, on which host, which account (`⇡` the one it rises to), what started which command, why, how many processes"
        " (`×` how many occurrences). The command is that of the odd process of which a table says most. Trusted directories are"
        " left out, `sh -c` is `sh:`, long runs of letters and digits are `12345678…(64)`. **C** chooses the columns.\n\n"
        f"Verdicts: `M` `B` `F` `O`, `*` several kinds. One key gives one, and goes on to the next to decide: {keys_help()}."
        " **space** marks several; a verdict then is for all of them. **u** takes the last one back, also after a restart.\n\n"
        "Verdicts teach the queue: everything below the cursor is re-ordered after each, and the line under the queue says what"
        " moved. `↑` raised, `↓` lowered, `×` put aside: of the shape of a false positive, behind all others (**p** lists them)."
        " **l** asks in another order: diverse, uncertain, the detector's own; **L** shows all that your verdicts did."
    )
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
        """`lines`: what is told of rows (tui.actions.finding_lines.lines of the case); without it a line shows its chain.
        `settings`: where the choice of columns is kept.
        """
        super().__init__((), is_marked=is_marked, id=id)
        self._pending, self._marked, self._when, self._read, self._settings = pending, is_marked, when, lines, settings
        self._known: dict[tuple[int, int], FindingLine | None] = {}
        self._days = True
        self.border_title = "Findings"

    # What it shows ----------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the chosen columns (tui.words.finding_row.TITLES)."""
        chosen = self._settings.columns if self._settings is not None else ()
        return tuple(name for name in TITLES if name in chosen) or CHOSEN

    def make_room(self, total: int, *, findings: bool = False, chances: bool = False) -> None:
        """Other rows come: what was read of the ones before is forgotten."""
        self._known.clear()

    def show_days(self, days: bool) -> None:
        """Whether lines tell the day; those of a case of one day need not."""
        self._days = days
        self.refresh()

    def forget(self, changed: Callable[[QueueRow], bool] | None = None) -> None:
        """The contents of rows have changed: what was told of them too."""
        self._known.clear()
        super().forget(changed)

    def verdict_of(self, row: QueueRow) -> str | None:
        """What holds, or will in a moment."""
        return self._pending.get(row.key, row.verdict)

    def action_columns(self) -> None:
        """Choose the columns; the choice is kept."""
        ColumnsDialog(TITLES, self.columns).ask(self, self._choose)

    def _choose(self, names: tuple[str, ...]) -> None:
        if self._settings is not None:
            self._settings.columns = [*names]
            self._settings.save()
        self.refresh()

    # Drawing ------------------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """The row at a line."""
        width = self.scrollable_content_region.width
        position = y + round(self.scroll_y)
        row = self.row(position)
        if row is None:
            return self.strip(self.nothing(y), width)
        edge = "●" if self._marked(row) else "▌" if position == self.cursor else " "
        return self.row_strip(position, [(edge, "accent"), *self._cells(row, position, width - 1)], width)

    def _cells(self, row: QueueRow, position: int, width: int) -> Line:
        verdict = self.verdict_of(row)
        pending = row.key in self._pending
        line = self._line(row, position)
        if line is None:
            head: Line = [(letter(verdict) or " ", verdict or ""), (" " * (HEAD - 1), "")]
            return fit([*head, *chain_cell(row.steps, row.worst_step, width - HEAD)], width)
        sign = letter(verdict) if pending else line.verdicts
        if not sign and row.learnt is not None:
            sign = MOVED.get(row.learnt.effect, "")
        decided = bool(letter(verdict)) if pending else bool(line.verdicts)
        look = Look(self._when, self.columns, self._days)
        return row_cells(line, width, look, sign=sign, verdict=verdict or "warning", muted=decided)

    def _line(self, row: QueueRow, position: int) -> FindingLine | None:
        """What is told of a row; all that are in view are read together."""
        key = _key(row)
        if key not in self._known and self._read is not None:
            top = round(self.scroll_y)
            places = range(min(top, position), max(top + self.size.height, position + 1))
            rows = [one for place in places if (one := self.row(place)) is not None and _key(one) not in self._known]
            if len(self._known) > KEPT:
                self._known.clear()
            try:
                self._known.update(zip(map(_key, rows), self._read(rows), strict=True))
            except OddkinError:  # scored anew this moment: the list is read again in the next
                self._known.update(dict.fromkeys(map(_key, rows)))
        return self._known.get(key)


def _key(row: QueueRow) -> tuple[int, int]:
    """Finding or chain: their numbers may be the same."""
    return (row.whole.number, 0) if row.whole is not None else (0, row.chain_id)
