"""What saved models of both kinds have in common: description, word vectors, rules, and the distrust with which they are read."""

from __future__ import annotations

import math
import platform
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from engine.embedding import Embedding
from engine.errors import ModelCorrupt, UsageError
from engine.knowledge import fingerprint as knowledge_fingerprint
from engine.rules.rule import Rule, RuleSet, State

LIBRARIES = ("torch", "gensim", "numpy", "safetensors")
WORD_ARRAYS = ("word_vectors", "bucket_ids", "bucket_vectors")


def description(
    kind: str, fmt: int, parameters: dict[str, Any], metrics: dict[str, Any], device: str, rules: RuleSet
) -> dict[str, Any]:
    """What the manifest of every model tells; `parameters` have a seed."""
    return {
        "kind": kind,
        "format": fmt,
        "parameters": parameters,
        "metrics": finite(metrics),
        "seed": parameters["seed"],
        "device": device,
        "libraries": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "knowledge": knowledge_fingerprint(),
        "rules": {"fingerprint": rules.fingerprint, "count": len(rules)},
    }


def finite(metrics: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity are not JSON; None says the same."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in metrics.items()}


def word_arrays(embedding: Embedding) -> dict[str, Any]:
    """Word vectors for np.savez."""
    return {name: getattr(embedding, name) for name in WORD_ARRAYS}


def word_settings(embedding: Embedding) -> dict[str, Any]:
    """What JSON tells of word vectors, besides the words."""
    return {name: getattr(embedding, name) for name in ("buckets", "min_n", "max_n")} | {"metrics": finite(embedding.metrics)}


def embedding_from(settings: Any, words: tuple[str, ...], arrays: Any) -> Embedding:
    """From stored parts. Raises ModelCorrupt for arrays that do not fit together."""
    size = arrays["word_vectors"].shape[-1]
    expect("word_vectors", arrays, (len(words), size), np.float32)
    expect("bucket_vectors", arrays, (len(arrays["bucket_ids"]), size), np.float32)
    return Embedding(
        words, arrays["word_vectors"], arrays["bucket_ids"], arrays["bucket_vectors"],
        int(settings["buckets"]), int(settings["min_n"]), int(settings["max_n"]), dict(settings["metrics"]),
    )  # fmt: skip


def rules_from(texts: Any) -> RuleSet:
    """Rules of a model without any are none. They are checked as strictly as those of the store. Raises ModelCorrupt."""
    try:
        rules = [replace(Rule.from_dict(one), state=State.ACCEPTED) for one in texts.get("rules", [])]
    except UsageError as problem:
        raise ModelCorrupt(f"The model's rules cannot be read: {problem.message}") from problem
    return RuleSet.of(rules)


def expect(name: str, arrays: Any, shape: tuple[int, ...], kind: type[np.generic]) -> None:
    """Raise ModelCorrupt unless the array has this shape and type."""
    if arrays[name].shape != shape or arrays[name].dtype != kind:
        raise ModelCorrupt(f"{name} is {arrays[name].dtype}{arrays[name].shape}, not {np.dtype(kind)}{shape}.")
