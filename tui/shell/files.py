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
    from store.export.write import opened

    with opened(path, protected(session)) as stream:
        yield stream


def protected(session: Session) -> list[Path]:
    """What no result may replace: the sources of every case (evidence), and the workspace's own files."""
    from engine.readers.containers.member import SEPARATOR
    from store.base.database import DATABASE, MODELS

    workspace = session.workspace
    home = session.workspace_path
    found = {home / (DATABASE + suffix) for suffix in ("", "-wal", "-shm")}
    found.update((home / MODELS).glob("*/*"))
    for case in workspace.cases.list():
        for _, source in workspace.evidence.source_paths(case.name):
            parts = source.split(SEPARATOR)
            # A member of an archive is "archive!member", and the name of a file may hold a "!" itself.
            found.update(Path(SEPARATOR.join(parts[:count])) for count in range(1, len(parts) + 1))
    return sorted(found)


def no_mark_without_csv(bom: bool, form: str) -> None:
    """Raises UsageError for `--bom` with a format that has none."""
    if bom and form != "csv":
        raise UsageError(f"--bom is for CSV; --format {form} has no byte order mark.")
