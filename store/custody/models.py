"""What the audit says of models and of what they say of a case."""

from __future__ import annotations

from sqlalchemy import Connection

from store.base.acting import Acting
from store.base.packed import stored_json
from store.custody.journal import record

SCORED = (
    "SELECT s.chains, s.threshold, w.said FROM score_set s LEFT JOIN witness w ON w.kind = 'scores' AND w.key = quote(s.id)"
    " WHERE s.case_id = ? AND s.model_id = ?"
)
MODEL = "SELECT kind, manifest, manifest_sha256, size FROM model WHERE id = ?"
TOLD = ("name", "seed", "cases", "preset")
"""What of a manifest is repeated; its hash is of all of it, which has the hash of each file."""


def ranked(connection: Connection, acting: Acting, case: str, number: int, model_id: str, *, use: bool) -> None:
    """A case was scored: `digest` is what the doctor knows these scores by."""
    chains, threshold, digest = connection.exec_driver_sql(SCORED, (number, model_id)).one()
    record(
        connection,
        acting,
        "case ranked",
        {"model": model_id, "rows": chains, "threshold": threshold, "digest": digest, "use": use},
        case=case,
    )


def kept(connection: Connection, acting: Acting, act: str, model_id: str) -> None:
    """A model was trained, or came from a file: it is in the model store."""
    kind, manifest, digest, size = connection.exec_driver_sql(MODEL, (model_id,)).one()
    whole = stored_json(manifest)
    told = {name: whole[name] for name in TOLD if isinstance(whole, dict) and name in whole}
    rules = whole.get("rules") if isinstance(whole, dict) else None
    record(
        connection,
        acting,
        act,
        {"model": model_id, "kind": kind, "manifest_sha256": digest, "size": size, "rules": rules, **told},
    )


def removed(connection: Connection, acting: Acting, model_id: str) -> None:
    """Before its row goes."""
    kind, _manifest, digest, size = connection.exec_driver_sql(MODEL, (model_id,)).one()
    record(connection, acting, "model removed", {"model": model_id, "kind": kind, "manifest_sha256": digest, "size": size})
