"""Ties the two ends of a remote start: two incidents of two hosts that stay two.

One end asks another host to start something (engine.findings.remote_commands), at the other something appears below what receives
such starts, shortly after. Two things tie them: the name of the host, or the same command where the name is not known (an
address, a list in a file, a host whose log gives no name). A name that another host of the case has contradicts.

Of several that fit, the longest matching command goes first, then the nearest in time, each end once; that others fit is said. By
name and time alone only what fits one to one is tied: of two logins of one user in two minutes nobody can tell which is which.
Logon ids are no evidence, since each host counts its own.

Every start looks at a bounded number of arrivals: linear in processes, however they are named.
"""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.domain.related import End, RelatedStart, RemoteStart
from engine.findings.host_names import HostNames, is_address
from engine.findings.remote_commands import Told, given_keys, matched, names_service, program_names, started_key, told
from engine.knowledge.remote_starts import SHELLS, UNSEEN, Arrival, arrivals
from engine.knowledge.roles import stem
from engine.paths import basename

__all__ = ["End", "HostNames", "RelatedStart", "RemoteStart", "related", "window"]

SECOND = 1_000_000
EARLY = 10 * SECOND
"""How much earlier the other end may be, by its clock, with the same command …"""
EARLY_BY_NAME = 2 * SECOND
"""… and without it: in ten seconds there is another login often enough."""
BY_NAME = 120 * SECOND
"""How much later it is where nothing but the host's name and the time ties it."""
BY_COMMAND = 300 * SECOND
"""With the same command: lists are worked through one host at a time, and domains let clocks differ by five minutes."""
SCHEDULED = 86_400 * SECOND
"""With the same command, of a task or service that was made: it starts when it is due."""
LOOK = 16
"""Arrivals of one program, or of exactly the command, that came after a start and are compared with it …"""
LOOK_BACK = 4
"""… and how many that came before …"""
COMPARED = 128
"""… and all by program that are: once they were, only the same command is looked for on further hosts."""
SECOND_BEST = 4
"""How many arrivals on a host a start competes for: another one may be nearer to the first."""
LISTS = 48
"""Programs that a command may name, besides shells."""
TELLING = 8
"""Characters of a command that ties two hosts without a name."""
EVERYWHERE = frozenset({"", "system", "local service", "network service", "root", "0"})
"""Accounts that every host has of its own."""
SHOWN = 160
"""Characters of a command that a sentence quotes."""
_LATER = {RemoteStart.TASK, RemoteStart.SERVICE}


@dataclass(frozen=True, slots=True)
class _Fit:
    start: int
    arrival: int
    target: str
    """As written, one of several addresses; "" where none is known."""
    length: int
    """Characters of the command that are the same; 0 by name alone."""
    apart_us: int
    others: int
    """How many at that host fit as well."""

    def order(self) -> tuple[int, int, int, int]:
        # What comes before its cause by the clock goes behind what comes after it.
        distance = self.apart_us if self.apart_us >= 0 else EARLY - self.apart_us
        return (-self.length, distance, self.start, self.arrival)


def window(wanted: Told) -> tuple[int, int]:
    """How much earlier and later than a start its other end is looked for, microseconds."""
    return EARLY, SCHEDULED if wanted.how in _LATER else BY_COMMAND


def related(starts: Iterable[End], arrived: Iterable[End], hosts: HostNames) -> tuple[RelatedStart, ...]:
    """The remote starts of a case whose two ends are both there, in the order of the first end's time.

    starts: processes that may have asked for one; arrived: processes that may be the other end. What else is among them is left.
    """
    asked = [(end, wanted) for end in starts if (wanted := told(end.image, end.original_name, end.command)) is not None]
    asked.sort(key=lambda pair: (pair[0].time_us, pair[0].process))
    there = _Arrivals(arrived)
    fits = [fit for number, (end, wanted) in enumerate(asked) for fit in _fits(number, end, wanted, there, hosts)]
    made = _once(fits, there)
    links = [
        RelatedStart(
            asked[fit.start][0].process, there.ends[fit.arrival].process, RemoteStart(asked[fit.start][1].how),
            _evidence(*asked[fit.start], there.ends[fit.arrival], fit, rivals, hosts),
        )
        for fit, rivals in made
    ]  # fmt: skip
    return tuple(links)


