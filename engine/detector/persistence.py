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
from pathlib import Path
from typing import Any

import numpy as np

from engine.autoencoder.training import TrainedNetwork
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.persistence_parts import (
    STEPS,
    calibration_arrays,
    calibration_of,
    calibration_scalars,
    hosts_of,
    inputs_of,
    known_of,
    learnt_from,
    pairs_of,
    signal_arrays,
    signal_scalars,
    signal_texts,
    step_tails_of,
)
from engine.detector.state import Fitted
from engine.device import resolve
from engine.errors import ModelCorrupt
from engine.knowledge import fingerprint as knowledge_fingerprint
from engine.rules.rule import RuleSet
from engine.saved.foreign import UNREADABLE, arrays_of, ascending, bounded, counts, json_of, number, numbers, settings, texts
from engine.saved.parts import (
    WORD_ARRAYS,
    description,
    embedding_from,
    expect,
    finite,
    rules_from,
    take_weights,
    word_arrays,
    word_settings,
)
from engine.signals.frequency import ChainTable
from engine.signals.signal import Saved
from engine.signals.tails import TailTable
from engine.words.embedding import Embedding

RANGES: dict[str, tuple[float, float]] = {
    "embedding.size": (1, 1024), "network.hidden": (1, 1024), "network.code": (1, 1024), "network.members": (1, 16),
    "budget.per_host_day": (0, 1e9), "budget.at_least": (0, 1e9), "budget.false_positives": (0, 1000), "seed": (0, 2**63),
}  # fmt: skip
"""Of those parameters that a finished model is still used with."""
READY = "ready"
"""Member of the manifest of a detector that learnt of no estate."""
FORMAT = 3
READABLE = frozenset({2, FORMAT})
"""Format 2 lacks hosts of pairs and errors by role: its chains are explained without them."""


def manifest(params: DetectorParams, state: Fitted) -> dict[str, Any]:
    """Plain values for the model store's manifest."""
    return description("detector", FORMAT, params.to_dict(), state.metrics, state.device, state.rules) | {
        "training_set": state.fingerprint,
        "threshold": state.threshold if math.isfinite(state.threshold) else None,
        **({} if state.estate else {READY: True}),
    }


def save(params: DetectorParams, state: Fitted, folder: Path) -> None:
    """Write the four files into `folder`, which must exist."""
    from safetensors.torch import save_file

    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in state.network.module.state_dict().items()}
    save_file(weights, folder / "network.safetensors")
    np.savez(folder / "arrays.npz", **_arrays(state))  # uncompressed: vectors hardly shrink, loading is faster
    # ASCII only: a lone surrogate from a log is not encodable as UTF-8 but survives as \udXXX.
    (folder / "texts.json").write_text(json.dumps(_texts(state)), encoding="ascii")
    scalars = {
        "format": FORMAT,
        "parameters": params.to_dict(),
        "embedding": word_settings(state.embedding),
        "network": {"scale": state.network.scale, "metrics": finite(state.network.metrics)},
        "host_total": state.chains.host_total,
        "known_own": state.known.own,
        "estate": state.estate,
        "word_scale": state.inputs.word_scale if state.inputs else None,
        **signal_scalars(state.learnt),
        "pair_host_total": state.pairs.host_total,
        "knowledge": knowledge_fingerprint(),
        "tails": list(state.tails),
        "threshold": state.threshold if math.isfinite(state.threshold) else None,
        **({} if state.calibration is None else {"calibration": calibration_scalars(state.calibration)}),
        "fingerprint": state.fingerprint,
        "device": state.device,
        "metrics": finite(state.metrics),
    }
    (folder / "detector.json").write_text(json.dumps(scalars, indent=1, allow_nan=False), encoding="ascii")


def _arrays(state: Fitted) -> dict[str, Any]:
    """For np.savez, in the order of the file: the same training is the same file."""
    return {
        **word_arrays(state.embedding),
        "centre": state.network.centre,
        "pairs": state.pairs.pairs,
        "pair_counts": state.pairs.counts,
        "chain_keys": state.chains.keys,
        "chain_counts": state.chains.counts,
        "chain_hosts": state.chains.hosts,
        "known_systems": state.known.systems,
        **signal_arrays(state.learnt, of_network=True),
        **({} if state.inputs is None else state.inputs.to_arrays()),
        **signal_arrays(state.learnt, of_network=False),
        **({} if state.pairs.hosts is None else {"pair_hosts": state.pairs.hosts}),
        **({} if state.step_tails is None else {f"step_{name}": getattr(state.step_tails, name) for name in STEPS}),
        **{f"tail_{name}": table.values for name, table in state.tails.items()},
        **({} if state.calibration is None else calibration_arrays(state.calibration)),
    }


def _texts(state: Fitted) -> dict[str, Any]:
    """For the JSON of texts, in the order of the file."""
    return {
        "words": state.embedding.words,
        "names": state.pairs.names,
        "name_paths": state.pairs.paths,
        "known_paths": state.known.paths,
        **({} if state.inputs is None else {"shared_words": list(state.inputs.word_share)}),
        **signal_texts(state.learnt),
        **({"rules": [rule.to_dict() for rule in state.rules.rules]} if state.rules else {}),
    }


