"""Why a finding stands where it stands: the sentence, what made its score, and of one process what was expected in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.workspace import Workspace
    from tui.actions.incident_story import FindingStory


@dataclass(frozen=True, slots=True)
class Share:
    """One signal's part of the score."""

    signal: str
    """As the engine calls it, as `explain` takes it; "" for several small ones together."""
    title: str
    share: float
    """0 … 1; those of a finding add up to 1."""
    percent: int
    """The same in whole per cent; those of a finding add up to 100."""
    evidence: str
    """A few words with names and counts. Visible."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain to a process: what was given, what the network made of it, how badly."""

    given: str
    rebuilt: str
    """The same as `given` where the network rebuilt it; "" where that is not kept."""
    mark: str
    """tui.words.step_marks."""


@dataclass(frozen=True, slots=True)
class ProcessWhy:
    """Of one process what stands below the shares. Texts are visible."""

    process: int
    title: str
    """name · pid · user · time"""
    command: str
    """Whole; "" for none."""
    steps: tuple[Step, ...]
    """() for a process that belongs to the context, which is not judged."""
    usual: str
    """What its parent starts here: "grep 194, psql 160, ps 139 of 2,062"; "" where that is not kept."""
    nearest: str
    """The most alike everyday chain and how often it occurs; "" for none."""
    context: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Of a finding."""

    sentence: str
    shares: tuple[Share, ...]
    """Largest first; () for scores of before, which kept none."""
    process: ProcessWhy
    related: tuple[str, ...]


def of_finding(workspace: Workspace, case: str, story: FindingStory, process_id: int | None = None) -> Why:
    """Of the finding, with what is told of one process; None for its oddest one."""
    raise NotImplementedError


def of_process(workspace: Workspace, case: str, process_id: int, *, context: bool = False) -> ProcessWhy:
    """Of another process. Raises NotFound when it is gone."""
    raise NotImplementedError


def explain(term: str) -> str:
    """A term of art in one sentence; "" for a word that is none."""
    raise NotImplementedError
