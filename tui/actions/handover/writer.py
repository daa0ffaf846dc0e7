"""The one way in which exports and reports are written: everything goes through here, and what was written is told.

Whoever keeps books of what left a case (a file beside the export, an audit) has all that it needs in `Written`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO, cast

from engine.handover.material import About


@dataclass(frozen=True, slots=True)
class Written:
    """One result that was handed over. The same case, verdicts and version give the same."""

    form: str
    """Name of the format: csv, stix, report-html."""
    about: About
    count: int
    unit: tuple[str, str]
    """What was counted, one and many."""
    size: int
    """Bytes, in UTF-8."""
    sha256: str
    """Of these bytes."""
    said: tuple[str, ...] = ()
    """What the format could not tell or has left out, a sentence each. May name what came from a log."""


class Measured(io.TextIOBase):
    """A text stream that passes on what is written, and knows its length and its hash."""

    def __init__(self, inner: TextIO) -> None:
        super().__init__()
        self._inner = inner
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Raises what the stream behind it does."""
        content = text.encode("utf-8")
        self._digest.update(content)
        self.size += len(content)
        return self._inner.write(text)

    @property
    def sha256(self) -> str:
        """Of all that was written, in hex."""
        return self._digest.hexdigest()


def write_out(
    form: str, about: About, unit: tuple[str, str], stream: TextIO, make: Callable[[TextIO], int], said: list[str]
) -> Written:
    """Run `make`, which writes and returns how many of `unit` it wrote. said: filled while it runs."""
    measured = Measured(stream)
    count = make(cast("TextIO", measured))
    return Written(form, about, count, unit, measured.size, measured.sha256, tuple(said))
