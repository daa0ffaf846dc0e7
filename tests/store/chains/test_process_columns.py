"""The process table straight from the database."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from engine.domain.arrays import NO_TIME
from engine.domain.processes import Privilege
from engine.errors import NotFound
from engine.words.command_line import tokens
from store.chains import process_columns
from tests.store.samples import HOSTILE, event, fill


def test_processes_carry_chain_parent_command_and_privilege(workspace):
    fill(
        workspace,
        [
            event(1, command_line=None, user=None),
            event(2, 1, command_line="app -x one", integrity="System"),
            event(3, 2, command_line="app -x one", integrity="Mandatory Label\\High Mandatory Level"),
            event(4, 99, user="root", host="OTHER"),
        ],
    )
    corpus = workspace.chains.load_corpus(["case"])
    table = workspace.chains.load_processes(["case"], corpus)
    recorded = np.flatnonzero(table.recorded)
    assert len(recorded) == 4
    assert len(set(table.host.tolist())) == 2
    other, one, two, three = recorded  # by host, then by time
    assert table.index_of(table.row).tolist() == list(range(len(table)))
    assert table.index_of(np.array([1])).tolist() == [-1]
    assert table.parent[[one, two, three]].tolist() == [-1, one, two]
    assert corpus.lengths[table.chain[[one, two, three]]].tolist() == [1, 2, 3]
    leaf = [corpus.paths[corpus.steps[row, corpus.lengths[row] - 1]] for row in table.chain[recorded]]
    assert leaf == [corpus.paths[image] for image in table.image[recorded]]
    assert table.command[one] == -1
    assert table.command[two] == table.command[three]
    begin, end = table.commands.start[table.command[two] : table.command[two] + 2]
    assert table.commands.words[begin:end].tolist() == tokens("app -x one")
    assert table.privilege[[one, two, three]].tolist() == [Privilege.UNKNOWN, Privilege.SYSTEM, Privilege.ELEVATED]
    placeholder = np.flatnonzero(table.recorded == 0)
    assert table.privilege[other] == Privilege.SYSTEM
    assert table.parent[other] in placeholder


def named(workspace, originals, **more):
    """[n] what the table has for records with these original names, in their order."""
    fill(workspace, [event(number, original_name=name, **more) for number, name in enumerate(originals, 1)])
    corpus = workspace.chains.load_corpus(["case"])
    table = workspace.chains.load_processes(["case"], corpus)
    return table, [None if at < 0 else table.originals[at] for at in table.named().tolist()]


def test_original_names_are_read_as_the_tools_that_they_are_of(workspace):
    names = ["PowerShell.EXE", None, "Cmd.Exe.MUI", "notepad.exe", "PowerShell.EXE", "-", "electron.exe", "psexec.c"]
    table, found = named(workspace, names)
    assert found == ["powershell", None, "cmd", "", "powershell", None, "", "psexec"]
    assert table.originals == ("", "cmd", "powershell", "psexec")


def test_hostile_original_names_are_of_no_tool_and_nothing_of_them_is_kept(workspace):
    table, found = named(workspace, [*HOSTILE[:-1], "x" * 1_000_000, "Cmd.Exe" + "\u202e" * 500])
    assert set(found) == {""}
    assert table.originals == ("",)


def test_records_without_original_names_cost_no_column(workspace):
    table, found = named(workspace, [None, "-", "?"])
    assert table.original is None
    assert found == [None] * 3


def test_a_renamed_shell_is_known_in_any_order_of_ingest(workspace):
    named(workspace, ["Cmd.Exe", "PowerShell.EXE"])
    fill(workspace, [event(1, original_name="PowerShell.EXE", host="A"), event(2, original_name="Cmd.Exe", host="A")],
         case="other", sha256="b" * 64, path="two")  # fmt: skip
    corpus = workspace.chains.load_corpus(["other", "case"])
    table = workspace.chains.load_processes(["other", "case"], corpus)
    assert [table.originals[at] for at in table.named().tolist()] == ["powershell", "cmd", "cmd", "powershell"]


def test_twins_are_one_process_and_two_cases_share_chains(workspace):
    fill(workspace, [event(1), event(2, 1)], case="a")
    fill(workspace, [event(1), event(2, 1)], case="b", sha256="b" * 64, path="two")
    corpus = workspace.chains.load_corpus(["a", "b"])
    table = workspace.chains.load_processes(["a", "b"], corpus)
    assert len(table) == 4
    assert np.bincount(table.chain).tolist() == [2, 2]
    assert corpus.counts.tolist() == [2, 2]


def test_an_empty_case_has_no_processes(workspace):
    with pytest.raises(NotFound):
        workspace.chains.load_processes(["nothing"], workspace.chains.load_corpus([]))


def test_a_chain_of_two_cases_is_found_by_its_key_in_either_order_of_them(workspace):
    fill(workspace, [event(1), event(2, 1)], case="a")
    fill(workspace, [event(7), event(1), event(2, 1), event(3, 2)], case="b", sha256="b" * 64, path="two")
    corpus = workspace.chains.load_corpus(["a", "b"])
    for order in (["a", "b"], ["b", "a"]):
        table = workspace.chains.load_processes(order, corpus)
        with workspace.read() as connection:
            query = "SELECT process.id, key FROM process JOIN chain ON chain.id = chain_id"
            wanted = dict(map(tuple, connection.exec_driver_sql(query)))
        assert {row: corpus.keys[chain] for row, chain in zip(table.row.tolist(), table.chain.tolist(), strict=True)} == wanted


def test_numbers_that_32_bits_do_not_hold_are_kept_as_they_are():
    read = process_columns._Read()
    table = np.zeros((2, process_columns.KEPT), dtype=np.int64)
    table[:, process_columns.ROW] = (7 << 32, (7 << 32) + 1)
    table[:, process_columns.TIME] = (NO_TIME, 1)
    table[:, process_columns.COMMAND] = (2**31 - 1, 5)
    read.add(table)
    table[:, process_columns.COMMAND] = (2**31, -1)
    read.add(table)
    read.add(table[:0])
    assert read.sizes == [2, 2]
    assert read.column(process_columns.COMMAND).tolist() == [2**31 - 1, 5, 2**31, -1]
    assert read.column(process_columns.TIME).tolist() == [NO_TIME, 1] * 2
    assert read.column(process_columns.ROW).tolist() == [7 << 32, (7 << 32) + 1] * 2
    assert read.column(process_columns.USER).dtype == np.int32


def test_reading_holds_little_beside_what_it_gives(workspace, monkeypatch):
    """Bytes a process at most, of all that is held at one time: whole columns of 64 bits, twice, were 161."""
    fill(workspace, [event(1)])
    corpus = workspace.chains.load_corpus(["case"])
    hosts, size = 40, 5_000
    table = np.full((size, process_columns.KEPT), -1, dtype=np.int64)
    table[:, process_columns.ROW] = np.arange(size) + (7 << 32)
    table[:, process_columns.TIME] = 1_700_000_000_000_000
    monkeypatch.setattr(process_columns, "host_order", lambda *_: range(hosts))
    monkeypatch.setattr(process_columns, "_host", lambda *_: table)
    with workspace.read() as connection:
        tracemalloc.start()
        made = process_columns.load(connection, [1], corpus)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(made) == hosts * size
    assert peak / len(made) < 100
