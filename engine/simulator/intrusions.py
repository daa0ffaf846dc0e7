"""Places the planted intrusions: which hosts, which moment. Only where a session or the machine is up long enough."""

from __future__ import annotations

import random
from dataclasses import dataclass

from engine.errors import UsageError
from engine.simulator.life import PlantedStage
from engine.simulator.machine import Launch
from engine.simulator.people import SimHost
from engine.simulator.roster import FleetPlan
from engine.simulator.routine import LogonSession, routine
from engine.simulator.scripts.activities import IntrusionStory, Stage, stories
from engine.simulator.seeds import stream

_ROOM_US = 35 * 60_000_000
"""How long a stage may take; it starts only where its session or machine stays up that long."""


@dataclass(frozen=True, slots=True)
class Intrusion:
    """One intrusion: a story, and the hosts on which its stages happen."""

    number: int
    """1, 2, …: `SimProcess.story` of its processes."""
    story: IntrusionStory
    stages: tuple[tuple[SimHost, int], ...]
    """Host and start (microseconds since 1970) of each stage."""


@dataclass(frozen=True, slots=True)
class _Moment:
    host: SimHost
    uptime: int
    time_us: int
    session: LogonSession | None


def place_intrusions(plan: FleetPlan, hosts: tuple[SimHost, ...]) -> tuple[tuple[Intrusion, ...], dict[int, list[PlantedStage]]]:
    """The intrusions of a plan, and what each host (by index) has to launch.

    Stories that fit no host are left out. Raises UsageError for a name that does not exist or does not fit.
    """
    intrusions: list[Intrusion] = []
    planted: dict[int, list[PlantedStage]] = {}
    busy: set[int] = set()
    for story in _wanted(plan):
        if isinstance(plan.intrusions, int) and len(intrusions) >= plan.intrusions:
            break
        moments = _place(plan, hosts, story, busy)
        if moments is None:
            if isinstance(plan.intrusions, tuple):
                raise UsageError(f"The intrusion {story.name!r} fits none of these hosts.", remedy="Simulate more hosts or days.")
            continue
        number = len(intrusions) + 1
        intrusions.append(Intrusion(number, story, tuple((m.host, m.time_us) for m in moments)))
        names = tuple(moment.host.name.lower() for moment in moments)
        for index, (moment, stage) in enumerate(zip(moments, story.stages, strict=True)):
            busy.add(moment.host.index)
            launch = Launch(stage.under, stage.tree, moment.session, number, index, names)
            planted.setdefault(moment.host.index, []).append(PlantedStage(moment.time_us, launch, moment.uptime))
    return tuple(intrusions), planted


def _wanted(plan: FleetPlan) -> list[IntrusionStory]:
    known = {story.name: story for story in stories()}
    if not isinstance(plan.intrusions, tuple):
        return list(known.values())
    missing = [name for name in plan.intrusions if name not in known]
    if missing:
        raise UsageError(f"No intrusion is called {missing[0]!r}; there are {', '.join(known)}.")
    return [known[name] for name in plan.intrusions]


def _place(plan: FleetPlan, hosts: tuple[SimHost, ...], story: IntrusionStory, busy: set[int]) -> list[_Moment] | None:
    rng = stream(plan.seed, "story", story.name)
    for _ in range(40):
        moments: list[_Moment] = []
        for stage in story.stages:
            moment = _stage(plan, hosts, stage, moments, busy, rng)
            if moment is None:
                break
            moments.append(moment)
        else:
            return moments
    return None


def _stage(
    plan: FleetPlan, hosts: tuple[SimHost, ...], stage: Stage, before: list[_Moment], busy: set[int], rng: random.Random
) -> _Moment | None:
    used = {moment.host.index for moment in before}
    if stage.roles == ("same",):
        fitting = [before[0].host]
    else:
        fitting = [host for host in hosts if host.role in stage.roles and host.index not in used]
        # Hosts without another intrusion first: then each story can be told apart.
        fitting = [host for host in fitting if host.index not in busy] or fitting
    if not fitting:
        return None
    host = rng.choice(fitting)
    if before:
        time = before[-1].time_us + round(stage.after * 60e6 * rng.uniform(0.9, 1.2))
    else:
        # In the later half, so that a calm beginning of the logs can serve as the normal.
        time = plan.start_us + round((plan.end_us - plan.start_us) * rng.uniform(0.45, 0.92))
    return _moment(host, stage, time, plan, move=not before, rng=rng)


def _moment(host: SimHost, stage: Stage, time_us: int, plan: FleetPlan, move: bool, rng: random.Random) -> _Moment | None:
    """The stage at this moment or, for a first stage that needs a session, in the next session after it."""
    for index, uptime in enumerate(routine(plan, host)):
        if not stage.session:
            if uptime.boot_us + 20 * 60_000_000 < time_us < uptime.down_us - _ROOM_US:
                return _Moment(host, index, time_us, None)
            continue
        for session in uptime.sessions:
            first, last = session.start_us + 15 * 60_000_000, session.end_us - _ROOM_US
            if not first < last:
                continue
            if first < time_us < last:
                return _Moment(host, index, time_us, session)
            if move and time_us <= first:
                return _Moment(host, index, round(rng.uniform(first, last)), session)
    return None
