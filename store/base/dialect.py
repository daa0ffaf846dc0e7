"""The few questions whose answer depends on the database, asked in one place; everything else is the same SQL in both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any

from sqlalchemy import Connection

CHECK_EVERY = 20_000
"""Instructions of SQLite between two looks at whether a query is still wanted."""
LOOK_S = 0.05
"""The same in seconds, of a query that a server runs."""
_numbers = count()


def on_server(connection: Connection) -> bool:
    """Whether the workspace is in PostgreSQL; else it is a file of SQLite."""
    return connection.dialect.name == "postgresql"


def committed(connection: Connection) -> int:
    """A number that is another one whenever somebody else has committed something since; it may be another one without that."""
    # SQLite counts what other connections commit, whatever process they are in. PostgreSQL counts transactions that write.
    query = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint" if on_server(connection) else "PRAGMA data_version"
    return int(connection.exec_driver_sql(query).scalar_one())


def highest_given(connection: Connection, table: str) -> int:
    """The highest id that a row of a table ever had, also of those that are gone: of tables that never give one out again."""
    if on_server(connection):
        query = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq"
        return int(connection.exec_driver_sql(query).scalar_one())
    found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar()
    return int(found or 0)


def streaming(connection: Connection) -> Any:
    """A cursor of the driver that reads rows as they are fetched: for queries that may give millions."""
    if on_server(connection):
        # It needs a transaction, and psycopg begins one by itself; two of them may be open at once.
        return connection.connection.cursor(f"rows_{next(_numbers)}")
    return connection.connection.cursor()


@contextmanager
def overwriting(connection: Connection) -> Iterator[None]:
    """What is deleted meanwhile is overwritten in the file, where the database can do that: PostgreSQL cannot."""
    if on_server(connection):
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete=ON")
    try:
        yield
    finally:  # of the connection, which others are given next
        connection.exec_driver_sql("PRAGMA secure_delete=OFF")
        connection.rollback()


@contextmanager
def stopping(connection: Connection, stop: Callable[[], bool]) -> Iterator[Any]:
    """A cursor of the driver whose query ends with an error when `stop` says so, also while it sorts and gives no rows."""
    raw: Any = connection.connection.driver_connection
    cursor = raw.cursor()
    try:
        with _watched(raw, stop) if on_server(connection) else _handled(raw, stop):
            yield cursor
    finally:
        cursor.close()


@contextmanager
def _handled(raw: Any, stop: Callable[[], bool]) -> Iterator[None]:
    raw.set_progress_handler(stop, CHECK_EVERY)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)  # the connection goes back to the pool


@contextmanager
def _watched(raw: Any, stop: Callable[[], bool]) -> Iterator[None]:
    over = Event()

    def watch() -> None:
        while not over.wait(LOOK_S):
            if stop():
                raw.cancel_safe()
                return

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
