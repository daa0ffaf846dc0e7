from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from engine.errors import StoreError
from store.base.access import Access
from store.base.database import DATABASE, LOG_BYTES, PAGE_BYTES, create
from store.doctor.examine import examine
from store.export.rows import rows
from store.migrations import migrate
from store.workspace import open_workspace
from tests.store import samples
from tests.store.older import make_older


def shape(file: Path) -> dict[str, str]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        return {name: re.sub(r"\s+", " ", sql).replace(" )", ")").replace("( ", "(").strip() for name, sql in rows}


def test_head_is_the_newest_revision_and_all_are_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrate.HEAD]
    assert {script.revision for script in scripts.walk_revisions()} == migrate.KNOWN


def test_migrations_lead_to_the_declared_schema(tmp_path: Path) -> None:
    open_workspace(tmp_path).close()  # the declared one
    to_revision(tmp_path / "migrated.sqlite", "head")
    assert shape(tmp_path / "migrated.sqlite") == shape(tmp_path / DATABASE)


def test_a_new_workspace_needs_no_migration(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from store.workspace import open_workspace;"
        f" open_workspace(Path({str(tmp_path)!r}));"
        " print('alembic' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrate.HEAD,)]


def test_a_workspace_of_version_1_opens_with_what_it_held(tmp_path: Path) -> None:
    file = tmp_path / DATABASE
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((Path(__file__).parent / "workspace_0001.sql").read_text(encoding="utf-8"))
    workspace = open_workspace(tmp_path)
    assert [case.name for case in workspace.cases.list()] == ["old case"]
    assert workspace.processes.find("old case", pid=2)[0].command_line == "app --number 2"
    assert [label.verdict for label in workspace.labels.current("old case")] == ["malicious"]
    workspace.close()


SCORED_BEFORE = """
INSERT INTO model VALUES ('detector-old', 'detector', 1, '{}', '', 0);
INSERT INTO model_use VALUES (1, 'detector', 'detector-old', 1);
INSERT INTO score_set VALUES (1, 1, 'detector-old', 1, 1.5, 2, '["length"]', '{}');
INSERT INTO score VALUES (1, 1, 2, 2.0, 1, 0, x'0000803e0000803e', x'0000000000000040000000000000e03f');
INSERT INTO score VALUES (1, 2, 1, 1.0, 0, 0, x'0000803e', x'000000000000f03f000000000000e03f');
INSERT INTO expectation VALUES (1, 2, 0, '[]', 'said before');
"""
"""Version 1 knew no findings of subtrees and told nothing of signals."""


@pytest.mark.parametrize("through", ["0001", "0002"])
def test_scores_of_before_have_no_findings_until_they_are_made_anew(tmp_path: Path, through: str) -> None:
    file = tmp_path / DATABASE
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((Path(__file__).parent / "workspace_0001.sql").read_text(encoding="utf-8") + SCORED_BEFORE)
    if through == "0002":
        to_revision(file, "0002")
    workspace = open_workspace(tmp_path)
    queue = workspace.queue.page("old case")
    assert [(row.rank, row.finding, row.member_of) for row in queue] == [(1, 1, 0), (2, 0, 0)]
    assert workspace.queue.counts("old case").findings == 1
    assert workspace.findings.count("old case") == 0
    told = workspace.chains.score(queue[0].chain_id)
    assert told is not None
    assert told.expectation is not None
    assert (told.expectation.sentence, told.expectation.sentences, told.expectation.step_tails) == ("said before", {}, ())
    assert {row.finding_rank for row in rows(workspace, "old case")} == {None}
    workspace.thresholds.move("old case", 2.0)
    assert [row.finding for row in workspace.queue.page("old case")] == [1, 1]  # as before: one chain continues the other
    samples.score(workspace, "old case", model="detector-old", grouped=True)
    assert workspace.findings.count("old case") > 0
    assert all(row.member_of for row in workspace.queue.page("old case"))
    workspace.close()


def test_findings_of_chains_are_made_anew_and_verdicts_stay(tmp_path: Path) -> None:
    """What one covered nobody had looked at. Scores, thresholds and verdicts hold, and the next scoring groups again."""
    workspace = open_workspace(tmp_path)
    samples.fill(workspace, [samples.event(number, number // 3 or None) for number in range(1, 30)])
    model = samples.score(workspace, grouped=True)
    keys = [row.key for row in workspace.queue.page("case")]
    workspace.labels.set("case", keys[:2], "malicious", note="seen", author="ann")
    before = [(row.rank, row.key, row.score, row.verdict) for row in workspace.queue.page("case")]
    verdicts = workspace.labels.current("case")
    workspace.close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        make_older(connection, "0012_ends")
        connection.commit()
        assert connection.execute("SELECT count(*) FROM finding").fetchone()[0]
    workspace = open_workspace(tmp_path)
    rows_now = workspace.queue.page("case")
    assert [(row.rank, row.key, row.score, row.verdict) for row in rows_now] == before
    assert {row.member_of for row in rows_now} == {0}
    assert workspace.labels.current("case") == verdicts
    assert (workspace.findings.count("case"), workspace.findings.page("case")) == (0, ())
    assert workspace.queue.counts("case").flagged == 2
    assert workspace.thresholds.move("case", 3.0).chains == len([row for row in workspace.queue.page("case") if row.finding])
    assert {complaint.severity for complaint in examine(workspace)} <= {"note"}
    samples.score(workspace, model=model, grouped=True)
    assert workspace.findings.count("case") == len(workspace.findings.page("case", limit=1000)) > 0
    assert workspace.labels.current("case") == verdicts
    assert examine(workspace) == ()
    workspace.close()


def test_records_that_an_older_oddkin_left_without_links_are_linked(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "new")
    records = [samples.event(1), samples.event(2, 1), samples.event(3, 2)]
    samples.fill(workspace, records)
    with workspace.read() as connection:
        wanted = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM process ORDER BY id")]
    workspace.close()
    file = tmp_path / DATABASE
    to_revision(file, "0003_incidents")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ATTACH ? AS made", (str(tmp_path / "new" / DATABASE),))
        for table in ("cases", "source", "host", "string", "path", "image", "process"):
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM made.{table}")
        connection.execute(
            "UPDATE process SET parent_id = NULL, method = NULL, confidence = NULL, exec_of = NULL, chain_id = NULL,"
            " merged_into = NULL"
        )
        connection.execute("UPDATE host SET unlinked = 1, linked_us = NULL")
        connection.commit()
    workspace = open_workspace(tmp_path)
    samples.fill(workspace, [samples.event(4, 3)], sha256="b" * 64)
    with workspace.read() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM process ORDER BY id")]
    assert found[:3] == wanted
    assert (found[3][6], workspace.processes.ancestors(found[3][0])[-2].pid) == (4, 3)
    workspace.close()


def test_an_older_database_keeps_the_size_of_its_pages(tmp_path: Path) -> None:
    for folder, page_bytes in (("old", 4096), ("new", PAGE_BYTES)):
        (tmp_path / folder).mkdir()
        if folder == "old":
            with closing(sqlite3.connect(tmp_path / folder / DATABASE)) as connection:
                connection.execute("PRAGMA page_size = 4096")
                connection.executescript((Path(__file__).parent / "workspace_0001.sql").read_text(encoding="utf-8"))
        workspace = open_workspace(tmp_path / folder)
        with workspace.read() as connection:
            assert connection.exec_driver_sql("PRAGMA page_size").scalar() == page_bytes
            assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == LOG_BYTES // page_bytes
        workspace.close()


def to_revision(file: Path, revision: str) -> None:
    from alembic import command

    engine = create(Access(file))
    with engine.connect() as connection:
        writing = connection.execution_options(oddkin_write=True)
        writing.begin()
        config = Config()
        config.set_main_option("script_location", str(migrate.SCRIPTS))
        config.attributes["connection"] = writing
        command.upgrade(config, revision)
        writing.commit()
    engine.dispose()


def test_opening_again_does_not_load_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_workspace(tmp_path).close()
    monkeypatch.setattr(migrate, "_upgrade", lambda connection: pytest.fail("migrated again"))
    open_workspace(tmp_path).close()
    assert "alembic.command" in sys.modules  # this test's own doing; the function that imports it was not called


def test_a_newer_database_is_refused_with_a_remedy(tmp_path: Path) -> None:
    open_workspace(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="newer") as caught:
        open_workspace(tmp_path)
    assert "Update" in caught.value.remedy


def test_an_older_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.executescript((Path(__file__).parent / "workspace_0001.sql").read_text(encoding="utf-8"))
    open_workspace(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / f"{DATABASE}.before-{migrate.HEAD}-was-0001")) as copy:
        assert copy.execute("SELECT name FROM cases").fetchall() == [("old case",)]
        assert "active_days" not in {row[1] for row in copy.execute("PRAGMA table_info(host)")}


@pytest.mark.parametrize(("step", "before"), [("_made", None), ("_upgrade", "0005_learnt_queue")])
def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: str | None
) -> None:
    if before is not None:
        to_revision(tmp_path / DATABASE, before)
    real, untouched = getattr(migrate, step), shape(tmp_path / DATABASE)

    def broken(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise StoreError("killed")

    monkeypatch.setattr(migrate, step, broken)
    with pytest.raises(StoreError, match="killed"):
        open_workspace(tmp_path)
    assert shape(tmp_path / DATABASE) == untouched


def test_what_is_no_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_workspace(tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as connection:
        connection.execute("CREATE TABLE t (x)")
    engine = create(Access(tmp_path / "other.sqlite"))
    with pytest.raises(StoreError, match="not made by"):
        migrate.bring_up_to_date(engine, tmp_path / "other.sqlite")
    engine.dispose()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        open_workspace(tmp_path / "file")


def test_a_transaction_that_is_not_committed_is_rolled_back(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    with workspace.write() as connection:
        connection.exec_driver_sql("INSERT INTO cases (name, created_us) VALUES ('x', 1)")
    assert workspace.cases.list() == ()
    with workspace.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    workspace.close()
