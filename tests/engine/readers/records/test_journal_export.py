"""The journal's export: what is damaged in one entry costs the others neither themselves nor their times."""

from __future__ import annotations

import io

import pytest

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.records.journal_export import READER

COUNT = 6
AT = 2
TIMES = {f"/usr/bin/prog{number}": 1_715_000_000_100_000 + number * 1_000_000 for number in range(COUNT)}
OTHERS = {image: time for image, time in TIMES.items() if image != f"/usr/bin/prog{AT}"}


def entry(number: int, *, binary: bool = False) -> bytes:
    call = f'SYSCALL arch=c000003e syscall=59 success=yes exit=0 ppid=7 pid={2000 + number} exe="/usr/bin/prog{number}"'
    message = b"MESSAGE\n" + len(call).to_bytes(8, "little") + call.encode() if binary else f"MESSAGE={call}".encode()
    begin = f"__REALTIME_TIMESTAMP={TIMES[f'/usr/bin/prog{number}']}\n_TRANSPORT=audit\n_AUDIT_TYPE_NAME=SYSCALL\n"
    return begin.encode() + f"_AUDIT_ID={number}\n_HOSTNAME=web-1\n".encode() + message + b"\n\n"


def read(damaged: bytes, *, binary: bool = False) -> list[ReaderItem]:
    """Entries of which one is damaged."""
    data = b"".join(damaged if number == AT else entry(number, binary=binary) for number in range(COUNT))
    assert READER.sniff(data, "x") > 0.9
    return list(READER.read(io.BytesIO(data), ReadOptions()))


def times(items: list[ReaderItem]) -> dict[str, int | None]:
    """Of what was kept, when it started."""
    return {item.image: item.time_us for item in items if isinstance(item, ProcessEvent)}


def codes(items: list[ReaderItem]) -> list[str]:
    return [item.code for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_sound_entries(binary: bool) -> None:
    items = read(entry(AT, binary=binary), binary=binary)
    assert times(items) == TIMES
    assert codes(items) == []


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("between", [b"\n", b"\n\n"], ids=["a line", "two lines"])
def test_a_broken_line_costs_no_other_entry(between: bytes, binary: bool) -> None:
    whole = entry(AT, binary=binary)
    for at in range(1, len(whole) - 2):
        found = times(read(whole[:at] + between + whole[at:], binary=binary))
        assert OTHERS.items() <= found.items(), whole[at - 9 : at + 9]


def test_the_rest_of_an_entry_costs_no_other_one() -> None:
    whole = entry(AT)
    for at in range(1, len(whole) - 2):
        found = times(read(entry(AT) + whole[at:]))
        assert OTHERS.items() <= found.items(), whole[at : at + 9]


@pytest.mark.parametrize("bit", range(64))
def test_a_damaged_length_costs_no_other_entry(bit: int) -> None:
    whole = entry(AT, binary=True)
    at = whole.index(b"MESSAGE\n") + len(b"MESSAGE\n")
    length = int.from_bytes(whole[at : at + 8], "little") ^ 1 << bit
    items = read(whole[:at] + length.to_bytes(8, "little") + whole[at + 8 :], binary=True)
    assert OTHERS.items() <= times(items).items()
    assert "damaged-record" in codes(items)


def test_a_value_that_the_file_ends_in_is_told() -> None:
    data = entry(0) + entry(1, binary=True)[:-20]
    items = list(READER.read(io.BytesIO(data), ReadOptions()))
    assert list(times(items)) == ["/usr/bin/prog0"]
    assert codes(items) == ["damaged-record"]
