"""The threshold of one model's scores: another budget is tried out on the plot, and applied where it is liked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from engine.errors import OddkinError
from tui.actions.models import short_id
from tui.runtime.messages import ScoresChanged
from tui.runtime.services import Services
from tui.screens.train.distribution_plot import NOTHING, DistributionPlot
from tui.screens.train.threshold_board import Board

if TYPE_CHECKING:
    from store.scores.threshold_rows import Flagging


@dataclass
class BudgetLooked(Message, bubble=False):
    """What a budget would flag."""

    model_id: str
    allowed: int
    flagging: Flagging


class ThresholdPane(DistributionPlot):
    """Holds the board that the plot draws."""

    def __init__(self, services: Services) -> None:
        super().__init__(id="threshold")
        self._services = services
        self.board: Board | None = None
        self._in_use: str | None = None

    def show_board(self, board: Board | None, in_use: str | None) -> None:
        """Scores of a model; `in_use` is the one that ranks the case."""
        self.board, self._in_use = board, in_use
        self._draw_board()

    def _draw_board(self) -> None:
        if self.board is None:
            self.border_title = "Threshold"
            self.show(NOTHING, None, "Nothing has been scored yet: r trains.")
            return
        role = "in use" if self.board.model_id == self._in_use else "new, not in use yet"
        self.border_title = f"Threshold of {short_id(self.board.model_id)} ({role})"
        self.show(*self.board.drawn())

    @on(DistributionPlot.BudgetMoved)
    def _moved(self, message: DistributionPlot.BudgetMoved) -> None:
        if self.board is None:
            return
        self.board = self.board.moved(message.by)
        self._draw_board()
        if self.board.flagging is None:
            self._look(self.board)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self, board: Board) -> None:
        flagging = self._services.workspace.thresholds.what_if(board.case, board.allowed, board.model_id)
        self.post_message(BudgetLooked(board.model_id, board.allowed, flagging))

    @on(BudgetLooked)
    def _looked(self, message: BudgetLooked) -> None:
        board = self.board
        if board is not None and (board.model_id, board.allowed) == (message.model_id, message.allowed):
            self.board = replace(board, flagging=message.flagging)
            self._draw_board()

    @on(DistributionPlot.BudgetTaken)
    def _taken(self) -> None:
        if self.board is not None and self.board.changed:
            self._apply(self.board)

    @work(thread=True, group="apply", exit_on_error=False)
    def _apply(self, board: Board) -> None:
        try:
            flagging = self._services.workspace.thresholds.move(board.case, board.per_host_day, board.model_id)
        except OddkinError as error:
            self.app.call_from_thread(self.notify, error.message, severity="error", markup=False)
            return
        told = f"{flagging.findings:,} findings of {flagging.chains:,} chains are flagged now."
        self.app.call_from_thread(self.notify, told, markup=False)
        self.app.post_message(ScoresChanged(board.case, board.model_id))
