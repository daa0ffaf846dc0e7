"""Reading a file of verdicts that `oddkin labels export` (or a person) wrote: CSV, or JSON lines with the same names."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError
from engine.small_files import bounded_lines, checked, why

if TYPE_CHECKING:
    from store.verdicts.colleagues import SaidEvent

NEEDED = ("chain_id", "verdict")
LARGEST_TABLE = 512 << 20
"""Bytes of a table of verdicts: ten million of them. It is held in memory."""
REMEDY = "A CSV or JSON lines in UTF-8 with chain_id and verdict are needed, as `oddkin labels export` writes them."


def read_rows(file: Path, importer: str) -> list[dict[str, str]]:
    """The rows, cells unescaped. Raises InputError for a file that is neither CSV nor JSON lines, or none of verdicts.

    Who gave a verdict elsewhere ends up in its note, once: not where that is the importer, and not again on every hop from
    workspace to workspace.
    """
    rows = all_rows(file)
    for row in rows:
        by = row.get("labelled_by", "")
        if by == importer or f"[{by}]" in row.get("note", ""):
            row.pop("labelled_by", None)
    return rows


def all_rows(file: Path) -> list[dict[str, str]]:
    """The rows as they are, cells unescaped. Raises InputError as `read_rows` does."""
    try:
        with checked(file, LARGEST_TABLE).open(newline="", encoding="utf-8-sig") as stream:
            lines = bounded_lines(stream, file, LARGEST_TABLE)
            first = next(iter(lines), "")
            whole = _again(first, lines)
            return _objects(whole, file) if first.lstrip().startswith("{") else _table(whole, file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Cannot read {file}: {why(error, file)}.", file=str(file), remedy=REMEDY) from error


def said_in(file: Path) -> tuple[list[SaidEvent], list[tuple[int, str]]]:
    """The verdicts of a file as what somebody said, to be merged; and (row, why) of each that cannot be. Raises InputError.

    To be merged a verdict has to say when it was given: what is newer holds.
    """
    from store.verdicts.colleagues import SaidEvent, problem_of

    found, bad = [], []
    for place, row in enumerate(all_rows(file), start=1):
        time = row.get("labelled_at_us", "").strip()
        if not time.isdecimal() or not 0 < int(time) < 2**62:
            bad.append((place, "labelled_at_us does not say when the verdict was given"))
            continue
        key, verdict = row.get("chain_id", "").strip().lower(), row.get("verdict", "").strip()
        event = SaidEvent(key, row.get("scope", "").strip(), verdict, row.get("note", ""), row.get("labelled_by", ""), int(time))
        if problem := problem_of(event):
            bad.append((place, problem))
        else:
            found.append(event)
    return found, bad


def _again(first: str, rest: Iterable[str]) -> Iterable[str]:
    yield first
    yield from rest


def _table(lines: Iterable[str], file: Path) -> list[dict[str, str]]:
    from engine.handover.csv_cells import unescape_cell

    reader = csv.DictReader(lines)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        names = " and no ".join(missing)
        raise InputError(f"{file} holds no verdicts: its first line names no column {names}.", file=str(file), remedy=REMEDY)
    return [{str(name): unescape_cell(cell) for name, cell in row.items() if isinstance(cell, str)} for row in reader]


def _objects(lines: Iterable[str], file: Path) -> list[dict[str, str]]:
    """Numbers are taken as they are written; what is neither text nor a whole number is no cell."""
    rows = []
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{file}: line {place} is no JSON ({error}).", file=str(file), position=place, remedy=REMEDY
            ) from error
        if not isinstance(found, dict):
            raise InputError(f"{file}: line {place} is no JSON object.", file=str(file), position=place, remedy=REMEDY)
        cells = {
            str(name): value for name, value in found.items() if isinstance(value, str | int) and not isinstance(value, bool)
        }
        rows.append({name: str(value) for name, value in cells.items()})
    if rows and not set(NEEDED) <= set(rows[0]):
        missing = " and no ".join(name for name in NEEDED if name not in rows[0])
        raise InputError(f"{file} holds no verdicts: its first line names no {missing}.", file=str(file), remedy=REMEDY)
    return rows
