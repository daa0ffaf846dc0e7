"""Lists of hashes that a case was compared with: which of the texts of hashes that its records have they name.

Of a list nothing else is kept. What is ingested later was not compared with it, which is told until the list is given again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from ntpath import basename as windows_name
from posixpath import basename
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from engine.domain.processes import Listing, Repute
from engine.errors import NotFound
from store.base import ids
from store.base.blocks import blocks
from store.base.clock import now_us
from store.base.database import Topic
from store.base.interning import in_chunks
from store.base.text import bindable
from store.custody.journal import record
from store.evidence.cases import read_case, write_case

if TYPE_CHECKING:
    from engine.hash_lists.reading import HashList

OF_CASE = "SELECT id, kind, path, sha256, hashes, strange, unread, compared, at_us FROM hash_list WHERE case_id = ? ORDER BY id"
NAMED = "SELECT n.string_id, l.kind, l.path FROM hash_list l CROSS JOIN hash_listed n ON n.list_id = l.id WHERE l.case_id IN ({})"
NAMED_OF = f"{NAMED} AND n.string_id IN ({{}})"
CHANGED = """
UPDATE cases SET lists_us = 1 + max(?, lists_us,
    coalesce((SELECT max(created_us) FROM score_set WHERE case_id = cases.id), 0)) WHERE id = ?
"""
"""Later than every scoring, whatever the clock says: `changed_since`."""


@dataclass(frozen=True, slots=True)
class HashListView:
    """A list that a case was compared with."""

    id: int
    kind: str
    """good, bad"""
    path: str
    """As it was given, absolute."""
    sha256: str
    hashes: int
    """Lines with a hash."""
    strange: int
    """Lines that were not understood."""
    unread: int
    """Parts that could not be read."""
    compared: int
    """Different texts of hashes that it was compared with …"""
    named: int
    """… and those that it names."""
    later: int
    """Different ones that came since, and were not compared."""
    at_us: int

    @property
    def name(self) -> str:
        """What people call it."""
        return name_of(self.path)


class HashLists(Topic):
    """engine.jobs.ports.hash_lists.HashListStore, and what is told of lists."""

    def hash_texts(self, case: str) -> Iterator[tuple[int, str]]:
        """Every different text of hashes that the records of a case have, with its key. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            numbers = sorted(_hash_strings(connection, number))
            yield from (
                (int(key), str(text))
                for key, text in in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", numbers)
            )

    def keep_list(self, case: str, kind: Repute, read: HashList, named: Set[int], compared: int) -> None:
        """Keep what a list says, instead of what the same file, by path or content, said before."""
        with write_case(self._database, case) as (connection, number):
            path = bindable(read.path)
            connection.exec_driver_sql(
                "DELETE FROM hash_list WHERE case_id = ? AND kind = ?"
                " AND (path = CAST(? AS TEXT) OR (sha256 = ? AND sha256 <> ''))",
                (number, int(kind), path, read.sha256),
            )
            made = connection.exec_driver_sql(
                "INSERT INTO hash_list (case_id, kind, path, sha256, hashes, strange, unread, compared, at_us)"
                " VALUES (?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?) RETURNING id",
                (number, int(kind), path, read.sha256, read.hashes, read.strange, len(read.problems), compared, now_us()),
            ).scalar_one()
            if named:
                connection.exec_driver_sql("INSERT INTO hash_listed VALUES (?, ?)", [(made, key) for key in sorted(named)])
            _changed(connection, number)
            told = {"kind": kind.word, "path": read.path, "sha256": read.sha256, "hashes": read.hashes, "named": len(named)}
            record(connection, self._database.acting, "list compared", told, case=case)
            connection.commit()

    def lists(self, case: str) -> tuple[HashListView, ...]:
        """Those that a case was compared with, in the order in which they were given. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            rows = connection.exec_driver_sql(OF_CASE, (number,)).all()
            if not rows:
                return ()
            named = "SELECT list_id, count(*) FROM hash_listed WHERE list_id IN ({}) GROUP BY list_id"
            counts = dict(in_chunks(connection, named, [row.id for row in rows]))
            there = _there(connection, number, min(row.at_us for row in rows))
        return tuple(
            HashListView(
                row.id, Repute(row.kind).word, row.path, row.sha256, row.hashes, row.strange, row.unread, row.compared,
                counts.get(row.id, 0), 0 if there is None else max(there - row.compared, 0), row.at_us,
            )
            for row in rows
        )  # fmt: skip

    def both(self, case: str) -> int:
        """Different texts of hashes that lists of both kinds name. Raises NotFound."""
        with read_case(self._database, case) as (connection, number):
            return sum(bool(listing.good and listing.bad) for listing in listings(connection, [number]).values())

    def forget(self, case: str, path: str = "") -> int:
        """Forget what lists say of a case: of all, or of those of this path or name. How many. Raises NotFound, also where there
        is no such list.
        """
        with write_case(self._database, case) as (connection, number):
            rows = connection.exec_driver_sql(OF_CASE, (number,)).all()
            gone = [row.id for row in rows if path in {"", row.path, name_of(row.path)}]
            if not gone:
                what = f"list {path!r}" if path else "list of hashes"
                raise NotFound(f"The case has no {what}.", remedy="`oddkin cases show` names those it was compared with.")
            connection.exec_driver_sql("DELETE FROM hash_list WHERE id = ?", [(one,) for one in gone])
            _changed(connection, number)
            paths = [row.path for row in rows if row.id in gone]
            record(connection, self._database.acting, "lists forgotten", {"paths": paths}, case=case)
            connection.commit()
        return len(gone)


def changed_since(connection: Connection, case: int, model_id: str) -> bool:
    """Whether the case was compared with a list, or a list was forgotten, after the model scored it."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM score_set s CROSS JOIN cases c ON c.id = s.case_id"
        " WHERE s.case_id = ? AND s.model_id = ? AND c.lists_us > s.created_us)"
    )
    return bool(connection.exec_driver_sql(query, (case, model_id)).scalar_one())


