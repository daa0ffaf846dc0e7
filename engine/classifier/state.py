"""What a trained classifier is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.arrays import Ints8
from engine.domain.verdicts import Verdict
from engine.rules.rule import RuleSet
from engine.verdicts.shapes import Shapes
from engine.verdicts.verdicts import Verdicts
from engine.words.embedding import Embedding

if TYPE_CHECKING:
    from engine.classifier.network import SequenceClassifier


@dataclass(frozen=True, slots=True)
class TaughtShapes:
    """Shapes of the labels that a classifier was taught with; they go where it goes."""

    keys: tuple[str, ...] = ()
    verdict: Ints8 = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    examples: tuple[tuple[str, ...], ...] = ()
    """Steps of each shape, root first."""

    @classmethod
    def of(cls, shapes: Shapes, verdicts: Verdicts) -> TaughtShapes:
        """The shapes of the verdicts that teach, each shape and verdict once."""
        wanted = verdicts.with_(*(one for one in Verdict if one.malicious is not None))
        said = dict(zip(verdicts.rows.tolist(), verdicts.verdict.tolist(), strict=True))
        pairs = sorted({(int(shapes.of_chain[row]), said[row]) for row in wanted.tolist()})
        numbers = np.array([shape for shape, _ in pairs], dtype=np.int64)
        return cls(
            tuple(shapes.keys(numbers)),
            np.array([verdict for _, verdict in pairs], dtype=np.int8),
            tuple(shapes.texts(shape) for shape, _ in pairs),
        )


@dataclass(frozen=True, slots=True)
class Taught:
    """A classifier as it was fitted: the network, and all that it takes to read chains and to tell what taught it."""

    network: SequenceClassifier
    rules: RuleSet
    """Paths were normalised by these."""
    embedding: Embedding | None
    """FastText that the vectors come from; None where they are no input."""
    shapes: TaughtShapes
    counts: dict[str, int]
    """Examples by origin: label, presumed, synthetic."""
    metrics: dict[str, float]
    device: str
