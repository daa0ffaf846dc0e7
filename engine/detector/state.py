"""What a fitted detector consists of, and how it reads a corpus."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.autoencoder.inputs import StepInputs
from engine.detector.params import PUBLISHED, DetectorParams
from engine.device import Device
from engine.domain.arrays import Floats, Floats32, Ints, Ints32
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.knowledge import LOCATION_SLOTS, PathKnowledge, prior_values, rolefrac
from engine.knowledge.build_tree import hub_paths, in_build
from engine.knowledge.command_rules import command_rules
from engine.progress import CancelToken, Listener, Step
from engine.rules.corpus import merged, normalised, numbered
from engine.rules.rule import RuleSet
from engine.signals.ancestry import with_ancestors
from engine.signals.commands import CommandTable, command_rarity
from engine.signals.frequency import ChainTable, chain_frequency, host_prevalence
from engine.signals.fusion import BUILD, fuse
from engine.signals.pairs import PairTable, pair_rarity
from engine.signals.step_tails import StepTails
from engine.signals.tails import TailTable
from engine.signals.threat_prior import ThreatPrior
from engine.signals.usual_errors import UsualErrors
from engine.signals.windows import window_rarity
from engine.words.embedding import Embedding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.autoencoder.training import TrainedNetwork

SHORT = 2
"""Steps without a role that every chain is taken to have besides its own: one shell alone is not a chain full of shells."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training leaves behind."""

    embedding: Embedding
    inputs: StepInputs | None
    """None for the published method, whose network takes the word vectors as they are."""
    network: TrainedNetwork
    pairs: PairTable
    """The estate's counts."""
    starter_pairs: PairTable | None
    chains: ChainTable
    commands: CommandTable | None
    """Estate and starter together; None without command lines."""
    threat: ThreatPrior | None
    known_paths: tuple[str, ...]
    fingerprint: str
    device: str
    usual_errors: UsualErrors = field(default_factory=lambda: UsualErrors.equal(LOCATION_SLOTS))
    """By kind of place; the same for all in models of before."""
    step_tails: StepTails | None = None
    """Errors of single steps by role; None in models of before, and where there was nothing to fit them on."""
    rules: RuleSet = field(default_factory=RuleSet)
    """Normalisation that every path goes through before anything else sees it; none by default."""
    tails: dict[str, TailTable] = field(default_factory=dict)
    threshold: float = float("inf")
    """On the training chains, by the score that the parameters name."""
    metrics: dict[str, Any] = field(default_factory=dict)

    def vectors(self, paths: Sequence[str]) -> Floats32:
        """[p, d] what the network is given for each path."""
        if self.inputs is None:
            return self.embedding.transform(paths)
        return self.inputs.transform(self.embedding, paths)


@dataclass(frozen=True, slots=True)
class Rows:
    """A corpus as a detector reads it: paths normalised, rows those of the store."""

    corpus: ChainCorpus
    table: ProcessTable | None
    same: Ints | None
    """[c] number of the normalised chain of each row, by first appearance; None where all are different."""

    @classmethod
    def of(cls, corpus: ChainCorpus, table: ProcessTable | None, rules: RuleSet) -> Rows:
        """Normalise."""
        if not len(rules):
            return cls(corpus, table, None)
        corpus, table = normalised(corpus, rules, table)
        same = numbered(corpus.keys)
        return cls(corpus, table, same if int(same.max(initial=-1)) + 1 < len(corpus) else None)

    def merged(self) -> tuple[ChainCorpus, ProcessTable | None]:
        """Different chains only, what they count added up: what a detector learns from."""
        return (self.corpus, self.table) if self.same is None else merged(self.corpus, self.table)


@dataclass(frozen=True, slots=True)
class Reading:
    """The detector's view of one corpus."""

    vectors: Floats32
    """[p, d] of the corpus's paths."""
    errors: Floats32
    """[c, MAX_STEPS]"""
    worst_step: Ints32
    values: dict[str, Floats]
    """Signal -> [c] raw values."""

    def merged(self, rows: Rows) -> Reading:
        """The same of the different chains only, by what was read of their rows.

        A signal is one number for all rows of a chain, or the highest among the rows' processes (NaN: unknown): both are the
        rows' highest. A chain belongs to builds when all its processes do: the lowest.
        """
        if rows.same is None:
            return self
        first = np.unique(rows.same, return_index=True)[1]
        values = {}
        for name, value in self.values.items():
            if name == BUILD:
                values[name] = np.ones(len(first))
                np.minimum.at(values[name], rows.same, value)
            else:
                values[name] = np.full(len(first), np.nan)
                np.fmax.at(values[name], rows.same, value)
        return Reading(self.vectors, self.errors[first], self.worst_step[first], values)


