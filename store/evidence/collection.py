"""Files whose records name no host: rotated parts of one log are one host; the same name in two folders is two.

audit.log, audit.log.1 and audit.log.2.gz of one folder belong together; web-1.csv and web-2.csv do not: what may tell machines
apart stays, and only what rotation and copying add to a name is taken off. A triage collection is of one machine by its layout:
all that UAC (tclahr.github.io/uac-docs, output_file) and Velociraptor (results beside uploads) put into it belongs together.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256

from sqlalchemy import Connection

from store.base.text import bindable, encode

_MARKS = re.compile(r"[/\\!]")
_DATE = r"[-._](?:\d{8}(?:[-t_.]?\d{4,6})?|\d{10}|\d{4}-\d{2}-\d{2}(?:[-t_.]\d{2}[-_.:]?\d{2}(?:[-_.:]?\d{2})?(?:[-.]\d+)?)?)$"
_PACKED = re.compile(r"\.(?:gz|xz|bz2|zst|lzma|z)$")
_TURNED = re.compile(rf"\.(?:old|bak|\d{{1,7}})$|{_DATE}| \(\d+\)$| - copy(?: \(\d+\))?$")
_DATED = re.compile(rf"{_DATE}| \(\d+\)$| - copy(?: \(\d+\))?$")
_ADDRESS = re.compile(r"(?:^|\D)\d{1,3}(?:\.\d{1,3}){3}$")
_ARCHIVED = "archive-"
"""Windows begins the names of full logs with it, and ends them with a time."""
_NOT_A_NAME = ("[root]/var/log/audit", "[root]/var/log", "var/log/audit", "var/log", "windows/system32/winevt/logs")
"""Folders in which logs lie on their machine: the name of what was collected is above them."""


_COLLECTED = re.compile(
    r"(?s)(.*[^/\\!])[/\\!](?:\[root\]|live_response)[/\\].*"
    r"|(.*[^/\\!])[/\\!]results[/\\](?:Windows|Linux|MacOS|Generic|Custom|Exchange)\.[^/\\!]+\.(?:json|csv)"
)
"""What UAC and Velociraptor made, and the way to it."""


def collection_of(path: str) -> str:
    """What a source belongs to if its records name no host: the collection of one machine that it is in, else folder and name of
    the log, without what rotation added.
    """
    if collected := _COLLECTED.fullmatch(path):
        return "/".join(_MARKS.split(collected.group(1) or collected.group(2)))
    parts = _MARKS.split(path)
    return "/".join([*parts[:-1], _log_name(parts[-1].casefold()) or parts[-1]])


def _log_name(name: str) -> str:
    while True:
        shorter = _PACKED.sub("", name)
        if not _ADDRESS.search(shorter):
            shorter = _TURNED.sub("", shorter)
        stem, dot, ending = shorter.rpartition(".")
        if dot and not _ADDRESS.search(stem):
            shorter = (_TURNED if ending == "log" else _DATED).sub("", stem) + dot + ending
            if stem.startswith(_ARCHIVED) and shorter != stem + dot + ending:
                shorter = shorter.removeprefix(_ARCHIVED)
        if shorter == name or not shorter:
            return name
        name = shorter


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
    if found := _COLLECTED.fullmatch(path):
        return _MARKS.split(found.group(1) or found.group(2))
    parts = _MARKS.split(path)
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
