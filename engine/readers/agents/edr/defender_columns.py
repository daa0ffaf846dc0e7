"""Rows of Defender's tables whose columns are spelled otherwise: DeviceName as devicename, deviceName, device_name, "Device name"
or DeviceName_s.

Query services fold names to lower case, interfaces begin them with a small letter, custom tables of Log Analytics end them with
their type. Under the names of advanced hunting such a row is what `defender` reads.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from engine.domain.records import ReaderItem
from engine.readers.agents.edr import defender
from engine.readers.contract import Format, Record
from engine.readers.guard import guarded
from engine.readers.text.moments import Moments

FORMATS: tuple[Format, ...] = ()
"""`defender` declares them."""

_MARKS = ("InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "InitiatingProcessId")
_TYPED = re.compile(r"_[sdtgb]\Z")
"""What Log Analytics puts behind the columns of custom tables: text, number, time, GUID, truth."""
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_TIMELINE = {"eventtime": "EventTime", "computername": "ComputerName", "machineid": "MachineId"}


def _spelled(name: str) -> set[str]:
    words = _WORD.sub(" ", name)
    plain = {name, name.lower(), name[:1].lower() + name[1:], name.upper()}
    apart = {words, words.lower(), words.capitalize(), words.replace(" ", "_"), words.lower().replace(" ", "_")}
    return plain | apart | {f"{one}_{kind}" for one in (name, name.lower()) for kind in "sd"}


_SPELLINGS = frozenset(chain.from_iterable(map(_spelled, _MARKS)))
_NAMES = {_NO_LETTER.sub("", name.lower()): name for name in defender.HUNTING_COLUMNS} | _TIMELINE


def recognises(record: Record) -> bool:
    """An initiating process in any spelling, beside what happened or the new process."""
    if _SPELLINGS.isdisjoint(record):
        return False
    names = frozenset(map(_canonical, record))
    return "ActionType" in names or "ProcessCommandLine" in names


@guarded
def map_record(record: Record, position: int, moments: Moments) -> ReaderItem:
    """The row under the names of advanced hunting; a timeline's row that names no action is no process creation."""
    row = {_canonical(name): value for name, value in record.items()}
    if "EventTime" in row and "ActionType" not in row:
        return None
    return defender.map_record(row, position, moments)


@lru_cache(maxsize=1024)
def _canonical(name: str) -> str:
    return _NAMES.get(_NO_LETTER.sub("", _TYPED.sub("", name).lower()), name)
