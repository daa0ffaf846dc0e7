"""What is said of a chain from its signals' values and tails; sentences with counts and names are made by the signals themselves.

Names come from logs as they are: whoever shows a sentence makes it visible (engine.untrusted).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from engine.signals.kinds import EvidenceKind
from engine.signals.registry import find
from engine.signals.tails import share

ODD = 0.02
"""Tail up to which a kind of evidence finds a chain odd, at one in fifty training chains."""
COMMON = 0.25
"""Tail from which it finds the chain common."""


def plain_sentence(name: str, value: float, tail: float) -> str:
    """For a chain of which only value and tail are known; a signal of a newer version has its value told."""
    if math.isnan(value):
        return "nothing is known, so it says nothing"
    known = find(name)
    said = (known.plain if known else "{value}").format(value=f"{value:.3g}")
    return f"{said}, as high as in {share(tail)} of the chains learnt from"


def by_rarity(signals: Iterable[tuple[str, float, float]], sentences: Mapping[str, str]) -> list[tuple[str, float, str]]:
    """(name, tail, sentence) of (name, value, tail), rarest first; a sentence of its own where there is one."""
    said = []
    for name, value, tail in signals:
        known = find(name)
        if known is None or known.plain or name in sentences:
            said.append((name, tail, sentences.get(name) or plain_sentence(name, value, tail)))
    return sorted(said, key=lambda one: (one[1], one[0]))


def reasons(signals: Iterable[tuple[str, float, float]], sentences: Mapping[str, str], limit: int = 3) -> list[str]:
    """The sentences of the rarest tails, each once; at least one, and no more than are odd at one in ten."""
    out: dict[str, None] = {}
    for _, tail, sentence in by_rarity(signals, sentences):
        if len(out) == limit or (out and tail > 0.1):
            break
        out[sentence] = None
    return list(out)


def disagreement(signals: Iterable[tuple[str, float, float]]) -> str:
    """A note where some kinds of evidence find a chain odd and others common, by their tail probabilities; "" elsewhere.

    A kind's tail is the smallest of its signals', times their number (Bonferroni), so that two chances count for one.
    Unknown values say nothing.
    """
    tails: dict[EvidenceKind, list[float]] = {}
    for name, value, tail in signals:
        known = find(name)
        if known is not None and known.evidence is not None and not math.isnan(value):
            tails.setdefault(known.evidence, []).append(tail)
    judged = {kind.name: min(1.0, min(tails[kind]) * len(tails[kind])) for kind in sorted(tails, key=lambda kind: kind.place)}
    common = [f"{name} ({share(tail)})" for name, tail in judged.items() if tail >= COMMON]
    odd = [f"{name} ({share(tail)})" for name, tail in judged.items() if tail <= ODD]
    return f"common to {', '.join(common)}; odd to {', '.join(odd)}" if common and odd else ""
