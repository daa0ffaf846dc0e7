r"""Regular expressions of a filter, read into a tree: what text is hostile to cannot be said in them.

    a  \.  .  [a-z_]  [^/]  \d \D \w \W \s \S  \b \B  ^  $  (…)  (?:…)  a|b  a*  a+  a?  a{2}  a{2,}  a{2,5}
Behind a repeat a `?` is read and changes nothing: asked is whether something is there, not how much of it.

No expression can be slow: it is run by an automaton (store/where/automaton.py), in time that grows with the text and not faster.
Evidence is hostile, and one command line that makes Python's `re` go back over itself for hours is easily written; there are no
references to groups and no looking around, which only such a matcher could do. Rejected: `re` with what looks dangerous refused
(two `.*` in a row are ordinary and take the cube of a text's length), a limit of time (`re` cannot be stopped).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 500
MOST_STATES = 2_000
"""Of the automaton: repeats that are counted are written out."""
MOST_DEPTH = 50
MOST_LITERALS = 32
MOST_REPEATS = 1_000

Test = Callable[[str], bool]


class ExpressionError(Exception):
    """What is wrong with an expression, as the end of a sentence about it."""


@dataclass(frozen=True, slots=True)
class One:
    """A character that passes a test; `literal` is the only one that does, "" where there are several."""

    test: Test
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Nothing, at a place: one of ^ $ b B."""

    kind: str


@dataclass(frozen=True, slots=True)
class InOrder:
    """One behind the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """`least` to `most` times; None: any number."""

    part: Node
    least: int
    most: int | None


Node = One | Spot | InOrder | Either | Repeated


def in_word(char: str) -> bool:
    r"""Whether it is one of those that \w is."""
    return char.isalnum() or char == "_"


CLASSES: dict[str, Test] = {"d": str.isdigit, "w": in_word, "s": str.isspace}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}


def folded(char: str) -> str:
    """As characters are compared: without regard to case, one for one, and none that is not ASCII like one that is."""
    lower = char.lower()
    return lower if len(lower) == 1 and lower.isascii() == char.isascii() else char


class ExpressionReader:
    """Reads one expression. Raises ExpressionError."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise ExpressionError(f"is longer than {MOST_CHARACTERS} characters")
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        """The whole of it."""
        node = self._either()
        if self._at < len(self._text):
            raise ExpressionError("has a ) without its (")
        return node

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise ExpressionError("ends too early")
        self._at += 1
        return char

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ExpressionError(f"has more than {MOST_DEPTH} groups in one another")
        parts = [self._row()]
        while self._next() == "|":
            self._at += 1
            parts.append(self._row())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._next() not in {"", "|", ")"}:
            parts.append(self._repeated(self._part()))
        return parts[0] if len(parts) == 1 else InOrder(tuple(parts))

    def _part(self) -> Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._set()
        if char == "\\":
            return self._escaped()
        if char in "^$":
            return Spot(char)
        if char in "*+?":
            raise ExpressionError(f"has nothing to repeat before {char}")
        return One(lambda _: True) if char == "." else _literal(char)

    def _group(self) -> Node:
        if self._next() == "?":
            if not self._text.startswith("?:", self._at):
                raise ExpressionError("has a kind of group that is not known here; there are (…) and (?:…)")
            self._at += 2
        node = self._either()
        if self._next() != ")":
            raise ExpressionError("has a ( without its )")
        self._at += 1
        return node

    def _escaped(self) -> Node:
        char = self._take()
        if char in "bB":
            return Spot(char)
        if test := _class(char):
            return One(test)
        if char.isascii() and char.isdigit() and char != "0":
            raise ExpressionError(f"has \\{char}: what a group matched cannot be asked for again")
        return _literal(self._character(char))

    def _character(self, escaped: str) -> str:
        if escaped == "x":
            digits = self._text[self._at : self._at + 2]
            self._at += 2
            return _of_digits(digits)
        if escaped in _CONTROL:
            return _CONTROL[escaped]
        if escaped.isascii() and escaped.isalpha():
            raise ExpressionError(f"has \\{escaped}, which means nothing here")
        return escaped

    def _set(self) -> Node:
        negated = self._next() == "^"
        self._at += negated
        tests: list[Test] = []
        spans: list[tuple[str, str]] = []
        first = True
        while first or self._next() != "]":
            first = False
            low = self._member(tests)
            if low and self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in {"", "]"}:
                self._at += 1
                high = self._member(tests)
                if not high or high < low:
                    raise ExpressionError(f"has a span that is none behind {low}-")
                spans.append((low, high))
            elif low:
                spans.append((low, low))
        self._at += 1
        return One(_of_set(tuple(tests), tuple(spans), negated))

    def _member(self, tests: list[Test]) -> str:
        """A character of a set; "" where a class stands, which is added to `tests`."""
        char = self._take()
        if char != "\\":
            return char
        char = self._take()
        if test := _class(char):
            tests.append(test)
            return ""
        return "\b" if char == "b" else self._character(char)

    def _repeated(self, node: Node) -> Node:
        while (char := self._next()) and char in "*+?{":
            bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char)
            if bounds is None:
                found = self._counted()
                if found is None:
                    break
                bounds = found
            else:
                self._at += 1
            if self._next() == "?":
                self._at += 1
            node = Repeated(node, *bounds)
        return node

    def _counted(self) -> tuple[int, int | None] | None:
        """{2}, {2,} or {2,5}; None where the bracket is a character, which `_part` then takes."""
        inner, found, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inner.partition(",")
        digits = all(len(text) <= 5 and text.isascii() and text.isdigit() for text in (least, most or "0"))
        if not found or not digits:
            return None
        self._at += len(inner) + 2
        bounds = int(least), (None if comma and not most else int(most) if comma else int(least))
        if max(bounds[0], bounds[1] or 0) > MOST_REPEATS or (bounds[1] is not None and bounds[1] < bounds[0]):
            raise ExpressionError(f"repeats {{{inner}}} times; at most {MOST_REPEATS:,} are counted")
        return bounds


