r"""The language of rules: a small part of regular expressions in which matching cannot be slow and cannot match everything.

    (?<![0-9a-z])((?:rc|beta)?[0-9]{1,3}\.[0-9]{1,4})(?![0-9])

Text and classes (`[0-9a-f]`, `\d`) with bounded counts (`{m,n}`, `?`), alternatives of such sequences `(?:a|b)`, which may
be optional but not repeated and not nested deeper than five; `^`, `$`, look-arounds of one sequence at the edges; placeholders
of earlier rules (`<date>`); and exactly one capturing group: the *variable part*, which the rule replaces. All else is kept.

**Linear time by construction.** Every count is rendered possessive and every alternative atomic (Python 3.11), so that a
matcher never goes back: from one starting point it reads at most `Expression.cost` characters, and there are as many starting
points as characters. `*`, `+` and open counts are not in the language, so every expression matches finitely many texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from engine.rules.language.nodes import (
    Choice,
    Edge,
    Item,
    LookAround,
    Repeat,
    Sequence,
    Variable,
    Verbatim,
    cost,
    longest,
    render,
    shortest,
)

MAX_TEXT = 4000
MAX_DEPTH = 5
MARKS = (
    "version",
    "uuid",
    "hex",
    "hex16",
    "hex32",
    "hex40",
    "hex64",
    "date",
    "time",
    "locale",
    "sid",
    "number",
    "n",
    "user",
    "temp",
    "id",
)
"""Placeholders, in an order that never changes. While rules are matched, each is one private character that no class holds."""
_MARK_CHAR = {name: chr(0xF0000 + place) for place, name in enumerate(MARKS)}
_MARK = re.compile("<(" + "|".join(sorted(MARKS, key=len, reverse=True)) + ")>")
_MARKED = re.compile(f"[{chr(0xF0000)}-{chr(0xF0000 + len(MARKS) - 1)}]")
_SPECIAL = set("\\.^$*+?{}[]|()")


class BadExpression(ValueError):
    """Not of the language; the message is for people."""


def masked(word: str) -> str:
    """The word with every placeholder as one private character. Private characters of the log itself become "?"."""
    if "<" not in word and not _MARKED.search(word):
        return word
    return _MARK.sub(lambda found: _MARK_CHAR[found[1]], _MARKED.sub("?", word))


def unmasked(word: str) -> str:
    """The text that `masked` was given."""
    return _MARKED.sub(lambda found: f"<{MARKS[ord(found[0]) - 0xF0000]}>", word)


@dataclass(frozen=True)
class Expression:
    """A parsed expression. Equal texts, equal expressions."""

    text: str
    items: Sequence

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """For Python's `re`, without any way back."""
        return re.compile(render(self.items))

    @cached_property
    def cost(self) -> int:
        """Characters that a matcher compares from one starting point, at most."""
        return cost(self.items)

    @cached_property
    def variable(self) -> Sequence:
        """What the capturing group holds."""
        return next(item.inner for item in self.items if isinstance(item, Variable))

    @property
    def lengths(self) -> tuple[int, int]:
        """Shortest and longest variable part."""
        return shortest(self.variable), longest(self.variable)

    def find(self, masked_word: str, start: int = 0) -> re.Match[str] | None:
        """The first match in a masked word; group 1 is the variable part."""
        return self.compiled.search(masked_word, start)


def parse(text: str) -> Expression:
    """Read an expression. Raises BadExpression, in words that say what is not allowed and why."""
    if len(text) > MAX_TEXT:
        raise BadExpression(f"it is longer than {MAX_TEXT} characters")
    reader = _Reader(masked(text))
    items = reader.sequence(0)
    if not reader.done:
        raise BadExpression("a closing bracket that nothing opened")
    groups = [item for item in items if isinstance(item, Variable)]
    if len(groups) != 1:
        raise BadExpression(
            "it needs exactly one capturing group (…) around the part to be replaced, outside of any other bracket"
        )
    if shortest(groups[0].inner) < 1:
        raise BadExpression("the part to be replaced may be empty")
    return Expression(text, items)


