"""The normal chain that is most like a strange one: what it would have to look like to be ordinary here.

All chains of the case one edit away (a step replaced, missing or added) are found without reading the others: chains
that begin alike are neighbours in the index over the packed steps, so the steps that follow a beginning are found by
leaping from one to the next, and each of them put before the strange chain's rest is one exact look-up. Where there is
no such chain, the most frequent one that shares the longest beginning is taken.

Normal is what somebody called benign or a false positive, or what occurs more than once, at least as often as the strange
one, and is no finding or at least in the calmer half of the queue. What is called malicious or undetermined never is.
And it is of the same operating system: by bare names, a Windows desktop's chain may lie one step away from a Linux server's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.domain.verdicts import Verdict
from engine.knowledge.systems import EITHER, by_name, by_shape, sign
from store.base.database import Database
from store.base.interning import in_chunks
from store.base.packed import ABOVE, STEP_BYTES, unpack_steps
from store.chains.lookup import chain_of, step_texts
from store.evidence.cases import read_case
from store.scope.rules import EFFECTIVE
from store.scores.ranking import Ranking

FOLLOWERS = 100
"""Different next steps of one beginning that are tried; a shell may have started thousands of programs."""
SCAN = 2_000
"""Chains of one beginning among which the most frequent is looked for."""
NEIGHBOURS = 200
"""Chains of the same hosts that are asked for the system of a chain whose names do not tell it."""
NORMAL = tuple(verdict.word for verdict in Verdict if verdict.malicious is False)


@dataclass(frozen=True, slots=True)
class NearestView:
    """A normal chain and where the strange one departs from it."""

    key: str
    steps: tuple[str, ...]
    count: int
    host_count: int
    verdict: str | None
    change: str
    """replaced, missing (the strange chain lacks a step of this one), added (it has one too many), or beginning."""
    at: int
    """Index of the differing step in the strange chain; in this one too, except that nothing stands there for `added`.
    With `missing` it is the index in this one. With `beginning` the first `at` steps are shared.
    """


def nearest(database: Database, case: str, key: str, model: str | None = None) -> NearestView | None:
    """The nearest normal chain of the case, None when there is none. Raises NotFound for an unknown chain."""
    with read_case(database, case) as (connection, number):
        chain_id, steps = chain_of(connection, number, key)
        ranking = Ranking.find(connection, number, model)
        search = _Search(connection, number, ranking.set if ranking else 0, chain_id, steps)
        found = search.one_edit_away() or search.same_beginning()
        if found is None:
            return None
        texts = step_texts(connection, [found.steps])
        return NearestView(
            found.key, tuple(texts[path] for path in unpack_steps(found.steps)), found.count, found.hosts, found.verdict,
            found.change, found.at,
        )  # fmt: skip


@dataclass(slots=True)
class _Candidate:
    steps: bytes
    key: str
    count: int
    hosts: int
    verdict: str | None
    change: str
    at: int


class _Search:
    def __init__(self, connection: Connection, case: int, set_id: int, chain_id: int, steps: bytes) -> None:
        self._connection = connection
        self._cursor: Any = connection.connection.cursor()
        self._case = case
        self._chain = chain_id
        self._set = set_id
        self._steps = steps
        self._length = len(steps) // STEP_BYTES
        row = self._cursor.execute("SELECT count FROM chain WHERE id = ?", (chain_id,)).fetchone()
        self._own_count = int(row[0])
        total = self._cursor.execute("SELECT chains FROM score_set WHERE id = ?", (set_id,)).fetchone()
        self._calm = total[0] // 2 if total else 0
        query = "SELECT worst_step FROM score INDEXED BY score_chain WHERE chain_id = ? AND set_id = ?"
        found = self._cursor.execute(query, (chain_id, set_id)).fetchone()
        self._worst = self._length - 1 if found is None else int(found[0])

    def one_edit_away(self) -> _Candidate | None:
        """The best of all chains with one step replaced, missing or added."""
        edits: dict[bytes, tuple[str, int]] = {}
        for at in range(self._length + 1):
            before, rest = self._steps[: at * STEP_BYTES], self._steps[at * STEP_BYTES :]
            if rest:
                if self._length > 1:
                    edits.setdefault(before + rest[STEP_BYTES:], ("added", at))
                if before or self._length > 1:
                    for step in self._followers(before):
                        edits.setdefault(before + step + rest[STEP_BYTES:], ("replaced", at))
                        edits.setdefault(before + step + rest, ("missing", at))
            else:
                for step in self._followers(before):
                    edits.setdefault(before + step, ("missing", at))
        edits.pop(self._steps, None)
        return self._best(edits)

    def same_beginning(self) -> _Candidate | None:
        """A frequent chain among those that share the longest beginning."""
        for shared in range(self._length - 1, 0, -1):
            before = self._steps[: shared * STEP_BYTES]
            query = (
                "SELECT steps FROM (SELECT steps, count FROM chain WHERE case_id = ? AND steps >= ? AND steps < ? AND steps <> ?"
                f" LIMIT {SCAN}) ORDER BY count DESC LIMIT 50"
            )
            rows = self._cursor.execute(query, (self._case, before, before + ABOVE, self._steps)).fetchall()
            found = self._best({bytes(row[0]): ("beginning", shared) for row in rows})
            if found is not None:
                return found
        return None

    def _followers(self, before: bytes) -> Iterator[bytes]:
        """The different steps that follow a beginning: one seek each."""
        size = len(before)
        low, high = before + b"\0", before + ABOVE
        query = "SELECT steps FROM chain WHERE case_id = ? AND steps >= ? AND steps < ? ORDER BY steps LIMIT 1"
        for _ in range(FOLLOWERS):
            row = self._cursor.execute(query, (self._case, low, high)).fetchone()
            if row is None:
                return
            step = bytes(row[0])[size : size + STEP_BYTES]
            yield step
            low = before + step + ABOVE

    def _best(self, edits: dict[bytes, tuple[str, int]]) -> _Candidate | None:
        query = (
            f"SELECT c.steps, c.key, c.count, c.host_count, {EFFECTIVE},"
            f" (SELECT s.finding = 0 OR s.rank > {self._calm} FROM score s INDEXED BY score_chain"
            f" WHERE s.chain_id = c.id AND s.set_id = {self._set})"
            f" FROM chain c WHERE c.case_id = {self._case} AND c.steps IN ({{}})"
        )
        rows = [row for row in in_chunks(self._connection, query, list(edits)) if self._normal(row[4], row[2], row[5])]
        texts = step_texts(self._connection, [self._steps, *(row[0] for row in rows)])
        own = _system(texts, self._steps) or self._of_hosts()
        found = [
            _Candidate(bytes(row[0]), row[1], row[2], row[3], row[4], *edits[bytes(row[0])])
            for row in rows
            if EITHER in (own, other := _system(texts, row[0])) or own == other
        ]
        return max(found, key=self._worth, default=None)

    def _of_hosts(self) -> int:
        """The system of the hosts that the strange chain ran on, by their other chains; EITHER where these do not tell either."""
        query = (
            "SELECT c.steps FROM chain_host o CROSS JOIN chain_host h ON h.host_id = o.host_id"
            f" CROSS JOIN chain c ON c.id = h.chain_id WHERE o.chain_id = ? LIMIT {NEIGHBOURS}"
        )
        found = [row[0] for row in self._cursor.execute(query, (self._chain,))]
        texts = step_texts(self._connection, found)
        return sign(_system(texts, steps) for steps in found)

    def _normal(self, verdict: str | None, count: int, calm: int | None) -> bool:
        if verdict is not None:
            return verdict in NORMAL
        return calm != 0 and count > 1 and count >= self._own_count

    def _worth(self, one: _Candidate) -> tuple[bool, bool, bool, int, str]:
        """Called normal, differing where the model is most surprised, of the same length, frequent."""
        return one.verdict is not None, one.at == self._worst, one.change == "replaced", one.count, one.key


def _system(texts: Mapping[int, str], steps: bytes) -> int:
    """Of which system a chain is: by its paths, then by its names (engine.knowledge.systems); EITHER where neither tell."""
    paths = [texts[path] for path in unpack_steps(steps)]
    return sign(map(by_shape, paths)) or sign(map(by_name, paths))
