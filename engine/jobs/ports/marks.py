"""What running rules needs: what the processes of a case look like, each look once, and a place for what rules say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from engine.domain.marks import MarkOrigin, NamedRecord, RuleMark
from engine.errors import OddkinError
from engine.progress import Check, Run
from engine.sigma.conversion import Matcher


class ConditionRefused(OddkinError):
    """A condition that cannot be run, or that would do more than to look."""

    title = "Rule refused"


class ConditionSlow(OddkinError):
    """A condition that was ended."""

    title = "Rule ended"


class MarksKept(NamedTuple):
    """What came of it."""

    marked: int
    """Processes with at least one mark of this origin."""
    later: int
    """Processes that came while rules ran, and were not looked at."""


class GatheredRows(Protocol):
    """What the processes of a case look like; rules are run over it."""

    rows: int

    def matching(self, query: str, fields: Sequence[str], system: str, check: Check) -> list[int]:
        """Rows of a system ("" for all) that a condition describes. Raises ConditionRefused, ConditionSlow, and what
        `check` raises.
        """


class MarkStore(Protocol):
    """Where marks are kept."""

    def gathered(self, case: str, fields: Sequence[str], matcher: Matcher, run: Run) -> AbstractContextManager[GatheredRows]:
        """The rows, with these fields and with Image. Raises NotFound."""

    def keep_rows(
        self, case: str, origin: MarkOrigin, found: Mapping[RuleMark, Iterable[int]], gathered: GatheredRows, run: Run
    ) -> MarksKept:
        """Mark every process that looks like a row, instead of what the same origin marked before. `found`: rule -> rows."""

    def located(self, case: str, wanted: Sequence[NamedRecord], check: Check) -> list[int | None]:
        """The process of each record, None where there is none or several. Raises NotFound."""

    def keep_processes(self, case: str, origin: MarkOrigin, found: Mapping[RuleMark, Iterable[int]]) -> MarksKept:
        """Mark processes, by any of their records, instead of what the same origin marked before."""
