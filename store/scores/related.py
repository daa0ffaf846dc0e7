"""Remote and later starts between incidents: the two ends out of the database, what ties them into it, and read again.

Two passes over the processes of the hosts, as columns: first what may ask for a start, then what arrived on the hosts and in the
spans of time that this leaves. Only those become objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints
from engine.domain.distinct import distinct
from engine.domain.related import End, RelatedStart
from engine.findings import started_again
from engine.findings.host_names import HostNames
from engine.findings.related import name_of, related, window
from engine.findings.remote_commands import Told, names_a_start, told
from engine.knowledge import remote_starts
from engine.progress import Run, Step
from store.base import ids
from store.base.blocks import integers
from store.base.interning import in_chunks
from store.base.packed import stored_json
from store.base.text import bindable
from store.evidence.same_host import NAMED
from store.schema import witness

QUERY = (
    f"SELECT id, coalesce(parent_id, -1), coalesce(time_us, {NO_TIME}), coalesce(image_id, -1), coalesce(parent_image_id, -1),"
    " coalesce(command, -1), coalesce(original_name, -1), coalesce(user, -1) FROM process"
    " WHERE id BETWEEN ? AND ? AND merged_into IS NULL ORDER BY id"
)
ROW, PARENT, TIME, IMAGE, PARENT_IMAGE, COMMAND, ORIGINAL, USER = range(8)
STAGE = "relate incidents"
TEXTS = 500
"""Command lines of one incident that are looked through for what it has in common with a later one."""
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Covered = dict[int, tuple[int, int]]
"""Process -> its incident and finding."""


@dataclass(frozen=True, slots=True)
class RelatedView:
    """Two incidents, the two processes that tie them, and why. Texts are hostile."""

    from_finding: int
    from_place: int
    from_process: int
    to_finding: int
    to_place: int
    to_process: int
    how: str
    """engine.domain.related.RemoteStart."""
    evidence: tuple[str, ...]


def find(connection: Connection, case: int, set_id: int, run: Run) -> tuple[RelatedStart, ...]:
    """What ties incidents of a case that was scored. Raises Cancelled between two hosts."""
    if connection.exec_driver_sql("SELECT 1 FROM covered WHERE set_id = ? LIMIT 1", (set_id,)).first() is None:
        return ()
    return found_by(_Reader.of(connection, case, set_id), run)


def found_by(reader: _Reader, run: Run) -> tuple[RelatedStart, ...]:
    """The same, host by host in the reader's order, which changes nothing."""
    starts: list[End] = []
    writers: list[End] = []
    later: list[End] = []
    for done, host in enumerate(reader.hosts):
        run.raise_if_cancelled()
        run.report(Step(STAGE, done // 2, len(reader.hosts), "hosts"))
        processes = reader.host(host)
        asking = reader.ends(processes, reader.asking(processes))
        starts += [end for end in asking if told(end.image, end.original_name, end.command) is not None]
        own = [end for end in asking if started_again.kept(end) is not None]
        later += reader.ends(processes, reader.of_daemons(processes, every_command=bool(own)))
        writers += own
    arrived: list[End] = []
    spans = _Spans.of(starts, reader.names)
    for done, host in enumerate(reader.hosts):
        run.raise_if_cancelled()
        run.report(Step(STAGE, (len(reader.hosts) + done) // 2, len(reader.hosts), "hosts"))
        if spans.concern(host):
            processes = reader.host(host)
            arrived += reader.ends(processes, reader.receiving(processes) & spans.inside(host, processes.columns[:, TIME]))
    run.report(Step(STAGE, len(reader.hosts), len(reader.hosts), "hosts", last=True))
    return (*related(starts, arrived, reader.names), *started_again.started_again(writers, later, reader.texts_of))


def write(
    connection: Connection, set_id: int, links: Sequence[RelatedStart], account: witness.ScoresAccount | None = None
) -> None:
    """Replace what a score set says of related incidents. Needs a write transaction. account: of the set's other rows, where
    they were written a moment before.
    """
    if account is not None and not (account.set_id == set_id and account.holds(connection)):
        account = None
    gone = connection.exec_driver_sql("DELETE FROM related WHERE set_id = ?", (set_id,)).rowcount
    if not links and not gone:
        return
    if links:
        connection.exec_driver_sql(
            "INSERT INTO related (set_id, from_process, to_process, how, evidence)"
            " VALUES (?, ?, ?, ?, CAST(? AS TEXT)) ON CONFLICT DO NOTHING",
            [(set_id, each.from_process, each.to_process, each.how, bindable(json.dumps(each.evidence))) for each in links],
        )
    if account is not None:
        account.keep(connection)
    else:  # a minute's work of a large score set
        witness.keep(connection, witness.SCORES, set_id)


def related_of(connection: Connection, set_id: int, incidents: Sequence[int]) -> tuple[RelatedView, ...]:
    """What ties these incidents (by `incident` number) to others, in the order of findings and places."""
    query = (
        "SELECT f.finding, f.place, r.from_process, t.finding, t.place, r.to_process, r.how, r.evidence, f.number, t.number"
        " FROM related r JOIN covered a ON a.set_id = r.set_id AND a.process_id = r.from_process"
        " JOIN covered b ON b.set_id = r.set_id AND b.process_id = r.to_process"
        " JOIN incident f ON f.set_id = r.set_id AND f.number = a.incident"
        " JOIN incident t ON t.set_id = r.set_id AND t.number = b.incident"
        " WHERE r.set_id = ? ORDER BY f.finding, f.place, t.finding, t.place, r.from_process, r.to_process"
    )
    wanted = set(incidents)
    rows = connection.exec_driver_sql(query, (set_id,)).all()
    return tuple(
        RelatedView(row[0], row[1], row[2], row[3], row[4], row[5], row[6], tuple(map(str, stored_json(row[7]))))
        for row in rows
        if row[8] in wanted or row[9] in wanted
    )


@dataclass(frozen=True, slots=True)
class _Processes:
    """The processes of one host; n of them."""

    columns: Ints
    """[n, 8]"""
    below: Ints
    """[n] image of the parent, -1 where no record tells."""
    above: Ints
    """[n] image of the parent's parent."""


class _Texts:
    """Texts and what they say, each read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        images = connection.exec_driver_sql("SELECT i.id, s.text FROM image i JOIN string s ON s.id = i.string_id").all()
        self._images = {int(number): str(text) for number, text in images}
        size = int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM string").scalar_one()) + 2
        # Three bytes for each text: numbers of texts are handed out without gaps.
        self._known = np.zeros((3, size), dtype=np.int8)

    def image(self, number: int) -> str:
        return self._images.get(number, "")

    def images(self, says: Callable[[str], bool]) -> Flags:
        """[i + 2] by number of the image; the last for -1."""
        found = np.zeros(max(self._images, default=0) + 2, dtype=np.bool_)
        for number, text in self._images.items():
            found[number] = says(text)
        return found

    def flags(self, numbers: Ints, kind: int, says: Callable[[str], bool]) -> Flags:
        """[m] what texts say; False for -1. kind: 0 … 2, of three different questions."""
        known = self._known[kind]
        different = distinct(numbers)
        new = different[(different >= 0) & (known[different] == 0)]
        for number, text in in_chunks(self._connection, "SELECT id, text FROM string WHERE id IN ({})", new.tolist()):
            known[number] = 2 if says(str(text)) else 1
        return np.asarray((known[numbers] == 2) & (numbers >= 0))

    def of(self, numbers: Ints) -> dict[int, str]:
        wanted = distinct(numbers)
        return {-1: ""} | dict(
            in_chunks(self._connection, "SELECT id, text FROM string WHERE id IN ({})", wanted[wanted >= 0].tolist())
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    connection: Connection
    set_id: int
    hosts: list[int]
    names: HostNames
    texts: _Texts
    starting: Flags
    """[i] images of programs that starts are asked for with."""
    receiving_images: Flags
    """[i] images below which something may have been started from elsewhere."""
    arriving: Flags
    """[i] images that tell of an arrival by themselves."""
    daemons: Flags
    """[i] images that start again what they started."""
    strange: Flags
    """[i] images that are not everyday by name and place."""

    @classmethod
    def of(cls, connection: Connection, case: int, set_id: int) -> _Reader:
        texts = _Texts(connection)
        names = _host_names(connection, case)
        later = remote_starts.daemons() | frozenset().union(*(keeper.later for keeper in remote_starts.keepers()))
        return cls(
            connection, set_id, sorted(names.shown), names, texts,
            texts.images(lambda text: name_of(text) in remote_starts.starting_programs()),
            texts.images(lambda text: name_of(text) in remote_starts.receiving_programs()),
            texts.images(lambda text: name_of(text) in remote_starts.arriving_programs()),
            texts.images(lambda text: name_of(text) in later),
            texts.images(started_again.strange_program),
        )  # fmt: skip

    def host(self, host: int) -> _Processes:
        table = integers(self.connection, QUERY, (ids.records(host)[0], ids.placeholders(host)[1]), 8)
        row = table[:, ROW]
        at = np.minimum(np.searchsorted(row, table[:, PARENT]), max(len(row) - 1, 0))
        there = row[at] == table[:, PARENT] if len(row) else np.zeros(0, dtype=np.bool_)
        below = np.where(there, table[at, IMAGE], -1) if len(row) else np.zeros(0, dtype=np.int64)
        below = np.where(below >= 0, below, table[:, PARENT_IMAGE])
        above = np.where(there, below[at], -1) if len(row) else below
        return _Processes(table, below, above)

    def asking(self, processes: _Processes) -> Flags:
        columns = processes.columns
        named = self.starting[columns[:, IMAGE]]
        original = self.texts.flags(columns[:, ORIGINAL], 0, lambda text: name_of(text) in remote_starts.starting_programs())
        return named | original | self.texts.flags(columns[:, COMMAND], 1, names_a_start)

    def receiving(self, processes: _Processes) -> Flags:
        unseen = processes.below < 0
        below, above = self.receiving_images[processes.below], self.receiving_images[processes.above]
        return unseen | below | above | self.arriving[processes.columns[:, IMAGE]]

    def of_daemons(self, processes: _Processes, *, every_command: bool) -> Flags:
        """What daemons started, and what stands below no record: all that is strange, and the first start of every command."""
        columns = processes.columns
        below = (processes.below < 0) | self.daemons[processes.below]
        strange = self.strange[columns[:, IMAGE]] | self.texts.flags(columns[:, COMMAND], 2, started_again.strange_command)
        if every_command:
            order = np.argsort(columns[:, TIME], kind="stable")
            order = order[below[order] & (columns[order, TIME] != NO_TIME)]
            strange[order[np.unique(columns[order, COMMAND], return_index=True)[1]]] = True
        return below & strange

    def ends(self, processes: _Processes, mask: Flags) -> list[End]:
        """The covered ones among some processes that have a time and a command line."""
        mask = mask & (processes.columns[:, TIME] != NO_TIME) & (processes.columns[:, COMMAND] >= 0)
        chosen = np.flatnonzero(mask)
        covered = self._covered(processes.columns[chosen, ROW])
        chosen = chosen[[int(row) in covered for row in processes.columns[chosen, ROW].tolist()]] if len(chosen) else chosen
        texts = self.texts.of(processes.columns[chosen][:, [COMMAND, ORIGINAL, USER]].ravel())
        found = []
        for place in chosen.tolist():
            row, parent, time_us, image, _, command, original, user = processes.columns[place].tolist()
            incident, finding = covered[row]
            found.append(
                End(
                    row, ids.host_of(row), incident, finding, time_us, self.texts.image(image), texts[command], texts[user],
                    texts[original], parent, self.texts.image(int(processes.below[place])),
                    self.texts.image(int(processes.above[place])),
                )
            )  # fmt: skip
        return found

    def texts_of(self, incident: int) -> list[str]:
        query = (
            "SELECT s.text FROM covered c JOIN process p ON p.id = c.process_id JOIN string s ON s.id = p.command"
            " WHERE c.set_id = ? AND c.incident = ? ORDER BY p.time_us NULLS FIRST, p.id LIMIT ?"
        )
        return [str(text) for text in self.connection.exec_driver_sql(query, (self.set_id, incident, TEXTS)).scalars()]

    def _covered(self, rows: Ints) -> Covered:
        query = (
            "SELECT c.process_id, c.incident, i.finding FROM covered c"
            " JOIN incident i ON i.set_id = c.set_id AND i.number = c.incident"
            f" WHERE c.set_id = {int(self.set_id)} AND c.process_id IN ({{}})"
        )
        return {row: (incident, finding) for row, incident, finding in in_chunks(self.connection, query, rows.tolist())}


@dataclass(slots=True)
class _Spans:
    """When, and on which hosts, the other end of some starts may be."""

    everywhere: list[tuple[int, int]] = field(default_factory=list)
    of_host: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, starts: Sequence[End], names: HostNames) -> _Spans:
        made = cls()
        for end in starts:
            wanted = told(end.image, end.original_name, end.command)
            if wanted is not None:
                made._add(end, wanted, names)
        return made

    def concern(self, host: int) -> bool:
        return bool(self.everywhere) or host in self.of_host

    def inside(self, host: int, time_us: Ints) -> Flags:
        """[n] which times are in one of the spans."""
        spans = np.array(sorted([*self.everywhere, *self.of_host.get(host, [])]), dtype=np.int64)
        until = np.maximum.accumulate(spans[:, 1])
        at = np.searchsorted(spans[:, 0], time_us, side="right") - 1
        return np.asarray((at >= 0) & (until[np.maximum(at, 0)] >= time_us))

    def _add(self, end: End, wanted: Told, names: HostNames) -> None:
        early, late = window(wanted)
        span = (end.time_us - early, end.time_us + late)
        hosts = [names.find(target, end.host) for target in wanted.targets]
        if wanted.listed or (None in hosts and not wanted.loose):
            self.everywhere.append(span)
        for host in {host for host in hosts if host is not None and host != end.host}:
            self.of_host.setdefault(host, []).append(span)


def _host_names(connection: Connection, case: int) -> HostNames:
    query = "SELECT id, key, name, records, same_as FROM host WHERE case_id = ? ORDER BY id"
    rows = connection.exec_driver_sql(query, (case,)).all()
    names: dict[int, list[str]] = {}
    for number, key, _, _, same in rows:
        if str(key).startswith(NAMED):
            names.setdefault(int(same or number), []).append(str(key).removeprefix(NAMED))
    return HostNames.of((int(number), str(name), names.get(int(number), [])) for number, _, name, _, same in rows if same is None)
