"""What the parts of the application tell each other. Past tense for what happened, `…Wanted` for what somebody asks for.

The application passes the ones that do not bubble on to every screen; were they to bubble, they would come back to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from textual.message import Message

from engine.errors import OddkinError
from engine.progress import Step

if TYPE_CHECKING:
    from engine.jobs.ingest.report import IngestReport
    from store.base.views import CaseSummary, IncidentView
    from store.learnt.changes import LearntChange
    from tui.runtime.places import ScreenPlace

Outcome = Literal["done", "cancelled", "failed"]


@dataclass
class JobStarted(Message, bubble=False):
    """A job began."""

    name: str


@dataclass
class JobStepped(Message, bubble=False):
    """A job got on."""

    name: str
    step: Step

    def can_replace(self, message: Message) -> bool:
        """A newer step makes a waiting one worthless, unless that one closes a stage."""
        return isinstance(message, JobStepped) and not self.step.last


@dataclass
class JobEnded(Message, bubble=False):
    """A job is over, in the job's own words: posted when its thread has really stopped working."""

    name: str
    outcome: Outcome
    result: Any = None
    error: OddkinError | None = None
    left: str = ""
    """What a stopped one leaves, in words."""


@dataclass
class CaseChanged(Message, bubble=False):
    """Another case is the current one; None: there is none (any more). Posted to the application, which passes it on."""

    case: str | None


@dataclass
class FiguresChanged(Message, bubble=False):
    """Something was committed that no other message tells of: count anew."""


@dataclass
class SummaryLoaded(Message, bubble=False):
    """The figures of the current case were counted anew; screens draw their header from it."""

    summary: CaseSummary | None


@dataclass
class ScoresChanged(Message, bubble=False):
    """The queue of a case is another one: scored again, or another model in use."""

    case: str
    model_id: str


@dataclass
class VerdictChanged(Message, bubble=False):
    """Verdicts of these chains changed."""

    keys: tuple[str, ...]
    beyond: bool = False
    """Perhaps of others too: a verdict on a beginning of chains was taken back."""


@dataclass
class LearningBegan(Message, bubble=False):
    """The queue of a case is being re-ordered by its verdicts."""

    case: str


@dataclass
class QueueLearnt(Message, bubble=False):
    """The queue of a case follows its verdicts again."""

    case: str | None
    change: LearntChange | None = None
    """What the newest verdicts did; None where there is nothing to compare with."""
    fresh: bool = False
    """It is another queue than before."""
    problem: str = ""


@dataclass
class EvidenceWanted(Message, bubble=False):
    """Ask what to do with these files and folders, whole paths."""

    paths: tuple[str, ...]


@dataclass
class IngestFinished(Message, bubble=False):
    """Records were added to the current case (also by an ingest that was cancelled half-way)."""

    report: IngestReport | None


@dataclass
class ClassifyWanted(Message):
    """Train the classifier on the verdicts so far, with these values of the form."""

    values: dict[str, Any]


@dataclass
class ChainWanted(Message):
    """Show this chain in triage; where it was asked for from a process that an incident covers, that one."""

    key: str
    incident: IncidentView | None = None
    process_id: int = 0
    """The process that was looked at."""


@dataclass
class ProcessWanted(Message):
    """Show this process in the tree."""

    process_id: int


@dataclass
class PlaceWanted(Message):
    """Go back, or forward, to where one was."""

    place: ScreenPlace


@dataclass
class ModeWanted(Message):
    """Switch to a mode: case, tree, train, triage, models, patterns."""

    mode: str
