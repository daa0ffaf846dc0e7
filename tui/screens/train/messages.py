"""What the workers of the Train screen tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.device import Device
    from store.queue.comparison import ModelComparison
    from store.scores.threshold_rows import Flagging
    from tui.screens.train.threshold_board import Board


@dataclass
class DevicesFound(Message):
    """torch told what there is."""

    devices: tuple[Device, ...]


@dataclass
class BoardLoaded(Message):
    """Scores of a model were read; without a board there is nothing to show."""

    case: str
    board: Board | None
    in_use: str | None
    challenger: str | None
    cases: int
    """In the workspace."""


@dataclass
class BudgetLooked(Message):
    """What a budget would flag."""

    model_id: str
    allowed: int
    flagging: Flagging


@dataclass
class Compared(Message):
    """Model in use and challenger were compared."""

    found: ModelComparison
