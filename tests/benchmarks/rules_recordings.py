"""Rules on labelled recordings: counts, unknown words of sources left out, paths that became equal, rankings with and without.

    oddkin ingest ../shared/recordings --case recordings
    python tests/benchmarks/rules_recordings.py LABELS [--case NAME] [--settings A+,B,C] [--cases msticpy_win,…] [--seeds 1,2]

Reads the workspace of ODDKIN_WORKSPACE, changes nothing, prints Markdown; nothing is asserted. `--settings ""` leaves the
detector out: it is what takes long. `--memory FILE` keeps the figures of each queue, so that a run can be stopped and gone on
with; throw it away when the detector changes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.detector import Detector, DetectorParams, Starter
from engine.domain.arrays import Ints
from engine.jobs.evaluate import match_labels
from engine.knowledge import PathKnowledge
from engine.measure.known_labels import read_labels
from engine.measure.ladder import Bench, rankings
from engine.measure.settings import LabelledProcesses, Trial, trials
from engine.progress import Run
from engine.rules.apply import Normaliser, parts_of
from engine.rules.corpus import normalised
from engine.rules.learning.learn import LEAST_PATHS, learn
from engine.rules.learning.report import reduction, unknown_share
from engine.rules.rule import RuleSet
from store.workspace import open_workspace
from tui.shell.place import default_workspace


def main() -> None:
    """Measure."""
    given = arguments()
    bench, paths = opened(given)
    learnt = Learner()
    if given.tables:
        everything = learnt.of(paths)
        counts(paths, everything)
        knowledge(paths, everything)
        unknown(bench, learnt)
        equal(bench, {"all": everything, **{f"all but {name}": learnt.of(others(bench, name)) for name in sources(bench)}})
    for setting in filter(None, given.settings.split(",")):
        detection(bench, learnt, setting, given)


def arguments() -> argparse.Namespace:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--case", default="recordings")
    parser.add_argument("--settings", default="A+,B,C")
    parser.add_argument("--cases", default="")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--memory", type=Path)
    parser.add_argument("--tables", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--ways", default="plain,rules")
    return parser.parse_args()


def opened(given: argparse.Namespace) -> tuple[Bench, tuple[str, ...]]:
    """The labelled processes of the case, and all its paths."""
    workspace = open_workspace(default_workspace())
    corpus = workspace.chains.load_corpus([given.case])
    table = workspace.chains.load_processes([given.case], corpus)
    matches = match_labels(given.case, read_labels(given.labels), workspace.evidence, Run())
    paths = workspace.rules.load_paths([given.case]).paths
    workspace.close()
    known = LabelledProcesses.of(matches, corpus, table)
    return Bench(corpus, table, known, DetectorParams(device="cpu")), paths


@dataclass
class Learner:
    """Learns once from what it saw before."""

    known: dict[tuple[str, ...], RuleSet] = field(default_factory=dict)

    def of(self, paths: Iterable[str]) -> RuleSet:
        """The accepted rules of some paths; none where there are too few."""
        key = tuple(sorted(set(paths)))
        if key not in self.known:
            self.known[key] = learn(key, 1, Run()).rule_set if len(key) >= LEAST_PATHS else RuleSet()
        return self.known[key]


def row(*cells: object) -> None:
    """A line of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def head(title: str, *cells: str) -> None:
    """The beginning of a table."""
    print(f"\n{title}\n")
    row(*cells)
    row(*["---"] * len(cells))


def counts(paths: Sequence[str], rules: RuleSet) -> None:
    """(a) What the rules of all recordings do to all recordings."""
    found = reduction(paths, rules)
    head("All recordings", "", "before", "after", "factor")
    row("unique paths", f"{found.paths_before:,}", f"{found.paths_after:,}", f"{found.path_factor:.2f}")
    row("unique words", f"{found.words_before:,}", f"{found.words_after:,}", f"{found.word_factor:.2f}")
    row("words met in one path only", f"{found.hapax_before:.1%}", f"{found.hapax_after:.1%}", "")
    row("words that a rule changed", "", f"{found.coverage:.1%}", "")
    row("rules", "", len(rules), "")
    row("paths whose directories were kept", "", found.kept_back, "")
    for rule in rules.rules:
        print(f"    {rule.support:5} -> {rule.merges:4}  {rule.pattern}  {rule.replacement}")


