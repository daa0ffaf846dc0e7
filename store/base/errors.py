"""Wording of the store's errors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from engine.errors import NotFound, StoreError
from store.base.staging import PREFIX

K = TypeVar("K")
V = TypeVar("V")
TOLD = 8
"""Names that a remedy tells."""
REMEDY_LOOK = "`oddkin doctor` tells what else is damaged. Restore a backup, or ingest the evidence into a new workspace."


def not_found(what: str, name: str, remedy: str = "") -> NotFound:
    """An error to raise: "There is no case 'x'."."""
    return NotFound(f"There is no {what} {name!r}.", remedy=remedy)


def there_are(names: Sequence[str], command: str) -> str:
    """What there is instead, the first of it, and the command that lists all."""
    if not names:
        return "There is none."
    told = ", ".join(names[:TOLD])
    return (
        f"There is {told}."
        if len(names) == 1
        else f"There are {told}."
        if len(names) <= TOLD
        else f"There are {told} …: {command}"
    )


def refused(error: OSError) -> StoreError:
    """An error to raise for a file or a stream that the system refused, where nobody closer to it has said so.

    Of what is in a staged folder the folder is told that it was to become a part of: nobody else has heard of the stage, which is
    gone by the time that somebody reads this.
    """
    where = ""
    if error.filename is not None:
        path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
        stage = next((one for one in (path, *path.parents) if one.name.startswith(PREFIX)), None) if path is not None else None
        where = f"{error.filename if stage is None else stage.parent}: "
    return StoreError(f"{where}{error.strerror or error}.", remedy="Is there room, and may you write there?")


def damaged(what: str) -> StoreError:
    """An error to raise for what no oddkin wrote like that."""
    return StoreError(f"The workspace's database is damaged: {what}.", remedy=REMEDY_LOOK)


class Referred(dict[K, V]):
    """Rows by their ids. Asked for one that is not there, it says that the database refers into nothing (StoreError)."""

    def __missing__(self, key: K) -> V:
        raise damaged(f"something refers to row {key}, which is not there")
