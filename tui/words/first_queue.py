"""What is said of a queue that no training on the case made: which detector ranked it, and what a training then changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.untrusted import visible
from tui.words.words import base, many, paste, shortened

if TYPE_CHECKING:
    from engine.errors import OddkinError
    from engine.progress import Step
    from store.queue.first import CameIn, FirstFindings

READY_MODEL = "ready: came with oddkin and learnt on other estates; training on this case refines it"
"""Of the model in use, where its age and cases are told of others."""
PARTS = {"learn words": (0.0, 0.1), "train": (0.1, 0.8), "read signals": (0.9, 0.05), "clean host-days": (0.95, 0.04),
         "calibrate": (0.99, 0.01)}  # fmt: skip
"""Stage of a training -> the share of the work before it, and its own: a network takes nearly all of the time."""
BEFORE = frozenset({"rules", "read chains", "read processes", "read command lines", "device"})
"""Stages before the first of them."""
NAMED = 5
"""Findings that came in, in a sentence."""


@dataclass(frozen=True, slots=True)
class FirstQueue:
    """A case that was ranked just now."""

    case: str
    model_id: str
    ready: bool
    """By the detector that comes with oddkin."""
    chains: int
    findings: int
    """Above the threshold."""
    seen: tuple[str, ...] = ()
    """Sources of the model's starter that were made of files of the case: there its ranking says nothing of how good it is."""


def refining(step: Step | None) -> str:
    """What stands over the findings of the ready detector; step: how far a training on the case is, None while none runs."""
    if step is None:
        return "ranked by the ready detector; 3 trains on this case"
    begun, own = PARTS.get(step.stage, (0.0 if step.stage in BEFORE else 0.99, 0.0))
    share = begun + own * (min(step.done / step.total, 1.0) if step.total else 0.0)
    return f"ranked by the ready detector; training refines ({100 * share:.0f} %)"


def _came(one: CameIn) -> str:
    before = f"F{one.before} before" if one.before else "in no finding before"
    return f"F{one.number} {shortened(visible(base(one.image)))} on {visible(one.host)} ({before})"


def changed_words(change: FirstFindings) -> str:
    """What a training changed at the top of the queue, in a sentence."""
    if not change.came:
        return f"The first {change.read} findings are among the first {change.read} as before"
    shown = [_came(one) for one in change.came[:NAMED]]
    more = f" and {len(change.came) - NAMED} more" if len(change.came) > NAMED else ""
    return f"Of the first {change.read} findings {change.stayed} were among them before; new there: {', '.join(shown)}{more}"


def ranked_lines(queue: FirstQueue) -> list[str]:
    """The queue that an ingest ended with, in a sentence or two."""
    by = "the ready detector" if queue.ready else f"model {queue.model_id}"
    lines = [f"Ranked by {by}: {many(queue.findings, 'finding')} above the threshold, of {many(queue.chains, 'chain')}"]
    if queue.ready:
        lines.append(f"It knows other estates only; training on this case refines it: oddkin train --case {paste(queue.case)}")
    return lines


def unranked(problem: OddkinError) -> str:
    """Why an ingest ended without a new queue, and the way to one."""
    return visible(f"Everything is read, but not ranked: {problem.message} r ranks it.")


def ranked_words(queue: FirstQueue) -> str:
    """The same, short."""
    by = "the ready detector" if queue.ready else "the model in use"
    return f"ranked by {by}: {many(queue.findings, 'finding')} above the threshold"


def not_ranked(asking: str) -> str:
    """Of terms of a filter that ask for what a ranking says, in a case that has none."""
    return f"Not ranked yet: nothing has what {visible(asking)} asks for."
