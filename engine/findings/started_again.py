"""Ties what was started later on the same host: by an entry that was written down before, or by the same daemon once more.

Written down (`persistence`): one incident runs crontab, schtasks, sc, reg or a shell that writes an entry, and another one begins
with the command that was given, which the host did not start before. Where what was written is not in the command line
(`crontab -`), the log must show more: the same user, a parent that such entries have, and an address or a file of its own that
both incidents name.

Once more (`again`): processes of two incidents with one program, one command line and one daemon, where something of them is not
everyday by itself: what the program is called, where it lies, or an address or temporary file that it is given. Without that,
every job of cron was tied to its next run. By their own score it could not be told: it is what they started that is odd.
Incidents of one finding are not tied: that they are alike is said already.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from engine.domain.related import End, RelatedStart, RemoteStart
from engine.findings.related import SHOWN, apart, name_of
from engine.findings.remote_commands import LONGEST, contained, program_names, reduced, started_key
from engine.knowledge import name_contradiction, path_risk
from engine.knowledge.remote_starts import SHELLS, UNSEEN, Keeper, daemons, keepers
from engine.paths import basename, fold

LOOK = 16
"""Later starts of one program, the first in time, that are compared with what was written down …"""
COMPARED = 128
"""… and all that are."""
LISTS = 48
TELLING = 8
"""Characters of a command that tie two incidents of one host."""
MARKS = 64
"""Addresses and files of an incident that are looked for in later ones."""
STRANGE = 0.3
"""From which on a place, or a name in its place, is not everyday (engine.knowledge)."""
_MARK = re.compile(
    r"https?://[^\s/:'\"<>|;&)]{3,100}|(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])|/(?:dev/shm|tmp|var/tmp)/[\w.@-]{2,80}"
)
_NOBODY = ("127.", "0.", "255.")


def kept(end: End) -> Keeper | None:
    """How a process writes a start down; None for one that does not."""
    text = end.command[:LONGEST].casefold()
    words = set(text.split())
    for keeper in keepers():
        named = keeper.programs & {name_of(end.image), name_of(end.original_name)}
        if keeper.programs and not named:
            continue
        if keeper.refused.isdisjoint(words) and all(any(word in text for word in group) for group in keeper.words):
            return keeper
    return None


def started_again(writers: Iterable[End], odd: Iterable[End], texts: Callable[[int], Sequence[str]]) -> tuple[RelatedStart, ...]:
    """Both kinds, in order of the first end's time. texts: command lines of an incident by its number."""
    later = sorted(odd, key=lambda end: (end.time_us, end.process))
    found = [*_written(sorted(writers, key=lambda end: (end.time_us, end.process)), later, texts), *_repeated(later)]
    ends: set[tuple[int, int]] = set()
    links = []
    for link in found:  # an entry explains more than a repetition
        if (link.from_process, link.to_process) not in ends:
            ends.add((link.from_process, link.to_process))
            links.append(link)
    return tuple(links)


def marks(texts: Iterable[str]) -> frozenset[str]:
    """Addresses, hosts of URLs and files in temporary places that command lines name."""
    found: set[str] = set()
    for text in texts:
        for match in _MARK.finditer(text[:LONGEST]):
            mark = match.group().casefold().rpartition("//")[2]
            if not mark.startswith(_NOBODY):
                found.add(mark)
        if len(found) > MARKS:
            break
    return frozenset(sorted(found)[:MARKS])


class _Later:
    """What daemons started on each host by program and by what it names, in order of time."""

    def __init__(self, ends: Sequence[End]) -> None:
        self.ends = ends
        self.keys = [started_key(end.image, end.command) for end in ends]
        self._first: dict[tuple[int, str], int] = {}
        self._programs: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._marks: dict[tuple[int, str], list[int]] = defaultdict(list)
        for place, end in enumerate(ends):
            self._first.setdefault((end.host, end.command), end.time_us)
            self._programs[end.host, self.keys[place].partition(" ")[0]].append(place)
            for mark in marks([end.command]):
                self._marks[end.host, mark].append(place)

    def new(self, end: End, other: End) -> bool:
        """Whether the host started the other's command for the first time after `end`."""
        return self._first[other.host, other.command] >= end.time_us

    def of_programs(self, end: End, names: Iterable[str]) -> list[int]:
        return self._after(end, [self._programs.get((end.host, name), []) for name in names])

    def of_marks(self, end: End, found: Iterable[str]) -> list[int]:
        return self._after(end, [self._marks.get((end.host, mark), []) for mark in found])

    def _after(self, end: End, lists: Sequence[Sequence[int]]) -> list[int]:
        """The first `LOOK` of each that came after a process and belong to another incident."""
        found = set()
        for places in lists:
            first = bisect.bisect_left(places, end.time_us, key=lambda place: self.ends[place].time_us)
            found |= {place for place in places[first : first + LOOK] if self.ends[place].incident != end.incident}
            if len(found) > COMPARED:
                break
        return sorted(found)


