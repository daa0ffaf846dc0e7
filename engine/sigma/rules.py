"""What becomes of a rule: a condition that can be run, or the reason why it is left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.marks import RuleMark
from engine.domain.records import LINUX, WINDOWS

TABLE = "logs"
"""What a condition calls the processes that it is asked of."""
FIELDS = (
    "Image", "OriginalFileName", "CommandLine", "CurrentDirectory", "User", "IntegrityLevel", "LogonId", "Hashes",
    "ParentImage", "ParentCommandLine", "ParentUser",
)  # fmt: skip
"""Fields of Sigma's process_creation that records are kept with; any other is absent from every process."""
ANYWHERE = "oddkin_anywhere"
"""What a keyword, which names no field, is looked for in: all of FIELDS, a line each."""
SYSTEMS = {"windows": WINDOWS, "linux": LINUX, "": ""}
"""Product of a rule -> system of the processes that it is asked of, "" for all; of other products nothing is known here."""


class WhyLeft(StrEnum):
    """Why a rule was not run. The value ends a sentence about how many there are."""

    ELSEWHERE = "not about process creations"
    PRODUCT = "about another product"
    RELATED = "correlations and filters"
    WITHDRAWN = "deprecated or unsupported by their authors"
    FIELDS = "about fields that no process here has"
    UNREADABLE = "that cannot be read"
    UNCONVERTED = "that cannot be converted"
    SLOW = "that took too long"
    FAILED = "that failed"


LOST = frozenset({WhyLeft.UNREADABLE, WhyLeft.UNCONVERTED, WhyLeft.SLOW, WhyLeft.FAILED})
"""What was meant for these processes, or may have been, and was not asked of them."""


@dataclass(frozen=True, slots=True)
class ConvertedRule:
    """A rule that can be run. Texts are the rule's, and hostile."""

    file: str
    """Below the folder."""
    mark: RuleMark
    system: str
    """The system whose processes it is asked of; "" for all."""
    fields: tuple[str, ...]
    """Those that its conditions name."""
    queries: tuple[str, ...]
    """One for each condition, over TABLE, as the backend writes them: SELECT * FROM logs WHERE …"""


@dataclass(frozen=True, slots=True)
class RuleLeft:
    """A rule, or a file of rules, that was not run."""

    file: str
    title: str
    """"" where the file could not be read."""
    why: WhyLeft
    detail: str = ""
    """In words of the library, and hostile."""
