"""Whether the step with the highest error is the one that does not belong: engine/measure/planted.py on recorded background.

    python -m tests.benchmarks.planted_steps RECORDINGS [--cache FOLDER] [--steps BATCHES] [--members N] [--seeds 1,2,3]
                                             [--planted 2000]

The recordings' background is what is learnt, once by itself and once beside the shipped starter's simulated fleet (its recorded
sources stay out: they are the same recordings). One step of a chain that was learnt becomes a random path that never stood
between such neighbours; training did not see the changed chain.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.detector import Detector, DetectorParams, Starter
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable, part_of
from engine.jobs.evaluate import match_labels
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.measure.known_labels import read_labels
from engine.measure.settings import LabelledProcesses
from engine.progress import Run
from engine.starter.file import shipped
from tests.planted import found, plant, report

SIMULATED = "simulator"
CASE = "recordings"


def main() -> None:
    """Train both ways, plant, print a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/oddkin-labels"))
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--planted", type=int, default=2000)
    usual = DetectorParams().network
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--members", type=int, default=usual.members)
    chosen = parser.parse_args()
    corpus, table, known = labelled(chosen.recordings, chosen.cache)
    background, processes = part_of(corpus, table, known.index[np.flatnonzero(known.label == 0)])
    pack = shipped()
    recorded = [name for name in pack.sources if name != SIMULATED]
    ways: dict[str, Starter | None] = {"alone": None, "beside the simulated fleet": pack.starter(background, recorded)}
    network = replace(usual, steps=chosen.steps, members=chosen.members)
    print(f"{len(background):,} chains of background; up to {network.steps:,} batches, {network.members} networks")
    for seed in map(int, chosen.seeds.split(",")):
        planted = plant(background, chosen.planted, seed)
        for way, starter in ways.items():
            begun = time.process_time()
            params = DetectorParams(seed=seed, device="cpu", network=network)
            detector = Detector(params).fit(background, processes=processes, starter=starter)
            spent = time.process_time() - begun
            shares = report(found(detector, background, planted), planted, background.lengths)
            told = "  ".join(f"{name} {share:.3f}" for name, share in shares.items())
            print(f"seed {seed}, {way}: {told}   (training {spent:.0f} s of CPU time)", flush=True)


def labelled(recordings: Path, cache: Path) -> tuple[ChainCorpus, ProcessTable, LabelledProcesses]:
    """All recordings ingested (into a workspace in the cache) and matched with their labels."""
    from store.workspace import open_workspace

    workspace = open_workspace(cache / "workspace")
    try:
        ingest(IngestRequest([recordings], CASE), workspace.ingest, Run())
        corpus = workspace.chains.load_corpus([CASE])
        table = workspace.chains.load_processes([CASE], corpus)
        labels = read_labels(recordings / "labels.csv.gz")
        matches = match_labels(CASE, labels, workspace.evidence, Run())
    finally:
        workspace.close()
    return corpus, table, LabelledProcesses.of(matches, corpus, table)


if __name__ == "__main__":
    main()
