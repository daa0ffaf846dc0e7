"""Legacy event logs are named as what they are."""

from __future__ import annotations

import io
import struct

import pytest

from engine.errors import InputError
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.windows.legacy_evt import READER

HEADER = struct.pack("<I4sIIIIIIIIII", 0x30, b"LfLe", 1, 1, 0x30, 0x30, 2, 1, 0x10000, 0, 0, 0x30)


def test_it_is_told_how_to_convert_it() -> None:
    data = HEADER + bytes(65_536)
    found = choose(data, "SecEvent.Evt")
    assert found is not None
    assert found.reader is READER
    with pytest.raises(InputError, match="legacy event log") as caught:
        list(READER.read(io.BytesIO(data), ReadOptions(path="SecEvent.Evt")))
    assert "wevtutil epl" in (caught.value.remedy or "")


@pytest.mark.parametrize("head", [b"", HEADER[:15], HEADER.replace(b"LfLe", b"LfLf"), b"\x31" + HEADER[1:]])
def test_other_beginnings_are_not_taken_for_one(head: bytes) -> None:
    assert READER.sniff(head, "SecEvent.Evt") == 0.0
