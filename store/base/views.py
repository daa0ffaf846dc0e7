"""What leaves the store: frozen dataclasses, never rows or entities. Texts are as recorded; front ends make them visible."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.domain.marks import RuleMark


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case at a glance. Times in microseconds UTC."""

    id: int
    name: str
    created_us: int
    sources: int
    unfinished: int
    """Sources whose ingest was interrupted."""
    failed: int
    """Sources that could not be read, or only up to some damage."""
    hosts: int
    unlinked: int
    """Hosts with records newer than their links."""
    kept: int
    merged: int
    rejected: int
    chains: int
    labels: int
    model_id: str | None
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class HostView:
    """A host of a case; `records` is how many records name it."""

    id: int
    name: str
    records: int
    unlinked: bool
    first_us: int | None
    last_us: int | None
    also: tuple[str, ...] = ()
    """Further names under which it has records."""
    apart: tuple[str, ...] = ()
    """Full names, several of them, that begin with its short one: it may be any of these machines."""


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process (or a second record of one) with everything that its record tells."""

    id: int
    host_id: int
    host: str
    placeholder: bool
    source_id: int | None
    source: str
    position: int
    record_id: str | None
    kind: str
    time_us: int | None
    pid: int | None
    ppid: int | None
    guid: str | None
    parent_guid: str | None
    image: str
    """As recorded."""
    path: str
    """Normalised."""
    parent_image: str | None
    command_line: str | None
    parent_command_line: str | None
    user: str | None
    integrity: str | None
    cwd: str | None
    logon_id: str | None
    original_name: str | None
    hashes: str | None
    parent_id: int | None
    """None for roots, merged records and what is not linked yet."""
    method: int | None
    """engine.domain.lineage.LinkMethod; None while not linked."""
    confidence: float | None
    exec_of: int | None
    merged_into: int | None
    chain_id: int | None
    known: str = ""
    """good, bad: what lists of hashes say of its program; "" where none names it."""
    lists: tuple[str, ...] = ()
    """The lists that say so, by name."""
    marks: tuple[RuleMark, ...] = ()
    """What rules of others say of it, the strongest first."""


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """A chain with its occurrences."""

    id: int
    case_id: int
    key: str
    steps: tuple[str, ...]
    count: int
    host_count: int
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class ChainHostView:
    """How often a chain occurs on one host."""

    host_id: int
    host: str
    count: int
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class SignalView:
    """One signal's value for one chain and its tail probability."""

    name: str
    value: float
    tail: float


@dataclass(frozen=True, slots=True)
class ExpectationView:
    """What the model expected at `step`."""

    step: int
    alternatives: tuple[str, ...]
    sentence: str
    sentences: dict[str, str] = field(default_factory=dict)
    """Signal -> what is told of it, where that is more than its number (engine.domain.scores.Reasons)."""
    step_tails: tuple[float, ...] = ()
    """Tail of each step's error among the training steps of its role; () where the model has none."""
    rebuilt: tuple[str | None, ...] = ()
    """What the network made of each step, as engine.domain.scores.Expectation tells it; () for scores of before."""
    usual: tuple[tuple[str, int], ...] = ()
    """What stands before the last step starts most often, with counts; this and the next as engine.domain.scores.Reasons."""
    started: int = 0
    rarest: tuple[str, str, int, int] | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One chain's score by one model."""

    model_id: str
    rank: int
    score: float
    finding: int
    worst_step: int
    step_errors: tuple[float, ...]
    signals: tuple[SignalView, ...]
    expectation: ExpectationView | None
    threshold: float


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding: incidents that are alike, and what they cover."""

    set_id: int
    """The scoring that it is of."""
    number: int
    """1 = best."""
    key: str
    score: float
    top_rank: int
    """Rank of the chain of its oddest process."""
    chains: int
    """That one of its processes ends in."""
    processes: int
    """Recorded ones that it covers, on `hosts` hosts."""
    hosts: int
    first_us: int | None
    last_us: int | None
    incidents: int = 1
    odd: int = 0
    """How many of the processes are odd in themselves; the others were taken along."""
    lead: int = 0
    """Its oddest process."""
    lead_score: float | None = None
    """That one's own score; None where it is not known."""
    above: bool = False
    """Whether that is above the threshold (store.scores.above)."""
    variant: str | None = None
    """The command line of the oddest process; None where it has none. Untrusted."""
    mixed: bool = False
    """Whether its odd processes have different verdicts, or some of them none (store.queue.judged)."""
    partly: bool = False
    """Whether some have a verdict and others none."""
    occurrence: int = 1
    """Place of the first of its incidents that the list's filter leaves."""


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One occurrence of a finding: connected processes of one host."""

    set_id: int
    finding: int
    place: int
    """In the finding, from 1."""
    number: int
    """Unique in the scoring."""
    host_id: int
    host: str
    top: int
    """The topmost process; the earliest where several bursts of one service were joined."""
    lead: int
    """The oddest process."""
    score: float
    """That one's own."""
    processes: int
    """Recorded ones that it covers."""
    odd: int
    first_us: int | None
    last_us: int | None
    variant: str | None
    """The lead's command line, None where it has none. Untrusted."""
    verdict: str | None
    """Of its odd processes, where they all have the same."""
    mixed: bool
    """Whether they have different ones, or some of them none (store.queue.judged) …"""
    partly: bool
    """… and whether some have one and others none."""


