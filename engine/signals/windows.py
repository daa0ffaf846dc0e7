"""Rarity of two edges in a row (w2): the best plain counter on recorded attacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats
from engine.signals.edges import EdgeCount, window_sentence
from engine.signals.pairs import Edges, PairTable

Flags = npt.NDArray[np.bool_]


def window_rarity(table: PairTable, edges: Edges) -> Floats:
    """The largest mean surprise of two edges in a row, nats; the edge itself where a chain has one; 0 without any.

    An edge's surprise is −log((n(p,c) + 1) / (n(p) + V)), V the number of known names. No back-off to P(child), on
    purpose: an unknown parent then makes 1 / V whatever it starts, so that an estate of new names is not all alarm.
    Two edges and not one: a single rare start is mostly an everyday one-off, what follows it tells.
    """
    surprise = laplace_surprise(table, edges)
    both = edges.valid[:, 1:] & edges.valid[:, :-1]
    windows = np.where(both, (surprise[:, 1:] + surprise[:, :-1]) / 2, 0.0).max(axis=1, initial=0.0)
    single = np.where(edges.valid, surprise, 0.0).max(axis=1, initial=0.0)
    rarity: Floats = np.where(both.any(axis=1), windows, single)
    return rarity


def worst_window(surprise: Floats, valid: Flags) -> range:
    """The columns of the edges that `window_rarity` judges a chain by: two, one, or none. Both [MAX_STEPS], of one chain."""
    both = valid[1:] & valid[:-1]
    if both.any():
        first = int(np.where(both, surprise[1:] + surprise[:-1], -np.inf).argmax())
        return range(first, first + 2)
    if not valid.any():
        return range(0)
    only = int(np.where(valid, surprise, -np.inf).argmax())
    return range(only, only + 1)


def laplace_surprise(table: PairTable, edges: Edges) -> Floats:
    """[c, MAX_STEPS] −log((n(p,c) + 1) / (n(p) + V)) of each edge."""
    vocabulary = len(table.names) + 1
    seen = table.count(edges.parent, edges.child)
    surprise: Floats = -np.log((seen + 1) / (table.total(edges.parent) + vocabulary))
    return surprise


def window_sentences(
    table: PairTable, edges: Edges, names: Sequence[Sequence[str]], *, elsewhere: bool = False
) -> dict[int, str]:
    """Place -> the starts that `window_rarity` judges a chain by. edges, names: of n chains; `elsewhere`: not on this estate."""
    surprise = laplace_surprise(table, edges)
    said = {}
    for place, chain in enumerate(names):
        counts = [EdgeCount.into(table, chain, at, 0) for at in worst_window(surprise[place], edges.valid[place])]
        if counts:
            said[place] = window_sentence(counts, elsewhere=elsewhere)
    return said
