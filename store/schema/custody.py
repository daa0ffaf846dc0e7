"""The table of the audit: entries are added at its end, and nothing else is done with them.

SQLite itself refuses to change or remove one, and to add one anywhere else than behind the last: REPLACE would remove a row
without asking the trigger for removals. Whoever can write the file can drop the triggers; then the chain tells
(store/custody/links.py), and a head that was noted elsewhere.
"""

from __future__ import annotations

from sqlalchemy import DDL, Column, Integer, String, Table, event

from store.schema.base import Base, required

AUDIT = Table(
    "audit",
    Base.metadata,
    Column("number", Integer, primary_key=True),
    # Canonical JSON; what the hash is of.
    required("entry", String),
    required("hash", String),
)
"""One change, or one thing that was handed over. Belongs to no case: it stays when a case is removed."""
TRIGGERS = (
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit are not changed'); END",
    "CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'entries of the audit are not removed'); END",
    "CREATE TRIGGER audit_appended BEFORE INSERT ON audit"
    " WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)"
    " BEGIN SELECT RAISE(ABORT, 'entries of the audit are added at its end'); END",
)

for _statement in TRIGGERS:
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
