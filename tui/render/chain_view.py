"""One chain for `oddkin show`: steps with errors, signals, expectation, where it occurs, the processes behind it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from engine.domain.lineage import LinkMethod
from engine.signals.sentences import disagreement
from engine.signals.tails import share
from engine.untrusted import visible
from store.base import ids
from store.base.views import FindingView, LabelView, LearntPlace, ScoreView, SignalView
from tui.render.tables import finite, table
from tui.words import signals
from tui.words.chain_words import ITSELF, REBUILT, difference
from tui.words.learnt_words import chance_words, each_words, why_words
from tui.words.sequence_words import answer_words
from tui.words.words import (
    SHORT_KEY,
    bar,
    base,
    level,
    many,
    on_hosts,
    probability,
    score_words,
    short_chain,
    verdict_mark,
    when,
)  # fmt: skip

if TYPE_CHECKING:
    from store.queue.nearest import NearestView
    from tui.actions.chain_story import Story

HOSTS_SHOWN = 8


PRINTED = ("chain", "score", "labels", "hosts", "processes", "finding", "nearest", "learnt", "cause", "variants", "published")
"""What JSON tells of a chain."""


def parts(story: Story) -> Iterator[RenderableType]:
    """Top to bottom."""
    yield Text(headline(story), style="bold")
    if story.learnt is not None:
        yield Text(learnt_line(story.learnt, story.cause))
    yield steps_table(story)
    if story.published is not None:
        names = [visible(base(step)) for step in story.chain.steps]
        yield Text(f"The sequence model as published (it moves nothing): {answer_words(story.published, names)}")
    if told := rebuilt_missing(story):
        yield Text(told, style="italic")
    if story.score is not None:
        if story.score.expectation is not None:
            yield Text("Expected: " + visible(story.score.expectation.sentence))
        if story.nearest is not None:
            for line in nearest_lines(story.nearest, story.chain.steps):
                yield Text(line)
        yield signals_table(story.score)
        note = disagreement(raw(story.score.signals))
        if note:
            yield Text(f"The signals disagree: {visible(note)}", style="italic")
    places = ", ".join(f"{visible(host.host)} ({host.count:,})" for host in story.hosts[:HOSTS_SHOWN])
    more = len(story.hosts) - HOSTS_SHOWN
    yield Text(f"Hosts: {places}" + (f" and {more:,} more" if more > 0 else ""))
    if story.finding is not None:
        yield Text(finding_line(story.finding))
    for label in story.labels:
        yield Text(label_line(label))
    if len(story.variants) > 1:
        yield variants_table(story)
    yield processes_table(story)


def learnt_line(place: LearntPlace, cause: str) -> str:
    """Where labels put the chain, how likely they make it, and why."""
    told = (f"Learnt place {place.place:,}", chance_words(place), each_words(place), why_words(place, cause))
    return " · ".join(text for text in told if text)


def finding_line(whole: FindingView) -> str:
    """What the chain is a part of."""
    chains = "its only chain" if whole.chains == 1 else f"one of {whole.chains:,} chains"
    covers = on_hosts(whole.processes, whole.hosts)
    return f"Finding: F{whole.number}, score {score_words(whole.score)}; this is {chains}, {covers} (oddkin show F{whole.number})"


def label_line(label: LabelView) -> str:
    """A verdict with its scope, author, time and note."""
    from store.scope.scopes import parse

    scope = parse(label.scope)
    where = ""
    if scope.variant is not None:
        where = f" on variant {scope.variant:016x}"
    elif scope.host is not None:
        where = f" on host {visible(scope.host)}"
    elif scope.prefix is not None:
        where = (
            f" on everything that begins with the first {many(scope.prefix, 'step', 'steps')} of {label.chain_key[:SHORT_KEY]}"
        )
    by = f" by {visible(label.author)}" if label.author else ""
    note = f": {visible(label.note)}" if label.note else ""
    return f"Verdict{where}: {verdict_mark(label.verdict)}{by}, {when(label.at_us)}{note}"


def nearest_lines(one: NearestView, steps: Sequence[str]) -> Iterator[str]:
    """The normal chain that is most like this one, and where this one departs from it."""
    yield f"Nearest normal chain: {short_chain(one.steps, None if one.change == 'added' else one.at)}"
    seen = f"seen {many(one.count, 'time', 'times')} on {many(one.host_count, 'host', 'hosts')}"
    yield f"  {visible(difference(one, steps))}; {seen}, {one.key[:SHORT_KEY]}"


def headline(story: Story) -> str:
    """Identity and numbers in one line."""
    chain, score = story.chain, story.score
    said = [f"Chain {chain.key[:SHORT_KEY]}", on_hosts(chain.count, chain.host_count)]
    if score is not None:
        above = "above" if score.score >= score.threshold else "below"
        said.insert(1, f"rank {score.rank:,}, score {score_words(score.score)} ({above} the threshold {level(score.threshold)})")
        if score.finding:
            said.insert(2, f"finding {score.finding}")
    if chain.first_us is not None:
        said.append(f"{when(chain.first_us)} … {when(chain.last_us)}")
    return " · ".join(said)


def steps_table(story: Story) -> Table:
    """Root first; the bar is relative to the worst step of this chain. Under each step what the network rebuilt it as."""
    rebuilt = story.score.expectation.rebuilt if story.score and story.score.expectation else ()
    tails = story.score.expectation.step_tails if story.score and story.score.expectation else ()
    image = f"image, {REBUILT} rebuilt as" if rebuilt else "image"
    titles = ("", "step", "error", "", "in its role", image) if tails else ("", "step", "error", "", image)
    out = table(*titles, right=("step", "error", "in its role"))
    errors = story.score.step_errors if story.score else ()
    worst = story.score.worst_step if story.score else -1
    for index, step in enumerate(story.chain.steps):
        error = errors[index] if index < len(errors) else None
        cells = [
            "→" if index == worst else "",
            str(index + 1),
            "" if error is None else f"{error:.5f}",
            "" if error is None else bar(error, max(errors)),
        ]
        if tails:
            cells.append(share(tails[index]) if index < len(tails) else "")
        path = visible(step)
        if index < len(rebuilt):
            path += f"\n{REBUILT} {visible(rebuilt[index] or ITSELF)}"
        out.add_row(*cells, path, style="bold" if index == worst else "")
    return out


def rebuilt_missing(story: Story) -> str:
    """Why it is not told what the network made of the chain; "" where it is, or where nothing was scored."""
    if story.score is None or story.score.expectation is not None:
        return ""
    return "What the network rebuilt is kept of flagged chains and of the first 1,000; this is none of them."


def signals_table(score: ScoreView) -> Table:
    """Each signal with its tail probability (how many of the chains learnt from are at least as odd) and what it says."""
    out = table("signal", "value", "tail", "what it says", right=("value", "tail"))
    sentences = score.expectation.sentences if score.expectation is not None else {}
    for signal in sorted(score.signals, key=lambda signal: (signal.tail, signal.name)):
        value = "–" if math.isnan(signal.value) else f"{signal.value:.4g}"
        said = sentences.get(signal.name) or signals.meaning(signal.name)
        out.add_row(signals.title(signal.name), value, probability(signal.tail), visible(said))
    return out


def raw(shown: Sequence[SignalView]) -> list[tuple[str, float, float]]:
    """As the engine's sentences take them."""
    return [(signal.name, signal.value, signal.tail) for signal in shown]


