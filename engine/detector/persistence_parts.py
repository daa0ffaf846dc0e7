"""The parts of a saved detector: what its signals have learnt, the estate's counts, whitened inputs, errors of steps by role,
what clean host-days are like.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.autoencoder.inputs import StepInputs, raw_size
from engine.detector.calibration import Calibration
from engine.detector.known import KnownPaths
from engine.detector.promise import MOST_POINTS
from engine.errors import ModelCorrupt
from engine.saved.foreign import LARGEST, MOST, bounded, counts, number, texts, whole
from engine.saved.parts import expect
from engine.signals.kinds import RECONSTRUCTION
from engine.signals.pairs import PairTable
from engine.signals.registry import signals
from engine.signals.signal import Saved
from engine.signals.step_tails import ALL, StepTails
from engine.words.embedding import Embedding

DAYS: dict[str, type[np.generic]] = {
    "grid": np.float64, "processes": np.float32, "chains": np.float32, "top": np.float64, "size": np.int64,
    "source": np.int64, "system": np.int8,
}  # fmt: skip
"""Arrays of a calibration and their types."""
MOST_DAYS = 10_000
STEPS = ("roles", "counts", "start", "errors", "tails")


def signal_arrays(learnt: Mapping[str, Any], *, of_network: bool) -> dict[str, Any]:
    """What the signals that read the network's errors have learnt, or all others, for np.savez."""
    asked = [signal for signal in signals() if signal.name in learnt and (signal.family is RECONSTRUCTION) == of_network]
    return {name: array for signal in asked for name, array in signal.arrays(learnt[signal.name]).items()}


def signal_texts(learnt: Mapping[str, Any]) -> dict[str, Any]:
    """For the JSON of texts."""
    return {
        name: value for signal in signals() if signal.name in learnt for name, value in signal.texts(learnt[signal.name]).items()
    }


def signal_scalars(learnt: Mapping[str, Any]) -> dict[str, Any]:
    """For the JSON of parameters and scalars."""
    return {name: value for signal in signals() for name, value in signal.scalars(learnt.get(signal.name)).items()}


def learnt_from(saved: Saved) -> dict[str, Any]:
    """Signal -> what it has learnt. Raises ModelCorrupt for parts that do not fit together."""
    loaded = {signal.name: signal.load(saved) for signal in signals()}
    return {name: table for name, table in loaded.items() if table is not None}


def pairs_of(names: tuple[str, ...], paths: tuple[str, ...], scalars: Any, arrays: Any) -> PairTable:
    """The estate's counts; hosts where the model has them."""
    hosts = None
    if "pair_hosts" in arrays:
        hosts = arrays["pair_hosts"]
        expect("pair_hosts", arrays, arrays["pairs"].shape, np.int64)
        counts(arrays, "pair_hosts")
    return PairTable(names, paths, arrays["pairs"], arrays["pair_counts"], hosts, hosts_of(scalars, "pair_host_total"))


def hosts_of(scalars: Any, name: str) -> int:
    """A number of hosts, 0 where the model does not tell."""
    return whole(scalars.get(name, 0), "number of hosts", 0, MOST)


def known_of(saved: Saved) -> KnownPaths:
    """Paths that a rebuilt step may be told as; of models of before by their shapes and names."""
    paths = texts(saved.texts["known_paths"], "known paths")
    own = whole(saved.scalars.get("known_own", len(paths)), "number of the estate's own paths", 0, len(paths))
    if "known_systems" not in saved.arrays:
        return KnownPaths.by_names(paths, own)
    expect("known_systems", saved.arrays, (len(paths),), np.int8)
    return KnownPaths(paths, own, np.sign(saved.arrays["known_systems"]))


