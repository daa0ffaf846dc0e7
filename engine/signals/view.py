"""A corpus as signals read it, and the chains that sentences are made for: what several signals need is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from engine.domain.arrays import Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.knowledge import PathKnowledge
from engine.paths import basename
from engine.signals.frequency import ChainTable
from engine.signals.pairs import Edges, PairTable
from engine.signals.step_tails import StepTails, step_roles


@dataclass(frozen=True)
class View:
    """One corpus under one model. c chains."""

    corpus: ChainCorpus
    table: ProcessTable | None
    """Its processes; None where they are not known, and with them no command lines."""
    pairs: PairTable
    """The model's counts of who starts whom."""
    chains: ChainTable
    """The model's counts of whole chains."""
    errors: Floats32
    """[c, MAX_STEPS] how badly the network rebuilds each step, NaN behind the end."""
    mean: Floats
    """[c] of a chain's errors."""
    worst: Floats
    """[c] highest of a chain's errors."""
    spread: Floats | None
    """[c] how far the networks are apart about the mean; None for the published one, which is alone."""
    look: Callable[[], None] = lambda: None
    """Raises Cancelled when somebody asked for it: called now and then by what takes long."""
    _made: dict[str, Any] = field(default_factory=dict)
    _of_paths: dict[Any, Any] = field(default_factory=dict)
    """What is looked up once for the paths of the corpus, and is the same for some of its rows and for its variants."""

    @property
    def knowledge(self) -> PathKnowledge:
        """What the tables say of the corpus's paths."""
        found: PathKnowledge = self._looked_up("knowledge", lambda: PathKnowledge.of(self.corpus.paths))
        return found

    def edges(self, table: PairTable) -> Edges:
        """In the codes of a table."""
        return table.edges(self.corpus, self._looked_up(id(table), lambda: table.codes(self.corpus.paths)))

    def rows(self, part: slice) -> View:
        """Of some of the chains; for signals that are by_row, which look at no processes."""
        corpus = self.corpus
        some = replace(
            corpus, ids=corpus.ids[part], keys=corpus.keys[part], steps=corpus.steps[part], lengths=corpus.lengths[part],
            counts=corpus.counts[part], hosts=corpus.hosts[part], first_us=corpus.first_us[part],
        )  # fmt: skip
        spread = None if self.spread is None else self.spread[part]
        return replace(
            self, corpus=some, table=None, errors=self.errors[part], mean=self.mean[part], worst=self.worst[part], spread=spread,
            _made={},
        )  # fmt: skip

    def _looked_up(self, what: object, make: Callable[[], Any]) -> Any:
        if what not in self._of_paths:
            self._of_paths[what] = make()
        return self._of_paths[what]

    def once(self, what: str, make: Callable[[], Mapping[str, Floats]]) -> Mapping[str, Floats]:
        """Columns of several signals that are made together, by the first that asks."""
        if what not in self._made:
            self._made[what] = make()
        found: Mapping[str, Floats] = self._made[what]
        return found


@dataclass(frozen=True)
class Explained:
    """The chains of a corpus that somebody may open, n of them, with the model's tables."""

    whole: ChainCorpus
    table: ProcessTable | None
    """Processes of the whole corpus."""
    rows: Ints
    """[n] of the whole corpus."""
    pairs: PairTable
    counted: ChainTable
    """The model's counts of whole chains."""
    roles: StepTails | None
    """Errors of the training steps by role; None where the model has none."""
    all_errors: Floats32
    """[c, MAX_STEPS] of the whole corpus."""
    _edges: dict[int, Edges] = field(default_factory=dict)

    @cached_property
    def part(self) -> ChainCorpus:
        """These chains alone."""
        corpus, rows = self.whole, self.rows
        return replace(
            corpus, ids=corpus.ids[rows], keys=[corpus.keys[row] for row in rows.tolist()], steps=corpus.steps[rows],
            lengths=corpus.lengths[rows], counts=corpus.counts[rows], hosts=corpus.hosts[rows], first_us=corpus.first_us[rows],
        )  # fmt: skip

    @cached_property
    def paths(self) -> list[tuple[str, ...]]:
        """[n] of each chain's steps, root first."""
        chains = zip(self.part.steps, self.part.lengths.tolist(), strict=True)
        return [tuple(self.whole.paths[path] for path in steps[:length].tolist()) for steps, length in chains]

    @cached_property
    def names(self) -> list[list[str]]:
        """[n] the same, base names."""
        return [[basename(path) for path in chain] for chain in self.paths]

    @cached_property
    def errors(self) -> Floats32:
        """[n, MAX_STEPS]"""
        return self.all_errors[self.rows]

    @cached_property
    def tails(self) -> Floats | None:
        """[n, MAX_STEPS] of the steps' errors among the training steps of their roles; None where the model has none."""
        return None if self.roles is None else self.roles.tail(self.errors, step_roles(self.whole.paths, self.part.steps))

    def edges(self, table: PairTable) -> Edges:
        """In the codes of a table; kept, because several sentences speak of the same ones."""
        if id(table) not in self._edges:
            self._edges[id(table)] = table.edges(self.part)
        return self._edges[id(table)]

    def step_tails(self, place: int) -> tuple[float, ...]:
        """Of one chain's steps, to three digits; () where the model has none."""
        if self.tails is None:
            return ()
        return tuple(float(f"{tail:.3g}") for tail in self.tails[place, : len(self.paths[place])].tolist())
