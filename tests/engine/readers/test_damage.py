"""What damages or precedes a few records hides no log, and costs those records: detection and reading together."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import pytest

from engine.domain.records import ReaderItem, Reject
from engine.errors import InputError
from engine.readers.containers.member import Member
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose, detect
from engine.readers.linux import auditd
from engine.readers.registry import all_readers
from engine.readers.text.csv_common import head_rows, read_rows
from tests.engine.readers.seeds import Seed, kept, names, seeds

COUNT = 40
SEEDS = {seed.name: seed for seed in seeds(COUNT)}
JSON = [seed for seed in SEEDS.values() if seed.reader == "json" and not seed.before]
STRAY = {
    "words": b"Collected by the team, on monday",
    "number": b"Page 7",
    "list": b"['curl','bash']",
    "time": b"[2024-05-06 07:08:09] started",
    "brace": b"{ begin",
    "empty object": b"{}",
    "quote": b'it said "no',
    "audit": b"type=SYSCALL msg=audit(1715000000.100:1): arch=c000003e syscall=59",
}


def read(data: bytes, reader: str = "") -> list[ReaderItem]:
    found = choose(data[: 64 * 1024], "log")
    assert found is not None
    assert found.reader.name == reader
    return list(found.reader.read(io.BytesIO(data), ReadOptions()))


@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("place", [0, 20], ids=["top", "middle"])
@pytest.mark.parametrize("seed", JSON, ids=lambda seed: seed.name)
def test_a_stray_line_is_one_reject(seed: Seed, place: int, stray: str) -> None:
    records = list(seed.records)
    records.insert(place, STRAY[stray])
    items = read(seed.data(records), "json")
    assert kept(items) == names(COUNT)
    # An object is no stray, nor is the line "Record N" of evtx_dump.
    assert len([item for item in items if isinstance(item, Reject)]) == (0 if stray == "empty object" else 1)


@pytest.mark.parametrize("name", ["nxlog", "ecs", "pretty, one after another"])
def test_many_stray_lines_hide_no_json(name: str) -> None:
    data = b"a word, and another\n" * 300 + SEEDS[name].data()
    assert kept(read(data, "json")) == names(COUNT)


@pytest.mark.parametrize("name", ["auditd", "strace", "sysmon-linux", "csv", "xml"])
def test_a_json_line_takes_no_other_log_over(name: str) -> None:
    seed = SEEDS[name]
    records = list(seed.records)
    records.insert(1, SEEDS["ecs"].records[0])
    assert kept(read(seed.data(records), seed.reader)) == names(COUNT)


@pytest.mark.parametrize("name", ["auditd", "sysmon-linux", "strace"])
def test_a_brace_at_the_top_hides_no_lines(name: str) -> None:
    seed = SEEDS[name]
    assert kept(read(b"{\n" + seed.data(), seed.reader)) == names(COUNT)


TABLES = [seed for seed in SEEDS.values() if seed.before and b"{" not in seed.records[0] and seed.reader != "json"]


@pytest.mark.parametrize("junk", ["\x01" * 40 + "\x1b[31m" * 40, "\x08" * 3000, "a\rb", "\x00" * 30], ids=repr)
@pytest.mark.parametrize("at", [0, 20])
@pytest.mark.parametrize("seed", TABLES, ids=lambda seed: seed.name)
def test_control_characters_hide_no_table(seed: Seed, at: int, junk: str) -> None:
    records = [record.replace(b" -x", b" -x" + junk.encode()) if number == at else record for number, record in
               enumerate(seed.records)]  # fmt: skip
    found = kept(read(seed.data(records), seed.reader))
    assert [name for name in found if name != f"prog{at}"] == [name for name in names(COUNT) if name != f"prog{at}"]


def quotes(record: bytes) -> list[int]:
    return [at for at in range(len(record)) if record[at : at + 1] == b'"']


QUOTED = [seed for seed in TABLES if b'"' in seed.records[0]]


@pytest.mark.parametrize("at", [0, 20, COUNT - 1])
@pytest.mark.parametrize("seed", QUOTED, ids=lambda seed: seed.name)
def test_a_lost_quote_costs_its_row(seed: Seed, at: int) -> None:
    for place in quotes(seed.records[at]):
        records = list(seed.records)
        records[at] = records[at][:place] + records[at][place + 1 :]
        found = kept(read(seed.data(records), seed.reader))
        wanted = [name for name in names(COUNT) if name != f"prog{at}"]
        assert [name for name in found if not name.startswith(f"prog{at}")] == wanted, place


def test_lines_that_a_quote_swallows_are_counted_and_the_table_goes_on() -> None:
    rows = [b"%d,b,c\n" % number for number in range(100_000)]
    rows[5] = b'5,"b,c\n'
    rows[6] = b"not a row\n"
    found = list(read_rows(io.BytesIO(b"x,y,z\n" + b"".join(rows))))
    assert [row.number for row in found] == list(range(1, 100_002))
    assert [(row.number, row.cells) for row in found if row.error] == [(7, ['5,"b,c']), (8, ["not a row"])]
    assert found[-1].cells == ["99999", "b", "c"]


def test_a_sound_cell_of_many_lines_is_no_damage() -> None:
    cell = "a,b,c\n" * 50 + 'say ""hello""'
    found = list(read_rows(io.BytesIO(f'x,y,z\n1,"{cell}",2\n3,4,5\n'.encode())))
    assert [row.cells[0] for row in found] == ["x", "1", "3"]
    assert found[1].cells[1] == cell.replace('""', '"')


def test_a_table_whose_first_row_is_damaged_has_a_head() -> None:
    assert head_rows(b'a,b\n1,"2\n3,4\n5,6\n') == (("a", "b"), ("3", "4"), ("5", "6"))


LOST = [seed for seed in SEEDS.values() if seed.reader == "json" and seed.records[0].startswith((b"{", b"R"))]


@pytest.mark.parametrize("at", [0, 20, COUNT - 1])
@pytest.mark.parametrize("seed", LOST, ids=lambda seed: seed.name)
def test_a_lost_quote_in_json_costs_its_record(seed: Seed, at: int) -> None:
    wanted = [name for name in names(COUNT) if name != f"prog{at}"]
    for place in quotes(seed.records[at]):
        records = list(seed.records)
        records[at] = records[at][:place] + records[at][place + 1 :]
        items = read(seed.data(records), "json")
        assert [name for name in kept(items) if name != f"prog{at}"] == wanted, (place, records[at][place - 9 : place + 9])
        assert any(isinstance(item, Reject) and item.code == "bad-json" for item in items)


class Breaking(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise InputError("The disk is worn.", position=9)
        return data


def member(content: bytes) -> Member:
    return Member("x.log", len(content), lambda: cast("BinaryIO", Breaking(content)))


def test_what_breaks_while_it_is_looked_at_is_not_called_no_log() -> None:
    with pytest.raises(InputError) as caught:
        detect(member(b"just some words\n" * 9))
    assert "worn" in caught.value.message
    assert (caught.value.file, caught.value.position) == ("x.log", 9)
    with pytest.raises(InputError):
        detect(member(b"# a comment\n" * 9_000))
    found = detect(member(SEEDS["auditd"].data()))
    assert found is not None
    assert found.reader.name == "auditd"


def test_a_reader_that_fails_at_a_head_does_not_make_it_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(auditd.AuditdReader, "sniff", fail)
    words = Member("x.log", None, lambda: cast("BinaryIO", io.BytesIO(b"just some words\n")))
    with pytest.raises(InputError) as caught:
        detect(words)
    assert "auditd failed (ZeroDivisionError)" in caught.value.message
    assert choose(SEEDS["nxlog"].data(), "x") is not None


def test_nobody_is_asked_behind_a_magic_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> float:
        raise AssertionError("asked")

    for reader in all_readers()[1:]:
        monkeypatch.setattr(type(reader), "sniff", fail)
    trouble: list[InputError] = []
    found = choose(b"ElfFile\x00" + bytes(range(256)) * 200, "x", trouble)
    assert found is not None
    assert (found.reader.name, trouble) == ("evtx", [])
