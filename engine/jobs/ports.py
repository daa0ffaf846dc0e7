"""What the jobs need from the outside: the Protocols that `store` implements. Few on purpose (DESIGN.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.domain.arrays import Ints32
from engine.domain.chains import ChainCorpus, ChainSet
from engine.domain.lineage import HostEvents, Lineage
from engine.domain.processes import ProcessTable
from engine.domain.records import ProcessEvent, Reject
from engine.domain.scores import ScoreSet
from engine.measure.known_labels import RecordKeys
from engine.progress import CancelToken, Check, Listener, silent, unasked
from engine.rules.learning.estate import EstatePaths
from engine.rules.rule import Rule, RuleSet
from engine.verdicts.queue import LearntQueue
from engine.verdicts.verdicts import BaseQueue, Verdicts

if TYPE_CHECKING:
    from engine.verdicts.features import ChainFeatures  # a good part of the engine, which most jobs do not need


@dataclass(frozen=True, slots=True)
class SourceTicket:
    """A source that is being ingested."""

    id: int
    resume_from: int
    """Reader items to skip: they are in the store already (an earlier run was interrupted)."""
    complete: bool
    """The same content is in this case already; nothing to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction of an ingest adds. `items` counts everything the reader yielded, others included."""

    events: Sequence[ProcessEvent]
    rejects: Sequence[Reject]
    items: int

    @property
    def untrusted(self) -> int:
        """Records that were kept and may not say what was logged."""
        return sum(reject.untrusted for reject in self.rejects)


@dataclass(frozen=True, slots=True)
class WholeSource:
    """A source that was read to its end before anything of it was stored: a small file, one of many."""

    path: str
    sha256: str
    size: int
    format: str
    batch: Batch
    error: str
    """As `finish_source` takes it, "" for none."""
    container: tuple[str, str] | None
    """As `note_container` takes it: path and SHA-256 of the file that was delivered; None when that is noted later, or never."""


class IngestStore(Protocol):
    """Where ingest writes. Each method is one short transaction; all of it survives kill -9 between any two calls."""

    def holds(self, case: str, sha256: str) -> bool:
        """Whether the case has a source with this content, in whatever state. May err towards True, which costs time only."""
        ...

    def add_sources(self, case: str, sources: Sequence[WholeSource]) -> Sequence[int | None]:
        """Begin, fill and finish small sources in one transaction; None for one that another process has begun meanwhile."""
        ...

    def begin_source(self, case: str, path: str, sha256: str, size: int, fmt: str) -> SourceTicket:
        """Open a source by content hash: new, to be resumed, or complete. Creates the case when it is new."""
        ...

    def append(self, ticket: SourceTicket, batch: Batch) -> None:
        """Store a batch and the source's progress together; marks the hosts in it as needing links."""
        ...

    def finish_source(self, ticket: SourceTicket, error: str | None = None, read: tuple[str, int] | None = None) -> None:
        """Close a source: done, or failed with what was kept before `error`.

        `read`: hash and size of what was read, where it is not what the source was begun with.
        """
        ...

    def note_container(self, source_ids: Sequence[int], path: str, sha256: str) -> None:
        """Tell of sources what file they were delivered in; what was told of one before stays."""
        ...

    def note_unread(self, case: str, path: str, error: str) -> None:
        """Remember an input that could not be read at all, until content from its path is ingested."""
        ...

    def unlinked_hosts(self, case: str) -> Sequence[int]:
        """Hosts with records newer than their links."""
        ...

    def load_host(self, host_id: int, check: Check = unasked) -> HostEvents:
        """All records of a host, as columns."""
        ...

    def write_lineage(self, host_id: int, events: HostEvents, lineage: Lineage, chains: ChainSet, check: Check = unasked) -> None:
        """Replace links, placeholders, chains and chain counts of a host in one transaction; all or nothing of it."""
        ...

    def finish_lineage(self, case: str) -> None:
        """Refresh what is derived over hosts: counts per chain and per source. Idempotent."""
        ...

    def leave_if_empty(self, case: str) -> None:
        """Remove a case that this run made, unless something was kept or has to be told of it."""
        ...


class ChainStore(Protocol):
    """Where train and rank read chains and write scores."""

    def load_corpus(self, cases: Sequence[str]) -> ChainCorpus:
        """The unique chains of one or several cases together (counts added up, hosts too)."""
        ...

    def write_scores(self, case: str, model_id: str, scores: ScoreSet, *, use: bool = True) -> None:
        """Replace the case's scores by this model, in one transaction; with `use` it becomes the case's model in use."""
        ...


