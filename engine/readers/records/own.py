"""oddkin's own JSON lines: one `ProcessEvent` per line, absent fields left out. The format for converters and tests."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from engine.domain.records import LINUX, SAMPLE_BYTES, WINDOWS, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import Format

FORMATS = (
    Format(
        slug="oddkin",
        title="oddkin's own JSON lines",
        export="for converters: one process creation a line, with the fields of ProcessEvent (engine/domain/records.py)",
        read="every field",
        left_out="nothing; a field of a wrong type is a reject, and so is a system other than windows and linux",
        source="engine/domain/records.py",
    ),
)
_KIND = re.compile(r"[a-z][a-z0-9-]{1,39}")
_FIELDS = frozenset(ProcessEvent.__struct_fields__)
_DEFAULTS = {field.encode_name: field.default for field in msgspec.structs.fields(ProcessEvent)}
_INT64 = 2**63
_SHOWN = 40
"""Characters of a value in a reason."""
_SYSTEMS = frozenset({WINDOWS, LINUX, ""})


def to_own_json(event: ProcessEvent) -> bytes:
    """One line without its newline. Reads back as an equal event, whatever characters the text holds."""
    fields = {name: value for name in ProcessEvent.__struct_fields__ if (value := getattr(event, name)) != _DEFAULTS[name]}
    try:
        return msgspec.json.encode(fields)
    except UnicodeEncodeError:
        # Halves of surrogate pairs (bytes that were no UTF-8) exist as escapes only; readers replace them.
        return json.dumps(fields).encode("ascii")


def recognises(record: dict[str, Any]) -> bool:
    """A kind and an image, and nothing that ProcessEvent does not have."""
    kind = record.get("kind")
    return isinstance(kind, str) and _KIND.fullmatch(kind) is not None and "image" in record and record.keys() <= _FIELDS


def map_record(record: dict[str, Any], position: int) -> ReaderItem:
    """Strict: a field of the wrong type is a Reject, and so is a system that nobody knows: it would be taken for another one's
    record, and scored by its rules. Capitals do not matter. Position is where it stands in this file, not where it was.
    """
    try:
        event = msgspec.convert({**record, "position": position}, ProcessEvent)
    except msgspec.ValidationError as error:
        return _bad(record, position, str(error))
    except UnicodeEncodeError:
        # What msgspec raises for a half of a surrogate pair where a number is due.
        return _bad(record, position, "text with half of a character where no text is due")
    for name in ("pid", "ppid", "time_us"):
        value = getattr(event, name)
        if value is not None and not -_INT64 <= value < _INT64:
            return _bad(record, position, f"{name} is out of range")
    if event.os in _SYSTEMS:
        return event
    system = event.os.strip().lower()
    if system not in _SYSTEMS:
        return _bad(record, position, f'os is "{WINDOWS}", "{LINUX}" or left out, and not {event.os[:_SHOWN]!a}')
    return msgspec.structs.replace(event, os=system)


def _bad(record: dict[str, Any], position: int, why: str) -> Reject:
    return Reject(
        position=position,
        code="bad-field",
        reason=f"Not a valid oddkin event: {why}.",
        sample=str(record).encode("utf-8", "replace")[:SAMPLE_BYTES],
    )
