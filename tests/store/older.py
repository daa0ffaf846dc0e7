"""A workspace as an older oddkin left it: what newer migrations made is taken out, so that they run when it is opened."""

from __future__ import annotations

import importlib
import sqlite3
from types import SimpleNamespace

from store.migrations.migrate import KNOWN

WITHOUT = {
    "0006_circles": (),
    "0007_delivered": tuple(f"ALTER TABLE source DROP COLUMN {name}" for name in ("untrusted", "container", "container_sha256")),
    "0008_taught_verdicts": ("DROP TABLE taught_verdict", "DROP TABLE classifier_use"),
    "0009_kept": ("DROP TABLE kept_part", "DROP TABLE kept"),
    "0010_witness": ("DROP TABLE witness",),
    "0011_accounts": tuple(
        statement
        for table in ("source_copy", "rule_set", "rule", "rule_set_member", "taught_verdict", "classifier_use")
        for statement in (
            *(f"DROP TRIGGER IF EXISTS witness_{table}_{when}" for when in ("added", "changed", "gone")),
            f"DELETE FROM witness WHERE kind = '{table}'",
        )
    ),  # what it made anew is made anew again
    "0012_ends": (
        *(
            "UPDATE witness SET said = substr(said, 1, length(said) - o.more)"
            f" FROM (SELECT quote(id) AS own, length({more}) AS more FROM {table}) o"
            f" WHERE kind = '{table}' AND witness.key = o.own"
            for table, more in (
                ("source", "',' || quote(notes) || ',' || quote(unknown) || ',' || quote(collection)"),
                ("host", "',' || quote(same_as)"),
            )
        ),
        *(
            f"DROP TRIGGER IF EXISTS witness_{table}_{when}"
            for table in ("source", "host")
            for when in ("added", "changed", "gone")
        ),
        *(f"DROP TABLE {table}" for table in ("process_end", "host_fact", "host_span", "host_part")),
        *(f"ALTER TABLE source DROP COLUMN {name}" for name in ("notes", "unknown", "collection")),
        *(f"ALTER TABLE host DROP COLUMN {name}" for name in ("given", "same_as")),
        "DELETE FROM witness WHERE kind IN ('host_fact', 'host_span', 'host_part', 'ends')",
    ),
    "0013_incidents": (
        "DROP INDEX label_current_narrow",
        *(
            f"DROP TRIGGER IF EXISTS witness_{table}_{when}"
            for table in ("label_event", "taught_verdict")
            for when in ("added", "changed", "gone")
        ),
        "UPDATE witness SET said = substr(said, 1, length(said) - o.more)"
        " FROM (SELECT quote(id) AS own, length(',' || quote(about)) AS more FROM label_event) o"
        " WHERE kind = 'label_event' AND witness.key = o.own",
        "UPDATE witness SET key = o.old FROM (SELECT quote(model_id) || ',' || quote(case_id) || ',' || quote(chain_key) AS old,"
        " quote(model_id) || ',' || quote(case_id) || ',' || quote(chain_key) || ',' || quote(shape) AS new"
        " FROM taught_verdict) o"
        " WHERE kind = 'taught_verdict' AND witness.key = o.new",
        "CREATE TABLE taught_by_chain (model_id VARCHAR NOT NULL, case_id INTEGER NOT NULL, chain_key VARCHAR NOT NULL,"
        " verdict VARCHAR NOT NULL, held_out DOUBLE, CONSTRAINT pk_taught_verdict PRIMARY KEY (model_id, case_id, chain_key),"
        " CONSTRAINT fk_taught_verdict_model_id FOREIGN KEY(model_id) REFERENCES model (id) ON DELETE CASCADE,"
        " CONSTRAINT fk_taught_verdict_case_id FOREIGN KEY(case_id) REFERENCES cases (id) ON DELETE CASCADE) WITHOUT ROWID",
        "INSERT OR IGNORE INTO taught_by_chain SELECT model_id, case_id, chain_key, verdict, held_out FROM taught_verdict",
        "DROP TABLE taught_verdict",
        "ALTER TABLE taught_by_chain RENAME TO taught_verdict",
        "CREATE INDEX taught_verdict_chain ON taught_verdict (case_id, chain_key)",
        *(f"DROP TABLE {table}" for table in ("incident", "covered", "finding_chain", "variant", "related", "process_verdict")),
        *(f"ALTER TABLE finding DROP COLUMN {name}" for name in ("incidents", "odd", "lead")),
        "ALTER TABLE label_event DROP COLUMN about",
    ),
    "0014_parts": ("ALTER TABLE finding DROP COLUMN parts",),
    "0015_ingested": ("DROP TABLE ingested",),
    "0016_hash_lists": ("DROP TABLE hash_listed", "DROP TABLE hash_list", "ALTER TABLE cases DROP COLUMN lists_us"),
    "0017_no_chain_steps": (
        "CREATE TABLE chain_step (path_id INTEGER NOT NULL, chain_id INTEGER NOT NULL,"
        " CONSTRAINT pk_chain_step PRIMARY KEY (path_id, chain_id)) WITHOUT ROWID",
    ),
    "0018_custody": ("DROP TABLE audit", "DROP TABLE merged_event"),
    "0019_exceptions": (
        *(f"DROP TABLE {table}" for table in ("exception_covered", "exception_use", "exception")),
        "DELETE FROM witness WHERE kind = 'exception'",
    ),
    "0020_marks": ("DROP TABLE mark", "DROP TABLE mark_rule", "DROP TABLE mark_set"),
    "0021_host_accounts": ("UPDATE witness SET said = account_of_rows(CAST(key AS INTEGER)) WHERE kind = 'processes'",),
}
"""Revision -> what undoes it; triggers apart."""


def make_older(connection: sqlite3.Connection, revision: str) -> None:
    """Take out everything that came after `revision`. Does not commit."""
    newer = sorted(name for name in KNOWN if name > revision)
    accounts = {host: account_of_rows(connection, host) for (host,) in connection.execute("SELECT id FROM host").fetchall()}
    connection.create_function("account_of_rows", 1, accounts.get)
    assert set(newer) <= set(WITHOUT), "a new migration has to be told here"
    if "0010_witness" in newer:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    for name in reversed(newer):
        for statement in WITHOUT[name]:
            connection.execute(statement)
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def account_of_rows(connection: sqlite3.Connection, host_id: int) -> str:
    """The digest of a host's processes as it was before 0021."""
    version = importlib.import_module("store.migrations.versions.0021_host_accounts")
    with_bytes, connection.text_factory = connection.text_factory, bytes
    found: str = version.before(SimpleNamespace(connection=connection, dialect=SimpleNamespace(name="sqlite")), host_id)
    connection.text_factory = with_bytes
    return found
