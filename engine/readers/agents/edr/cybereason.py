"""Cybereason: processes of an investigation query ({"simpleValues": …, "elementValues": …} under the process's guid)."""

from __future__ import annotations

from typing import Any

from engine.domain.records import ReaderItem
from engine.readers.agents.fields import FieldNames, at, created, first
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS = (
    Format(
        slug="cybereason",
        title="Cybereason, processes of an investigation",
        export="POST /rest/visualsearch/query/simple with requestedType Process; the answer as it is",
        read="each process: name, command line, account, machine, parent, linked by guids",
        left_out="elements of other types, processes whose execution was prevented",
        source="github.com/demisto/content/tree/master/Packs/Cybereason (query processes); docs.cybereason.com, Query processes",
        sample=False,
    ),
)


def _simple(*names: str) -> tuple[str, ...]:
    return tuple(f"simpleValues.{name}.values" for name in names)


def _element(*names: str) -> tuple[str, ...]:
    return tuple(f"elementValues.{name}" for name in names)


_PREVENTED = _simple("executionPrevented")
_FIELDS = FieldNames(
    kind="edr-cybereason",
    prefix="cybereason-",
    image=_simple("elementDisplayName"),
    pid=_simple("pid", "applicablePid"),
    ppid=_simple("parentProcess.pid"),
    key=("guid", "guidString"),
    parent_key=_element("parentProcess.elementValues.guid"),
    parent_file=_element("parentProcess.elementValues.name"),
    command=_simple("commandLine", "decodedCommandLine"),
    user=(*_element("calculatedUser.elementValues.name", "user.elementValues.name"), *_simple("calculatedUser")),
    host=_element("ownerMachine.elementValues.name"),
    times=_simple("creationTime"),
)


def opened(record: Record) -> list[Any] | None:
    """The elements of an answer, each with its guid; None when the record is none."""
    data = record["data"]
    elements = data.get("resultIdToElementDataMap") if isinstance(data, dict) else None
    if not isinstance(elements, dict):
        return None
    return [{"guid": guid, **element} if isinstance(element, dict) else element for guid, element in elements.items()]


def recognises(record: Record) -> bool:
    """An element of any type."""
    return isinstance(record.get("simpleValues"), dict) and isinstance(record.get("elementValues"), dict)


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """A process; None for elements of other types and for what was kept from running."""
    if first(record, _PREVENTED) == "true" or not any(at(record, name) is not None for name in (*_TELLING, *_FIELDS.parent_key)):
        return None
    return created(_FIELDS, record, position, moments)


_TELLING = (*_FIELDS.command, *_FIELDS.pid)
