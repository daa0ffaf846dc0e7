from __future__ import annotations

import numpy as np

from engine.domain.corpora import empty_like, joined
from engine.domain.processes import part_of
from tests.engine.process_samples import make_table, with_originals

ROOT, SHELL, LS = ("/init",), ("/init", "/bin/sh"), ("/init", "/bin/sh", "/bin/ls")
ROWS = [(ROOT, -1, None), (SHELL, 0, "sh -c run"), (LS, 1, "ls -la"), (LS, 1, "ls /tmp"), (SHELL, 0, "sh other")]


def test_a_part_counts_the_chosen_and_keeps_their_ancestors_as_context():
    corpus, table = make_table(ROWS, host=[0, 0, 0, 1, 1])
    part, rows = part_of(corpus, table, np.array([2, 3]))
    assert len(part) == 1
    assert part.counts.tolist() == [2]
    assert part.hosts.tolist() == [2]
    assert len(rows) == 4  # two ls, their shell, its parent
    assert (rows.chain >= 0).sum() == 2
    assert rows.command[rows.chain < 0].tolist() == [-1, -1]
    assert rows.parent.tolist() == [-1, 0, 1, 1]
    assert [part.paths[image] for image in rows.image] == ["/init", "/bin/sh", "/bin/ls", "/bin/ls"]


def test_index_of_finds_keys_and_says_when_there_is_none():
    _corpus, table = make_table(ROWS)
    assert table.index_of(np.array([10, 14, 99])).tolist() == [0, 4, -1]
    assert table.ancestors_of(np.array([2, 3])).tolist() == [0, 1]


def test_joined_adds_up_what_both_have_and_keeps_rows_apart():
    one, one_table = make_table(ROWS)
    two, two_table = make_table([(ROOT, -1, None), (("/init", "/bin/new"), 0, "new x"), (SHELL, 0, "sh -c run")])
    both, table = joined(one, one_table, two, two_table)
    assert table is not None
    count = dict(zip(both.keys, both.counts.tolist(), strict=True))
    assert sum(count.values()) == 8
    assert count[one.keys[list(one.keys).index(two.keys[0])]] == 2
    assert len(both) == 4
    assert both.host_total == one.host_total + two.host_total
    ends = [both.paths[both.steps[row, both.lengths[row] - 1]] for row in table.chain]
    assert ends == [both.paths[image] for image in table.image]
    assert ends[5:] == ["/init", "/bin/new", "/bin/sh"]
    assert table.parent[5:].tolist() == [-1, 5, 5]
    begin = table.commands.start[table.command[7]]
    assert table.commands.words[begin] == one_table.commands.words[one_table.commands.start[one_table.command[1]]]
    assert joined(one, None, two, two_table)[1] is None


EXES = [(("c:\\a.exe",), -1, "a"), (("c:\\a.exe", "c:\\b.exe"), 0, "b"), (("c:\\a.exe", "c:\\c.exe"), 0, "c")]


def names_of(table):
    return [None if at < 0 else table.originals[at] for at in table.named().tolist()]


def test_original_names_go_with_their_processes_and_context_has_none():
    corpus, table = make_table(EXES)
    assert names_of(table) == [None] * 3
    known = with_originals(table, ["Cmd.Exe", "notepad.exe", "PowerShell.EXE"])
    assert names_of(known) == ["cmd", "", "powershell"]
    _part, rows = part_of(corpus, known, np.array([1, 2]))
    assert names_of(rows) == [None, "", "powershell"]  # of the ancestor nothing is counted
    _part, rows = part_of(corpus, table, np.array([1, 2]))
    assert rows.original is None


def test_joined_numbers_original_names_together():
    one, first = make_table(EXES)
    two, second = make_table(EXES[:2])
    named = with_originals(second, ["PowerShell.EXE", None])
    assert joined(one, first, two, second)[1].original is None
    assert names_of(joined(one, first, two, named)[1]) == [None] * 3 + ["powershell", None]
    known = with_originals(first, ["Cmd.Exe", "PowerShell.EXE", None])
    both = joined(one, known, two, named)[1]
    assert names_of(both) == ["cmd", "powershell", None, "powershell", None]
    assert len(both.originals) == 2


def test_an_empty_corpus_joins_to_the_other():
    one, _ = make_table(ROWS)
    both, _ = joined(empty_like(one), None, one, None)
    assert both.keys == one.keys
    assert np.array_equal(both.steps, one.steps)
