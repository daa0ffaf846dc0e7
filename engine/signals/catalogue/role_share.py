"""The share of a chain's steps that attackers use as tools, less sure of short chains and of what the case repeats."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints32
from engine.domain.blocks import blocks
from engine.knowledge import SUSPECT_ROLES, role
from engine.knowledge.roles import is_windows
from engine.signals.catalogue.rolefrac import suspects
from engine.signals.kinds import KNOWLEDGE
from engine.signals.recurrence import hours, novelty
from engine.signals.signal import Signal
from engine.signals.view import Explained, View

Flags = npt.NDArray[np.bool_]

SHORT_WINDOWS, SHORT_POSIX = 1, 2
"""Steps without a role that every chain is taken to have besides its own: one shell alone is not a chain full of shells. On POSIX
systems two, because shells and interpreters are what everyday scripts there consist of."""


class _RoleShare(Signal[None]):
    """A share, 0 … 1. A step counts by how new its beginning is to the case (engine.signals.recurrence): what an agent starts
    every hour through a shell is a chain full of shells, and how this estate works. A fork does not count: nobody chose a tool.
    """

    def value(self, view: View, learnt: None) -> Floats:
        """[c] share of the steps and SHORT more."""
        corpus = view.corpus
        suspect = np.append(view.knowledge.suspect.astype(np.float64), 0.0)
        windows = np.array([*map(is_windows, corpus.paths), False])
        repeated = hours(corpus, view.table)
        share = np.empty(len(corpus))
        for part in blocks(len(corpus)):
            steps, lengths = corpus.steps[part], corpus.lengths[part]
            leaf = steps[np.arange(len(steps)), np.maximum(lengths - 1, 0)]
            short = np.where(windows[leaf], SHORT_WINDOWS, SHORT_POSIX)
            chosen = np.where(forked(steps, windows), 0.0, suspect[steps])
            share[part] = (chosen * novelty(repeated[part])).sum(axis=1) / (lengths + short)
        return share

    def sentences(self, chains: Explained, learnt: None) -> Mapping[int, str]:
        """Which of the steps they are, which are forks, and what of it the case repeats."""
        told = suspects(chains)
        repeated = hours(chains.whole, chains.table)[chains.rows]
        forks = forked(chains.part.steps, np.array([*map(is_windows, chains.whole.paths), False]))
        for place, path in enumerate(chains.paths):
            odd = [step for step, one in enumerate(path) if role(one) in SUSPECT_ROLES]
            if count := sum(bool(forks[place, step]) for step in odd):
                whose = "its own kind, is" if count == 1 else "their own kind, are"
                told[place] += f"; {count} of them, started by {whose} not counted"
            odd = [step for step in odd if not forks[place, step]]
            again = [(chains.names[place][step], int(repeated[place, step])) for step in odd if repeated[place, step] > 1]
            if again:
                said = ", ".join(f"{name} in {many:,}" for name, many in again)
                told[place] += f"; begun so in several hours, and less for it: {said}"
        return told


def forked(steps: Ints32, windows: Flags) -> Flags:
    """[c, MAX_STEPS] POSIX programs that their own kind started: mostly forks that recorders take for starts, as workers of an
    interpreter and the parentheses of a shell are. Windows has none: who starts powershell.exe from powershell.exe asked for it.

    steps [c, MAX_STEPS]; windows [p + 1] of paths and of none. They stay steps of the chain.
    Chains without them were tried and are worse, and so is half a count.
    """
    out = np.zeros(steps.shape, dtype=np.bool_)
    out[:, 1:] = (steps[:, 1:] >= 0) & ~windows[steps[:, 1:]] & (steps[:, 1:] == steps[:, :-1])
    return out


SIGNAL = _RoleShare(
    name="role_share",
    title="admin tools, cautious",
    meaning="the same share, less sure of short chains and of what the case repeats hour by hour",
    plain="share of shells, script engines, proxy binaries and admin tools, cautiously, {value}",
    order=70,
    family=KNOWLEDGE,
    row=100,
)
