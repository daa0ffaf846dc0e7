from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.domain.event_table import ItemTable
from engine.domain.records import ProcessEvent, ReaderItem
from engine.readers.contract import ReadOptions
from engine.readers.records.json_reader import READER
from engine.readers.records.shapes import map_json
from engine.readers.records.typed_lines import _PATIENCE, TypedLines
from engine.readers.records.typed_values import ENTRIES, GENERAL, LONGEST, Memo, Way
from engine.readers.text.json_text import load_object
from engine.readers.text.moments import Moments
from tests.ndjson_log import simulate_events

VALUES: tuple[Any, ...] = (
    None, "", "-", "N/A", "x", "{AB}", "0x3e7", " 12 ", "start", "end", 0, 1, 4688, -1, 2**63 - 1, 2**63, 1.0, 1.5, True, [],
    ["start"], ["a", "b"], {}, {"name": "x", "pid": 1}, "failure", "alert", "signal", "state", "fork", ["fork", "exec", "end"],
    "exit", "2024-05-02T10:00:00Z",
    "{00000000-0000-0000-0000-000000000000}", "00000000-0000-0000-0000-000000000000", "5,210", "4689", {"data": {"node": "n"}},
)  # fmt: skip
RAW = (b"1e999", b"9" * 400, b"-9223372036854775808", b"12345678901234567890123", b"NaN", b'"\xff"', b'"\\ud800"', b'"\\u0000"')
EXTRA = (
    "EventID", "winlog", "event_data", "event_id", "SyslogMessage", "snapshot", "diffResults", "process_name",
    "process.executable", "host.name", "auditd", "tags", "Channel", "TimeCreated", "Message", "_id", "agent", "unread",
)  # fmt: skip


def general(line: bytes, position: int) -> Any:
    record = load_object(line)
    return GENERAL if record is None or {"snapshot", "diffResults"} & record.keys() else map_json(record, position, Moments())


TAILS = (
    b',"Image":"C:\\\\second.exe","host":{"hostname":"second"}}',
    b',"Image":3}',
    b',"deep":' + b"[" * 2000 + b"]" * 2000 + b"}",
)


def read(typed: TypedLines, lines: list[bytes], start: int) -> list[ReaderItem | Way]:
    found = typed.read(lines, start)
    return list(found.items()) if isinstance(found, ItemTable) else found


def same(typed: TypedLines, line: bytes, position: int) -> bool:
    """Whether the typed way answered; whatever it answers is what the general way gives."""
    (item,) = read(typed, [line], position)
    if item is GENERAL:
        return False
    assert item == general(line, position), line
    return True


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    log = tmp_path_factory.mktemp("typed") / "events.ndjson"
    simulate_events(3_000, log)
    return log.read_bytes().splitlines()


