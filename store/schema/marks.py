"""Tables of marks: what rules of others say of processes (store/processes/marks). Nothing of a score comes from here."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from store.base.text import LogText
from store.schema.base import Base, required

MARK_SET = Table(
    "mark_set",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE")),
    # sigma, hayabusa, chainsaw.
    required("origin", String),
    # As it was given, absolute.
    required("path", LogText),
    # Of the rules, or of the file of rows.
    required("sha256", String),
    # Rules that ran, or rows that were read, and those that could not or name no process here.
    required("asked", Integer),
    required("lost", Integer),
    # Processes that there were; 0 where rows named them.
    required("processes", Integer),
    required("at_us", Integer),
    Index("mark_set_case", "case_id"),
    sqlite_autoincrement=True,
)
"""A folder of rules that ran over a case, or a file of rows about it."""

MARK_RULE = Table(
    "mark_rule",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("set_id", Integer, ForeignKey("mark_set.id", ondelete="CASCADE")),
    # Texts of strangers.
    required("title", LogText),
    # One of engine.domain.marks.LEVELS, "" for none.
    required("level", String),
    required("rule", LogText),
    # Ids of ATT&CK with blanks between.
    required("techniques", String),
    Index("mark_rule_set", "set_id"),
    sqlite_autoincrement=True,
)
"""A rule of a set that marks at least one process."""

MARK = Table(
    "mark",
    Base.metadata,
    # Without a key, as elsewhere: records move with the names of their hosts (store/evidence/same_host.py). Of a second record
    # of a process it is the process's.
    Column("process_id", Integer, primary_key=True),
    Column("rule_id", Integer, ForeignKey("mark_rule.id", ondelete="CASCADE"), primary_key=True),
    Index("mark_of_rule", "rule_id"),
    sqlite_with_rowid=False,
)
"""That a rule marks a process."""
