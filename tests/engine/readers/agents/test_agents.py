"""Every agent's start, end and other events: from JSON of any layout, from CSV, and mutated."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.guard import CODE
from engine.readers.records.shapes import items_of, recognised
from engine.readers.text.moments import Moments
from tests.engine.readers.agents.samples import COMMAND, END_US, SAMPLES, SHELL, START_US, Sample

EACH = pytest.mark.parametrize("name", SAMPLES)


def records(sample: Sample) -> list[dict[str, Any]]:
    return [sample.start, sample.other, *([sample.end] if sample.end else [])]


def flat(record: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def as_csv(sample: Sample) -> bytes:
    rows = [dict(flat(record)) for record in records(sample)]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def read(data: bytes, path: str) -> list[ReaderItem]:
    detected = choose(data, path)
    assert detected is not None
    return list(detected.reader.read(io.BytesIO(data), ReadOptions()))


def lines(sample: Sample) -> bytes:
    return "\n".join(map(json.dumps, records(sample))).encode()


def check(sample: Sample, items: list[ReaderItem]) -> None:
    event, other, *ends = items
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid, event.host, event.os) == (SHELL, 6320, sample.ppid, "ws-7", "windows")
    assert event.command_line == COMMAND
    assert event.time_us is not None
    # The Cloud's device_timestamp in the sample has digits of 100 ns.
    assert event.time_us // 1_000 == START_US // 1_000
    assert (event.parent_image, event.ancestors) == (sample.parent, sample.ancestors)
    assert (event.guid, event.parent_guid, event.user) == (sample.guid, sample.parent_guid, sample.user)
    assert other is None
    for end in ends:
        assert isinstance(end, ProcessEnd)
        assert (end.time_us, end.pid, end.guid, end.host) == (END_US, 6320, sample.ends, "ws-7")


@EACH
def test_json_lines(name: str) -> None:
    check(SAMPLES[name], read(lines(SAMPLES[name]), "x.json"))


@EACH
def test_an_array_and_pretty_objects(name: str) -> None:
    sample = SAMPLES[name]
    check(sample, read(json.dumps(records(sample)).encode(), "x.json"))
    check(sample, read("\n".join(json.dumps(record, indent=2) for record in records(sample)).encode(), "x.json"))


@EACH
def test_the_same_from_csv(name: str) -> None:
    check(SAMPLES[name], read(as_csv(SAMPLES[name]), "x.csv"))


@EACH
def test_flattened_json_and_lists_of_one(name: str) -> None:
    sample = SAMPLES[name]
    flattened = [dict(flat(record)) for record in records(sample)]
    check(sample, read("\n".join(map(json.dumps, flattened)).encode(), "x.json"))
    listed = [{key: [value] for key, value in record.items()} for record in flattened]
    check(sample, [item for record in listed for item in items_of(record, 1, Moments())])


@EACH
def test_every_record_is_recognised_and_no_foreign_one(name: str) -> None:
    assert all(map(recognised, records(SAMPLES[name])))
    assert not recognised({"name": "x", "type": "y", "id": 1, "process": "z", "event": "e", "data": {}, "rule": 4})


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from([[], {}, [[]], [{}], {"a": {"b": 1}}, "0", "-", "nan", 10**400, "9" * 400, "\ud800", ["x", "y"]]),
)  # fmt: skip


@EACH
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_value_of_any_field_is_unforeseen(name: str, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(records(SAMPLES[name])))
    paths = list(flat(record))
    changed = {key: data.draw(VALUES) for key, _ in data.draw(st.lists(st.sampled_from(paths), max_size=3))}
    dropped = data.draw(st.sets(st.sampled_from([key for key, _ in paths]), max_size=2))
    mutated = {key: value for key, value in ({**dict(paths), **changed}).items() if key not in dropped}
    items = list(items_of(mutated, 1, Moments()))
    assert len(items) == 1
    assert [item.code for item in items if isinstance(item, Reject) and item.code == CODE] == []


@EACH
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_groups_that_are_no_groups(name: str, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(records(SAMPLES[name])))
    key = data.draw(st.sampled_from(sorted(record)))
    items = list(items_of({**record, key: data.draw(VALUES)}, 1, Moments()))
    assert [item.code for item in items if isinstance(item, Reject) and item.code == CODE] == []


def test_samples_differ() -> None:
    assert all(one.start != other.start for one, other in pairwise(SAMPLES.values()))