def knowledge(paths: Sequence[str], rules: RuleSet) -> None:
    """What is known about a path (location, role, contradiction of the name) before and after."""
    normaliser = Normaliser(rules)
    changed = [path for path in paths if normaliser.path(path) != path]
    before, after = PathKnowledge.of(changed), PathKnowledge.of([normaliser.path(path) for path in changed])
    head("Knowledge about changed paths", "", "paths that changed it", "of")
    for name in ("location", "role", "contradiction"):
        differs = np.flatnonzero(getattr(before, name) != getattr(after, name)).tolist()
        row(name, len(differs), len(changed))
        for at in differs[:10]:
            print(f"    {changed[at]}: {getattr(before, name)[at]} -> {getattr(after, name)[at]}")


def sources(bench: Bench) -> list[str]:
    """Of the labels."""
    return sorted(set(bench.known.source.tolist()))


def paths_at(bench: Bench, positions: Ints) -> set[str]:
    """Paths in the chains of some labelled processes."""
    corpus, _ = bench.part(positions)
    return {corpus.paths[step] for step in np.unique(corpus.steps[corpus.steps >= 0]).tolist()}


def others(bench: Bench, source: str) -> set[str]:
    """Paths of all other sources."""
    return paths_at(bench, np.flatnonzero(bench.known.source != source))


def unknown(bench: Bench, learnt: Learner) -> None:
    """(b) Words of a source that the others do not have, with rules of the others and without."""
    head(
        "Words of a source left out that the others do not know", "source", "paths", "rules", "unique words before", "after",
        "words of paths before", "after",
    )  # fmt: skip
    total = np.zeros(4)
    for source in sources(bench):
        rest, own = sorted(others(bench, source)), sorted(paths_at(bench, np.flatnonzero(bench.known.source == source)))
        rules = learnt.of(rest)
        normaliser = Normaliser(rules)
        new_rest, new_own = normaliser.paths(rest), normaliser.paths(own)
        shares = [
            unknown_share(rest, own), unknown_share(new_rest, new_own),
            unknown_places(rest, own), unknown_places(new_rest, new_own),
        ]  # fmt: skip
        total += shares
        row(source, len(own), len(rules), *[f"{share:.1%}" for share in shares])
    row("mean", "", "", *[f"{share:.1%}" for share in (total / len(sources(bench))).tolist()])


def unknown_places(known: Sequence[str], fresh: Sequence[str]) -> float:
    """Share of all words of all unique recorded paths, repeats included: what a model meets. The denominator is fixed."""
    old = {word for path in known for word in parts_of(path)[0]}
    words = [word for path in fresh for word in parts_of(path)[0] if word]
    return sum(word not in old for word in words) / max(len(words), 1)


def equal(bench: Bench, sets: Mapping[str, RuleSet]) -> None:
    """(c) Attack-labelled paths that became equal to a background-labelled one that they differed from."""
    attack = leaves(bench, np.flatnonzero(bench.known.label == 1))
    background = leaves(bench, np.flatnonzero(bench.known.label == 0))
    head(
        f"Of {len(attack):,} attack-labelled paths those equal to another, background-labelled one (of {len(background):,})",
        "rules of", "attack path", "background path", "both become", "also background itself",
    )  # fmt: skip
    for name, rules in sets.items():
        normaliser = Normaliser(rules)
        by_text: dict[str, list[str]] = {}
        for path in sorted(background):
            by_text.setdefault(normaliser.path(path), []).append(path)
        for path in sorted(attack):
            after = normaliser.path(path)
            for other in by_text.get(after, ()):
                if other != path:
                    row(name, path, other, after, "yes" if path in background else "no")


def leaves(bench: Bench, positions: Ints) -> set[str]:
    """Image paths of labelled processes."""
    corpus, table = bench.corpus, bench.table
    chain = table.chain[bench.known.index[positions]]
    steps = corpus.steps[chain, corpus.lengths[chain] - 1]
    return {corpus.paths[step] for step in np.unique(steps[steps >= 0]).tolist()}


