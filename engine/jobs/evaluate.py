"""Evaluate: every method's ranking of the same chains against known labels, per source file and macro-averaged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from engine.classifier.published.answers import opinions
from engine.classifier.published.shipped import shipped
from engine.detector import Detector
from engine.domain.arrays import Floats
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.marks import RuleMark
from engine.domain.processes import ProcessTable
from engine.domain.scores import ScoreSet
from engine.errors import UsageError
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.jobs.ports.score import ProcessStore
from engine.measure.baselines import marked, rankings
from engine.measure.known_labels import ATTACK, BACKGROUND, STRONG, Label, Match, by_file, is_source, match_file
from engine.measure.whole import Whole, measured
from engine.metrics.ranking import finding_metrics, macro_average, metrics_of, random_metrics
from engine.progress import Run, Step

Metrics = dict[str, float]

SEQUENCES = "sequences_as_published"
"""The second paper's model, as it ships: what it says of the names of each chain."""
SIGMA = "sigma"
"""Marks that rules of others left on processes (engine/domain/marks.py)."""
LAST = np.iinfo(np.int64).max
"""Stands for the finding of a process that none covers."""

SEVERAL = "each source of the labels has a detector of its own, so there is no one queue of the whole case"
NO_ATTACK = "no process of the case is labelled as an attack"
NO_PROCESSES = "the scores know of no processes"


@dataclass(frozen=True, slots=True)
class QueueResult:
    """One queue (the labelled chains of one file or one case of the labels) under every method."""

    name: str
    chains: int
    attack_chains: int
    attack_events: int
    background_events: int
    methods: Mapping[str, Metrics]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole comparison. `queues` and `strong` hold only queues with an attack and a background chain."""

    labels: int
    matches: Sequence[Match]
    queues: Sequence[QueueResult]
    macro: Mapping[str, Metrics]
    strong: Sequence[QueueResult]
    """Attacks with weak or medium confidence left out; the background stays, or Windows would have none."""
    strong_macro: Mapping[str, Metrics]
    whole: Whole | None = None
    """The whole case in one queue of findings."""
    whole_missing: str = ""
    """Why there are no such figures."""
    score: str = ""
    """What the detector sorts by (DetectorParams.score)."""

    @property
    def unmatched(self) -> list[Match]:
        """Labels without a chain, each with its reason."""
        return [match for match in self.matches if match.chain_id is None]


@dataclass(slots=True)
class _Counts:
    attack: Counter[int] = field(default_factory=Counter)
    background: Counter[int] = field(default_factory=Counter)
    processes: dict[int, bool] = field(default_factory=dict)
    """Keys of processes: whether one is an attack by any of its labels."""


def evaluate(
    case: str,
    labels: Sequence[Label],
    detector: Detector,
    chains: ProcessStore,
    index: EvidenceIndex,
    run: Run,
    *,
    group: str = "file",
    beside: Mapping[str, Detector] = MappingProxyType({}),
    threshold: float | None = None,
    marks: Sequence[tuple[int, RuleMark]] = (),
) -> Evaluation:
    """Score the case by `detector` and compare. `group` is "file", or "case" for the cases that the labels define.

    `beside`: other detectors by the names of their rows; the findings and the whole case are the first one's.
    `threshold`: the one that the case's queue has, which may have been moved; None: the one that scoring sets.
    `marks`: what rules of others say of its processes, by their keys; a row of their own where there are any.
    """
    if group not in {"file", "case"}:
        raise UsageError(f"Cannot group by {group!r}.", remedy="Use --by file or --by case.")
    matches = match_labels(case, labels, index, run)
    corpus = chains.load_corpus([case])
    processes = chains.load_processes([case], corpus)
    scores = detector.score(corpus, run, processes=processes)
    if threshold is not None:
        scores = replace(scores, threshold=threshold)
    methods = _methods(corpus, scores, run, {SIGMA: marked(corpus, processes, marks)} if marks else {})
    methods |= {name: other.score(corpus, run, processes=processes).score for name, other in beside.items()}
    finding = _finding_of(matches, processes, scores)
    row_of = {int(chain_id): row for row, chain_id in enumerate(corpus.ids)}
    queues = _queues(matches, group, row_of, methods, finding, strong=False)
    strong = _queues(matches, group, row_of, methods, finding, strong=True)
    whole = measured(matches, processes, scores)
    missing = "" if whole else NO_ATTACK if scores.findings else NO_PROCESSES
    macro, strong_macro = _macro(queues), _macro(strong)
    return Evaluation(len(labels), matches, queues, macro, strong, strong_macro, whole, missing, detector.params.score)


def _methods(corpus: ChainCorpus, scores: ScoreSet, run: Run, others: Mapping[str, Floats]) -> dict[str, Floats]:
    """Every ranking, the detector's last; `others` are of what it knows nothing of. The sequence model learnt from made-up
    sequences and has seen no case; it says nothing (NaN) of chains of which it knows no name.
    """
    chains = [[corpus.paths[step] for step in steps if step >= 0] or [""] for steps in corpus.steps.tolist()]
    found = rankings(corpus, scores)
    detector = found.pop("detector")
    return found | dict(others) | {SEQUENCES: opinions(shipped().model, chains, run.raise_if_cancelled), "detector": detector}


def leave_source_out(
    case: str,
    labels: Sequence[Label],
    fit: Callable[[ChainCorpus, ProcessTable, Collection[str]], Detector],
    chains: ProcessStore,
    index: EvidenceIndex,
    run: Run,
    *,
    group: str = "file",
    marks: Sequence[tuple[int, RuleMark]] = (),
) -> Evaluation:
    """`evaluate`, with a detector of its own for the queues of each source of the labels.

    `fit` gets the case and the SHA-256 of the files that the source's labels name, so that its starter can do without them.
    There are no figures of the whole case: several detectors make no one queue.
    """
    corpus = chains.load_corpus([case])
    table = chains.load_processes([case], corpus)
    ingested = index.source_digests([case])
    found: list[Evaluation] = []
    # A source without an attack in a queue has no queue that could be judged.
    for source in sorted({label.source for label in labels if label.label == ATTACK and _queue_of(label, group)}):
        own = [label for label in labels if label.source == source]
        files = {label.file for label in own}
        digests = {digest for path, digest in ingested if any(is_source(path, file) for file in files)}
        detector = fit(corpus, table, digests)
        found.append(evaluate(case, own, detector, chains, index, run, group=group, marks=marks))
    queues = sorted((queue for part in found for queue in part.queues), key=lambda queue: queue.name)
    strong = sorted((queue for part in found for queue in part.strong), key=lambda queue: queue.name)
    matches = [match for part in found for match in part.matches]
    score = found[0].score if found else ""
    return Evaluation(len(matches), matches, queues, _macro(queues), strong, _macro(strong), None, SEVERAL, score)


def match_labels(case: str, labels: Sequence[Label], index: EvidenceIndex, run: Run) -> list[Match]:
    """Find the record, and through it the chain, of every label; the reason where there is none."""
    sources = index.source_paths(case)
    matches: list[Match] = []
    for file, rows in by_file(labels).items():
        run.raise_if_cancelled()
        found = [source_id for source_id, path in sources if is_source(path, file)]
        if found:
            matches.extend(match_file(rows, [keys for source_id in found for keys in index.record_keys(source_id)]))
        else:
            matches.extend(Match(label, None, "the file is not in this case") for label in rows)
        run.report(Step("match labels", len(matches), len(labels), "labels", file, last=len(matches) == len(labels)))
    return matches


def _finding_of(matches: Sequence[Match], processes: ProcessTable, scores: ScoreSet) -> Mapping[int, int] | None:
    """The number of the finding that covers each matched process, by the process's key; None without findings."""
    if scores.findings is None:
        return None
    keys = distinct(np.array([match.process_id for match in matches if match.chain_id is not None], dtype=np.int64))
    place = processes.index_of(keys)
    return dict(zip(keys.tolist(), np.where(place >= 0, scores.findings.of_process()[place], 0).tolist(), strict=True))


