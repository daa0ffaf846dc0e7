"""One host's chains: rows of `chain` and `chain_host`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from engine.domain.arrays import NO_TIME, Ints, Ints32, told_by_clocks
from engine.domain.chains import ChainSet
from engine.domain.distinct import distinct
from engine.domain.lineage import HostEvents
from store.base.blocks import FETCH, insert_all
from store.base.interning import TextTable, in_chunks
from store.schema.host_account import HostAccount

LATEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Per chain of a host: how many recorded processes end in it, and when the first and last of them started."""

    count: Ints
    first_us: Ints
    """LATEST where no process has a time that a clock tells."""
    last_us: Ints
    """NO_TIME where no process has one."""


def occurrences(events: HostEvents, chains: ChainSet) -> Occurrence:
    """Placeholders do not count: nothing in the evidence would stand behind such an occurrence."""
    of_record = chains.of_node[: len(events.row)]
    ends = of_record >= 0
    size = len(chains.keys)
    count = np.bincount(of_record[ends], minlength=size).astype(np.int64)
    first = np.full(size, LATEST, dtype=np.int64)
    last = np.full(size, NO_TIME, dtype=np.int64)
    timed = ends & told_by_clocks(events.time_us)
    np.minimum.at(first, of_record[timed], events.time_us[timed])
    np.maximum.at(last, of_record[timed], events.time_us[timed])
    return Occurrence(count, first, last)


def upsert(
    connection: Connection, paths: TextTable, host_id: int, events: HostEvents, chains: ChainSet, account: HostAccount
) -> tuple[Ints, Ints]:
    """Write the host's chains and their counts. Returns the id of each chain, -1 for those that no record ends in, and the ids of
    those that were there before.
    """
    found = occurrences(events, chains)
    stored = np.full(len(chains.keys), -1, dtype=np.int64)
    used = np.flatnonzero((found.count > 0) & (chains.lengths > 0))
    case_id = connection.exec_driver_sql("SELECT case_id FROM host WHERE id = ?", (host_id,)).scalar_one()
    keys = [chains.keys[place] for place in used.tolist()]
    query = f"SELECT key, id FROM chain WHERE case_id = {int(case_id)} AND key IN ({{}})"
    known = dict(in_chunks(connection, query, sorted(keys)))  # in the order of the index: look-ups are neighbours there
    met = np.fromiter(known.values(), np.int64, len(known))
    fresh = [place for place, key in zip(used.tolist(), keys, strict=True) if key not in known]
    if fresh:
        known.update(_insert(connection, paths, int(case_id), fresh, events, chains, found))
    if len(used):
        stored[used] = [known[key] for key in keys]
    _replace_counts(connection, host_id, stored[used], used, found, account)
    return stored, met


def _insert(
    connection: Connection,
    paths: TextTable,
    case_id: int,
    fresh: list[int],
    events: HostEvents,
    chains: ChainSet,
    found: Occurrence,
) -> dict[str, int]:
    """With the totals of a chain that is on this host alone, as most are: the others get theirs behind all hosts (totals.py)."""
    steps = chains.steps[fresh]
    needed = distinct(steps[steps >= 0])
    path_ids = paths.ids(connection, {events.paths[place] for place in needed.tolist()})
    table = np.full(len(events.paths) + 1, -1, dtype=np.int32)  # one more, so that index -1 (padding) gives -1
    table[needed] = [path_ids[events.paths[place]] for place in needed.tolist()]
    packed: Ints32 = table[steps]
    following = (connection.exec_driver_sql("SELECT max(id) FROM chain").scalar() or 0) + 1
    ids = range(following, following + len(fresh))
    lengths = chains.lengths[fresh].tolist()
    little = packed.astype("<i4")
    at = np.array(fresh)
    insert_all(
        connection,
        "INSERT INTO chain (id, case_id, key, steps, length, host_count, count, first_us, last_us)"
        " VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?)",
        (
            (number, case_id, chains.keys[place], little[row, :length].tobytes(), length, *span)
            for row, (number, place, length, span) in enumerate(zip(ids, fresh, lengths, _spans(found, at), strict=True))
        ),
    )
    return {chains.keys[place]: number for place, number in zip(fresh, ids, strict=True)}


def _replace_counts(connection: Connection, host_id: int, ids: Ints, used: Ints, found: Occurrence, account: HostAccount) -> None:
    connection.exec_driver_sql("DELETE FROM chain_host WHERE host_id = ?", (host_id,))
    order = np.argsort(ids)
    places = used[order]
    first, last = found.first_us[places], found.last_us[places]
    account.chains(np.stack([ids[order], found.count[places], np.where(first == LATEST, NO_TIME, first), last], axis=1))
    insert_all(
        connection,
        "INSERT INTO chain_host (host_id, chain_id, count, first_us, last_us) VALUES (?, ?, ?, ?, ?)",
        ((host_id, number, *span) for number, span in zip(ids[order].tolist(), _spans(found, places), strict=True)),
    )


def _spans(found: Occurrence, places: Ints) -> Iterator[tuple[int, int | None, int | None]]:
    """Count, first and last time of some chains, None for unknown; a block of them at a time as tuples."""
    for start in range(0, len(places), FETCH):
        some = places[start : start + FETCH]
        for count, first, last in zip(
            found.count[some].tolist(), found.first_us[some].tolist(), found.last_us[some].tolist(), strict=True
        ):
            yield count, None if first == LATEST else first, None if last == NO_TIME else last
