"""What a topic of the store gets: the engine, what every connection is told, transactions, words for what goes wrong.

SQLAlchemy's part is small, and honest: connections and their pool, transactions, the classes of store/schema (the schema as it
is now, which a test holds the migrations against; some tables are read by no query through their class), and statements on a row
or two. What reads or writes many rows, or where SQLite has to be told how to go about it, is SQL: three of four statements are.

A transaction is a context manager that rolls back unless it was committed, belongs to the thread that opened it and is
short: SQLite has one writer, and a verdict typed during an ingest waits for at most one batch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DatabaseError

from engine.errors import StoreError
from store.base import text
from store.base.access import COPY_IT, Access
from store.base.acting import Acting

DATABASE = "oddkin.sqlite"
MODELS = "models"


def from_database(error: Exception) -> bool:
    """Whether a database said it: SQLAlchemy's error, or what raw cursors and the settings of a new connection raise."""
    # By name: psycopg is not loaded, and need not be there, where the workspace is a file.
    return isinstance(error, DatabaseError | sqlite3.DatabaseError) or _from_psycopg(error)


def _from_psycopg(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] == "psycopg" for kind in type(error).__mro__)


REMEDY_LOGIN = "Set PGPASSWORD, or write it into ~/.pgpass: nothing is asked for, and a URL is read by others."
REMEDY_DAMAGED = "Keep a copy of it; restore a backup, or ingest the evidence into a new workspace (--workspace)."


PAGE_BYTES = 16_384
"""Of a database that is made now; an older one keeps its own. Against 4,096 linked records are inserted in a fifth less time."""


LOG_BYTES = 64 << 20
"""How much of the write-ahead log makes SQLite copy it into the database. A batch of 10,000 records writes every page of the
strings' index again; copied after each few batches only, those go there once.
"""


READING_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-65536",  # KiB; the inner pages of the indexes of some ten million rows
    "PRAGMA temp_store=MEMORY",
)


PRAGMAS = (
    f"PRAGMA page_size={PAGE_BYTES}",  # has to come before the log is chosen
    "PRAGMA journal_mode=WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous=NORMAL",  # with WAL safe against kill -9; a power cut costs the last transactions at most
    *READING_PRAGMAS,
    # Some builds of SQLite overwrite what is deleted; only removing a case asks for that (cases.py).
    "PRAGMA secure_delete=OFF",
)


