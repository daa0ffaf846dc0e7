"""Marks of a case: rules run over what its processes look like, sets of marks kept, listed and forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ntpath import basename as windows_name
from posixpath import basename
from typing import Any

from sqlalchemy import Connection, Row

from engine.domain.marks import MarkOrigin, NamedRecord, RuleMark, place_of, strongest_first
from engine.errors import NotFound
from engine.jobs.ports.marks import GatheredRows, MarksKept
from engine.progress import Check, Run, Step
from engine.sigma.conversion import Matcher
from store.base.blocks import insert_all
from store.base.clock import now_us
from store.base.database import Topic
from store.base.text import bindable
from store.custody.journal import record
from store.evidence.cases import read_case, write_case
from store.processes.marks.marked import COLUMNS, OF_CASE, PROCESS, mark_of
from store.processes.marks.named import located
from store.processes.marks.scratch import Scratch
from store.processes.marks.started import HOSTS, looks, rows_of

SETS = (
    "SELECT id, origin, path, sha256, asked, lost, processes, at_us,"
    " EXISTS (SELECT 1 FROM host h WHERE h.case_id = mark_set.case_id AND h.linked_us > mark_set.at_us) AS later"
    " FROM mark_set WHERE case_id = ? ORDER BY id"
)
RULES = (
    f"SELECT r.set_id, {COLUMNS}, count(*), count(DISTINCT k.process_id >> 32) FROM mark_set s CROSS JOIN mark_rule r"
    " ON r.set_id = s.id CROSS JOIN mark k ON k.rule_id = r.id WHERE s.case_id = ? GROUP BY r.id, s.id ORDER BY r.id"
)
IMAGE = "Image"
INSERT = "INSERT INTO mark (process_id, rule_id) VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class MarkSetView:
    """A folder of rules that ran over a case, or a file of rows about it."""

    id: int
    by: str
    """sigma, hayabusa, chainsaw."""
    path: str
    """As it was given, absolute."""
    sha256: str
    asked: int
    """Rules that ran, or rows that were read …"""
    lost: int
    """… and those that could not, or that name no process here."""
    processes: int
    """That there were when rules ran; 0 where rows named them."""
    at_us: int
    later: bool
    """Hosts were linked since: what came then has no mark of this set."""
    rules: tuple[MarkingRule, ...]

    @property
    def name(self) -> str:
        """What people call it."""
        return windows_name(basename(self.path.rstrip("/\\"))) or self.path


@dataclass(frozen=True, slots=True)
class MarkingRule:
    """A rule and how much it marks."""

    mark: RuleMark
    processes: int
    hosts: int


class Marks(Topic):
    """engine.jobs.ports.marks.MarkStore, and what is told of marks."""

    @contextmanager
    def gathered(self, case: str, fields: Sequence[str], matcher: Matcher, run: Run) -> Iterator[Scratch]:
        """What the processes of a case look like, in these fields and Image, each look once. Raises NotFound."""
        asked = (IMAGE, *(field for field in fields if field != IMAGE))
        with closing(Scratch(asked, matcher)) as scratch:
            scratch.began_us = now_us()
            with read_case(self._database, case) as (connection, number):
                hosts = connection.exec_driver_sql(HOSTS, (number,)).all()
                for place, (host, name) in enumerate(hosts, start=1):
                    for rows in rows_of(connection, host, asked):
                        run.raise_if_cancelled()
                        scratch.processes += len(rows)
                        scratch.add(looks(connection, scratch.new(row[1:] for row in rows), asked))
                    run.report(Step("gather processes", place, len(hosts), "hosts", str(name), last=place == len(hosts)))
            scratch.seal()
            yield scratch

    def keep_rows(
        self, case: str, origin: MarkOrigin, found: Mapping[RuleMark, Iterable[int]], gathered: GatheredRows, run: Run
    ) -> MarksKept:
        """Mark every process that looks like a row, instead of what the same origin marked before, in one transaction."""
        assert isinstance(gathered, Scratch)
        of_row: dict[int, list[int]] = defaultdict(list)
        rules = strongest_first(found)
        for place, rule in enumerate(rules):
            for row in found[rule]:
                of_row[row].append(place)
        of_key = {key: of_row[row] for key, row in gathered.keys(of_row)}
        with write_case(self._database, case) as (connection, number):
            spread = _Spread(gathered.fields, of_key, run.raise_if_cancelled)
            made = _begin(connection, number, origin, rules, gathered.began_us)
            insert_all(connection, INSERT, spread.marks(connection, number, made[1:]))
            self._keep(connection, case, origin, made[0], spread.processes, spread.marked)
            connection.commit()
        return MarksKept(spread.marked, max(spread.processes - gathered.processes, 0))

    def located(self, case: str, wanted: Sequence[NamedRecord], check: Check) -> list[int | None]:
        """The process of each record, None where there is none or several. Raises NotFound."""
        return located(self._database, case, wanted, check)

    def keep_processes(self, case: str, origin: MarkOrigin, found: Mapping[RuleMark, Iterable[int]]) -> MarksKept:
        """Mark processes, by any of their records, instead of what the same origin marked before, in one transaction."""
        rules = strongest_first(found)
        with write_case(self._database, case) as (connection, number):
            made = _begin(connection, number, origin, rules, now_us())
            rows = [(process, key) for key, rule in zip(made[1:], rules, strict=True) for process in sorted({*found[rule]})]
            insert_all(connection, INSERT, rows)
            marked = len({process for process, _ in rows})
            self._keep(connection, case, origin, made[0], 0, marked)
            connection.commit()
        return MarksKept(marked, 0)

    def sets(self, case: str) -> tuple[MarkSetView, ...]:
        """Those of a case, in the order in which they were made. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            rules: dict[int, list[MarkingRule]] = defaultdict(list)
            for row in connection.exec_driver_sql(RULES, (number,)):
                rules[row[0]].append(MarkingRule(mark_of(*row[1:6]), row[6], row[7]))
            return tuple(
                _set(row, tuple(sorted(rules[row.id], key=lambda one: place_of(one.mark))))
                for row in connection.exec_driver_sql(SETS, (number,))
            )

    def forget(self, case: str, path: str = "") -> int:
        """Forget the marks of a case: all, or those from this path or name. How many sets. Raises NotFound, also where there is
        no such set.
        """
        sets = self.sets(case)
        gone = [one for one in sets if path in {"", one.path, one.name}]
        if not gone:
            what = f"marks from {path!r}" if path else "marks"
            raise NotFound(f"The case has no {what}.", remedy="`oddkin marks list` names where marks are from.")
        with write_case(self._database, case) as (connection, _):
            connection.exec_driver_sql("DELETE FROM mark_set WHERE id = ?", [(one.id,) for one in gone])
            record(connection, self._database.acting, "marks forgotten", {"paths": [one.path for one in gone]}, case=case)
            connection.commit()
        return len(gone)

    def of_case(self, case: str) -> Iterator[tuple[int, RuleMark]]:
        """Process and mark, of all that have one, by process. Raises NotFound."""
        query = f"SELECT {PROCESS}, {COLUMNS} {OF_CASE} ORDER BY 1, r.id"
        with read_case(self._database, case) as (connection, number):
            yield from ((row[0], mark_of(*row[1:])) for row in connection.exec_driver_sql(query, (number,)))

    def _keep(self, connection: Connection, case: str, origin: MarkOrigin, number: int, processes: int, marked: int) -> None:
        """Drop rules without a process, and tell the audit."""
        connection.exec_driver_sql("UPDATE mark_set SET processes = ? WHERE id = ?", (processes, number))
        unused = "DELETE FROM mark_rule WHERE set_id = ? AND NOT EXISTS (SELECT 1 FROM mark k WHERE k.rule_id = mark_rule.id)"
        connection.exec_driver_sql(unused, (number,))
        query = "SELECT count(*) FROM mark_rule WHERE set_id = ?"
        rules = connection.exec_driver_sql(query, (number,)).scalar_one()
        told = {
            "by": origin.by, "path": origin.path, "sha256": origin.sha256, "asked": origin.asked, "lost": origin.lost,
            "rules": rules, "marked": marked,
        }  # fmt: skip
        record(connection, self._database.acting, "marks kept", told, case=case)


