"""What products wrap around records, taken off once for all of them: Elasticsearch hits, Splunk results, osquery batches,
Graylog's messages, data frames.

An envelope that could be taken for a record of another kind is told here, by one key. To add one, write a function from the
record to what it holds and name it in `_OPENERS`. What is wrapped so that nothing knows it needs no name: `buried` looks inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from engine.domain.records import HostFact, ProcessEnd, ProcessEvent, ReaderItem
from engine.readers.agents.edr import cybereason
from engine.readers.contract import Format, Record
from engine.readers.guess.guessed import is_guessable
from engine.readers.lists import velociraptor, volatility
from engine.readers.records import ecs, graylog, osquery, splunk
from engine.readers.records.wrapped import loki
from engine.readers.records.wrapped.elastic_answers import (
    action_of,
    fields_of,
    hits_of,
    responses_of,
    rows_of,
    source_of,
    tables_of,
)
from engine.readers.records.wrapped.embedded import records_in
from engine.readers.records.wrapped.frames import rows_of_frame
from engine.readers.records.wrapped.otel import logs_of
from engine.readers.text.moments import Moments
from engine.readers.windows import chainsaw

FORMATS = (
    Format(
        slug="elasticsearch",
        title="Answers of Elasticsearch and what Kibana and elasticdump save of them",
        export="_search, scroll, _msearch, _sql, _query (ES|QL); Kibana: Inspect, Response; elasticdump; bulk files",
        read="the documents in hits (_source or fields), rows under columns, documents of bulk files, by what they are",
        left_out="aggregations, highlights; what a bulk file says to do with a document",
        source="elastic.co/docs/api/doc/elasticsearch; elastic.co/docs/reference/query-languages/esql",
    ),
    Format(
        slug="wrapped",
        title="Records of any format that is read, as a collector, a queue or an interface wrapped them",
        export="Logstash, Filebeat, Fluent Bit, Vector, Docker, CloudWatch, Azure Monitor, Graph, OData and the like",
        read="JSON or XML of an event in a field or behind a syslog header, lists of records, data frames of pandas; the host "
        "and time of the wrapping stand in where the record names none",
        left_out="lines of text that have to be joined",
        source="docs.docker.com/engine/logging/drivers/json-file; "
        "learn.microsoft.com/azure/azure-monitor/essentials/resource-logs-schema",
    ),
)

DEEPEST = 8
"""Envelopes inside envelopes (a Splunk result with JSON in _raw with …)."""

Known = Callable[[Record], bool]

_DECODED = ("json", "osquery")
"""Where Filebeat puts what it decoded, and Osquery Manager its rows."""
_PLACED = (ProcessEvent, ProcessEnd, HostFact)
_HOSTS = ("Computer", "computer", "hostname", "HostName", "Hostname", "_HOSTNAME", "host.name", "MachineName", "DeviceName")
_TIMES = ("@timestamp", "time", "timestamp", "TimeGenerated", "_time", "date", "eventTime")


def opened(record: Record, known: Known) -> list[Any] | None:
    """The records inside of an envelope, in order, whatever they are; None when the record is no envelope."""
    if (rows := rows_of_frame(record)) is not None:
        return rows
    if _OPENED.isdisjoint(record):
        return None
    for key in record:
        opener = _OPENERS.get(key)
        if opener is not None and (inner := opener(record)) is not None:
            return inner
    return _told(record, known) if "message" in record or "event" in record else None


def filled_in(item: ReaderItem, envelope: Record, moments: Moments) -> ReaderItem:
    """The item with the envelope's host and time where it has none: they are the collector's, and better than nothing only."""
    if not isinstance(item, _PLACED):
        return item
    if not item.host and (host := _host(envelope)):
        item = replace(item, host=host)
    if item.time_us is None:
        time = next((envelope[key] for key in _TIMES if envelope.get(key)), None)
        if time is not None and (moment := ecs.moment_of(time, moments)) is not None:
            item = replace(item, time_us=moment)
    return item


def _host(envelope: Record) -> str:
    for key in _HOSTS:
        value = envelope.get(key)
        if isinstance(value, str) and value:
            return value
    return ecs.machine_of(envelope)


def _splunk(record: Record) -> list[Any] | None:
    inner = splunk.unwrap(record) if splunk.recognises(record) else None
    return None if inner is None else [inner]


def _splunk_rows(record: Record) -> list[Any] | None:
    return splunk.rows(record)


def _splunk_values(record: Record) -> list[Any] | None:
    once = splunk.single(record)
    return None if once is None else [once]


def _splunk_end(record: Record) -> list[Any] | None:
    # The last line of an export holds no event.
    return [] if "result" not in record and record.keys() <= {"lastrow", "preview", "offset"} else None


def _osquery(record: Record) -> list[Any] | None:
    return list(osquery.expand(record)) if osquery.recognises(record) else None


def _volatility(record: Record) -> list[Any] | None:
    return volatility.expanded(record)


def _velociraptor(record: Record) -> list[Any] | None:
    return velociraptor.expanded(record)


def _processes(record: Record) -> list[Any] | None:
    """A snapshot of one machine: its processes in a list, its name beside them."""
    listed = next((record[key] for key in _SNAPSHOTS if key in record), None)
    if (
        not isinstance(listed, list)
        or not listed
        or not all(isinstance(one, dict) and "pid" in map(str.lower, one) for one in listed)
    ):
        return None
    about = {
        key: record[key] for key in ("host", "hostname", "Hostname", "computer", "Computer") if isinstance(record.get(key), str)
    }
    return [about | one for one in listed]


def _wrapped(record: Record) -> list[Any] | None:
    """A list of records that could be processes, under a name that says no more than that, with little beside it."""
    inner = next((record[key] for key in _LISTS if key in record), None)
    if not isinstance(inner, list) or not inner or len(record) > _BESIDE or not all(isinstance(one, dict) for one in inner):
        return None
    return inner if any(map(is_guessable, inner[:_LOOKED_AT])) else None


_LISTS = ("events", "Events", "items", "Items", "logs", "entries")
_LOOKED_AT = 20
"""Records of a list, to tell what is in it."""
_BESIDE = 6
"""Fields of a record that only wraps others: a count, a page, a version."""
_SNAPSHOTS = ("processes", "Processes", "process_list", "processList", "ProcessList", "ps")


def _data(record: Record) -> list[Any] | None:
    inner = cybereason.opened(record)
    return loki.answer(record) if inner is None else inner


def _flattened(record: Record) -> list[Any] | None:
    return None if isinstance(record.get("winlog"), dict) else [ecs.nest(record)]


def _flattened_6(record: Record) -> list[Any] | None:
    """Winlogbeat 6 as columns."""
    return [ecs.nest(record)] if "event_data" not in record and any(key.startswith("event_data.") for key in record) else None


def _telegraf(record: Record) -> list[Any] | None:
    """Telegraf's JSON of an event: some of it as tags, some as fields."""
    fields, tags = record.get("fields"), record["tags"]
    if not isinstance(fields, dict) or not isinstance(tags, dict) or not str(record.get("name")).startswith("win_event"):
        return None
    return [{"timestamp": record.get("timestamp"), **tags, **fields}]


