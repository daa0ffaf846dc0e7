"""Which processes exceptions cover: by image and ancestors, which a chain tells, then by host, then by command line."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.exceptions.commands import CommandKind, CommandShape, shape_of_command
from engine.exceptions.kept import ANY_HOST, ExceptionScope
from engine.rules.apply import parts_of
from engine.rules.rule import RuleSet
from engine.verdicts.shapes import Masks

REMEMBERED = 1 << 16
"""Paths whose shapes are kept, per matcher."""


@dataclass(frozen=True, slots=True)
class SeenProcess:
    """A process as an exception sees it. Texts are untrusted."""

    steps: tuple[str, ...]
    """Normalised paths of its chain, root first; the last is its own image."""
    hosts: tuple[str, ...]
    """Every name of the host that it ran on."""
    command_line: str | None = None


@dataclass(frozen=True, slots=True)
class ScopeAsked:
    """How narrow an exception from a process is to be: its image, its parent and its command line unless asked otherwise."""

    ancestors: int = 1
    host: str = ANY_HOST
    any_command: bool = False
    alone: bool = False


NARROW = ScopeAsked()


class ExceptionMatcher:
    """Some scopes by number, asked about many chains and processes; remembers the shapes of paths."""

    def __init__(self, scopes: Mapping[int, ExceptionScope]) -> None:
        self._scopes = dict(scopes)
        self._by_image: dict[str, list[int]] = {}
        for number, scope in self._scopes.items():
            self._by_image.setdefault(scope.image, []).append(number)
        names = [_name(image) for image in self._by_image]
        self._names = frozenset(name for name in names if "<" not in name)
        self._masked = len(self._names) < len(set(names))
        masks = Masks.of(RuleSet())
        self._shape = lru_cache(maxsize=REMEMBERED)(masks.path)

    def may_be_image(self, path: str) -> bool:
        """Whether one of them has this image. Cheap for most paths: a name in which nothing is filled in stays as it is."""
        if not self._masked and _name(path) not in self._names:
            return False
        return path in self._by_image or self._shape(path) in self._by_image

    def of_chain(self, steps: Sequence[str]) -> tuple[int, ...]:
        """Those whose image and ancestors a chain has, root first; what is asked of host and command line is not looked at."""
        if not steps:
            return ()
        found = dict.fromkeys((*self._by_image.get(steps[-1], ()), *self._by_image.get(self._shape(steps[-1]), ())))
        above = steps[-2::-1]
        return tuple(number for number in found if self._has_above(self._scopes[number], above))

    def _has_above(self, scope: ExceptionScope, above: Sequence[str]) -> bool:
        fits = len(above) == len(scope.ancestors) if scope.root else len(above) >= len(scope.ancestors)
        return fits and all(one in {path, self._shape(path)} for one, path in zip(scope.ancestors, above, strict=False))

    def of_host(self, number: int, names: Iterable[str]) -> bool:
        """Whether the host with these names is one of the scope's."""
        wanted = self._scopes[number].host
        return wanted == ANY_HOST or any(_pattern(wanted).fullmatch(name.casefold()) for name in names)

    def of_command(self, number: int, command: CommandShape) -> bool:
        """Whether a command line of this shape is the scope's."""
        wanted = self._scopes[number].command
        return wanted is CommandKind.ANY or wanted == command

    def asks_for_commands(self, number: int) -> bool:
        """Whether the shape of a command line matters to it."""
        return self._scopes[number].command is not CommandKind.ANY

    def covering(self, seen: SeenProcess) -> tuple[int, ...]:
        """Those that cover a process."""
        command = shape_of_command(seen.command_line)
        return tuple(
            number
            for number in self.of_chain(seen.steps)
            if self.of_host(number, seen.hosts) and self.of_command(number, command)
        )

    def scope_of(self, seen: SeenProcess, asked: ScopeAsked = NARROW) -> ExceptionScope:
        """The scope that is made from a process, which it covers. Where fewer ancestors are known than are asked for, it is for
        what has no more of them: with those that there are alone it would be a wider one. Raises UsageError for what is no scope.
        """
        above = tuple(map(self._shape, seen.steps[-2::-1]))[: asked.ancestors]
        command: CommandShape = CommandKind.ANY if asked.any_command else shape_of_command(seen.command_line)
        image = self._shape(seen.steps[-1]) if seen.steps else ""
        root = len(above) < asked.ancestors
        return ExceptionScope(image, above, root, asked.host.strip(), command, asked.alone).checked()


def covers(scope: ExceptionScope, seen: SeenProcess) -> bool:
    """Whether an exception covers a process: all of it holds."""
    return bool(ExceptionMatcher({0: scope}).covering(seen))


def _name(path: str) -> str:
    return parts_of(path)[0][-1]


@lru_cache(maxsize=1_024)
def _pattern(wanted: str) -> re.Pattern[str]:
    """* and ? and nothing else; fnmatch writes them so that no name makes the expression go back over itself."""
    return re.compile(fnmatch.translate(wanted.casefold().replace("[", "[[]")))
