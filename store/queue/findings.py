"""Findings: pages of them, the chains and incidents of one, which one a chain is in. What each covers was counted at scoring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from engine.errors import NotFound, StoreError
from store.base.database import Database
from store.base.interning import in_chunks, texts_of
from store.base.views import ContextView, Coverage, CoveredProcess, FindingView, IncidentView, QueueRow, VariantView
from store.learnt.order import LearntOrders
from store.queue import incidents as occurrences
from store.queue import judged
from store.queue.filter import QueueFilter
from store.queue.finding_filter import EVERYTHING, conditions
from store.queue.pages import COLUMNS, rows_of
from store.queue.positions import with_place
from store.scores import above
from store.scores.ranking import read_ranking

FIELDS = (
    "f.set_id, f.rank, f.key, f.score, f.top_rank, f.chains, f.processes, f.hosts, f.first_us, f.last_us, f.incidents, f.odd,"
    " f.lead,"
    " (SELECT v.score FROM covered v WHERE v.set_id = f.set_id AND v.process_id = f.lead),"
    " (SELECT t.threshold FROM score_set t WHERE t.id = f.set_id), (SELECT p.command FROM process p WHERE p.id = f.lead)"
)
"""What `_views` reads; behind it may stand what the verdicts say (store.queue.judged)."""
WIDTH = 17
"""Columns of FIELDS and of the verdicts."""
LEAD_SCORE, THRESHOLD, COMMAND, SAID = 13, 14, 15, 16
"""Where they stand."""
ROWS = (
    f"SELECT {COLUMNS}, {FIELDS}, {judged.OF_FINDING} FROM finding f"
    " CROSS JOIN score s ON s.set_id = f.set_id AND s.rank = f.top_rank CROSS JOIN chain c ON c.id = s.chain_id"
)


class Findings:
    """By case; `model` is the one in use unless it is named. Raises NotFound when nothing was scored."""

    def __init__(self, database: Database, learnt: LearntOrders) -> None:
        self._database = database
        self._orders = learnt

    def page(
        self, case: str, wanted: QueueFilter = EVERYTHING, *, after: int = 0, limit: int = 256, model: str | None = None
    ) -> tuple[QueueRow, ...]:
        """Findings that the filter leaves with numbers above `after`, best first, as rows of their oddest processes' chains."""
        with read_ranking(self._database, case, model) as ranking:
            where, parameters = conditions(ranking, wanted)
            where = f"{where} AND f.rank > ? ORDER BY f.rank LIMIT ?"
            return tuple(rows(ranking.connection, where, (*parameters, after, limit)))

    def count(self, case: str, *, model: str | None = None) -> int:
        """How many there are; 0 for a scoring that knew nothing of the processes (or an older version's)."""
        with read_ranking(self._database, case, model) as ranking:
            return above.total(ranking.connection, ranking.set)

    def get(self, case: str, number: int, *, model: str | None = None) -> QueueRow:
        """One finding by its number. Raises NotFound."""
        found = self.page(case, replace(EVERYTHING, finding=number), limit=1, model=model)
        if not found:
            raise NotFound(f"There is no finding F{number}.", remedy="See: oddkin rank")
        return found[0]

    def of_chain(self, chain_id: int, model: str) -> FindingView | None:
        """The best finding that a chain is in, by a model."""
        with self._database.read() as connection:
            return of_chain(connection, chain_id, model)

    def of_process(self, case: str, process_id: int, *, model: str | None = None) -> IncidentView | None:
        """The incident that covers a process, or the one that a second record was merged into; None where none does."""
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.of_process(ranking, process_id)

    def incidents(
        self, case: str, number: int, *, after: int = 0, limit: int = 256, model: str | None = None
    ) -> tuple[IncidentView, ...]:
        """A page of a finding's incidents with places above `after`: the oddest first, then by host and time."""
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.page(ranking, number, after, limit)

    def incident(self, case: str, number: int, place: int, *, model: str | None = None) -> IncidentView:
        """One incident of a finding by its place. Raises NotFound."""
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.one(ranking, number, place)

    def processes(
        self, case: str, number: int, place: int, *, most: int = occurrences.MOST, model: str | None = None
    ) -> tuple[CoveredProcess, ...]:
        """What an incident covers, parents first, children by time; of more than `most` the odd ones and the way down to them.

        Raises NotFound.
        """
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.processes(ranking, occurrences.one(ranking, number, place), most)

    def context(self, case: str, number: int, place: int, *, model: str | None = None) -> ContextView:
        """What stands beside an incident in its tree. Raises NotFound."""
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.context(ranking, occurrences.one(ranking, number, place))

    def variants(self, case: str, chain_id: int, *, limit: int = 256, model: str | None = None) -> tuple[VariantView, ...]:
        """A chain's processes by the shape of their command lines, the oddest first."""
        with read_ranking(self._database, case, model) as ranking:
            return occurrences.variants(ranking, chain_id, limit)

    def members(self, whole: FindingView, *, after: int = 0, limit: int = 256, backwards: bool = False) -> tuple[QueueRow, ...]:
        """A page of a finding's chains with ranks above `after` (below it, the nearest first, when backwards)."""
        compare, order = ("<", "DESC") if backwards else (">", "ASC")
        query = (
            f"SELECT {COLUMNS} FROM finding_chain m CROSS JOIN score s ON s.set_id = m.set_id AND s.rank = m.rank"
            " CROSS JOIN chain c ON c.id = s.chain_id"
            f" WHERE m.set_id = ? AND m.finding = ? AND m.rank {compare} ? ORDER BY m.rank {order} LIMIT ?"
        )
        with self._database.read() as connection:
            found = connection.exec_driver_sql(query, (whole.set_id, whole.number, after, limit)).all()
            index = self._orders.of_set(connection, whole.set_id)
            return tuple(with_place(row, index) for row in rows_of(connection, found))

    def position(self, whole: FindingView, rank: int) -> int:
        """How many of the finding's chains stand before a rank."""
        query = "SELECT count(*) FROM finding_chain WHERE set_id = ? AND finding = ? AND rank < ?"
        with self._database.read() as connection:
            return int(connection.exec_driver_sql(query, (whole.set_id, whole.number, rank)).scalar_one())

    def chains(self, listed: Iterable[QueueRow]) -> dict[str, int]:
        """Key -> id of the chains that rows stand for: all that processes of a finding end in, in the order of rank, and rows of
        chains as they are.

        Raises StoreError when the case was scored anew since the rows were read: their findings are other ones now.
        """
        out: dict[str, int] = {}
        query = (
            "SELECT c.key, c.id FROM finding_chain m CROSS JOIN score s ON s.set_id = m.set_id AND s.rank = m.rank"
            " CROSS JOIN chain c ON c.id = s.chain_id WHERE m.set_id = ? AND m.finding = ? ORDER BY m.rank"
        )
        with self._database.read() as connection:
            for row in listed:
                if row.whole is None:
                    out[row.key] = row.chain_id
                    continue
                found = connection.exec_driver_sql(query, (row.whole.set_id, row.whole.number)).all()
                _same_scoring(connection, row.whole)
                out.update((key, number) for key, number in found)
        return out

    def coverage(self, listed: Sequence[QueueRow]) -> Coverage:
        """What rows cover together: of a finding the recorded processes of its incidents, of a chain all that end in it. Those of
        a finding that end in a chain which is listed too count once.

        Raises StoreError as `chains` does.
        """
        alone = {row.chain_id for row in listed if row.whole is None}
        with self._database.read() as connection:
            rows = in_chunks(connection, "SELECT host_id, count FROM chain_host WHERE chain_id IN ({})", sorted(alone))
            chains, hosts, processes = set(alone), {row[0] for row in rows}, sum(row[1] for row in rows)
            for number, whole in {row.whole.number: row.whole for row in listed if row.whole is not None}.items():
                _same_scoring(connection, whole)
                ended = connection.exec_driver_sql(ENDED, (whole.set_id, number)).all()
                covered = whole.processes - sum(row[1] for row in ended if row[0] in alone)
                processes += covered
                chains |= {row[0] for row in ended}
                hosts |= set(connection.exec_driver_sql(ON_HOSTS, (whole.set_id, number)).scalars())
        return Coverage(processes, len(hosts), len(chains))