def _begin(connection: Connection, case: int, origin: MarkOrigin, rules: Sequence[RuleMark], at_us: int) -> list[int]:
    """Take away what the same origin marked, and begin anew: ids of the set and of its rules."""
    path = bindable(origin.path)
    connection.exec_driver_sql(
        "DELETE FROM mark_set WHERE case_id = ? AND origin = ? AND (path = CAST(? AS TEXT) OR sha256 = ?)",
        (case, origin.by, path, origin.sha256),
    )
    made = connection.exec_driver_sql(
        "INSERT INTO mark_set (case_id, origin, path, sha256, asked, lost, processes, at_us)"
        " VALUES (?, ?, CAST(? AS TEXT), ?, ?, ?, 0, ?) RETURNING id",
        (case, origin.by, path, origin.sha256, origin.asked, origin.lost, at_us),
    ).scalar_one()
    insert = (
        "INSERT INTO mark_rule (set_id, title, level, rule, techniques)"
        " VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?) RETURNING id"
    )
    rows = [(made, bindable(one.title), one.level, bindable(one.rule), " ".join(one.techniques)) for one in rules]
    return [made, *(connection.exec_driver_sql(insert, row).scalar_one() for row in rows)]


def _set(row: Row[Any], rules: tuple[MarkingRule, ...]) -> MarkSetView:
    number, by, path, sha256, asked, lost, processes, at_us, later = tuple(row)
    return MarkSetView(number, by, path, sha256, asked, lost, processes, at_us, bool(later), rules)


class _Spread:
    """From what processes look like to the processes, host by host. `of_key`: look -> places of the rules that describe it."""

    def __init__(self, fields: Sequence[str], of_key: Mapping[tuple[int, ...], Sequence[int]], check: Check) -> None:
        self._fields, self._of_key, self._check = fields, of_key, check
        self.processes = self.marked = 0

    def marks(self, connection: Connection, case: int, rules: Sequence[int]) -> Iterator[tuple[int, int]]:
        """(process, rule), by ids. `rules`: ids in their order."""
        for host, _ in connection.exec_driver_sql(HOSTS, (case,)).all():
            for rows in rows_of(connection, host, self._fields):
                self._check()
                for process, *key in rows:
                    self.processes += 1
                    if places := self._of_key.get(tuple(key)):
                        self.marked += 1
                        yield from ((process, rules[place]) for place in places)
