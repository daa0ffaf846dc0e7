"""Graylog: messages in GELF, which puts a _ before each field, and Winlogbeat's fields as its Beats input renames them.

docs.graylog.org, "GELF payload specification"; docs.nxlog.co, xm_gelf; docs.graylog.org, "Beats" (dots become _).
"""

from __future__ import annotations

from typing import Any

from engine.readers.contract import Format, Record

FORMATS = (
    Format(
        slug="graylog",
        title="Graylog (GELF, Winlogbeat through its Beats input)",
        export="Export search results as CSV or NDJSON; a GELF output, nxlog's xm_gelf",
        read="Windows events, by the fields that GELF or the Beats input renames",
        left_out="other messages",
        source="go2docs.graylog.org, GELF payload specification; docs.nxlog.co, xm_gelf",
    ),
)

_BEATS = ("winlogbeat_winlog_", "winlogbeat_", "winlog_")
_DATA = "event_data_"


def gelf(record: Record) -> list[Any] | None:
    """The fields of a GELF message under their own names, its text as the message."""
    own = {key[1:]: value for key, value in record.items() if key[:1] == "_" and len(key) > 1}
    if "version" not in record or "host" not in record or not own:
        return None
    beats = winlogbeat(own)
    if beats is not None:
        return beats
    text = record.get("full_message", record.get("short_message"))
    return [{"Message": text, "Hostname": record["host"], "time": record.get("timestamp"), **own}]


def winlogbeat(record: Record) -> list[Any] | None:
    """A record of Winlogbeat with its fields in their places again; None where it is none."""
    before = next((start for start in _BEATS if start + "event_id" in record), None)
    if before is None:
        return None
    winlog: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for key, value in record.items():
        name = key.removeprefix(before)
        if name != key and name.startswith(_DATA):
            data[name.removeprefix(_DATA)] = value
        elif name != key:
            winlog[name] = value
    times = (record[key] for key in ("winlogbeat_@timestamp", "@timestamp", "timestamp") if record.get(key))
    found = {"winlog": {**winlog, "event_data": data}, "@timestamp": next(times, None)}
    message = record.get("message", record.get("winlogbeat_message"))
    return [{**found, "message": message} if message is not None else found]
