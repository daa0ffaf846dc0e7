"""Several people and machines at one workspace in PostgreSQL: nothing of anybody's is lost, and each sees what the others do."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect

from engine.errors import StoreError
from store.base.acting import Acting
from store.base.postgres import server
from store.base.postgres.address import parsed
from store.base.postgres.server import ServerAccess
from store.queue.presence import PresenceView
from store.schema.on_postgres import tables
from store.workspace import Workspace, open_server, server_holds
from tests import postgres
from tests.store.samples import event, fill, publish, relink, score

pytestmark = pytest.mark.parametrize("workspace", ["postgresql"], indirect=True)
ROOT = Path(__file__).resolve().parents[3]
JUDGE = """
import sys
from pathlib import Path
from store.base.acting import Acting
from store.base.postgres.address import parsed
from store.workspace import open_server

url, folder, who, *keys = sys.argv[1:]
own = open_server(parsed(url), Path(folder), Acting(who))
for number, key in enumerate(keys):
    own.labels.set("case", [key], "malicious" if number % 2 else "benign", note=f"{who} {number}", author=who)
own.close()
"""
PEOPLE = ("ann", "bob", "cem", "dee")


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    fill(workspace, [event(1), *(event(number, 1) for number in range(2, 30))])
    relink(workspace)
    score(workspace, grouped=True)
    return workspace


def address(workspace: Workspace) -> server.ServerAddress:
    access = workspace._access
    assert isinstance(access, ServerAccess)
    return access.address


def test_verdicts_of_four_processes_at_once_are_each_kept_once(filled: Workspace, tmp_path: Path) -> None:
    with filled.read() as connection:
        keys = connection.exec_driver_sql("SELECT key FROM chain WHERE count > 0 ORDER BY id LIMIT 3").scalars().all()
    given = [*keys, *keys, *keys]
    url = address(filled).shown
    running = [
        subprocess.Popen([sys.executable, "-c", JUDGE, url, str(tmp_path / who), who, *given], cwd=ROOT, stderr=subprocess.PIPE)
        for who in PEOPLE
    ]
    said = [one.communicate()[1].decode() for one in running]
    assert [one.returncode for one in running] == [0] * len(PEOPLE), said
    events = filled.labels.history("case")
    assert sorted((one.author, one.note) for one in events) == sorted(
        (who, f"{who} {number}") for who in PEOPLE for number in range(len(given))
    )
    assert len({one.id for one in events}) == len({one.batch for one in events}) == len(PEOPLE) * len(given)
    # What holds of a chain is what was said last of it.
    last = {one.chain_key: one.note for one in sorted(events, key=lambda one: one.id)}
    assert {one.chain_key: one.note for one in filled.labels.current("case")} == last
    assert filled.audit.verify().faults == []


def test_others_see_what_somebody_looks_at_until_they_look_elsewhere(filled: Workspace, tmp_path: Path) -> None:
    with closing(open_server(address(filled), tmp_path / "bob", Acting("bob\x1b"))) as bob:
        filled.presence.look("case", 1)
        (seen,) = bob.presence.others("case")
        assert (seen.finding, seen.who.partition("@")[0], seen.seconds) == (1, filled.acting.who, 0)
        assert filled.presence.others("case") == (), "nobody is told of themselves"
        bob.presence.look("case", 1)
        bob.presence.look("case", 2)
        assert [(one.finding, one.who.partition("@")[0]) for one in filled.presence.others("case")] == [(2, "bob\x1b")]
        filled.presence.leave()
        assert bob.presence.others("case") == ()


def test_a_look_ends_by_itself_and_with_its_scoring(filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_server(address(filled), tmp_path / "bob", Acting("bob"))) as bob:
        monkeypatch.setattr("store.queue.presence.LASTS_US", 0)
        bob.presence.look("case", 1)
        assert filled.presence.others("case") == ()
        monkeypatch.undo()
        bob.presence.look("case", 1)
        assert [one.finding for one in filled.presence.others("case")] == [1]
        score(filled, grouped=True)  # its findings are other ones
        assert filled.presence.others("case") == ()


def test_a_look_waits_for_no_writer(filled: Workspace, tmp_path: Path) -> None:
    with closing(open_server(address(filled), tmp_path / "bob", Acting("bob"))) as bob, filled.write() as connection:
        connection.exec_driver_sql("UPDATE counter SET value = value")
        bob.presence.look("case", 2)
        assert [type(one) for one in filled.presence.others("case")] == [PresenceView]


def test_somebody_who_writes_for_long_is_told_and_nothing_is_lost(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "WAIT_MS", 100)
    with closing(open_server(address(filled), tmp_path / "bob", Acting("bob"))) as bob:
        with filled.write() as connection:
            connection.exec_driver_sql("UPDATE counter SET value = value")
            with pytest.raises(StoreError, match="Another oddkin is writing"), bob.write() as other:
                other.exec_driver_sql("UPDATE counter SET value = value")
        with bob.write() as other:
            other.exec_driver_sql("UPDATE counter SET value = value")
            other.commit()


def test_a_model_that_another_machine_made_is_here_too(filled: Workspace, tmp_path: Path) -> None:
    number = publish(filled, "{}", texts='["words"]')
    with closing(open_server(address(filled), tmp_path / "elsewhere", Acting("bob"))) as bob:
        assert not (bob.models_folder / number).exists()
        folder, manifest = bob.vault.open(number)
        own, its = filled.vault.open(number)
        assert manifest == its
        assert {one.name: one.read_bytes() for one in folder.iterdir()} == {one.name: one.read_bytes() for one in own.iterdir()}
        assert bob.vault.orphans() == ()


def test_the_audit_is_only_added_to(filled: Workspace) -> None:
    for statement in (
        "UPDATE audit SET entry = 'x' WHERE number = 1", "DELETE FROM audit WHERE number = 1", "TRUNCATE audit",
        "INSERT INTO audit VALUES (999, 'x', 'y')",
    ):  # fmt: skip
        with pytest.raises(StoreError, match="entries of the audit are"), filled.write() as connection:
            connection.exec_driver_sql(statement)
    assert filled.audit.verify().faults == []


def test_the_tables_are_those_that_are_declared(workspace: Workspace) -> None:
    with workspace.read() as connection:
        found = inspect(connection)
        columns = {name: found.get_columns(name) for name in found.get_table_names()}
    there = {name: {one["name"]: one["nullable"] for one in its} for name, its in columns.items()}
    kinds = {str(one["type"]) for its in columns.values() for one in its}
    declared = {name: {one.name: bool(one.nullable) for one in table.columns} for name, table in tables().tables.items()}
    assert there == {**declared, "alembic_version": {"version_num": False}}
    assert kinds == {"BIGINT", 'TEXT COLLATE "C"', "BYTEA", "DOUBLE PRECISION", "VARCHAR(32)"}


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_a_number_of_more_than_64_bits_is_refused_as_sqlite_refuses_it(workspace: Workspace, number: int) -> None:
    with pytest.raises(OverflowError), workspace.read() as connection:
        connection.exec_driver_sql("SELECT ?", (number,))


def test_a_database_of_something_else_is_left_alone(workspace: Workspace, cluster: postgres.Cluster, tmp_path: Path) -> None:
    name = cluster.empty()
    where = parsed(cluster.url(name))
    assert not server_holds(where)
    cluster.run("CREATE TABLE mine (a text)", name)
    with pytest.raises(StoreError, match="was not made by oddkin"):
        open_server(where, tmp_path)
    with psycopg.connect(host=str(cluster.socket), user="oddkin", dbname=name) as connection:
        found = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'").fetchall()
    assert found == [("mine",)]


@pytest.mark.parametrize("database", ["nowhere", "postgres"])
def test_who_is_not_let_in_is_told_without_the_password(
    workspace: Workspace, cluster: postgres.Cluster, tmp_path: Path, database: str
) -> None:
    with pytest.raises(StoreError) as raised:
        open_server(parsed(f"postgresql+psycopg://nobody:s3cret@/{database}?host={cluster.socket}"), tmp_path)
    assert "s3cret" not in f"{raised.value.message} {raised.value.remedy}"


def test_a_database_of_others_and_one_of_another_encoding_are_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    access = workspace._access
    assert isinstance(access, ServerAccess)
    own = access.address.parameters
    with psycopg.connect(host=own["host"], user=own["user"], dbname="postgres", autocommit=True) as admin:
        for name, more in (("latin", "ENCODING 'LATIN1' LOCALE 'C'"), ("others", "")):
            admin.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 {more}".encode())
        admin.execute(b"DO $$BEGIN CREATE ROLE ann LOGIN; EXCEPTION WHEN duplicate_object THEN END$$")
    with psycopg.connect(host=own["host"], user=own["user"], dbname="others", autocommit=True) as other:
        other.execute(b"CREATE TABLE cases (x integer)")
    for name, user, said in (("latin", own["user"], "LATIN1"), ("others", "ann", "not made by oddkin")):
        with pytest.raises(StoreError, match=said):
            open_server(server.ServerAddress({**own, "dbname": name, "user": user}), tmp_path)