class _Arrivals:
    """What may have been started from elsewhere, found by host, program and time."""

    def __init__(self, arrived: Iterable[End]) -> None:
        self.ends = sorted(arrived, key=lambda end: (end.time_us, end.process))
        self.keys = [started_key(end.image, end.command) for end in self.ends]
        self._times: dict[tuple[int | None, str, str], list[int]] = defaultdict(list)
        self._places: dict[tuple[int | None, str, str], list[int]] = defaultdict(list)
        for place, end in enumerate(self.ends):
            program = self.keys[place].partition(" ")[0]
            for how, arrival in arrivals().items():
                alone = name_of(end.image) in arrival.itself or name_of(end.below) in arrival.below
                if alone:
                    self._add(end.host, how, "", place)
                if alone or _perhaps(end, arrival):
                    for host in (end.host, None):
                        self._add(host, how, program, place)
                        self._add(host, how, f"={self.keys[place]}", place)

    def _add(self, host: int | None, how: str, program: str, place: int) -> None:
        self._times[host, how, program].append(self.ends[place].time_us)
        self._places[host, how, program].append(place)

    def near(self, host: int | None, how: str, program: str, moment: int, early: int, late: int) -> list[int]:
        """Those of a way around a moment, nearest ones: by program, by `=` and the command, "" for what arrived by itself."""
        times = self._times.get((host, how, program))
        if times is None:
            return []
        at = bisect.bisect_left(times, moment)
        first = max(bisect.bisect_left(times, moment - early), at - LOOK_BACK)
        last = min(bisect.bisect_right(times, moment + late), at + LOOK)
        return self._places[host, how, program][first:last]

    def of_command(self, host: int | None, search: _Search) -> list[int]:
        """Those of exactly the command, those whose program it names, and shells, which may have been given it."""
        early, late = window(search.wanted)
        same = {place for key in search.keys for place in self.near(host, search.wanted.how, key, search.moment, early, late)}
        found: set[int] = set()
        for name in search.programs:
            if search.compared > COMPARED:
                break
            more = self.near(host, search.wanted.how, name, search.moment, early, late)
            search.compared += len(more)
            found.update(more)
        return sorted(same | found)


class _Search:
    """What one start is looked for by: read from its command line once, however many hosts that names."""

    def __init__(self, end: End, wanted: Told) -> None:
        self.end, self.wanted, self.moment = end, wanted, end.time_us
        self.keys = sorted(f"={key}" for key in given_keys(wanted))
        hosted = ["svchost"] if wanted.service else []
        self.programs = [*hosted, *sorted(program_names(wanted.text))[:LISTS], *sorted(SHELLS)]
        self.compared = 0


def _fits(number: int, end: End, wanted: Told, there: _Arrivals, hosts: HostNames) -> list[_Fit]:
    search = _Search(end, wanted)
    found: list[_Fit] = []
    unknown = []
    for target, host in _targets(end, wanted, hosts):
        if host is None:
            unknown.append(target)
        else:
            fit = _best(number, search, there, {host}, target)
            found += fit if fit or wanted.renamed else _by_name(number, end, wanted, there, host, target)
    addresses = [target for target in unknown if is_address(target)]
    if wanted.listed or len(addresses) > 1:
        found += _best(number, search, there, None, addresses[0] if addresses else "")
    elif addresses:
        found += _single(_best(number, search, there, None, addresses[0]), there)
    elif unknown and hosts.nameless:
        found += _single(_best(number, search, there, hosts.nameless, unknown[0]), there)
    return found


def _targets(end: End, wanted: Told, hosts: HostNames) -> list[tuple[str, int | None]]:
    """Every other host that is named, once; None for one that the case does not have."""
    found: dict[int | str, tuple[str, int | None]] = {}
    for target in wanted.targets:
        host = hosts.find(target, end.host)
        if host != end.host and not (host is None and wanted.loose):
            found.setdefault(target if host is None else host, (target, host))
    return list(found.values())


def _best(number: int, search: _Search, there: _Arrivals, among: set[int] | frozenset[int] | None, target: str) -> list[_Fit]:
    """The best few of each host among those where the same command was started; None for any host but the own one."""
    end, wanted = search.end, search.wanted
    known = among is not None and len(among) == 1
    anywhere = [None] if among is None else sorted(among)[:LISTS]
    places = [place for host in anywhere for place in there.of_command(host, search)]
    fitting: dict[int, list[_Fit]] = defaultdict(list)
    for place in places:
        other = there.ends[place]
        if other.host == end.host:
            continue
        length = matched(wanted, there.keys[place])
        if length >= (2 if known else TELLING):
            fitting[other.host].append(_Fit(number, place, target, length, other.time_us - end.time_us, 0))
    best = []
    for fits in fitting.values():
        fits.sort(key=_Fit.order)
        sessions = {_session(there.ends[fit.arrival]) for fit in fits if fit.length == fits[0].length}
        best += [replace(fit, others=len(sessions) - 1) for fit in fits[:SECOND_BEST] if fit.length == fits[0].length]
    return best


def _single(fits: list[_Fit], there: _Arrivals) -> list[_Fit]:
    """One address is one host: where several fit equally, nothing tells which."""
    longest = max((fit.length for fit in fits), default=0)
    best = [fit for fit in fits if fit.length == longest]
    return best if len({there.ends[fit.arrival].host for fit in best}) == 1 else []


