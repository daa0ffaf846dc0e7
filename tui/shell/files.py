"""Writing a result where the user wants it: a file that appears whole or not at all, or stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from engine.errors import UsageError
from tui.shell.session import Session

STDOUT = Path("-")


@contextmanager
def text_output(path: Path, session: Session) -> Iterator[TextIO]:
    """A text stream for `path`: stdout for "-". Raises StoreError when it cannot be written or is evidence."""
    if path == STDOUT:
        yield session.out.stdout
        return
    from store.evidence.spared import spared
    from store.export.write import opened

    with opened(path, spared(session.workspace)) as stream:
        yield stream


def no_mark_without_csv(bom: bool, form: str) -> None:
    """Raises UsageError for `--bom` with a format that has none."""
    if bom and form != "csv":
        raise UsageError(f"--bom is for CSV; --format {form} has no byte order mark.")
