"""Processes in lists inside of a record that is none itself: a report with its processes, a tree with its children.

What stands in an object of its own is seen by `guessed.flat`; what stands in a list is many records, and only here they are told
apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from engine.readers.contract import Record
from engine.readers.guess.evidence import judge
from engine.readers.guess.guessed import flat

_FIRST = 3
"""Elements by which a list is judged."""
_DEEPEST = 200
"""Levels that are gone down: a tree of processes has a few dozen."""


def processes_in(record: Record) -> list[Record]:
    """Elements of lists at any depth, and values of objects whose keys are numbers (process ids), that are processes."""
    found: list[Record] = []
    level: list[object] = list(record.values())
    if _is_numbered(record):
        level = [record]
    for _ in range(_DEEPEST):
        below: list[object] = []
        for value in level:
            elements = _elements(value)
            if elements and any(map(_is_process, islice(elements, _FIRST))):
                found += [one for one in elements if _is_process(one)]
            held: Sequence[object] = elements or [value]
            below += (inner for one in held for inner in _values(one))
        if not below:
            break
        level = below
    return found


def _elements(value: object) -> list[Record]:
    if isinstance(value, dict):
        return list(value.values()) if _is_numbered(value) else []
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _values(value: object) -> Iterator[object]:
    """What of a value may hold a list."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (one for one in inside if isinstance(one, dict | list))


def _is_numbered(value: Record) -> bool:
    """Whether it is a list in disguise: objects under numbers."""
    return bool(value) and all(str(key).isdigit() and isinstance(one, dict) for key, one in value.items())


def _is_process(record: Record) -> bool:
    return bool((cells := flat(record)) and judge([cells]).columns)