ENDED = (
    "SELECT s.chain_id, m.processes FROM finding_chain m CROSS JOIN score s ON s.set_id = m.set_id AND s.rank = m.rank"
    " WHERE m.set_id = ? AND m.finding = ?"
)
ON_HOSTS = "SELECT DISTINCT host_id FROM incident WHERE set_id = ? AND finding = ?"


def _same_scoring(connection: Connection, whole: FindingView) -> None:
    query = "SELECT key FROM finding WHERE set_id = ? AND rank = ?"
    if connection.exec_driver_sql(query, (whole.set_id, whole.number)).scalar() != whole.key:
        raise StoreError("The case was scored anew; its findings are other ones now.", remedy="Read the list again.")


def rows(connection: Connection, where: str, parameters: Sequence[Any]) -> list[QueueRow]:
    """Findings as rows of their oddest processes' chains; `f` is finding, `s` and `c` that chain."""
    found = connection.exec_driver_sql(f"{ROWS} WHERE {where}", tuple(parameters)).all()
    best = rows_of(connection, [row[:-WIDTH] for row in found])
    return [_row(top, *told) for top, told in zip(best, _views(connection, [row[-WIDTH:] for row in found]), strict=True)]


def led(connection: Connection, set_id: int, tops: dict[int, int]) -> list[QueueRow]:
    """Findings as rows of the chains that lead them in another order than the detector's. tops: number -> rank of the chain, 0
    for a finding that none of them leads: it is shown as the detector would.
    """
    figures = f"SELECT {FIELDS}, {judged.OF_FINDING} FROM finding f WHERE f.set_id = {int(set_id)} AND f.rank IN ({{}})"
    told = {one[0].number: one for one in _views(connection, in_chunks(connection, figures, list(tops)))}
    shown = {number: tops[number] or one[0].top_rank for number, one in told.items()}
    chains = (
        f"SELECT {COLUMNS} FROM score s CROSS JOIN chain c ON c.id = s.chain_id WHERE s.set_id = {int(set_id)}"
        " AND s.rank IN ({})"
    )
    best = {row.rank: row for row in rows_of(connection, in_chunks(connection, chains, sorted(set(shown.values()))))}
    return [_row(best[rank], *told[number]) for number, rank in shown.items() if rank in best]