@pytest.fixture(scope="module")
def kinds(lines: list[bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    windows = next(line for line in lines if b'"EventID":1,' in line)
    linux = next(line for line in lines if b'"ecs"' in line)
    full = orjson.loads(linux)
    full["event"] |= {"kind": "event", "outcome": "success", "code": "1", "created": "2024-05-07T07:08:09Z"}
    full["process"] |= {
        "Ext": {"token": {"integrity_level_name": "high"}}, "pe": {"original_file_name": "x.exe"},
        "start": "2024-05-06T07:08:09Z", "ppid": 7, "user": {"name": "u"},
    }  # fmt: skip
    return orjson.loads(windows), full


def test_simulated_events_are_read_this_way_and_alike(lines: list[bytes]) -> None:
    typed = TypedLines()
    assert all(same(typed, line, position) for position, line in enumerate(lines, 1))
    together = read(TypedLines(), lines, 1)
    assert together == [general(line, position) for position, line in enumerate(lines, 1)]
    assert all(type(item) is ProcessEvent for item in together)


def spots(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inside = [spot for key, inner in value.items() for spot in spots(inner, (*path, key))] if isinstance(value, dict) else []
    return [path, *inside] if path else inside


def changed(document: dict[str, Any], path: tuple[str, ...], *value: Any) -> dict[str, Any]:
    copy = orjson.loads(orjson.dumps(document))
    node = copy
    for key in path[:-1]:
        node = node[key]
    if value:
        node[path[-1]] = value[0]
    else:
        del node[path[-1]]
    return copy  # type: ignore[no-any-return]


def test_every_field_with_every_kind_of_value(kinds: tuple[dict[str, Any], dict[str, Any]]) -> None:
    answered = total = 0
    for document in kinds:
        for path in [*spots(document), *((name,) for name in EXTRA)]:
            typed = TypedLines()
            variants = [orjson.dumps(changed(document, path, value)) for value in VALUES]
            mark = orjson.dumps(changed(document, path, "\x7fHERE"))
            variants += [mark.replace(b'"\x7fHERE"', raw) for raw in RAW]
            if path[0] in document:
                variants.append(orjson.dumps(changed(document, path)))
            for line in variants:
                total += 1
                answered += same(typed, line, 5)
            mixed = [line for variant in variants for line in (orjson.dumps(document), variant)]
            for position, item in enumerate(read(TypedLines(), mixed, 1), 1):
                assert item is GENERAL or item == general(mixed[position - 1], position)
    assert answered > total / 4


def test_flat_lines_that_are_all_of_processes_come_as_a_table(lines: list[bytes]) -> None:
    flat = [line for line in lines if b'"EventID":1,' in line]
    assert isinstance(TypedLines().read(flat, 1), ItemTable)
    assert read(TypedLines(), flat, 5) == [general(line, position) for position, line in enumerate(flat, 5)]
    assert not isinstance(TypedLines().read([*flat, b'{"EventID": 3}'], 1), ItemTable)


def test_damaged_lines(lines: list[bytes]) -> None:
    chance = random.Random(3)
    typed = TypedLines()
    for line in chance.sample(lines, 400):
        for _ in range(10):
            data = bytearray(line)
            place = chance.randrange(len(data))
            match chance.randrange(5):
                case 0:
                    data[place] = chance.randrange(256)
                case 1:
                    del data[place:]
                case 2:
                    data[place:place] = chance.choice((b'"', b"\\", b",", b"{", b"]", b"\x00", b"\xff", b"1", b"e"))
                case 3:
                    del data[place]
                case _:
                    data[place:place] = bytes(data[place : place + 40])
            same(typed, bytes(data), 1)
            typed._refused = 0


def test_repeated_keys_and_depth(kinds: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for document in kinds:
        line = orjson.dumps(document)
        for tail in TAILS:
            same(TypedLines(), line[:-1] + tail, 1)


def test_other_streams_are_not_tried_line_by_line(lines: list[bytes]) -> None:
    typed = TypedLines()
    for position in range(1, _PATIENCE + 1):
        assert read(typed, [b'{"a": 1}'], position) == [GENERAL]
    assert read(typed, [lines[0]], _PATIENCE + 1) == [GENERAL]
    assert read(typed, [lines[0]], 2 * _PATIENCE) != [GENERAL]
    assert read(typed, [lines[0]], 2 * _PATIENCE + 1) != [GENERAL]


def test_the_reader_gives_the_same_with_an_unusual_line_between(lines: list[bytes], tmp_path: Path) -> None:
    log = tmp_path / "mixed.ndjson"
    log.write_bytes(b"\n".join([lines[0], b"", b'{"EventID": 4624, "Hostname": "h"}', lines[-1], b"damage", lines[1]]))
    with log.open("rb") as stream:
        items = list(READER.read(stream, ReadOptions()))
    assert [type(item).__name__ for item in items] == ["ProcessEvent", "NoneType", "ProcessEvent", "Reject", "ProcessEvent"]
    assert [item.position for item in items if isinstance(item, ProcessEvent)] == [1, 4, 6]


def test_a_memo_is_bounded_and_forgets_nothing_that_matters() -> None:
    asked = []
    memo = Memo(lambda key: asked.append(key) or key.upper())
    assert [memo["a"], memo["a"], memo["b" * (LONGEST + 1)], memo["b" * (LONGEST + 1)]][:2] == ["A", "A"]
    assert len(asked) == 3
    for number in range(2 * ENTRIES):
        assert memo[f"x{number}"] == f"X{number}"
        assert len(memo) <= ENTRIES


def test_ends_are_read_this_way_and_alike(kinds: tuple[dict[str, Any], dict[str, Any]]) -> None:
    end = changed(changed(kinds[1], ("event", "action"), "end"), ("event", "type"), ["end"])
    assert same(TypedLines(), orjson.dumps(end), 3)
    typed = TypedLines()
    answers = [
        same(typed, orjson.dumps(changed(end, path, value)), 3) for path in spots(end) if path[0] != "event" for value in VALUES
    ]
    assert sum(answers) > len(answers) / 3
