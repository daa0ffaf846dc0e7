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
    "store.base.blocks.FETCH",
    "store.base.blocks.FETCH_BESIDE",
    "store.evidence.chain_rows.FETCH",
    "store.evidence.circles.FETCH",
    "engine.handover.tables.BLOCK",
    "store.export.processes.PAGE",
    "store.export.listing.PAGE",
    "store.processes.processes.PAGE",
    "store.export.rows.PAGE",
    "store.processes.forest.PER_QUERY",
    "store.evidence.host_events.FETCH",
    "store.base.interning.PER_QUERY",
    "store.evidence.lineage_rows.CHUNK",
    "store.chains.process_columns.FETCH",
    "store.queue.line_facts.SELECTS",
    "store.queue.pages.PAGE",
    "store.queue.sort.FETCH",
    "store.queue.positions.FIRST_PIECE",
    "store.queue.positions.LARGEST_PIECE",
    "engine.domain.event_table.TRANSPOSED",
    "store.scores.fleet.fleet.TOLD",
    "store.base.postgres.driver.BLOCK",
    "store.scores.rows.CHUNK",
    "store.scores.finding_rows.BLOCK",
    "store.scores.incident_rows.CHUNK",
    "store.scores.variant_rows.CHUNK",
    "store.exceptions.coverage.BLOCK",
)
"""Pages of what the store reads and writes."""
SCREEN = (
    "tui.screens.tree.forest.state.PAGE",
    "tui.screens.triage.state.MARK_PAGE",
    "tui.render.tree_builder.PAGE",
    "tui.widgets.ledger_table.PAGE",
    "tui.actions.handover.report.chosen.PAGE",
    "tui.actions.exceptions.listing.PAGE",
)
"""Pages of what is shown."""
ENGINE = (
    "engine.verdicts.features.BLOCK",
    "engine.classifier.training.SCORED",
    "engine.autoencoder.inputs.BATCH",
    "engine.signals.threat_features.BLOCK",
    "engine.jobs.ingest.chunks.BATCH_ITEMS",
    "engine.jobs.ingest.chunks.SLICE",
    "engine.knowledge.command_rules.CHUNK",
    "engine.lineage.chainset._BLOCK",
    "engine.lineage.chainset._KEYED",
    "engine.rules.apply.BATCH",
    "engine.rules.learning.report.BATCH",
    "engine.domain.blocks.BLOCK",
    "engine.findings.alike.BLOCK",
    "engine.classifier.sequences.WORDS_AT_ONCE",
    "engine.detector.expectation.CHUNK",
    "engine.detector.reading.ROWS",
    "engine.words.embedding.BATCH",
    "engine.jobs.sequences.BATCH",
    "engine.jobs.import_marks.BATCH",
)
"""Pieces of what is computed."""
NO_PAGES = {
    "engine.autoencoder.scoring": "chains of one product of matrices: the last bits of a score depend on it",
    "engine.classifier.published.network": "sequences of one product of matrices",
    "engine.detector.presets.BATCH": "the paper's, of a network's training",
    "engine.jobs.sequences.LOOKED_AT": "how much is looked at to find the direction",
    "engine.handover.pictures": "characters of a line",
    "engine.readers": "bytes of a buffer, not rows; tests/engine/readers has its own borders",
    "engine.rules.learning.graph": "cells of one product of matrices",
    "engine.jobs.ingest.run.HASH_CHUNK": "bytes",
    "engine.jobs.ingest.link_answers.DIGITS": "characters of a key",
    "engine.domain.chain_keys.DIGITS": "characters of a key",
    "engine.jobs.import_marks.BLOCK": "bytes",
    "engine.small_files.CHUNK": "bytes",
    "engine.jobs.preview.ITEMS": "how much a look takes",
    "engine.simulator": "made-up times, and logs that tests compare byte for byte",
    "store.base.glance.MOST": "how many a shell is offered",
    "store.scores.kept.PART": "bytes",
    "store.models.package": "bytes",
    "store.verdicts.acts.OF_BATCH": "a query",
    "tui.commands.train.MOST_BATCH": "the largest that may be asked for",
    "tui.screens.train.training_form.MOST_BATCH": "the same",
    "tui.shell.bounds.MOST_BATCH": "the same",
    "tui.screens.patterns.rule_words.WRAP": "characters of a line",
    "tui.widgets.path_picker": "how much of a folder is shown; the rest is said",
}
"""Modules (or names) with what looks like a page and is none, and why."""
DEFAULTS = (("store.verdicts.verdicts", "Labels", "history", "limit"),)
"""Methods whose callers leave the size of a page to them: module, class, method, argument."""
LOOKS = ("store.queue.finding_positions.STRIDE", "store.queue.positions.STRIDE")
"""Rows looked through at a time for the next undecided one. Not with the rest: who asks gets an answer after so many looks."""
CACHES = (
    ("store.evidence.hosts.HostTable.LIMIT", 2),
    ("store.base.interning.CACHE_ENTRIES", 2),
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
