"""Models as they leave the store."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from engine.errors import ModelCorrupt
from store.models.manifest import checked
from store.schema.evidence import Case
from store.schema.models import ModelUse

READY = "ready"
"""Member of the manifest of such a model (engine.detector.persistence)."""


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model of the vault, without its files."""

    id: str
    kind: str
    created_us: int
    size: int
    manifest: dict[str, Any]
    used_by: tuple[str, ...]
    """Names of cases."""

    @property
    def ready(self) -> bool:
        """Whether it is one that comes with oddkin: it learnt on no case, and any training on one may take its place."""
        return self.manifest.get(READY) is True


def view(connection: Connection, row: Any) -> ModelView:
    """A row of `model` with the cases that use it."""
    query = select(Case.name).join(ModelUse, ModelUse.case_id == Case.id).where(ModelUse.model_id == row.id).order_by(Case.name)
    cases = tuple(connection.execute(query.distinct()).scalars())
    return ModelView(row.id, row.kind, row.created_us, row.size, _manifest(row.manifest), cases)


def _manifest(stored: object) -> dict[str, Any]:
    """Told to the user, so that one bad row does not keep the other models from being listed."""
    try:
        manifest = json.loads(str(stored))
        checked(manifest)
    except (ValueError, RecursionError):
        return {"problem": "The manifest cannot be read."}
    except ModelCorrupt as error:
        return {"problem": error.message}
    return dict(manifest)
