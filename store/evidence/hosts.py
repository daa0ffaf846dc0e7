"""Which host a record belongs to.

Host names are compared without case (Windows writes them as it likes). A short name and a full one are two here: whether they are
one machine is decided for the case as a whole (same_host.py). A record that names no host belongs to the collection of its
source, the rotated parts of one log (collection.py): pids of two other files without hosts must never meet.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import Ints, told_by_clocks
from store.base import ids
from store.base.text import bindable


def named_key(name: str) -> str:
    """Identity of a host that has a name."""
    return "name:" + name.casefold()


class HostTable:
    """Host ids of one case; remembers all of them (a case has thousands at most, but a hostile log could name millions)."""

    LIMIT = 50_000

    def __init__(self) -> None:
        self._ids: dict[tuple[int, str], int] = {}

    def forget(self) -> None:
        """Empty the cache."""
        self._ids.clear()

    def id(self, connection: Connection, case_id: int, source_id: int, name: str) -> int:
        """The host's id, added where new."""
        key = named_key(name) if name else f"source:{source_id}"
        if not name and (case_id, key) not in self._ids:
            return self._of_collection(connection, case_id, source_id, key)
        # Remembered as it is written: of several spellings the one that sorts first is shown, whichever log came first.
        found = self._ids.get((case_id, name or key))
        if found is not None:
            return found
        query = "SELECT id FROM host WHERE case_id = ? AND key = CAST(? AS TEXT)"
        stored = connection.exec_driver_sql(query, (case_id, bindable(key))).scalar()
        if stored is None:
            stored = _add(connection, case_id, key, name)
        else:
            other = "UPDATE host SET name = CAST(?1 AS TEXT) WHERE id = ?2 AND name > CAST(?1 AS TEXT)"
            connection.exec_driver_sql(other, (bindable(name), stored))
        return self._remember(case_id, name, int(stored))

    def _of_collection(self, connection: Connection, case_id: int, source_id: int, key: str) -> int:
        """The host of a source whose records name none. Where one is named after the source (of old), that stays."""
        found = "SELECT collection, path FROM source WHERE id = ?"
        together, path = connection.exec_driver_sql(found, (source_id,)).one()
        own = key if together is None else f"files:{together}"
        query = "SELECT id FROM host WHERE case_id = ? AND key = CAST(? AS TEXT)"
        stored = connection.exec_driver_sql(query, (case_id, bindable(own))).scalar()
        if stored is None:
            shown = unnamed(connection, case_id, source_id) if together is None else file_name(path)
            stored = _add(connection, case_id, own, shown)
        return self._remember(case_id, key, int(stored))

    def _remember(self, case_id: int, name: str, host_id: int) -> int:
        if len(self._ids) >= self.LIMIT:
            self._ids.clear()
        self._ids[case_id, name] = host_id
        return host_id

    def told(self, connection: Connection, case_id: int, source_id: int, hosts: Sequence[str], *, relink: bool) -> list[int]:
        """The ids of hosts of which something is told other than that a process was created; `relink`: what links depend on."""
        found = {name: self.id(connection, case_id, source_id, name) for name in set(hosts)}
        if relink:
            for host_id in found.values():
                connection.exec_driver_sql("UPDATE host SET unlinked = 1 WHERE id = ?", (host_id,))
        return [found[name] for name in hosts]

    def of_batch(
        self, connection: Connection, case_id: int, source_id: int, names: Sequence[str], index: Ints, times: Ints
    ) -> Ints:
        """[n] the ids of the batch's records. `names`: of hosts as written, in the order in which they come; `index` [n] the name
        of each record, `times` [n] its time.

        Also widens the hosts' time ranges and marks them as needing links.
        """
        host_of_name = np.zeros(len(names), np.int64)
        first: dict[int, int] = {}
        for number, rows in enumerate(_groups(index, len(names))):
            host_of_name[number] = host_id = self.id(connection, case_id, source_id, names[number])
            known = times[rows][told_by_clocks(times[rows])]
            low, high = (int(known.min()), int(known.max())) if len(known) else (None, None)
            following = connection.exec_driver_sql(
                "UPDATE host SET unlinked = 1, records = records + ?1, given = given + ?1,"
                " first_us = min(coalesce(first_us, ?2), coalesce(?2, first_us)),"
                " last_us = max(coalesce(last_us, ?3), coalesce(?3, last_us)) WHERE id = ?4 RETURNING given",
                (len(rows), low, high, host_id),
            ).scalar_one()
            # Two spellings of one host draw from one counter; the second has only moved its end.
            first.setdefault(host_id, ids.base(host_id) + int(following) - len(rows) + 1)
        hosts, of_row = np.unique(host_of_name[index], return_inverse=True)
        found = np.zeros(len(index), np.int64)
        for host_id, rows in zip(hosts.tolist(), _groups(of_row, len(hosts)), strict=True):
            found[rows] = first[host_id] + np.arange(len(rows))
        return found


def _groups(index: Ints, size: int) -> list[Ints]:
    """For each of `size` numbers the places that have it, ascending."""
    order = np.argsort(index, kind="stable")
    ends = np.searchsorted(index[order], np.arange(1, size))
    return np.split(order, ends)


def _add(connection: Connection, case_id: int, key: str, name: str) -> int:
    insert = "INSERT INTO host (case_id, key, name) VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT)) RETURNING id"
    return int(connection.exec_driver_sql(insert, (case_id, bindable(key), bindable(name))).scalar_one())


def file_name(path: str) -> str:
    """The last part of a path, also of one inside of a container."""
    return path.replace("\\", "/").replace("!", "/").rstrip("/").rpartition("/")[2] or "unnamed"


def unnamed(connection: Connection, case_id: int, source_id: int) -> str:
    """Name for the host of a source of old: the file's name, made unique in the case where needed."""
    path, sha256 = connection.exec_driver_sql("SELECT path, sha256 FROM source WHERE id = ?", (source_id,)).one()
    name = file_name(str(path))
    query = "SELECT 1 FROM host WHERE case_id = ? AND (name = CAST(? AS TEXT) OR key = CAST(? AS TEXT))"
    taken = connection.exec_driver_sql(query, (case_id, bindable(name), bindable(named_key(name)))).scalar()
    return f"{name} [{sha256[:8]}]" if taken else name
