"""A row of an incident's tree as spans: gutter, marks, cursor, time, guides, name, arguments. Meaning never in colour alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.knowledge.locations import Zone, location_class, zone
from engine.untrusted import visible
from tui.actions.triage.incident_marks import IncidentMarks
from tui.screens.triage.incident.rows import IncidentRows, RowKind, TreeRow
from tui.words.spans import Line, cells, crop
from tui.words.step_marks import mark
from tui.words.triage.commands import FULL_RIGHTS, account, rising, short_host, whole_account
from tui.words.triage.lane_words import lasting
from tui.words.triage.marks import sign
from tui.words.verdicts import LOOKS, verdict_glyph
from tui.words.words import base, many

if TYPE_CHECKING:
    from store.base.views import ProcessView
    from tui.actions.incident_story import IncidentStory

COVERED, HERE = "┃", "›"
"""What the next verdict covers; the cursor."""
MARKS, TIME, DATED = 3, 8, 14
"""Cells of the marks, of a time of day, of one with its day."""
LEFT = 1 + MARKS + 1 + DATED + 1
"""Cells in front of the guides."""
NAME_ROOM = 30
"""Cells that stay for names and arguments however deep a process is."""
LONGEST_PLACE = 34
"""Cells of a name with its directory; of a longer one the directories in the middle go."""
UNSURE = 0.75
"""Confidence below which a link says how sure it is."""
TRUSTED = frozenset({Zone.SYSTEM, Zone.PROGRAM_FILES})
"""Places that go without saying."""
FIRST_WORD = re.compile(r'\s*(?:"([^"]*)"|(\S+))\s*(.*)', re.DOTALL)
"""The first word of a command line, quoted or not, and the rest."""


@dataclass(frozen=True, slots=True)
class TreeLook:
    """What the rows of one incident are painted by."""

    rows: IncidentRows
    clock: Callable[[int | None], str]
    """A time of the log as `time` cells; "" for none."""
    marks: IncidentMarks = field(default_factory=IncidentMarks)
    time: int = TIME
    """Cells of a time: DATED where the incident has more than one day."""
    covered: frozenset[int] = frozenset()
    """Processes that the next verdict is for."""
    verdicts: dict[int, str] = field(default_factory=dict)
    """That are on their way to the disk, and count already."""


def painted(look: TreeLook, row: TreeRow, width: int, *, here: bool) -> Line:
    """The spans of a row; `here`: the cursor is on it. What does not fit is cut by whoever draws it."""
    covers = row.id in look.covered if row.alone else any(number in look.covered for number in row.members)
    process = look.rows.process(row.id) if row.alone else None
    # Of one that is not in the log there is only the time at which it was first spoken of.
    time = look.clock(process.time_us) if process is not None and not process.placeholder else ""
    return [
        (COVERED if covers else " ", "accent"),
        (f"{_mark(look, row):<{MARKS}}", "warning"),
        (HERE if here else " ", "accent"),
        (f"{time:>{look.time}} ", "dim"),
        *_guides(row, width),
        *(_shared(look, row) if process is None else _process(look, row, process)),
    ]


def _mark(look: TreeLook, row: TreeRow) -> str:
    numbers = (row.id,) if row.kind is RowKind.COVERED else row.members if row.kind is RowKind.ALIKE else ()
    return max((mark(look.marks.tails.get(number)) for number in numbers), key=len, default="")


def _guides(row: TreeRow, width: int) -> Line:
    """`│ ├╴└╴`, dotted in front of context; where there is no room for all levels a number says how deep it is."""
    if not row.lasts:
        return []
    dotted = row.kind in {RowKind.CONTEXT, RowKind.EVERYDAY}
    room = max((width - LEFT - NAME_ROOM) // 2, 2)
    above, deep = row.lasts[:-1], ""
    if len(above) >= room or row.depth > len(row.lasts):
        deep = f"‹{row.depth}›"
        above = above[max(len(above) - room + 3, 0) :]
    own = ("└" if row.lasts[-1] else "├") + ("┄" if dotted else "╴")
    return [(deep, "dim"), ("".join("  " if last else "│ " for last in above) + own, "faint")]


def _shared(look: TreeLook, row: TreeRow) -> Line:
    """Many in one row: how many, and what they are called."""
    names = look.rows.names(row)
    if row.kind is RowKind.ALIKE:
        first = look.rows.process(row.members[0])
        told = _without_program(first.command_line or "", base(first.image))[1]
        return [(f"▸ {row.count:,} × ", ""), (name_of(first), "strong"), (f" {told}" if told else "", "")]
    more = f"{row.count:,} other{'s' * (row.count != 1)} like everyday"
    return [(f"{'▸ ' if row.members else ''}{more}{': ' if names else ''}{names}", "context")]


def _process(look: TreeLook, row: TreeRow, process: ProcessView) -> Line:
    context = row.kind is RowKind.CONTEXT
    name, command = name_of(process), process.command_line or ""
    first, rest = _without_program(command, base(process.image))
    line: Line = []
    if (verdict := _verdict(look, row.id)) in LOOKS:
        line += [(f"{verdict_glyph(verdict)} ", verdict)]
    line.append((name, _name_role(look, row)))
    if process.marks:
        line.append((f" {sign(process.marks)}", "warning"))
    if not process.placeholder and 0 < (process.confidence or 0) < UNSURE:
        line.append((f" ?{process.confidence:.0%}".replace("%", " %"), "warning"))
    line += _user(look, row, process)
    if row.count:
        line.append((f" ▸ {row.count:,} below", "accent"))
    if process.placeholder:
        line.append((f"{'' if process.pid is None else f' pid {process.pid}'}, not in the log", "context"))
    said = (f" ({first})" if first else "") + (f" {rest}" if rest else "")
    return [*line, (said, "context" if context else "")] if said else line


def _verdict(look: TreeLook, number: int) -> str:
    one = look.rows.covered.get(number)
    return look.verdicts.get(number, "" if one is None else one.verdict or "")


def _name_role(look: TreeLook, row: TreeRow) -> str:
    one = look.rows.covered.get(row.id)
    if one is None:
        return "context"
    if row.id in look.marks.telling:
        return "telling"
    above = one.odd and one.score is not None and one.score >= look.rows.story.threshold
    return "strong" if above else ""


def _user(look: TreeLook, row: TreeRow, process: ProcessView) -> Line:
    """Who runs it, where that is another account than its parent's."""
    above = look.rows.parent(row.id)
    before = look.rows.process(above).user if above is not None else None
    if not process.user or (before and process.user.casefold() == before.casefold()):
        return []
    name = account(process.user)
    if not before:  # that of a parent that is not in the log, or has none, is not known
        return [(f" ›{crop(name, 20)}", "dim")]
    rises = name.casefold() in FULL_RIGHTS and account(before).casefold() not in FULL_RIGHTS
    return [(f" ⇡{crop(name, 20)}", "warning")] if rises else [(f" ›{crop(name, 20)}", "dim")]


