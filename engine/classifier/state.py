"""What a trained classifier is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.arrays import Ints8
from engine.domain.verdicts import Verdict
from engine.rules.rule import RuleSet
from engine.verdicts.shapes import Shapes, VariantShapes
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import Verdicts
from engine.words.embedding import Embedding

if TYPE_CHECKING:
    from engine.classifier.network import ClassifierEnsemble, SequenceClassifier


@dataclass(frozen=True, slots=True)
class TaughtShapes:
    """Shapes of the variants that a classifier was taught with; they go where it goes."""

    keys: tuple[str, ...] = ()
    """48 hex digits (engine.verdicts.shapes); 32, a chain's whatever its command lines, from an older version."""
    verdict: Ints8 = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    examples: tuple[tuple[str, ...], ...] = ()
    """Steps of each shape's chain, root first."""

    @classmethod
    def of(cls, shapes: Shapes, variants: ChainVariants, verdicts: Verdicts) -> TaughtShapes:
        """The shapes of the verdicts that teach, each shape and verdict once."""
        kinds = VariantShapes.of(shapes, variants)
        wanted = verdicts.with_(*(one for one in Verdict if one.malicious is not None))
        said = dict(zip(verdicts.rows.tolist(), verdicts.verdict.tolist(), strict=True))
        pairs = sorted({(int(kinds.of_variant[row]), said[row]) for row in wanted.tolist()})
        numbers = np.array([kind for kind, _ in pairs], dtype=np.int64)
        return cls(
            tuple(kinds.keys(shapes, numbers)),
            np.array([verdict for _, verdict in pairs], dtype=np.int8),
            tuple(shapes.texts(chain) for chain in kinds.chain[numbers].tolist()),
        )


@dataclass(frozen=True, slots=True)
class Taught:
    """A classifier as it was fitted: the network, and all that it takes to read chains and to tell what taught it."""

    network: SequenceClassifier | ClassifierEnsemble
    rules: RuleSet
    """Paths were normalised by these."""
    embedding: Embedding | None
    """FastText that the vectors come from; None where they are no input."""
    shapes: TaughtShapes
    counts: dict[str, int]
    """Examples by origin: label, presumed, synthetic."""
    metrics: dict[str, float]
    device: str
