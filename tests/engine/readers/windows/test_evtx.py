"""EVTX: sound files, and every kind of damage costs the damaged record only."""

from __future__ import annotations

import io
import struct
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.errors import InputError
from engine.readers.containers.member import Member
from engine.readers.containers.walk import expand
from engine.readers.contract import ReadOptions
from engine.readers.windows.evtx import READER
from engine.readers.windows.evtx_chunks import CHUNK, FILE_HEADER, FIRST_RECORD, carve, expected_records, mend
from tests.engine.readers.evtx_maker import Chunk, evtx_file, sealed

COUNT = 40
UNTRUSTED = "untrusted-chunk"
DOUBTFUL = {"sample-with-zero-data-size-event.evtx", "sample_with_a_bad_chunk_magic.evtx", "security_bad_string_cache.evtx"}
"""Damaged on purpose, of the recordings; in the others, dirty ones among them, every checksum is right."""


def read(data: bytes, **options: str) -> list[ReaderItem]:
    return list(READER.read(io.BytesIO(data), ReadOptions(**options)))


def made(count: int = COUNT) -> Chunk:
    chunk = Chunk()
    for record_id in range(1, count + 1):
        chunk.process(record_id)
    return chunk


def kept(items: list[ReaderItem]) -> list[str | None]:
    return [item.record_id for item in items if isinstance(item, ProcessEvent)]


def rejects(items: list[ReaderItem]) -> list[Reject]:
    """Of records; what is said of chunks is asked for by `doubted`."""
    return [item for item in items if isinstance(item, Reject) and item.code != UNTRUSTED]


def doubted(items: list[ReaderItem]) -> list[Reject]:
    return [item for item in items if isinstance(item, Reject) and item.code == UNTRUSTED]


def test_reads_fields() -> None:
    (event,) = read(evtx_file(made(1).finished()))
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.host, event.pid, event.ppid, event.record_id, event.position) == (
        "sysmon1",
        "host-1",
        1001,
        4,
        "1",
        1,
    )
    assert event.guid == "12345678-0000-0000-0000-000000000001"
    assert event.time_us == 1_714_979_289_123_000


def test_event_id_1_of_another_provider_is_no_process() -> None:
    chunk = Chunk()
    chunk.add(1, provider="Microsoft-Windows-Kernel-General", Image="x")
    chunk.add(2, event_id=3, Image="x")
    assert read(evtx_file(chunk.finished())) == [None, None]


@pytest.mark.parametrize("victim", [0, 1, 17, COUNT - 1])
@pytest.mark.parametrize(
    ("at", "garbage"), [(0, bytes(4)), (4, struct.pack("<I", 99_999)), (4, bytes(4)), (4, struct.pack("<I", 29))]
)
def test_damaged_frame_costs_nothing(victim: int, at: int, garbage: bytes) -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    offset = chunk.offsets[victim] + at
    data[offset : offset + len(garbage)] = garbage
    items = read(evtx_file(bytes(data)))
    assert kept(items) == [str(number) for number in chunk.ids]
    assert rejects(items) == []


def test_frame_and_content_damaged_costs_one_record() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    data[chunk.offsets[11] : chunk.offsets[12]] = b"\x2a" * (chunk.offsets[12] - chunk.offsets[11])
    items = read(evtx_file(bytes(data)))
    assert len(kept(items)) == COUNT - 1
    (reject,) = rejects(items)
    assert reject.code == "damaged-record"
    assert str(FILE_HEADER + chunk.offsets[11]) in reject.reason
    assert reject.record_id is None


def test_damaged_content_costs_one_record() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    start, end = chunk.offsets[11], chunk.offsets[12]
    data[start + 24 : end - 4] = b"\xff" * (end - 4 - start - 24)
    items = read(evtx_file(bytes(data)))
    assert len(kept(items)) == COUNT - 1
    assert [reject.record_id for reject in rejects(items)] == ["12"]
    assert items[11] is rejects(items)[0]


def test_several_damaged_records_and_none_twice() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    for victim in (3, 4, 20):
        struct.pack_into("<I20s", data, chunk.offsets[victim] + 4, 0, b"\xff" * 20)
        data[chunk.offsets[victim] + 24] = 0xFF
    data[chunk.offsets[30] + 24 : chunk.offsets[31] - 4] = b"\x41" * (chunk.offsets[31] - chunk.offsets[30] - 28)
    items = read(evtx_file(bytes(data)))
    ids = kept(items)
    assert len(ids) == len(set(ids)) == COUNT - 4
    assert {reject.record_id for reject in rejects(items)} == {None, "31"}
    assert [item.position for item in items if item is not None] == list(range(1, COUNT + 2))
    assert [reject.untrusted for reject in doubted(items)] == [COUNT - 4]


def test_lost_chunk_header_and_lost_file_header() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    data[:FIRST_RECORD] = bytes(FIRST_RECORD)
    assert len(kept(read(evtx_file(bytes(data))))) == COUNT
    assert len(kept(read(bytes(FILE_HEADER) + chunk.finished()))) == COUNT
    assert len(kept(read(chunk.finished()))) == COUNT


