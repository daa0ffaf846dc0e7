"""From a line to terms and back. Pure: nothing is looked up, and what values mean is read elsewhere (store/where/meaning.py).

    line   = { term }                              between blanks
    term   = ["!"] (word | key sign value {"," value})
    sign   = ":" | ">" | "<" | ">=" | "<="          the last four behind keys that are numbers
    value  = '"' text '"' | "/" expression "/" | characters without blanks and commas
A quotation mark inside quotes is written twice; one that begins a value and is left open is an error. An expression ends at its
first slash that has no backslash before it, and only where a blank, a comma or the end follows: /dev/shm/.x is a word. So is
what begins with one letter and a colon (a drive), or has // behind the colon (an address); behind a key // is an expression of
nothing, and an error. So are = == != behind a key, while --name=value is a word. Rejected: a parser library, for a language of
six lines that has to say what is wrong while it is being typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from store.where.keys import FORMER, KEYS, PLAIN, unknown
from store.where.terms import Term, Value, WhereError

MOST_CHARACTERS = 4_000
"""In a line."""
MOST_TERMS = 64
_KEY = re.compile(r"(?P<key>[A-Za-z_]+)(?P<sign>>=|<=|[:<>])")
_EQUALS = re.compile(r'(?P<key>[A-Za-z_]+)(?P<sign>==?|!=)(?P<value>"[^"]*"|\S*)')
_NOTHING = re.compile(r"//(?=\s|,|\Z)")
"""An expression of nothing: a value that would be looked for as it stands, and be found nowhere."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:\s|\Z)")
_BLANKS = re.compile(r"\s*")
_BARE, _LISTED = re.compile(r"\S*"), re.compile(r"[^\s,]*")
_EXPRESSION = re.compile(r"/(?P<inner>(?:[^/\\]|\\.)+)/(?=\s|,|\Z)", re.DOTALL)


def parse(line: str) -> tuple[Term, ...]:
    """The terms of a line, their values without meaning. Raises WhereError."""
    if len(line) > MOST_CHARACTERS:
        raise WhereError(f"A filter has {MOST_CHARACTERS:,} characters at most.", MOST_CHARACTERS, len(line))
    found: list[Term] = []
    for term in _terms(line):
        if len(found) == MOST_TERMS:
            raise WhereError(f"A filter has {MOST_TERMS} terms at most.", term.start, len(line))
        found.append(term)
    return tuple(found)


def _terms(line: str) -> Iterator[Term]:
    at = _after_blanks(line, 0)
    while at < len(line):
        start, negated = at, line[at] == "!"
        at += negated
        if negated and line.startswith("!", at):
            raise WhereError('A second ! says nothing: write one, and "quotes" around a text that begins with it', start, at + 1)
        key, sign, at = _key(line, at)
        values, at = _values(line, at, key) if key else _word(line, at)
        if not values:
            raise WhereError(f"{key}{sign} needs a value: {KEYS[key].example}" if key else "! needs a term behind it", start, at)
        yield Term(key, values, sign, negated, start, at)
        at = _after_blanks(line, at)


def _key(line: str, at: int) -> tuple[str, str, int]:
    """Key, sign and where the values begin; "" where a bare word stands. Raises WhereError for a key that is none."""
    match = _KEY.match(line, at)
    if match is None:
        _require_no_equals(line, at)
        return "", ":", at
    key, sign = match["key"].lower(), match["sign"]
    known = KEYS.get(key)
    counted = known is not None and known.compared and _NUMBER.match(line, match.end()) is not None
    if sign == ":":
        path = line[match.end() : match.end() + 1] in {"\\", "/", ""} and len(key) == 1
        if known is not None and line.startswith("//", match.end()):
            raise _no_expression(key, line, match.end())
        if path or line.startswith("//", match.end()) or (len(key) == 1 and not counted and key not in FORMER):
            return "", ":", at
        if known is None:
            raise WhereError(unknown(key), at, match.end())
        return key, sign, match.end()
    if known is not None and known.compared:
        return key, sign, match.end()
    if _NUMBER.match(line, match.end()) is None:
        return "", ":", at  # a redirection, as command lines have them
    said = f"{key} is not compared: write {known.example}" if known is not None else unknown(key, sign)
    raise WhereError(said, at, match.end())


