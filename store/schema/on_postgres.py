"""The tables of store/schema as PostgreSQL has them: the same names and columns, its types, and triggers in its language.

Whole numbers have 64 bits, as SQLite's; texts are ordered byte by byte (collation "C"), whatever the locale of the database,
so that every list is in the order that it has on one machine.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import BigInteger, Connection, Double, Float, Integer, LargeBinary, MetaData, Text, text

from engine.errors import StoreError
from store.base.postgres.functions import functions
from store.base.text import LogText
from store.schema.tables import metadata
from store.schema.team import team_tables
from store.schema.witness_tables import WATCHED, quoted

APPENDED = (
    """CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'entries of the audit are not changed'; END IF;
    IF TG_OP = 'DELETE' OR TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION 'entries of the audit are not removed'; END IF;
    IF NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM audit) THEN
        RAISE EXCEPTION 'entries of the audit are added at its end';
    END IF;
    RETURN NEW;
END$$""",
    "CREATE TRIGGER audit_kept BEFORE INSERT OR UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard()",
    "CREATE TRIGGER audit_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()",
)
NUMBERED = (
    # Events bring their numbers along; the sequence has to know the highest that was ever given (store.base.dialect).
    """CREATE FUNCTION label_event_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval('label_event_id_seq', NEW.id) WHERE NEW.id > (SELECT last_value FROM label_event_id_seq)
        OR NOT (SELECT is_called FROM label_event_id_seq);
    RETURN NULL;
END$$""",
    "CREATE TRIGGER label_event_numbered AFTER INSERT ON label_event FOR EACH ROW EXECUTE FUNCTION label_event_numbered()",
)


@cache
def tables() -> MetaData:
    """The declared tables with PostgreSQL's types."""
    copied = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(copied)
    team_tables(copied)
    for table in copied.tables.values():
        for column in table.columns:
            if isinstance(column.type, Integer):
                column.type = BigInteger()
            elif isinstance(column.type, Float):
                column.type = Double()
            elif not isinstance(column.type, LargeBinary):
                assert isinstance(column.type, Text | LogText) or column.type.python_type is str
                column.type = Text(collation="C")
        for index in table.indexes:
            condition = index.dialect_options["sqlite"]["where"]
            if condition is not None:
                index.dialect_options["postgresql"]["where"] = text(str(condition))
    return copied


def triggers() -> tuple[str, ...]:
    """The statements that keep the second account (store/schema/witness_tables.py) and guard the audit."""
    found: list[str] = []
    for table, (key, columns) in WATCHED.items():
        forget = f"DELETE FROM witness WHERE kind = '{table}' AND key = {_quoted(key, 'OLD.')};"
        new = f"'{table}', {_quoted(key, 'NEW.')}, {_quoted(columns, 'NEW.')}"
        watched = dict.fromkeys((*_names(key), *_names(columns)))
        more = {
            "host": "DELETE FROM witness WHERE kind IN ('processes', 'ends') AND key = quote(OLD.id);",
            "score_set": "DELETE FROM witness WHERE kind IN ('scores', 'learnt') AND key = quote(OLD.id);",
        }.get(table, "")
        found += (
            f"""CREATE FUNCTION witness_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN {forget} END IF;
    IF TG_OP = 'DELETE' THEN {more} RETURN NULL; END IF;
    INSERT INTO witness (kind, key, said) VALUES ({new}) ON CONFLICT (kind, key) DO UPDATE SET said = excluded.said;
    RETURN NULL;
END$$""",
            f"CREATE TRIGGER witness_{table} AFTER INSERT OR DELETE OR UPDATE OF {', '.join(watched)}"
            f" ON {table} FOR EACH ROW EXECUTE FUNCTION witness_of_{table}()",
        )
    return (*found, *APPENDED, *NUMBERED)


def _quoted(columns: tuple[str, ...], of: str) -> str:
    return quoted(_names(columns), of)


def _names(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f'"{column}"' for column in columns)


def create_all(connection: Connection) -> None:
    """Make functions, tables and triggers in an empty database. Needs a write transaction. Raises StoreError for one whose
    encoding has not all characters.
    """
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    if encoding != "UTF8":
        raise StoreError(
            f"The database keeps texts as {encoding}, which has not all characters that logs have.",
            remedy="Make another one: createdb --encoding=UTF8 --template=template0 NAME",
        )
    driver = connection.connection.dbapi_connection
    assert driver is not None
    from psycopg import Cursor

    # As it is: nothing in these statements is to be translated.
    run = Cursor(cast("Any", driver)).execute
    for statement in functions():
        run(statement.encode())
    tables().create_all(connection, checkfirst=False)
    for statement in triggers():
        run(statement.encode())
