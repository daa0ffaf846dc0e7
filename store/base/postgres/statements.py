"""The store's SQL as PostgreSQL takes it: one tokeniser that knows strings and comments, and a few rules.

The store writes standard SQL as SQLite takes it too. What the two say in different words is translated here, so that no topic
asks which of them it talks to:

- marks (`?`, `?2`) become the driver's, and a percent sign is doubled; never inside of strings, names and comments;
- what tells SQLite how to go about a query (INDEXED BY, NOT INDEXED, CROSS JOIN … ON) goes: PostgreSQL has statistics;
- IS and IS NOT between values are IS [NOT] DISTINCT FROM; LIKE regards no case of ASCII letters, as SQLite's;
- CAST(… AS BLOB) of a text is its bytes as SQLite keeps them (`octets`, store/base/postgres/functions.py), INTEGER has 64
  bits;
- a subquery in FROM gets a name where it has none, and `user`, a word of SQL, quotes.

Rejected: sqlglot and other transpilers (megabytes of guesses about dialects for a dozen differences, and a log text is never
parsed here, only our own statements); building all statements with SQLAlchemy's expressions (four hundred that are read as
SQL).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"(?P<blob>[xX]'[0-9A-Fa-f]*')|(?P<string>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\")"
    r"|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<mark>\?\d*)|(?P<word>[A-Za-z_]\w*)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_PLAIN_INSERT = re.compile(
    r"\s*INSERT INTO (\w+) \(([\w, ]+)\) VALUES \(((?:\?|CAST\(\? AS TEXT\))(?:, ?(?:\?|CAST\(\? AS TEXT\)))*)\)\s*\Z"
)
_AFTER_FROM = frozenset(
    [
        "WHERE",
        "JOIN",
        "CROSS",
        "LEFT",
        "INNER",
        "ORDER",
        "GROUP",
        "HAVING",
        "LIMIT",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "ON",
        "OFFSET",
        "RETURNING",
        "WINDOW",
    ]
)
"""Words that may stand behind a table and are no name of it."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A statement for psycopg."""

    pieces: tuple[str, ...]
    """What stands between the marks, percent signs doubled: one more than there are marks."""
    marks: tuple[int, ...]
    """Of each mark the place of its value, from 0."""
    texts: frozenset[int]
    """Places of values that are cast to TEXT: SQLite is given bytes there for what it takes no string of."""
    copy: str = ""
    """COPY … FROM STDIN for a plain INSERT of rows, "" for anything else."""


@dataclass(slots=True)
class _Token:
    kind: str
    text: str

    def says(self, *words: str) -> bool:
        """Whether it is one of some words of SQL."""
        return self.kind == "word" and self.text.upper() in words


@lru_cache(maxsize=2_048)
def translated(statement: str) -> Translated:
    """Raises ValueError for parentheses that do not match. Remembered by the statement."""
    tokens = [_Token(str(met.lastgroup), met[0]) for met in _TOKEN.finditer(statement)]
    texts = _casts(tokens)
    _hints(tokens)
    _words(tokens)
    _named(tokens)
    marks: list[int] = []
    cast: set[int] = set()
    pieces = [""]
    for place, token in enumerate(tokens):
        if token.kind == "mark":
            marks.append(int(token.text[1:]) - 1 if len(token.text) > 1 else max(marks, default=-1) + 1)
            if place in texts:
                cast.add(marks[-1])
            pieces.append("")
        else:
            pieces[-1] += token.text.replace("%", "%%")
    return Translated(tuple(pieces), tuple(marks), frozenset(cast), _copy(statement))


def _copy(statement: str) -> str:
    met = _PLAIN_INSERT.match(statement)
    if met is None or met[2].count(",") != met[3].count(","):
        return ""
    columns = ", ".join(f'"{column.strip()}"' for column in met[2].split(","))
    return f"COPY {met[1]} ({columns}) FROM STDIN"


def _closing(tokens: list[_Token], start: int) -> int:
    """Place of the parenthesis that closes the one at `start`."""
    depth = 0
    for place in range(start, len(tokens)):
        if tokens[place].kind == "other":
            depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
            if depth == 0:
                return place
    raise ValueError("parentheses do not match")