def detection(bench: Bench, learnt: Learner, setting: str, given: argparse.Namespace) -> None:
    """(d) AP and R@10 of the fused score with rules and without, queue by queue.

    Rules are learnt from what the detector may see: the estate's paths, or where there are none the starter's.
    """
    chosen, ways = set(filter(None, given.cases.split(","))), given.ways.split(",")
    columns = [f"{name}, {way}" for name in MEASURES for way in ways]
    for seed in map(int, given.seeds.split(",")):
        head(f"Detection, setting {setting}, seed {seed}", "queue", *columns)
        found: list[list[float]] = []
        memory = Memory(given.memory)
        trainers = {way: Trainer(bench, learnt, way == "rules", seed, memory) for way in ways}
        for trial in trials(bench.known, setting):
            if chosen and trial.case not in chosen:
                continue
            begun = time.monotonic()
            judged = [trainers[way].judged(trial) for way in ways]
            found.append([one[name] for name in MEASURES for one in judged])
            row(trial.case, *[f"{cell:.3f}" for cell in found[-1]])
            print(f"# {trial.case} {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        row(f"mean of {len(found)}", *[f"{cell:.3f}" for cell in np.nanmean(found, axis=0).tolist()])


MEASURES = {
    "AP": ("fusion", "ap"),
    "R@10": ("fusion", "recall@10"),
    "alerts/1000": ("fusion", "alerts"),
    "AP without prior": ("fusion without threat", "ap"),
    "AP reconstruction": ("signal reconstruction_worst", "ap"),
}


class Memory:
    """Figures of queues that were measured before."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known = json.loads(path.read_text()) if path is not None and path.exists() else {}

    def keep(self, key: str, figures: dict[str, float]) -> None:
        """For the next run."""
        self.known[key] = figures
        if self.path is not None:
            self.path.write_text(json.dumps(self.known))


@dataclass
class Trainer:
    """Detectors of one way, the last one kept: trials of one source follow each other."""

    bench: Bench
    learnt: Learner
    with_rules: bool
    seed: int
    memory: Memory
    last: tuple[str, Detector] | None = None

    def judged(self, trial: Trial) -> dict[str, float]:
        """MEASURES of the queue."""
        from engine.measure.ladder import _rung

        rules = self.rules(trial)
        key = f"{trial.setting} {trial.case} {self.seed} {rules.fingerprint}"
        if key not in self.memory.known:
            detector = self.detector(trial, rules)
            queue, table = self.bench.part(trial.queue)
            values = {one.name: one.value for one in detector.score(queue, processes=table).signals}
            queue, moved = normalised(queue, rules, table)
            rows = rankings(detector, queue, moved or table, values)
            rung = _rung(self.bench, trial, self.seed, queue, moved or table, rows)
            self.memory.keep(key, {name: rung.methods[method][one] for name, (method, one) in MEASURES.items()})
        return dict(self.memory.known[key])

    def rules(self, trial: Trial) -> RuleSet:
        """Of what the detector may see."""
        seen = trial.starter if trial.estate is None else trial.estate
        return self.learnt.of(paths_at(self.bench, seen)) if self.with_rules else RuleSet()

    def detector(self, trial: Trial, rules: RuleSet) -> Detector:
        """As engine.measure.ladder fits it, with rules or without."""
        from engine.domain.corpora import empty_like

        estate = np.zeros(0, np.int64) if trial.estate is None else trial.estate
        key = f"{trial.source} {hash(trial.starter.tobytes())} {hash(estate.tobytes())} {rules.fingerprint}"
        if self.last is None or self.last[0] != key:
            corpus, table = self.bench.part(estate) if len(estate) else (empty_like(self.bench.corpus), None)
            starter = Starter(*self.bench.part(trial.starter), self.bench.threat(trial, self.seed))
            params = replace(self.bench.params, seed=self.seed)
            fitted = Detector(params).fit(corpus, Run(), processes=table, starter=starter, rules=rules)
            self.last = key, fitted
        return self.last[1]


if __name__ == "__main__":
    main()
