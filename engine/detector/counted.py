"""A detector that learnt of no estate, for the case that it scores: the case's own chains are counted, nothing is trained.

What such a detector (engine.jobs.ready) has learnt is of other estates, and stays that: the network, the words, the usual command
lines, the supervised prior, who starts whom there. What is said of *here* (who starts whom, on how many hosts, what is expected,
how odd a step is beside its kind) is counted from the case. Counts of the chains that are ranked have no say in the rank: where
every chain is known, only those of other estates speak (engine.signals.fusion.speaking).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.detector.known import KnownPaths
from engine.detector.reading import Reading
from engine.detector.state import Fitted, Rows
from engine.domain.arrays import Floats
from engine.signals.frequency import ChainTable
from engine.signals.pairs import PairTable
from engine.signals.registry import signals
from engine.signals.step_tails import StepTails, step_roles
from engine.signals.tails import TailTable

SEVERAL = 200
"""Chains from which on a tail among them tells 1 in 200 from 1 in 10."""


def counting(state: Fitted, rows: Rows) -> Fitted:
    """The state with the case's counts as the estate's, and what was the model's as other estates' where it knows of none."""
    corpus, table = rows.merged()
    of_others = PairTable(state.pairs.names, state.pairs.paths, state.pairs.pairs, state.pairs.counts)
    return replace(
        state,
        estate=True,
        pairs=PairTable.fit(corpus, table),
        chains=ChainTable.fit(corpus),
        known=KnownPaths.of(corpus, len(corpus)).followed_by(state.known),
        learnt=dict.fromkeys(elsewhere().values(), of_others) | state.learnt,
    )


def measured(state: Fitted, rows: Rows, whole: Reading) -> Fitted:
    """The same with tails of what was counted here. whole: what `state` reads of the rows.

    How odd the rest is, is told among the case's own chains where these are SEVERAL, else among the chains of other estates: of
    three chains the oddest is as high as a third of them, however odd it is.
    """
    corpus, _ = rows.merged()
    reading = whole.merged(rows)
    own = OwnTails(reading.values)
    if len(corpus) >= SEVERAL:
        return replace(state, tails=own, step_tails=StepTails.fit(reading.errors, step_roles(corpus.paths, corpus.steps)))
    here = {signal.name for signal in signals() if signal.counts}
    counted = {name: table for name, table in own.items() if name in here or name not in state.tails}
    of_others = {other: state.tails[name] for name, other in elsewhere().items() if name in state.tails}
    return replace(state, tails={**state.tails, **counted, **of_others})


class OwnTails(Mapping[str, TailTable]):
    """Signal -> its tails among the values of the case, made when they are asked for: sorted values of all signals at once would
    be as large as the values.
    """

    def __init__(self, values: Mapping[str, Floats]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> TailTable:
        return TailTable.fit(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def elsewhere() -> dict[str, str]:
    """A signal of the estate's counts -> the one of other estates' that speaks where all of the estate's chains are known."""
    return {signal.name: signal.gives_way_to for signal in signals() if signal.counts and signal.gives_way_to}
