"""What a signal says of a chain, as a sentence: pure text from counts and tail probabilities.

Names come from logs as they are: whoever shows a sentence makes it visible (engine.untrusted).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ODD = 0.02
"""Tail up to which a group of signals finds a chain odd, at one in fifty training chains."""
COMMON = 0.25
"""Tail from which it finds the chain common."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "counting": ("pair_rarity", "window_rarity"),
    "the autoencoder": ("reconstruction_by_place", "reconstruction_worst", "reconstruction"),
    "the tables of places and names": ("prior",),
    "its command line": ("command_rarity",),
}
"""Kinds of evidence that may disagree."""
PLAIN: Mapping[str, str] = {
    "reconstruction": "mean error of its steps {value}",
    "reconstruction_worst": "error of its worst step {value}",
    "reconstruction_by_place": "error of its oddest step, against what is usual where it lies, {value} nats",
    "reconstruction_spread": "the networks differ by {value} about its error",
    "pair_rarity": "surprise at its rarest start {value} nats",
    "window_rarity": "surprise at its two rarest starts in a row {value} nats",
    "starter_rarity": "surprise at its two rarest starts in a row on other estates {value} nats",
    "chain_frequency": "surprise at the whole chain {value} nats",
    "host_prevalence": "surprise at its hosts {value} nats",
    "command_rarity": "surprise at the words of its oddest command line {value}",
    "command_rules": "what its oddest command line asks for weighs {value} in the rules",
    "prior": "places, names and parents weigh {value} in the tables",
    "rolefrac": "share of shells, script engines, proxy binaries and admin tools {value}",
    "role_share": "share of shells, script engines, proxy binaries and admin tools, cautiously, {value}",
    "threat_classes": "likeness to recorded attacks by place, role and privilege {value}",
    "threat_words": "likeness to recorded attacks by names and words {value}",
}
SILENT = frozenset({"build_tree"})
"""Signals without a tail worth telling."""


@dataclass(frozen=True, slots=True)
class EdgeCount:
    """How often one name started another in training."""

    parent: str | None
    """None for the start of a chain."""
    child: str
    seen: int
    total: int
    """Processes that the parent started."""
    hosts: int | None = None
    """Hosts on which it was seen, of `host_total`; None where hosts were not counted."""
    host_total: int = 0
    usual: tuple[tuple[str, int], ...] = ()
    """What the parent starts most often, with counts."""

    @property
    def subject(self) -> str:
        """Who started whom."""
        return f"a chain starts with {self.child}" if self.parent is None else f"{self.parent} started {self.child}"


def edge_sentence(edge: EdgeCount, *, expected: bool = True) -> str:
    """svchost.exe started cmd.exe: seen 0 of 41,213 times on 0 of 57 hosts; expected here: conhost.exe (3,120)."""
    if not edge.total:
        never = "no chain was seen from its start" if edge.parent is None else f"{edge.parent} was never seen starting anything"
        return f"{edge.subject}: {never} in training"
    where = "" if edge.hosts is None else f" on {edge.hosts:,} of {edge.host_total:,} hosts"
    said = f"{edge.subject}: seen {edge.seen:,} of {edge.total:,} times{where}"
    if not expected:
        return said
    others = [f"{name} ({count:,})" for name, count in edge.usual if name != edge.child]
    return said + (f"; expected here: {', '.join(others)}" if others else "; nothing else was seen here")


def window_sentence(edges: Sequence[EdgeCount], *, elsewhere: bool = False) -> str:
    """One or two starts in a row, with how often each was seen."""
    where = "on other estates, " if elsewhere else ""
    return where + "; then ".join(edge_sentence(edge, expected=False) for edge in edges)


def chain_sentence(seen: int, total: int, hosts: int, host_total: int) -> str:
    """How often the whole chain was met."""
    where = f" on {hosts:,} of {host_total:,} hosts" if host_total > 1 else ""
    times = "once" if seen == 1 else f"{seen:,} times"
    return f"the whole chain was seen {times} among {total:,} processes{where}"


