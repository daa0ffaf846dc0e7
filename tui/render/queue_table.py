"""The ranked queue, of findings or of chains, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from engine.untrusted import visible
from engine.verdicts.queue import Effect
from store.base import ids
from store.base.views import FindingView, QueueRow
from store.export.csv_cells import escape_cell
from store.export.rows import MOVED_WORDS
from store.export.whereabouts import variant as variant_id
from tui.words.learnt_words import DOWN, GLYPHS, OUT, UP, percent
from tui.words.words import SHORT_KEY, score_words, short_chain, verdict_mark, when

LEARNT_COLUMNS = ("learnt_rank", "malicious_probability", "moved_by_labels", "moved_by")
"""What labels made of the chain; empty while nobody has taught anything."""
CSV_COLUMNS = (
    "rank", "chain_id", "finding", "score", "verdict", "chain_count", "host_count", "first_seen", "worst_step", "chain",
    "step_errors", *LEARNT_COLUMNS,
)  # fmt: skip
FINDING_COLUMNS = ("finding_rank", "finding_id", "finding_score", "members", "finding_processes", "finding_hosts")
"""What a finding's row has besides those of its oddest process's chain."""
PUBLISHED = "published_probability"
"""The last column of a list of chains: the shipped sequence model's probability of abnormal, which moves nothing."""
LAST_COLUMNS = ("incidents", "odd", "variant", "lead", "command_line")
"""And behind all others: how many incidents and odd processes; the oddest one, its command line and the shape of that."""

MOVED = {
    effect: {UP: f"{UP} raised", DOWN: f"{DOWN} lowered", OUT: f"{OUT} put aside"}[glyph] for effect, glyph in GLYPHS.items()
}
"""In place of a verdict, where there is none."""
LONGEST = 400
"""Characters of a command line that a row shows, on however wide a screen."""
NARROW = 110
"""Columns below which a table leaves out what is not needed to choose a row."""
CHAIN_WIDTH = 30
"""Columns that the chain has at least."""


def table(rows: Sequence[QueueRow], width: int, *, findings: bool = False) -> Table:
    """For eyes, on `width` columns. The worst step stands in brackets."""
    narrow = width < NARROW
    taught = any(row.learnt is not None for row in rows)
    chances = any(row.learnt is not None and row.learnt.probability is not None for row in rows)
    titles = ("finding", "score", "incidents", "processes", "hosts") if findings else ("rank", "score", "seen")
    if not narrow:
        titles = (*titles, "first seen") if findings else ("rank", "score", "finding", "seen", "hosts", "first seen")
    if chances:
        titles = (*titles[:2], "mal.", *titles[2:])
    if taught and not findings:
        titles = ("place", *titles)
    out = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), collapse_padding=True)
    for title in titles:
        out.add_column(title, justify="left" if title == "first seen" else "right", no_wrap=True)
    out.add_column("strangest chain, oddest process" if findings else "chain", overflow="fold", ratio=1, min_width=CHAIN_WIDTH)
    out.add_column("verdict", no_wrap=True)
    out.add_column("id", no_wrap=True)
    for row in rows:
        cells = _cells(row, narrow)
        out.add_row(*(cells[str(column.header)] for column in out.columns))
    return out


def _cells(row: QueueRow, narrow: bool) -> dict[str, RenderableType]:
    chain = Text(short_chain(row.steps, row.worst_step), style="bold" if row.finding else "")
    cells: dict[str, RenderableType] = {
        "rank": str(row.rank),
        "score": score_words(row.score),
        "finding": str(row.finding) if row.finding else "",
        "seen": f"{row.count:,}",
        "hosts": f"{row.host_count:,}",
        "first seen": when(row.first_us),
        "chain": chain,
        "verdict": verdict_mark(row.verdict, short=narrow) or (f"{row.decided:,} of {row.count:,}" if row.decided else ""),
        "id": row.key[:SHORT_KEY],
    }
    if row.learnt is not None:
        cells |= {"place": f"{row.learnt.place:,}", "mal.": percent(row.learnt.probability)}
        if row.verdict is None and not row.decided:
            cells["verdict"] = MOVED.get(row.learnt.effect, "")
    whole = row.whole
    if whole is not None:
        cells |= {
            "finding": f"F{whole.number}",
            "score": score_words(whole.score),
            "incidents": f"{whole.incidents:,}",
            "processes": f"{whole.processes:,}",
            "hosts": f"{whole.hosts:,}",
            "first seen": when(whole.first_us),
            "strangest chain, oddest process": chain if whole.variant is None else Group(chain, _variant(whole)),
        }
        if whole.mixed:
            cells["verdict"] = "partly" if whole.partly else "mixed"
    return cells


def _variant(whole: FindingView) -> Text:
    """The oddest process and its command line on one line of the column, cut where that ends."""
    text = f"{ids.called(whole.lead)} $ {visible(whole.variant or '', LONGEST)}"
    return Text(text, style="dim", no_wrap=True, overflow="ellipsis")


def plain(row: QueueRow) -> dict[str, Any]:
    """One row with the names of the export's columns; a finding's is its best chain's with its own figures beside."""
    chain = {
        "rank": row.rank,
        "chain_id": row.key,
        "finding": row.finding or None,
        "score": row.score,
        "verdict": row.verdict,
        "chain_count": row.count,
        "host_count": row.host_count,
        "first_seen": when(row.first_us, fraction=True),
        "worst_step": row.worst_step + 1,
        "chain": list(row.steps),
        "step_errors": [round(error, 6) for error in row.step_errors],
        **learnt(row),
    }
    whole = row.whole
    if whole is None:
        return chain
    figures = (whole.number, whole.key, whole.score, whole.chains, whole.processes, whole.hosts)
    last = (whole.incidents, whole.odd, variant_id(whole.variant) or None, ids.called(whole.lead) or None, whole.variant)
    return chain | dict(zip(FINDING_COLUMNS, figures, strict=True)) | dict(zip(LAST_COLUMNS, last, strict=True))


def learnt(row: QueueRow) -> dict[str, Any]:
    """LEARNT_COLUMNS of a row."""
    place = row.learnt
    if place is None:
        return dict.fromkeys(LEARNT_COLUMNS)
    chance = None if place.probability is None else round(place.probability, 4)
    by = f"rank {place.cause}" if place.cause else place.origin or None
    return dict(zip(LEARNT_COLUMNS, (place.place, chance, MOVED_WORDS[Effect(place.effect)] or None, by), strict=True))


def as_json(rows: Sequence[QueueRow], published: Sequence[float | None] = ()) -> str:
    """A JSON array; control characters are escaped by JSON itself. published: of each row, none for findings."""
    told = [plain(row) for row in rows]
    for one, chance in zip(told, published, strict=False):
        one[PUBLISHED] = chance
    return json.dumps(told, indent=1)


def as_csv(rows: Sequence[QueueRow], published: Sequence[float | None] = (), *, findings: bool = False) -> str:
    """CSV with the cells of `store.export.write`: nothing that a spreadsheet would run. published: of each row of chains."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = (*FINDING_COLUMNS, *CSV_COLUMNS, *LAST_COLUMNS) if findings else (*CSV_COLUMNS, PUBLISHED)
    writer.writerow(columns)
    for row, chance in zip_longest(rows, published):
        errors = " ".join(f"{error:.6g}" for error in row.step_errors)
        cells = plain(row) | {"chain": " -> ".join(row.steps), "step_errors": errors, PUBLISHED: chance}
        writer.writerow(escape_cell(cell) if isinstance(cell := cells[name], str) else cell for name in columns)
    return text.getvalue()
