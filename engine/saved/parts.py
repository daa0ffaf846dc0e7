"""What saved models of both kinds have in common: description, word vectors, rules, and the distrust with which they are read."""

from __future__ import annotations

import math
import platform
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import ModelCorrupt, UsageError
from engine.knowledge import fingerprint as knowledge_fingerprint
from engine.rules.rule import Rule, RuleSet, State
from engine.saved.foreign import LARGEST, LARGEST_ARRAYS, ascending, bounded, numbers, regular, whole
from engine.words.embedding import MAX_WORD, Embedding

if TYPE_CHECKING:
    from torch import nn

LIBRARIES = ("torch", "gensim", "numpy", "safetensors")
MOST_BUCKETS = 1 << 24
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
    if arrays["word_vectors"].ndim != 2:
        raise ModelCorrupt("word_vectors is no table.")
    size = arrays["word_vectors"].shape[-1]
    expect("word_vectors", arrays, (len(words), size), np.float32)
    expect("bucket_vectors", arrays, (len(arrays["bucket_ids"]), size), np.float32)
    bounded(arrays, "word_vectors", "bucket_vectors")
    buckets = whole(settings["buckets"], "number of buckets", 1, MOST_BUCKETS)
    ascending(arrays, "bucket_ids", buckets)
    shortest = whole(settings["min_n"], "shortest n-gram", 1, MAX_WORD)
    longest = whole(settings["max_n"], "longest n-gram", shortest, MAX_WORD)
    metrics = numbers(settings["metrics"], "figures of words")
    return Embedding(
        words, arrays["word_vectors"], arrays["bucket_ids"], arrays["bucket_vectors"], buckets, shortest, longest, metrics
    )


def rules_from(texts: Any) -> RuleSet:
    """Rules of a model without any are none. They are checked as strictly as those of the store. Raises ModelCorrupt."""
    if not isinstance(texts.get("rules", []), list):
        raise ModelCorrupt("The model's rules are no list.")
    try:
        rules = [replace(Rule.from_dict(one), state=State.ACCEPTED) for one in texts.get("rules", [])]
    except UsageError as problem:
        raise ModelCorrupt(f"The model's rules cannot be read: {problem.message}") from problem
    return RuleSet.of(rules)


def expect(name: str, arrays: Any, shape: tuple[int, ...], kind: type[np.generic]) -> None:
    """Raise ModelCorrupt unless the array has this shape and type."""
    if arrays[name].shape != shape or arrays[name].dtype != kind:
        raise ModelCorrupt(f"{name} is {arrays[name].dtype}{arrays[name].shape}, not {np.dtype(kind)}{shape}.")


def take_weights(module: nn.Module, file: Path) -> None:
    """Load a network's weights, which may lie on the meta device: widths that a file claims cost no memory before they are
    found to disagree with it. Raises ModelCorrupt for weights that do not fit or cannot be calculated with.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(regular(file, LARGEST_ARRAYS))
        if any(tensor.dtype != torch.float32 for tensor in weights.values()):
            raise ModelCorrupt("The network's weights are not 32-bit numbers.")
        # Copied into memory of its own where it has some: aligned as it was when it learnt, or the last bits differ.
        module.load_state_dict(weights, assign=any(parameter.is_meta for parameter in module.parameters()))
    except (SafetensorError, RuntimeError, OSError) as problem:
        raise ModelCorrupt(f"The network's weights do not fit: {problem}") from problem
    if not all(bool((tensor.abs() <= LARGEST).all()) for tensor in weights.values()):  # false for NaN too
        raise ModelCorrupt(f"The network's weights are not all numbers within ±{LARGEST:g}.")
