"""Writing a result where the user wants it: a file that appears whole or not at all, or stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.errors import UsageError
from tui.shell.session import Session

if TYPE_CHECKING:
    from store.custody.handover import Handover

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


@contextmanager
def handed_over(path: Path, session: Session, handover: Handover) -> Iterator[TextIO]:
    """The same for what leaves the workspace: the audit tells of it, a file gets a sidecar, and the head is told to be noted."""
    from store.custody.handover import handing_over, handing_over_text
    from tui.words.custody.audited import head_words

    if path == STDOUT:
        with handing_over_text(session.workspace, session.out.stdout, handover) as stream:
            yield stream
    else:
        from store.evidence.spared import spared

        with handing_over(session.workspace, path, handover, spared(session.workspace)) as stream:
            yield stream
    session.out.say(head_words(handover.head))


def no_mark_without_csv(bom: bool, form: str) -> None:
    """Raises UsageError for `--bom` with a format that has none."""
    if bom and form != "csv":
        raise UsageError(f"--bom is for CSV; --format {form} has no byte order mark.")
