"""A case's chains in the order of one model's scores: what every question about the queue is asked of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.errors import NotFound
from store.base.database import Database
from store.evidence.cases import read_case
from store.schema.models import ModelUse, ScoreSetRow


@dataclass(frozen=True, slots=True)
class Ranking:
    """One scoring of a case, on an open connection. It holds for as long as the transaction does."""

    connection: Connection
    case: int
    """Id of the case."""
    set: int
    """Id of the score set."""

    @classmethod
    def find(cls, connection: Connection, case: int, model: str | None = None) -> Ranking | None:
        """By a model, the one in use unless it is named; None where that has scored nothing."""
        if model is None:
            query = select(ModelUse.model_id).where(ModelUse.case_id == case, ModelUse.kind == "detector")
            model = connection.execute(query).scalar()
        found = connection.execute(
            select(ScoreSetRow.id).where(ScoreSetRow.case_id == case, ScoreSetRow.model_id == model)
        ).scalar()
        return None if found is None else cls(connection, case, int(found))

    @classmethod
    def of(cls, connection: Connection, case: int, model: str | None = None) -> Ranking:
        """As `find`. Raises NotFound where that has scored nothing."""
        found = cls.find(connection, case, model)
        if found is None:
            raise NotFound("This case has no scores yet.", remedy="Run: oddkin rank")
        return found


@contextmanager
def read_ranking(database: Database, case: str, model: str | None = None) -> Iterator[Ranking]:
    """`Database.read` for what is asked about one ranking. Raises NotFound for an unknown case and for one without scores."""
    with read_case(database, case) as (connection, number):
        yield Ranking.of(connection, number, model)


def is_ranked(database: Database, case: str) -> bool:
    """Whether the model in use has scored anything of a case. Raises NotFound for an unknown case."""
    with read_case(database, case) as (connection, number):
        return Ranking.find(connection, number) is not None
