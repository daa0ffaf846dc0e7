"""A simulated fleet: hosts, what runs on them, and the intrusions planted among it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.simulator.intrusions import Intrusion, place_intrusions
from engine.simulator.life import PlantedStage, host_life
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess
from engine.simulator.roster import FleetPlan, make_hosts

_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Fleet:
    """Nothing is simulated before it is asked for, and nothing is kept: iterate again to see the same again."""

    plan: FleetPlan
    hosts: tuple[SimHost, ...]
    intrusions: tuple[Intrusion, ...]
    planted: dict[int, tuple[PlantedStage, ...]]

    def processes(self, host: SimHost) -> Iterator[SimProcess]:
        """All processes of a host in time order, including those no log tells of (`logged` is False)."""
        return host_life(self.plan, host, self.planted.get(host.index, ()))

    def events(self, host: SimHost) -> Iterator[SimProcess]:
        """The process creations of a host that its logs tell of, in time order."""
        return (process for process in self.processes(host) if process.logged)

    def all_events(self) -> Iterator[tuple[SimHost, list[SimProcess]]]:
        """The events of all hosts, an hour of a host at a time, as collectors forward them: in time order per host and,
        across hosts, to the hour. Merging event by event would cost as much as simulating them.
        """
        sources = [(host, self.events(host)) for host in self.hosts]
        waiting = [next(source, None) for _, source in sources]
        for limit in range(self.plan.start_us + _HOUR, self.plan.end_us + _HOUR, _HOUR):
            for index, (host, source) in enumerate(sources):
                process, batch = waiting[index], []
                while process is not None and process.start_us < limit:
                    batch.append(process)
                    process = next(source, None)
                waiting[index] = process
                if batch:
                    yield host, batch


def simulate(plan: FleetPlan) -> Fleet:
    """Set up the fleet of a plan. Raises UsageError for a plan that cannot be."""
    hosts = make_hosts(plan)
    intrusions, planted = place_intrusions(plan, hosts)
    return Fleet(plan, hosts, intrusions, {index: tuple(stages) for index, stages in planted.items()})
