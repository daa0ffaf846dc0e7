"""What the values of a line mean: numbers, words, spans of time, expressions that can be run. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from store.where.expression import ExpressionError, compiled
from store.where.grammar import parse, write
from store.where.keys import KEYS, SPELLINGS, KeyKind
from store.where.terms import Meaning, Term, Value, Where, WhereError
from store.where.times import UNKNOWN, Times, moment, spans

LARGEST_PID = 2**32 - 1
MOST_DIGITS = 18


def read(line: str, times: Times = UNKNOWN) -> Where:
    """The filter that a line is. Raises WhereError, and nothing else, for one that is none."""
    return Where(tuple(_meant(term, times) for term in parse(line)))


def words(where: Where) -> str:
    """The line that a filter is read from."""
    return write(where.terms)


def _meant(term: Term, times: Times) -> Term:
    kind = KEYS[term.key].kind if term.key else KeyKind.TEXT
    means = _MEANINGS[kind]
    return replace(term, values=tuple(_value(term, value, means, times) for value in term.values))


def _value(term: Term, value: Value, means: Callable[[Term, Value, Times], Meaning], times: Times) -> Value:
    try:
        if value.regex and means is not _text:
            raise WhereError(f"{term.key}: takes no expression: {KEYS[term.key].example}")
        return replace(value, means=means(term, value, times))
    except WhereError as error:
        raise WhereError(error.message, value.start, value.end, remedy=error.remedy) from None


def _text(term: Term, value: Value, times: Times) -> Meaning:
    if value.regex:
        try:
            compiled(value.text)
        except ExpressionError as error:
            raise WhereError(f"/{value.text}/ {error}") from None
    elif not value.text:
        raise WhereError("Nothing stands between the quotes.")
    return None


def _number(term: Term, value: Value, times: Times) -> Meaning:
    text = value.text[1:] if value.text[:1].upper() == LETTERS.get(term.key) else value.text
    try:
        if len(text) > MOST_DIGITS or not text.isascii() or "_" in text or text.startswith("+"):
            raise ValueError
        number = float(text) if term.key == "score" else float(int(text, 0 if text[:2].lower() == "0x" else 10))
    except ValueError:
        number = math.nan
    least, most = BOUNDS.get(term.key, (-math.inf, math.inf))
    if not math.isfinite(number) or not least <= number <= most:
        raise WhereError(f"{value.text!r} is no {_NUMBERS[term.key]}: write {KEYS[term.key].example}")
    return number


LETTERS = {"finding": "F", "exception": "E"}
"""Key -> what may stand before its number: as it is called elsewhere."""
BOUNDS = {"pid": (0, LARGEST_PID), "finding": (1, math.inf), "exception": (1, math.inf), "n": (0, math.inf)}
"""Key -> the least and the most that there can be: whatever is beyond would be found nowhere, and nobody told."""
_NUMBERS = {"pid": "process id", "score": "score", "n": "number", "finding": "finding", "exception": "exception"}


def _time(term: Term, value: Value, times: Times) -> Meaning:
    return spans(value.text, times) if term.key == "time" else (moment(value.text, times),)


def _word(term: Term, value: Value, times: Times) -> Meaning:
    """One of the key's words; its first letters are enough where they mean one only."""
    there = KEYS[term.key].words
    typed = value.text.lower().replace("-", "_")
    known = {word: word for word in there} | (SPELLINGS if term.key == "verdict" else {})
    began = {known[typed]: typed} if typed in known else {known[word]: word for word in known if typed and word.startswith(typed)}
    if len(began) > 1:
        could = (word if word == means else f"{means} ({word})" for means, word in began.items())
        raise WhereError(f"{term.key}:{value.text} could be {' or '.join(could)}")
    if not began:
        raise WhereError(f"There is no {term.key}:{value.text}. There are {', '.join(there)}")
    return next(iter(began))


_MEANINGS: dict[KeyKind, Callable[[Term, Value, Times], Meaning]] = {
    KeyKind.TEXT: _text, KeyKind.NUMBER: _number, KeyKind.TIME: _time, KeyKind.WORD: _word,
}  # fmt: skip
