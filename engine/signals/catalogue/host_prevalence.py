"""On how few hosts a chain occurs. Shown, not fused: it lifts everyday one-offs."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.arrays import Floats
from engine.signals.frequency import host_prevalence
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _HostPrevalence(Signal[None]):
    """In nats."""

    def value(self, view: View, learnt: None) -> Floats | None:
        """[c] surprise at the chain's hosts; None where training had one host only."""
        return host_prevalence(view.chains, view.corpus)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """On how many hosts it was met."""
        total = chains.counted.host_total
        hosts = chains.counted.on_hosts(chains.part.keys).tolist()
        return {place: f"the whole chain was seen on {count:,} of {total:,} hosts" for place, count in enumerate(hosts)}


SIGNAL = _HostPrevalence(
    name="host_prevalence",
    title="few hosts",
    meaning="on how few hosts the chain occurs",
    plain="surprise at its hosts {value} nats",
    order=170,
    row=30,
    counts=True,
    by_row=True,
)
