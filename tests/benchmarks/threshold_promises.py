"""What thresholds promise against what they flag, on host-days that were not used for them. From the repository's root:

    python tests/benchmarks/threshold_promises.py ../shared/recordings [--starter FOLDER] [--seed N]... [--folder DIR]

Each source of the recordings in turn is left out of the starter, of its supervised prior and of the clean host-days, and its own
host-days are ranked by the ready detector that is made of the rest: the background of each host and day with at least 30
processes, each strace workload, auditd's baseline and its queue in four parts by time. Simulated host-days, told apart, are
ranked by a detector that never saw the simulator. For each budget: how many processes were flagged of 1,000 in all and in the
mean host-day, and on how many host-days that was within the stated interval. Then what the demo's fleets (seeds 1, 2, 3) lose:
attack processes above the threshold, in chains and in findings, by the ready detector and by one trained on the fleet.

`--starter`: as `oddkin starter build` wrote it; else the shipped one. The folder keeps what was ingested for the next run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from engine.detector import Detector, DetectorParams  # noqa: E402 - behind the path
from engine.detector.promise import Promise  # noqa: E402
from engine.domain.arrays import Ints  # noqa: E402
from engine.domain.chains import ChainCorpus  # noqa: E402
from engine.domain.processes import ProcessTable, part_of  # noqa: E402
from engine.domain.scores import ScoreSet  # noqa: E402
from engine.jobs import ready  # noqa: E402
from engine.jobs.evaluate import match_labels  # noqa: E402
from engine.jobs.ingest.request import IngestRequest  # noqa: E402
from engine.jobs.starter import priors_of  # noqa: E402
from engine.measure.known_labels import Label, read_labels  # noqa: E402
from engine.measure.ladder import Bench  # noqa: E402
from engine.measure.settings import LabelledProcesses  # noqa: E402
from engine.progress import Run  # noqa: E402
from engine.simulator import FleetPlan, simulate  # noqa: E402
from engine.simulator.logs.write import write_logs  # noqa: E402
from engine.starter import file  # noqa: E402
from engine.starter.days import DAY_US, LEAST  # noqa: E402
from engine.starter.pack import StarterPack  # noqa: E402
from store.workspace import Workspace, open_workspace  # noqa: E402
from tui.actions.ingest import ingest  # noqa: E402

BUDGETS = (1.0, 5.0, 20.0)
DEFAULT = 1.0
"""Chains a host-day."""
FLEETS = (1, 2, 3)
COLLECTION = "sbousseaden"
"""Its background are the surroundings of attacks."""
SIMULATOR = "simulator"
STRACE, AUDITD = "linux_strace", "linux_auditd"
PARTS = 4


@dataclass(frozen=True, slots=True)
class Ground:
    """A case with what is known of its processes."""

    corpus: ChainCorpus
    table: ProcessTable
    known: LabelledProcesses

    @classmethod
    def of(cls, workspace: Workspace, case: str, labels: Sequence[Label]) -> Ground:
        """Read it."""
        corpus = workspace.chains.load_corpus([case])
        table = workspace.chains.load_processes([case], corpus)
        matches = match_labels(case, labels, workspace.evidence, Run())
        return cls(corpus, table, LabelledProcesses.of(matches, corpus, table))

    def part(self, positions: Ints) -> tuple[ChainCorpus, ProcessTable]:
        """As a queue."""
        return part_of(self.corpus, self.table, self.known.index[positions])

    def host_day(self, positions: Ints) -> Ints:
        """Number of each one's host and day."""
        index = self.known.index[positions]
        return self.table.host[index].astype(np.int64) * 1_000_000 + self.table.time_us[index] // DAY_US


@dataclass(frozen=True, slots=True)
class Day:
    """One clean host-day and what is flagged of it."""

    source: str
    system: str
    name: str
    processes: int
    flagged: dict[float, int]
    within: dict[float, bool]
    chains: int
    """Flagged by the default budget."""


def clean(ground: Ground) -> Iterator[tuple[str, bool, str, Ints]]:
    """Source, whether Windows, name and positions of each host-day."""
    known = ground.known
    for source in sorted(set(known.source.tolist()) - {COLLECTION}):
        for windows in (True, False):
            mine = np.flatnonzero((known.source == source) & (known.windows == windows) & (known.label == 0))
            if source == AUDITD:
                queue = mine[~known.baseline[mine]]
                order = np.argsort(ground.table.time_us[known.index[queue]], kind="stable")
                parts = [mine[known.baseline[mine]], *(np.sort(part) for part in np.array_split(queue[order], PARTS))]
            elif source == STRACE:
                parts = [mine[known.file[mine] == name] for name in sorted(set(known.file[mine].tolist()))]
            else:
                number = ground.host_day(mine)
                parts = [mine[number == day] for day in np.unique(number)]
            for at, part in enumerate(parts, 1):
                if len(part) >= LEAST:
                    yield source, windows, Path(str(known.file[part[0]])).name if source == STRACE else str(at), part


def measured(detector: Detector, source: str, system: str, name: str, part: tuple[ChainCorpus, ProcessTable]) -> Day:
    """One host-day as a queue."""
    scores = detector.score(part[0], processes=part[1])
    promise = Promise.read(scores.metrics)
    assert promise is not None
    counts, total = part[0].counts, int(part[0].counts.sum())
    flagged, within = {}, {}
    for budget in BUDGETS:
        threshold = promise.of_rate(budget)
        told = promise.processes.at(promise.score, threshold)
        flagged[budget] = int(counts[scores.score >= threshold].sum())
        within[budget] = told.low - 1e-6 <= flagged[budget] * 1000 / total <= told.high + 1e-6
    return Day(source, system, name, total, flagged, within, int((scores.score >= scores.threshold).sum()))


