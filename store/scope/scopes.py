"""Scopes of a verdict, as text in the database and as a value in code.

"" is the chain on all hosts; "host:<name>" the chain on one host; "prefix:<k>" every chain that begins with the chain's
first k steps, now and in later ingests ("whatever this parent starts"). A verdict on the chain itself counts more than one
on a prefix, a longer prefix more than a shorter one, and on its host a host's verdict more than either.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UsageError

WHOLE = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a verdict on a chain extends to. At most one of the two is set."""

    host: str | None = None
    prefix: int | None = None
    """Number of first steps."""

    @property
    def text(self) -> str:
        """The scope as `label_event` and `label_current` store it."""
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
    raise UsageError(f"{text!r} is no scope.", remedy='Write "host:NAME", "prefix:NUMBER" or nothing.')
