"""The fleet job: files in, the findings of an estate out, with what was left out.

    read     on workers; records are brought together by host while files are still being read
    link     on workers, part by part
    score    here: the columns of all processes as one table, by the very detector of one machine
    pick     on workers: records of the processes that findings cover
    keep     here, in one transaction: a run that is stopped or killed before its end leaves nothing

Rejected: to score on workers too. Ranks of a chain are among all chains, what a process takes over from its ancestors goes into
the mean of its chain, and findings are numbered by all; each is possible by parts, and none to the last bit: sums of
floating-point numbers depend on their order, and with them which of two equal findings is first. docs/fleet.md has what it costs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from engine.detector import Detector
from engine.domain.arrays import Ints
from engine.domain.scores import ScoreSet
from engine.errors import InputError
from engine.fleet.kept import KeptFindings, VariantCounts, first_findings, wanted_nodes
from engine.fleet.part import LinkedPart
from engine.fleet.picked import PickedHost
from engine.fleet.whole import Estate, whole
from engine.jobs.fleet.engines import SPREAD, Engine
from engine.jobs.fleet.files import FleetFile, files_of, shown, together
from engine.jobs.fleet.read import FleetSource, ReadFiles, ReadTask, Unread
from engine.jobs.ingest.report import IngestReport, SourceReport
from engine.jobs.ingest.request import IngestRequest
from engine.progress import Run, Step

FIRST = 500
"""Findings that are kept where fewer are above the threshold."""
MOST_PROCESSES = 2_000_000
"""Processes that are kept at most, of whole findings: what a workspace opens in seconds."""


@dataclass(frozen=True, slots=True)
class FleetRequest:
    """What somebody wants found, and where."""

    named: Sequence[str]
    """Files, folders, addresses."""
    request: IngestRequest
    """As for an ingest, without paths and workers; the case has to be new."""
    first: int = FIRST
    most_processes: int = MOST_PROCESSES


@dataclass(frozen=True, slots=True)
class FleetCase:
    """All that is kept of an estate."""

    case: str
    named: Sequence[str]
    sources: Sequence[FleetSource]
    """Of different contents, in the order in which they were named."""
    unread: Sequence[Unread]
    estate: Estate
    picked: Sequence[PickedHost]
    scores: ScoreSet
    """Of all chains, with the first findings only."""
    variants: VariantCounts
    chosen: KeptFindings


class FleetStore(Protocol):
    """Where the findings of an estate are kept."""

    def refuse_known(self, case: str) -> None:
        """Raise UsageError where the case is there already, or could not be made."""

    def keep(self, fleet: FleetCase, model_id: str, run: Run) -> None:
        """Write all of it in one transaction, or nothing; the case uses the model from then on. Raises Cancelled."""


@dataclass(slots=True)
class FleetReport:
    """What a run found, and what it left out."""

    ingest: IngestReport
    hosts: int = 0
    processes: int = 0
    chains: int = 0
    chosen: KeptFindings | None = None
    """None where nothing was ranked: no process was found."""
    kept: int = 0
    """Records and placeholders in the workspace."""
    tasks: int = 0
    bytes_read: int = 0
    bytes_packed: int = 0
    """Of records, as they travelled from readers to where their host was linked."""
    scores: ScoreSet | None = field(default=None, repr=False)


def fleet(
    asked: FleetRequest, workers: Callable[[int], Engine], store: FleetStore, detector: Detector, model_id: str, run: Run
) -> FleetReport:
    """Read everything that is named, rank it as one case, keep the findings. workers: begins an engine for so many bytes.

    A damaged file or record is reported and costs only itself. Raises Cancelled, and whatever the engine fails with: the store is
    untouched then.
    """
    store.refuse_known(asked.request.case)
    report = FleetReport(IngestReport(asked.request.case))
    found = list(files_of(asked.named, asked.request.own or (lambda _path: False)))
    refused = [one for one in found if isinstance(one, InputError)]
    files = [one for one in found if isinstance(one, FleetFile)]
    run.report(Step("begin", 0, None, detail="workers"))
    with closing(workers(sum(file.size for file in files))) as engine:
        run.report(Step("begin", 1, 1, last=True))
        return _on(engine, asked, files, refused, report, store, detector, model_id, run)


def _on(
    engine: Engine, asked: FleetRequest, files: Sequence[FleetFile], refused: Sequence[InputError], report: FleetReport,
    store: FleetStore, detector: Detector, model_id: str, run: Run,
) -> FleetReport:  # fmt: skip
    told = _read(asked, files, engine, report, run)
    unread = [one for task in told for one in task.unread]
    for error in refused:
        report.ingest.sources.append(_failed(error))
        unread.append(Unread(error.file, error.message.removeprefix(f"{error.file}: "), None))
    sources = _different([source for task in told for source in task.sources], report.ingest)
    ranks = {one.number: rank for rank, one in enumerate(sorted(sources, key=lambda one: one.sha256))}
    parts = _link(engine, ranks, run)
    estate = whole(list(parts.values()), {one.number: one.sha256 for one in sources if one.kept})
    _count(report, estate, parts.values(), sources)
    if not len(estate.corpus):
        return report
    scores = detector.score(estate.corpus, run, processes=estate.table)
    run.raise_if_cancelled()
    chosen = report.chosen = KeptFindings.of(scores, asked.first, asked.most_processes)
    picked = _pick(engine, ranks, estate, parts, chosen, run)
    report.kept = sum(len(host.nodes) for host in picked)
    report.scores = scores
    few = first_findings(scores, chosen.findings)
    variants = VariantCounts.of(estate.corpus, estate.table)
    named = list(map(shown, asked.named))
    store.keep(
        FleetCase(asked.request.case, named, sources, unread, estate, picked, few, variants, chosen), model_id, run
    )  # fmt: skip
    return report


def _read(asked: FleetRequest, files: Sequence[FleetFile], engine: Engine, report: FleetReport, run: Run) -> list[ReadFiles]:
    request = replace(asked.request, paths=(), own=None, workers=1)
    tasks = [ReadTask(number, some, request, engine.parts * SPREAD) for number, some in enumerate(together(files))]
    total, done, records = sum(file.size for file in files), 0, 0
    found = []
    run.report(Step("read", 0, total, "B", f"{len(tasks):,} tasks"))
    for told in engine.read(tasks, run.raise_if_cancelled):
        found.append(told)
        done += told.bytes_read
        records += sum(source.read for source in told.report.sources)
        run.report(Step("read", done, total, "B", metrics={"records": records}))
    run.report(Step("read", total, total, "B", metrics={"records": records}, last=True))
    found.sort(key=lambda told: told.number)
    for told in found:
        for name in ("sources", "skipped", "empty", "others", "remarks"):
            getattr(report.ingest, name).extend(getattr(told.report, name))
        report.ingest.large_skipped += told.report.large_skipped
    report.tasks, report.bytes_read = len(tasks), total
    report.bytes_packed = sum(told.bytes_packed for told in found)
    report.ingest.mapping_unused = bool(request.mapping) and not any("+map" in one.format for one in report.ingest.sources)
    return found


def _failed(error: InputError) -> SourceReport:
    source = SourceReport(error.file)
    source.fail(error)
    return source


def _different(sources: Sequence[FleetSource], report: IngestReport) -> list[FleetSource]:
    """The sources of different contents: of equal ones the first that was named, as on one machine. In the report the others are
    known ones, of which nothing was kept.
    """
    first: dict[str, FleetSource] = {}
    told: dict[str, list[SourceReport]] = {}
    for one in report.sources:
        if one.format and not one.known:
            told.setdefault(one.path, []).append(one)
    for source in sources:
        known = first.setdefault(source.sha256, source)
        own = told.get(source.path, [])
        said = own.pop(0) if own else SourceReport(source.path)
        if known is not source:
            known.copies += [source.path, *source.copies]
            at = next((place for place, one in enumerate(report.sources) if one is said), None)
            if at is not None:
                report.sources[at] = SourceReport(source.path, source.format, known=True)
    return list(first.values())


def _link(engine: Engine, ranks: Mapping[int, int], run: Run) -> dict[int, LinkedPart]:
    parts: dict[int, LinkedPart] = {}
    hosts = processes = 0
    for number, part in engine.link(ranks, run.raise_if_cancelled):
        parts[number] = part
        hosts += len(part.hosts)
        processes += sum(host.processes for host in part.hosts)
        run.report(Step("link", len(parts), engine.parts, "parts", metrics={"hosts": hosts, "processes": processes}))
    run.report(Step("link", engine.parts, engine.parts, "parts", last=True))
    return parts


def _count(report: FleetReport, estate: Estate, parts: Iterable[LinkedPart], sources: Sequence[FleetSource]) -> None:
    merged: Counter[int] = Counter()
    for part in parts:
        merged.update(part.merged)
    for source in sources:
        source.merged = merged[source.number]
    report.hosts = report.ingest.hosts_linked = sum(host.records > 0 for host in estate.hosts)
    report.processes, report.chains = len(estate.table), len(estate.corpus)


def _pick(
    engine: Engine, ranks: Mapping[int, int], estate: Estate, parts: Mapping[int, LinkedPart], chosen: KeptFindings, run: Run
) -> list[PickedHost]:
    """The hosts on which kept findings are, in the order of the table."""
    part_of = {host.key: number for number, part in parts.items() for host in part.hosts}
    row = np.repeat(np.arange(len(estate.hosts), dtype=np.int32), np.diff(estate.first))
    wanted: dict[int, dict[str, Ints]] = {}
    for host, nodes in wanted_nodes(chosen.processes, row, estate.node).items():
        key = estate.hosts[host].key
        wanted.setdefault(part_of[key], {})[key] = nodes
    total = sum(map(len, wanted.values()))
    found: dict[str, PickedHost] = {}
    for hosts in engine.pick(ranks, wanted, run.raise_if_cancelled):
        found.update((host.key, host) for host in hosts)
        run.report(Step("pick", len(found), total, "hosts"))
    run.report(Step("pick", total, total, "hosts", last=True))
    return [found[host.key] for host in estate.hosts if host.key in found]
