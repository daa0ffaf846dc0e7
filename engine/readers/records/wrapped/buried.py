"""A record of a known kind somewhere inside of one that nobody knows: what a collector, a queue or an interface wraps around it.

Products invent such wrappings faster than they can be named (value, Results, data, properties, payload, log, doc,
@message, …), so none is: where a record is of no known kind, its objects, lists and texts are looked through for one that is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from engine.readers.contract import Record
from engine.readers.records.wrapped.embedded import records_in

_MOST = 200
"""Values that are looked at in one record: hostile ones have millions."""
_FIRST = 10
"""Elements of a list that are looked at to tell what it is a list of."""

Known = Callable[[Record], bool]


def found_in(record: Record, known: Known) -> list[Any] | None:
    """The nearest record of a known kind, or all of the outermost lists that hold any; None when there is none. Objects side
    by side of which most are of known kinds are a list, too.
    """
    waiting: deque[tuple[Any, list[Any] | None]] = deque((value, None) for value in _held(record, known))
    lists: list[list[Any]] = []
    for _ in range(_MOST):
        if not waiting:
            break
        value, outermost = waiting.popleft()
        if type(value) is dict:
            if known(value):
                if outermost is None:
                    return lists[0] if lists else [value]
                if not any(outermost is one for one in lists):
                    lists.append(outermost)
                continue
            waiting.extend((inner, outermost) for inner in _held(value, known))
        else:
            elements = value if type(value) is list else records_in(value)
            waiting.extend(
                (one, elements if outermost is None and _is_list(value, elements) else outermost) for one in _first(elements)
            )
    return [one for elements in lists for one in elements] if lists else None


def _held(record: Record, known: Known) -> list[Any]:
    """The values of an object; as a list of its own where it is one under names: {"first": event, "second": event, …}."""
    values = list(islice(record.values(), _MOST))
    looked_at = values[:_FIRST]
    if len(values) < 2 or not all(type(one) is dict for one in values) or any("parent" in key.casefold() for key in record):
        return values
    return [list(record.values())] if 2 * sum(map(known, looked_at)) > len(looked_at) else values


def _is_list(value: Any, elements: list[Any]) -> bool:
    """Whether it is a list of records, and not one record in a text."""
    return value is elements or len(elements) > 1


def _first(elements: list[Any]) -> Iterator[Any]:
    return islice((one for one in elements if type(one) is dict or type(one) is str), _FIRST)