def _written(writers: Sequence[End], started: Sequence[End], texts: Callable[[int], Sequence[str]]) -> list[RelatedStart]:
    later = _Later(started)
    seen: dict[int, frozenset[str]] = {}
    links = []
    for end in writers:
        keeper = kept(end)
        if keeper is None:
            continue
        told = reduced(end.command)
        places = later.of_programs(end, sorted(program_names(told))[:LISTS] + sorted(SHELLS))
        given = [place for place in places if _given(end, started[place], later.keys[place], told)]
        found = _by_command(end, keeper, given, later)
        if not found and keeper.unseen:
            if end.incident not in seen:
                seen[end.incident] = marks(texts(end.incident))
            found = _by_marks(end, keeper, seen[end.incident], later)
        links += found
    return links


def _given(end: End, other: End, key: str, told: str) -> bool:
    """Whether a started command stands in what was written down: as it is, without a directory, or as what a shell was given."""
    program, _, arguments = key.partition(" ")
    if other.command == end.command or (program in SHELLS and not arguments):
        return False  # a shell without a command is anybody's
    inner = arguments.partition("-c ")[2] if program in SHELLS else ""
    return any(len(part) >= TELLING and contained(part, told) for part in (reduced(other.command), key, inner))


def _by_command(end: End, keeper: Keeper, places: Iterable[int], later: _Later) -> list[RelatedStart]:
    """The first start in each other finding."""
    found: dict[int, RelatedStart] = {}
    for place in places:
        other = later.ends[place]
        if _below(other) in keeper.later and other.finding not in found and later.new(end, other):
            said = (f"{basename(end.image)} writes down the command that is started then: {other.command[:SHOWN]}", keeper.why)
            found[other.finding] = _link(end, other, *said, _when(end, other))
    return list(found.values())


def _by_marks(end: End, keeper: Keeper, own: frozenset[str], later: _Later) -> list[RelatedStart]:
    found: dict[int, RelatedStart] = {}
    for place in later.of_marks(end, sorted(own)):
        other = later.ends[place]
        if _below(other) not in keeper.later or other.finding in found or not _same_user(end, other) or not later.new(end, other):
            continue
        shared = sorted(own & marks([other.command]))
        found[other.finding] = _link(
            end, other, f"{keeper.why}: {end.command[:SHOWN]}", f"both incidents name {', '.join(shared[:3])}",
            f"both run as {end.user[:SHOWN]}, and the command was not started before", _when(end, other),
        )  # fmt: skip
    return list(found.values())


def _repeated(started: Sequence[End]) -> list[RelatedStart]:
    """Each start to the one before it, where that is of another finding."""
    before: dict[tuple[int, str, str, str], End] = {}
    links = []
    for end in started:
        if _below(end) not in daemons() or not end.command:
            continue
        key = (end.host, end.image, end.command, end.user)
        first = before.get(key)
        before[key] = end
        if (
            first is None
            or first.incident == end.incident
            or first.finding == end.finding
            or not (strange_program(end.image) or strange_command(end.command))
        ):
            continue
        same = "the same process, " if end.parent == first.parent else ""
        by = f"both were started by {same}{basename(end.below) or 'one that no record shows'}"
        said = f"the same program with the same command line: {end.command[:SHOWN]}"
        links.append(_link(first, end, said, by, apart(end.time_us - first.time_us), how=RemoteStart.AGAIN))
    return links


def strange_program(image: str) -> bool:
    """Whether a program's place, or its name in its place, is not everyday."""
    path = fold(image)
    return path_risk(path) >= STRANGE or name_contradiction(path).value >= STRANGE


def strange_command(command: str) -> bool:
    """Whether a command line names an address or a temporary file."""
    return bool(marks([command]))


def _link(end: End, other: End, *said: str, how: RemoteStart = RemoteStart.PERSISTENCE) -> RelatedStart:
    return RelatedStart(end.process, other.process, how, said)


def _below(end: End) -> str:
    return name_of(end.below) or UNSEEN


def _same_user(end: End, other: End) -> bool:
    return bool(end.user) and end.user.casefold() == other.user.casefold()


def _when(end: End, other: End) -> str:
    receiver = basename(other.below) if other.below else "a process that no record shows"
    return f"{apart(other.time_us - end.time_us)}, below {receiver}"
