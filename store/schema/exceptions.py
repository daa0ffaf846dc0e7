"""Tables of exceptions: what is kept for later cases, and what of each case it covers."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from store.base.text import LogText
from store.schema.base import Base, required

EXCEPTION = Table(
    "exception",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    # Of what it covers (engine.exceptions.kept): once in a workspace.
    required("key", String, unique=True),
    required("image", LogText),
    # JSON: the ancestors, parent first; the words of the command line, or "any" or "none".
    required("ancestors", LogText),
    required("root", Integer),
    required("host", LogText),
    required("command", LogText),
    required("alone", Integer),
    required("verdict", String),
    required("reason", String),
    required("owner", LogText),
    required("note", LogText),
    required("created_us", Integer),
    # NULL: never.
    Column("expires_us", Integer),
    sqlite_autoincrement=True,
)
"""One exception. Belongs to no case: it holds for all of them, and its number is never given again."""

EXCEPTION_USE = Table(
    "exception_use",
    Base.metadata,
    Column("exception_id", Integer, ForeignKey("exception.id", ondelete="CASCADE"), primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    # Recorded processes that it covers there, and on how many hosts.
    required("processes", Integer),
    required("hosts", Integer),
    Column("first_us", Integer),
    Column("last_us", Integer),
    Index("exception_use_case", "case_id"),
    sqlite_with_rowid=False,
)
"""How much of a case an exception covers, as it was when the case was ranked or the exception made; no row where it covers
nothing.
"""

EXCEPTION_COVERED = Table(
    "exception_covered",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("process_id", Integer, primary_key=True),
    Column("exception_id", Integer, ForeignKey("exception.id", ondelete="CASCADE"), primary_key=True),
    # The one that covers the process: a queue is read without looking for it.
    required("finding", Integer),
    Index("exception_covered_by", "exception_id", "set_id"),
    sqlite_with_rowid=False,
)
"""Which processes of a scoring that findings are listed for (odd ones; all of a finding that has none) an exception covers.
Derived from the exceptions and the evidence; what verdicts, lists of hashes and the clock say of it is asked when a queue is
read.
"""
