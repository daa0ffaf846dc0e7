"""Exceptions of a workspace: kept, renewed, removed, taken over from a file; what they hide of a case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from engine.errors import NotFound
from engine.exceptions.commands import CommandKind
from engine.exceptions.file import one_line, utc
from engine.exceptions.kept import ExceptionScope, KeptException
from engine.exceptions.matching import NARROW, ScopeAsked
from store.base.database import Topic
from store.custody.journal import record
from store.evidence.cases import read_case
from store.exceptions import drafts as drafting
from store.exceptions import hidden as hiding
from store.exceptions import rows
from store.exceptions.coverage import cover
from store.exceptions.drafts import DraftSource, ExceptionDrafts, ExceptionPreview
from store.exceptions.hidden import NOTHING_HIDDEN, HiddenFindings

USES = (
    "SELECT u.exception_id, c.name, u.processes, u.hosts, u.first_us, u.last_us FROM exception_use u"
    " CROSS JOIN cases c ON c.id = u.case_id ORDER BY c.id"
)


@dataclass(frozen=True, slots=True)
class ExceptionUse:
    """How much of one case an exception covers."""

    case: str
    processes: int
    hosts: int
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """An exception as it leaves the store."""

    number: int
    kept: KeptException
    uses: tuple[ExceptionUse, ...]
    """Of the cases of which it covers anything, as they were when they were ranked last."""

    @property
    def processes(self) -> int:
        """It covers so many, in all cases."""
        return sum(use.processes for use in self.uses)


@dataclass(frozen=True, slots=True)
class KeepReport:
    """What became of exceptions that were to be kept."""

    new: tuple[int, ...]
    """Numbers of those that were added …"""
    changed: tuple[int, ...]
    """… and of those that cover the same, and of which something else is said now."""
    known: int
    """They were here as they are."""
    conflicts: tuple[tuple[int, KeptException], ...]
    """Number here and what was to be kept: they cover the same, another thing is said of it, and what is here stays."""


class Exceptions(Topic):
    """Of all cases of a workspace."""

    def list(self) -> tuple[ExceptionView, ...]:
        """All of them, in the order in which they were kept."""
        with self._database.read() as connection:
            found = rows.stored(connection)
            uses: dict[int, list[ExceptionUse]] = {}
            for number, *told in connection.exec_driver_sql(USES):
                uses.setdefault(int(number), []).append(ExceptionUse(*told))
        return tuple(ExceptionView(number, kept, tuple(uses.get(number, ()))) for number, kept in found.items())

    def drafts(self, case: str, source: DraftSource, asked: ScopeAsked = NARROW) -> ExceptionDrafts:
        """Exceptions from what was judged: one for each kind of its odd processes, nothing is kept yet.

        Raises NotFound for what is not there, UsageError where no such verdict was given there, where it is of too many kinds,
        and where fewer ancestors are known than are asked for; StoreError for a finding of a scoring that is not in use any more.
        """
        with read_case(self._database, case) as (connection, number):
            return drafting.drafts(connection, number, source, asked)

    def preview(self, case: str, scopes: Sequence[ExceptionScope], now_us: int) -> ExceptionPreview:
        """What they would cover and hide in a case at a time. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            return drafting.preview(connection, number, scopes, now_us)

    def hidden(self, case: str, now_us: int) -> HiddenFindings:
        """What is hidden of the queue of a case by the model in use, at a time. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            set_id = hiding.set_in_use(connection, number)
            return NOTHING_HIDDEN if set_id is None else hiding.hidden(connection, number, set_id, now_us)

    def by_finding(self, case: str, findings: Iterable[int], now_us: int | None) -> dict[int, tuple[int, ...]]:
        """Finding -> the exceptions that hold and cover what it is listed for; None: also expired ones. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            set_id = hiding.set_in_use(connection, number)
            pairs = [] if set_id is None else hiding.by_which(connection, set_id, findings, now_us)
        found: dict[int, list[int]] = {}
        for finding, exception in pairs:
            found.setdefault(finding, []).append(exception)
        return {finding: tuple(numbers) for finding, numbers in found.items()}

    def keep(self, exceptions: Sequence[KeptException], *, replace: bool = False, source: str = "") -> KeepReport:
        """Keep some, for all cases, as one change. Of what covers the same as one that is here that stays, unless `replace` says
        otherwise. `source`: the file that they come from. Raises UsageError for what is no exception; then nothing is kept.
        """
        for one in exceptions:
            one.scope.checked()
        with self._database.write() as connection:
            here = {kept.scope.key: (number, kept) for number, kept in rows.stored(connection).items()}
            new: dict[int, ExceptionScope] = {}
            changed: list[int] = []
            conflicts: list[tuple[int, KeptException]] = []
            for one in exceptions:
                number, before = here.get(one.scope.key, (0, None))
                if before is None:
                    number = rows.insert(connection, one)
                    new[number], here[one.scope.key] = one.scope, (number, one)
                elif said(before) != said(one) and replace:
                    rows.replace(connection, number, one)
                    changed.append(number)
                elif said(before) != said(one):
                    conflicts.append((number, one))
            _cover_everywhere(connection, new)
            if new or changed:
                told = {"rows": len(new) + len(changed), "source": source, "exceptions": _told(connection, (*new, *changed))}
                record(connection, self._database.acting, "exceptions kept", told)
            connection.commit()
        known = len(exceptions) - len(new) - len(changed) - len(conflicts)
        return KeepReport(tuple(new), tuple(changed), known, tuple(conflicts))

    def renew(self, numbers: Sequence[int], expires_us: int | None) -> None:
        """Let some hold until a time, or for good. Raises NotFound; then nothing is changed."""
        with self._database.write() as connection:
            found = _named(connection, numbers)
            for number, kept in found.items():
                rows.replace(connection, number, replace(kept, expires_us=expires_us))
            record(connection, self._database.acting, "exceptions renewed", {"exceptions": _told(connection, tuple(found))})
            connection.commit()

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget some: what they hid is in the queue again. Raises NotFound; then nothing is changed."""
        with self._database.write() as connection:
            found = _named(connection, numbers)
            record(connection, self._database.acting, "exceptions removed", {"exceptions": _told(connection, tuple(found))})
            connection.exec_driver_sql("DELETE FROM exception WHERE id = ?", [(number,) for number in found])
            connection.commit()


def said(kept: KeptException) -> tuple[object, ...]:
    """What is said of what an exception covers, when it was made apart."""
    return kept.verdict, kept.reason, kept.owner, kept.note, kept.expires_us


def _cover_everywhere(connection: Connection, scopes: dict[int, ExceptionScope]) -> None:
    if scopes:
        for case in connection.exec_driver_sql("SELECT id FROM cases ORDER BY id").scalars().all():
            cover(connection, int(case), scopes)


def _named(connection: Connection, numbers: Sequence[int]) -> dict[int, KeptException]:
    stored = rows.stored(connection)
    missing = [number for number in numbers if number not in stored]
    if missing or not numbers:
        told = f"E{missing[0]}" if missing else ""
        raise NotFound(f"There is no exception {told}.", remedy="See: oddkin exceptions list")
    return {number: stored[number] for number in dict.fromkeys(numbers)}


def _told(connection: Connection, numbers: Sequence[int]) -> list[dict[str, object]]:
    """What the audit says of some: no path and no command line, which a hash of all of it stands for."""
    stored = rows.stored(connection)
    return [
        {
            "exception": number, "key": kept.scope.key, "sha256": hashlib.sha256(one_line(kept).encode("ascii")).hexdigest(),
            "verdict": kept.verdict, "reason": kept.reason, "owner": kept.owner,
            "expires": None if kept.expires_us is None else utc(kept.expires_us), "ancestors": len(kept.scope.ancestors),
            "any_host": not kept.scope.host, "any_command": kept.scope.command is CommandKind.ANY,
        }
        for number, kept in ((number, stored[number]) for number in numbers)
    ]  # fmt: skip