def variants_table(story: Story) -> Table:
    """What its command lines look like, the oddest first; the process in front stands for all of its variant."""
    titles = ("variant", "score", "processes", "hosts", "oddest", "command line")
    out = table(*titles, right=("score", "processes", "hosts"), widest=60)
    for one in story.variants:
        figures = ("" if one.score is None else score_words(one.score), f"{one.processes:,}", f"{one.hosts:,}")
        out.add_row(f"{one.shape:016x}", *figures, ids.called(one.lead), visible(one.command_line or "", 400))
    return out


def processes_table(story: Story) -> Table:
    """The newest processes that end in this chain, with source and record."""
    heading = f"{len(story.processes)} of {story.chain.count:,} processes"
    out = table("process", "time", "host", "user", "link", "command line", "source", heading=heading, widest=60)
    for process in story.processes:
        link = LinkMethod(process.method).label if process.method is not None else ""
        out.add_row(
            ids.called(process.id) + ("" if process.pid is None else f" [{process.pid}]"),
            when(process.time_us, fraction=True),
            visible(process.host),
            visible(process.user or ""),
            link,
            visible(process.command_line or "", 2000),
            visible(f"{process.source}#{process.record_id or process.position}"),
        )
    return out


def as_json(story: Story) -> str:
    """Everything, machine-readable; JSON escapes what a terminal would interpret. JSON has neither NaN nor infinity: null."""
    told = {name: finite(value) for name, value in asdict(story).items() if name in PRINTED}
    told["processes"] = [{"process": ids.called(process["id"]), **process} for process in told["processes"]]
    told["variants"] = [
        {"variant": f"{one['shape']:016x}", "process": ids.called(one["lead"]), **one} for one in told["variants"]
    ]
    return json.dumps(told, indent=1, default=str, allow_nan=False)
