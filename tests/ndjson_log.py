"""One large NDJSON file, as a collector in the middle of a network writes it: for measuring ingest.

Windows hosts as NXLog's flat Sysmon events of about a kilobyte, Linux hosts in Elastic Common Schema, an hour of a host
after the other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from engine.progress import Run, Step
from engine.simulator.fleet import Fleet, simulate
from engine.simulator.logs.linux import ecs
from engine.simulator.logs.windows import nxlog_sysmon
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess
from engine.simulator.roster import FleetPlan

HOUR_US = 3_600_000_000

_PER_HOST_DAY = 550
"""Events a host leaves on a day of the default plan, rounded down."""


def plan_for_events(events: int, seed: int = 7, hosts: int | None = None) -> FleetPlan:
    """A plan whose fleet leaves at least `events` events: up to 150 hosts, then more days."""
    count = hosts or min(150, max(12, events // 5_000))
    # A weekend in between halves the days' yield at worst, hence the 1.5.
    return FleetPlan(hosts=count, days=max(2, math.ceil(1.5 * events / (count * _PER_HOST_DAY))), seed=seed)


def write_ndjson(fleet: Fleet, path: Path, events: int | None = None, run: Run = Run()) -> int:
    """Write at most `events` events (all of them for None) to one file. Returns how many were written.

    Raises Cancelled between batches; what was written stays.
    """
    written = 0
    render = Renderer()
    with path.open("wb", buffering=1 << 20) as out:
        for host, batch in events_of_all(fleet):
            if events is not None:
                batch = batch[: events - written]  # noqa: PLW2901
            if not batch:
                break
            out.write(b"\n".join(render(host, batch)) + b"\n")
            written += len(batch)
            run.raise_if_cancelled()
            run.report(Step("simulate", written, events, unit="events"))
    run.report(Step("simulate", written, written, unit="events", last=True))
    return written


def simulate_events(events: int, path: Path, seed: int = 7) -> int:
    """Plan, simulate and write in one call: exactly `events` events, for benchmarks."""
    return write_ndjson(simulate(plan_for_events(events, seed)), path, events)


class Renderer:
    """Lines of events; numbers the records of each host."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = defaultdict(lambda: 1_000_000)

    def __call__(self, host: SimHost, batch: list[SimProcess]) -> list[bytes]:
        """A line for each, without its newline."""
        render = nxlog_sysmon if host.windows else ecs
        first = self._numbers[host.index]
        self._numbers[host.index] += len(batch)
        return [render(host, process, number) for number, process in enumerate(batch, first)]


def events_of_all(fleet: Fleet) -> Iterator[tuple[SimHost, list[SimProcess]]]:
    """The events of all hosts, an hour of a host at a time, as collectors forward them: in time order per host and,
    across hosts, to the hour. Merging event by event would cost as much as simulating them.
    """
    for hour in hours_of_all(fleet):
        yield from hour


def hours_of_all(fleet: Fleet) -> Iterator[list[tuple[SimHost, list[SimProcess]]]]:
    """The same, hour by hour: the hosts that have events in it."""
    sources = [(host, fleet.events(host)) for host in fleet.hosts]
    waiting = [next(source, None) for _, source in sources]
    for limit in range(fleet.plan.start_us + HOUR_US, fleet.plan.end_us + HOUR_US, HOUR_US):
        hour = []
        for index, (host, source) in enumerate(sources):
            process, batch = waiting[index], []
            while process is not None and process.start_us < limit:
                batch.append(process)
                process = next(source, None)
            waiting[index] = process
            if batch:
                hour.append((host, batch))
        yield hour
