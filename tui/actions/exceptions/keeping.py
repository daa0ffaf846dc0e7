"""From what was judged to exceptions, step by step: what is meant, what that would hide, and keeping it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.exceptions.kept import LONGEST_NAME, LONGEST_TEXT, ExceptionReason, KeptException

if TYPE_CHECKING:
    from engine.exceptions.matching import ScopeAsked
    from store.exceptions.drafts import DraftSource, ExceptionDrafts, ExceptionPreview
    from store.exceptions.exceptions import KeepReport
    from store.verdicts.subject import Subject
    from store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ExceptionWanted:
    """What is said of exceptions besides what they cover."""

    reason: ExceptionReason
    owner: str
    expires_us: int | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PreparedExceptions:
    """Exceptions before they are kept, with what they would do."""

    drafts: ExceptionDrafts
    preview: ExceptionPreview


def source_of(subject: Subject) -> DraftSource:
    """What exceptions are made from. Raises UsageError for what is no finding, no incident and no process."""
    from store.exceptions.drafts import DraftSource
    from store.verdicts.subject import OfFinding, OfIncident, OfProcess

    if isinstance(subject, OfProcess):
        return DraftSource(process_id=subject.process_id)
    if isinstance(subject, OfIncident):
        return DraftSource(subject.finding, subject.place, set_id=subject.set_id)
    if isinstance(subject, OfFinding):
        return DraftSource(subject.number, set_id=subject.set_id)
    raise UsageError(
        "An exception is made from a finding, one of its incidents, or a process.",
        remedy="Name one: F3, F3/2 or P123471. In Triage x and X choose.",
    )


def prepared(workspace: Workspace, case: str, source: DraftSource, asked: ScopeAsked, now_us: int) -> PreparedExceptions:
    """What would be kept, and what that would hide. Raises as the store's `drafts` does."""
    drafts = workspace.exceptions.drafts(case, source, asked)
    return PreparedExceptions(drafts, workspace.exceptions.preview(case, [one.scope for one in drafts.drafts], now_us))


def keep(workspace: Workspace, drafts: ExceptionDrafts, wanted: ExceptionWanted, now_us: int) -> KeepReport:
    """Keep them; of those whose scope is kept already this is what holds from now on. Raises UsageError for texts that are too
    long.
    """
    if len(wanted.owner) > LONGEST_NAME or len(wanted.note) > LONGEST_TEXT:
        raise UsageError(f"An owner has {LONGEST_NAME} characters at most, a note {LONGEST_TEXT:,}.")
    made = [
        KeptException(one.scope, one.verdict, wanted.reason, wanted.owner, wanted.note, now_us, wanted.expires_us)
        for one in drafts.drafts
    ]
    return workspace.exceptions.keep(made, replace=True)
