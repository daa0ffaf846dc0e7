"""Pseudonyms of a case's names, and the key that tells which is which: a CSV of its own, read again by the next report."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from engine.errors import UsageError
from engine.handover.csv_cells import escape_cell, unescape_cell
from engine.handover.pseudonyms import Pseudonyms, known
from engine.small_files import bounded_lines, checked
from store.workspace import Workspace

COLUMNS = ("kind", "name", "pseudonym")
LARGEST_KEY = 64 << 20
"""Bytes of a key: a million names. It is held in memory."""


def names(workspace: Workspace, case: str, key: Path) -> Pseudonyms:
    """Of all hosts and accounts of a case, in their order; those that a key file which is there has keep what it says.

    Raises UsageError for a file that is no key, NotFound for a case that is none.
    """
    from store.export.names import account_names, host_names

    made = known(_rows(key)) if key.exists() and key.stat().st_size else Pseudonyms()
    for host in host_names(workspace, case):
        made.host(host)
    for account in account_names(workspace, case):
        made.account(account)
    return made


def write_key(made: Pseudonyms, stream: TextIO) -> int:
    """The key; the number of names."""
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    rows = made.rows()
    writer.writerows([escape_cell(cell) for cell in row] for row in rows)
    return len(rows)


def _rows(key: Path) -> Iterator[tuple[str, str, str]]:
    """Of a key that is there. Raises UsageError for another file: it would be lost."""
    wrong = UsageError(f"{key} is there and is no key of pseudonyms.", remedy="Name a new file, or the key of an earlier report.")
    try:
        with checked(key, LARGEST_KEY).open(newline="", encoding="utf-8") as stream:
            lines = list(csv.reader(bounded_lines(stream, key, LARGEST_KEY)))
        if tuple(lines[0]) != COLUMNS:
            raise wrong
        rows = [(kind, unescape_cell(name), made) for kind, name, made in lines[1:]]
        known(rows)
    except (ValueError, csv.Error):  # a line of another width, another encoding
        raise wrong from None
    yield from rows
