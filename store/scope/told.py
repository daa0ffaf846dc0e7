"""What the verdicts of a case say of its processes, by variant: for learners, and for whoever asks what taught a classifier.

A chain of which nothing narrower is said is one row, whatever runs in it. Of the others the processes with a verdict of their own
are counted by command line; those of a chain that has a wider verdict, too, or one on some of its hosts, all are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from engine.domain.verdicts import Verdict
from engine.verdicts.resolve import CODES, winning
from engine.verdicts.verdicts import MIXED
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.interning import in_chunks
from store.scope.rules import EFFECTIVE_ON_HOST, WIDE, act_sql, effective_sql

ACT_ON_HOST = act_sql(effective_sql(host="h.id", column="event_id"))
WITH_OWN = "SELECT DISTINCT chain_id FROM process_verdict WHERE case_id = ?"
ON_SOME_HOSTS = (
    "SELECT DISTINCT c.id FROM label_current l CROSS JOIN chain c ON c.case_id = l.case_id AND c.key = l.chain_key"
    " WHERE l.case_id = ? AND l.scope LIKE 'host:%' AND c.host_count > 1"
)
COVERED = (
    " LEFT JOIN covered v ON v.set_id = {set} AND v.process_id = p.id"
    " LEFT JOIN incident i ON i.set_id = v.set_id AND i.number = v.incident"
)
PLACE = "coalesce(p.command, -1), coalesce(i.finding, 0), coalesce(v.odd, 0)"
OWN = (
    f"SELECT p.chain_id, {PLACE}, w.verdict, {act_sql('w.event_id')}, count(*)"
    f" FROM process_verdict w CROSS JOIN process p ON p.id = w.process_id{COVERED}"
    " WHERE w.chain_id IN ({}) AND p.chain_id IS NOT NULL AND p.merged_into IS NULL GROUP BY 1, 2, 3, 4, 5, 6"
)
ON_HOSTS = (
    f"SELECT c.id, h.id, {EFFECTIVE_ON_HOST} AS verdict, {ACT_ON_HOST} FROM chain_host o CROSS JOIN chain c ON c.id = o.chain_id"
    " CROSS JOIN host h ON h.id = o.host_id WHERE o.chain_id IN ({})"
)
OTHERS = (
    f"SELECT {PLACE}, count(*) FROM process p{COVERED} LEFT JOIN process_verdict w ON w.process_id = p.id"
    " WHERE p.chain_id = ? AND p.id BETWEEN ? AND ? AND p.merged_into IS NULL AND w.process_id IS NULL GROUP BY 1, 2, 3"
)
known_shape = lru_cache(maxsize=1 << 14)(shape_number)


class Saying(NamedTuple):
    """Recorded processes of which the same is said."""

    chain: int
    shape: int
    """engine.words.command_shape.shape_number, 0 without a command line."""
    finding: int
    """That of the score set which covers them, 0 for none."""
    odd: bool
    verdict: Verdict
    act: int
    processes: int


@dataclass(frozen=True, slots=True)
class VariantVerdicts:
    """What the verdicts on some chains of a case say of their variants."""

    whole: dict[str, str]
    """Chain key -> the verdict on all of its variants, of chains of which nothing narrower is said."""
    variants: dict[tuple[str, int], str]
    """Chain key and shape -> the verdict that counts for it, of the others; "" for a mixture of classes."""

    def of(self, key: str, shape: int) -> str:
        """The verdict on one variant; "" for none, and for a mixture."""
        return self.whole.get(key) or self.variants.get((key, shape), "")


def narrow(connection: Connection, case: int) -> set[int]:
    """Chains of which some processes have another verdict than others, or may have."""
    return {int(row[0]) for query in (WITH_OWN, ON_SOME_HOSTS) for row in connection.exec_driver_sql(query, (case,))}


def groups(connection: Connection, set_id: int | None, chains: Collection[int]) -> list[Saying]:
    """The processes with a verdict of some chains, by variant, finding of a score set (None: of none), verdict and act."""
    if not chains:
        return []
    several = sorted(chains)
    place = -1 if set_id is None else int(set_id)
    found: list[tuple[int, int, int, int, str, int, int]] = []
    found += (tuple(row) for row in in_chunks(connection, OWN.replace("{set}", str(place)), several))
    others = OTHERS.replace("{set}", str(place))
    for chain, host, verdict, act in in_chunks(connection, ON_HOSTS, several):
        if verdict is not None:
            rows = connection.exec_driver_sql(others, (chain, *ids.records(host)))
            found += ((chain, command, finding, odd, verdict, act, count) for command, finding, odd, count in rows)
    shapes = _shapes(connection, {row[1] for row in found})
    together: Counter[tuple[int, int, int, bool, Verdict, int]] = Counter()
    for chain, command, finding, odd, verdict, act, count in found:
        together[chain, shapes[command], finding, bool(odd), Verdict.of(verdict), act] += count
    return [Saying(*key, processes) for key, processes in sorted(together.items())]


def said(connection: Connection, case: int, keys: Sequence[str]) -> VariantVerdicts:
    """What is said of the variants of some chains, by key; nothing of those that are gone."""
    query = f"SELECT c.id, c.key, {WIDE} FROM chain c WHERE c.case_id = {int(case)} AND c.key IN ({{}})"
    apart = narrow(connection, case)
    named, whole = dict[int, str](), dict[str, str]()
    for chain, key, verdict in in_chunks(connection, query, keys):
        if chain in apart:
            named[chain] = key
        elif verdict is not None:
            whole[key] = verdict
    found = groups(connection, None, named)
    return VariantVerdicts(whole, {(named[chain], shape): word for (chain, shape), word in words_of(found).items()})


def words_of(found: Iterable[Saying]) -> dict[tuple[int, int], str]:
    """Chain and shape -> the verdict that counts (engine.verdicts.resolve.winning); "" for a mixture of classes."""
    place: dict[tuple[int, int], int] = {}
    cells = [(place.setdefault((one.chain, one.shape), len(place)), int(one.verdict), one.processes) for one in found]
    counts = np.zeros((len(place), CODES), dtype=np.int64)
    for row, verdict, processes in cells:
        counts[row, verdict] += processes
    words = ["" if one == MIXED else Verdict(one).word for one in winning(counts).tolist()]
    return dict(zip(place, words, strict=True))


def _shapes(connection: Connection, commands: set[int]) -> dict[int, int]:
    """Number of a command line's text -> its shape; -1, none, has shape 0."""
    wanted = sorted(commands - {-1})
    texts = dict(in_chunks(connection, "SELECT id, text FROM string WHERE id IN ({})", wanted))
    return {number: known_shape(texts.get(number, "")) for number in wanted} | {-1: 0}
