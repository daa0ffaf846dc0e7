"""Events of Windows as every exporter writes them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.engine.readers.records.test_snare import FORMS as SYSLOG
from tests.engine.readers.seeds import (
    _beats6,
    _cells,
    _evtx_dump,
    _flat,
    _nxlog,
    _viewer,
    _winlogbeat,
    _xml,
    security,
)
from tests.engine.readers.windows.forms import EVENTS, FORMS
from tests.engine.readers.windows.test_kernel_process import LOAD, SEALIGHTER, SILK, STOP, changed
from tests.robustness.samples.sample import JSON, TABLE, TEXT, Made, Row, Sample, numbered

FAMILY = "windows"
FORMS_OF: dict[str, tuple[str, ...]] = {
    "evtx-dump": (
        *("evtx_dump jsonl", "evtx_dump json", "EvtxToElk", "xmltodict", "values in EventData", "flattened json"),
        *("flattened csv", "evtx_dump, attributes apart", "Data as names and values", "Velociraptor", "Velociraptor hunt csv"),
    ),
    "evtxecmd": ("EvtxECmd csv", "EvtxECmd json"),
    "get-winevent": (
        *("Get-WinEvent json", "Get-WinEvent json, properties cut", "Get-WinEvent csv", "Get-EventLog json", "Get-EventLog csv"),
        "NoteProperties csv",
    ),
    "plaso": ("plaso strings", "plaso xml", "plaso dynamic", "Timesketch csv", "plaso l2tcsv"),
    "hayabusa": ("Hayabusa csv", "Hayabusa json"),
    "windows-flat": (
        *("nxlog", "nxlog csv", "Fluent Bit", "Fluentd", "Telegraf", "lower case", "underscores", "Log Parser"),
        *("OpenTelemetry", "OpenTelemetry, list"),
    ),
    "osquery-rows": ("osquery windows_events",),
    "sentinel-windows": ("Sentinel Event", "Sentinel ParameterXml", "Sentinel WindowsEvent"),
    "chainsaw": ("chainsaw hunt", "chainsaw counted"),
    "zircolite": ("Zircolite",),
}
"""Slug -> names of `tests.engine.readers.windows.forms.FORMS`."""
WORDS = {"powershell.exe": "prog{n}.exe", "6320": "{pid}", "0x18b0": "0x{hex}", "ws-plover3": "ws-plover{n}"}


def windows_samples() -> Iterator[Sample]:
    """All of them."""
    for slug, titles in FORMS_OF.items():
        for title in titles:
            for event in ("1", "4688"):
                yield _of_form(slug, title, event)
    for slug, make in (("windows-flat", _nxlog), ("windows-flat", _flat), ("evtx-dump", _evtx_dump)):
        yield Sample(slug, FAMILY, make, title=make.__name__.strip("_"))
    for make in (_winlogbeat, _beats6):
        yield Sample("winlogbeat", FAMILY, make, title=make.__name__.strip("_"))
    head = b"Level,Date and Time,Source,Event ID,Task Category\r\n"
    words = {"notepad.exe": "prog{n}.exe", "16144": "{pid}", "16,144": "{pid}"}
    for title, record in (("Sealighter", SEALIGHTER), ("SilkETW", SILK)):
        others = (changed(record, STOP, 2), changed(record, LOAD, 5))
        yield Sample("kernel-process", FAMILY, numbered(record, **words), JSON, others, title=title)
    words = {"tool.exe": "prog{n}.exe", "6320": "{pid}", "0x18b0": "0x{hex}"}
    for title in ("Snare", "Snare, Sysmon", "WinCollect"):
        yield Sample("windows-syslog", FAMILY, _text_of(SYSLOG[title], words), (TEXT,), title=title)
    yield Sample("eventviewer-csv", FAMILY, _viewer, (TEXT,), before=head, between=b"\r\n")
    yield Sample("event-xml", FAMILY, _xml, (TEXT,))
    yield Sample("event-xml", FAMILY, _xml, (TEXT,), before=b"<Events>", between=b"\r\n", after=b"</Events>", title="rooted")
    columns = _cells(security(0)).encode() + b"\n"
    yield Sample("sentinel-security", FAMILY, lambda at: _cells(security(at).values()), (TEXT,), before=columns)
    yield Sample("sentinel-security", FAMILY, _sentinel_security, title="4688")
    for event in ("1", "4688"):
        begin, end = _text("clixml", event)(0).split("\r\n", 1)[0], "</Objs>"
        yield Sample("clixml", FAMILY, _clixml(event), (TEXT,), before=begin.encode() + b"\r\n", after=end.encode(), title=event)
        make = _text("Get-WinEvent list", event)
        yield Sample("get-winevent-list", FAMILY, make, (TEXT,), between=b"", after=b"", title=event)
        for title in ("wevtutil text", "wevtutil text, Windows 11", "wevtutil text, German"):
            yield Sample("wevtutil-text", FAMILY, _text(title, event), (TEXT,), between=b"", after=b"", title=f"{title}, {event}")


def _of_form(slug: str, title: str, event: str) -> Sample:
    record, forms = _record(title, event)
    ends = {"1": "5", "4688": "4689"}
    other, _ = _record(title, ends[event])
    made = numbered(record, **WORDS)
    return Sample(slug, FAMILY, made, forms, (other,), title=f"{title}, {event}")


def _record(title: str, event: str) -> tuple[Row, tuple[str, ...]]:
    """The one record of a form, and how it may be written."""
    data = FORMS[title](event, EVENTS[event])
    begin = data.find(b"{")
    if data[:1] in b"[{R" and begin >= 0 and b"{" in data[:40]:
        record = json.loads(data[data.find(b"[") if data[:1] == b"[" else begin :])
        return (record[0] if isinstance(record, list) else record), JSON
    (row,) = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return row, (TABLE,)


def _text_of(text: str, words: dict[str, str]) -> Callable[[int], str]:
    def make(number: int) -> str:
        changed = text
        for word, other in words.items():
            changed = changed.replace(word, other.format(n=number, pid=2000 + number, hex=f"{2000 + number:x}"))
        return changed

    return make


def _text(title: str, event: str) -> Callable[[int], str]:
    data = FORMS[title](event, EVENTS[event])
    text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8")

    def make(number: int) -> str:
        return _text_of(text.replace("Event[0]", f"Event[{number}]"), WORDS)(number)

    return make


def _clixml(event: str) -> Callable[[int], Made]:
    make = _text("clixml", event)
    return lambda number: make(number).split("\r\n")[1]


def _sentinel_security(number: int) -> Row:
    row: dict[str, Any] = {"TimeGenerated": "2024-05-02T10:00:07.123Z", "Computer": "ws.lan", "EventID": 4688}
    return {**row, "EventSourceName": "Microsoft-Windows-Security-Auditing", "Type": "SecurityEvent", **security(number)}
