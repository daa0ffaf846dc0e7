"""Bringing a workspace's schema up to date: Alembic, run from code, and only when the stored version differs.

Reading one row tells that nothing is to be done; importing Alembic costs a fifth of a second that no command should pay. A new
workspace gets the schema as it is declared, which a test holds against the one that the migrations lead to: running all of them
was a third of what a folder of small logs costs.
The whole migration is one transaction, so a kill leaves the old schema; the file is copied before it all the same,
because a migration that is wrong is wrong for good. No migration leads back: the copy is the way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine

from engine.errors import StoreError
from store.base.access import COPY_IT, Access, make_private
from store.base.acting import Acting
from store.base.dialect import on_server
from store.custody import journal

HEAD = "0021_host_accounts"
"""Newest revision in store/migrations/versions; a test compares the two."""
KNOWN = frozenset(
    {
        "0001",
        "0002",
        "0003_incidents",
        "0004_staged",
        "0005_learnt_queue",
        "0006_circles",
        "0007_delivered",
        "0008_taught_verdicts",
        "0009_kept",
        "0010_witness",
        "0011_accounts",
        "0012_ends",
        "0013_incidents",
        "0014_parts",
        "0015_ingested",
        "0016_hash_lists",
        "0017_no_chain_steps",
        "0018_custody",
        "0019_exceptions",
        "0020_marks",
        "0021_host_accounts",
    }
)
TABLES = "SELECT name FROM sqlite_master"
TABLES_ON_SERVER = "SELECT relname FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind <> 'i'"
"""Not of information_schema, which hides the tables that a role may not read."""
SCRIPTS = Path(__file__).resolve().parent


def stored_revision(connection: Connection) -> str | None:
    """Revision of the database, None while it is empty."""
    there = connection.exec_driver_sql(TABLES_ON_SERVER if on_server(connection) else TABLES).scalars().all()
    if "alembic_version" not in there:
        if there:
            raise StoreError(
                "The workspace's database was not made by oddkin.",
                remedy="Name another one with --workspace or ODDKIN_WORKSPACE.",
            )
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def require_current(engine: Engine) -> None:
    """For a database that can only be read. Raises StoreError where it would have to be migrated or made first."""
    with engine.connect() as connection:
        revision = stored_revision(connection)
    if revision != HEAD:
        _refuse_unknown(revision)
        raise StoreError("The workspace can only be read, and was made by an older oddkin or never filled.", remedy=COPY_IT)


def bring_up_to_date(
    engine: Engine, acting: Acting | None = None, keep: Callable[[str], None] = lambda revision: None
) -> tuple[str, ...]:
    """Migrate to HEAD where the stored revision differs. `keep` is called before, with that one. Returns what the user has to
    know of it, as sentences.

    Raises StoreError for a database of a newer oddkin.
    """
    with engine.connect() as connection:
        revision = stored_revision(connection)
    if revision == HEAD:
        return ()
    _refuse_unknown(revision)
    if revision is not None:
        keep(revision)
    said: list[str] = []
    with engine.connect() as connection:
        writing = connection.execution_options(oddkin_write=True)
        writing.begin()
        # Somebody else may have migrated while this process waited for the lock.
        found = stored_revision(writing)
        if found != HEAD:
            said = _made(writing) if found is None else _upgrade(writing)
            if journal.head(writing) is None:
                journal.begin(writing, acting or Acting(), HEAD, found)
            else:
                journal.record(writing, acting or Acting(), "workspace migrated", {"found": found, "schema": HEAD})
        writing.commit()
    return tuple(said)


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in KNOWN:
        raise StoreError(
            f"This workspace was made by a newer oddkin (schema {revision}; this one knows {HEAD}).",
            remedy="Update oddkin, or name another workspace with --workspace.",
        )


def back_up(access: Access, revision: str) -> None:
    """Copy through SQLite's backup, which takes the write-ahead log along; a plain copy would miss it."""
    target = access.file.with_name(f"{access.file.name}.before-{HEAD}-was-{revision}")
    make_private(target)
    with closing(access.connect()) as origin, closing(sqlite3.connect(target.absolute())) as copy:
        origin.backup(copy)


def _made(connection: Connection) -> list[str]:
    """The schema of a new workspace. Nothing is to be said of it."""
    if on_server(connection):
        from store.schema.on_postgres import create_all

        create_all(connection)
    else:
        from store.schema.tables import metadata

        metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version"
        " (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    return []


def _upgrade(connection: Connection) -> list[str]:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    said: list[str] = config.attributes.setdefault("said", [])
    command.upgrade(config, "head")
    return said
