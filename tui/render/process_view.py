"""Processes for eyes: many as lines, aligned in front, the command line whole and last; one with its incident and its chain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import RenderableType
from rich.text import Text

from engine.domain.lineage import LinkMethod
from engine.untrusted import visible
from store.base import ids
from store.base.views import ProcessView, VariantView
from tui.render.marks_view import told_mark
from tui.render.tables import finite
from tui.words.triage.hash_lists import known_words
from tui.words.triage.marks import by_words
from tui.words.words import SHORT_KEY, base, many, on_hosts, verdict_mark, when

if TYPE_CHECKING:
    from engine.handover.rows import ListedProcess
    from tui.actions.incident_story import ProcessStory

_TIME, _HOST, _SHORT, _NUMBER, _USER, _NAME = 23, 16, 9, 7, 18, 20
_HEADER = "  ".join(
    (f"{'time (UTC)':<{_TIME}}", f"{'host':<{_HOST}}", f"{'process':<{_SHORT}}", f"{'pid':>{_NUMBER}}", f"{'ppid':>{_NUMBER}}",
     f"{'user':<{_USER}}", f"{'parent':<{_NAME}}", "image")
)  # fmt: skip


def write_lines(rows: Iterable[ListedProcess], stream: TextIO) -> int:
    """A header and a line each; ? before a parent that no record tells of. Returns the number of rows."""
    written = 0
    for row in rows:
        if not written:
            stream.write(_HEADER + "\n")
        stream.write(_line(row) + "\n")
        written += 1
    return written


def _line(row: ListedProcess) -> str:
    parent = _last(row.parent_image)
    cells = (
        f"{(row.time or 'unknown')[:_TIME].replace('T', ' '):<{_TIME}}",
        f"{_cut(row.host, _HOST):<{_HOST}}",
        f"{row.process:<{_SHORT}}",
        f"{'' if row.pid is None else row.pid:>{_NUMBER}}",
        f"{'' if row.ppid is None else row.ppid:>{_NUMBER}}",
        f"{_cut(row.user or '', _USER):<{_USER}}",
        f"{_cut(parent if row.parent_recorded or not parent else f'?{parent}', _NAME):<{_NAME}}",
        visible(row.image),
    )
    command = row.command_line
    return "  ".join(cells) + (f"  {visible(command)}" if command and command.strip('"') != row.image else "")


def _last(path: str | None) -> str:
    return (path or "").replace("\\", "/").rstrip("/").rpartition("/")[2]


def _cut(text: str, width: int) -> str:
    """The end of a name tells most; what is cut is whole in the other formats."""
    shown = visible(text)
    return shown if len(shown) <= width else "…" + shown[1 - width :]


def parts(story: ProcessStory) -> Iterator[RenderableType]:
    """Top to bottom: what its record tells, its verdict and variant, its incident as a tree, its chain step by step."""
    from tui.render import chain_view, finding_view

    card = story.card
    yield Text(headline(card.process), style="bold")
    for title, value in facts(story):
        yield Text(f"{title}: {value}")
    if story.variant is not None:
        yield Text(variant_line(story.variant, 0 if card.chain is None else card.chain.count))
    if story.shown is not None and story.whole is not None:
        yield Text("")
        yield Text(f"Incident {finding_view.incident_headline(story.shown.incident)}", style="bold")
        yield Text(finding_view.headline(story.whole))
        yield from finding_view.tree(story.shown, card.process.id)
    elif story.card.score is not None:
        yield Text("Incident: none; no finding covers it")
    if story.chain is not None:
        yield Text("")
        yield Text(chain_view.headline(story.chain), style="bold")
        yield chain_view.steps_table(story.chain)
        yield Text(f"Step by step: oddkin show {story.chain.key[:SHORT_KEY]}", style="dim")


def headline(process: ProcessView) -> str:
    """What it is called by, and its name."""
    name = visible(base(process.path or process.image)) or "(unknown)"
    number = ids.called(process.id)
    pid = "" if process.pid is None else f"pid {process.pid}"
    called = f"Process {number}" if number else "Process that no record tells of"
    said = (called, name, visible(process.host), when(process.time_us, fraction=True), pid, visible(process.user or ""))
    return " · ".join(part for part in said if part)


def facts(story: ProcessStory) -> Iterator[tuple[str, str]]:
    """What is known of it, each with its title, made visible; what is not known is left out."""
    card, process = story.card, story.card.process
    known = {
        "Image": process.image, "Command line": process.command_line, "Working directory": process.cwd,
        "Original file name": process.original_name, "Hashes": process.hashes, "Integrity": process.integrity,
        "Logon id": process.logon_id, "GUID": process.guid,
    }  # fmt: skip
    for title, value in known.items():
        if value:
            yield title, visible(value)
        if title == "Hashes" and (said := known_words(process.known, process.lists)):
            yield "Program", said
    if card.parent is not None:
        link = "" if process.method is None else f", link {LinkMethod(process.method).label}"
        line = f" $ {visible(card.parent.command_line)}" if card.parent.command_line else ""
        called = ids.called(card.parent.id) or "not in the logs"
        yield "Parent", f"{visible(card.parent.image) or '(unknown)'} ({called}{link}){line}"
    for mark in process.marks:
        yield "Mark", by_words(mark)
    if card.children:
        yield "Started", many(card.children, "process", "processes")
    if process.source:
        yield "Source", visible(f"{process.source}#{process.record_id or process.position}")
    if card.verdict is not None:
        by = f" by {visible(card.verdict.author)}" if card.verdict.author else ""
        note = f": {visible(card.verdict.note)}" if card.verdict.note else ""
        yield "Verdict", f"{verdict_mark(card.verdict.verdict)}{by}, {when(card.verdict.at_us)}{note}"


def variant_line(one: VariantView, of_chain: int) -> str:
    """How many of the chain's processes have a command line like it."""
    return f"Variant {one.shape:016x}: {on_hosts(one.processes, one.hosts)} of {of_chain:,} in the chain have such a command line"


def as_json(story: ProcessStory) -> str:
    """Everything, machine-readable; JSON escapes what a terminal would interpret."""
    from tui.render import finding_view

    card = story.card
    told: dict[str, Any] = {
        "process": finding_view.told_process(card.process) | {
            "guid": card.process.guid, "working_directory": card.process.cwd, "integrity": card.process.integrity,
            "logon_id": card.process.logon_id, "original_file_name": card.process.original_name, "hashes": card.process.hashes,
            "known": card.process.known or None, "lists": card.process.lists,
            "marks": [told_mark(mark) for mark in card.process.marks],
            "source_file": card.process.source, "record_id": card.process.record_id,
        },
        "parent": None if card.parent is None else finding_view.told_process(card.parent),
        "children": card.children,
        "verdict": None if card.verdict is None else card.verdict.verdict,
        "variant": None if story.variant is None else {
            "id": f"{story.variant.shape:016x}", "processes": story.variant.processes, "hosts": story.variant.hosts,
            "score": story.variant.score,
        },
        "chain_id": None if card.chain is None else card.chain.key,
        "rank": None if card.score is None else card.score.rank,
        "finding": None if story.whole is None else finding_view.told_finding(story.whole),
        "incident": None if story.shown is None else finding_view.told_story(story.shown),
    }  # fmt: skip
    return json.dumps(finite(told), indent=1, allow_nan=False)
