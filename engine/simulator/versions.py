"""Which version of a product runs where and when: releases come out over time and reach one host after the other."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from engine.simulator.people import SimHost
from engine.simulator.roster import FleetPlan
from engine.simulator.scripts.tables import Product, products
from engine.simulator.seeds import share, stream

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """Versions of one product on one host: `versions[i]` runs from `since[i]` on."""

    product: str
    since: tuple[int, ...]
    versions: tuple[str, ...]

    def at(self, time_us: int) -> str:
        """The version that runs at a moment, in microseconds since 1970."""
        return self.versions[max(0, bisect_right(self.since, time_us) - 1)]

    def changes(self, first_us: int, last_us: int) -> list[int]:
        """Moments in [first, last) at which the version changes."""
        return [time for time in self.since[1:] if first_us <= time < last_us]


def releases(plan: FleetPlan, product: Product) -> list[tuple[int, str]]:
    """When which version came out, from a while before the logs begin."""
    rng = stream(plan.seed, "release", product.name)
    time = plan.start_us - round(_DAY_US * (product.spread_days + product.every_days * (1 + rng.random())))
    found = []
    number, build = rng.randint(1, 9), rng.randint(1000, 7000)
    while time < plan.end_us:
        build += rng.randint(1, 90)
        found.append(
            (time, product.pattern.format(i=number, m=129 + number, b=build, c=rng.randint(10, 250), d=rng.randint(0, 9)))
        )
        number += 1
        time += round(_DAY_US * product.every_days * (0.5 + rng.random()))
    return found


def timelines(plan: FleetPlan, host: SimHost) -> tuple[Timeline, ...]:
    """Every product's versions on a host. Updates arrive in waking hours, since that is when machines are on."""
    found = []
    for product in products():
        since: list[int] = []
        versions: list[str] = []
        for index, (time, version) in enumerate(releases(plan, product)):
            late = share(plan.seed, host.name, product.name, index)
            arrival = time + round(late * product.spread_days * _DAY_US)
            arrival += (round((9 + 7 * late) * 3_600_000_000) - arrival) % _DAY_US
            # A host that is late skips what has been replaced meanwhile.
            while since and since[-1] >= arrival:
                since.pop()
                versions.pop()
            since.append(arrival)
            versions.append(version)
        found.append(Timeline(product.name, tuple(since), tuple(versions)))
    return tuple(found)
