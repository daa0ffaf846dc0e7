"""What the Case screen's workers tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.errors import OddkinError
    from store.evidence.rejects import RejectRows
    from tui.screens.case.load import CaseContents


@dataclass
class CaseLoaded(Message):
    """Everything of a case was read, or could not be."""

    contents: CaseContents | None
    case: str | None
    problem: str = ""


@dataclass
class RejectsFound(Message):
    """The report can be opened."""

    title: str
    rows: RejectRows
    troubles: list[tuple[str, str]]


@dataclass
class CaseRemoved(Message):
    """A case was removed, or could not be."""

    case: str
    error: OddkinError | None
