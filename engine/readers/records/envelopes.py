"""What products wrap around records, taken off once for all of them: Elasticsearch hits, Splunk results, osquery batches.

An envelope is told by one key. To add one, write a function from the record to what it holds and name it in `_OPENERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.readers.contract import Record
from engine.readers.lists import velociraptor, volatility
from engine.readers.records import osquery, splunk

DEEPEST = 4
"""Envelopes inside envelopes (a Splunk result with JSON in _raw with …)."""


def opened(record: Record) -> list[Any] | None:
    """The records inside of an envelope, in order, whatever they are; None when the record is no envelope."""
    if record.keys().isdisjoint(_OPENERS):
        return None
    for key in record:
        opener = _OPENERS.get(key)
        if opener is not None and (inner := opener(record)) is not None:
            return inner
    return None


def _elastic(record: Record) -> list[Any] | None:
    source = record["_source"]
    return [source] if isinstance(source, dict) else None


def _splunk(record: Record) -> list[Any] | None:
    inner = splunk.unwrap(record) if splunk.recognises(record) else None
    return None if inner is None else [inner]


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
    """A list of records under a name that says no more than that, with little beside it."""
    inner = next((record[key] for key in _LISTS if key in record), None)
    if not isinstance(inner, list) or not inner or len(record) > _BESIDE or not all(isinstance(one, dict) for one in inner):
        return None
    return inner


_LISTS = ("events", "Events", "items", "Items", "rows", "logs", "entries")
_BESIDE = 6
"""Fields of a record that only wraps others: a count, a page, a version."""
_SNAPSHOTS = ("processes", "Processes", "process_list", "processList", "ProcessList", "ps")
_OPENERS: dict[str, Callable[[Record], list[Any] | None]] = {
    "_source": _elastic,
    "result": _splunk,
    "_raw": _splunk,
    "sourcetype": _splunk,
    "snapshot": _osquery,
    "diffResults": _osquery,
    "__children": _volatility,
    "ExitTime": _volatility,
    "EndTime": _velociraptor,
    **dict.fromkeys(_SNAPSHOTS, _processes),
    **dict.fromkeys(_LISTS, _wrapped),
}
"""Key -> what opens a record that has it. An opener looks twice: other records may have the key, too."""
