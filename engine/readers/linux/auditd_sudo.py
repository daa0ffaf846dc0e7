"""Commands that ran through sudo, as auditd's USER_CMD records tell them.

They are told in a note and are no processes: sudo asks for the record before it starts the command, where execve is audited the
command has a record of its own, and where it is not there is no pid to hang anything on. One event for each was rejected: with
execve rules, which most who look at processes have, each command would be there twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.domain.records import Note
from engine.readers.linux.auditd_records import AuditLine, as_text, decoded

_TYPES = frozenset((b"USER_CMD", b"1123"))
_COMMAND = re.compile(rb"(?:^|[ '])cmd=(\"[^\"]*\"|.*?)(?= exe=| terminal=| res=|'|$)", re.DOTALL)
_TOLD = 20
_LONGEST = 120


class SudoCommands:
    """Those of one stream."""

    def __init__(self) -> None:
        self._count = 0
        self._told: dict[str, None] = {}
        self._more = False

    def see(self, record: AuditLine) -> None:
        """Take any record."""
        if record.type not in _TYPES:
            return
        self._count += 1
        found = _COMMAND.search(record.body[:65536])
        if found is not None:
            command = found.group(1) if record.interpreted else decoded(found.group(1))
            shown = as_text(command)[:_LONGEST]
            if len(self._told) < _TOLD:
                self._told.setdefault(shown)
            self._more = self._more or shown not in self._told

    def notes(self) -> Iterator[Note]:
        """One, when there was any."""
        if self._count:
            commands = ", ".join(map(repr, self._told))
            text = (
                f"USER_CMD records of sudo, which are no process creations and become none: {self._count:,}. "
                f"The commands: {commands}{' …' if self._more else ''}."
            )
            yield Note(code="sudo", text=text, count=self._count)
