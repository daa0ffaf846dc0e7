"""What an exception is: a verdict, what it is kept for, who answers for it, why and until when."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from engine.domain.records import MAX_STEPS
from engine.domain.verdicts import Verdict
from engine.errors import UsageError
from engine.exceptions.commands import CommandKind, CommandShape
from engine.words.command_line import MAX_WORDS

MOST_ANCESTORS = MAX_STEPS - 1
LONGEST_TEXT = 8_192
"""Characters of a path, a word of a shape or a note."""
LONGEST_NAME = 300
"""Characters of an owner, or of what hosts are named by."""
KEPT = (Verdict.FALSE_POSITIVE.word, Verdict.BENIGN.word)
"""Verdicts that are kept for later cases."""
STAYS = (Verdict.MALICIOUS.word, Verdict.UNDETERMINED.word)
"""What has one of these in a case stays in its queue, whatever exceptions say: somebody looked here."""
ANY_HOST = ""


class ExceptionReason(StrEnum):
    """Why something is no finding, as a closed list: reports count by it."""

    ADMINISTRATION = "administration"
    SOFTWARE = "software"
    DEVELOPMENT = "development"
    MONITORING = "monitoring"
    EXERCISE = "exercise"
    OTHER = "other"


MEANINGS = {
    ExceptionReason.ADMINISTRATION: "scripts and tools of those who run these systems",
    ExceptionReason.SOFTWARE: "what an installed product does, updates included",
    ExceptionReason.DEVELOPMENT: "builds and tests",
    ExceptionReason.MONITORING: "scanners, agents, backups",
    ExceptionReason.EXERCISE: "an announced test of the defence",
    ExceptionReason.OTHER: "the note says what",
}


@dataclass(frozen=True, slots=True)
class ExceptionScope:
    """Which processes an exception covers: those that meet all of it. Texts come from logs."""

    image: str
    """Normalised path of the program, or the shape of one (engine.verdicts.shapes)."""
    ancestors: tuple[str, ...] = ()
    """The same of the programs above it, parent first."""
    root: bool = False
    """Nothing is known above these: what was judged had no further ancestors, and so has whatever it covers."""
    host: str = ANY_HOST
    """A name, or a pattern with * and ?, in any case; ANY_HOST for all hosts."""
    command: CommandShape = CommandKind.ANY
    alone: bool = False
    """It is the image alone, on any command line below any parent, and somebody has said that this is meant."""

    @property
    def is_alone(self) -> bool:
        """Whether nothing is asked of what is above it, nor of the command line."""
        return not self.ancestors and not self.root and self.command is CommandKind.ANY

    @property
    def problem(self) -> str:
        """Why this is no scope, as a clause; "" for one."""
        if not self.image:
            return "it names no program"
        if len(self.ancestors) > MOST_ANCESTORS:
            return f"it has more than {MOST_ANCESTORS} ancestors, and a chain has no more"
        if "" in self.ancestors:
            return "one of its ancestors has no name"
        if not isinstance(self.command, CommandKind) and len(self.command) > MAX_WORDS:
            return f"its command line has more than {MAX_WORDS} words, and a shape has no more"
        if self.is_alone != self.alone:
            return (
                "it is a program alone, which has to be said"
                if self.is_alone
                else "it says that it is a program alone, and asks for more"
            )
        return ""

    @property
    def key(self) -> str:
        """32 hex digits over what it asks for: the same scope in every workspace."""
        command = str(self.command) if isinstance(self.command, CommandKind) else list(self.command)
        asked = json.dumps([self.image, list(self.ancestors), self.root, self.host.casefold(), command], ensure_ascii=True)
        return hashlib.blake2b(asked.encode("ascii"), digest_size=16).hexdigest()

    def checked(self) -> ExceptionScope:
        """Itself. Raises UsageError where it is none."""
        if self.problem:
            remedy = "--image-alone says that it is meant." if self.is_alone and not self.alone else ""
            raise UsageError(f"This cannot be an exception: {self.problem}.", remedy=remedy)
        return self


@dataclass(frozen=True, slots=True)
class KeptException:
    """A verdict that is kept for later cases. Names and notes are untrusted."""

    scope: ExceptionScope
    verdict: str
    """One of KEPT."""
    reason: ExceptionReason
    owner: str
    """Who answers for it."""
    note: str
    created_us: int
    expires_us: int | None
    """From then on it hides nothing; None: never."""

    def holds(self, now_us: int) -> bool:
        """Whether it hides anything at a time."""
        return self.expires_us is None or now_us < self.expires_us
