"""A classifier as files: safetensors for the weights, JSON for the rest.

    network.safetensors   weights
    vectors.npz           FastText's words and n-grams, where they are an input; no pickle
    classifier.json       parameters, rules, shapes with their verdicts, counts, metrics, format number

Hashes are the model store's business; types and shapes are checked here, because a file that is whole need not be ours.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from engine.classifier.params import ClassifierParams
from engine.classifier.state import Taught, TaughtShapes
from engine.classifier.training import network_of
from engine.domain.verdicts import Verdict
from engine.errors import ModelCorrupt, UsageError
from engine.knowledge import fingerprint as knowledge_fingerprint
from engine.saved.foreign import MOST, arrays_of, json_of, number, settings, texts, whole
from engine.saved.parts import (
    WORD_ARRAYS,
    description,
    embedding_from,
    finite,
    rules_from,
    take_weights,
    word_arrays,
    word_settings,
)
from engine.verdicts.features import NUMBERS
from engine.words.embedding import Embedding

FORMAT = 2
OLDER = {1: {"commands": False, "errors": False, "members": 1}}
"""Settings that earlier formats did not have, as their networks were."""
UNUSED = {"synthetic_weight", "synthetic", "recipe"}
"""Settings that earlier formats had."""
MOST_NUMBERS = 1024
"""Of a word vector: the network's memory depends on them."""
MOST_MEMBERS = 100
_KEY = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{48})\Z")


def manifest(params: ClassifierParams, state: Taught) -> dict[str, Any]:
    """Plain values for the model store's manifest; the job adds labels, figures and the decision."""
    described = description("classifier", FORMAT, params.to_dict(), state.metrics, state.device, state.rules)
    return described | {
        "shapes": len(state.shapes.keys),
        "presumed": state.counts["presumed"],
    }


def save(params: ClassifierParams, state: Taught, folder: Path) -> None:
    """Write both files into `folder`, which must exist."""
    from safetensors.torch import save_file

    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in state.network.state_dict().items()}
    save_file(weights, folder / "network.safetensors")
    shapes, embedding = state.shapes, state.embedding
    if embedding is not None:
        np.savez(folder / "vectors.npz", **word_arrays(embedding))
    stored = {
        "format": FORMAT,
        "parameters": params.to_dict(),
        "rules": [rule.to_dict() for rule in state.rules.rules],
        "shapes": [
            {"key": key, "verdict": Verdict(verdict).word, "steps": list(steps)}
            for key, verdict, steps in zip(shapes.keys, shapes.verdict.tolist(), shapes.examples, strict=True)
        ],
        "embedding": None if embedding is None else word_settings(embedding) | {"words": embedding.words},
        "counts": state.counts,
        "metrics": finite(state.metrics),
        "device": state.device,
        "knowledge": knowledge_fingerprint(),
    }
    # ASCII only: lone surrogates of a log survive as escapes.
    (folder / "classifier.json").write_text(json.dumps(stored, indent=1, allow_nan=False), encoding="ascii")


def load(folder: Path, device: str, threads: int) -> tuple[ClassifierParams, Taught]:
    """Read what `save` wrote. Raises ModelCorrupt for missing, foreign or inconsistent files."""
    try:
        stored = json_of(folder / "classifier.json")
        if stored["format"] not in (FORMAT, *OLDER):
            raise ModelCorrupt("A classifier of another version of oddkin.", remedy="Train again: oddkin classify")
        plain = {name: value for name, value in stored["parameters"].items() if name not in UNUSED}
        plain |= OLDER.get(stored["format"], {}) | {"device": device, "threads": threads}
        settings(plain, ClassifierParams, {"seed": (0, 2**63)})
        params = ClassifierParams.from_dict(plain)
        embedding = _embedding(folder, stored["embedding"]) if params.vectors else None
        if embedding is not None and embedding.size > MOST_NUMBERS:
            raise ModelCorrupt(f"The classifier's word vectors have over {MOST_NUMBERS} numbers.")
        if params.members > MOST_MEMBERS:
            raise ModelCorrupt(f"The classifier has over {MOST_MEMBERS} networks.")
        network = network_of(params, len(NUMBERS), embedding.size if embedding else 0)
        take_weights(network, folder / "network.safetensors")
        network.eval()
        counts = {name: whole(count, "number of examples", 0, MOST) for name, count in stored["counts"].items()}
        metrics = {name: number(value, "figure", -1e30, 1e30) for name, value in stored["metrics"].items() if value is not None}
        state = Taught(network, rules_from(stored), embedding, _shapes(stored["shapes"]), counts, metrics, str(stored["device"]))
        return params, state
    except (ModelCorrupt, UsageError) as problem:
        raise problem if isinstance(problem, ModelCorrupt) else ModelCorrupt(problem.message) from problem
    except Exception as problem:  # torch raises types of its own
        raise ModelCorrupt(f"The classifier cannot be read: {problem}", remedy="Train again: oddkin classify") from problem


def _embedding(folder: Path, stored: Any) -> Embedding:
    arrays = arrays_of(folder / "vectors.npz", WORD_ARRAYS)
    return embedding_from(stored, texts(stored["words"], "words"), arrays)


def _shapes(stored: Any) -> TaughtShapes:
    keys = tuple(str(one["key"]) for one in stored)
    if not all(_KEY.match(key) for key in keys):
        raise ModelCorrupt("A shape's key is none.")
    verdicts = np.array([Verdict.of(str(one["verdict"])) for one in stored], dtype=np.int8)
    return TaughtShapes(keys, verdicts, tuple(texts(one["steps"], "steps of a shape") for one in stored))
