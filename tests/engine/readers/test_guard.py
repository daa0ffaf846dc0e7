"""No record ends the run: what a mapper did not foresee costs the record that it met, in every reader."""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
from typing import Any

import pytest

import engine.readers
from engine.domain.records import Note, ProcessEvent, ReaderItem, Reject
from engine.errors import InputError
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.guard import guarded
from engine.readers.records import own, typed_lines
from engine.readers.registry import reader_named
from tests.engine.readers.seeds import Seed, kept, names, seeds

COUNT = 9


def event(*values: Any, **fields: Any) -> ProcessEvent:
    """ProcessEvent, but for one of the records."""
    if "prog4" in str(fields.get("image", values[1:2])):
        raise ZeroDivisionError("hostile text")
    return ProcessEvent(*values, **fields)


def read(seed: Seed, data: bytes) -> list[ReaderItem]:
    return list(reader_named(seed.reader).read(io.BytesIO(data), ReadOptions()))


@pytest.mark.parametrize("seed", seeds(COUNT), ids=lambda seed: seed.name)
def test_a_sound_log_is_detected_and_read(seed: Seed) -> None:
    found = choose(seed.data(), "log")
    assert found is not None
    assert found.reader.name == seed.reader
    assert kept(read(seed, seed.data())) == names(COUNT)


@pytest.mark.parametrize("seed", seeds(COUNT), ids=lambda seed: seed.name)
def test_what_a_mapper_did_not_foresee_is_one_reject(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    for info in pkgutil.walk_packages(engine.readers.__path__, "engine.readers."):
        module = importlib.import_module(info.name)
        if hasattr(module, "ProcessEvent"):
            monkeypatch.setattr(module, "ProcessEvent", event)
    monkeypatch.setattr(typed_lines, "_table", lambda *_arguments: None)  # columns make no events
    monkeypatch.setattr(own.msgspec, "convert", lambda record, _: event(**record))
    items = read(seed, seed.data())
    rejects = [item for item in items if isinstance(item, Reject)]
    assert kept(items) == [name for name in names(COUNT) if name != "prog4"]
    assert [reject.code for reject in rejects if reject.code != "bad-json"] == ["unforeseen"]
    (reject,) = (reject for reject in rejects if reject.code == "unforeseen")
    assert "ZeroDivisionError" in reject.reason
    assert "hostile text" not in reject.reason
    assert b"prog4" in reject.sample


def test_what_is_said_of_the_whole_source_passes() -> None:
    @guarded
    def mapper(record: bytes, position: int) -> ReaderItem:
        raise InputError(f"{record!r} at {position}")

    with pytest.raises(InputError):
        mapper(b"", 1)


LINE: dict[str, Any] = {
    "EventID": 4688, "SourceName": "Microsoft-Windows-Security-Auditing", "Hostname": "h", "RecordNumber": 5,
    "NewProcessId": 5210, "NewProcessName": "C:\\a.exe", "ProcessId": 4100, "TimeCreated": "2024-05-02T10:00:00Z",
    "MandatoryLabel": "S-1-16-12288", "SubjectUserName": "mira",
}  # fmt: skip
SYSMON: dict[str, Any] = {
    "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h", "RecordNumber": 5, "ProcessId": 5210,
    "Image": "C:\\a.exe", "ParentProcessId": 4100, "UtcTime": "2024-05-02 10:00:00.000", "User": "mira",
}  # fmt: skip


@pytest.mark.parametrize("line", [LINE, SYSMON], ids=["4688", "sysmon"])
@pytest.mark.parametrize("form", [float, lambda value: f"{value}.0", lambda value: [value], lambda value: [float(value)]])
def test_numbers_as_data_frames_and_elasticsearch_write_them(line: dict[str, Any], form: Any) -> None:
    changed = {key: form(value) if isinstance(value, int) else value for key, value in line.items()}
    (item,) = read(seeds(1)[0], json.dumps(changed).encode())
    assert isinstance(item, ProcessEvent)
    assert (item.pid, item.ppid, item.image) == (5210, 4100, "C:\\a.exe")
    plain = line["RecordNumber"] if not isinstance(form(1), str) else "5.0"
    assert item.record_id == str(plain)


@pytest.mark.parametrize("value", [[], ["a", "b"], {}, {"x": 1}, [[1]], True, 1.5, 1e300, -1, None], ids=repr)
@pytest.mark.parametrize("line", [LINE, SYSMON], ids=["4688", "sysmon"])
def test_a_value_of_any_type_in_any_field_costs_at_most_its_record(line: dict[str, Any], value: Any) -> None:
    for key in line:
        data = b"\n".join(json.dumps(record).encode() for record in (line, {**line, key: value}, line))
        items = [item for item in read(seeds(1)[0], data) if not isinstance(item, Note)]
        assert len(items) == 3, key
        assert isinstance(items[0], ProcessEvent), key
        assert isinstance(items[2], ProcessEvent), key
