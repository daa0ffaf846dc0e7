"""engine.jobs.ports.score.ChainStore, and single chains: found by key, shown with steps, hosts and scores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.errors import NotFound, UsageError
from engine.progress import Run
from store.base.database import Topic
from store.base.errors import not_found
from store.base.interning import texts_of
from store.base.packed import stored_json, unpack_floats, unpack_steps
from store.base.views import ChainHostView, ChainRecord, ExpectationView, ScoreView, SignalView
from store.chains import corpus, process_columns
from store.evidence import lookup
from store.evidence.cases import case_id, read_case
from store.schema.chains import Chain, ChainHost
from store.schema.evidence import Host
from store.schema.models import ExpectationRow, Score, ScoreSetRow

MIN_PREFIX = 4
"""Fewest hex digits that name a chain."""
HEX = re.compile(r"[0-9a-f]{4,32}\Z")


class Chains(Topic):
    """Chains of cases: all of them as columns for a detector, or one by the beginning of its key."""

    def load_corpus(self, cases: Sequence[str]) -> ChainCorpus:
        """The unique chains of one or several cases together (counts and hosts added up).

        `ids` are those of the first named case in which a chain occurs; scores can only be written for one case.
        """
        with self._database.read() as connection:
            return corpus.load(connection, [case_id(connection, name) for name in dict.fromkeys(cases)])

    def load_processes(self, cases: Sequence[str], corpus: ChainCorpus, run: Run = Run()) -> ProcessTable:
        """Every process of the cases whose `corpus` was loaded; twins are one process. See engine.domain.processes for memory."""
        with self._database.read() as connection:
            numbers = [case_id(connection, name) for name in dict.fromkeys(cases)]
            return process_columns.load(connection, numbers, corpus, run)

    def load_digests(self, cases: Sequence[str]) -> frozenset[str]:
        """SHA-256 of the content of every source of the cases that processes came from."""
        with self._database.read() as connection:
            return frozenset(digest for _path, digest in lookup.digests(connection, cases))

    def find(self, case: str, reference: str) -> ChainRecord:
        """A chain by its key or the beginning of it. Raises NotFound; UsageError when several begin so."""
        wanted = reference.strip().lower()
        if not HEX.match(wanted):
            raise UsageError(
                f"{reference!r} names no chain.",
                remedy=f"Give at least {MIN_PREFIX} of the 32 hex digits that `oddkin rank` shows.",
            )
        with read_case(self._database, case) as (connection, number):
            query = (
                select(Chain.__table__, Chain.count.label("occurrences"))
                .where(Chain.case_id == number, Chain.key >= wanted, Chain.key <= wanted + "g")
                .order_by(Chain.key)
                .limit(2)
            )
            found = connection.execute(query).all()
            if not found:
                raise not_found("chain", reference)
            if len(found) > 1:
                raise UsageError(f"Several chains begin with {wanted}.", remedy="Give more digits.")
            return _view(connection, found[0])

    def by_id(self, chain_id: int) -> ChainRecord:
        """A chain by its row. Raises NotFound when there is none (any more)."""
        with self._database.read() as connection:
            query = select(Chain.__table__, Chain.count.label("occurrences")).where(Chain.id == chain_id)
            row = connection.execute(query).one_or_none()
            if row is None:
                raise not_found("chain", str(chain_id))
            return _view(connection, row)

    def hosts(self, chain_id: int) -> tuple[ChainHostView, ...]:
        """Where a chain occurs, most occurrences first."""
        with self._database.read() as connection:
            query = (
                select(ChainHost.__table__, ChainHost.count.label("occurrences"), Host.name)
                .join(Host, Host.id == ChainHost.host_id)
                .where(ChainHost.chain_id == chain_id)
                .order_by(ChainHost.count.desc(), Host.name)
            )
            return tuple(
                ChainHostView(row.host_id, row.name, row.occurrences, row.first_us, row.last_us)
                for row in connection.execute(query)
            )

    def score(self, chain_id: int, model_id: str | None = None) -> ScoreView | None:
        """A chain's score by a model, or by the newest scoring that holds it; None when it was never scored."""
        with self._database.read() as connection:
            query = (
                select(Score.__table__, ScoreSetRow.model_id, ScoreSetRow.signals.label("names"), ScoreSetRow.threshold)
                .join(ScoreSetRow, ScoreSetRow.id == Score.set_id)
                .where(Score.chain_id == chain_id)
                .order_by(ScoreSetRow.created_us.desc(), ScoreSetRow.id.desc())
                .limit(1)
            )
            if model_id is not None:
                query = query.where(ScoreSetRow.model_id == model_id)
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            expected = connection.execute(
                select(ExpectationRow.__table__).where(ExpectationRow.set_id == row.set_id, ExpectationRow.chain_id == chain_id)
            ).one_or_none()
        packed = unpack_floats(row.signals, "<f8")
        pairs = zip(stored_json(row.names), packed[0::2], packed[1::2], strict=True)
        expectation = None
        if expected is not None:
            alternatives, reasons = tuple(stored_json(expected.alternatives)), stored_json(expected.reasons)
            expectation = ExpectationView(
                expected.step,
                alternatives,
                expected.sentence,
                reasons.get("sentences", {}),
                tuple(reasons.get("step_tails", ())),
                tuple(reasons.get("rebuilt", ())),
                tuple((name, count) for name, count in reasons.get("usual", ())),
                reasons.get("started", 0),
                tuple(reasons.get("rarest", ())),
            )
        return ScoreView(
            row.model_id, row.rank, row.score, row.finding, row.worst_step, unpack_floats(row.step_errors, "<f4"),
            tuple(SignalView(*pair) for pair in pairs), expectation, row.threshold,
        )  # fmt: skip


def _view(connection: Connection, row: Any) -> ChainRecord:
    texts = step_texts(connection, [row.steps])
    steps = tuple(texts[path] for path in unpack_steps(row.steps))
    return ChainRecord(row.id, row.case_id, row.key, steps, row.occurrences, row.host_count, row.first_us, row.last_us)


def step_texts(connection: Connection, packed: Iterable[bytes]) -> dict[int, str]:
    """Path id -> text for all steps of the packed chains."""
    return texts_of(connection, "path", {path for steps in packed for path in unpack_steps(steps)})


def chain_of(connection: Connection, case: int, key: str) -> tuple[int, bytes]:
    """Id and packed steps of a chain by its whole key. Raises NotFound."""
    query = select(Chain.id, Chain.steps).where(Chain.case_id == case, Chain.key == key)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound(f"There is no chain {key!r} in this case.")
    return int(found[0]), bytes(found[1])
