"""Which score set a case's queue is."""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.errors import NotFound
from store.schema.models import ModelUse, ScoreSet


def scored(connection: Connection, case: int, model: str | None) -> int:
    """The score set of a model, or of the model in use. Raises NotFound."""
    found = set_in_use(connection, case, model)
    if found is None:
        raise NotFound("This case has no scores yet.", remedy="Run `oddkin train`, or `oddkin models use` and rank.")
    return found


def set_in_use(connection: Connection, case: int, model: str | None = None) -> int | None:
    """The same; None where nothing was scored."""
    if model is None:
        query = select(ModelUse.model_id).where(ModelUse.case_id == case, ModelUse.kind == "detector")
        model = connection.execute(query).scalar()
    found = connection.execute(select(ScoreSet.id).where(ScoreSet.case_id == case, ScoreSet.model_id == model)).scalar()
    return None if found is None else int(found)
