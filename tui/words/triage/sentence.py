"""What happened, in one sentence: who does what, by what means, and what follows. At most 35 words and four lines of 47 cells.

Said from the tables' phrases; where they say nothing, from counts. Parts are left out, the least first, until it fits. No numbers
of the detector, and no judgement: what it is, not what to think of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.knowledge import Role, role
from engine.knowledge.telling import WEB, Aspect, Telling
from engine.untrusted import visible
from tui.words.spans import crop, wrap

WORDS, WIDTH, LINES = 35, 47, 4
NAME, OBJECT = 24, 34
"""Cells of a name, of an address or file."""
ACTORS = {
    Role.WEB_SERVER: "The web server",
    Role.DATABASE: "The database",
    Role.OFFICE: "The document program",
    Role.MAIL_CHAT: "The mail program",
    Role.BROWSER: "The browser",
    Role.SCHEDULER: "The scheduler",
    Role.SERVICE_HOST: "The service host",
    Role.CONTAINER: "The container runtime",
}
"""Roles of programs that act for others; of the rest the account is named."""
NEAR = 3
"""Ancestors among which such a program is looked for."""
VERBS = frozenset({
    "asks", "bypasses", "checks", "copies", "deletes", "downloads", "dumps", "ends", "fetches", "has", "hides", "installs",
    "lifts", "lists", "makes", "moves", "names", "opens", "outlives", "packs", "poses", "reads", "removes", "runs", "searches",
    "seeks", "starts", "switches", "takes", "touches", "writes",
})  # fmt: skip
"""With which the phrases of the tables begin, behind the subject that some have."""
_ADDRESS = re.compile(r"\b(?:https?|ftp|tcp)://[^\s\"'|;&)<>]+|\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?", re.IGNORECASE)
_FILE = re.compile(
    r"(?:/tmp|/dev/shm|/var/tmp|/home|/root)/[^\s\"'|;&)<>]+|[A-Za-z]:\\(?:Users|ProgramData|Windows\\Temp)\\[^\"'|;&<>\s]+"
)
_LINKS = str.maketrans({"\n": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class Actor:
    """A process as the sentence needs it. Texts are as recorded."""

    name: str
    """Base name."""
    user: str
    """Without domain; "" for unknown."""
    steps: Sequence[str]
    """Folded paths of its chain, root first."""
    command_line: str
    time_us: int
    parent: str = ""
    """Base name."""
    before: str = ""
    """The account of what started it, where it runs as a privileged one and that does not."""


def sentence(main: Actor, said: Sequence[Telling], then: Sequence[tuple[Actor, Telling]], counted: Sequence[str]) -> str:
    """What `main` does by what the tables say of it (heaviest first), what others do, and clauses of what was counted, the
    weightiest first. Well-formed whatever the texts are.
    """
    for made in _tries(main, said, then, counted):
        text = _polished(made)
        if len(text.split()) <= WORDS and len(wrap(text, WIDTH)) <= LINES:
            return text
    return _polished(f"{crop(_who(main, user=False), WIDTH)} starts {_name(main.name)}")


def clause(said: Telling) -> str:
    """A phrase without its subject, as it stands behind a name: named like … becomes is named like …"""
    words = said.phrase.split()
    if said.part is Aspect.LISTED:
        return said.phrase
    if said.part is Aspect.NAME and words[0] not in VERBS:
        return (
            f"is {said.phrase}"
            if words[0] == "named"
            else f"has a {said.phrase}"
            if words[0] == "name"
            else f"is a {said.phrase}"
        )
    if said.part is Aspect.ROLE:  # ends in a shell
        return "is " + " ".join(words[2:])
    if said.phrase.endswith(" starts it"):
        return "comes from a program that starts little else"
    verb = next((place for place, word in enumerate(words) if word in VERBS), 0)
    return " ".join(words[verb:])


def _tries(main: Actor, said: Sequence[Telling], then: Sequence[tuple[Actor, Telling]], counted: Sequence[str]) -> Iterator[str]:
    """The fullest first."""
    acts = [clause(one) for one in said if not (one.part is Aspect.PAIR and _acting(main) is not None)]
    acts = list(dict.fromkeys(acts))
    told = {one.phrase for one in said[:2]}
    follows = [f"{_order(main, other)} {_name(other.name)} {clause(one)}" for other, one in then if one.phrase not in told]
    follows = [*follows, *counted]
    about = _object(main.command_line)
    for user in (True, False):
        for both, extra, following in ((2, about, 1), (1, about, 1), (1, "", 1), (1, about, 0), (1, "", 0)):
            named = f" ({extra})" if extra else ""
            doing = " and ".join([f"{acts[0]}{named}", *acts[1:both]]) if acts else ""
            which = f", which {doing}" if doing else named
            after = f"; {follows[0]}" if following and follows else ""
            yield f"{_who(main, user=user)} starts {_name(main.name)}{which}{after}"


def _who(main: Actor, *, user: bool) -> str:
    acting = _acting(main)
    if acting is not None:
        kind, name = acting
        return f"{kind} {_name(name)}" + (f", as {_name(main.user)}," if user and main.user else "")
    if main.before:
        return f"Account {_name(main.before)}, risen to {_name(main.user)},"
    if main.user:
        return f"Account {_name(main.user)}" + (f", through {_name(main.parent)}," if user and main.parent else "")
    return f"The program {_name(main.parent)}" if main.parent else "Something that no record names"


def _acting(main: Actor) -> tuple[str, str] | None:
    """The nearest program above that acts for others, with what it is."""
    for path in reversed(main.steps[:-1][-NEAR:]):
        kind = ACTORS.get(role(path))
        if kind is not None:
            kind = kind if role(path) is not Role.WEB_SERVER or WEB.fullmatch(path) else "The server"
            return kind, path.rpartition("\\")[2].rpartition("/")[2]
    return None


def _order(main: Actor, other: Actor) -> str:
    return "before that" if other.time_us < main.time_us else "then"


def _object(command_line: str) -> str:
    """The address, else the file, that a command line names first."""
    text = command_line[:2000]
    found = _ADDRESS.search(text) or _FILE.search(text)
    return crop(found.group().translate(_LINKS).rstrip(".,"), OBJECT) if found else ""


def _name(text: str) -> str:
    return crop(text.translate(_LINKS).strip(), NAME) or "?"


def _polished(text: str) -> str:
    return re.sub(r"\s+", " ", visible(text)).strip(" .") + "."
