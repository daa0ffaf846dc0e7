"""What the tables say of one process, by its last three steps, its command line and its original name, each entry with its words.

The same parts as the prior (engine.knowledge.prior) and the command rules, kept apart: a sum says how much, an entry says what. A
tool under another name is told as what it is, too: what is known of a path (the prior's parts) cannot know that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from engine.knowledge.breaks import Break
from engine.knowledge.command_rules import RENAMED, speaking
from engine.knowledge.lineage_rules import pair_broken, role_broken
from engine.knowledge.names import name_contradiction
from engine.knowledge.prior import WEIGHTS, leaf_role
from engine.knowledge.renamed import LONGEST, renamed, shown_as
from engine.knowledge.residents import known_place
from engine.knowledge.roles import Role, role

SAYS = 0.6
"""Weight from which an entry's words are what is said of a process; below it statistics speak."""
COMMAND_WEIGHT = 2.0
"""A rule over command lines against the parts of the prior: 1, hardly ever meant well, as much as a name that cannot be."""
LINE = 4096
"""Characters of a command line that are looked at."""
WEB = re.compile(
    r"(?:[^\\/]*[\\/])*(?:w3wp|iisexpress|httpd|apache2?|nginx|openresty|caddy|lighttpd|litespeed|tomcat\d*w?|php-fpm[\d.]*|php-cgi|"
    r"gunicorn|uwsgi|puma|unicorn|jetty|catalina)(?:\.exe|\.worker)?",
    re.IGNORECASE,
)
"""Of the servers, which the tables take as one role (web, mail, name and application servers), those of the web by name."""
LEAVES = {
    Role.SHELL: "ends in a shell",
    Role.SCRIPT_ENGINE: "ends in a script",
    Role.PROXY_BINARY: "ends in a proxy program",
    Role.ADMIN_TOOL: "ends in an admin tool",
    Role.CREDENTIAL_TOOL: "ends in a dumping tool",
    Role.REMOTE_TOOL: "ends in remote access",
    Role.ATTACK_TOOL: "ends in an attack tool",
}
"""Phrases of the suspect roles; they have no entry of their own in a table."""
ATTACK_TOOL = ("T1588.002",)


class Aspect(StrEnum):
    """What an entry looks at."""

    COMMAND = "command"
    RENAMED = "renamed"
    """What it is by its version resource, under another name."""
    PLACE = "place"
    NAME = "name"
    PAIR = "pair"
    """Who started it, or who started that."""
    ROLE = "role"
    LISTED = "listed"
    """What a list of hashes says of it, and no table: made by who knows the lists."""


ASKED = frozenset({Aspect.COMMAND, Aspect.RENAMED})
"""What the signal `command_rules` adds up; the prior has the others."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one entry says of a process."""

    part: Aspect
    weight: float
    """0.2 … 2: as much as the prior weighs it."""
    why: str
    """A clause; names in it are from logs."""
    phrase: str
    """At most 26 cells, subject and verb."""
    techniques: tuple[str, ...]
    """Ids of ATT&CK, the first that fits best; () where the entry is about none."""
    above: int = 0
    """0 about the process itself, 1 about its parent."""


def tellings(steps: Sequence[str], command_line: str | None = None, original: str | None = None) -> tuple[Telling, ...]:
    """Of a process whose chain of folded paths, root first, ends in `steps`; the heaviest first. Total: any texts will do.

    original: the name that the program's version resource gives.
    """
    return _tellings(tuple(steps[-3:]), (command_line or "")[:LINE], (original or "")[: LONGEST + 1])


@lru_cache(maxsize=1 << 13)  # asked again for each drawing of a list; some MB when full
def _tellings(steps: tuple[str, ...], command_line: str, original: str) -> tuple[Telling, ...]:
    if not steps:
        return ()
    found = [*_of_command(steps[-1], command_line, original), *_of_path(steps[-1], 0), *_of_pair(steps), *_of_role(steps[-1])]
    if (shown := shown_as(steps[-1], original)) != steps[-1]:
        found += [one for one in (*_of_pair((*steps[:-1], shown)), *_of_role(shown)) if one not in found]
    if len(steps) > 1:
        found += _of_path(steps[-2], 1)
    return tuple(sorted(found, key=lambda one: -one.weight))


def _of_command(path: str, command_line: str, original: str) -> Iterator[Telling]:
    hidden = renamed(path, original)
    if hidden.value:
        weight = COMMAND_WEIGHT * RENAMED * hidden.value
        yield Telling(Aspect.RENAMED, weight, hidden.reason, hidden.phrase, hidden.techniques)
    for rule in speaking(path, command_line, original) if command_line else ():
        yield Telling(Aspect.COMMAND, COMMAND_WEIGHT * rule.weight, rule.why, rule.phrase, rule.techniques)


def _of_path(path: str, above: int) -> Iterator[Telling]:
    name = name_contradiction(path)
    if name.value:
        yield Telling(Aspect.NAME, WEIGHTS[2 + above] * name.value, name.reason, name.phrase, name.techniques, above)
    known = known_place(path)
    if known.risk:
        yield Telling(Aspect.PLACE, WEIGHTS[above] * known.risk, known.why, known.phrase, known.techniques, above)


def _of_pair(steps: tuple[str, ...]) -> Iterator[Telling]:
    leaf = role(steps[-1])
    if len(steps) > 1:
        yield from _told(pair_broken(steps[-2], steps[-1]), WEIGHTS[4], steps[-2])
    if len(steps) > 2:
        yield from _told(role_broken(role(steps[-3]), leaf, grand=True), WEIGHTS[5], steps[-3])


def _told(broken: Break, weight: float, above: str) -> Iterator[Telling]:
    if broken.value:
        phrase = broken.phrase if WEB.fullmatch(above) else broken.phrase.replace("web server ", "server ")
        yield Telling(Aspect.PAIR, weight * broken.value, broken.reason, phrase, broken.techniques)


def _of_role(path: str) -> Iterator[Telling]:
    kind = role(path)
    if value := leaf_role(path, kind):
        techniques = ATTACK_TOOL if kind is Role.ATTACK_TOOL else ()
        yield Telling(Aspect.ROLE, WEIGHTS[6] * value, LEAVES[kind], LEAVES[kind], techniques)