def test_truncated_file_gives_what_it_holds() -> None:
    chunk = made()
    data = evtx_file(chunk.finished(), chunk.finished())
    cut = FILE_HEADER + CHUNK + chunk.offsets[25] + 60
    assert len(kept(read(data[:cut]))) == COUNT + 25


def test_stream_that_breaks_gives_what_it_held_then_the_error() -> None:
    chunk = made()
    data = evtx_file(chunk.finished())[: FILE_HEADER + chunk.offsets[10]]

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            part = super().read(size)
            if not part:
                raise InputError("truncated")
            return part

    reading = READER.read(Breaking(data), ReadOptions())
    assert kept(list(islice(reading, 10))) == [str(number) for number in range(1, 11)]
    assert "its end is missing" in doubted([next(reading)])[0].reason
    with pytest.raises(InputError):
        next(reading)


def test_leftovers_behind_the_free_space_are_not_records() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    struct.pack_into("<QQQQ", data, 8, 1, 5, 1, 5)
    struct.pack_into("<I", data, 48, chunk.offsets[5])
    struct.pack_into("<Q", data, chunk.offsets[5] + 8, 900)
    data[chunk.offsets[2] : chunk.offsets[2] + 4] = bytes(4)
    assert kept(read(evtx_file(bytes(data)))) == ["1", "2", "3", "4", "5"]
    data[chunk.offsets[2] : chunk.offsets[2] + 4] = b"**\0\0"
    items = read(evtx_file(sealed(bytes(data))))
    assert (kept(items), doubted(items)) == (["1", "2", "3", "4", "5"], [])


def test_records_that_a_dirty_header_does_not_count_yet() -> None:
    chunk = made()
    data = bytearray(chunk.finished())
    struct.pack_into("<QQQQ", data, 8, 1, 5, 1, 5)
    struct.pack_into("<I", data, 48, chunk.offsets[5])
    items = read(evtx_file(sealed(bytes(data))))
    assert kept(items) == [str(number) for number in chunk.ids]
    assert doubted(items) == []  # a log that was copied while it was written to


@pytest.mark.parametrize(
    ("at", "flip", "words"),
    [
        (FIRST_RECORD + 300, 0x01, "the checksum of its records is wrong"),
        (140, 0x01, "the checksum of its header is wrong"),
        (49, 0x10, "the checksum of its header is wrong"),
        (0, 0x01, "it has no header"),
    ],
)
def test_a_flipped_bit_is_said_with_its_place(at: int, flip: int, words: str) -> None:
    good = made(3).finished()
    chunk = bytearray(made().finished())
    chunk[at] ^= flip
    items = read(evtx_file(good, bytes(chunk), good))
    (said,) = doubted(items)
    place = items.index(said)
    assert words in said.reason
    assert f"at byte {FILE_HEADER + CHUNK} " in said.reason
    assert said.untrusted == len(kept(items[3:place]))
    assert said.position == place + 1
    assert len(kept(items[place + 1 :])) == 3


def test_a_chunk_that_is_cut_says_so() -> None:
    chunk = made()
    (said,) = doubted(read(evtx_file(chunk.finished())[: FILE_HEADER + chunk.offsets[25]]))
    assert "its end is missing" in said.reason
    assert said.untrusted == 25


def test_a_chunk_that_only_claims_to_be_empty_says_so() -> None:
    data = bytearray(made().finished())
    struct.pack_into("<QQQQ", data, 8, 1, 0, 1, 0)
    struct.pack_into("<I", data, 48, FIRST_RECORD)
    assert doubted(read(evtx_file(bytes(data))))[0].untrusted == COUNT
    assert read(evtx_file(Chunk().finished())) == []


def test_unused_chunks_are_silent_and_lost_ones_are_told() -> None:
    good = made(3).finished()
    assert read(evtx_file(good) + bytes(CHUNK) + b"\x17" * CHUNK) == read(evtx_file(good))
    (reject,) = rejects(read(evtx_file(good, b"\x17" * CHUNK, good)))
    assert "no event log chunk" in reject.reason


def test_carve_and_mend_by_hand() -> None:
    chunk = made(6)
    data = bytearray(chunk.finished())
    assert expected_records(bytes(data)) == 6
    found = carve(bytes(data))
    assert [record.offset for record in found] == chunk.offsets
    assert all(record.sound for record in found)
    struct.pack_into("<I", data, chunk.offsets[0] + 4, 12)
    struct.pack_into("<I", data, chunk.offsets[2], 0)
    found = carve(bytes(data))
    assert [record.sound for record in found] == [False, True, False, True, True, True]
    assert [record.offset for record in found] == chunk.offsets
    mended = mend(bytes(data), found[1:])
    assert len(mended) == CHUNK
    assert [record.sound for record in carve(mended)] == [True] * 6
    assert struct.unpack_from("<I", mended, FIRST_RECORD + 4) == (chunk.offsets[1] - FIRST_RECORD,)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, CHUNK - 1), st.binary(min_size=1, max_size=12)), min_size=1, max_size=6))
