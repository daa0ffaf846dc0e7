"""Writes small EVTX files with real binary XML, without templates: for tests of reading and mending them.

Structure after J. Metz, "Windows XML Event Log (EVTX) format". Names are written in place at first use and referenced by
offset after that, as Windows does, so damage to a record can take names away from later ones.
"""

from __future__ import annotations

import struct
import zlib

from engine.readers.windows.evtx_chunks import CHUNK, CHUNK_MAGIC, FIRST_RECORD, file_header


class Chunk:
    """One 64 KiB chunk that records are added to."""

    def __init__(self) -> None:
        self.data = bytearray(CHUNK)
        self.at = FIRST_RECORD
        self.offsets: list[int] = []
        self.ids: list[int] = []
        self._names: dict[str, int] = {}

    def add(self, record_id: int, *, event_id: int = 1, provider: str = "Microsoft-Windows-Sysmon", **fields: str) -> int:
        """Add an event; returns the offset of its record."""
        start = self.at
        self._put(struct.pack("<4sIQQ", b"\x2a\x2a\x00\x00", 0, record_id, 132_000_000_000_000_000 + record_id))
        self._put(b"\x0f\x01\x01\x00")
        self._open("Event", {})
        self._open("System", {})
        self._element("Provider", {"Name": provider}, "")
        self._element("EventID", {}, str(event_id))
        self._element("EventRecordID", {}, str(record_id))
        self._element("Channel", {}, "Microsoft-Windows-Sysmon/Operational")
        self._element("Computer", {}, "host-1")
        self._put(b"\x04")
        self._open("EventData", {})
        for name, value in fields.items():
            self._element("Data", {"Name": name}, value)
        self._put(b"\x04\x04\x00")
        self._put(bytes(-(self.at + 4) % 8))
        size = self.at + 4 - start
        self._put(struct.pack("<I", size))
        struct.pack_into("<I", self.data, start + 4, size)
        self.offsets.append(start)
        self.ids.append(record_id)
        return start

    def process(self, record_id: int, image: str = r"C:\Windows\System32\cmd.exe") -> int:
        """Add a Sysmon event 1."""
        return self.add(
            record_id,
            UtcTime="2024-05-06 07:08:09.123",
            ProcessGuid=f"{{12345678-0000-0000-0000-{record_id:012d}}}",
            ProcessId=str(1000 + record_id),
            Image=image,
            CommandLine=f"cmd.exe /c echo {record_id}",
            ParentProcessId="4",
        )

    def finished(self) -> bytes:
        """The chunk's bytes with its header."""
        first, last = (self.ids[0], self.ids[-1]) if self.ids else (1, 0)
        count = len(self.ids)
        struct.pack_into("<8sQQQQIII", self.data, 0, CHUNK_MAGIC, 1, count, first, last, 128, (self.offsets or [0])[-1], self.at)
        return sealed(bytes(self.data))

    def _put(self, data: bytes) -> None:
        self.data[self.at : self.at + len(data)] = data
        self.at += len(data)

    def _name(self, name: str) -> None:
        if name in self._names:
            self._put(struct.pack("<I", self._names[name]))
            return
        here = self.at + 4
        self._names[name] = here
        self._put(struct.pack("<IIHH", here, 0, 0, len(name)) + name.encode("utf-16-le") + b"\0\0")

    def _text(self, text: str) -> None:
        self._put(b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le"))

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._put(b"\x41" if attributes else b"\x01")
        self._put(struct.pack("<I", 0))
        self._name(name)
        if attributes:
            self._put(struct.pack("<I", 0))
            for key, value in attributes.items():
                self._put(b"\x06")
                self._name(key)
                self._text(value)
        self._put(b"\x02")

    def _element(self, name: str, attributes: dict[str, str], text: str) -> None:
        self._open(name, attributes)
        if text:
            self._text(text)
        self._put(b"\x04")


def sealed(chunk: bytes) -> bytes:
    """The chunk with the checksums of what it holds."""
    data = bytearray(chunk)
    (free,) = struct.unpack_from("<I", data, 48)
    struct.pack_into("<I", data, 52, zlib.crc32(data[FIRST_RECORD:free]))
    struct.pack_into("<I", data, 124, zlib.crc32(data[:120] + data[128:FIRST_RECORD]))
    return bytes(data)


def evtx_file(*chunks: bytes) -> bytes:
    """A file of these chunks."""
    head = bytearray(file_header())
    struct.pack_into("<QQ", head, 8, 0, max(0, len(chunks) - 1))
    struct.pack_into("<H", head, 42, len(chunks))
    struct.pack_into("<I", head, 124, zlib.crc32(head[:120]))
    return bytes(head) + b"".join(chunks)
