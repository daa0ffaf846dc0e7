"""Event logs of Windows 2000, XP and Server 2003 (.evt): told, not read.

Their events hold values without names and refer to message files of the machine; 592, the process creation of those years, has no
command line. Layout: [MS-EVEN], ELF_LOGFILE_HEADER: size 0x30, "LfLe", version 1.1. A reader that refuses instead of a case in
detection: what is wrong with the file is said where all else of the kind is said, and it stays listed until it is converted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from engine.domain.records import ReaderItem
from engine.errors import InputError
from engine.readers.contract import Format, ReadOptions

FORMATS = (
    Format(
        slug="evt",
        title="Legacy event logs (.evt: Windows 2000, XP, Server 2003)",
        export="convert them: wevtutil epl OLD.evt NEW.evtx /lf:true on Windows Vista or newer, or plaso",
        read="nothing: the file is named as what it is, with how to convert it",
        left_out="everything",
        source="learn.microsoft.com/openspecs/windows_protocols/ms-even",
    ),
)

_HEADER = struct.Struct("<I4sII")
_MAGIC = b"LfLe"
_SIZE = 0x30


class LegacyReader:
    """Refuses a legacy event log with the way to convert it."""

    name = "evt"

    def sniff(self, head: bytes, path: str) -> float:
        """Certain by the header."""
        if len(head) < _HEADER.size:
            return 0.0
        size, magic, major, minor = _HEADER.unpack_from(head)
        return 1.0 if (size, magic, major, minor) == (_SIZE, _MAGIC, 1, 1) else 0.0

    def read(self, stream: BinaryIO, hint: ReadOptions) -> Iterator[ReaderItem]:
        """Raises InputError once it is read from."""
        # As any reader breaks off: from within the iteration, where the run goes on with the next file.
        if stream.read(1):
            raise InputError(
                "This is a legacy event log (.evt, Windows XP or Server 2003), which is not read.",
                file=hint.path,
                remedy="Convert it: `wevtutil epl OLD.evt NEW.evtx /lf:true` on a newer Windows, or plaso.",
            )
        yield from ()


READER = LegacyReader()
