"""Events whose nested names were joined by dots: evtx_dump through pandas' json_normalize, Splunk's or Kibana's columns.

"Event.System.EventID", "Event.System.Provider.#attributes.Name", "Event.EventData.NewProcessName" are nested again, and then they
are the event that they were.
"""

from __future__ import annotations

from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments
from engine.readers.windows.windows_event import map_event

FORMATS = (
    Format(
        slug="evtx-dump",
        title="evtx_dump, EvtxToElk and other dumpers of EVTX, as JSON; also flattened to columns",
        export="evtx_dump -o jsonl Security.evtx (python-evtx: evtx_dump_json.py; EvtxECmd: --json OUT --fj)",
        read="Sysmon 1 and 5, Security 4688 and 4689, cleared logs, clocks set",
        left_out="other events",
        source="github.com/omerbenamram/evtx, github.com/dgunter/evtxtoelk, github.com/williballenthin/python-evtx",
    ),
)

_BEGINNINGS = ("Event.System.", "System.")
_IDS = ("EventID", "EventID.#text", "EventID.Value", "EventID.text")
_DEEPEST = 8


def recognises(record: Record) -> bool:
    """The event's id under the name of its element."""
    return any(begin + name in record for begin in _BEGINNINGS for name in _IDS)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The event, nested again."""
    nested = _nested(record)
    event = nested.get("Event", nested)
    return map_event(event, position, clock=moments.utc) if isinstance(event, dict) else None


def _nested(record: Record) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in record.items():
        *path, last = name.split(".", _DEEPEST)
        inner = root
        for part in path:
            below = inner.setdefault(part, {})
            if not isinstance(below, dict):
                # A text and attributes beside it: "EventID" and "EventID.Qualifiers".
                below = inner[part] = {"#text": below}
            inner = below
        if isinstance(inner.get(last), dict):
            inner[last]["#text"] = value
        else:
            inner[last] = value
    return root