def told(days: Sequence[Day], what: str) -> None:
    """One line of the table."""
    if not days:
        return
    total = sum(day.processes for day in days)
    cells = []
    for budget in BUDGETS:
        pooled = sum(day.flagged[budget] for day in days) * 1000 / total
        mean = np.mean([day.flagged[budget] * 1000 / day.processes for day in days])
        cells.append(f"{pooled:6.1f} {mean:6.1f} {np.mean([day.within[budget] for day in days]):5.2f}")
    print(f"{what:26s} {len(days):3d} {total:6d} | {' | '.join(cells)} | {np.mean([day.chains for day in days]):5.2f}")


def recall(ground: Ground, scores: ScoreSet, name: str) -> None:
    """What of the attack is above the threshold of each budget."""
    promise = Promise.read(scores.metrics)
    assert promise is not None
    assert scores.findings is not None
    index = ground.known.index
    attack, background = ground.known.label == 1, ground.known.label == 0
    score, finding = scores.score[ground.table.chain[index]], scores.findings.of_process()[index]
    for budget in BUDGETS:
        threshold = promise.of_rate(budget)
        chains = score >= threshold
        above = np.append(False, scores.findings.above(scores.process_score, threshold))[finding]
        print(
            f"{name:26s} {budget:4g} of 1,000: threshold {threshold:.2f}, attack processes {chains[attack].mean():.2f} in chains,"
            f" {above[attack].mean():.2f} in findings; of 1,000 others {chains[background].mean() * 1000:.1f} in chains,"
            f" {above[background].mean() * 1000:.1f} in findings"
        )


def fleets(folder: Path, seeds: Sequence[int]) -> Iterator[tuple[int, Ground]]:
    """The demo's."""
    for seed in seeds:
        place = folder / f"fleet{seed}"
        workspace = open_workspace(place / "workspace")
        logs = write_logs(simulate(FleetPlan(hosts=12, days=3, seed=seed)), place, Run())
        if not workspace.cases.names():
            ingest(workspace, IngestRequest([logs.logs], SIMULATOR), Run())
        yield seed, Ground.of(workspace, SIMULATOR, read_labels(logs.ground_truth))
        workspace.close()


def recordings(folder: Path, source: Path) -> Ground:
    """All of them as one case."""
    workspace = open_workspace(folder / "recordings")
    if not workspace.cases.names():
        ingest(workspace, IngestRequest([source], "recordings"), Run())
    return Ground.of(workspace, "recordings", read_labels(source / "labels.csv.gz"))


def without(pack: StarterPack, source: str, real: Ground, seed: int) -> StarterPack:
    """The pack as if it had been built without a source: without its chains, its host-days and what it taught the priors."""
    others = {name: entry for name, entry in pack.manifest["sources"].items() if name != source}
    bench = Bench(real.corpus, real.table, real.known, DetectorParams())
    priors = priors_of(bench, sorted(set(others) & set(pack.priors)), seed, Run())
    return StarterPack(
        pack.manifest | {"sources": others}, tuple(block for block in pack.blocks if block.source != source), priors
    )


def promises(pack: StarterPack, params: DetectorParams, real: Ground, simulated: Sequence[tuple[int, Ground]]) -> list[Day]:
    """Every host-day by a detector that never saw its source."""
    days: list[Day] = []
    made: dict[str, Detector] = {}

    def detector(source: str) -> Detector:
        if source not in made:
            made[source] = ready.make(without(pack, source, real, params.seed), params, Run())[0]
        return made[source]

    for source, windows, name, positions in clean(real):
        days.append(measured(detector(source), source, "Windows" if windows else "Linux", name, real.part(positions)))
    for seed, fleet in simulated:
        quiet = np.flatnonzero(fleet.known.label == 0)
        number = fleet.host_day(quiet)
        for day in np.unique(number):
            part = quiet[number == day]
            if len(part) >= LEAST:
                system = "Windows" if fleet.known.windows[part].mean() > 0.5 else "Linux"
                days.append(measured(detector(SIMULATOR), SIMULATOR, system, f"{seed}/{day}", fleet.part(part)))
    return days


def main() -> int:
    """All of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("recordings", type=Path)
    options.add_argument("--starter", type=Path, default=file.FOLDER)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        pack, params = file.load(asked.starter), DetectorParams(seed=asked.seed, device="cpu", threads=1)
        real, simulated = recordings(folder, asked.recordings), list(fleets(folder, FLEETS))
        days = promises(pack, params, real, simulated)
        print(
            "host-days of                day  procs | "
            + " | ".join(f"{budget:g}: all  mean within" for budget in BUDGETS)
            + " | chains"
        )
        for source, system in dict.fromkeys((day.source, day.system) for day in days):
            told([day for day in days if (day.source, day.system) == (source, system)], f"{source} {system}")
        told([day for day in days if day.source != SIMULATOR], "all recordings")
        told([day for day in days if day.source == SIMULATOR], "all simulated")
        whole, _ = ready.make(pack, params, Run())
        for seed, fleet in simulated:
            recall(fleet, whole.score(fleet.corpus, processes=fleet.table), f"fleet {seed}, ready")
            starter = pack.starter(fleet.corpus)
            trained = Detector(params).fit(fleet.corpus, processes=fleet.table, starter=starter)
            recall(fleet, trained.score(fleet.corpus, processes=fleet.table), f"fleet {seed}, trained")
    return 0


if __name__ == "__main__":
    sys.exit(main())
