"""Make the sequence model as published, and judge it on what was held out."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from engine.classifier.published.figures import Outcome, figures_of
from engine.classifier.published.network import FIRST, SequenceModel
from engine.classifier.published.recipe import PaperRecipe, Parts, divided
from engine.classifier.published.ten import APART, SOURCE
from engine.classifier.synthetic import Synthetic
from engine.progress import Run

LIBRARIES = ("torch", "numpy")


@dataclass(frozen=True, slots=True)
class Made:
    """A model, and all that its manifest tells."""

    model: SequenceModel
    manifest: dict[str, Any]


def make(recipe: PaperRecipe, run: Run = Run()) -> Made:
    """Train by a recipe. Raises Cancelled. Imports torch."""
    from engine.classifier.published.training import train

    parts = divided(recipe, APART)
    names = tuple(sorted({step for one in parts.taught for step in one.steps}))
    reader = SequenceModel(names, {})
    rows = reader.rows_of([one.steps for one in parts.taught])
    weights, device = train(rows, _truth(parts.taught).astype(np.float32), FIRST + len(names), recipe, run)
    model = SequenceModel(names, weights)
    held = model.log_odds(model.rows_of([one.steps for one in parts.held]), run.raise_if_cancelled)
    return Made(model, _manifest(recipe, parts, figures_of(held, _truth(parts.held)), device))


def _truth(made: Sequence[Synthetic]) -> Any:
    return np.array([one.abnormal for one in made], dtype=np.bool_)


def _manifest(recipe: PaperRecipe, parts: Parts, figures: Outcome, device: str) -> dict[str, Any]:
    return {
        "recipe": recipe.to_dict(),
        "sequences": {
            "made": len(parts.taught) + len(parts.held) + parts.removed,
            "different": parts.different,
            "taught": len(parts.taught),
            "held_out": len(parts.held),
            "held_out_different": len({one.steps for one in parts.held}),
            "in_both_parts": len({one.steps for one in parts.taught} & {one.steps for one in parts.held}),
            "removed_as_tests": parts.removed,
            "contradicting": parts.contradicting,
        },
        "tests": SOURCE,
        "held_out": figures.to_dict(),
        "device": device,
        "libraries": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
    }
