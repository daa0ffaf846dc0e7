"""Writing a result where the user wants it: a file that appears whole or not at all, or stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from store.export import opened

if TYPE_CHECKING:
    from tui.console import Output

STDOUT = Path("-")


@contextmanager
def text_output(path: Path, out: Output) -> Iterator[TextIO]:
    """A text stream for `path`: stdout for "-". Raises StoreError when the folder cannot be written to."""
    if path == STDOUT:
        yield out.stdout
        return
    with opened(path) as stream:
        yield stream
