"""Tags: words of a note that begin with #. ATT&CK techniques that the tables name are offered, and tags that the case has.

A tag in the note is in the CSV, in exchanged verdicts and in the history without another column, can be typed into any note, and
is found by `tag:`. Rejected: a table of tags of its own, which every way in and out of a workspace would have to carry as well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from engine.errors import NotFound
from engine.knowledge.telling import tellings
from store.workspace import Workspace

TAG = re.compile(r"(?<!\S)#(?P<tag>[^\s#,;]{1,64})(?!\S)")
MOST_USED = 8
"""Tags of the case that are offered."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A tag that may fit, without its #."""

    tag: str
    told: str
    """Why. Untrusted."""


def tags_of(note: str) -> tuple[str, ...]:
    """In the order of the note, each once."""
    return tuple(dict.fromkeys(match["tag"] for match in TAG.finditer(note)))


def is_tag(text: str) -> bool:
    """Whether it can be one, without its #."""
    return TAG.fullmatch(f"#{text}") is not None


def toggled(note: str, tag: str) -> str:
    """The note with the tag at its end, or without it where it is there."""
    if tag not in tags_of(note):
        return f"{note.rstrip()} #{tag}".lstrip()
    without = re.sub(rf"(?<!\S)#{re.escape(tag)}(?!\S)", "", note)
    return re.sub(r"[ \t]{2,}", " ", without).strip()


def offered(workspace: Workspace, case: str, process_id: int | None) -> tuple[Offered, ...]:
    """Techniques that the tables name of a process, heaviest first; then the tags that the case has, most frequent first."""
    found: dict[str, str] = {}
    if process_id is not None:
        for said in _told(workspace, process_id):
            for technique in said[0]:
                found.setdefault(technique, said[1])
    used = Counter(tag for note in workspace.labels.all_notes(case) for tag in tags_of(note))
    for tag, count in used.most_common():
        if len(found) >= MOST_USED + len(found.keys() - used.keys()):
            break
        found.setdefault(tag, f"used {count:,}×")
    return tuple(Offered(tag, told) for tag, told in found.items())


def _told(workspace: Workspace, process_id: int) -> list[tuple[tuple[str, ...], str]]:
    try:
        process = workspace.processes.get(process_id)
        steps = workspace.chains.by_id(process.chain_id).steps if process.chain_id is not None else (process.path,)
    except NotFound:
        return []
    told = sorted(tellings(tuple(steps), process.command_line, process.original_name), key=lambda one: (one.above, -one.weight))
    return [(one.techniques, one.phrase) for one in told if one.techniques]
