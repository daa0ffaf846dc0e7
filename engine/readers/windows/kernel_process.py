"""Event Tracing of the kernel (Microsoft-Windows-Kernel-Process) as JSON: Sealighter, SilkETW and SilkService.

The event is told by its header; the process that it is about stands in an object of its own. The process of the header is the one
that wrote the event, and in a creation the parent's: whoever guesses by the names takes that one.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import SAMPLE_BYTES, WINDOWS, ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_fields import number, text

FORMATS = (
    Format(
        slug="kernel-process",
        title="Event Tracing of the kernel: Sealighter, SilkETW",
        export="Sealighter: output_format json; SilkETW: -t user -pn Microsoft-Windows-Kernel-Process -ot file",
        read="ProcessStart with image, ids and time; ProcessStop ends a process",
        left_out="other events and providers; command lines, which these events do not have",
        source="github.com/pathtofile/Sealighter; github.com/mandiant/SilkETW; github.com/repnz/etw-providers-docs",
    ),
)

_PROVIDER = "microsoft-windows-kernel-process"
_HEADERS = {"XmlEventData": None, "properties": "header"}
"""Key of the event's own data -> key of its header, None where the header is the record."""
_DATA = frozenset(_HEADERS)
_START, _STOP = "1", "2"
_NAMES = {"processstart": _START, "processstop": _STOP}


def recognises(record: Record) -> bool:
    """The data under one of its names, and a header that tells the provider: any, since others stand in the same file."""
    return _parts(record) is not None


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A start, the end of a process, or None for other events."""
    header, data = _parts(record) or ({}, {})
    name = str(header.get("task_name") or header.get("EventName") or "").partition("/")[0].casefold()
    what = _NAMES.get(name) or text(header.get("event_id"))
    if str(header.get("provider_name") or header.get("ProviderName")).casefold() != _PROVIDER or what not in (_START, _STOP):
        return None
    host = text(header.get("hostname") or header.get("Computer")) or ""
    pid, image = number(data.get("ProcessID")), text(data.get("ImageName"))
    time = moments.utc(header.get("timestamp") or header.get("TimeStamp"))
    if what == _STOP:
        return ProcessEnd(position=position, host=host, time_us=time, pid=pid, image=image)
    if not image:
        sample = str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
        return Reject(position=position, code="no-image", reason="A ProcessStart without ImageName.", sample=sample)
    return ProcessEvent(
        kind="kernel-process",
        image=image,
        os=WINDOWS,
        host=host,
        time_us=time,
        pid=pid,
        ppid=number(data.get("ParentProcessID")),
        record_id=str(position),
        position=position,
    )


def _parts(record: Record) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and data."""
    if _DATA.isdisjoint(record):
        return None
    for key, beside in _HEADERS.items():
        data = record.get(key)
        header = record if beside is None else record.get(beside)
        if isinstance(data, dict) and isinstance(header, dict) and ("ProviderName" in header or "provider_name" in header):
            return header, data
    return None
