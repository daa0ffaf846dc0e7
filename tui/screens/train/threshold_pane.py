"""The threshold of one model's scores: another budget is tried out on the plot, and applied where it is liked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from tui.actions.models import short_id
from tui.runtime.beside import beside
from tui.runtime.messages import ScoresChanged
from tui.runtime.services import Services
from tui.screens.train.distribution_plot import NOTHING, DistributionPlot
from tui.screens.train.threshold_board import Board

if TYPE_CHECKING:
    from store.scores.threshold_rows import Flagging


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
        in_use = self.board.model_id == self._in_use
        role = "in use" if in_use else "new, not in use yet"
        self.border_title = f"Threshold of {short_id(self.board.model_id)} ({role})"
        self.show(*self.board.drawn(in_use=in_use))

    @on(DistributionPlot.BudgetMoved)
    def _moved(self, message: DistributionPlot.BudgetMoved) -> None:
        if self.board is None:
            return
        self.board = self.board.moved(message.by)
        self._draw_board()
        if self.board.flagging is None:
            thresholds, board = self._services.workspace.thresholds, self.board
            look = partial(thresholds.what_if, board.case, board.allowed, board.model_id)
            beside(self, "look", look, partial(self._looked, board))

    def _looked(self, asked: Board, flagging: Flagging) -> None:
        board = self.board
        if board is not None and (board.model_id, board.allowed) == (asked.model_id, asked.allowed):
            self.board = replace(board, flagging=flagging)
            self._draw_board()

    @on(DistributionPlot.BudgetTaken)
    def _taken(self) -> None:
        if self.board is not None and self.board.changed:
            thresholds, board = self._services.workspace.thresholds, self.board
            apply = partial(thresholds.move, board.case, board.per_host_day, board.model_id)
            beside(self, "apply", apply, partial(self._applied, board))

    def _applied(self, board: Board, flagging: Flagging) -> None:
        self.notify(f"{flagging.findings:,} findings of {flagging.chains:,} chains are flagged now.", markup=False)
        self.app.post_message(ScoresChanged(board.case, board.model_id))
