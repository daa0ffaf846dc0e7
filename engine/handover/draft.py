"""A draft of a rule over process creations: what the processes of a judged incident have that another intrusion may share.

Of a process its program, its parent, and the words of its command line that nobody fills in: no numbers, addresses, paths,
names of accounts and hosts, nothing encoded. Whoever reads the draft takes out what is not the point; what it would match
elsewhere is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.domain.verdicts import Verdict
from engine.handover.material import DrawnIncident, Started
from engine.handover.rows import ExportRow
from engine.handover.told import techniques
from engine.untrusted import visible

SELECTIONS = 6
"""Kinds of process that a draft speaks of: the weightiest."""
PARTS = 6
"""Words of a command line."""
NOISY = 10
"""Processes elsewhere from which a selection may be one of everyday life."""
LONGEST = 24
"""Longer words are data."""
_TOKEN = re.compile(r"[^\s\"'|;&<>(){}`,]+")
_OPTION = re.compile(r"(?:--?|/)[A-Za-z][A-Za-z-]*[=:]?")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{2,}")
_FILE = re.compile(r"(?:.*[\\/])?([A-Za-z][A-Za-z_-]{3,}\.(?:dll|exe|ps1|vbs|js|hta|sct|bat|cmd|sh|py|xml|inf))", re.IGNORECASE)
MALICIOUS = Verdict.MALICIOUS.word


@dataclass(frozen=True, slots=True)
class Selection:
    r"""What a process has to have, all of it, whatever the case of letters. `parent` is "" for any."""

    image: str
    r"""End of the path, with its separator: \cmd.exe"""
    parent: str
    parts: tuple[str, ...]
    """Anywhere in the command line."""

    def matches(self, image: str, parent_image: str, command_line: str) -> bool:
        """Whether a process is meant."""
        line = command_line.lower()
        return (
            image.lower().endswith(self.image.lower())
            and parent_image.lower().endswith(self.parent.lower())
            and all(part.lower() in line for part in self.parts)
        )


@dataclass(slots=True)
class Matched:
    """Processes of the case."""

    processes: set[int] = field(default_factory=set)
    """Their ids."""
    hosts: set[str] = field(default_factory=set)

    def __add__(self, other: Matched) -> Matched:
        """Both together."""
        return Matched(self.processes | other.processes, self.hosts | other.hosts)


@dataclass(frozen=True, slots=True)
class Count:
    """What a selection, or a whole draft, matches in the case."""

    inside: int = 0
    """Processes of its incident."""
    all: int = 0
    hosts: int = 0
    others: tuple[tuple[str, int], ...] = ()
    """Verdict -> how many of those elsewhere; "" for none."""

    @property
    def elsewhere(self) -> int:
        """Processes outside of the incident; none where hosts were linked anew while this was counted."""
        return max(self.all - self.inside, 0)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule that is not yet one."""

    incident: DrawnIncident
    selections: tuple[Selection, ...]
    left: int
    """Judged processes that no selection is about."""
    techniques: tuple[str, ...]
    judged_by: tuple[str, ...]
    judged_at: str
    """Of the last verdict."""

    def matches(self, image: str, parent_image: str, command_line: str) -> bool:
        """Whether one of the selections means a process."""
        return any(one.matches(image, parent_image, command_line) for one in self.selections)

    def without(self, dropped: Collection[Selection]) -> RuleDraft:
        """The same with some selections less."""
        kept = tuple(one for one in self.selections if one not in dropped)
        rows = [row for row in self.incident.rows if row.verdict == MALICIOUS]
        left = sum(not any(one.matches(row.image, row.parent_image, row.command_line) for one in kept) for row in rows)
        return replace(self, selections=kept, left=left)


