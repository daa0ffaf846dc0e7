"""The ranked queue, of findings or of chains, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from engine.domain.marks import told
from engine.handover.csv_cells import escape_cell
from engine.verdicts.queue import Effect
from store.base import ids
from store.base.views import QueueRow
from store.export.rows import MOVED_WORDS
from store.export.whereabouts import variant as variant_id
from tui.render.tables import Folded
from tui.words.learnt_words import DOWN, GLYPHS, OUT, UP, percent
from tui.words.triage.finding_row import CHOSEN, RowLook, row_cells
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

if TYPE_CHECKING:
    from tui.words.triage.finding_line import FindingLine

WHY_COLUMNS = ("why", "technique", "mark_level", "marks")
"""Behind all others of findings: the words of their lines."""
MOVED = {
    effect: {UP: f"{UP} raised", DOWN: f"{DOWN} lowered", OUT: f"{OUT} put aside"}[glyph] for effect, glyph in GLYPHS.items()
}
"""In place of a verdict, where there is none."""
NARROW = 110
"""Columns below which a table leaves out what is not needed to choose a row."""
CHAIN_WIDTH = 30
"""Columns that the chain has at least."""


def table(rows: Sequence[QueueRow], width: int) -> Table:
    """Chains for eyes, on `width` columns. The worst step stands in brackets."""
    narrow = width < NARROW
    taught = any(row.learnt is not None for row in rows)
    chances = any(row.learnt is not None and row.learnt.probability is not None for row in rows)
    titles: tuple[str, ...] = ("rank", "score", "seen")
    if not narrow:
        titles = ("rank", "score", "finding", "seen", "hosts", "first seen")
    if chances:
        titles = (*titles[:2], "mal.", *titles[2:])
    if taught:
        titles = ("place", *titles)
    out = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1), collapse_padding=True)
    for title in titles:
        out.add_column(title, justify="left" if title == "first seen" else "right", no_wrap=True)
    out.add_column("chain", overflow="fold", ratio=1, min_width=CHAIN_WIDTH)
    out.add_column("verdict", no_wrap=True)
    out.add_column("id", no_wrap=True)
    for row in rows:
        cells = _cells(row, narrow)
        out.add_row(*(cells[str(column.header)] for column in out.columns))
    return out


def finding_rows(rows: Sequence[QueueRow], lines: Sequence[FindingLine], width: int) -> Iterator[Text]:
    """Findings for eyes, on `width` columns, a line each as in Triage: number, score, then what happened; behind it the verdict
    and the number of the process whose command stands there.
    """
    chances = any(line.chance is not None for line in lines)
    columns = (*CHOSEN, "chance") if chances else CHOSEN
    said = [_verdict(row, narrow=True) for row in rows]
    verdicts = max((len(text) for text in said), default=0)
    names = [ids.called(line.process) if line.process else "" for line in lines]
    behind = (verdicts + 2 if verdicts else 0) + max((len(name) for name in names), default=0) + 2
    scored = width >= NARROW
    for row, line, verdict, name in zip(rows, lines, said, names, strict=True):
        assert row.whole is not None
        before = f"F{row.whole.number}".ljust(6) + (score_words(row.whole.score).rjust(6) + " " if scored else "")
        cells = row_cells(line, width - len(before) - behind, RowLook(when, columns), muted=bool(line.verdicts))
        out = Text(before, no_wrap=True, overflow="ellipsis")
        for text, role in cells:
            out.append(text, STYLES.get(role, ""))
        out.append((f"  {verdict.ljust(verdicts)}" if verdicts else "") + f"  {name}")
        out.rstrip()
        yield out


STYLES = {"strong": "bold", "warning": "yellow", "dim": "dim"}
"""Role of a span -> style of Rich."""


def _verdict(row: QueueRow, *, narrow: bool) -> str:
    """Of a finding in words, else what verdicts on others did to it."""
    whole = row.whole
    if whole is not None and whole.mixed:
        return "partly" if whole.partly else "mixed"
    moved = MOVED.get(row.learnt.effect, "") if row.learnt is not None and row.verdict is None else ""
    return verdict_mark(row.verdict, short=narrow) or moved


def _cells(row: QueueRow, narrow: bool) -> dict[str, RenderableType]:
    chain = Folded(Text(short_chain(row.steps, row.worst_step), style="bold" if row.finding else ""))
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
    return cells


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


def as_json(rows: Sequence[QueueRow], published: Sequence[float | None] = (), lines: Sequence[FindingLine] = ()) -> str:
    """A JSON array; control characters are escaped by JSON itself. published: of each row, none for findings; lines: of each
    finding.
    """
    out = [plain(row) for row in rows]
    for one, line in zip(out, lines, strict=False):
        one.update(_why(line))
    for one, chance in zip(out, published, strict=False):
        one[PUBLISHED] = chance
    return json.dumps(out, indent=1)


def _why(line: FindingLine) -> dict[str, Any]:
    level = line.marks[0].level if line.marks else ""
    said = (line.why, line.technique or None, level or None, [told(mark) for mark in line.marks])
    return dict(zip(WHY_COLUMNS, said, strict=True))


def as_csv(
    rows: Sequence[QueueRow], published: Sequence[float | None] = (), lines: Sequence[FindingLine] = (), *, findings: bool = False
) -> str:
    """CSV with the cells of `engine.handover.tables`: nothing that a spreadsheet would run. published: of each row of chains,
    lines: of each finding.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = (*FINDING_COLUMNS, *CSV_COLUMNS, *LAST_COLUMNS, *WHY_COLUMNS) if findings else (*CSV_COLUMNS, PUBLISHED)
    writer.writerow(columns)
    for row, chance, line in zip_longest(rows, published, lines):
        errors = " ".join(f"{error:.6g}" for error in row.step_errors)
        cells = plain(row) | {"chain": " -> ".join(row.steps), "step_errors": errors, PUBLISHED: chance}
        if line is not None:
            why = _why(line)
            cells |= why | {"marks": " | ".join(why["marks"])}
        writer.writerow(escape_cell(cell) if isinstance(cell := cells[name], str) else cell for name in columns)
    return text.getvalue()
