"""Everything that is read or written a piece at a time, so that tests can make the pieces small.

A page of 500 has no border in a test with 70 rows: what loses the last row of each page, or shows it twice, would pass.
`tests/test_pages.py` sees to it that nothing that pages is missing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from unittest.mock import patch

SMALL = 2

STORE = (
    "store.circles.FETCH",
    "store.comparison.FETCH",
    "store.corpus.FETCH",
    "store.export_processes.PAGE",
    "store.export_rows.PAGE",
    "store.finding_rows.FETCH",
    "store.finding_source.FETCH",
    "store.forest_pages.PER_QUERY",
    "store.host_events.FETCH",
    "store.interning.PER_QUERY",
    "store.kept_days.FETCH",
    "store.lineage_rows.CHUNK",
    "store.process_table.FETCH",
    "store.queue.PAGE",
    "store.queue_sort.FETCH",
    "store.queue_source.FIRST_PIECE",
    "store.queue_source.LARGEST_PIECE",
    "store.record_rows.TRANSPOSED",
    "store.score_rows.CHUNK",
    "store.teaching.FETCH",
    "store.thresholds.FETCH",
    "store.witness.FETCH",
    "store.doctor_contents.STRIDE",
)
"""Pages of what the store reads and writes."""
SCREEN = (
    "tui.forest.state.PAGE",
    "tui.tree_builder.PAGE",
    "tui.widgets.ledger_table.PAGE",
)
"""Pages of what is shown."""
ENGINE = (
    "engine.classifier.features.BLOCK",
    "engine.classifier.training.SCORED",
    "engine.detector.inputs.BATCH",
    "engine.detector.reasons.BATCH",
    "engine.detector.threat_features.BLOCK",
    "engine.jobs.ingest.BATCH_ITEMS",
    "engine.jobs.ingest.SLICE",
    "engine.knowledge.command_rules.CHUNK",
    "engine.lineage.chainset._BLOCK",
    "engine.lineage.chainset._KEYED",
    "engine.rules.apply.BATCH",
    "engine.rules.report.BATCH",
)
"""Pieces of what is computed."""
NO_PAGES = {
    "engine.detector.scoring": "chains of one product of matrices: the last bits of a score depend on it",
    "engine.readers": "bytes of a buffer, not rows; tests/engine/readers has its own borders",
    "engine.rules.graph": "cells of one product of matrices",
    "engine.jobs.ingest.HASH_CHUNK": "bytes",
    "engine.jobs.preview.ITEMS": "how much a look takes",
    "engine.simulator": "made-up times, and logs that tests compare byte for byte",
    "store.kept.PART": "bytes",
    "store.model_package": "bytes",
    "tui.render.rule_words.WRAP": "characters of a line",
    "tui.screens.triage_verdicts.500": "keys of a marked list, asked about by its own tests",
    "tui.widgets.folder_tree": "how much of a folder is shown; the rest is said",
}
"""Modules (or names) with what looks like a page and is none, and why."""
DEFAULTS = (("store.labels", "Labels", "history", "limit"),)
"""Methods whose callers leave the size of a page to them: module, class, method, argument."""
LOOKS = ("store.finding_source.STRIDE", "store.queue_source.STRIDE")
"""Rows looked through at a time for the next undecided one. Not with the rest: who asks gets an answer after so many looks."""
CACHES = (
    ("store.hosts.HostTable.LIMIT", 2),
    ("store.interning.CACHE_ENTRIES", 2),
    ("tui.widgets.ledger_table.PAGES", 3),
)
"""What is remembered between pages, and so few that things are forgotten."""


@contextmanager
def small(*names: str, size: int = SMALL) -> Iterator[None]:
    """Pages of `size` rows for as long as the block runs."""
    patches = [patch(name, size) for name in names]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in reversed(patches):
            one.stop()


@contextmanager
def small_defaults(size: int = SMALL) -> Iterator[None]:
    """The same for DEFAULTS."""
    methods = [getattr(getattr(import_module(module), owner), method) for module, owner, method, _ in DEFAULTS]
    before = [method.__defaults__ for method in methods]
    for method, (*_, argument) in zip(methods, DEFAULTS, strict=True):
        names = method.__code__.co_varnames[: method.__code__.co_argcount][-len(method.__defaults__) :]
        method.__defaults__ = tuple(
            size if name == argument else value for name, value in zip(names, method.__defaults__, strict=True)
        )
    try:
        yield
    finally:
        for method, defaults in zip(methods, before, strict=True):
            method.__defaults__ = defaults
