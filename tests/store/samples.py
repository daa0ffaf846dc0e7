"""Records, a stand-in for linking, and scores, for the tests of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.arrays import NO_TIME, Floats, Floats32, Ints
from engine.domain.chains import ChainCorpus, ChainSet
from engine.domain.lineage import HostEvents, Lineage, LinkMethod
from engine.domain.processes import ProcessTable
from engine.domain.records import MAX_STEPS, ProcessEvent, Reject
from engine.domain.scores import Expectation, Reasons, ScoreSet, SignalColumn
from engine.findings.incidents import incidents
from engine.jobs.ports.ingest import Batch, LinkedHost
from store.workspace import Workspace

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x1b[0m\x9b5m",
    "a\0b\0",
    "bad \udcff\udc80 bytes, \ud800 alone, \ud83d\ude00 as two",
    "\u202eexe.gpj\u2066",
    "quotes \"' and\nnew\r\nlines\t,;",
    "[bold]markup[/bold]",
    "%_!LIKE",
    "😀 e\u0301",
    "",
)


def event(number: int, parent: int | None = None, *, host: str = "WEB01", image: str = "", **more: Any) -> ProcessEvent:
    """Process `number`, child of `parent`; pids are the numbers."""
    values: dict[str, Any] = {
        "kind": "sysmon1",
        "os": "windows",
        "host": host,
        "image": image or f"C:\\Apps\\app{number % 5}.exe",
        "time_us": 1_700_000_000_000_000 + number,
        "pid": number,
        "ppid": parent,
        "guid": f"guid-{host}-{number}",
        "parent_guid": None if parent is None else f"guid-{host}-{parent}",
        "command_line": f"app --number {number}",
        "user": "CORP\\ann",
        "record_id": str(number),
        "position": number,
    }
    return ProcessEvent(**(values | more))


def link(events: HostEvents) -> tuple[Lineage, ChainSet]:
    """By GUID only; every parent that is missing becomes a placeholder with the recorded image."""
    size = len(events.row)
    node = {guid: place for place, guid in enumerate(events.guid)}
    parent: list[int] = []
    missing: list[tuple[int, str]] = []
    for place in range(size):
        wanted = events.parent_guid[place]
        if wanted is not None and wanted not in node:
            node[wanted] = size + len(missing)
            missing.append((int(events.parent_image[place]), wanted))
        parent.append(-1 if wanted is None else node[wanted])
    total = size + len(missing)
    parents = np.array(parent + [-1] * len(missing), dtype=np.int64)
    images = [*events.image.tolist(), *(image for image, _ in missing)]
    lineage = Lineage(
        merged_into=np.full(size, -1, np.int64),
        parent=parents,
        method=np.where(parents >= 0, LinkMethod.GUID, LinkMethod.NONE).astype(np.int8),
        confidence=np.full(total, 0.975, np.float32),
        exec_of=np.full(total, -1, np.int64),
        placeholder_image=np.array([image for image, _ in missing], dtype=np.int32),
        placeholder_pid=np.full(len(missing), -1, np.int64),
        placeholder_guid=[guid for _, guid in missing],
        placeholder_time_us=np.full(len(missing), NO_TIME, np.int64),
    )
    return lineage, chains_of(events, parents.tolist(), images)


def chains_of(events: HostEvents, parents: list[int], images: list[int]) -> ChainSet:
    place: dict[tuple[int, ...], int] = {}
    of_node = []
    for start in range(len(images)):
        line: list[int] = []
        at = start
        while at >= 0 and len(line) < MAX_STEPS:
            if images[at] >= 0:
                line.append(images[at])
            at = parents[at]
        steps = tuple(reversed(line))
        of_node.append(place.setdefault(steps, len(place)) if steps else -1)
    table = np.full((len(place), MAX_STEPS), -1, np.int32)
    for row, steps in enumerate(place):
        table[row, : len(steps)] = steps
    keys = [
        hashlib.blake2b("\x1f".join(events.paths[step] for step in steps).encode("utf-8", "surrogatepass"), digest_size=16)
        for steps in place
    ]
    lengths = np.array([len(steps) for steps in place], dtype=np.int32)
    return ChainSet(table, lengths, [key.hexdigest() for key in keys], np.array(of_node, dtype=np.int64))


def fill(
    workspace: Workspace,
    events: Sequence[ProcessEvent],
    *,
    case: str = "case",
    path: str = "logs/one.json",
    sha256: str = "a" * 64,
    rejects: Sequence[Reject] = (),
    batch: int = 1000,
) -> None:
    """Ingest and link."""
    store = workspace.ingest
    ticket = store.begin_source(case, path, sha256, 1, "ndjson")
    if not ticket.complete:
        rest = events[ticket.resume_from :]
        for start in range(0, max(len(rest), 1), batch):
            part = rest[start : start + batch]
            store.append(ticket, Batch(part, rejects if start == 0 else (), len(part) + (len(rejects) if start == 0 else 0)))
        store.finish_source(ticket)
    relink(workspace, case)


def relink(workspace: Workspace, case: str = "case") -> None:
    store = workspace.ingest
    store.settle_hosts(case)
    for host in store.unlinked_hosts(case):
        columns = store.load_host(host)
        store.write_lineage([LinkedHost(host, columns, *link(columns))])
    store.finish_lineage(case)


def publish(workspace: Workspace, text: str = "{}", *, texts: str | None = None) -> str:
    """`texts`: what a detector writes down of its rules, for what asks for them."""
    stage: Path = workspace.vault.stage()
    (stage / "parameters.json").write_text(text)
    if texts is not None:
        (stage / "texts.json").write_text(texts)
    return workspace.vault.publish(stage, {"kind": "detector", "seed": 1})


def process_scores(table: ProcessTable, chain_score: Floats) -> Floats32:
    """[n] each process's own: its chain's where its command line is the chain's first, a little less for every other one."""
    own = np.append(chain_score, np.nan)[table.chain]
    later = np.maximum(table.command - _first_commands(table)[table.chain], 0)
    return (own - 0.001 * np.minimum(later, 100)).astype(np.float32)