def step_tails_of(arrays: Any) -> StepTails | None:
    """Errors of steps by role; None in models of before."""
    if "step_errors" not in arrays:
        return None
    roles, start, kept = arrays["step_roles"], arrays["step_start"], len(arrays["step_errors"])
    expect("step_roles", arrays, (len(roles),), np.int64)
    expect("step_counts", arrays, (len(roles),), np.int64)
    expect("step_start", arrays, (len(roles) + 1,), np.int64)
    expect("step_errors", arrays, (kept,), np.float64)
    expect("step_tails", arrays, (kept,), np.float64)
    fits = len(roles) and start[0] == 0 and start[-1] == kept and (np.diff(start) > 0).all() and (np.diff(roles) > 0).all()
    if not fits or roles[0] != ALL:
        raise ModelCorrupt("The model's step errors do not fit its roles.")
    counts(arrays, "step_counts")
    bounded(arrays, "step_errors", limit=1e30)
    if not ((arrays["step_tails"] > 0) & (arrays["step_tails"] <= 1)).all():
        raise ModelCorrupt("step_tails are no probabilities.")
    return StepTails(roles, arrays["step_counts"], start, arrays["step_errors"], arrays["step_tails"])


def calibration_arrays(calibration: Calibration) -> dict[str, Any]:
    """What clean host-days are like, for np.savez."""
    return {f"clean_{name}": np.asarray(getattr(calibration, name), dtype=kind) for name, kind in DAYS.items()}


def calibration_scalars(calibration: Calibration) -> dict[str, Any]:
    """For the JSON of parameters and scalars."""
    return {"factor": calibration.factor, "own": calibration.own, "elsewhere": calibration.elsewhere}


def calibration_of(arrays: Any, scalars: Any) -> Calibration | None:
    """None in models of before. Raises ModelCorrupt for what no host-days can be like."""
    if "clean_grid" not in arrays:
        return None
    days, points = len(arrays["clean_size"]), len(arrays["clean_grid"])
    shapes = {"grid": (points,), "processes": (days, points), "chains": (days, points)}
    for name, kind in DAYS.items():
        expect(f"clean_{name}", arrays, shapes.get(name, (days,)), kind)
    found = {name: arrays[f"clean_{name}"] for name in DAYS}
    bounded(arrays, "clean_grid", "clean_top")
    counts(arrays, "clean_size", "clean_source")
    sound = (
        0 < days <= MOST_DAYS and 0 < points <= MOST_POINTS and (np.diff(found["grid"]) > 0).all() and (found["size"] > 0).all()
        and found["source"].max() < days and (np.abs(found["system"]) <= 1).all() and (found["top"] >= 0).all()
        and all(_falling(found[name]) for name in ("processes", "chains"))
    )  # fmt: skip
    if not sound:
        raise ModelCorrupt("The model's clean host-days do not fit together.")
    told = scalars["calibration"]
    factor, own = (
        number(told["factor"], "factor of the estate", 1e-3, 1e3),
        whole(told["own"], "number of own host-days", 0, MOST_DAYS),
    )
    wide = {name: found[name].astype(np.float64) for name in ("processes", "chains")}
    return Calibration(**(found | wide), factor=factor, own=own, elsewhere=told["elsewhere"] is True)


def _falling(shares: Any) -> bool:
    """Whether each row is shares that do not rise."""
    return bool((shares >= 0).all() and (shares <= 1).all() and (np.diff(shares, axis=1) <= 0).all())


def inputs_of(saved: Saved, embedding: Embedding) -> StepInputs:
    """Whitening of the words, as wide as they are."""
    arrays, raw = saved.arrays, raw_size(embedding.size)
    words = texts(saved.texts["shared_words"], "words that have shares")
    expect("white_centre", arrays, (raw,), np.float32)
    expect("white_basis", arrays, (raw, len(arrays["centre"])), np.float32)
    expect("word_shares", arrays, (len(words),), np.float64)
    bounded(arrays, "white_centre", "white_basis")
    if not ((arrays["word_shares"] >= 0) & (arrays["word_shares"] <= 1)).all():
        raise ModelCorrupt("word_shares are no shares.")
    share = dict(zip(words, arrays["word_shares"].tolist(), strict=True))
    scale = number(saved.scalars["word_scale"], "length of words", 1e-4, LARGEST)
    return StepInputs(share, arrays["white_centre"], arrays["white_basis"], scale)