def _of_digits(digits: str) -> str:
    try:
        return bytes.fromhex(digits).decode("latin-1") if len(digits) == 2 else _refuse(digits)
    except ValueError:
        return _refuse(digits)


def _refuse(digits: str) -> str:
    raise ExpressionError(f"has \\x{digits}: two hexadecimal digits are wanted")


def _class(char: str) -> Test | None:
    test = CLASSES.get(char.lower())
    if test is None or char.islower():
        return test
    return lambda one: not test(one)


def _literal(char: str) -> One:
    wanted = folded(char)
    return One(lambda one: folded(one) == wanted, wanted)


def _of_set(tests: tuple[Test, ...], spans: tuple[tuple[str, str], ...], negated: bool) -> Test:
    def holds(char: str) -> bool:
        written = {char, char.lower(), char.upper()}
        found = any(low <= one <= high for low, high in spans for one in written) or any(test(char) for test in tests)
        return found != negated

    return holds


def literals(node: Node) -> tuple[str, ...]:
    """Texts of which every match contains one, without regard to case; () where there are none to be sure of."""
    found = _needed(node)
    return tuple(sorted(found)) if found and all(found) else ()


def _needed(node: Node) -> frozenset[str] | None:
    if isinstance(node, One):
        return frozenset((node.literal,)) if node.literal else None
    if isinstance(node, Repeated):
        return _needed(node.part) if node.least else None
    if isinstance(node, Either):
        each = [_needed(part) for part in node.parts]
        if any(found is None for found in each):
            return None
        together = frozenset(text for found in each if found for text in found)
        return together if 0 < len(together) <= MOST_LITERALS else None
    return _best(node) if isinstance(node, InOrder) else None


def _best(row: InOrder) -> frozenset[str] | None:
    """Of what stands in a row the most telling: the set whose shortest text is the longest."""
    choices: list[frozenset[str]] = []
    run = ""
    for part in (*row.parts, None):
        if isinstance(part, One) and part.literal:
            run += part.literal
            continue
        if run:
            choices.append(frozenset((run,)))
            run = ""
        if part is not None and not isinstance(part, Spot) and (found := _needed(part)):
            choices.append(found)
    return max(choices, key=lambda found: (min(map(len, found)), -len(found)), default=None)


@lru_cache(maxsize=64)
def compiled(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError for what is none, and for one that would be too large to run."""
    node = ExpressionReader(text).read()
    if states(node) > MOST_STATES:
        raise ExpressionError("is too large: its counted repeats multiply")
    return node


def states(node: Node) -> int:
    """How many states an automaton for it has, repeats written out."""
    if isinstance(node, (InOrder, Either)):
        return 1 + sum(map(states, node.parts))
    if isinstance(node, Repeated):
        times = node.least + 1 if node.most is None else max(node.most, 1)
        return 1 + times * states(node.part)
    return 1
