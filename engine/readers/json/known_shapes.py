"""Shapes of JSON records that live in modules of their own."""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

from engine.domain.records import ReaderItem


class JsonShape(Protocol):
    """A module that maps one kind of JSON record (osquery, auoms, Defender rows)."""

    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether the record is of this kind. Cheap: a look at one or two keys."""
        ...

    def map_record(self, record: dict[str, Any], position: int) -> ReaderItem:
        """The record as an event, a Reject, or None when it is no process creation."""
        ...


@cache
def json_shapes() -> tuple[JsonShape, ...]:
    """Shapes of JSON records that live in modules of their own, asked in this order."""
    from engine.readers.json import osquery
    from engine.readers.linux import auoms, sysmon_linux
    from engine.readers.tables import csv_defender

    return (osquery, auoms, sysmon_linux, csv_defender)
