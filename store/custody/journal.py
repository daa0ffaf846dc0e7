"""Adding to the audit: in the transaction of the change that an entry tells of, so that there is neither without the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection

from store.base.acting import Acting
from store.base.clock import now_us
from store.base.errors import damaged
from store.custody.links import BEFORE, BEGUN, FIRST, MOST, NUMBER, AuditHead, canonical, hash_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
THERE = {
    "sources": "SELECT count(*) FROM source",
    "models": "SELECT count(*) FROM model",
    "rules": "SELECT count(*) FROM rule",
    "verdicts": "SELECT count(*) FROM label_current",
    "events": "SELECT coalesce(max(id), 0) FROM label_event",
}
"""What an older workspace holds when its audit begins; `events`: the newest change of a verdict that no entry tells of."""
OF_CASES = (
    "SELECT c.name, c.id, (SELECT count(*) FROM source WHERE case_id = c.id), (SELECT count(*) FROM label_current"
    " WHERE case_id = c.id) FROM cases c ORDER BY c.id"
)


def record(
    connection: Connection, acting: Acting, act: str, what: Mapping[str, object], *, case: str = "", who: str | None = None
) -> AuditHead:
    """Add an entry. Needs the write transaction of what it tells of.

    `act` in two words; `what` it was done to and with what result, hashes as hexadecimal SHA-256. `who`: the author of a verdict,
    where that is not the one who is logged in. Log text that ends up here is kept when its case is removed: names and hashes of
    what was ingested, and no command lines.
    """
    before = head(connection)
    number = 1 if before is None else before.number + 1
    author = acting.who if who is None else who
    said: dict[str, object] = {
        NUMBER: number, BEFORE: FIRST if before is None else before.hash, "at": utc(now_us()), "who": author,
        "oddkin": version(), "act": act, "what": dict(what),
    }  # fmt: skip
    optional = {
        "login": acting.who if acting.who != author else "", "case": case, "command": acting.command,
        "arguments": dict(acting.arguments),
    }  # fmt: skip
    entry = canonical(said | {name: value for name, value in optional.items() if value})
    digest = hash_of(entry)
    connection.exec_driver_sql("INSERT INTO audit (number, entry, hash) VALUES (?, ?, ?)", (number, entry, digest))
    return AuditHead(number, digest)


def head(connection: Connection) -> AuditHead | None:
    """The newest entry; None before the first. Raises StoreError for one behind which none can stand."""
    found = connection.exec_driver_sql("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").one_or_none()
    if found is not None and found[0] > MOST:
        raise damaged("its audit has an entry that no oddkin wrote")
    return None if found is None else AuditHead(int(found[0]), str(found[1]))


def begin(connection: Connection, acting: Acting, schema: str, was: str | None) -> None:
    """The first entry: what was there before. `was`: the schema that it was found with, None for new."""
    there: Mapping[str, object] = {name: connection.exec_driver_sql(query).scalar_one() for name, query in THERE.items()}
    cases = [
        {"case": name, "id": number, "sources": sources, "verdicts": verdicts}
        for name, number, sources, verdicts in connection.exec_driver_sql(OF_CASES)
    ]
    record(connection, acting, BEGUN, {"schema": schema, "found": was or "new", "cases": cases, **there})


def case_of(connection: Connection, number: int) -> str:
    """The name of a case, for an entry about it."""
    return str(connection.exec_driver_sql("SELECT name FROM cases WHERE id = ?", (number,)).scalar_one_or_none() or "")


def utc(time_us: int) -> str:
    """RFC 3339 with its fraction."""
    moment = EPOCH + timedelta(microseconds=time_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache
def version() -> str:
    """Of this oddkin."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("oddkin")
    except PackageNotFoundError:
        return "unknown"
