"""Writing what leaves the workspace: told of in the audit, with a sidecar, and the head of the audit is said to be noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tui.shell.files import STDOUT, text_output
from tui.shell.session import Session
from tui.words.custody.audited import head_words

if TYPE_CHECKING:
    from store.custody.handover import Handover


@contextmanager
def handed_over(path: Path, session: Session, handover: Handover) -> Iterator[TextIO]:
    """A text stream for `path`, stdout for "-", as `text_output` gives one. Whoever writes counts the rows."""
    from store.custody.handover import handing_over, handing_over_text
    from store.evidence.spared import spared

    if path == STDOUT:
        with handing_over_text(session.workspace, session.out.stdout, handover) as stream:
            yield stream
    else:
        with handing_over(session.workspace, path, handover, spared(session.workspace)) as stream:
            yield stream
    session.out.say(head_words(handover.head))


@contextmanager
def shown_or_handed_over(path: Path, session: Session, handover: Handover) -> Iterator[TextIO]:
    """The same of a listing, which is only looked at where it goes to stdout."""
    with text_output(path, session) if path == STDOUT else handed_over(path, session, handover) as stream:
        yield stream
