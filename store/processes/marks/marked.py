"""Marks of processes as they are read: of a page of them, of findings, of chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from engine.domain.marks import RuleMark, strongest_first
from store.base.interning import in_chunks

COLUMNS = "r.title, r.level, r.rule, r.techniques, s.origin"
JOINED = "CROSS JOIN mark_rule r ON r.id = k.rule_id CROSS JOIN mark_set s ON s.id = r.set_id"
OF_PROCESSES = f"SELECT k.process_id, {COLUMNS} FROM mark k {JOINED} WHERE k.process_id IN ({{}})"
OF_RECORDS = (
    f"SELECT p.merged_into, {COLUMNS} FROM process p CROSS JOIN mark k ON k.process_id = p.id {JOINED}"
    " WHERE p.merged_into IN ({})"
)
PROCESS = "coalesce(q.merged_into, q.id)"
OF_CASE = (
    "FROM mark_set s CROSS JOIN mark_rule r ON r.set_id = s.id CROSS JOIN mark k INDEXED BY mark_of_rule ON k.rule_id = r.id"
    " CROSS JOIN process q ON q.id = k.process_id WHERE s.case_id = ?"
)
"""SQL for the marks of a case, and PROCESS for whose they are; more may be asked of `r`."""


def any_there(connection: Connection) -> bool:
    """Whether the workspace has a mark at all: where rules never ran, nobody pays for them."""
    return bool(connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM mark_rule)").scalar_one())


def of_processes(connection: Connection, processes: Iterable[int]) -> dict[int, tuple[RuleMark, ...]]:
    """Process -> its marks, the strongest first; of those that have one. A mark on a second record is its process's."""
    wanted = sorted(set(processes))
    if not wanted or not any_there(connection):
        return {}
    found: dict[int, list[RuleMark]] = defaultdict(list)
    for query in (OF_PROCESSES, OF_RECORDS):
        for process, *told in in_chunks(connection, query, wanted):
            found[process].append(mark_of(*told))
    return {process: strongest_first(marks) for process, marks in found.items()}


def mark_of(title: str, level: str, rule: str, techniques: str, origin: str) -> RuleMark:
    """A row of COLUMNS."""
    return RuleMark(str(title), str(level), str(rule), tuple(str(techniques).split()), str(origin))
