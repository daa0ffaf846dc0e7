"""Which lists a case was compared with, what they name, and what came too late for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.processes import Listing, Repute
from engine.errors import InputError, NotFound
from engine.jobs.compare import GivenList, ListCompared, compare
from engine.progress import Run
from store.base.database import DATABASE
from store.chains.hash_lists import listings
from store.queue.marks import lists_changed, since
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.store.older import make_older

MD5 = [f"{number:02x}" * 16 for number in range(1, 9)]
SHA256 = [f"{number:02x}" * 32 for number in range(1, 9)]
EVERYONE = "c0" * 16


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A case of eight programs, the last one without a hash; another case with the first of them."""
    opened = open_workspace(tmp_path / "w")
    events = [
        samples.event(number, number - 1 or None, hashes=f"MD5={MD5[number - 1]},SHA256={SHA256[number - 1]},IMPHASH={EVERYONE}")
        for number in range(1, 8)
    ]
    samples.fill(opened, [*events, samples.event(8, 7)])
    samples.fill(opened, events[:1], case="other", sha256="b" * 64)
    yield opened
    opened.close()


def given(folder: Path, kind: Repute, *lines: str, name: str = "") -> GivenList:
    path = folder / (name or f"{kind.word}.txt")
    path.write_text("\n".join(lines))
    return GivenList(path, kind)


def compared(workspace: Workspace, *lists: GivenList, case: str = "case") -> list[ListCompared]:
    return compare(case, lists, workspace.hash_lists, Run())


def known(workspace: Workspace, case: str = "case") -> list[int]:
    """Of the processes of a case, in their order."""
    table = workspace.chains.load_processes([case], workspace.chains.load_corpus([case]))
    return table.known().tolist()


def test_what_lists_name_comes_with_the_processes(workspace: Workspace, tmp_path: Path) -> None:
    assert known(workspace) == [0] * 8
    assert workspace.chains.load_processes(["case"], workspace.chains.load_corpus(["case"])).listed is None
    done = compared(
        workspace, given(tmp_path, Repute.GOOD, MD5[0].upper(), SHA256[1], "none"), given(tmp_path, Repute.BAD, SHA256[1], MD5[3])
    )
    assert [(one.named, one.compared) for one in done] == [(2, 7), (2, 7)]
    assert known(workspace) == [1, 2, 0, 2, 0, 0, 0, 0]
    table = workspace.chains.load_processes(["case"], workspace.chains.load_corpus(["case"]))
    assert table.listings == (Listing(good=("good.txt",)), Listing(bad=("bad.txt",)), Listing(("good.txt",), ("bad.txt",)))
    assert workspace.hash_lists.both("case") == 1
    first, second = workspace.hash_lists.lists("case")
    assert (first.name, first.kind, first.hashes, first.strange, first.named) == ("good.txt", "good", 2, 1, 2)
    assert (second.name, second.kind, second.hashes, second.strange, second.compared) == ("bad.txt", "bad", 2, 0, 7)


def test_a_list_is_of_the_case_that_was_compared_with_it(workspace: Workspace, tmp_path: Path) -> None:
    compared(workspace, given(tmp_path, Repute.BAD, MD5[0]))
    assert known(workspace, "other") == [0]
    assert workspace.hash_lists.lists("other") == ()
    views = [workspace.processes.get(number) for number in workspace.chains.load_processes(
        ["other"], workspace.chains.load_corpus(["other"])).row.tolist()]  # fmt: skip
    assert [view.known for view in views] == [""]
    own = workspace.chains.load_processes(["case"], workspace.chains.load_corpus(["case"])).row.tolist()
    assert [(view.known, view.lists) for view in map(workspace.processes.get, own)][:2] == [("bad", ("bad.txt",)), ("", ())]


def test_an_import_hash_is_no_md5(workspace: Workspace, tmp_path: Path) -> None:
    assert compared(workspace, given(tmp_path, Repute.BAD, EVERYONE))[0].named == 0
    assert known(workspace) == [0] * 8


def test_the_same_file_again_replaces_what_it_said(workspace: Workspace, tmp_path: Path) -> None:
    compared(workspace, given(tmp_path, Repute.BAD, MD5[0], MD5[1]))
    compared(workspace, given(tmp_path, Repute.BAD, MD5[2]))  # another content at the same path
    assert known(workspace) == [0, 0, 2, 0, 0, 0, 0, 0]
    compared(workspace, given(tmp_path, Repute.BAD, MD5[2], name="moved.txt"))  # the same content elsewhere
    assert [one.name for one in workspace.hash_lists.lists("case")] == ["moved.txt"]
    compared(workspace, given(tmp_path, Repute.BAD, MD5[4], name="further.txt"))
    assert [one.name for one in workspace.hash_lists.lists("case")] == ["moved.txt", "further.txt"]
    assert known(workspace) == [0, 0, 2, 0, 2, 0, 0, 0]


