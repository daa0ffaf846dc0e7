"""A finding and its incidents for `oddkin show`: figures, why, the tree of one, the others, what is related, the chains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from engine.handover.pictures.forest import DrawnNode
from engine.untrusted import visible
from store.base import ids
from store.base.views import FindingView, IncidentView, ProcessView
from tui.render import queue_table
from tui.render.tables import finite, table
from tui.render.tree_builder import node_of
from tui.render.tree_text import text_lines
from tui.words.words import SHORT_KEY, base, many, on_hosts, score_words, shortened, verdict_mark, when

if TYPE_CHECKING:
    from store.scores.related import RelatedView
    from tui.actions.incident_story import FindingStory, IncidentStory
    from tui.actions.triage.why import Why

SURE = 0.9
"""Confidence from which a link is drawn without a word."""
DAY = len("2024-05-02T")
LONGEST = 2000
"""Characters of a command line in a tree; a terminal shows what fits."""
UNTOLD = frozenset({"set_id", "mixed", "partly", "number", "host_id"})
"""Of a finding and of an incident what only the store needs; a finding's number is told by its name."""


def parts(story: FindingStory, width: int, why: Why | None = None) -> Iterator[RenderableType]:
    """Top to bottom: what happened and why it is first, the finding, its first incident drawn, why its processes are odd, what is
    related, its occurrences, its chains.
    """
    if why is not None:
        yield from why_lines(why)
    yield Text(headline(story.whole), style="bold")
    yield Text(incident_headline(story.shown.incident))
    yield from _incident(story.shown)
    if len(story.incidents) > 1:
        yield Text("")
        yield occurrences(story.incidents)
        if (more := story.whole.incidents - len(story.incidents)) > 0:
            yield Text(f"… {many(more, 'more incident')}", style="dim")
    yield Text("")
    yield queue_table.table(story.chains, width)
    if (more := story.whole.chains - len(story.chains)) > 0:
        yield Text(f"… {many(more, 'more chain')}; --limit shows them", style="dim")
    if story.chains:
        yield Text(f"Step by step: oddkin show {story.chains[0].key[:SHORT_KEY]}", style="dim")


def why_lines(why: Why) -> Iterator[Text]:
    """The sentence, and what made the score, a line a reason."""
    if why.sentence:
        yield Text(why.sentence, style="bold")
    name = max((len(one.title) for one in why.shares), default=0)
    for one in why.shares:
        yield Text(f"{one.percent:>3} % {one.title.ljust(name)}  {one.evidence}".rstrip())
    if why.sentence or why.shares:
        yield Text("")


def incident_parts(whole: FindingView, story: IncidentStory) -> Iterator[RenderableType]:
    """One occurrence, top to bottom."""
    yield Text(incident_headline(story.incident), style="bold")
    yield Text(headline(whole))
    yield from _incident(story)


def _incident(story: IncidentStory) -> Iterator[RenderableType]:
    yield Text("")
    yield from tree(story)
    yield Text("")
    yield from reasons(story)
    for one in story.related:
        yield Text(related_line(one, story))


def headline(whole: FindingView) -> str:
    """Identity and what it covers, in one line."""
    said = [
        f"Finding {whole.number}",
        f"score {score_words(whole.score)}",
        many(whole.incidents, "incident"),
        f"{on_hosts(whole.processes, whole.hosts)}, {whole.odd:,} odd",
        many(whole.chains, "chain"),
    ]
    if whole.first_us is not None:
        said.append(f"{when(whole.first_us)} … {when(whole.last_us)}")
    return " · ".join([*said, whole.key[:SHORT_KEY]])


def incident_headline(one: IncidentView) -> str:
    """Which occurrence it is, where, when and how much."""
    said = [f"F{one.finding}/{one.place}", visible(one.host), f"{many(one.processes, 'process', 'processes')}, {one.odd:,} odd"]
    if one.first_us is not None:
        said.append(f"{when(one.first_us)} … {when(one.last_us)}")
    if one.verdict:
        said.append(verdict_mark(one.verdict))
    return " · ".join(said)


def tree(story: IncidentStory, focus: int = 0) -> Iterator[Text]:
    """An incident in the tree that it stands in. What is no part of it is dim, what is odd bold. `focus`: the one to point at."""
    yield from text_lines(drawn(story, focus), LONGEST)
    if story.left:
        yield Text(f"  … {story.left:,} more processes of this incident; --limit shows them", style="dim italic")


def drawn(story: IncidentStory, focus: int) -> list[DrawnNode]:
    """Its tree as a forest to draw.

    Shorter than a tree of a host, so that command lines have room: times without the day on which it began, no path that the
    command line has too, and links only where they are less sure than SURE.
    """
    day = when(story.incident.first_us)[:DAY]
    roots: list[DrawnNode] = []
    waiting = [(node, roots) for node in reversed(story.forest())]
    while waiting:
        node, siblings = waiting.pop()
        line = _short(story.processes[node.id], day)
        line.odd, line.context, line.flagged, line.score = node.odd, node.context, node.flagged, node.score
        line.verdict, line.error, line.alike, line.hidden_children = node.verdict, node.error, node.alike, node.hidden_children
        line.focus = node.id == focus
        siblings.append(line)
        waiting.extend((child, line.children) for child in reversed(node.children))
    return roots


