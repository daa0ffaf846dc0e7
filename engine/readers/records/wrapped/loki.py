"""Answers of Grafana Loki and what logcli prints: lines of logs beside the labels of their stream.

grafana.com, "Loki HTTP API": data.result is a list of streams, each with {"stream": labels, "values": [[nanoseconds, line], …]},
the body of the push API a list `streams` of the same; `logcli query -o jsonl` writes {"labels", "line", "timestamp"}.
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Format, Record

FORMATS = (
    Format(
        slug="loki",
        title="Grafana Loki",
        export="the answer of /loki/api/v1/query_range, or logcli query -o jsonl; Grafana: Explore, Inspector, JSON",
        read="the records in the lines, by what they are; the machine from a label (host, nodename …) where the line names none",
        left_out="metric queries",
        source="grafana.com/docs/loki/latest/reference/loki-http-api, grafana.com/docs/loki/latest/query/logcli",
    ),
)

_LINE = frozenset(("labels", "line", "timestamp"))
_HOSTS = ("host", "hostname", "nodename", "node_name", "node", "computer", "Computer", "instance")
_PAIR = 2


def answer(record: Record) -> list[Any] | None:
    """The lines of an answer; None where `data` is something else."""
    data = record.get("data")
    return _lines(data.get("result")) if isinstance(data, dict) and data.get("resultType") == "streams" else None


def pushed(record: Record) -> list[Any] | None:
    """The lines of a push request."""
    return _lines(record["streams"])


def printed(record: Record) -> list[Any] | None:
    """The line that logcli printed."""
    labels = record["labels"]
    if not isinstance(labels, dict) or not record.keys() <= _LINE or not isinstance(record.get("line"), str):
        return None
    return [_line(labels, record.get("timestamp"), record["line"])]


def _lines(streams: object) -> list[Any] | None:
    if not isinstance(streams, list) or not all(map(_is_stream, streams)):
        return None
    # What is no line where one belongs is passed on as it is, to be told.
    return [
        _line(stream["stream"], value[0], value[1]) if _is_line(value) else value
        for stream in streams
        for value in stream["values"]
    ]


def _is_line(value: object) -> bool:
    return isinstance(value, list) and len(value) >= _PAIR and isinstance(value[1], str)


def _is_stream(stream: object) -> bool:
    return isinstance(stream, dict) and isinstance(stream.get("stream"), dict) and isinstance(stream.get("values"), list)


def _line(labels: Record, time: object, line: str) -> Record:
    host = next((value for key in _HOSTS if isinstance(value := labels.get(key), str) and value), None)
    return {"timestamp": time, "line": line, **({} if host is None else {"hostname": host})}