def test_random_damage_never_raises_or_repeats(damage: list[tuple[int, bytes]]) -> None:
    chunk = made(12)
    data = bytearray(chunk.finished())
    for at, garbage in damage:
        data[at : at + len(garbage)] = garbage[: CHUNK - at]
    items = read(evtx_file(bytes(data[:CHUNK])))
    positions = [item.position for item in items if item is not None]
    assert positions == sorted(set(positions))
    assert len(items) <= 12 + 3 * len(damage) + 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3_000))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    read(b"ElfFile\x00" + data)
    read(b"ElfChnk\x00" + data)


def test_damaged_recordings_yield_what_they_hold(recordings: Path) -> None:
    kept_by_file: dict[str, tuple[int, int, int]] = {}
    doubtful: set[str] = set()
    for member in expand([recordings / "omerbenamram+evtx.tar.xz"]):
        assert isinstance(member, Member)
        with member.open() as stream:
            items = list(READER.read(stream, ReadOptions()))
        bad, told = len(rejects(items)), len(doubted(items))
        name = member.path.rpartition("/")[2]
        kept_by_file[name] = (len(items) - bad - told, len(kept(items)), bad)
        doubtful |= {name} if told else set()
    assert doubtful == DOUBTFUL
    assert kept_by_file["sysmon.evtx"] == (358, 227, 0)
    # The parser alone stops at 335 of 450 and at 270.
    assert kept_by_file["sample-with-zero-data-size-event.evtx"] == (450, 0, 0)
    assert kept_by_file["sample_with_a_bad_chunk_magic.evtx"][0] >= 298
    assert kept_by_file["security_bad_string_cache.evtx"] == (2261, 0, 0)
    assert kept_by_file["sample-with-irregular-bool-values.evtx"] == (3028, 0, 0)


@pytest.mark.parametrize(("at", "garbage"), [(0, bytes(4)), (4, b"\x00\x00\x00\x00"), (24, b"\xff" * 40), (300, b"\xff" * 80)])
def test_damage_in_a_real_log(recordings: Path, at: int, garbage: bytes) -> None:
    # Members are at hand while the loop stands on them, hence the read inside it.
    data = b""
    for member in expand([recordings / "omerbenamram+evtx.tar.xz"]):
        if isinstance(member, Member) and member.path.endswith("/sysmon.evtx"):
            with member.open() as stream:
                data = stream.read()
    whole = read(data)
    chunk = data[FILE_HEADER : FILE_HEADER + CHUNK]
    victim = carve(chunk)[20]
    damaged = bytearray(data)
    offset = FILE_HEADER + victim.offset + at
    damaged[offset : offset + len(garbage)] = garbage
    lost = set(kept(whole)) - set(kept(read(bytes(damaged))))
    assert lost <= {str(victim.record_id)}


def test_ends_of_processes() -> None:
    chunk = made(1)
    chunk.add(2, event_id=5, UtcTime="2024-05-06 07:09:00.500", ProcessGuid="{12345678-0000-0000-0000-000000000001}",
              ProcessId="1001", Image="C:\\x.exe")  # fmt: skip
    chunk.add(3, event_id=4689, provider="Microsoft-Windows-Security-Auditing", ProcessId="0x3e9", ProcessName="C:\\x.exe")
    chunk.add(4, event_id=4689, ProcessId="0x3e9", ProcessName="C:\\x.exe")
    created, by_sysmon, by_security, foreign = read(evtx_file(chunk.finished()))
    assert isinstance(created, ProcessEvent)
    assert isinstance(by_sysmon, ProcessEnd)
    assert (by_sysmon.guid, by_sysmon.pid, by_sysmon.host) == (created.guid, created.pid, "host-1")
    assert by_sysmon.time_us == 1_714_979_340_500_000
    # The maker's events have no TimeCreated: an end without a time ends nothing.
    assert by_security is None
    assert foreign is None


@pytest.mark.parametrize("left", [1, 2])
def test_chunks_that_the_header_counts_and_the_file_has_not(left: int) -> None:
    whole = evtx_file(*(made().finished() for _ in range(3)))
    items = read(whole[: FILE_HEADER + left * CHUNK])
    assert len(kept(items)) == left * COUNT
    (cut,) = rejects(items)
    assert (cut.code, cut.position) == ("missing-chunks", left * COUNT + 1)
    assert cut.reason == f"The file is cut off: its header counts 3 chunks of records, {left} are there."
    assert rejects(read(whole)) == []


def test_records_that_a_cut_chunk_counts_are_told() -> None:
    chunk = made()
    data = evtx_file(chunk.finished())
    items = read(data[: FILE_HEADER + chunk.offsets[18]])
    assert len(kept(items)) == 18
    (said,) = doubted(items)
    assert f"{COUNT - 18} that its header counts are missing" in said.reason


@pytest.mark.parametrize("size", [8, 28, FILE_HEADER - 1])
def test_a_file_that_ends_within_its_header_is_cut_off(size: int) -> None:
    (cut,) = read(evtx_file(made().finished())[:size])
    assert isinstance(cut, Reject)
    assert cut.code == "missing-chunks"
    assert f"{size:,} of the 4,096 bytes of its header are there" in cut.reason