def _by_name(number: int, end: End, wanted: Told, there: _Arrivals, host: int, target: str) -> list[_Fit]:
    """What alone arrived at the named host; a command that differs from the one asked for is no arrival of it."""
    arrival = arrivals()[wanted.how]
    sessions: dict[int, list[int]] = defaultdict(list)
    for place in there.near(host, wanted.how, "", end.time_us, EARLY_BY_NAME, BY_NAME):
        other = there.ends[place]
        itself = name_of(other.image) in arrival.itself
        if (itself or wanted.opens) and _same_login(wanted, other) is not False:
            sessions[other.process if itself else other.parent].append(place)
    if len(sessions) != 1:
        return []
    places = next(iter(sessions.values()))
    below = [place for place in places if name_of(there.ends[place].image) not in arrival.itself]
    first = (below or places)[0]
    return [_Fit(number, first, target, 0, there.ends[first].time_us - end.time_us, 0)]


def _once(fits: Sequence[_Fit], there: _Arrivals) -> list[tuple[_Fit, int]]:
    """Each arrival for one start, each start for one arrival on a host; and how many other starts fit the arrival."""

    def what(fit: _Fit) -> int:  # one service or daemon may be asked for many commands
        return there.ends[fit.arrival].process if fit.length else _session(there.ends[fit.arrival])

    rivals = Counter((fit.length > 0, what(fit)) for fit in fits)
    taken: set[int] = set()
    used: set[tuple[int, int]] = set()
    made = []
    for fit in sorted(fits, key=_Fit.order):
        other = there.ends[fit.arrival]
        one, pair = what(fit), (fit.start, other.host)
        count = rivals[fit.length > 0, one] - 1
        if not taken.isdisjoint({one, other.process}) or pair in used or (not fit.length and count):
            continue
        taken |= {one, other.process}
        used.add(pair)
        made.append((fit, count))
    return sorted(made, key=lambda pair: (pair[0].start, pair[0].arrival))


def _session(end: End) -> int:
    """What one start makes at the other end has one receiver, unless that is one that receives all."""
    one = any(name_of(end.below) in arrival.itself for arrival in arrivals().values())
    return end.parent if one and end.parent else end.process


def _perhaps(end: End, arrival: Arrival) -> bool:
    """Whether it was started by what starts other things too."""
    parents = [name_of(end.below) or UNSEEN, *([name_of(end.above) or UNSEEN] if arrival.grand else [])]
    return any(parent in arrival.perhaps for parent in parents)


def _same_login(wanted: Told, other: End) -> bool | None:
    """Whether a session is of the account that was asked for; None where one of the two is not known."""
    account = other.user
    words = other.command[:SHOWN].replace("'", "").split()
    if wanted.how == "ssh" and len(words) > 1 and words[0] == "sshd:":
        account = words[1].partition("@")[0]
    account = _account(account)
    if not wanted.user or not account or account.isdecimal():
        return None
    return _account(wanted.user) == account


def _account(user: str) -> str:
    return user.rpartition("\\")[2].partition("@")[0].casefold()


def _evidence(end: End, wanted: Told, other: End, fit: _Fit, rivals: int, hosts: HostNames) -> tuple[str, ...]:
    said = []
    if not fit.target:
        said.append("its targets stand in a file or a variable, which no log shows")
    elif hosts.find(fit.target, end.host) == other.host:
        said.append(f"its command line names {fit.target[:SHOWN]}")
    else:
        said.append(f"it names {fit.target[:SHOWN]}, and no log tells which host that is")
    where = hosts.shown.get(other.host, "")[:SHOWN]
    if fit.length and names_service(wanted, started_key(other.image, other.command)):
        said.append(f"the service {wanted.service[:SHOWN]} was started on {where}: {other.command[:SHOWN]}")
    elif fit.length:
        said.append(f"the command that it gives ran on {where}: {other.command[:SHOWN]}")
    receiver = basename(other.below) if other.below else "a process that no record shows"
    said.append(f"{apart(fit.apart_us)}, below {receiver}")
    if _same_login(wanted, other):
        said.append(f"the session is of {wanted.user[:SHOWN]}, as which it logs in")
    elif not wanted.user and (account := _account(end.user)) == _account(other.user) and account not in EVERYWHERE:
        said.append(f"both run as {end.user[:SHOWN]}")
    if fit.others:
        said.append(f"{fit.others} more there fit as well; this is the nearest in time")
    if rivals:
        said.append(f"{rivals} more starts fit it as well; this is the nearest in time")
    return tuple(said)


def apart(us: int) -> str:
    """A span of time for people."""
    seconds = abs(us) / SECOND
    if seconds < 90:
        text = f"{seconds:.1f} s"
    elif seconds < 5400:
        text = f"{int(seconds // 60)} min {int(seconds % 60)} s"
    else:
        text = f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"
    return f"{text} {'later' if us >= 0 else 'earlier by its clock'}"


def name_of(image: str) -> str:
    """Name of a program as the tables have it."""
    return stem(basename(image.replace("/", "\\") if "\\" in image else image))