class ProcessStore(ChainStore, Protocol):
    """A chain store that also tells of the processes behind the chains."""

    def load_processes(
        self, cases: Sequence[str], corpus: ChainCorpus, listener: Listener = silent, token: CancelToken | None = None
    ) -> ProcessTable:
        """Every process of the cases whose `corpus` was loaded; twins are one process. Raises Cancelled between two hosts."""
        ...

    def evidence(self, case: str) -> str:
        """The state of the case's processes and chains: equal before and after means that they are what they were."""
        ...

    def keep_scored(self, case: str, model_id: str, evidence: str, corpus: ChainCorpus, features: ChainFeatures) -> bool:
        """Keep the queue that was just written, with its features, for `TeachingStore.load_kept`.

        `evidence`: of before the chains were read. False where it is another one now; whether it succeeds changes only costs.
        """
        ...

    def load_digests(self, cases: Sequence[str]) -> frozenset[str]:
        """SHA-256 of the content of every source of the cases that processes came from."""
        ...


class TeachingStore(ProcessStore, Protocol):
    """Where verdicts are read and the order that they teach is kept."""

    def load_queue(self, case: str) -> BaseQueue:
        """The case's queue by its detector in use. Raises NotFound when nothing was scored."""
        ...

    def load_kept(self, case: str) -> tuple[BaseQueue, ChainFeatures] | None:
        """The same queue without its processes but with the features that were made of them; None where none are kept."""
        ...

    def keep(self, base: BaseQueue, features: ChainFeatures) -> None:
        """Keep the features of a queue that was loaded, for `load_kept`. Whether that succeeds changes nothing but its cost."""
        ...

    def load_verdicts(self, case: str, base: BaseQueue) -> Verdicts:
        """Effective verdicts on the queue's chains; scopes (this host, this parent prefix) resolved to what they cover."""
        ...

    def load_remembered(self, case: str, detector: str) -> Sequence[tuple[tuple[str, ...], int, str]]:
        """(step texts root first, Verdict, origin) of chains with a verdict in other cases that use the same detector."""
        ...

    def write_learnt(self, case: str, learnt: LearntQueue, asks: Mapping[str, Ints32]) -> None:
        """Replace the case's learnt queue, and the queue modes (engine.verdicts.ask) beside it, in one transaction."""
        ...

    def read_learnt(self, case: str) -> LearntQueue | None:
        """The learnt queue of the case's detector in use; None when there is none."""
        ...

    def label_event(self, case: str) -> int:
        """The case's newest label event, 0 for none."""
        ...


class ModelVault(Protocol):
    """Versioned, immutable model folders; see store/models/vault.py for the layout and the order of writes."""

    def stage(self) -> Path:
        """An empty private folder for a job to save a model into; on the vault's file system."""
        ...

    def publish(self, staged: Path, manifest: dict[str, Any]) -> str:
        """Hash, fsync, rename into place, insert the row. Returns the model's id."""
        ...

    def discard(self, staged: Path) -> None:
        """Remove a staged folder."""
        ...

    def collect(self) -> object:
        """Remove what killed runs left behind; never what a running process is writing."""
        ...

    def open(self, model_id: str) -> tuple[Path, dict[str, Any]]:
        """Verify the hashes; return folder and manifest. Raises ModelCorrupt or NotFound."""
        ...

    def in_use(self, case: str, kind: str = "detector") -> str | None:
        """The case's model in use, of one kind."""
        ...


class TeachingVault(ModelVault, Protocol):
    """A model vault that knows which verdicts taught a classifier, and takes it out of use with any of them."""

    def adopt(self, case: str, model_id: str, verdicts: Mapping[str, tuple[str, float | None]]) -> bool:
        """Use a classifier, and keep what taught it: chain key -> verdict, and what a learner that did not see it said.

        False when one of these verdicts was taken back meanwhile: it is not in use until they all hold again.
        """
        ...

    def taught_with(self, case: str, model_id: str) -> Mapping[str, tuple[str, float | None]]:
        """What `adopt` was told of a case's verdicts; {} for a classifier that was taught elsewhere."""
        ...


class RuleStore(Protocol):
    """Where normalisation rules live. They belong to the workspace, not to a case."""

    def load_paths(self, cases: Sequence[str]) -> EstatePaths:
        """The unique folded paths of the cases, parents' included, and which hosts have them."""
        ...

    def list(self) -> Sequence[Rule]:
        """Every rule, in order of application."""
        ...

    def save_learnt(self, learnt: Any) -> Sequence[Rule]:
        """Put the rules of engine.rules.learning.learn.LearntRules beside those that people decided on, in one transaction.

        Returns all rules, with keys.
        """
        ...

    def accepted(self) -> RuleSet:
        """The rules that are applied."""
        ...

    def record(self, rules: RuleSet) -> int:
        """The number of this version of the rules; made when it is new. Numbers are of one workspace."""
        ...

    def add(self, rule: Rule, *, instead: int | None = None) -> Rule:
        """One that a person wrote, edited or took. Raises UsageError for a repeat."""
        ...


class EvidenceIndex(Protocol):
    """Where `evaluate` looks records up."""

    def source_paths(self, case: str) -> Sequence[tuple[int, str]]:
        """Key and path of every source of the case."""
        ...

    def source_digests(self, cases: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Path and SHA-256 (hexadecimal, of the unpacked content) of every source that processes came from."""
        ...

    def record_keys(self, source_id: int) -> Sequence[RecordKeys]:
        """What the records of a source can be recognised by, and the chain that each one's process ends."""
        ...
