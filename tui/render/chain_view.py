"""One chain for `oddkin show`: steps with errors, signals, expectation, where it occurs, the processes behind it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from engine.tables import LinkMethod
from engine.untrusted import visible
from tui.choose import SHORT_KEY
from tui.render import signals
from tui.render.words import bar, probability, verdict_mark, when

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from store.views import ChainHostView, ChainView, LabelView, ProcessView, ScoreView

HOSTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is shown of a chain."""

    chain: ChainView
    score: ScoreView | None
    label: LabelView | None
    hosts: Sequence[ChainHostView]
    processes: Sequence[ProcessView]


def parts(story: Story) -> Iterator[RenderableType]:
    """Top to bottom."""
    from rich.text import Text

    yield Text(headline(story), style="bold")
    yield steps_table(story)
    if story.score is not None:
        if story.score.expectation is not None:
            yield Text("Expected: " + visible(story.score.expectation.sentence))
        yield signals_table(story.score)
    places = ", ".join(f"{visible(host.host)} ({host.count:,})" for host in story.hosts[:HOSTS_SHOWN])
    more = len(story.hosts) - HOSTS_SHOWN
    yield Text(f"Hosts: {places}" + (f" and {more:,} more" if more > 0 else ""))
    if story.label is not None:
        note = f": {visible(story.label.note)}" if story.label.note else ""
        by = f" by {visible(story.label.author)}" if story.label.author else ""
        yield Text(f"Verdict: {verdict_mark(story.label.verdict)}{by}, {when(story.label.at_us)}{note}")
    yield processes_table(story)


def headline(story: Story) -> str:
    """Identity and numbers in one line."""
    chain, score = story.chain, story.score
    said = [f"Chain {chain.key[:SHORT_KEY]}", f"{chain.count:,} processes on {chain.host_count:,} hosts"]
    if score is not None:
        above = "above" if score.score >= score.threshold else "below"
        said.insert(1, f"rank {score.rank:,}, score {score.score:.3f} ({above} the threshold {score.threshold:.3f})")
        if score.finding:
            said.insert(2, f"finding {score.finding}")
    if chain.first_us is not None:
        said.append(f"{when(chain.first_us)} … {when(chain.last_us)}")
    return " · ".join(said)


def steps_table(story: Story) -> Table:
    """Root first; the bar is relative to the worst step of this chain."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    out = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("", "step", "error", "", "image"):
        out.add_column(title, justify="right" if title in {"step", "error"} else "left", overflow="fold")
    errors = story.score.step_errors if story.score else ()
    worst = story.score.worst_step if story.score else -1
    for index, step in enumerate(story.chain.steps):
        error = errors[index] if index < len(errors) else None
        out.add_row(
            "→" if index == worst else "",
            str(index + 1),
            "" if error is None else f"{error:.5f}",
            "" if error is None else bar(error, max(errors)),
            visible(step),
            style="bold" if index == worst else "",
        )
    return out


def signals_table(score: ScoreView) -> Table:
    """Each signal with its tail probability: how many of the chains learnt from are at least as odd."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    out = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("signal", "value", "tail", "what it is"):
        out.add_column(title, justify="right" if title in {"value", "tail"} else "left")
    for signal in score.signals:
        value = "–" if math.isnan(signal.value) else f"{signal.value:.4g}"
        out.add_row(signals.title(signal.name), value, probability(signal.tail), signals.meaning(signal.name))
    return out


def processes_table(story: Story) -> Table:
    """The newest processes that end in this chain, with source and record."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    title = f"{len(story.processes)} of {story.chain.count:,} processes"
    out = Table(box=SIMPLE_HEAD, pad_edge=False, title_justify="left", title=title)
    for title in ("time", "host", "pid", "user", "link", "command line", "source"):
        out.add_column(title, justify="right" if title == "pid" else "left", overflow="fold", max_width=60)
    for process in story.processes:
        link = LinkMethod(process.method).label if process.method is not None else ""
        out.add_row(
            when(process.time_us, fraction=True),
            visible(process.host),
            "" if process.pid is None else str(process.pid),
            visible(process.user or ""),
            link,
            visible(process.command_line or "", 2000),
            visible(f"{process.source}#{process.record_id or process.position}"),
        )
    return out


def as_json(story: Story) -> str:
    """Everything, machine-readable; JSON escapes what a terminal would interpret. JSON has neither NaN nor infinity: null."""
    return json.dumps(_finite(asdict(story)), indent=1, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