def test_a_list_that_cannot_be_read_costs_only_itself(workspace: Workspace, tmp_path: Path) -> None:
    junk, bad = given(tmp_path, Repute.GOOD, "nothing"), given(tmp_path, Repute.BAD, MD5[0])
    first, second = compared(workspace, junk, bad)
    assert isinstance(first.problem, InputError)
    assert (first.read, second.problem) == (None, None)
    assert [one.name for one in workspace.hash_lists.lists("case")] == ["bad.txt"]


def test_forgetting(workspace: Workspace, tmp_path: Path) -> None:
    compared(workspace, given(tmp_path, Repute.GOOD, MD5[0]), given(tmp_path, Repute.BAD, MD5[1]))
    assert workspace.hash_lists.forget("case", "good.txt") == 1
    assert known(workspace) == [0, 2, 0, 0, 0, 0, 0, 0]
    with pytest.raises(NotFound, match="good"):
        workspace.hash_lists.forget("case", "good.txt")
    assert workspace.hash_lists.forget("case") == 1
    assert known(workspace) == [0] * 8
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM hash_listed").scalar_one() == 0


def test_a_queue_is_behind_its_lists_whatever_the_clock_says(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = samples.score(workspace)
    assert not since(workspace, "case", model)
    monkeypatch.setattr("store.chains.hash_lists.now_us", lambda: 1)
    compared(workspace, given(tmp_path, Repute.BAD, MD5[1]))
    assert lists_changed(workspace, "case", model)
    assert since(workspace, "case", model).lists
    monkeypatch.setattr("store.scores.rows.now_us", lambda: 1)
    samples.score(workspace, model=model)
    assert not since(workspace, "case", model)
    workspace.hash_lists.forget("case")
    assert since(workspace, "case", model).lists


def test_programs_that_come_later_are_told(workspace: Workspace, tmp_path: Path) -> None:
    compared(workspace, given(tmp_path, Repute.BAD, MD5[1], MD5[7]))
    assert [one.later for one in workspace.hash_lists.lists("case")] == [0]
    late = [samples.event(20 + number, 7, hashes=f"MD5={MD5[7]},SHA256={f'{number:02x}' * 32}") for number in range(3)]
    samples.fill(workspace, late, sha256="c" * 64)
    assert [(one.compared, one.later) for one in workspace.hash_lists.lists("case")] == [(7, 3)]
    compared(workspace, given(tmp_path, Repute.BAD, MD5[1], MD5[7]))
    assert [(one.compared, one.named, one.later) for one in workspace.hash_lists.lists("case")] == [(10, 4, 0)]


def test_removing_a_case_removes_what_lists_said_of_it(workspace: Workspace, tmp_path: Path) -> None:
    compared(workspace, given(tmp_path, Repute.BAD, MD5[0]))
    compared(workspace, given(tmp_path, Repute.BAD, MD5[0]), case="other")
    workspace.cases.remove("case")
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM hash_list").scalar_one() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM hash_listed").scalar_one() == 1
    assert known(workspace, "other") == [2]


@pytest.mark.parametrize("name", ["a'b;--.txt", "\x1b[31mred.txt", "\udcff.txt", "ö\u202e.txt"])
def test_a_hostile_name_is_kept_as_it_is(workspace: Workspace, tmp_path: Path, name: str) -> None:
    compared(workspace, given(tmp_path, Repute.BAD, MD5[0], name=name))
    assert [one.name for one in workspace.hash_lists.lists("case")] == [name]
    with workspace.read() as connection:
        assert [listing.bad for listing in listings(connection, [1]).values()] == [(name,)]
    assert workspace.hash_lists.forget("case", name) == 1


def test_an_older_workspace_gets_lists_and_keeps_its_queue(workspace: Workspace, tmp_path: Path) -> None:
    model = samples.score(workspace)
    workspace.close()
    with closing(sqlite3.connect(tmp_path / "w" / DATABASE)) as connection:
        make_older(connection, "0015_ingested")
        connection.commit()
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'hash_list%'").fetchone() == (0,)
    opened = open_workspace(tmp_path / "w")
    assert opened.hash_lists.lists("case") == ()
    assert not since(opened, "case", model)
    compared(opened, given(tmp_path, Repute.BAD, MD5[2]))
    assert known(opened) == [0, 0, 2, 0, 0, 0, 0, 0]
    assert since(opened, "case", model).lists
    opened.close()
