"""A simulated fleet: hosts, what runs on them, and the intrusions planted among it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.simulator.intrusions import Intrusion, place_intrusions
from engine.simulator.life import PlantedStage, host_life
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess
from engine.simulator.roster import FleetPlan, make_hosts


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


def simulate(plan: FleetPlan) -> Fleet:
    """Set up the fleet of a plan. Raises UsageError for a plan that cannot be."""
    hosts = make_hosts(plan)
    intrusions, planted = place_intrusions(plan, hosts)
    return Fleet(plan, hosts, intrusions, {index: tuple(stages) for index, stages in planted.items()})
