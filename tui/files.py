"""Writing a result where the user wants it: a file that appears whole or not at all, or stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.errors import InputError, UsageError

if TYPE_CHECKING:
    from tui.session import Session

STDOUT = Path("-")


@contextmanager
def text_output(path: Path, session: Session) -> Iterator[TextIO]:
    """A text stream for `path`: stdout for "-". Raises StoreError when it cannot be written or is evidence."""
    if path == STDOUT:
        yield session.out.stdout
        return
    from store.export import opened

    with opened(path, protected(session)) as stream:
        yield stream


def protected(session: Session) -> list[Path]:
    """What no result may replace: the sources of every case (evidence), and the workspace's own files."""
    from engine.readers.source import SEPARATOR
    from store.database import DATABASE, MODELS

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


def readable(path: Path) -> Path:
    """A file to import. Raises InputError for what is none: a pipe that nobody writes to would be waited for for ever."""
    if path.is_file():
        return path
    what = "is no regular file" if path.exists() else "is not there"
    raise InputError(f"{path} {what}.", file=str(path), remedy="Name a file.")


def no_mark_without_csv(bom: bool, form: str) -> None:
    """Raises UsageError for `--bom` with a format that has none."""
    if bom and form != "csv":
        raise UsageError(f"--bom is for CSV; --format {form} has no byte order mark.")
