"""A database on a server: how it is reached, what every connection is told, who may write.

SQLite has one writer, and the store relies on it: ids are given out as one more than the highest, a verdict is written with
what it replaces, the audit is a chain. Here every transaction that writes takes an advisory lock first (`WRITER`), and holds
it to its end: what is true of one writer stays true, and no statement has to know. They are short (an ingest commits every
few thousand records), so that somebody's verdict waits for a batch at most, as it does on one machine. Rejected:
SERIALIZABLE, which lets transactions run at once and has each be prepared to start anew, and a lock for each topic, which two
of them may take in two orders.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from store.base.postgres.address import ServerAddress
from store.base.postgres.driver import StoreCursor, StoreServerCursor, adapt

WRITER = 0x6F64646B696E
"""Key of the lock that a transaction holds while it writes: "oddkin"."""
WAIT_MS = 5_000
"""How long somebody who wants to write waits for it, as long as for SQLite's."""
ANSWER_MS = 600_000
"""How long one statement may take that only reads: a search that nobody waits for any more does not keep the server busy."""
CONNECT_S = 10


class ServerAccess:
    """Where the database is; in the place of store.base.access.Access."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address

    @property
    def read_only(self) -> bool:
        """Never: see `check_writable`."""
        return False

    @property
    def called(self) -> str:
        """The URL without a password."""
        return self.address.shown

    def connect(self) -> Any:
        """A connection of the driver."""
        where = make_conninfo(
            **{"connect_timeout": str(CONNECT_S), **self.address.parameters}, application_name="oddkin", client_encoding="UTF8"
        )
        connection = psycopg.connect(where, cursor_factory=StoreCursor)
        connection.server_cursor_factory = StoreServerCursor
        adapt(connection)
        return connection

    def check_unchanged(self) -> None:
        """Nothing to check: a server never lets a transaction read half of another."""

    def check_writable(self) -> None:
        """Nothing to check: the server refuses whom it does not let write, in words."""


def create_on_server(access: ServerAccess) -> Engine:
    """Engine over the database; nothing is opened yet."""
    engine = create_engine("postgresql+psycopg://", creator=access.connect, poolclass=QueuePool, paramstyle="qmark")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        writing, beside = bool(options.get("oddkin_write", False)), bool(options.get("oddkin_beside", False))
        driver: Any = connection.connection.dbapi_connection
        if driver.info.transaction_status is TransactionStatus.IDLE:
            # Whoever reads sees one state of it all, as of SQLite; who writes has to see what was committed while they waited.
            driver.isolation_level = IsolationLevel.READ_COMMITTED if writing or beside else IsolationLevel.REPEATABLE_READ
            driver.read_only = not (writing or beside)
        if writing:
            driver.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
            driver.execute("SELECT pg_advisory_xact_lock(?)", (WRITER,))
        else:
            driver.execute(f"SET LOCAL statement_timeout = {ANSWER_MS}")

    return engine