def create(access: Access) -> Engine:
    """Engine over the database file; nothing is opened yet."""
    # The driver is called here: SQLAlchemy would want the path as a part of a URL.
    engine = create_engine("sqlite+pysqlite://", creator=access.connect, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: object) -> None:
        # The driver's own idea of transactions would commit before DDL and know no BEGIN IMMEDIATE.
        connection.isolation_level = None
        connection.text_factory = text.decode
        connection.create_function("folded", 1, text.folded, deterministic=True)
        for pragma in READING_PRAGMAS if access.read_only else PRAGMAS:
            connection.execute(pragma)
        if access.read_only:
            return
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute(f"PRAGMA wal_autocheckpoint={LOG_BYTES // page_bytes}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("oddkin_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def translated(error: Exception) -> StoreError:
    """What a database error means to the user."""
    cause = getattr(error, "orig", None) or error
    if _from_psycopg(cause):
        return _of_server(str(cause))
    words = str(cause).lower()
    if "locked" in words or "busy" in words:
        return StoreError("Another oddkin is writing to this workspace.", remedy="Wait for it to end, then try again.")
    if "disk" in words and "full" in words:
        return StoreError("The disk is full.", remedy="Make room, then do the same again; an ingest goes on where it was.")
    if "readonly" in words:
        return StoreError("The workspace cannot be written to any more.", remedy=COPY_IT)
    if "unable to open" in words:
        # A log that is not empty cannot be read without a file for locks beside it.
        return StoreError("The workspace holds changes that can only be read where one may write.", remedy=COPY_IT)
    if any(mark in words for mark in ("not a database", "malformed", "corrupt", "file is encrypted")):
        # Not `oddkin doctor`: it cannot open the workspace either, and would say this itself.
        return StoreError(f"The workspace's database is damaged: {cause}.", remedy=REMEDY_DAMAGED)
    return StoreError(f"The database refused: {cause}.", remedy="Try again; if it stays, restart from a copy of the workspace.")


OF_SERVER = (
    (("lock timeout",), "Another oddkin is writing to this workspace.", "Wait for it to end, then try again."),
    (("statement timeout",), "The server ended a query that took too long.", "Ask for less: a narrower filter, one host."),
    (("password",), "The server refuses the name or its password: {said}", REMEDY_LOGIN),
    (
        ("permission denied", "must be owner", "read-only transaction"),
        "The server does not let you do that: {said}",
        "Ask whoever looks after it; docs/team.md says what a role needs.",
    ),
    (("no space left", "disk full"), "The server's disk is full.", "Make room there; an ingest goes on where it was."),
    (
        ("connection", "could not translate", 'database "', "server closed", "no pg_hba", "timeout expired"),
        "The workspace's server cannot be used: {said}",
        "Is it running, and is the database there? docs/team.md says how it is made.",
    ),
)
"""What is in a message of PostgreSQL, in lower case -> sentence and remedy."""


def _of_server(said: str) -> StoreError:
    """What a server's error means. Its first line only: the others repeat the statement, and texts of logs with it."""
    line = said.partition("\n")[0].strip()
    for marks, sentence, remedy in OF_SERVER:
        if any(mark in said.lower() for mark in marks):
            return StoreError(sentence.format(said=line), remedy=remedy)
    return StoreError(f"The server refused: {line}", remedy="Try again; if it stays, say what was done and what it answered.")


class HowOpened(Protocol):
    """A file (store.base.access.Access) or a database on a server (store.base.postgres.server.ServerAccess)."""

    @property
    def read_only(self) -> bool:
        """Whether the system lets nobody write there."""
        ...

    @property
    def called(self) -> str:
        """The workspace as it may be shown."""
        ...

    def check_unchanged(self) -> None:
        """Raises StoreError where what is being read was changed meanwhile."""
        ...

    def check_writable(self) -> None:
        """Raises StoreError where nothing may be written."""
        ...


class Database:
    """A workspace's database, open: transactions for one topic or another. Topics know this and not each other."""

    def __init__(
        self, folder: Path, engine: Engine, access: HowOpened, said: tuple[str, ...] = (), acting: Acting | None = None
    ) -> None:
        self.folder = folder
        self.engine = engine
        self._access = access
        self.said = said
        """What was done to it while it was opened, as sentences for the user."""
        self.acting = acting or Acting()
        """Who is at work, and by what command."""
        self.own_acts: set[int] = set()
        """Acts of verdicts that this process wrote, by number: others are news to it (store.base.changes)."""

    @property
    def shared(self) -> bool:
        """Whether it is on a server, where others may be at work too."""
        return self.engine.dialect.name == "postgresql"

    @property
    def called(self) -> str:
        """The workspace as it may be shown: its folder, or its URL without a password."""
        return self._access.called

    @property
    def read_only(self) -> bool:
        """Whether the system lets nobody write here; see `check_writable`."""
        return self._access.read_only

    def check_writable(self) -> None:
        """Raises StoreError, with what to do, where the workspace can only be read. For jobs that write at their end."""
        self._access.check_writable()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the database; ends with a rollback. Raises StoreError for a damaged one."""
        self._access.check_unchanged()
        try:
            with self.engine.connect() as connection:
                yield connection
            self._access.check_unchanged()
        except Exception as error:
            if not from_database(error):
                raise
            raise translated(error) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start; rolled back unless `commit()` is called on it.

        Raises StoreError when another process keeps the lock, the disk refuses or the workspace can only be read.
        """
        self.check_writable()
        try:
            with self.engine.connect() as connection:
                writing = connection.execution_options(oddkin_write=True)
                if self.shared:  # begins what is to be written, also where a cursor of the driver writes first
                    writing.exec_driver_sql("SELECT 1")
                yield writing
        except Exception as error:
            if not from_database(error):
                raise
            raise translated(error) from error

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """A transaction for a row that nobody else writes (who looks at what): it waits for no writer, and none for it. Of a
        workspace in a file it only reads. Raises StoreError as `write`.
        """
        try:
            with self.engine.connect() as connection:
                yield connection.execution_options(oddkin_beside=True)
        except Exception as error:
            if not from_database(error):
                raise
            raise translated(error) from error

    def close(self) -> None:
        """Give back all connections; the last one folds the write-ahead log into the database."""
        self.engine.dispose()

    @property
    def models_folder(self) -> Path:
        """Where the vault keeps its folders."""
        return self.folder / MODELS


class Topic:
    """One topic of the store: all that it knows of a workspace is the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