def _row(top: QueueRow, whole: FindingView, verdict: str | None) -> QueueRow:
    return replace(top, whole=whole, finding=whole.number if whole.above else 0, verdict=verdict)


def _views(connection: Connection, found: Sequence[Sequence[Any]]) -> list[tuple[FindingView, str | None]]:
    """Findings from the columns of FIELDS, and what stands behind them, with the verdict that they have."""
    texts = texts_of(connection, "string", {row[COMMAND] for row in found} - {None})
    out = []
    for row in found:
        said = judged.read(row[SAID] if len(row) > SAID else None)
        score, command = row[LEAD_SCORE], row[COMMAND]
        is_above = score is not None and score >= above.level(row[THRESHOLD])
        variant = None if command is None else texts[command]
        view = FindingView(*row[:THRESHOLD])
        view = replace(view, above=is_above, variant=variant, mixed=said.mixed, partly=said.partly)
        out.append((view, said.verdict))
    return out


def of_chain(connection: Connection, chain_id: int, model: str) -> FindingView | None:
    """`Findings.of_chain` on an open connection. Nothing is said of verdicts, nor by `by_number`."""
    query = (
        f"SELECT {FIELDS} FROM score s INDEXED BY score_chain CROSS JOIN score_set t ON t.id = s.set_id"
        " CROSS JOIN finding f ON f.set_id = s.set_id AND f.rank = s.member_of WHERE s.chain_id = ? AND t.model_id = ?"
    )
    found = _views(connection, connection.exec_driver_sql(query, (chain_id, model)).all())
    return found[0][0] if found else None


def by_number(connection: Connection, set_id: int, numbers: Iterable[int]) -> dict[int, FindingView]:
    """Number -> finding, for some numbers of a score set."""
    query = f"SELECT {FIELDS} FROM finding f WHERE f.set_id = {int(set_id)} AND f.rank IN ({{}})"
    found = _views(connection, in_chunks(connection, query, sorted(set(numbers))))
    return {whole.number: whole for whole, _ in found}