def host_sentence(hosts: int, host_total: int) -> str:
    """On how many hosts it was met."""
    return f"the whole chain was seen on {hosts:,} of {host_total:,} hosts"


def step_sentence(step: int, name: str, role: str, error: float, tail: float) -> str:
    """How badly a step (from 0) is rebuilt, beside the steps of its kind."""
    kind = f"{role} steps" if role else "steps"
    return f"step {step + 1}, {name}: error {error:.3g}, as high as in {share(tail)} of the {kind} learnt from"


def suspects_sentence(names: Sequence[str], length: int) -> str:
    """Which of the steps are tools that attackers use."""
    if not names:
        return "no step is a shell, script engine, proxy binary or admin tool"
    are = "is a shell, script engine, proxy binary or admin tool" if len(names) == 1 else (
        "are shells, script engines, proxy binaries or admin tools"
    )  # fmt: skip
    return f"{len(names)} of {length} steps {are}: {', '.join(names)}"


def knowledge_sentence(reasons: Sequence[str]) -> str:
    """What the tables say; the strongest reasons first."""
    return "; ".join(reasons) if reasons else "the tables find nothing odd in places, names and parents"


def command_sentence(reasons: Sequence[str]) -> str:
    """What the rules say of the oddest command line; the weightiest reasons first."""
    return f"its command line: {'; '.join(reasons)}" if reasons else "no rule speaks of its command lines"


def plain_sentence(name: str, value: float, tail: float) -> str:
    """For a chain of which only value and tail are known."""
    if math.isnan(value):
        return "nothing is known, so it says nothing"
    said = PLAIN.get(name, "{value}").format(value=f"{value:.3g}")
    return said if name in SILENT else f"{said}, as high as in {share(tail)} of the chains learnt from"


def share(tail: float) -> str:
    """A tail probability in words: 1 in 400; 34 %."""
    if not tail > 0:
        return "none"
    return f"{tail:.0%}" if tail > 0.1 else f"1 in {1 / max(tail, 1e-12):,.0f}"


def told(signals: Iterable[tuple[str, float, float]], sentences: Mapping[str, str]) -> list[tuple[str, float, str]]:
    """(name, tail, sentence) of (name, value, tail), rarest first; a sentence of its own where there is one."""
    found = [
        (name, tail, sentences.get(name) or plain_sentence(name, value, tail))
        for name, value, tail in signals
        if name not in SILENT
    ]
    return sorted(found, key=lambda one: (one[1], one[0]))


def reasons(signals: Iterable[tuple[str, float, float]], sentences: Mapping[str, str], limit: int = 3) -> list[str]:
    """The sentences of the rarest tails, each once; at least one, and no more than are odd at one in ten."""
    out: dict[str, None] = {}
    for _, tail, sentence in told(signals, sentences):
        if len(out) == limit or (out and tail > 0.1):
            break
        out[sentence] = None
    return list(out)


def disagreement(signals: Iterable[tuple[str, float, float]]) -> str:
    """A note where some kinds of evidence find a chain odd and others common, by their tail probabilities; "" elsewhere.

    A kind's tail is the smallest of its signals', times their number (Bonferroni), so that two chances count for one.
    Unknown values say nothing.
    """
    tails = {name: tail for name, value, tail in signals if not math.isnan(value)}
    judged: dict[str, float] = {}
    for group, names in GROUPS.items():
        present = [tails[name] for name in names if name in tails]
        if present:
            judged[group] = min(1.0, min(present) * len(present))
    common = [f"{group} ({share(tail)})" for group, tail in judged.items() if tail >= COMMON]
    odd = [f"{group} ({share(tail)})" for group, tail in judged.items() if tail <= ODD]
    return f"common to {', '.join(common)}; odd to {', '.join(odd)}" if common and odd else ""
