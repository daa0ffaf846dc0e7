"""The names of hosts whose records name none: after their collection (engine/lineage/collection.py)."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from sqlalchemy import Connection

from engine.lineage.collection import COLLECTED, MARKS
from store.base.text import bindable, encode

_NOT_A_NAME = ("[root]/var/log/audit", "[root]/var/log", "var/log/audit", "var/log", "windows/system32/winevt/logs")
"""Folders in which logs lie on their machine: the name of what was collected is above them."""


def name_hosts(connection: Connection, case_id: int) -> None:
    """Name the hosts of collections: after the file, or the folder where it is several; with folders in front where two would
    have one name. Depends on what is in the case and not on what came first. A name that a host had before still finds it.
    """
    query = (
        "SELECT h.id, h.name, min(s.path), count(*) FROM host h JOIN source s ON s.case_id = h.case_id"
        " AND h.key = 'files:' || s.collection AND s.kept > 0 WHERE h.case_id = ? GROUP BY h.id"
    )
    found = connection.exec_driver_sql(query, (case_id,)).all()
    if not found:
        return
    taken = set(
        connection.exec_driver_sql(
            "SELECT name FROM host WHERE case_id = ? AND key NOT LIKE 'files:%' AND key NOT LIKE 'was:%'", (case_id,)
        ).scalars()
    )
    parts = {number: _shown(str(path), int(sources)) for number, _, path, sources in found}
    names = _apart({number: (way, sha256(encode("/".join(way))).hexdigest()[:8]) for number, way in parts.items()}, taken)
    for number, name, _, _ in found:
        if names[number] != name:
            _rename(connection, case_id, int(number), str(name), names[number])


def _shown(path: str, sources: int) -> list[str]:
    """The way to the file, or to what was collected: above where logs lie on their machine, else the folder of several files."""
    if found := COLLECTED.fullmatch(path):
        return MARKS.split(found.group(1) or found.group(2))
    parts = MARKS.split(path)
    way = "/".join(parts[:-1]).casefold()
    above = next((len(inner.split("/")) for inner in _NOT_A_NAME if way.endswith("/" + inner)), 0)
    collected = parts[: len(parts) - 1 - above]
    if above and collected[-1]:
        return collected
    # On the machine itself nothing is above.
    return parts if sources == 1 else parts[:-1]


def _apart(ways: dict[int, tuple[list[str], str]], taken: set[str]) -> dict[int, str]:
    """The shortest ends of the ways that are different from each other and from `taken`; then with a mark behind."""
    folded = {name.casefold() for name in taken}
    names: dict[int, str] = {}
    for depth in range(1, 1 + max(len(way) for way, _ in ways.values())):
        open_ = {number: "/".join(way[-depth:]) or "unnamed" for number, (way, _) in ways.items() if number not in names}
        often = Counter(name.casefold() for name in open_.values())
        names.update({n: name for n, name in open_.items() if often[name.casefold()] == 1 and name.casefold() not in folded})
    return {number: names.get(number, f"{way[-1]} [{mark}]") for number, (way, mark) in ways.items()}


def _rename(connection: Connection, case_id: int, host_id: int, old: str, new: str) -> None:
    connection.exec_driver_sql("UPDATE host SET name = CAST(? AS TEXT) WHERE id = ?", (bindable(new), host_id))
    connection.exec_driver_sql(
        "INSERT INTO host (case_id, key, name, unlinked, same_as)"
        " VALUES (?1, CAST(?2 AS TEXT), CAST(?3 AS TEXT), 0, ?4) ON CONFLICT DO NOTHING",
        (case_id, bindable(f"was:{host_id}:{old}"), bindable(old), host_id),
    )