class _Reader:
    """Recursive descent over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def sequence(self, depth: int) -> Sequence:
        """Up to a `|` or `)` of the caller."""
        out: list[Item] = []
        while not self.done and self.text[self.at] not in "|)":
            out.append(self.item(depth))
        return tuple(_joined(out))

    def item(self, depth: int) -> Item:
        char = self.text[self.at]
        if char == "(":
            return self.group(depth)
        if char in "^$":
            self.at += 1
            return Edge(char == "^")
        if char == "[" or self.text.startswith("\\d", self.at):
            return self.counted(self.char_class())
        if char == ".":
            self.fail("a bare dot matches anything; write \\. for a dot, or a class")
        if char in "*+":
            self.fail(f"an unbounded repetition ({char}); write a count such as {{1,8}}")
        if char in "?{}]":
            self.fail(f"a {char} that nothing stands before")
        literal = self.literal()
        if not self.done and self.text[self.at] in "?{*+":
            return self.counted(frozenset(literal))
        return Verbatim(literal)

    def literal(self) -> str:
        char = self.text[self.at]
        if char != "\\":
            self.at += 1
            return char
        escaped = self.text[self.at + 1 : self.at + 2]
        if not escaped or escaped.isalnum():
            self.fail(f"\\{escaped} is not in the language; only \\d and escaped punctuation are")
        self.at += 2
        return escaped

    def char_class(self) -> frozenset[str]:
        if self.text[self.at] == "\\":
            self.at += 2
            return frozenset("0123456789")
        self.at += 1
        if self.text.startswith("^", self.at):
            self.fail("a negated class matches nearly anything; list the characters")
        chars: set[str] = set()
        while True:
            if self.done:
                self.fail("a class that is never closed")
            if self.text[self.at] == "]" and chars:
                self.at += 1
                return frozenset(chars)
            if self.text.startswith("\\d", self.at):
                chars |= set("0123456789")
                self.at += 2
                continue
            first = self.literal()
            if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in {"", "]"}:
                self.at += 1
                last = self.literal()
                if not ord(first) <= ord(last) < 0xF0000 or ord(last) - ord(first) > 128:
                    self.fail(f"the range {first}-{last}")
                chars |= {chr(code) for code in range(ord(first), ord(last) + 1)}
            else:
                chars.add(first)

    def counted(self, chars: frozenset[str]) -> Repeat:
        if self.done or self.text[self.at] not in "?{*+":
            return Repeat(chars, 1, 1)
        if self.text[self.at] == "?":
            self.at += 1
            low, high = 0, 1
        else:
            found = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}").match(self.text, self.at)
            if found is None:
                self.fail("an unbounded repetition; write a count such as {1,8}")
            self.at = found.end()
            low, high = int(found[1]), int(found[2] or found[1])
        if low > high or high < 1:
            self.fail(f"the count {{{low},{high}}}")
        if not self.done and self.text[self.at] in "?*+{":
            self.fail("a repetition of a repetition")
        return Repeat(chars, low, high)

    def group(self, depth: int) -> Item:
        if depth >= MAX_DEPTH:
            self.fail(f"brackets nested deeper than {MAX_DEPTH}")
        for opening, behind, negative in (
            ("(?<!", True, True),
            ("(?<=", True, False),
            ("(?!", False, True),
            ("(?=", False, False),
        ):
            if self.text.startswith(opening, self.at):
                self.at += len(opening)
                inner = self.sequence(depth + 1)
                self.close()
                if behind and shortest(inner) != longest(inner):
                    self.fail("what stands before must have one length")
                return LookAround(behind, negative, inner)
        if self.text.startswith("(?:", self.at):
            self.at += 3
            return self.choice(depth)
        if self.text.startswith("(?", self.at):
            self.fail("of the (? brackets only (?:, (?=, (?!, (?<= and (?<! are in the language")
        if depth:
            self.fail("the capturing group may not stand inside another bracket")
        self.at += 1
        inner = self.sequence(depth + 1)
        self.close()
        return Variable(inner)

    def choice(self, depth: int) -> Choice:
        options = [self.sequence(depth + 1)]
        while self.text.startswith("|", self.at):
            self.at += 1
            options.append(self.sequence(depth + 1))
        self.close()
        optional = self.text.startswith("?", self.at)
        self.at += optional
        if not self.done and self.text[self.at] in "?*+{":
            self.fail("a repeated bracket; only single characters and classes may be counted")
        if any(shortest(option) == 0 for option in options):
            self.fail("an alternative that may be empty")
        return Choice(tuple(options), optional)

    def close(self) -> None:
        if not self.text.startswith(")", self.at):
            self.fail("a bracket that is never closed" if self.done else "a | outside of (?:…)")
        self.at += 1

    def fail(self, what: str) -> NoReturn:
        raise BadExpression(f"{what} (at character {self.at + 1})")


def _joined(items: list[Item]) -> Iterator[Item]:
    """Items with neighbouring verbatim texts made one."""
    text = ""
    for item in items:
        if isinstance(item, Verbatim):
            text += item.text
            continue
        if text:
            yield Verbatim(text)
        text = ""
        yield item
    if text:
        yield Verbatim(text)


def quoted(text: str) -> str:
    """Text as an expression that matches it, placeholders included."""
    return "".join("\\" + char if char in _SPECIAL else char for char in text)
