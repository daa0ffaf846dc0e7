"""The digest of a host is the same whether it is made of what is written or of what stands there, and it notices each change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.records import ProcessEvent
from engine.jobs.ingest.link import link_case
from engine.jobs.ports.ingest import Batch
from engine.progress import Run
from store.base.database import DATABASE
from store.evidence import lineage_rows, staged_rows
from store.schema import host_account
from store.schema.host_account import HostAccount
from store.workspace import Workspace, open_workspace

ODD = ["", "a", "\0", "\ud800", "é", None]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A host with placeholders, absent values, and texts that SQLite does not take as they are."""
    events = [
        ProcessEvent("sysmon1", f"C:\\{number % 3}.exe", "windows", "H", time_us=None if number % 4 == 0 else 10**15 + number,
                     pid=number, ppid=number - 1 if number % 5 else 9_000 + number, guid=ODD[number % 6],
                     record_id=ODD[number % 5], parent_image="C:\\up.exe", command_line=ODD[number % 6],
                     ancestors=("C:\\top.exe",) if number % 7 == 0 else (), position=number + 1)
        for number in range(40)
    ]  # fmt: skip
    with closing(open_workspace(tmp_path)) as workspace:
        add(workspace, "a", events)
    return tmp_path


def add(workspace: Workspace, name: str, events: list[ProcessEvent]) -> None:
    ticket = workspace.ingest.begin_source("c", f"/{name}", name * 64, 5, "json")
    workspace.ingest.append(ticket, Batch(events, (), len(events)))
    workspace.ingest.finish_source(ticket)
    link_case("c", workspace.ingest, Run())


def kept_and_stored(folder: Path) -> tuple[str, str]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (kept,) = connection.execute("SELECT said FROM witness WHERE kind = 'processes'").fetchone()
    with closing(open_workspace(folder)) as workspace, workspace.read() as connection:
        return kept, host_account.stored(connection, 1)


def test_what_was_written_is_what_stands_there(filled: Path) -> None:
    kept, stored = kept_and_stored(filled)
    assert kept == stored
    assert len(stored) == 32


def test_a_host_that_was_there_is_told_of_as_a_whole(filled: Path) -> None:
    before, _ = kept_and_stored(filled)
    with closing(open_workspace(filled)) as workspace:
        add(workspace, "b", [ProcessEvent("sysmon1", "C:\\new.exe", "windows", "H", pid=77, ppid=3, position=1)])
    kept, stored = kept_and_stored(filled)
    assert kept == stored != before


@pytest.mark.parametrize("column", [*host_account.NUMBERS[1:], *host_account.TEXTS])
def test_each_column_counts(filled: Path, column: str) -> None:
    change = f"'x' || coalesce({column}, '')" if column in host_account.TEXTS else f"coalesce({column}, 0) + 1"
    with closing(sqlite3.connect(filled / DATABASE)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(f"UPDATE process SET {column} = {change} WHERE id = (SELECT max(id) FROM process WHERE pid = 7)")
        connection.commit()
    kept, stored = kept_and_stored(filled)
    assert kept != stored


@pytest.mark.parametrize("change", ["pid = 'x'", "pid = 1.5", "guid = NULL WHERE guid = ''", "guid = '' WHERE guid IS NULL"])
def test_a_value_of_another_kind_counts(filled: Path, change: str) -> None:
    with closing(sqlite3.connect(filled / DATABASE)) as connection:
        assert connection.execute(f"UPDATE process SET {change}").rowcount > 0
        connection.commit()
    kept, stored = kept_and_stored(filled)
    assert kept != stored


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.sampled_from(ODD)), max_size=9), st.integers(0, 9))
def test_where_a_block_ends_does_not_matter(rows: list[tuple[int, str | None]], cut: int) -> None:
    def said(*parts: list[tuple[int, str | None]]) -> str:
        account = HostAccount()
        for part in parts:
            numbers = np.repeat(np.array([number for number, _ in part], np.int64)[:, None], len(host_account.NUMBERS), axis=1)
            texts = [None if text is None else text.encode("utf-8", "surrogatepass") for _, text in part]
            account.processes(numbers, [texts] * len(host_account.TEXTS))
        return account.said()

    assert said(rows[:cut], rows[cut:]) == said(rows)


def test_its_columns_are_those_of_the_rows() -> None:
    assert (*staged_rows.NUMBERS, *lineage_rows.LINKS) == host_account.NUMBERS
    assert staged_rows.TEXTS == host_account.TEXTS