def _require_no_equals(line: str, at: int) -> None:
    """Raises WhereError where a key is compared as elsewhere: taken for a word it would be found nowhere, and nobody told."""
    match = _EQUALS.match(line, at)
    known = None if match is None else KEYS.get(match["key"].lower())
    if match is None or known is None:
        return
    value = match["value"] or known.example.removeprefix(known.name)[1:]
    asked = f"{known.name}:{value}"
    if match["sign"] == "!=":
        asked = f"!{asked}"
    elif known.compared:
        asked = f"{known.name}>{value} or {asked}"
    quoted = match[0].replace('"', '""')
    raise WhereError(f'Write {asked}, or "{quoted}" for the text', at, match.end("sign"))


def _no_expression(key: str, line: str, at: int) -> WhereError:
    """An error to raise for // behind a key."""
    match = _BARE.match(line, at)
    assert match is not None  # it has the slashes
    quoted = match[0].replace('"', '""')
    return WhereError(f'An expression of nothing: write cmd:/curl|wget/, or {key}:"{quoted}" for the text', at, match.end())


def _word(line: str, at: int) -> tuple[tuple[Value, ...], int]:
    value, end = _value(line, at, _BARE)
    if value is not None and not line.startswith('"', at) and (now := PLAIN.get(value.text.lower())):
        raise WhereError(f'Write {now}, or "{value.text}" for the text', at, end)
    return ((value,) if value is not None else ()), end


def _values(line: str, at: int, key: str) -> tuple[tuple[Value, ...], int]:
    values: list[Value] = []
    while True:
        if _NOTHING.match(line, at):
            raise _no_expression(key, line, at)
        value, at = _value(line, at, _LISTED)
        if value is not None and value not in values:
            values.append(value)
        if at >= len(line) or line[at] != ",":
            return tuple(values), at
        at += 1


def _value(line: str, at: int, bare: re.Pattern[str]) -> tuple[Value | None, int]:
    """A value and what follows it; None where nothing stands."""
    if line.startswith('"', at):
        return _quoted(line, at)
    if match := _EXPRESSION.match(line, at):
        return Value(match["inner"], regex=True, start=at, end=match.end()), match.end()
    match = bare.match(line, at)
    assert match is not None  # it may be empty
    return (Value(match[0], start=at, end=match.end()) if match[0] else None), match.end()


def _quoted(line: str, start: int) -> tuple[Value, int]:
    parts: list[str] = []
    at = start + 1
    while True:
        end = line.find('"', at)
        if end < 0:
            raise WhereError(
                'A quotation mark is left open: write cmd:"two words", and """" for the mark itself', start, len(line)
            )
        if not line.startswith('""', end):
            return Value("".join((*parts, line[at:end])), start=start, end=end + 1), end + 1
        parts.append(line[at : end + 1])
        at = end + 2


def _after_blanks(line: str, at: int) -> int:
    match = _BLANKS.match(line, at)
    assert match is not None
    return match.end()


def write(terms: tuple[Term, ...]) -> str:
    """The line that these terms are read from; of the many the shortest."""
    slashes = sum(value.regex or "/" in value.text for term in terms for value in term.values)
    # A slash at the beginning and another one anywhere behind it would be the ends of an expression.
    return " ".join(_written(term, quoted="/" if slashes > 1 else "") for term in terms)


def _written(term: Term, quoted: str) -> str:
    """`quoted`: values that begin so are."""
    head = ("!" if term.negated else "") + (f"{term.key}{term.sign}" if term.key else "")
    return head + ",".join(_written_value(term, value, quoted) for value in term.values)


def _written_value(term: Term, value: Value, begin: str) -> str:
    if value.regex:
        return f"/{value.text}/"
    alone = replace(term, values=(replace(value, means=None),), negated=False)
    plain = (f"{term.key}{term.sign}" if term.key else "") + value.text
    quoted = '"' + value.text.replace('"', '""') + '"'
    if begin and value.text.startswith(begin):
        return quoted
    try:
        again = parse(plain)
    except WhereError:
        return quoted
    return value.text if again == (alone,) else quoted