@dataclass(frozen=True, slots=True)
class CoveredProcess:
    """A process that an incident covers."""

    process_id: int
    parent_id: int | None
    """In the tree, covered or not; None for a root of its host."""
    odd: bool
    score: float | None
    """Its own; None where it has none."""
    depth: int
    """Steps below the nearest process above it that its incident does not cover, from 0."""
    verdict: str | None
    """That counts for the process."""


@dataclass(frozen=True, slots=True)
class ContextProcess:
    """A process of an incident's tree that no part of the incident is."""

    process_id: int
    parent_id: int | None
    above: bool
    """On the way from the incident up to the root; the others are children of what is shown."""


@dataclass(frozen=True, slots=True)
class ContextView:
    """What stands beside an incident in its tree."""

    processes: tuple[ContextProcess, ...]
    """The line of ancestors, oldest first, then by parent those children that are nearest in time."""
    folded: dict[int, int]
    """Process -> how many more children it has that are not told."""
    complete: bool
    """Whether the line of ancestors ends at a root of the host."""


@dataclass(frozen=True, slots=True)
class VariantView:
    """A chain's processes whose command lines have one shape, as they were when the case was scored."""

    chain_id: int
    shape: int
    """engine.words.command_shape.shape_number; 0 for processes without a command line."""
    processes: int
    hosts: int
    score: float | None
    """The highest among its processes."""
    lead: int
    """The oddest of them."""
    command_line: str | None
    """The lead's, which stands for all. Untrusted."""


@dataclass(frozen=True, slots=True)
class LearntPlace:
    """What labels made of one chain: where it stands in the learnt queue, and why."""

    place: int
    """1 = best."""
    probability: float | None
    """Calibrated probability of malicious; None while there are too few labels to say."""
    instant: float | None
    sequence: float | None
    """Share of the queue's chains that each learner by itself finds less malicious; None without it."""
    effect: int
    """engine.verdicts.queue.Effect."""
    cause: int
    """Detector's rank of the labelled chain behind the effect, 0 for none."""
    origin: str
    """Where a remembered shape got its verdict, in words; untrusted."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the ranked queue."""

    rank: int
    chain_id: int
    key: str
    score: float
    finding: int
    worst_step: int
    step_errors: tuple[float, ...]
    steps: tuple[str, ...]
    count: int
    host_count: int
    first_us: int | None
    last_us: int | None
    verdict: str | None
    member_of: int = 0
    """The best finding that covers a process of the chain, whatever the threshold; 0 where there is none."""
    whole: FindingView | None = None
    """In a list of findings: the finding that this chain, its oddest process's, stands for. `finding` and `verdict` are then its
    own: its number where it is above the threshold, the verdict of its odd processes where that is one."""
    learnt: LearntPlace | None = None
    """What labels made of it; None while nobody has taught anything."""
    decided: int = 0
    """How many of the chain's recorded processes, `count` in all, have a verdict; `verdict` is theirs where all have one."""


QUEUE_SQL = {
    "rank": "s.rank", "chain_id": "s.chain_id", "key": "c.key", "score": "s.score", "finding": "s.finding",
    "worst_step": "s.worst_step", "step_errors": "s.step_errors", "steps": "c.steps", "count": "c.count",
    "host_count": "c.host_count", "first_us": "c.first_us", "last_us": "c.last_us", "verdict": "{effective}",
    "member_of": "s.member_of", "decided": "{decided}",
}  # fmt: skip
"""Field of QueueRow -> SQL over the chain `c` and its score `s`. A plain column needs no other line in the store; what has to be
unpacked is in store/queue/pages.py, where the verdict that counts is put in too.
"""


@dataclass(frozen=True, slots=True)
class LabelView:
    """A verdict that was given and not taken back, with who gave it, when and why."""

    chain_key: str
    scope: str
    verdict: str
    note: str
    author: str
    at_us: int


@dataclass(frozen=True, slots=True)
class LabelEventView:
    """One line of the history of verdicts: given, undone or redone."""

    id: int
    batch: int
    action: str
    undoes: int | None
    chain_key: str
    scope: str
    old_verdict: str | None
    verdict: str | None
    note: str
    author: str
    at_us: int
    about: str = ""
    """What its act was on, as it was called then: "F3", "F3/2", "P1234"; "" for a chain."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a verdict would cover: recorded processes, hosts, chains."""

    processes: int
    hosts: int
    chains: int
