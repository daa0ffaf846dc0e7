"""What a reader gives is cut at the same records, and sorted alike, whether it comes one by one or in tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.event_table import Items, ItemTable, Tabled, tables_of
from engine.domain.records import HostFact, Note, ProcessEnd, ProcessEvent, ReaderItem, Reject, Unknown
from engine.jobs.ingest import chunks
from engine.jobs.ingest.chunks import Chunks, batch_of
from engine.jobs.ports.ingest import Batch
from engine.readers.crew.packed import tabled

LINES = st.none() | st.sampled_from(["", "a", "x" * 30, "y" * 200])
EVENTS = st.builds(ProcessEvent, kind=st.just("k"), image=st.sampled_from("ab"), command_line=LINES, parent_command_line=LINES,
                   position=st.integers(1, 99), ancestors=st.sampled_from([(), ("c",)]))  # fmt: skip
OTHERS = st.sampled_from(
    [None, Reject(position=1, code="c", reason="r", untrusted=2), ProcessEnd(position=2),
     HostFact(position=3, code="f", text="t"), Unknown(position=4, keys=("k",)), Note(code="n", text="t")]
)  # fmt: skip
STREAMS = st.lists(st.tuples(st.booleans(), st.lists(EVENTS | OTHERS, min_size=1, max_size=40)), max_size=6)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a few items reach."""
    for name, value in (("BATCH_ITEMS", 21), ("BATCH_CHARS", 700), ("SLICE", 7)):
        monkeypatch.setattr(chunks, name, value)


def one_by_one(runs: list[tuple[bool, list[ReaderItem]]]) -> Iterator[Items]:
    return (item for _, run in runs for item in run)


def in_tables(runs: list[tuple[bool, list[ReaderItem]]]) -> Iterator[Items]:
    for as_table, run in runs:
        yield from [tabled(run)] if as_table else run


def batches(items: Iterator[Items], skipped: int = 0) -> Iterator[tuple[Batch, list[Unknown]]]:
    source = Chunks(items)
    source.skip(skipped)
    while chunk := source.take():
        yield batch_of(chunk, None)


def told(items: Iterator[Items], skipped: int = 0) -> list[object]:
    return [
        (list(one.events), one.rejects, one.items, one.ends, one.facts, one.notes, one.unknown, one.untrusted, unknown)
        for one, unknown in batches(items, skipped)
    ]


@given(STREAMS)
def test_batches_do_not_depend_on_how_items_come(runs: list[tuple[bool, list[ReaderItem]]]) -> None:
    assert told(in_tables(runs)) == told(one_by_one(runs))


@given(STREAMS, st.integers(0, 60))
def test_what_an_earlier_run_stored_is_passed_over(runs: list[tuple[bool, list[ReaderItem]]], skipped: int) -> None:
    whole = [item for _, run in runs for item in run]
    assert Chunks(in_tables(runs)).skip(skipped) == min(skipped, len(whole))
    assert told(in_tables(runs), skipped) == told(iter(whole[skipped:]))


def test_a_batch_ends_at_the_look_that_finds_its_room_gone() -> None:
    events = [ProcessEvent("k", "a", command_line="x" * 100) for _ in range(30)]
    for items in (iter([tabled(events)]), iter(events)):
        assert [one.items for one, _ in batches(items)] == [7, 7, 7, 7, 2]


def test_all_of_a_batch_are_of_the_host_that_is_given() -> None:
    batch, _ = batch_of([tabled([ProcessEvent("k", "a", host="x"), ProcessEnd(position=1, host="y")])], "z")
    assert [item.host for item in (*batch.events, *batch.ends)] == ["z", "z"]


@given(st.lists(EVENTS | OTHERS, max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_a_part_of_a_table_is_of_the_same_items(items: list[ReaderItem], start: int, more: int) -> None:
    part = tabled(items).part(start, start + more) if start <= len(items) else tabled([])
    assert isinstance(part, ItemTable)
    assert part.items() == items[start : start + more]


def test_a_number_that_no_64_bits_hold_is_none() -> None:
    (table,) = tables_of([ProcessEvent("k", "a", pid=2**70, ppid=5)])
    assert [(event.pid, event.ppid) for event in table.events()] == [(None, 5)]


def test_tables_are_a_sequence_of_what_they_hold() -> None:
    events = [ProcessEvent("k", text) for text in "abc"]
    both = Tabled([*tables_of(events[:2]), *tables_of(events[2:])])
    assert (len(both), both[2], both[:2], list(both)) == (3, events[2], events[:2], events)
