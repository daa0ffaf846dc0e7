"""Runs an expression over texts in time that grows with the text: all ways at once, as K. Thompson did it in 1968.

A set of states that are reached is one state of a second automaton, which is built as texts need it and forgotten when it
grows too large (as in RE2). A step of a known state is a look into a dictionary.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import getitem

from store.where.expression import Either, InOrder, Node, One, Repeated, Spot, compiled, in_word

MOST_STEPS = 100_000
"""Of the second automaton that are remembered."""
END = ""
"""Stands behind the last character."""


class Known(dict[str, "Known"]):
    """A state of the second automaton: the states of the first that are reached, and what stands before. A character -> where it
    leads, which is found out when it is first asked for.
    """

    def __init__(self, automaton: Automaton | None, states: frozenset[int], before: bool, beginning: bool) -> None:
        super().__init__()
        self._automaton, self.states, self.before, self.beginning = automaton, states, before, beginning

    def __missing__(self, char: str) -> Known:
        if self._automaton is None:
            return self  # met, whatever follows
        found = self[char] = self._automaton.step(self, char)
        return found


MET = Known(None, frozenset(), before=False, beginning=False)
UNMET = Known(None, frozenset(), before=False, beginning=False)


class Automaton:
    """One expression, to be searched for in texts."""

    def __init__(self, node: Node) -> None:
        self._one: list[One | None] = []
        """Of each state what it takes, None for those that take nothing …"""
        self._place: list[str] = []
        """… and of those at which place they can be passed, "" for any."""
        self._to: list[list[int]] = []
        self._accept = self._state()
        self._start = self._built(node, self._accept)
        self.steps = 0
        self._known: dict[tuple[frozenset[int], bool, bool], Known] = {}
        self._first = self._known_as(frozenset((self._start,)), before=False, beginning=True)

    def _state(self, one: One | None = None, place: str = "", to: tuple[int, ...] = ()) -> int:
        self._one.append(one)
        self._place.append(place)
        self._to.append([*to])
        return len(self._one) - 1

    def _built(self, node: Node, behind: int) -> int:
        """The state from which `node` leads to the state `behind`."""
        if isinstance(node, One):
            return self._state(one=node, to=(behind,))
        if isinstance(node, Spot):
            return self._state(place=node.kind, to=(behind,))
        if isinstance(node, Either):
            return self._state(to=tuple(self._built(part, behind) for part in node.parts))
        if isinstance(node, InOrder):
            for part in reversed(node.parts):
                behind = self._built(part, behind)
            return behind
        return self._repeated(node, behind)

    def _repeated(self, node: Repeated, behind: int) -> int:
        if node.most is None:
            again = self._state()
            self._to[again] = [self._built(node.part, again), behind]
            start = again
        else:
            start = behind
            for _ in range(node.most - node.least):
                start = self._state(to=(self._built(node.part, start), behind))
        for _ in range(node.least):
            start = self._built(node.part, start)
        return start

    def found_in(self, text: str) -> bool:
        """Whether the text, or a part of it, matches."""
        if self.steps > MOST_STEPS:
            self._known, self.steps = {}, 0
            self._first = self._known_as(frozenset((self._start,)), before=False, beginning=True)
        return reduce(getitem, text, self._first)[END] is MET

    def step(self, known: Known, char: str) -> Known:
        """Where a character leads, or END; each is asked about once."""
        self.steps += 1
        reached = self._passed(known, char)
        if self._accept in reached:
            return MET
        if char == END:
            return UNMET
        taken = [state for state in reached if (one := self._one[state]) is not None and one.test(char)]
        following = frozenset([self._start, *(to for state in taken for to in self._to[state])])
        return self._known_as(following, before=in_word(char), beginning=False)

    def _known_as(self, states: frozenset[int], *, before: bool, beginning: bool) -> Known:
        key = states, before, beginning
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Known(self, *key)
        return found

    def _passed(self, known: Known, char: str) -> set[int]:
        """All states that are reached without taking a character, between what stands before and `char`."""
        edge = known.before != in_word(char)
        held = {"": True, "^": known.beginning, "$": char == END, "b": edge, "B": not edge}
        reached: set[int] = set()
        stack = [*known.states]
        while stack:
            state = stack.pop()
            if state in reached:
                continue
            reached.add(state)
            if self._one[state] is None and held[self._place[state]]:
                stack += self._to[state]
        return reached


@lru_cache(maxsize=64)
def automaton(text: str) -> Automaton:
    """That of an expression. Raises ExpressionError."""
    return Automaton(compiled(text))
