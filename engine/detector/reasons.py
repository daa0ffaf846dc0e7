"""Sentences for the signals of chains that somebody may open: the counts, names and tails behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from engine.detector.expectation import edge_count
from engine.detector.state import Fitted
from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.domain.scores import Expectation, Reasons
from engine.knowledge import SUSPECT_ROLES, Role, command_rules, prior, role
from engine.paths import basename
from engine.signals.pairs import Edges, PairTable, edge_surprise
from engine.signals.sentences import (
    chain_sentence,
    command_sentence,
    edge_sentence,
    host_sentence,
    knowledge_sentence,
    step_sentence,
    suspects_sentence,
    window_sentence,
)
from engine.signals.step_tails import StepTails
from engine.signals.windows import laplace_surprise, worst_window

BATCH = 1000


def with_reasons(
    state: Fitted,
    corpus: ChainCorpus,
    errors: Floats32,
    expectations: dict[int, Expectation],
    signals: Sequence[str],
    processes: ProcessTable | None = None,
) -> dict[int, Expectation]:
    """The expectations with what is told of each chain. errors [c, MAX_STEPS]; signals: the names that need sentences.

    `processes` have the command lines; without them nothing is said of these.
    """
    out: dict[int, Expectation] = {}
    rows = list(expectations)
    commands = {} if processes is None else command_rules.told(corpus, processes, np.array(rows, dtype=np.int64))
    for start in range(0, len(rows), BATCH):
        part = np.array(rows[start : start + BATCH], dtype=np.int64)
        teller = _Teller.of(state, corpus, errors, part)
        for place, row in enumerate(part.tolist()):
            said = teller.sentences(place) | {"command_rules": command_sentence(commands.get(row, ()))}
            told = {name: text for name, text in said.items() if name in signals}
            out[row] = replace(expectations[row], reasons=Reasons(told, teller.step_tails(place)))
    return out


def step_roles(paths: Sequence[str], steps: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> Ints:
    """[c, MAX_STEPS] role of each step's path; behind the end that of no path."""
    return np.append(np.array([int(role(path)) for path in paths], dtype=np.int64), int(Role.OTHER))[steps]


@dataclass(frozen=True, slots=True)
class _Teller:
    """The chosen chains, n of them, in the terms of the model's tables."""

    state: Fitted
    paths: tuple[tuple[str, ...], ...]
    edges: Edges
    rarest: Ints
    """[n] column of the rarest edge."""
    surprise: Floats
    """[n, MAX_STEPS] of each edge, as the windows see it."""
    starter_edges: Edges | None
    starter_surprise: Floats | None
    seen: Ints
    """[n] row of the chain in the model's table, -1 for one never seen."""
    errors: Floats32
    tails: Floats | None

    @classmethod
    def of(cls, state: Fitted, corpus: ChainCorpus, errors: Floats32, rows: Ints) -> _Teller:
        part = replace(
            corpus, ids=corpus.ids[rows], keys=[corpus.keys[row] for row in rows.tolist()], steps=corpus.steps[rows],
            lengths=corpus.lengths[rows], counts=corpus.counts[rows], hosts=corpus.hosts[rows], first_us=corpus.first_us[rows],
        )  # fmt: skip
        edges = state.pairs.edges(part)
        surprise = np.where(edges.valid, edge_surprise(state.pairs, edges), -np.inf)
        starter = None if state.starter_pairs is None else state.starter_pairs.edges(part)
        tails: StepTails | None = state.step_tails
        chains = zip(part.steps, part.lengths.tolist(), strict=True)
        return cls(
            state=state,
            paths=tuple(tuple(corpus.paths[path] for path in steps[:length].tolist()) for steps, length in chains),
            edges=edges,
            rarest=surprise.argmax(axis=1),
            surprise=laplace_surprise(state.pairs, edges),
            starter_edges=starter,
            starter_surprise=None
            if starter is None or state.starter_pairs is None
            else (laplace_surprise(state.starter_pairs, starter)),
            seen=state.chains.rows(part.keys),
            errors=errors[rows],
            tails=None if tails is None else tails.tail(errors[rows], _roles_of(part)),
        )

    def step_tails(self, place: int) -> tuple[float, ...]:
        """Of one chain's steps, to three digits; () where the model has none."""
        if self.tails is None:
            return ()
        return tuple(float(f"{tail:.3g}") for tail in self.tails[place, : len(self.paths[place])].tolist())

    def sentences(self, place: int) -> dict[str, str]:
        """Signal -> sentence, for the signals that have more to tell than their number."""
        chain, state = self.paths[place], self.state
        names = [basename(path) for path in chain]
        suspects = [name for name, path in zip(names, chain, strict=True) if _role(path) in SUSPECT_ROLES]
        out = {
            "prior": _known(chain[-3:]),
            "rolefrac": suspects_sentence(suspects, len(chain)),
            "role_share": suspects_sentence(suspects, len(chain)),
        }
        if self.edges.valid[place].any():
            at = int(self.rarest[place])
            parent = names[at - 1] if at else None
            out["pair_rarity"] = edge_sentence(edge_count(state.pairs, parent, names[at]))
            out["window_rarity"] = self._window(state.pairs, worst_window(self.surprise[place], self.edges.valid[place]), names)
        if self.starter_edges is not None and self.starter_surprise is not None and state.starter_pairs is not None:
            columns = worst_window(self.starter_surprise[place], self.starter_edges.valid[place])
            if columns:
                out["starter_rarity"] = self._window(state.starter_pairs, columns, names, elsewhere=True)
        row, table = int(self.seen[place]), state.chains
        seen, hosts = (int(table.counts[row]), int(table.hosts[row])) if row >= 0 else (0, 0)
        hosts = min(hosts, table.host_total)
        out["chain_frequency"] = chain_sentence(seen, int(table.counts.sum()), hosts, table.host_total)
        out["host_prevalence"] = host_sentence(hosts, table.host_total)
        return out | self._worst(place, chain, names)

    def _window(self, pairs: PairTable, columns: range, names: list[str], *, elsewhere: bool = False) -> str:
        counts = [edge_count(pairs, names[at - 1] if at else None, names[at], 0) for at in columns]
        return window_sentence(counts, elsewhere=elsewhere)

    def _worst(self, place: int, chain: tuple[str, ...], names: list[str]) -> dict[str, str]:
        if self.tails is None or self.state.step_tails is None or not chain:
            return {}
        errors = self.errors[place, : len(chain)]
        at = int(np.nanargmax(errors))
        kind = _role(chain[at])
        compared = self.state.step_tails.compared(int(kind)) and kind is not Role.OTHER
        called = kind.name.lower().replace("_", " ") if compared else ""
        tail = float(self.tails[place, at])
        return {"reconstruction_worst": step_sentence(at, names[at], called, float(errors[at]), tail)}


@lru_cache(maxsize=20_000)
def _role(path: str) -> Role:
    return role(path)


@lru_cache(maxsize=20_000)
def _known(end: tuple[str, ...]) -> str:
    """What the tables say of a chain's last three steps; they look at no others."""
    return knowledge_sentence(prior(end)[1])


def _roles_of(part: ChainCorpus) -> Ints:
    """Only of the paths that these chains have: a case may have hundreds of thousands."""
    used, place = np.unique(part.steps, return_inverse=True)
    kinds = np.array([int(_role(part.paths[path])) if path >= 0 else int(Role.OTHER) for path in used.tolist()], dtype=np.int64)
    return kinds[place].reshape(part.steps.shape)
