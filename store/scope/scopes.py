"""Scopes of a verdict, as text in the database and as a value in code.

From the narrowest, which counts most: "process:<source>:<position>:<mark>" one process (store/narrow/record_names.py);
"variant:<16 hex digits>" the chain's processes whose command lines have one shape, now and in later ingests; "host:<name>" the
chain on one host; "" the chain on all hosts; "prefix:<k>" every chain that begins with the chain's first k steps, now and in
later ingests ("whatever this parent starts"), a longer prefix more than a shorter one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import UsageError
from store.narrow.record_names import PROCESS, RecordName, parsed
from store.narrow.resolved import VARIANT

WHOLE = ""
_SHAPE = re.compile(r"[0-9a-f]{16}\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a verdict on a chain extends to. At most one of them is set."""

    host: str | None = None
    prefix: int | None = None
    """Number of first steps."""
    variant: int | None = None
    """Number of the shape of command lines (engine.words.command_shape), 0 for processes without one."""
    process: RecordName | None = None

    @property
    def text(self) -> str:
        """The scope as `label_event` and `label_current` store it."""
        if self.process is not None:
            return self.process.text
        if self.variant is not None:
            return f"{VARIANT}{self.variant:016x}"
        if self.host is not None:
            return "host:" + self.host.casefold()
        return WHOLE if self.prefix is None else f"prefix:{self.prefix}"


CHAIN = Scope()


def parse(text: str) -> Scope:
    """Inverse of `Scope.text`. Raises UsageError."""
    kind, _, value = text.partition(":")
    if not text:
        return CHAIN
    if kind == "host" and value:
        return Scope(host=value)
    if kind == "prefix" and value.isascii() and value.isdigit() and 0 < int(value) < 100:
        return Scope(prefix=int(value))
    if text.startswith(VARIANT) and _SHAPE.match(value) and int(value, 16) < 2**63:
        return Scope(variant=int(value, 16))
    if text.startswith(PROCESS) and (name := parsed(text)) is not None:
        return Scope(process=name)
    raise UsageError(
        f"{text!r} is no scope.", remedy='Write "host:NAME", "prefix:NUMBER", "variant:SHAPE", "process:RECORD" or nothing.'
    )
