"""A detector as files: safetensors for the network, npz without pickle for arrays, JSON for text and settings.

    network.safetensors   weights
    arrays.npz            word vectors, n-gram rows, whitening, chain keys, counts, threat prior, tails
    texts.json            words, names, paths
    detector.json         parameters, scalars, metrics, format number

Hashes are the model store's business. Here everything is still checked for type and shape, because a file that is whole
need not be ours.
"""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.detector.inputs import WHITE, raw_size
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.persistence_parts import further, further_arrays, further_scalars, further_texts, pairs_of
from engine.detector.state import Fitted
from engine.detector.training import TrainedNetwork
from engine.device import resolve
from engine.embedding import Embedding
from engine.errors import ModelCorrupt
from engine.knowledge import fingerprint as knowledge_fingerprint
from engine.rules.rule import RuleSet
from engine.saved import WORD_ARRAYS, description, embedding_from, expect, finite, rules_from, word_arrays, word_settings
from engine.signals.frequency import ChainTable
from engine.signals.tails import TailTable

FORMAT = 3
READABLE = frozenset({2, FORMAT})
"""Format 2 lacks hosts of pairs and errors by role: its chains are explained without them."""


def manifest(params: DetectorParams, state: Fitted) -> dict[str, Any]:
    """Plain values for the model store's manifest."""
    told = description("detector", FORMAT, params.to_dict(), state.metrics, state.device, state.rules)
    return told | {
        "training_set": state.fingerprint,
        "threshold": state.threshold if math.isfinite(state.threshold) else None,
    }


def save(params: DetectorParams, state: Fitted, folder: Path) -> None:
    """Write the four files into `folder`, which must exist."""
    from safetensors.torch import save_file

    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in state.network.module.state_dict().items()}
    save_file(weights, folder / "network.safetensors")
    arrays = {
        **word_arrays(state.embedding),
        "centre": state.network.centre,
        "pairs": state.pairs.pairs,
        "pair_counts": state.pairs.counts,
        "chain_keys": state.chains.keys,
        "chain_counts": state.chains.counts,
        "chain_hosts": state.chains.hosts,
        **further_arrays(state),
        **{f"tail_{name}": table.values for name, table in state.tails.items()},
    }
    np.savez(folder / "arrays.npz", **arrays)  # uncompressed: vectors hardly shrink, loading is faster
    texts = {
        "words": state.embedding.words,
        "names": state.pairs.names,
        "name_paths": state.pairs.paths,
        "known_paths": state.known_paths,
        **further_texts(state),
    }
    # ASCII only: a lone surrogate from a log is not encodable as UTF-8 but survives as \udXXX.
    (folder / "texts.json").write_text(json.dumps(texts), encoding="ascii")
    scalars = {
        "format": FORMAT,
        "parameters": params.to_dict(),
        "embedding": word_settings(state.embedding),
        "network": {"scale": state.network.scale, "metrics": finite(state.network.metrics)},
        "host_total": state.chains.host_total,
        **further_scalars(state),
        "knowledge": knowledge_fingerprint(),
        "tails": list(state.tails),
        "threshold": state.threshold if math.isfinite(state.threshold) else None,
        "fingerprint": state.fingerprint,
        "device": state.device,
        "metrics": finite(state.metrics),
    }
    (folder / "detector.json").write_text(json.dumps(scalars, indent=1, allow_nan=False), encoding="ascii")


def read_rules(folder: Path) -> RuleSet:
    """Only the rules of a saved detector. Raises ModelCorrupt."""
    try:
        return rules_from(json.loads((folder / "texts.json").read_text(encoding="ascii")))
    except (OSError, ValueError, AttributeError) as problem:
        raise ModelCorrupt(f"The model's rules cannot be read: {problem}") from problem


