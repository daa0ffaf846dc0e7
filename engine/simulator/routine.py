"""When machines are on and who is logged on: drawn for the whole period before anything runs, so that stories can be placed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.simulator.people import SimHost, SimUser
from engine.simulator.roster import FleetPlan
from engine.simulator.seeds import share, stream

_HOUR, _DAY = 3_600_000_000, 86_400_000_000


@dataclass(frozen=True, slots=True)
class LogonSession:
    """A logon of a user, console or remote."""

    user: SimUser
    start_us: int
    end_us: int
    number: int


@dataclass(frozen=True, slots=True)
class Uptime:
    """From boot to shutdown. The boot may lie before the logs begin."""

    boot_us: int
    down_us: int
    sessions: tuple[LogonSession, ...]
    number: int


def routine(plan: FleetPlan, host: SimHost) -> tuple[Uptime, ...]:
    """The uptimes of a host, in time order and not overlapping."""
    rng = stream(plan.seed, host.name, "routine")
    if host.role == "workstation" and share(plan.seed, host.name, "stays on") < 0.6:
        return _switched_off_at_night(plan, host, rng)
    return _always_on(plan, host, rng)


def _working_days(plan: FleetPlan, user: SimUser, rng: random.Random) -> list[tuple[int, int]]:
    found = []
    for day in range(plan.days):
        midnight = plan.start_us + day * _DAY
        weekend = datetime.fromtimestamp(midnight // 1_000_000, UTC).weekday() >= 5
        # One working day in twenty is a holiday, a day of illness, a day outside.
        if rng.random() < (1 - user.weekends if weekend else 0.05):
            continue
        start = midnight + round((user.starts + rng.gauss(0, 0.35)) * _HOUR)
        end = midnight + round((user.leaves + rng.gauss(0, 0.6)) * _HOUR)
        found.append((start, min(max(end, start + 2 * _HOUR), midnight + _DAY - _HOUR // 2)))
    return found


def _switched_off_at_night(plan: FleetPlan, host: SimHost, rng: random.Random) -> tuple[Uptime, ...]:
    user = host.users[0]
    uptimes = []
    for number, (start, end) in enumerate(_working_days(plan, user, rng)):
        boot = start - round(rng.uniform(40, 200) * 1e6)
        down = end + round(rng.uniform(20, 120) * 1e6)
        uptimes.append(Uptime(boot, down, (LogonSession(user, start, end, number + 1),), number + 1))
    return tuple(uptimes)


def _always_on(plan: FleetPlan, host: SimHost, rng: random.Random) -> tuple[Uptime, ...]:
    # Machines that stay on are started again for patches, at night, about every two weeks.
    patched = [day for day in range(plan.days) if rng.random() < (1 / 14 if plan.days > 3 or day else 0.35)]
    boots = [plan.start_us - round(rng.uniform(0.2, 25) * _DAY)]
    boots += [plan.start_us + day * _DAY + round(rng.uniform(1.5, 4.5) * _HOUR) for day in patched]
    ends = [boot - round(rng.uniform(25, 90) * 1e6) for boot in boots[1:]] + [plan.end_us]
    sessions = _sessions(plan, host, rng)
    return tuple(
        # What would run across a restart does not happen.
        Uptime(boot, end, tuple(s for s in sessions if boot + 180_000_000 < s.start_us and s.end_us < end), number)
        for number, (boot, end) in enumerate(zip(boots, ends, strict=True), 1)
    )


def _sessions(plan: FleetPlan, host: SimHost, rng: random.Random) -> list[LogonSession]:
    found: list[LogonSession] = []
    for user in host.users:
        for start, end in _working_days(plan, user, rng):
            moments = [(start, end)] if host.role in {"workstation", "linux-dev"} else _visits(start, end, rng)
            found += [LogonSession(user, *moment, number) for number, moment in enumerate(moments, len(found) + 1)]
    return sorted(found, key=lambda session: (session.start_us, session.number))


def _visits(start: int, end: int, rng: random.Random) -> list[tuple[int, int]]:
    """Servers see an administrator for a while, twice a day at most."""
    begins = [start + round(rng.random() * (end - start)) for _ in range(rng.choice((0, 1, 1, 2)))]
    return [(begin, begin + round(rng.uniform(8, 70) * 60e6)) for begin in begins]
