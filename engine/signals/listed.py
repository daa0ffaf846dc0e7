"""What lists of hashes say of the programs of chains, for sentences."""

from __future__ import annotations

import numpy as np

from engine.domain.processes import Listing, Repute
from engine.signals.view import Explained

LONGEST = 80
"""Characters of a list's name that are told."""


def lists_of(chains: Explained, known: Repute) -> dict[int, tuple[Listing, int, int]]:
    """Place among the chains -> the lists that name the programs of its processes of which lists say `known`, how many processes
    these are, and how many there are in all; only chains that have such a process.
    """
    table = chains.table
    if table is None or table.listed is None:
        return {}
    place = np.full(len(chains.whole) + 1, -1, dtype=np.int64)
    place[chains.rows] = np.arange(len(chains.rows))
    at = place[table.chain]
    of = np.bincount(at[at >= 0], minlength=len(chains.rows))
    named = np.flatnonzero((at >= 0) & (table.known() == known))
    counts = np.bincount(at[named], minlength=len(chains.rows))
    out: dict[int, tuple[Listing, int, int]] = {}
    pairs, first = np.unique(np.stack([at[named], table.listed[named]], axis=1), axis=0, return_index=True)
    for chain, listing in pairs[np.argsort(first, kind="stable")].tolist():
        before = out[chain][0] if chain in out else Listing()
        out[chain] = _both(before, table.listings[listing]), int(counts[chain]), int(of[chain])
    return out


def of_how_many(named: int, processes: int) -> str:
    """Whose hash it is."""
    return "its program's" if named == processes else f"of {named:,} of its {processes:,} processes the program's"


def _both(one: Listing, other: Listing) -> Listing:
    return Listing(_names(one.good, other.good), _names(one.bad, other.bad))


def _names(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *(name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in other))))
