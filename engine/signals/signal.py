"""The contract of a signal: what one module of engine.signals.catalogue says of itself, and what it is given.

Fitting, reading, fusion, files, sentences, `evaluate` and the front ends ask the registry and never name a signal.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.signals.kinds import EvidenceKind, Family
from engine.signals.threat_prior import ThreatPrior
from engine.signals.view import Explained, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TrainingView:
    """What a signal may learn from. c chains."""

    corpus: ChainCorpus
    """The estate's chains and the starter's together."""
    table: ProcessTable | None
    """Their processes; None where those are not known."""
    elsewhere: ChainCorpus | None
    """The starter's chains alone; None without a starter, and where there is no estate beside it."""
    threat: ThreatPrior | None
    """The supervised prior that a starter brings along."""
    errors_of: Callable[[Ints], Floats32] | None
    """Rows -> their step errors [n, MAX_STEPS]; None where errors are taken as they are, as published."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A model's files as they were read: nothing in them can be relied on (engine.saved.foreign)."""

    arrays: Mapping[str, Any]
    texts: Mapping[str, Any]
    scalars: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal(ABC, Generic[T]):
    """One signal. T is what it learns, None for those that learn nothing.

    The fields describe a module's `SIGNAL`. Its class defines `value`; one that learns also `fit`, `arrays` and `load`, and
    where it has them `texts` and `scalars`. `sentences` is for those that have more to tell than their number.
    """

    name: str
    """In JSON, CSV and documents; never changed."""
    title: str
    """On screen."""
    meaning: str
    """One line for people."""
    order: int
    """Place among the signals, in models as in scores; each its own."""
    plain: str = ""
    """A sentence with {value} for chains of which only the value is known; "" for a signal whose tail is not worth telling."""
    family: Family | None = None
    """What it is fused with; None: shown and not fused."""
    weight: float = 1.0
    """Among the signals of its family."""
    evidence: EvidenceKind | None = None
    """The kind of evidence that it is when kinds disagree; None takes no part."""
    row: int | None = None
    """Place in the table of `oddkin evaluate`; None where it is no ranking of its own."""
    shaped: bool = False
    """Whether training shapes it: drift compares such signals. The others tell of the case alone, however old the model is."""
    learns: bool = False
    """Whether it has a value only with what it, or the signal that it `reads`, has learnt."""
    reads: str = ""
    """Name of the signal whose table it reads; "" for its own."""
    counts: bool = False
    """Whether its value is a count of the estate's own chains: where none was learnt from, of those that are ranked."""
    gives_way_to: str = ""
    """Name of the signal that alone speaks where training saw every chain of the queue; "" for none."""
    discount: float | None = None
    """Share of its surprise that a chain with a value above 0 keeps; None: no say in it."""
    certain: bool = False
    """Whether it is no surprise but settled: what has a value above 0 stands above all that has not, in the order of its score,
    and above every threshold (engine.detector.certain).
    """
    told: bool = False
    """Whether somebody told it (lists of hashes), and nothing of the chain: what verdicts teach is not learnt from it."""
    lowest: bool = False
    """Whether several rows of one chain have its lowest value and not its highest."""
    by_process: bool = False
    """Whether processes of one chain differ in it, by their command lines, accounts or trees: the chain's value is then the
    highest (or lowest) among theirs, and each variant of the chain has its own."""

    by_row: bool = False
    """Whether the value of a chain is of that chain alone, to the last bit: it is then read of some chains at a time."""

    @abstractmethod
    def value(self, view: View, learnt: T) -> Floats | None:
        """[c] raw values of a corpus's chains, NaN where nothing is known; None where it has none to give at all."""

    def fit(self, training: TrainingView) -> T | None:
        """What it learns; None where there is nothing to learn from."""
        return None

    def sentences(self, chains: Explained, learnt: T) -> Mapping[int, str]:
        """Place among the chains -> what it says of that one; the others get the plain sentence."""
        return {}

    def arrays(self, learnt: T) -> dict[str, Any]:
        """What it learnt, for np.savez; names are the model's, so each needs its own."""
        return {}

    def texts(self, learnt: T) -> dict[str, Any]:
        """The same, for the JSON of texts."""
        return {}

    def scalars(self, learnt: T | None) -> dict[str, Any]:
        """The same, for the JSON of scalars, whose names are there even when it learnt nothing."""
        return {}

    def load(self, saved: Saved) -> T | None:
        """What it learnt, back; None for a model without. Raises ModelCorrupt, or what engine.saved.foreign calls UNREADABLE."""
        return None
