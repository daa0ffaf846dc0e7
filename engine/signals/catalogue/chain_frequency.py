"""How seldom a whole chain occurs. Shown, not fused: it lifts everyday one-offs."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.arrays import Floats
from engine.signals.frequency import chain_frequency
from engine.signals.signal import Signal
from engine.signals.view import Explained, View


class _ChainFrequency(Signal[None]):
    """In nats."""

    def value(self, view: View, learnt: None) -> Floats:
        """[c] surprise at the chain."""
        return chain_frequency(view.chains, view.corpus)

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """How often it was met, and where."""
        table, total = chains.counted, int(chains.counted.counts.sum())
        seen = zip(table.seen(chains.part.keys).tolist(), table.on_hosts(chains.part.keys).tolist(), strict=True)
        return {place: chain_sentence(count, total, hosts, table.host_total) for place, (count, hosts) in enumerate(seen)}


def chain_sentence(seen: int, total: int, hosts: int, host_total: int) -> str:
    """How often the whole chain was met."""
    where = f" on {hosts:,} of {host_total:,} hosts" if host_total > 1 else ""
    times = "once" if seen == 1 else f"{seen:,} times"
    return f"the whole chain was seen {times} among {total:,} processes{where}"


SIGNAL = _ChainFrequency(
    name="chain_frequency",
    title="rare chain",
    meaning="how seldom the whole chain occurs",
    plain="surprise at the whole chain {value} nats",
    order=50,
    row=20,
    shaped=True,
    counts=True,
    by_row=True,
)
