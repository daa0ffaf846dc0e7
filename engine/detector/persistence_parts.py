"""The parts of a saved detector that not every detector has: whitened inputs, starter counts, command lines, threat prior."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autoencoder.inputs import StepInputs, raw_size
from engine.detector.params import PUBLISHED, DetectorParams
from engine.detector.state import Fitted
from engine.errors import ModelCorrupt
from engine.knowledge import LOCATION_SLOTS
from engine.saved.foreign import LARGEST, MOST, ascending, bounded, counts, number, texts, whole
from engine.saved.parts import expect, rules_from
from engine.signals.commands import CommandTable
from engine.signals.pairs import PairTable
from engine.signals.step_tails import ALL, StepTails
from engine.signals.threat_prior import ThreatPrior
from engine.signals.usual_errors import UsualErrors
from engine.words.command_line import BINS
from engine.words.embedding import Embedding

STEPS = ("roles", "counts", "start", "errors", "tails")
COMMANDS = ("pairs", "counts", "images", "image_counts", "words", "word_counts")


def further_arrays(state: Fitted) -> dict[str, Any]:
    """For np.savez."""
    out: dict[str, Any] = {}
    if state.inputs is not None:
        out["usual_errors"] = state.usual_errors.level
        out |= {"white_centre": state.inputs.centre, "white_basis": state.inputs.basis}
        out["word_shares"] = np.array(list(state.inputs.word_share.values()), dtype=np.float64)
    if state.starter_pairs is not None:
        out |= {"starter_pairs": state.starter_pairs.pairs, "starter_counts": state.starter_pairs.counts}
    if state.commands is not None:
        out |= {f"command_{name}": getattr(state.commands, name) for name in COMMANDS}
    if state.threat is not None:
        out |= state.threat.to_arrays()
    if state.pairs.hosts is not None:
        out["pair_hosts"] = state.pairs.hosts
    if state.step_tails is not None:
        out |= {f"step_{name}": getattr(state.step_tails, name) for name in STEPS}
    return out


def further_texts(state: Fitted) -> dict[str, Any]:
    """For the JSON of texts."""
    out: dict[str, Any] = {}
    if state.inputs is not None:
        out["shared_words"] = list(state.inputs.word_share)
    if state.starter_pairs is not None:
        out |= {"starter_names": state.starter_pairs.names, "starter_name_paths": state.starter_pairs.paths}
    if state.rules:
        out["rules"] = [rule.to_dict() for rule in state.rules.rules]
    return out


def further_scalars(state: Fitted) -> dict[str, Any]:
    """For the JSON of parameters and scalars."""
    return {
        "word_scale": state.inputs.word_scale if state.inputs else None,
        "command_total": state.commands.total if state.commands else None,
        "pair_host_total": state.pairs.host_total,
    }


def further(params: DetectorParams, scalars: Any, told: Any, arrays: Any, embedding: Embedding) -> dict[str, Any]:
    """Fields of `Fitted`. Raises ModelCorrupt for parts that do not fit together."""
    return {
        "inputs": None if params.score == PUBLISHED else _inputs(scalars, told, arrays, embedding),
        "starter_pairs": _starter(told, arrays),
        "commands": _commands(scalars, arrays),
        "threat": ThreatPrior.from_arrays(arrays),
        "step_tails": _step_tails(arrays),
        "usual_errors": _usual_errors(arrays),
        "rules": rules_from(told),
    }


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


def _step_tails(arrays: Any) -> StepTails | None:
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


def _usual_errors(arrays: Any) -> UsualErrors:
    if "usual_errors" not in arrays:
        return UsualErrors.equal(LOCATION_SLOTS)
    expect("usual_errors", arrays, (LOCATION_SLOTS,), np.float64)
    bounded(arrays, "usual_errors")
    return UsualErrors(arrays["usual_errors"])


def _inputs(scalars: Any, told: Any, arrays: Any, embedding: Embedding) -> StepInputs:
    words, raw = texts(told["shared_words"], "words that have shares"), raw_size(embedding.size)
    expect("white_centre", arrays, (raw,), np.float32)
    expect("white_basis", arrays, (raw, len(arrays["centre"])), np.float32)
    expect("word_shares", arrays, (len(words),), np.float64)
    bounded(arrays, "white_centre", "white_basis")
    if not ((arrays["word_shares"] >= 0) & (arrays["word_shares"] <= 1)).all():
        raise ModelCorrupt("word_shares are no shares.")
    share = dict(zip(words, arrays["word_shares"].tolist(), strict=True))
    scale = number(scalars["word_scale"], "length of words", 1e-4, LARGEST)
    return StepInputs(share, arrays["white_centre"], arrays["white_basis"], scale)


def _starter(told: Any, arrays: Any) -> PairTable | None:
    if "starter_pairs" not in arrays:
        return None
    names, pairs = texts(told["starter_names"], "starter's names"), arrays["starter_pairs"]
    expect("starter_counts", arrays, (len(pairs),), np.int64)
    ascending(arrays, "starter_pairs", (len(names) + 1) ** 2)
    counts(arrays, "starter_counts")
    return PairTable(names, texts(told["starter_name_paths"], "starter's paths", len(names)), pairs, arrays["starter_counts"])


def _commands(scalars: Any, arrays: Any) -> CommandTable | None:
    if "command_pairs" not in arrays:
        return None
    kinds = (("pairs", "counts", BINS * BINS), ("images", "image_counts", BINS), ("words", "word_counts", BINS))
    for keys, amounts, limit in kinds:
        ascending(arrays, f"command_{keys}", limit)
        expect(f"command_{amounts}", arrays, (len(arrays[f"command_{keys}"]),), np.int64)
        counts(arrays, f"command_{amounts}")
    columns = {name: arrays[f"command_{name}"] for name in COMMANDS}
    return CommandTable(**columns, total=whole(scalars["command_total"], "number of command lines", 0, MOST))