def _first_commands(table: ProcessTable) -> Ints:
    """[c + 1] the lowest number of a command line of each chain; the last for processes without a chain."""
    first = np.full(int(table.chain.max(initial=-1)) + 2, len(table.commands), dtype=np.int64)
    np.minimum.at(first, table.chain, table.command)
    return first


def chain_scores(corpus: ChainCorpus) -> Floats:
    """[c] the longer and rarer a chain, the higher."""
    return np.asarray(corpus.lengths + 1.0 / corpus.counts + np.arange(len(corpus)) * 1e-6)


def scores_of(workspace: Workspace, case: str = "case", flagged: int = 2, *, grouped: bool = False) -> ScoreSet:
    """Scores of a case. `grouped`: into findings, as the product does; the threshold is then where `flagged` chains end."""
    corpus = workspace.chains.load_corpus([case])
    size = len(corpus)
    values = chain_scores(corpus)
    order = np.argsort(-values)
    finding = np.zeros(size, np.int64)
    finding[order[:flagged]] = np.arange(1, min(flagged, size) + 1)
    errors = np.where(corpus.steps >= 0, 0.25, np.nan).astype(np.float32)
    signal = SignalColumn("length", corpus.lengths.astype(float), np.full(size, 0.5))
    expected = {
        int(order[0]): Expectation(0, ("c:\\a.exe", "\udcff"), "expected \udcff", Reasons({"length": "=long \udcff"}, (0.5,)))
    }
    scores = ScoreSet(
        corpus.ids,
        values,
        errors,
        np.zeros(size, np.int32),
        (signal,),
        expected,
        3.0,
        finding,
        {"auc": np.float64(0.5)},
    )
    if not grouped:
        return scores
    table = workspace.chains.load_processes([case], corpus)
    own = process_scores(table, values)
    findings = incidents(corpus, table, own, values)
    threshold = float(values[order[:flagged]].min()) if flagged else np.inf
    finding = np.where(finding > 0, findings.of_chain, 0)
    return replace(scores, threshold=threshold, finding=finding, findings=findings, processes=table, process_score=own)


def score(workspace: Workspace, case: str = "case", flagged: int = 2, model: str | None = None, *, grouped: bool = False) -> str:
    """Score a case, see `scores_of`; the id of the model."""
    scores = scores_of(workspace, case, flagged, grouped=grouped)
    model = model or publish(workspace, texts="{}")
    workspace.chains.write_scores(case, model, scores)
    return model
