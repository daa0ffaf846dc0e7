"""Lines of logs that Grafana Loki hands out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent, ReaderItem
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.wrapped import loki

AUDIT = (
    "type=SYSCALL msg=audit(1714644000.101:700): arch=c000003e syscall=59 success=yes exit=0 ppid=812 pid=2001 uid=33 ses=1 "
    'comm="sh" exe="/usr/bin/dash"',
    'type=EXECVE msg=audit(1714644000.101:700): argc=3 a0="sh" a1="-c" a2="id"',
)
EXEC = json.dumps(
    {
        "process_exec": {
            "process": {
                "exec_id": "a",
                "pid": 2001,
                "binary": "/usr/bin/dash",
                "arguments": "-c id",
                "start_time": "2024-05-02T10:00:00Z",
            },
            "parent": {"pid": 812, "binary": "/usr/sbin/nginx"},
        },
        "time": "2024-05-02T10:00:00Z",
    }
)
LABELS = {"job": "logs", "nodename": "web-3"}


def answer(lines: tuple[str, ...]) -> list[Any]:
    """Newest first, as the service answers unless it is told otherwise."""
    values = [[str(1_714_644_000_000_000_000 + place), line] for place, line in enumerate(lines)]
    return [
        {
            "status": "success",
            "data": {"resultType": "streams", "result": [{"stream": LABELS, "values": values[::-1]}], "stats": {}},
        }
    ]


def pushed(lines: tuple[str, ...]) -> list[Any]:
    return [{"streams": [{"stream": LABELS, "values": [["1714644000000000000", line, {"trace": "x"}] for line in lines]}]}]


def printed(lines: tuple[str, ...]) -> list[Any]:
    return [{"labels": LABELS, "line": line, "timestamp": "2024-05-02T10:00:01Z"} for line in lines]


def read(records: list[Any]) -> list[ReaderItem]:
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    found = choose(text, "x.json")
    assert found is not None
    return list(found.reader.read(io.BytesIO(text), ReadOptions(path="x.json")))


@pytest.mark.parametrize("wrap", [answer, pushed, printed])
@pytest.mark.parametrize("lines", [AUDIT, (EXEC,)])
def test_the_lines_are_what_they_hold_on_the_machine_of_the_label(wrap: Any, lines: tuple[str, ...]) -> None:
    (event,) = [item for item in read(wrap(lines)) if item is not None]
    assert isinstance(event, ProcessEvent)
    assert (event.image, event.pid, event.ppid, event.host) == ("/usr/bin/dash", 2001, 812, "web-3")


@pytest.mark.parametrize(
    "record",
    [
        {"data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}},
        {"data": {"resultType": "streams", "result": [{"stream": {}}]}},
        {"data": [1]},
    ],
)
def test_metrics_and_damaged_answers_are_none(record: dict[str, Any]) -> None:
    assert loki.answer(record) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("stream", "values", "result", "host")), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_JSON)
def test_any_values_are_taken_or_refused(value: Any) -> None:
    for found in (
        loki.answer({"data": {"resultType": "streams", "result": value}}),
        loki.pushed({"streams": value}),
        loki.printed({"labels": value, "line": "x"}),
    ):
        assert found is None or all(isinstance(one["line"], str) for one in found)