def _short(process: ProcessView, day: str) -> DrawnNode:
    line = node_of(process, None)
    if process.image and process.image.casefold() in (process.command_line or "").casefold():
        line.image = base(line.image)
    line.time = line.time.removeprefix(day)
    if line.confidence >= SURE:
        line.method = ""
    return line


def reasons(story: IncidentStory) -> Iterator[Text]:
    """Why its oddest processes are odd, a sentence a line and each sentence once."""
    told: set[str] = set()
    for one in story.reasons:
        new = [sentence for sentence in one.sentences if sentence not in told]
        told.update(new)
        if new:
            process = story.processes[one.process]
            yield Text(f"Why {shortened(visible(base(process.path or process.image)))} {ids.called(one.process)}:")
        for sentence in new:
            yield Text(f"  {visible(sentence)}")


def related_line(one: RelatedView, story: IncidentStory) -> str:
    """What ties an incident to another: what it started there, or what started it."""
    incident = story.incident
    out = (one.from_finding, one.from_place) == (incident.finding, incident.place)
    here, there = (one.from_process, one.to_process) if out else (one.to_process, one.from_process)
    finding, place = (one.to_finding, one.to_place) if out else (one.from_finding, one.from_place)
    host = f" on {visible(story.processes[there].host)}" if there in story.processes else ""
    evidence = f": {'; '.join(map(visible, one.evidence))}" if one.evidence else ""
    arrow = "→" if out else "←"
    return f"Related, {visible(one.how)}: {ids.called(here)} {arrow} {ids.called(there)} in F{finding}/{place}{host}{evidence}"


def occurrences(incidents: Sequence[IncidentView]) -> Table:
    """The incidents of a finding as rows: hosts and times, and the command line of each one's oddest process."""
    out = table("incident", "host", "first", "last", "processes", "odd", "verdict", "oddest", "command line",
                right=("processes", "odd"), widest=60)  # fmt: skip
    for one in incidents:
        verdict = ("partly" if one.partly else "mixed") if one.mixed else verdict_mark(one.verdict)
        out.add_row(
            f"F{one.finding}/{one.place}", visible(one.host), when(one.first_us), when(one.last_us), f"{one.processes:,}",
            f"{one.odd:,}", verdict, ids.called(one.lead), visible(one.variant or "", 400),
        )  # fmt: skip
    return out


def as_json(story: FindingStory, why: Why | None = None) -> str:
    """Figures, incidents, the processes of the first one and chains, and why; JSON escapes what a terminal would interpret."""
    told: dict[str, Any] = {
        "finding": told_finding(story.whole),
        "incidents": [told_incident(one) for one in story.incidents],
        "incident": told_story(story.shown),
        "chains": [queue_table.plain(row) for row in story.chains],
    }
    if why is not None:
        told["sentence"] = why.sentence
        told["shares"] = [
            {"signal": one.signal, "title": one.title, "share": round(one.share, 6), "evidence": one.evidence}
            for one in why.shares
        ]
    return json.dumps(finite(told), indent=1, allow_nan=False)


def incident_as_json(whole: FindingView, story: IncidentStory) -> str:
    """One occurrence, machine-readable."""
    return json.dumps(finite({"finding": told_finding(whole), "incident": told_story(story)}), indent=1, allow_nan=False)


def told_finding(whole: FindingView) -> dict[str, Any]:
    """Its figures by name."""
    told = {name: value for name, value in asdict(whole).items() if name not in UNTOLD}
    return {"number": whole.number, **told, "lead": ids.called(whole.lead)}


def told_incident(one: IncidentView) -> dict[str, Any]:
    """Its figures by name, called as people call it."""
    told = {name: value for name, value in asdict(one).items() if name not in UNTOLD}
    return {"name": f"F{one.finding}/{one.place}", **told, "top": ids.called(one.top), "lead": ids.called(one.lead)}


def told_story(story: IncidentStory) -> dict[str, Any]:
    """An incident with its processes, its context, why and what is related."""
    return {
        **told_incident(story.incident),
        "covered": [
            told_process(story.processes[one.process_id]) | {
                "odd": one.odd, "score": one.score, "verdict": one.verdict, "depth": one.depth,
                "step_error": story.errors.get(story.processes[one.process_id].chain_id or 0),
            }
            for one in story.covered if one.process_id in story.processes
        ],
        "not_listed": story.left,
        "context": [told_process(story.processes[one.process_id]) for one in story.context.processes
                    if one.process_id in story.processes],
        "reasons": [{"process": ids.called(one.process), "sentences": one.sentences} for one in story.reasons],
        "related": [
            {
                "how": one.how, "from": ids.called(one.from_process), "from_incident": f"F{one.from_finding}/{one.from_place}",
                "to": ids.called(one.to_process), "to_incident": f"F{one.to_finding}/{one.to_place}", "evidence": one.evidence,
            }
            for one in story.related
        ],
    }  # fmt: skip


def told_process(one: ProcessView) -> dict[str, Any]:
    """A process by the names of the export's columns."""
    return {
        "process": ids.called(one.id), "parent": ids.called(one.parent_id or 0), "host": one.host,
        "time": when(one.time_us, fraction=True), "pid": one.pid, "user": one.user, "image": one.image,
        "command_line": one.command_line,
    }  # fmt: skip
