"""Reading a file of verdicts that `oddkin labels export` (or a person) wrote."""

from __future__ import annotations

import csv
from pathlib import Path

from engine.errors import InputError
from engine.small_files import bounded_lines, checked

NEEDED = ("chain_id", "verdict")
LARGEST_TABLE = 512 << 20
"""Bytes of a table of verdicts: ten million of them. It is held in memory."""


def read_rows(file: Path, importer: str) -> list[dict[str, str]]:
    """The rows, cells unescaped. Raises InputError for a file that is no CSV, or none of verdicts.

    Who gave a verdict elsewhere ends up in its note, once: not where that is the importer, and not again on every hop from
    workspace to workspace.
    """
    from engine.handover.csv_cells import unescape_cell

    try:
        with checked(file, LARGEST_TABLE).open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(bounded_lines(stream, file, LARGEST_TABLE))
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{file} holds no verdicts: its first line names no column {' and no '.join(missing)}.",
                    file=str(file),
                    remedy="A CSV with chain_id and verdict is needed, as `oddkin labels export` writes it.",
                )
            rows = [{str(name): unescape_cell(cell) for name, cell in row.items() if isinstance(cell, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"Cannot read {file}: {error}", file=str(file), remedy="A CSV with chain_id and verdict is needed."
        ) from error
    for row in rows:
        by = row.get("labelled_by", "")
        if by == importer or f"[{by}]" in row.get("note", ""):
            row.pop("labelled_by", None)
    return rows
