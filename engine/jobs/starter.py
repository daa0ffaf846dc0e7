"""Build the shipped starter from labelled recordings and a simulated fleet.

The everyday part takes processes labelled as background only; the supervised prior takes attacks too. A source whose licence
does not allow to pass on what was derived from it under ours is left out of both, and named with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.detector import DetectorParams
from engine.errors import InputError
from engine.jobs.evaluate import match_labels
from engine.jobs.ports.evaluate import EvidenceIndex
from engine.jobs.ports.score import ProcessStore
from engine.measure.known_labels import ATTACK, BACKGROUND, Label, is_source
from engine.measure.ladder import Bench, fit_threat
from engine.measure.settings import LabelledProcesses
from engine.progress import Run, Step
from engine.signals.threat_prior import ThreatPrior
from engine.starter.pack import ALL, SHORT, Block, StarterPack

PERMISSIVE = frozenset({"MIT", "Apache-2.0", "Apache-2.0 OR MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "project licence"})
"""Licences under which statistics may be passed on with ours. Copyleft is not among them: whether a table of counts is a
derived work is for courts, and nobody should have to ask."""
PROVEN = 2
"""The prior speaks about an operating system when so many sources taught it attacks there: with one, nothing tells whether
it learnt attacks or that source, and leaving it out leaves nothing to measure."""
TAUGHT = 10
"""Attack processes that make a source count as one that taught."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source comes from."""

    repository: str
    commit: str
    licence: str
    copyright: tuple[str, ...]
    files: Mapping[str, str]
    """Name -> SHA-256 of the files as they were handed in (containers, before unpacking)."""


@dataclass(frozen=True, slots=True)
class Material:
    """One ingested case with its labels."""

    case: str
    labels: Sequence[Label]
    origins: Mapping[str, Origin]
    """By the `source` column of the labels."""
    teaches_attacks: bool
    """Whether the supervised prior learns from it. The simulator's intrusions were written by the detector's authors."""


def build(
    materials: Sequence[Material],
    chains: ProcessStore,
    evidence: EvidenceIndex,
    about: Mapping[str, Any],
    seed: int,
    run: Run,
) -> StarterPack:
    """The starter of all materials; `about` goes into the manifest as it is (date, parameters). Repeats with the same seed."""
    blocks: list[Block] = []
    priors: dict[str, ThreatPrior] = {}
    sources: dict[str, Any] = {}
    left_out: dict[str, Any] = {}
    for material in materials:
        bench = _bench(material, chains, evidence, run)
        digests = _digests(material, evidence)
        for name in sorted(set(bench.known.source.tolist())):
            origin = material.origins.get(name)
            if origin is None:
                raise InputError(f"Nothing tells where the source {name!r} comes from.", remedy="Name its files in manifest.csv.")
            if origin.licence not in PERMISSIVE:
                left_out[name] = _told(origin) | {"reason": "the licence does not allow to pass on what was derived under ours"}
                continue
            blocks += _blocks(bench, name)
            sources[name] = _told(origin) | _figures(bench.known, name) | {"digests": digests[name]}
        if material.teaches_attacks:
            priors |= priors_of(bench, sorted(sources), seed, run)
    told = dict(about) | {"seed": seed, "sources": sources, "left_out": left_out}
    told["attack_processes_in_the_everyday_part"] = 0
    return StarterPack(told, tuple(blocks), priors)


def _bench(material: Material, chains: ProcessStore, evidence: EvidenceIndex, run: Run) -> Bench:

    corpus = chains.load_corpus([material.case])
    table = chains.load_processes([material.case], corpus)
    matches = match_labels(material.case, material.labels, evidence, run)
    return Bench(corpus, table, LabelledProcesses.of(matches, corpus, table), DetectorParams())


def _blocks(bench: Bench, source: str) -> list[Block]:
    known = bench.known
    found = []
    for windows in (True, False):
        positions = np.flatnonzero((known.source == source) & (known.label == 0) & (known.windows == windows))
        if len(positions):
            found.append(Block.of(source, windows, *bench.part(positions)))
    return found


def priors_of(bench: Bench, sources: Sequence[str], seed: int, run: Run) -> dict[str, ThreatPrior]:
    """Fitted on all of these sources, and on all but each; other sources teach them nothing."""
    known = bench.known
    allowed = np.isin(known.source, list(sources)) & (known.label >= 0)
    out: dict[str, ThreatPrior] = {}
    for done, name in enumerate([ALL, *sources]):
        run.raise_if_cancelled()
        run.report(Step("prior", done, len(sources) + 1, "fits", name, last=done == len(sources)))
        positions = np.flatnonzero(allowed & (known.source != name))
        prior = fit_threat(bench, positions, seed)
        if prior is not None:
            out[name] = replace(prior, systems=_proven(known, positions))
    return out


def _proven(known: LabelledProcesses, positions: Any) -> tuple[bool, bool]:
    """Whether attacks of enough sources are known on POSIX systems, on Windows."""
    attacks = positions[known.label[positions] == 1]

    def proven(windows: bool) -> bool:
        per_source = np.unique(known.source[attacks[known.windows[attacks] == windows]], return_counts=True)[1]
        return int((per_source >= TAUGHT).sum()) >= PROVEN

    return proven(False), proven(True)


def _digests(material: Material, evidence: EvidenceIndex) -> dict[str, list[str]]:
    """Source -> shortened SHA-256 of the ingested files that its labels name."""
    files: dict[str, set[str]] = {}
    for label in material.labels:
        files.setdefault(label.file, set()).add(label.source)
    ingested = evidence.source_digests([material.case])
    found: dict[str, set[str]] = {name: set() for names in files.values() for name in names}
    for file, names in files.items():
        for path, digest in ingested:
            if is_source(path, file):
                for name in names:
                    found[name].add(digest[:SHORT])
    return {name: sorted(digests) for name, digests in found.items()}


def _told(origin: Origin) -> dict[str, Any]:
    return {
        "repository": origin.repository,
        "commit": origin.commit,
        "licence": origin.licence,
        "copyright": list(origin.copyright),
        "files": dict(sorted(origin.files.items())),
    }


def _figures(known: LabelledProcesses, name: str) -> dict[str, int]:
    label = known.label[known.source == name]
    return {f"{BACKGROUND}_processes": int((label == 0).sum()), f"{ATTACK}_processes": int((label == 1).sum())}
