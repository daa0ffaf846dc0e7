"""The real recordings through the real readers and the store: what issue 2 promises of them. Skipped without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.arrays import Ints
from engine.domain.lineage import HostEvents, Lineage, LinkMethod
from engine.jobs.evaluate import match_labels
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.lineage import link
from engine.measure.known_labels import read_labels
from engine.progress import Run
from store.workspace import Workspace, open_workspace

pytestmark = pytest.mark.slow
CASE = "recordings"


@pytest.fixture(scope="module")
def ingested(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, IngestReport]]:
    workspace = open_workspace(tmp_path_factory.mktemp("recordings"))
    yield workspace, run(workspace, recordings)
    workspace.close()


def run(workspace: Workspace, recordings: Path) -> IngestReport:
    return ingest(IngestRequest([recordings], CASE), workspace.ingest, Run())


def test_every_labelled_process_is_found(ingested: tuple[Workspace, IngestReport], recordings: Path) -> None:
    labels = read_labels(recordings / "labels.csv.gz")
    matches = match_labels(CASE, labels, ingested[0].evidence, Run())
    missing = [f"{m.label.file} {m.label.record_id}: {m.problem}" for m in matches if m.chain_id is None]
    assert missing[:20] == []


def test_a_second_ingest_adds_nothing(ingested: tuple[Workspace, IngestReport], recordings: Path) -> None:
    assert ingested[1].kept > 27_000
    assert run(ingested[0], recordings).kept == 0


def test_links_without_guids_agree_with_the_guids(ingested: tuple[Workspace, IngestReport]) -> None:
    """Hosts are linked one by one, so no link can cross from one to another."""
    right = wrong = 0
    for host in ingested[0].cases.hosts(CASE):
        events = ingested[0].ingest.load_host(host.id)
        nobody: list[str | None] = [None] * len(events.row)
        agree = agreement(events, link(events), link(replace(events, guid=nobody, parent_guid=nobody)))
        right, wrong = right + int(agree.sum()), wrong + int((~agree).sum())
    assert right + wrong > 4_000
    assert right >= 0.99 * (right + wrong), (right, wrong)


def agreement(events: HostEvents, truth: Lineage, blind: Lineage) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each guid link to a recorded process: does the blind link name the same process, by either's twins?"""
    n = len(events.row)
    child = np.flatnonzero((truth.method[:n] == LinkMethod.GUID) & (truth.parent[:n] >= 0) & (truth.parent[:n] < n))
    wanted, found = truth.parent[child], blind.parent[represented(blind, child)]
    known = (found >= 0) & (found < n)
    same = known & (found == wanted)
    for lineage in (truth, blind):
        same[known] |= represented(lineage, found[known]) == represented(lineage, wanted[known])
    return np.asarray(same, np.bool_)


def represented(lineage: Lineage, node: Ints) -> Ints:
    onward = lineage.merged_into[node]
    result: Ints = np.where(onward >= 0, onward, node)
    return result