def _queue_of(label: Label, group: str) -> str:
    """Name of the queue that a label belongs to, "" for none."""
    return label.file if group == "file" else label.case if label.part == "queue" else ""


def _queues(
    matches: Sequence[Match],
    group: str,
    row_of: Mapping[int, int],
    methods: Mapping[str, Floats],
    finding: Mapping[int, int] | None,
    *,
    strong: bool,
) -> list[QueueResult]:
    counts: dict[str, _Counts] = defaultdict(_Counts)
    for match in matches:
        label = match.label
        name = _queue_of(label, group)
        if not name or match.chain_id is None:
            continue
        row = row_of[match.chain_id]
        if label.label == ATTACK and (label.confidence == STRONG or not strong):
            counts[name].attack[row] += 1
            counts[name].processes[match.process_id] = True
        elif label.label == BACKGROUND:
            counts[name].background[row] += 1
            counts[name].processes.setdefault(match.process_id, False)
    return [
        _result(name, count, methods, finding)
        for name, count in sorted(counts.items())
        if count.attack and any(row not in count.attack for row in count.background)
    ]


def _result(name: str, count: _Counts, methods: Mapping[str, Floats], finding: Mapping[int, int] | None) -> QueueResult:

    rows = np.array(sorted(set(count.attack) | set(count.background)))
    attack = np.array([count.attack[row] for row in rows.tolist()], dtype=np.int64)
    background = np.array([count.background[row] for row in rows.tolist()], dtype=np.int64)
    truth = attack > 0
    by_method = {method: metrics_of(truth, score[rows], attack, background) for method, score in methods.items()}
    by_method["random"] = random_metrics(truth, attack, background)
    if finding is not None:  # the product's findings, as far as they cover the queue's processes
        number = np.array([finding[process] for process in count.processes], dtype=np.int64)
        place = np.unique(np.where(number > 0, number, LAST), return_inverse=True)[1]
        by_method["detector"] |= finding_metrics(np.bincount(place[list(count.processes.values())]))
    return QueueResult(name, len(rows), int(truth.sum()), int(attack.sum()), int(background.sum()), by_method)


def _macro(queues: Sequence[QueueResult]) -> dict[str, Metrics]:

    # Detectors differ by source when one is left out: the supervised prior may be silent in some queues.
    names = dict.fromkeys(name for queue in queues for name in queue.methods)
    return {name: macro_average([queue.methods[name] for queue in queues if name in queue.methods]) for name in names}