def read(state: Fitted, rows: Rows, device: Device, listener: Listener, token: CancelToken, stage: str = "score") -> Reading:
    """Every signal of every chain, raw."""
    from engine.autoencoder.scoring import chain_errors, step_errors

    corpus = rows.corpus
    vectors = state.vectors(corpus.paths)
    spread = np.zeros(len(corpus))
    errors = step_errors(state.network, vectors, corpus.steps, corpus.lengths, device, listener, token, stage, spread)
    mean, worst, worst_step = chain_errors(errors, corpus.lengths)
    values = {"reconstruction": mean, "reconstruction_worst": worst}
    signals = _signals(state, rows, errors, spread, token)
    for done, (name, made) in enumerate(signals.items()):
        token.raise_if_cancelled()
        listener(Step("read signals", done, len(signals), "signals", name))
        values |= {one: value for one, value in made().items() if value is not None}
    listener(Step("read signals", len(signals), len(signals), "signals", last=True))
    return Reading(vectors, errors, worst_step, values)


def _signals(
    state: Fitted, rows: Rows, errors: Floats32, spread: Floats, token: CancelToken
) -> dict[str, Callable[[], dict[str, Floats | None]]]:
    """What is shown while they are made -> signals, in the order in which they are kept."""
    corpus, table, starter, commands, threat = rows.corpus, rows.table, state.starter_pairs, state.commands, state.threat
    made: dict[str, Callable[[], dict[str, Floats | None]]] = {
        "pairs": lambda: {"pair_rarity": pair_rarity(state.pairs, corpus), "window_rarity": window_rarity(state.pairs, corpus)},
        "chains": lambda: {"chain_frequency": chain_frequency(state.chains, corpus)},
        "places and names": lambda: dict(_known(corpus, table)),
    }  # fmt: skip
    if state.inputs is not None:
        made["usual errors"] = lambda: {
            "reconstruction_by_place": state.usual_errors.misfit(errors, places(corpus)), "reconstruction_spread": spread
        }  # fmt: skip
    if starter is not None:
        made["other estates"] = lambda: {"starter_rarity": window_rarity(starter, corpus)}
    if commands is not None and table is not None:
        made["command lines"] = lambda: {"command_rarity": command_rarity(commands, corpus, table)}
    if table is not None and (table.command >= 0).any():
        made["rules of command lines"] = lambda: {"command_rules": command_rules(corpus, table)}
    if threat is not None and table is not None:
        made["supervised prior"] = lambda: dict(threat.columns(corpus, table, token.raise_if_cancelled))
    made["hosts"] = lambda: {"host_prevalence": host_prevalence(state.chains, corpus)}
    return made


def places(corpus: ChainCorpus) -> Ints:
    """[c, MAX_STEPS] kind of place of each step's program; behind the end that of no path."""
    return np.append(PathKnowledge.of(corpus.paths).location.astype(np.int64), 0)[corpus.steps]


def _known(corpus: ChainCorpus, table: ProcessTable | None) -> dict[str, Floats]:
    """Signals that need no training."""
    knowledge = PathKnowledge.of(corpus.paths)
    share = rolefrac(corpus.steps, corpus.lengths, knowledge)
    return {
        "rolefrac": share,
        "role_share": share * corpus.lengths / (corpus.lengths + SHORT),
        "prior": prior_values(corpus.steps, corpus.lengths, knowledge),
        BUILD: in_build(corpus, table, hub_paths(corpus.paths)).astype(np.float64),
    }


def final_score(
    params: DetectorParams, values: dict[str, Floats], known_share: float = 0.0, table: ProcessTable | None = None
) -> Floats:
    """[c] the number that the queue is sorted by (DetectorParams.score).

    table: the processes of the queue; without it no chain takes over from its ancestors (engine.signals.ancestry).
    known_share: how many of the chains training saw. When it saw all of them the model was trained on the queue itself, and
    its counts say how often an attack was repeated, not whether it is normal: the starter's counts then speak alone.
    """
    if params.score == PUBLISHED:
        return values["reconstruction"]
    if known_share == 1.0 and "starter_rarity" in values:
        values = {name: value for name, value in values.items() if name != "window_rarity"}
    return with_ancestors(fuse(values), table)


def known_share(state: Fitted, corpus: ChainCorpus) -> float:
    """Share of the corpus's chains that training saw in the estate; 0 for an empty corpus."""
    return float((state.chains.rows(corpus.keys) >= 0).mean()) if len(corpus) else 0.0


def fingerprint(corpus: ChainCorpus) -> str:
    """Identity of a training set: BLAKE2b over its chain keys and counts in key order. 32 hex digits."""
    digest = hashlib.blake2b(digest_size=16)
    for key, count in sorted(zip(corpus.keys, corpus.counts.tolist(), strict=True)):
        digest.update(f"{key} {count}\n".encode())
    return digest.hexdigest()
