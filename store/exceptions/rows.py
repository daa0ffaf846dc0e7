"""Rows of the table `exception` as the engine has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from engine.exceptions.commands import CommandKind, CommandShape
from engine.exceptions.kept import ExceptionReason, ExceptionScope, KeptException
from store.base.errors import damaged
from store.base.packed import stored_json
from store.base.text import bindable

EVERY = (
    "SELECT id, image, ancestors, root, host, command, alone, verdict, reason, owner, note, created_us, expires_us FROM exception"
    " ORDER BY id"
)
INSERT = (
    "INSERT INTO exception (key, image, ancestors, root, host, command, alone, verdict, reason, owner, note, created_us,"
    " expires_us) VALUES (?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?)"
    " RETURNING id"
)
REPLACE = (
    "UPDATE exception SET verdict = ?, reason = ?, owner = CAST(? AS TEXT), note = CAST(? AS TEXT), created_us = ?,"
    " expires_us = ? WHERE id = ?"
)


def stored(connection: Connection) -> dict[int, KeptException]:
    """Number -> exception, all of a workspace. Raises StoreError for one that nobody wrote."""
    return {int(row[0]): _kept(row) for row in connection.exec_driver_sql(EVERY)}


def insert(connection: Connection, kept: KeptException) -> int:
    """Add one; its number. Needs a write transaction."""
    scope = kept.scope
    command = scope.command.value if isinstance(scope.command, CommandKind) else list(scope.command)
    values = (
        scope.key, bindable(scope.image), json.dumps(scope.ancestors), int(scope.root), bindable(scope.host), json.dumps(command),
        int(scope.alone), kept.verdict, kept.reason.value, bindable(kept.owner), bindable(kept.note), kept.created_us,
        kept.expires_us,
    )  # fmt: skip
    return int(connection.exec_driver_sql(INSERT, values).scalar_one())


def replace(connection: Connection, number: int, kept: KeptException) -> None:
    """Say something else of what one covers. Needs a write transaction."""
    told = (kept.verdict, kept.reason.value, bindable(kept.owner), bindable(kept.note), kept.created_us, kept.expires_us, number)
    connection.exec_driver_sql(REPLACE, told)


def _kept(row: Sequence[Any]) -> KeptException:
    number, image, ancestors, root, host, command, alone, verdict, reason, owner, note, created_us, expires_us = row
    try:
        said = stored_json(command)
        shape: CommandShape = CommandKind(said) if isinstance(said, str) else tuple(map(str, said))
        scope = ExceptionScope(image, tuple(map(str, stored_json(ancestors))), bool(root), host, shape, bool(alone))
        return KeptException(scope, verdict, ExceptionReason(reason), owner, note, int(created_us), expires_us)
    except (ValueError, TypeError) as problem:
        raise damaged(f"exception {number} is not what was written") from problem