def draft(incident: DrawnIncident) -> RuleDraft | None:
    """Of an incident's malicious processes, of those odd in themselves where there are such; None where nobody called one so, or
    none of them has a known program.
    """
    judged = [row for row in incident.rows if row.verdict == MALICIOUS]
    kinds: dict[tuple[str, str], list[ExportRow]] = {}
    for row in [row for row in judged if row.process in incident.odd] or judged:
        if (image := _end(row.image)) and visible(image) == image:
            kinds.setdefault((image.lower(), _end(row.parent_image).lower()), []).append(row)
    if not kinds:
        return None
    ordered = sorted(kinds.values(), key=_place)[:SELECTIONS]
    selections = tuple(dict.fromkeys(_selection(rows) for rows in ordered))
    shown = dict.fromkeys(one.technique for rows in ordered for row in rows for one in techniques(row))
    by = tuple(dict.fromkeys(row.labelled_by for row in judged if row.labelled_by))
    made = RuleDraft(incident, selections, 0, tuple(shown), by, max(row.labelled_at for row in judged))
    return made.without(())


def count(drafts: Sequence[RuleDraft], case: Iterable[Started]) -> Iterator[tuple[RuleDraft, dict[Selection, Matched]]]:
    """Each draft with what each of its selections matches in the case, which is read once."""
    found = {of: Matched() for one in drafts for of in one.selections}
    for started in case:
        texts = (started.image, started.parent_image, started.command_line)
        for of, matched in found.items():
            if of.matches(*texts):
                matched.processes.update(started.processes)
                matched.hosts.add(started.host)
    yield from ((one, {of: found[of] for of in one.selections}) for one in drafts)


def counted(one: RuleDraft, selection: Selection | None, matched: Matched, verdicts: Mapping[int, str]) -> Count:
    """verdicts: of those of the processes that have one. selection: None for the whole draft."""
    by = one if selection is None else selection
    inside = [row for row in one.incident.rows if by.matches(row.image, row.parent_image, row.command_line)]
    others = Counter(verdicts.values())
    others.subtract(row.verdict for row in inside if row.verdict)
    others[""] = len(matched.processes) - len(inside) - others.total()
    told = tuple(sorted((verdict, number) for verdict, number in others.items() if number > 0))
    return Count(len(inside), len(matched.processes), len(matched.hosts), told)


def _place(rows: Sequence[ExportRow]) -> tuple[float, float, str, str]:
    """By what the tables say of the weightiest, then by score."""
    weight = max((one.weight for row in rows for one in techniques(row)), default=0.0)
    return -weight, -max(row.score or 0.0 for row in rows), rows[0].time, rows[0].process


def noisy(of: Count) -> bool:
    """Whether a selection speaks of everyday life: it matches far more elsewhere than in its incident."""
    return of.elsewhere > max(NOISY, 3 * of.inside)


def _end(path: str) -> str:
    """The name with the separator before it; "" for what has none or hides something."""
    cut = max(path.rfind("\\"), path.rfind("/"))
    return path[cut:] if 0 <= cut < len(path) - 1 else ""


def _selection(rows: Sequence[ExportRow]) -> Selection:
    """What rows of one program and one parent have in common."""
    first = rows[0]
    parts = [part for part in stable_parts(first) if all(part.lower() in row.command_line.lower() for row in rows)]
    parent = _end(first.parent_image)
    return Selection(_end(first.image), parent if visible(parent) == parent else "", tuple(parts[:PARTS]))


def stable_parts(row: ExportRow) -> Iterator[str]:
    """Words of a command line that nobody fills in, in their order, each once. An option has the blank before it, so that /c is
    no end of a path.
    """
    line = row.command_line[:8192]
    names = {one.lower() for one in re.split(r"[\\@./]", row.user + "\\" + row.host) if one}
    own = _end(row.image)[1:].lower()
    seen: set[str] = set()
    for place, found in enumerate(_TOKEN.finditer(line)):
        word = found[0]
        if len(word) > LONGEST and not _FILE.fullmatch(word):
            continue
        part = _stable(word, line[found.start() - 1 : found.start()])
        bare = part.strip().lower()
        if not part or bare in names or bare in seen or (not place and bare in {own, own.removesuffix(".exe")}):
            continue
        seen.add(bare)
        yield part


def _stable(word: str, before: str) -> str:
    """What of a word stays; "" for nothing."""
    if option := _OPTION.match(word):
        rest = word[option.end() :]
        if rest and not option[0].endswith(("=", ":")):
            return ""
        return f" {option[0]}" if before == " " else option[0]
    if _WORD.fullmatch(word):
        return word
    file = _FILE.fullmatch(word)
    return file[1] if file is not None else ""
