"""Every setting of a classifier, in one serialisable place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import ModelCorrupt, UsageError


@dataclass(frozen=True, slots=True)
class ClassifierParams:
    """What `Classifier(params)` stores. Defaults are meant to be left alone. The second paper's recipe, which takes no verdicts,
    is engine.classifier.published.
    """

    seed: int = 1
    names_only: bool = False
    """File names instead of paths, for data that has no directories."""
    members: int = 3
    """Networks that differ in start weights and draws; their log odds are averaged."""
    vectors: bool = True
    """FastText's vector of each path: a name that no label has is near to what it resembles."""
    embedding: bool = False
    """Learnt embeddings of names and paths, as published. With few labels they learn them by heart (docs/labels.md)."""
    classes: bool = True
    """Role, place and the like of each step: what carries over to programs that no verdict names (docs/labels.md)."""
    commands: bool = True
    """Words of the last step's command lines."""
    errors: bool = True
    """How high the detector's reconstruction error is at each step."""
    numbers: bool = False
    """Numbers of the whole chain beside the last state."""
    steps: int = 80
    batch: int = 128
    learning_rate: float = 5e-3
    decay: float = 1e-4
    device: str = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        if self.members < 1:
            raise UsageError("A classifier has at least one network.", remedy="Use members 1 or more.")
        if not (self.vectors or self.embedding or self.classes):
            raise UsageError("Nothing would tell one step from another.", remedy="Use vectors, embedding or classes.")
        if self.steps < 1 or self.batch < 1:
            raise UsageError("Training needs at least one batch of one chain.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> ClassifierParams:
        """Back from `to_dict`. Raises ModelCorrupt for settings that this version does not know."""
        try:
            return cls(**plain)
        except (TypeError, UsageError) as problem:
            raise ModelCorrupt(f"The classifier's parameters are not of this version: {problem}") from problem
