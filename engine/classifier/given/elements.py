"""Sequences in JSON: a list of lists, of texts or of objects, or one object or list a line. Nothing deeper is looked into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from engine.classifier.given.classes import LABELS, SEQUENCES, TURNED, plain
from engine.classifier.given.item import GivenSequence, Item, NoSequence
from engine.classifier.given.rows import labelled
from engine.classifier.given.text import checked, is_divided, steps_of
from engine.readers.tables.sequence_text import NotASequence


def loaded(text: bytes) -> Any:
    """A JSON value. Raises NotASequence, also for what is nested too deeply."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotASequence(f"it is no JSON: {error}") from error


def is_one(line: bytes) -> bool:
    """Whether a line is a whole JSON value, and none that holds a list of many sequences."""
    try:
        value = loaded(line)
    except NotASequence:
        return False
    return not isinstance(value, Mapping) or isinstance(of_element(value, 1), GivenSequence) or not _lists_in(value)


def of_document(value: Any) -> Iterator[Item]:
    """Every element of a document in turn; one object or one list of names is one sequence."""
    if isinstance(value, Mapping):
        lists = _lists_in(value)
        if len(lists) == 1:
            yield from of_document(lists[0])
            return
        value = [value]
    if not isinstance(value, list):
        yield NoSequence(1, "it is no list and no object")
        return
    if value and all(isinstance(one, str) and not is_divided(one) for one in value):
        value = [value]
    for place, one in enumerate(value, 1):
        yield of_element(one, place)


def of_element(value: Any, place: int) -> Item:
    """A list of names, a text, or an object that has one of them and perhaps a class."""
    try:
        if not isinstance(value, Mapping):
            return GivenSequence(place, _steps(value))
        keys = {plain(str(key)[:100]): key for key in reversed(list(value))}
        label = next((keys[name] for name in keys if name in LABELS | TURNED), None)
        key = next((keys[name] for name in keys if name in SEQUENCES), None)
        if key is None:
            key = next((one for one in value if one != label and _is_sequence(value[one])), None)
        if key is None:
            raise NotASequence("it is an object without a list of names")
        steps = _steps(value[key])
        return GivenSequence(place, steps) if label is None else labelled(place, steps, value[label], str(label))
    except NotASequence as error:
        return NoSequence(place, str(error))


def _lists_in(value: Mapping[Any, Any]) -> list[Any]:
    """Its lists of lists or objects."""
    lists = (one for one in value.values() if isinstance(one, list))
    return [one for one in lists if any(isinstance(part, list | Mapping) for part in one)]


def _is_sequence(value: Any) -> bool:
    if isinstance(value, str):
        return is_divided(value)
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _steps(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return steps_of(value)
    if not isinstance(value, list):
        raise NotASequence("it is no list of names")
    if not all(isinstance(one, str) for one in value):
        raise NotASequence("it is a list with something else than names in it")
    return checked(value)
