"""The shipped starter as files: `manifest.json` for people and provenance, `arrays.npz` without pickle for the numbers.

    manifest.json   format, date, parameters, sources (licence, origin, digests, figures), what was left out and why
    arrays.npz      paths, words, and per block: chains, counts, command lines; per prior: its trees and weights

Made by one command (CONTRIBUTING.md, "Build the starter") and never by hand. The manifest holds the hash of the arrays; the
pair is checked for shape and range when it is read, as anybody may have replaced it.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.arrays import Ints
from engine.domain.chains import ChainCorpus
from engine.domain.distinct import distinct
from engine.domain.processes import CommandWords
from engine.domain.records import MAX_STEPS
from engine.errors import ModelCorrupt
from engine.saved import foreign
from engine.saved.foreign import MOST, arrays_of, counts, json_of, reading, regular, texts, whole
from engine.signals.threat_prior import ThreatPrior
from engine.starter.days import MOST as MOST_DAYS
from engine.starter.days import DayCounts
from engine.starter.pack import Block, StarterPack, bare_corpus, bare_table
from engine.words.command_line import BINS

FORMAT = 2
READABLE = frozenset({1, FORMAT})
"""Format 1 lacks host-days: each block is read as one."""
FOLDER = Path(__file__).parent / "data"
MANIFEST, ARRAYS = "manifest.json", "arrays.npz"
DAYS = ("day", "chain", "count")
"""Columns of a block's host-days."""
LARGEST = 64 << 20
"""Bytes that the arrays may have when unpacked."""
REMEDY = "Install oddkin again, or train with --no-starter."


@cache
def shipped() -> StarterPack:
    """The package's own starter. Raises ModelCorrupt when it is missing or damaged."""
    return load(FOLDER)


def save(pack: StarterPack, folder: Path) -> None:
    """Write both files. The same pack makes the same bytes."""
    paths = sorted({path for block in pack.blocks for path in block.corpus.paths})
    words = distinct(np.concatenate([block.table.commands.words for block in pack.blocks] or [np.zeros(0, np.int32)]))
    arrays: dict[str, Any] = {
        "paths": np.frombuffer(json.dumps(paths).encode("ascii"), dtype=np.uint8),
        "words": words.astype(np.int32),
    }
    place = {path: index for index, path in enumerate(paths)}
    blocks = []
    for number, block in enumerate(pack.blocks):
        corpus, of_path = block.corpus, np.array([place[path] for path in block.corpus.paths], dtype=np.int64)
        columns = {
            "steps": of_path[corpus.steps[corpus.steps >= 0]],
            "lengths": corpus.lengths,
            "counts": corpus.counts,
            "hosts": corpus.hosts,
            "chain": block.table.chain,
            "sizes": np.diff(block.table.commands.start),
            "words": np.searchsorted(words, block.table.commands.words),
            **({} if block.days is None else {f"day_{name}": getattr(block.days, name) for name in DAYS}),
        }
        arrays |= {f"block{number}_{name}": _small(np.asarray(column, dtype=np.int64)) for name, column in columns.items()}
        blocks.append(
            {"source": block.source, "windows": block.windows, "chains": len(corpus), "processes": int(corpus.counts.sum()),
             "command_lines": len(block.table), "host_total": corpus.host_total, "host_days": corpus.host_days}
        )  # fmt: skip
    for number, prior in enumerate(pack.priors.values()):
        arrays |= {f"prior{number}_{name}": column for name, column in prior.to_arrays().items()}
    np.savez_compressed(folder / ARRAYS, **arrays)
    written = sha256((folder / ARRAYS).read_bytes()).hexdigest()
    manifest = pack.manifest | {"format": FORMAT, "blocks": blocks, "priors": list(pack.priors), "sha256": written}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="ascii")


