"""Everyday life of one host: which activities start when, hour by hour, so that nothing but the next hour is in memory."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate

from engine.simulator.machine import Launch, Machine, SerialCounter
from engine.simulator.people import SimHost, SimUser
from engine.simulator.processes import SimProcess
from engine.simulator.roster import FleetPlan
from engine.simulator.routine import LogonSession, Uptime, routine
from engine.simulator.scripts.activities import Activity, activities
from engine.simulator.seeds import poisson, share, stream
from engine.simulator.versions import timelines

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_WORKING_HOURS = 8.0
_BOOTED = 45_000_000


@dataclass(frozen=True, slots=True)
class PlantedStage:
    """What a stage of an intrusion launches on one host, and when."""

    time_us: int
    launch: Launch
    uptime: int
    """Index of the uptime that it happens in."""


@dataclass(slots=True)
class _Mix:
    """Activities that happen at random, as one Poisson process: one draw an hour instead of one per activity."""

    activities: list[Activity]
    edges: list[float] = field(default_factory=list)
    """Cumulated rates per hour."""

    def draw(self, hours: float, machine: Machine) -> list[Activity]:
        if not self.edges:
            return []
        count = poisson(machine.rng, self.edges[-1] * hours)
        return [self.activities[bisect(self.edges, machine.rng.random() * self.edges[-1])] for _ in range(count)]


def host_life(plan: FleetPlan, host: SimHost, planted: tuple[PlantedStage, ...] = ()) -> Iterator[SimProcess]:
    """Every process of a host during the plan, in time order, forks without a record included (`logged` is False)."""
    yield from _Life(plan, host, planted).run()


class _Life:
    def __init__(self, plan: FleetPlan, host: SimHost, planted: tuple[PlantedStage, ...]) -> None:
        self.plan, self.host, self.planted = plan, host, planted
        self.own = [a for a in activities() if host.role in a.roles and share(plan.seed, host.name, "has", a.name) < a.share]
        self.timelines = timelines(plan, host)
        self.system = self._mix("any", None, 24.0)
        self.work = {user.name: self._mix("work", user, _WORKING_HOURS) for user in host.users}

    def _mix(self, when: str, user: SimUser | None, hours: float) -> _Mix:
        chosen = [a for a in self.own if a.when == when]
        # Habits: who likes a program starts it three times as often as who does not.
        who = user.name if user else self.host.name
        rates = [a.per_day / hours * (0.5 + share(self.plan.seed, who, "habit", a.name)) for a in chosen]
        return _Mix(chosen, list(accumulate(rates)))

    def run(self) -> Iterator[SimProcess]:
        counter = SerialCounter()
        for index, uptime in enumerate(routine(self.plan, self.host)):
            rng = stream(self.plan.seed, self.host.name, "life", uptime.number)
            machine = Machine(self.host, uptime, rng, counter, self.plan.start_us, {})
            for stage in self.planted:
                if stage.uptime == index:
                    machine.launch(stage.time_us, stage.launch)
            yield from self._uptime(machine, uptime)

    def _uptime(self, machine: Machine, uptime: Uptime) -> Iterator[SimProcess]:
        self._set_versions(machine, uptime.boot_us)
        for activity in (*self._moments("boot"), *self._moments("service")):
            # What starts below a service has to wait until the system's own tree stands.
            delay = _BOOTED if activity.under else 0
            machine.launch(uptime.boot_us + delay, Launch(activity.under, activity.tree))
        ended = 0
        hour = uptime.boot_us
        if hour < self.plan.start_us:
            # The machine was started long before: let it boot, then go to where the logs begin.
            yield from machine.run_until(min(hour + 300_000_000, self.plan.start_us))
            hour = self.plan.start_us
        while hour < uptime.down_us:
            after = min((hour // _HOUR + 1) * _HOUR, uptime.down_us)
            self._set_versions(machine, hour)
            self._plan_system(machine, hour, after)
            for session in uptime.sessions:
                self._plan_session(machine, session, hour, after)
            while ended < len(uptime.sessions) and uptime.sessions[ended].end_us <= hour:
                machine.end_session(uptime.sessions[ended])
                ended += 1
            yield from machine.run_until(after)
            hour = after

    def _moments(self, when: str) -> list[Activity]:
        return [activity for activity in self.own if activity.when == when]

    def _set_versions(self, machine: Machine, time_us: int) -> None:
        for timeline in self.timelines:
            machine.versions[timeline.product] = timeline.at(time_us)

    def _plan_system(self, machine: Machine, first: int, last: int) -> None:
        for activity in self.system.draw((last - first) / _HOUR, machine):
            machine.launch(first + int(machine.rng.random() * (last - first)), Launch(activity.under, activity.tree))
        for activity in (*self._moments("every"), *self._moments("service")):
            step = round(activity.minutes * 60e6)
            phase = int(share(self.plan.seed, self.host.name, activity.name) * min(step, 60_000_000)) + 1_000_000
            time = first - first % step + phase
            while time < last:
                if time >= first:
                    machine.launch(time, Launch(activity.under, activity.tree))
                time += step
        for activity in self._moments("daily"):
            self._plan_daily(machine, activity, first, last)
        for timeline in self.timelines:
            for time in timeline.changes(first, last):
                machine.versions[timeline.product] = timeline.at(time)
                for activity in self._moments("update"):
                    if activity.product == timeline.product:
                        machine.launch(time, Launch(activity.under, activity.tree))

    def _plan_daily(self, machine: Machine, activity: Activity, first: int, last: int) -> None:
        midnight = first - first % _DAY
        if activity.weekdays and datetime.fromtimestamp(midnight // 1_000_000, UTC).weekday() >= 5:
            return
        offset = activity.at + share(self.plan.seed, self.host.name, activity.name) * 0.5
        time = midnight + round(offset * _HOUR) + int(machine.rng.random() * 20e6)
        if first <= time < last:
            machine.launch(time, Launch(activity.under, activity.tree))

    def _plan_session(self, machine: Machine, session: LogonSession, first: int, last: int) -> None:
        if session.end_us <= first or session.start_us >= last:
            return
        if first <= session.start_us:
            for activity in self._moments("logon"):
                machine.launch(session.start_us, Launch(activity.under, activity.tree, session))
        begin, end = max(first, session.start_us + 60_000_000), min(last, session.end_us)
        if end <= begin:
            return
        for activity in self.work[session.user.name].draw((end - begin) / _HOUR, machine):
            machine.launch(begin + int(machine.rng.random() * (end - begin)), Launch(activity.under, activity.tree, session))
        if session.end_us <= last:
            for activity in self._moments("logoff"):
                machine.launch(session.end_us - 20_000_000, Launch(activity.under, activity.tree, session))