def listings(connection: Connection, cases: Sequence[int]) -> dict[int, Listing]:
    """Key of a text of hashes -> the lists that name it; only of texts that one of the cases' lists names."""
    query = NAMED.format(",".join(str(int(case)) for case in cases))
    return _together(row for rows in blocks(connection, query) for row in rows)


def of_texts(connection: Connection, hosts: Sequence[int], keys: Iterable[int]) -> dict[int, Listing]:
    """Key of a text of hashes -> the lists of the hosts' cases that name it; only of those of `keys` that one names."""
    if not connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM hash_list)").scalar_one():
        return {}
    cases = sorted({int(case) for _, case in in_chunks(connection, "SELECT id, case_id FROM host WHERE id IN ({})", hosts)})
    return _together(in_chunks(connection, NAMED_OF.format(",".join(map(str, cases)), "{}"), sorted(set(keys))))


def name_of(path: str) -> str:
    """The file name of a list, whichever system it was given on."""
    return windows_name(basename(path)) or path


def _together(rows: Iterable[Sequence[Any]]) -> dict[int, Listing]:
    good: dict[int, list[str]] = defaultdict(list)
    bad: dict[int, list[str]] = defaultdict(list)
    for key, kind, path in sorted(((int(key), int(kind), str(path)) for key, kind, path in rows)):
        (bad if kind == Repute.BAD else good)[key].append(name_of(path))
    return {key: Listing(_once(good, key), _once(bad, key)) for key in good.keys() | bad.keys()}


def _once(names: dict[int, list[str]], key: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(key, ())))


def _changed(connection: Connection, case: int) -> None:
    connection.exec_driver_sql(CHANGED, (now_us(), case))


def _there(connection: Connection, case: int, since_us: int) -> int | None:
    """Different texts of hashes that the case has; None where no host was linked since then, and nothing can have come."""
    linked = "SELECT EXISTS (SELECT 1 FROM host WHERE case_id = ? AND linked_us > ?)"
    if not connection.exec_driver_sql(linked, (case, since_us)).scalar_one():
        return None
    return len(_hash_strings(connection, case))


def _hash_strings(connection: Connection, case: int) -> set[int]:
    found: set[int] = set()
    query = "SELECT DISTINCT hashes FROM process WHERE id BETWEEN ? AND ? AND hashes IS NOT NULL"
    for (host,) in connection.exec_driver_sql("SELECT id FROM host WHERE case_id = ?", (case,)).all():
        for rows in blocks(connection, query, (ids.base(host), ids.base(host + 1) - 1)):
            found.update(int(row[0]) for row in rows)
    return found
