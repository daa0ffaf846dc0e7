"""Models of a workspace on a server travel with it: their packages lie in the database, in pieces, and a machine unpacks one
when it first needs it.

Rejected: a shared directory. It would be a second thing to mount, to protect and to back up, on each machine under another
name, and a row could tell of a model that is not there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from store.base.blocks import insert_all
from store.models import package

PIECE = 4 << 20
"""Bytes of one piece."""


def keep(connection: Connection, model_id: str, folder: Path, manifest: dict[str, Any]) -> None:
    """Write a model's files into the database. Needs the transaction that writes its row."""
    with tempfile.TemporaryFile() as spool:
        package.stream(folder, manifest, cast("Any", spool))
        spool.seek(0)
        pieces = enumerate(iter(lambda: spool.read(PIECE), b""))
        rows = ((model_id, part, piece) for part, piece in pieces)
        insert_all(connection, "INSERT INTO model_part (model_id, part, data) VALUES (?, ?, ?)", rows)


def fetch(connection: Connection, model_id: str, folder: Path) -> None:
    """Unpack a model into a folder (empty but for its lock). Raises ModelCorrupt for what is no package."""
    with tempfile.NamedTemporaryFile() as spool:
        part = 0
        query = "SELECT data FROM model_part WHERE model_id = ? AND part = ?"
        # One at a time: together they may be more than memory holds.
        while (piece := connection.exec_driver_sql(query, (model_id, part)).scalar()) is not None:
            spool.write(piece)
            part += 1
        spool.flush()
        package.unpack(Path(spool.name), folder)