def read_rules(folder: Path) -> RuleSet:
    """Only the rules of a saved detector. Raises ModelCorrupt."""
    try:
        return rules_from(json_of(folder / "texts.json"))
    except UNREADABLE as problem:
        raise ModelCorrupt(f"The model's rules cannot be read: {problem}") from problem


def read_embedding(folder: Path) -> Embedding:
    """Only the word vectors of a saved detector. Raises ModelCorrupt."""
    try:
        scalars, words = json_of(folder / "detector.json"), json_of(folder / "texts.json")
        arrays = arrays_of(folder / "arrays.npz", WORD_ARRAYS)
        return embedding_from(scalars["embedding"], texts(words["words"], "words"), arrays)
    except UNREADABLE as problem:
        raise ModelCorrupt(f"The model's word vectors cannot be read: {problem}") from problem


def load(folder: Path, device: str, threads: int) -> tuple[DetectorParams, Fitted]:
    """Read what `save` wrote. Raises ModelCorrupt for missing, foreign or inconsistent files."""
    try:
        scalars, words = json_of(folder / "detector.json"), json_of(folder / "texts.json")
        arrays = arrays_of(folder / "arrays.npz")
        if scalars["format"] not in READABLE:
            raise ModelCorrupt(
                f"Format {scalars['format']} of detectors is unknown here; this version reads {min(READABLE)} to {FORMAT}.",
                remedy="Train again: oddkin train",
            )
        plain = scalars["parameters"] | {"device": device, "threads": threads}
        settings(plain, DetectorParams, RANGES)
        params = DetectorParams.from_dict(plain)
        return params, _assemble(params, Saved(arrays, words, scalars), folder)
    except UNREADABLE as problem:
        raise ModelCorrupt(f"The model in {folder.name} cannot be read: {problem}") from problem


def _assemble(params: DetectorParams, saved: Saved, folder: Path) -> Fitted:
    arrays, scalars = saved.arrays, saved.scalars
    words, names = texts(saved.texts["words"], "words"), texts(saved.texts["names"], "names")
    keys = arrays["chain_keys"]
    expect("chain_keys", arrays, (len(keys), 2), np.uint64)
    size = params.embedding.size
    expect("word_vectors", arrays, (len(words), size), np.float32)
    expect("bucket_vectors", arrays, (len(arrays["bucket_ids"]), size), np.float32)
    expect("centre", arrays, (params.autoencoder.width(size),), np.float32)
    expect("pair_counts", arrays, arrays["pairs"].shape, np.int64)
    expect("chain_counts", arrays, (len(keys),), np.int64)
    expect("chain_hosts", arrays, (len(keys),), np.int64)
    ascending(arrays, "pairs", (len(names) + 1) ** 2)
    counts(arrays, "pair_counts", "chain_counts", "chain_hosts")
    bounded(arrays, "centre")
    if (keys[1:, 0] < keys[:-1, 0]).any():
        raise ModelCorrupt("chain_keys are not in order.")
    embedding = embedding_from(scalars["embedding"], words, arrays)
    tails = {name: _tail(name, arrays) for name in texts(scalars["tails"], "signals")}
    return Fitted(
        embedding=embedding,
        inputs=None if params.score == PUBLISHED else inputs_of(saved, embedding),
        learnt=learnt_from(saved),
        step_tails=step_tails_of(arrays),
        calibration=calibration_of(arrays, scalars),
        rules=rules_from(saved.texts),
        network=_network(params, scalars["network"], arrays["centre"], folder),
        pairs=pairs_of(names, texts(saved.texts["name_paths"], "paths of names", len(names)), scalars, arrays),
        chains=ChainTable(keys, arrays["chain_counts"], arrays["chain_hosts"], hosts_of(scalars, "host_total")),
        tails=tails,
        threshold=math.inf if scalars["threshold"] is None else number(scalars["threshold"], "threshold", -1e9, 1e9),
        known=known_of(saved),
        fingerprint=str(scalars["fingerprint"]),
        device=str(scalars["device"]),
        metrics=numbers(scalars["metrics"], "figures"),
        estate=scalars.get("estate", True) is not False,
    )


def _tail(name: str, arrays: Any) -> TailTable:
    values = arrays[f"tail_{name}"]
    expect(f"tail_{name}", arrays, (len(values),), np.float64)
    if not len(values) or (values[1:] < values[:-1]).any():
        raise ModelCorrupt(f"tail_{name} is empty or not in order.")
    return TailTable(values)


def _network(params: DetectorParams, stored: Any, centre: Any, folder: Path) -> TrainedNetwork:
    import torch

    # On the meta device, which allocates nothing (engine.saved.parts.take_weights).
    with torch.device("meta"):
        module = params.autoencoder.build(len(centre))
    take_weights(module, folder / "network.safetensors")
    kind = resolve(params.device, params.threads).kind
    scale = number(stored["scale"], "scale", 1e-6, 1e9)
    return TrainedNetwork(module.to(kind).eval(), centre, scale, numbers(stored["metrics"], "figures of the network"))