def read_embedding(folder: Path) -> Embedding:
    """Only the word vectors of a saved detector. Raises ModelCorrupt."""
    try:
        scalars = json.loads((folder / "detector.json").read_text(encoding="ascii"))
        texts = json.loads((folder / "texts.json").read_text(encoding="ascii"))
        with (folder / "arrays.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in WORD_ARRAYS}
        return embedding_from(scalars["embedding"], tuple(texts["words"]), arrays)
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as problem:
        raise ModelCorrupt(f"The model's word vectors cannot be read: {problem}") from problem


def load(folder: Path, device: str, threads: int) -> tuple[DetectorParams, Fitted]:
    """Read what `save` wrote. Raises ModelCorrupt for missing, foreign or inconsistent files."""
    try:
        scalars = json.loads((folder / "detector.json").read_text(encoding="ascii"))
        texts = json.loads((folder / "texts.json").read_text(encoding="ascii"))
        # Opened here: np.load leaves a file that it opened itself open when it turns out to be damaged.
        with (folder / "arrays.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        if scalars["format"] not in READABLE:
            raise ModelCorrupt(
                f"Format {scalars['format']} of detectors is unknown here; this version reads {min(READABLE)} to {FORMAT}.",
                remedy="Train again: oddkin train",
            )
        params = DetectorParams.from_dict(scalars["parameters"] | {"device": device, "threads": threads})
        return params, _assemble(params, scalars, texts, arrays, folder)
    except ModelCorrupt:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as problem:
        raise ModelCorrupt(f"The model in {folder.name} cannot be read: {problem}") from problem


def _assemble(params: DetectorParams, scalars: Any, texts: Any, arrays: Any, folder: Path) -> Fitted:
    words, names, keys = tuple(texts["words"]), tuple(texts["names"]), arrays["chain_keys"]
    expect("chain_keys", arrays, (len(keys), 2), np.uint64)
    size = params.embedding.size
    expect("word_vectors", arrays, (len(words), size), np.float32)
    expect("bucket_vectors", arrays, (len(arrays["bucket_ids"]), size), np.float32)
    width = WHITE if params.score != PUBLISHED else size
    expect("centre", arrays, (min(width, raw_size(size)),), np.float32)
    expect("pair_counts", arrays, arrays["pairs"].shape, np.int64)
    expect("chain_counts", arrays, (len(keys),), np.int64)
    expect("chain_hosts", arrays, (len(keys),), np.int64)
    limit = (len(names) + 1) ** 2
    if len(texts["name_paths"]) != len(names) or (len(arrays["pairs"]) and not 0 <= arrays["pairs"].max() < limit):
        raise ModelCorrupt("The model's pair counts do not fit its names.")
    embedding = embedding_from(scalars["embedding"], words, arrays)
    tails = {name: TailTable(arrays[f"tail_{name}"]) for name in scalars["tails"]}
    return Fitted(
        embedding=embedding,
        **further(params, scalars, texts, arrays, embedding),
        network=_network(params, scalars["network"], arrays["centre"], folder),
        pairs=pairs_of(names, tuple(texts["name_paths"]), scalars, arrays),
        chains=ChainTable(keys, arrays["chain_counts"], arrays["chain_hosts"], int(scalars["host_total"])),
        tails=tails,
        threshold=math.inf if scalars["threshold"] is None else float(scalars["threshold"]),
        known_paths=tuple(texts["known_paths"]),
        fingerprint=str(scalars["fingerprint"]),
        device=str(scalars["device"]),
        metrics=dict(scalars["metrics"]),
    )


def _network(params: DetectorParams, settings: Any, centre: Any, folder: Path) -> TrainedNetwork:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from engine.detector.training import network_of

    # On the meta device, which allocates nothing: widths that a foreign file claims must not cost memory before they are
    # found to disagree with its weights.
    with torch.device("meta"):
        module = network_of(len(centre), params.network, params.score == PUBLISHED)
    try:
        weights = load_file(folder / "network.safetensors")
        if any(tensor.dtype != torch.float32 for tensor in weights.values()):
            raise ModelCorrupt("The network's weights are not 32-bit numbers.")
        module.load_state_dict(weights, assign=True)
    except (SafetensorError, RuntimeError, OSError) as problem:
        raise ModelCorrupt(f"The network's weights do not fit: {problem}") from problem
    kind = resolve(params.device, params.threads).kind
    return TrainedNetwork(module.to(kind).eval(), centre, float(settings["scale"]), dict(settings["metrics"]))
