"""The reject report: every record that could not be used, why, and how it begins; files that could not be read at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.untrusted import visible
from store.base.source_views import RejectView
from tui.screens.case.case_columns import common_folder, reject_columns
from tui.widgets.dialog import Dialog
from tui.widgets.ledger_table import LedgerTable, RowSource

TROUBLES = 6


class RejectsDialog(Dialog[None]):
    """A table over the rejects, the sample of the one under the cursor below."""

    DEFAULT_CSS = """
    RejectsDialog > Vertical { width: 100%; max-width: 170; height: 100%; padding: 0 1; }
    RejectsDialog LedgerTable { height: 1fr; background: $surface; }
    RejectsDialog .troubles { height: auto; max-height: 8; color: $text-warning; margin-bottom: 1; }
    RejectsDialog .sample { height: 9; border-top: solid $border; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,R", "cancel", "Close", id="rejects.close")]

    def __init__(self, title: str, source: RowSource[RejectView], troubles: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._heading, self._source, self._troubles = title, source, troubles

    def compose(self) -> ComposeResult:
        """Unreadable files, rejects, sample."""
        with self.box(self._heading, "j/k move · esc closes"):
            if self._troubles:
                yield Static(Content(_told(self._troubles)), classes="troubles")
            table: LedgerTable[RejectView] = LedgerTable(reject_columns())
            table.empty = [("No record was rejected.", "good")]
            yield table
            yield Static("", classes="sample", markup=False)

    def on_mount(self) -> None:
        """Fill."""
        table = self.query_one(LedgerTable)
        table.show_source(self._source)
        table.focus()

    @on(LedgerTable.RowHighlighted)
    def _highlighted(self, event: LedgerTable.RowHighlighted) -> None:
        reject: RejectView | None = event.table.row(event.position)
        self.query_one(".sample", Static).update(sample(reject) if reject is not None else "")


def sample(reject: RejectView) -> Content:
    """One reject in full, its bytes made visible."""
    text = reject.sample.decode("utf-8", "backslashreplace")
    return Content.assemble(
        (visible(f"{reject.source} at {reject.position:,}", 400), "bold"),
        "\n",
        (visible(f"{reject.code}: {reject.reason}", 400), "$text-warning"),
        "\n",
        (visible(text, 800), "$text-muted"),
    )


def _told(troubles: Sequence[tuple[str, str]]) -> str:
    folder = common_folder([path for path, _ in troubles])
    lines = [f"! {visible(path[len(folder) :][-80:], 80)}: {visible(why, 160)}" for path, why in troubles[:TROUBLES]]
    more = len(troubles) - TROUBLES
    return "\n".join([*lines, f"  … and {more:,} more; oddkin cases show tells all"] if more > 0 else lines)
