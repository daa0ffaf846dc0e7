"""Verdicts as learners see them: effective ones on the variants of one corpus, and those remembered from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Floats, Ints, Ints8
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.verdicts import Verdict
from engine.verdicts.signals import ChainSignals
from engine.verdicts.variants import ChainVariants

MIXED = 0
"""In place of a verdict: some processes are malicious, some are not."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Effective verdicts on the processes of one corpus: what is left after undo, scopes resolved (engine.verdicts.resolve).

    m variants with a verdict, k chains with one for all that they are, q pairs of findings and variants.
    """

    rows: Ints
    """[m] rows of the variants of the queue, ascending, each once."""
    verdict: Ints8
    """[m] Verdict, or MIXED."""
    finding: Ints
    """[m] number of the finding that the verdict is of, 0 for none: splits go by it."""
    act: Ints
    """[m] number of the act that gave the verdict: one key, one command or one import, however many processes it covered."""
    teaches: npt.NDArray[np.bool_]
    """[m] whether learners and shapes go by it."""
    whole: npt.NDArray[np.bool_]
    """[m] whether every process of the variant has a verdict."""
    chain: Ints
    """[k] rows of the corpus, ascending."""
    chain_verdict: Ints8
    """[k] Verdict."""
    pair: Ints
    """[q] pairs (engine.verdicts.variants) of which every odd process is decided, ascending."""
    pair_verdict: Ints8
    """[q] Verdict."""
    event: int
    """Newest label event that they reflect, 0 for none."""

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def none(cls, event: int = 0) -> Verdicts:
        """No verdicts: a queue before the first label."""
        nothing = np.zeros(0, dtype=np.int64)
        word, flag = nothing.astype(np.int8), nothing.astype(np.bool_)
        return cls(nothing, word, nothing, nothing, flag, flag, nothing, word, nothing, word, event)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Verdicts:
        """What only some of the m say, for learners: of chains and pairs nothing."""
        return replace(
            Verdicts.none(self.event), rows=self.rows[chosen], verdict=self.verdict[chosen], finding=self.finding[chosen],
            act=self.act[chosen], teaches=self.teaches[chosen], whole=self.whole[chosen],
        )  # fmt: skip

    def with_(self, *verdicts: Verdict) -> Ints:
        """Rows that are taught with one of these verdicts, ascending."""
        return np.asarray(self.rows[np.isin(self.verdict, verdicts) & self.teaches])

    @property
    def malicious(self) -> Ints:
        """Rows of the variants that teach what is malicious, ascending."""
        return self.with_(*(one for one in Verdict if one.malicious is True))

    @property
    def negative(self) -> Ints:
        """Rows of the variants that teach what is not (`Verdict.malicious` False), ascending."""
        return self.with_(*(one for one in Verdict if one.malicious is False))

    @property
    def settled(self) -> Ints:
        """Rows of the variants of which nothing is left to decide, ascending."""
        return np.asarray(self.rows[self.whole & (self.verdict != Verdict.UNDETERMINED)])


@dataclass(frozen=True, slots=True)
class Remembered:
    """Shapes that got a verdict elsewhere: in the labels of the classifier in use, in other cases under the same detector."""

    keys: tuple[str, ...] = ()
    """Shape keys (engine.verdicts.shapes): 48 hex digits for a variant's, 32 for a chain's, whatever its command lines."""
    verdict: Ints8 = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    origin: tuple[str, ...] = ()
    """Words for people: "case acme", "classifier 3f2a". Untrusted text: front ends escape it."""

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Verdicts that chains got in other cases under the same detector."""

    chains: tuple[tuple[tuple[str, ...], int | None, int, str], ...] = ()
    """Step texts (root first), shape of the command line (None: any), Verdict, words for where it was given. Untrusted text."""
    event: int = 0
    """Newest label event of those cases, 0 for none."""


@dataclass(frozen=True, slots=True)
class BaseQueue:
    """The detector's queue: what labels re-order. c chains, rows as in the corpus."""

    corpus: ChainCorpus
    table: ProcessTable | None
    """What the features are made of; None where those were kept, for nothing else of the order needs the processes."""
    score: Floats
    """[c] the detector's."""
    rank: Ints
    """[c] 1 = best, each once."""
    finding: Ints
    """[c] number of the best finding that covers a process of the chain in the detector's score set, 0 for none."""
    variants: ChainVariants
    """Of the chains, and in which findings they are odd."""
    finding_score: Floats
    """[f] the detector's score of each finding, by number from 1."""
    basis: tuple[int, str] | None = None
    """Score set and state of the evidence that a store read it from: equal ones are equal queues. None: from no store."""
    signals: ChainSignals | None = None
    """What else the detector says of the chains; None as for `table`, or where it says nothing else."""

    def __len__(self) -> int:
        return len(self.corpus)
