"""Texts with variables: `{home}`, `{UUID}`, `{v:chrome}`, `{pick:a|b}`; `{uuid@a}` is the same value throughout one tree.

`{own:a|b}` is the same choice on a host for good, and lists of one length agree: who has one vendor's service has its task.

Compiled once to a %-format and a tuple of functions, because a simulated million of events renders two million texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.simulator.scripts.context import Context
from engine.simulator.scripts.variables import variable

Getter = Callable[[Context], str]

_OPENING = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)(?=[:@}])")
_MEMO = re.compile(r"@(\w+)\Z")


class Text:
    """A compiled text. `render` costs about 0.2 µs and 0.3 µs per variable."""

    __slots__ = ("constant", "form", "getters")

    def __init__(self, form: str, getters: tuple[Getter, ...]) -> None:
        self.form = form
        self.getters = getters
        self.constant = None if getters else form % ()

    def render(self, context: Context) -> str:
        """The text with every variable filled in."""
        if self.constant is not None:
            return self.constant
        return self.form % tuple([get(context) for get in self.getters])


def compile_text(text: str) -> Text:
    """Compile. Raises ValueError for a variable that does not exist. Other braces stay what they are: `{print $1}`."""
    getters: list[Getter] = []
    form: list[str] = []
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        form.append(text[position : opening.start()].replace("%", "%%"))
        position = _closing(text, opening.start()) + 1
        inside = text[opening.end() : position - 1]
        memo = _MEMO.search(inside)
        if memo:
            inside = inside[: memo.start()]
        getter = _getter(opening[1], inside[1:] if inside.startswith(":") else None)
        key = f"{opening[1]}{inside}{memo[0]}" if memo else ""
        getters.append(_remembered(getter, key) if memo else getter)
        form.append("%s")
    form.append(text[position:].replace("%", "%%"))
    return Text("".join(form), tuple(getters))


def _closing(text: str, start: int) -> int:
    r"""Index of the brace that closes the one at `start` (variables nest: `{pick:{sys}\a.exe|{home}\b.exe}`)."""
    depth = 0
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise ValueError(f"a brace that is never closed: {text!r}")


def _getter(name: str, argument: str | None) -> Getter:
    if name == "pick":
        choices = [compile_text(choice) for choice in _alternatives(argument or "")]
        return lambda c: choices[int(c.rng.random() * len(choices))].render(c)
    if name == "own":
        choices = [compile_text(choice) for choice in _alternatives(argument or "")]
        return lambda c: choices[int(c.host.fixed("own"), 16) % len(choices)].render(c)
    if name == "word":
        return _word(argument or "")
    return variable(name, argument)


def _alternatives(text: str) -> list[str]:
    """Split at the bars that are not inside a nested variable."""
    found, depth = [""], 0
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _remembered(getter: Getter, key: str) -> Getter:
    def remembered(context: Context) -> str:
        value = context.memo.get(key)
        if value is None:
            value = context.memo[key] = getter(context)
        return value

    return remembered


def _word(kind: str) -> Getter:
    """A word of a list in vocabulary.toml, the first ones far more often, as everywhere in language and logs."""
    from engine.simulator.scripts.tables import vocabulary

    words = [compile_text(word) for word in vocabulary(kind)]

    def word(context: Context) -> str:
        draw = context.rng.random()
        return words[int(draw * draw * len(words))].render(context)

    return word
