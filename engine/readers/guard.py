"""No record ends the run: what a mapper did not foresee costs the record that it met.

Every function that makes a `ReaderItem` of one record is decorated with `guarded`; what reads line by line and keeps a state
between lines uses `unforeseen` itself. An `except` for each type of error in each mapper was rejected: the next type of value in
the next field would be missing from one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar

from engine.domain.records import SAMPLE_BYTES, ReaderItem, Reject, Unknown
from engine.errors import OddkinError

CODE = "unforeseen"
PASSING = (OddkinError, MemoryError)
"""Said on purpose about the whole source, or nothing that the record alone is to blame for."""

KEYS_TOLD = 40
"""Fields that an unknown record is described by."""
_NESTED = 4

_Record = TypeVar("_Record")
_Rest = ParamSpec("_Rest")


def guarded(
    mapper: Callable[Concatenate[_Record, int, _Rest], ReaderItem],
) -> Callable[Concatenate[_Record, int, _Rest], ReaderItem]:
    """`mapper(record, position, …)`, with a Reject for what it raises: position, CODE, the kind of the error."""

    @wraps(mapper)
    def map_one(record: _Record, position: int, /, *arguments: _Rest.args, **options: _Rest.kwargs) -> ReaderItem:
        try:
            return mapper(record, position, *arguments, **options)
        except PASSING:
            raise
        except Exception as error:
            return unforeseen(error, record, position)

    return map_one


def unforeseen(error: Exception, record: object, position: int) -> Reject:
    """The Reject for a record that made a mapper raise `error`. The error's text may quote the log: only its kind is told."""
    reason = f"The record holds a value that oddkin cannot handle ({type(error).__name__}); it was left out."
    return Reject(position=position, code=CODE, reason=reason, sample=_sample(record))


def unknown(record: dict[str, Any], position: int) -> Unknown:
    """What is said of a record that nobody understands: its fields."""
    return Unknown(position=position, keys=told_keys(record))


def told_keys(record: dict[str, Any]) -> tuple[str, ...]:
    """The fields of a record in their order, nested ones as a.b, at most KEYS_TOLD."""
    return tuple(islice(_names(record), KEYS_TOLD))


def _names(record: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in islice(record.items(), KEYS_TOLD):
        if isinstance(value, dict) and value and before.count(".") < _NESTED:
            yield from _names(value, f"{before}{key[:SAMPLE_BYTES]}.")
        else:
            yield f"{before}{key[:SAMPLE_BYTES]}"


def _sample(record: Any) -> bytes:
    """The first bytes; of a structure too deep to be written none."""
    if isinstance(record, bytes):
        return record[:SAMPLE_BYTES]
    try:
        return str(record)[:SAMPLE_BYTES].encode("utf-8", "replace")[:SAMPLE_BYTES]
    except Exception:
        return b""