def _next(tokens: list[_Token], place: int) -> int:
    """Place of the next token that is neither space nor comment; one behind the last where there is none."""
    place += 1
    while place < len(tokens) and tokens[place].kind in {"space", "comment"}:
        place += 1
    return place


def _casts(tokens: list[_Token]) -> set[int]:
    """Rewrites what is cast to BLOB or INTEGER. Returns the places of marks that are cast to text."""
    texts = set()
    for place, token in enumerate(tokens):
        if not token.says("CAST"):
            continue
        start = _next(tokens, place)
        end = _closing(tokens, start)
        last = end - 1
        while tokens[last].kind == "space":
            last -= 1
        kind = tokens[last]
        if kind.says("BLOB"):
            token.text = "" if _inside_of(tokens, place, "folded") else "octets"
            _blank(tokens, range(last - 2, last + 1))
        elif kind.says("TEXT", "VARCHAR"):
            mark = _next(tokens, start)
            if tokens[mark].kind == "mark":
                texts.add(mark)
    return texts


def _inside_of(tokens: list[_Token], place: int, name: str) -> bool:
    """Whether what stands at a place is the argument of a function."""
    return place > 1 and tokens[place - 1].text == "(" and tokens[place - 2].text == name


def _blank(tokens: list[_Token], places: range) -> None:
    for place in places:
        tokens[place] = _Token("space", "")


def _hints(tokens: list[_Token]) -> None:
    for place, token in enumerate(tokens):
        following = _next(tokens, place)
        if following >= len(tokens):
            continue
        if token.says("INDEXED") and tokens[following].says("BY"):
            _blank(tokens, range(place, _next(tokens, following) + 1))
        elif token.says("NOT") and tokens[following].says("INDEXED"):
            _blank(tokens, range(place, following + 1))
        elif token.says("CROSS") and tokens[following].says("JOIN") and _has_condition(tokens, following):
            _blank(tokens, range(place, following))


def _has_condition(tokens: list[_Token], join: int) -> bool:
    """Whether an ON belongs to the JOIN at a place."""
    place = _next(tokens, join)
    while place < len(tokens):
        token = tokens[place]
        if token.text == "(" and token.kind == "other":
            place = _closing(tokens, place)
        elif token.text == ")" or token.says(*(_AFTER_FROM - {"ON"})):
            return False
        elif token.says("ON"):
            return not tokens[_next(tokens, place)].says("CONFLICT")
        place = _next(tokens, place)
    return False


def _words(tokens: list[_Token]) -> None:
    for place, token in enumerate(tokens):
        if token.kind == "blob":
            tokens[place] = _Token("string", f"'\\x{token.text[2:-1]}'::bytea")
        elif token.says("LIKE"):
            token.text = "ILIKE"
        elif token.kind == "word" and token.text == "user":
            token.text = '"user"'
        elif token.says("INTEGER"):
            token.text = "BIGINT"  # in casts, SQLAlchemy's among them
        elif token.says("IS"):
            following = _next(tokens, place)
            negated = tokens[following].says("NOT")
            behind = _next(tokens, following) if negated else following
            if not tokens[behind].says("NULL", "TRUE", "FALSE", "DISTINCT"):
                if negated:
                    _blank(tokens, range(following, following + 1))
                token.text = "IS DISTINCT FROM" if negated else "IS NOT DISTINCT FROM"


def _named(tokens: list[_Token]) -> None:
    """Gives names to subqueries that have none."""
    for place, token in enumerate(tokens):
        start = _next(tokens, place)
        if not token.says("FROM", "JOIN") or start >= len(tokens) or tokens[start].text != "(":
            continue
        end = _closing(tokens, start)
        behind = _next(tokens, end)
        if behind >= len(tokens) or tokens[behind].kind not in {"word", "name"} or tokens[behind].says(*_AFTER_FROM):
            tokens[end].text = f") AS unnamed_{place}"
