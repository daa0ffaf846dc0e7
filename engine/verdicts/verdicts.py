"""Verdicts as the classifier sees them: effective ones on the chains of one corpus, and those remembered from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.domain.arrays import Floats, Ints, Ints8
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Effective verdicts on the chains of one corpus: what is left after undo, scopes resolved. m labelled chains."""

    rows: Ints
    """[m] rows of the corpus, ascending, each once."""
    verdict: Ints8
    """[m] Verdict."""
    finding: Ints
    """[m] number of the chain's finding in the score set, 0 for none: splits go by it."""
    act: Ints
    """[m] number of the act that gave the verdict: one key, one command or one import, however many chains it covered."""
    event: int
    """Newest label event that they reflect, 0 for none."""

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def none(cls) -> Verdicts:
        """No verdicts: a queue before the first label."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing.astype(np.int8), nothing, nothing, 0)

    def with_(self, *verdicts: Verdict) -> Ints:
        """Rows that have one of these verdicts, ascending."""
        return self.rows[np.isin(self.verdict, verdicts)]

    @property
    def malicious(self) -> Ints:
        """Rows of the chains that were called malicious, ascending."""
        return self.with_(*(one for one in Verdict if one.malicious is True))

    @property
    def negative(self) -> Ints:
        """Rows of the chains that were called something else that tells (`Verdict.malicious` False), ascending."""
        return self.with_(*(one for one in Verdict if one.malicious is False))


@dataclass(frozen=True, slots=True)
class Remembered:
    """Shapes that got a verdict elsewhere: in the labels of the classifier in use, in other cases under the same detector."""

    keys: tuple[str, ...] = ()
    """Shape keys (engine.verdicts.shapes), 32 hex digits."""
    verdict: Ints8 = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    origin: tuple[str, ...] = ()
    """Words for people: "case acme", "classifier 3f2a". Untrusted text: front ends escape it."""

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Verdicts that chains got in other cases under the same detector."""

    chains: tuple[tuple[tuple[str, ...], int, str], ...] = ()
    """Step texts (root first), Verdict, words for where it was given. Untrusted text."""
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
    """[c] number of the chain's finding in the detector's score set, 0 for none."""
    basis: tuple[int, str] | None = None
    """Score set and state of the evidence that a store read it from: equal ones are equal queues. None: from no store."""

    def __len__(self) -> int:
        return len(self.corpus)