def name_of(process: ProcessView) -> str:
    """What a process is called: its base name, with its directory where that is none of those that go without saying."""
    return _called(process.path, process.image or process.path)


@lru_cache(4096)
def _called(path: str, image: str) -> str:
    name = visible(base(image)) or "(unknown)"
    if base(image) == image or zone(location_class(path)) in TRUSTED:
        return name
    whole = visible(image)
    if cells(whole) <= LONGEST_PLACE:
        return whole
    mark_ = "\\" if "\\" in image else "/"
    parts = whole.split(mark_)
    # The directory itself stays: it is what does not belong, and without it the name reads like the system's own.
    last = crop(parts[-2], LONGEST_PLACE) if len(parts) > 1 else ""
    return f"{parts[0]}{mark_}…{mark_}{last}{mark_}{name}" if len(parts) > 3 else f"{last}{mark_}{name}"


@lru_cache(4096)
def _without_program(command: str, name: str) -> tuple[str, str]:
    """What a command line calls its program where that is another name than `name`, else ""; and the arguments."""
    found = FIRST_WORD.match(command)
    if found is None:
        return "", ""
    first = found.group(1) or found.group(2) or ""
    said, wanted = base(first).casefold(), name.casefold()
    same = said in {wanted, wanted.removesuffix(".exe"), f"-{wanted}"}
    return ("" if same else first), found.group(3)


def heading(look: TreeLook, when: Callable[[int | None], str], room: int) -> str:
    """The title of the pane: which occurrence, host, account, when it began, processes in a span.

    Host and account are whole where there is room; then they lose their domains, then the seconds leave, the time of day, the
    day, the account.
    """
    one = look.rows.story.incident
    began = when(one.first_us)[5:19].replace("T", " ")
    span = lasting(one.first_us, one.last_us)
    extent = many(one.processes, "process", "processes") + (f" in {span}" if span else "")
    host, short = visible(one.host), short_host(one.host)
    text = ""
    for told in (
        (host, _accounts(look, whole_account), began),
        (short, _accounts(look, whole_account), began),
        *((short, _accounts(look, account), began[:size]) for size in (14, 11, 5)),
        (short, _accounts(look, account)),
        (short,),
    ):
        text = " · ".join([*filter(None, told), extent])
        if cells(text) <= room:
            break
    return text


def _accounts(look: TreeLook, called: Callable[[str | None], str]) -> str:
    """Who began it, and, where the oddest process has more rights, as whom that runs: backup⇡root. called: how to name them."""
    story = look.rows.story
    began = next((story.processes[one.process_id].user for one in story.covered if _known(story, one.process_id)), None)
    lead = story.processes.get(story.incident.lead)
    return rising(began, lead.user if lead is not None else None, called)


def _known(story: IncidentStory, number: int) -> bool:
    process = story.processes.get(number)
    return process is not None and not process.placeholder and bool(process.user)


def ancestors(look: TreeLook, top: TreeRow, room: int) -> str:
    """The names above the first row that is in sight: …dash › .x › bash; "" where nothing is out of sight above it."""
    above = [*([] if top.alone or top.id not in look.rows.story.processes else [top.id]), *look.rows.above(top.id)]
    text = ""
    for name in (visible(base(look.rows.process(number).image)) or "(unknown)" for number in above):
        longer = f"{name} › {text}" if text else name
        if cells(longer) > room - 1:
            return f"…{text}" if text else ""
        text = longer
    return text