def _raw_response(record: Record) -> list[Any] | None:
    return [record["rawResponse"]] if isinstance(record["rawResponse"], dict) else None


def _told(record: Record, known: Known) -> list[Any] | None:
    """The record that a document of Filebeat, Elastic Agent or Logstash holds in its message or decoded under a name of its own,
    where it tells no process or event itself.
    """
    if "EventID" in record or "winlog" in record or isinstance(record.get("process"), dict):
        return None
    for key in _DECODED:
        value = record.get(key)
        if isinstance(value, dict) and known(value):
            return [value]
    event = record.get("event")
    for value in (record.get("message"), event.get("original") if isinstance(event, dict) else None):
        inner = records_in(value)
        if any(isinstance(one, dict) and known(one) for one in inner):
            return inner
    return None


def _maybe(record: Record) -> list[Any] | None:
    """Looked at by `_told`."""
    return None


_OPENERS: dict[str, Callable[[Record], list[Any] | None]] = {
    "_source": source_of,
    "fields": source_of,
    "hits": hits_of,
    "responses": responses_of,
    "rawResponse": _raw_response,
    "tags": _telegraf,
    "columns": rows_of,
    "tables": tables_of,
    "Tables": tables_of,
    "index": action_of,
    "create": action_of,
    "update": action_of,
    "delete": action_of,
    "results": fields_of,
    "resourceLogs": logs_of,
    "result": _splunk,
    "_raw": _splunk,
    "sourcetype": _splunk,
    "preview": _splunk_rows,
    "lastrow": _splunk_end,
    "_time": _splunk_values,
    "New_Process_Name": splunk.event_code,
    "Process_Name": splunk.event_code,
    "short_message": graylog.gelf,
    "winlogbeat_winlog_event_id": graylog.winlogbeat,
    "winlogbeat_event_id": graylog.winlogbeat,
    "winlog_event_id": graylog.winlogbeat,
    "data": _data,
    "streams": loki.pushed,
    "labels": loki.printed,
    "snapshot": _osquery,
    "diffResults": _osquery,
    "__children": _volatility,
    "ExitTime": _volatility,
    "EndTime": _velociraptor,
    **dict.fromkeys(_SNAPSHOTS, _processes),
    **dict.fromkeys(_LISTS, _wrapped),
    "rows": _osquery,
    "winlog.event_id": _flattened,
    "winlog.channel": _flattened,
    "winlog.provider_name": _flattened,
    "winlog.computer_name": _flattened,
    "log_name": _flattened_6,
    "source_name": _flattened_6,
    "computer_name": _flattened_6,
    "message": _maybe,
    "event": _maybe,
    "document": chainsaw.opened,
    "documents": chainsaw.opened,
    "matches": chainsaw.matches,
}
"""Key -> what opens a record that has it. An opener looks twice: other records may have the key, too."""
_OPENED = frozenset(_OPENERS)
"""A set, which looks up the few keys of each record; a view of keys would look up all of these in the record."""