def load(folder: Path) -> StarterPack:
    """Read what `save` wrote. Raises ModelCorrupt."""
    with reading("The starter", folder / MANIFEST, REMEDY):
        manifest = json_of(folder / MANIFEST, LARGEST)
        if manifest["format"] not in READABLE:
            raise ModelCorrupt(f"it has format {manifest['format']}; this version reads {min(READABLE)} to {FORMAT}.")
    with reading("The starter", folder / ARRAYS, REMEDY):
        if sha256(regular(folder / ARRAYS, LARGEST).read_bytes()).hexdigest() != manifest["sha256"]:
            raise ModelCorrupt(f"its hash is not the one in {MANIFEST}.")
        arrays = arrays_of(folder / ARRAYS, limit=LARGEST, packed=True)
        paths = texts(json.loads(arrays["paths"].tobytes()), "paths")
        blocks = tuple(_block(entry, f"block{number}_", arrays, paths) for number, entry in enumerate(manifest["blocks"]))
        priors = {str(name): _prior(f"prior{number}_", arrays) for number, name in enumerate(manifest["priors"])}
        if not {block.source for block in blocks} <= set(manifest["sources"]):
            raise ModelCorrupt("it has chains of a source that its manifest does not name.")
        return StarterPack(manifest, blocks, priors)


def _block(entry: Any, prefix: str, arrays: dict[str, Any], paths: tuple[str, ...]) -> Block:
    column = {name: _whole(arrays[prefix + name]) for name in ("steps", "lengths", "counts", "hosts", "chain", "sizes", "words")}
    lengths, chain, sizes = column["lengths"], column["chain"], column["sizes"]
    fits = (
        len(lengths) == len(column["counts"]) == len(column["hosts"]) == entry["chains"]
        and len(chain) == len(sizes) == entry["command_lines"]
        and lengths.min(initial=1) >= 1 and lengths.max(initial=1) <= MAX_STEPS
        and lengths.sum() == len(column["steps"]) and column["steps"].max(initial=-1) < len(paths)
        and chain.max(initial=-1) < len(lengths) and sizes.sum() == len(column["words"])
        and arrays["words"].dtype == np.int32 and 0 <= arrays["words"].min(initial=0) <= arrays["words"].max(initial=0) < BINS
        and min(array.min(initial=0) for array in column.values()) >= 0
    )  # fmt: skip
    if not fits:
        raise ModelCorrupt("a block does not fit together.")
    counts(column, "counts", "hosts")
    used, flat = np.unique(column["steps"], return_inverse=True)
    steps = np.full((len(lengths), MAX_STEPS), -1, dtype=np.int32)
    steps[np.arange(MAX_STEPS) < lengths[:, None]] = flat
    corpus = bare_corpus(
        tuple(paths[path] for path in used.tolist()), steps, lengths.astype(np.int32), column["counts"],
        column["hosts"].astype(np.int32), whole(entry["host_total"], "number of hosts", 0, MOST),
        foreign.number(entry["host_days"], "host-days", 0, MOST),
    )  # fmt: skip
    words = CommandWords(np.r_[0, np.cumsum(sizes)].astype(np.int64), arrays["words"][column["words"]])
    table = bare_table(corpus, chain.astype(np.int32), words)
    return Block(str(entry["source"]), bool(entry["windows"]), corpus, table, _days(prefix, arrays, corpus))


def _days(prefix: str, arrays: dict[str, Any], corpus: ChainCorpus) -> DayCounts | None:
    if f"{prefix}day_day" not in arrays:
        return None
    column = {name: _whole(arrays[f"{prefix}day_{name}"]) for name in DAYS}
    day, chain, count = column["day"], column["chain"], column["count"]
    fits = len(day) == len(chain) == len(count) and (
        not len(day)
        or (day[0] == 0 and day[-1] < MOST_DAYS and set(np.diff(day).tolist()) <= {0, 1}
            and chain.max() < len(corpus) and (np.diff(day * len(corpus) + chain) > 0).all() and count.min() >= 1)
    )  # fmt: skip
    if not fits:
        raise ModelCorrupt("the host-days of a block do not fit its chains.")
    counts(column, "count")
    return DayCounts(day, chain, count)


def _prior(prefix: str, arrays: dict[str, Any]) -> ThreatPrior:
    found = ThreatPrior.from_arrays({name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)})
    if found is None:
        raise ModelCorrupt("a supervised prior is missing.")
    return found


def _small(column: Ints) -> Any:
    """The narrowest unsigned type that holds all."""
    kind = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if column.max(initial=0) <= np.iinfo(kind).max)
    return column.astype(kind)


def _whole(column: Any) -> Ints:
    if column.ndim != 1 or column.dtype.kind != "u":
        raise ModelCorrupt("a column is no list of whole numbers.")
    found: Ints = column.astype(np.int64)
    return found
