"""Every error that oddkin raises on purpose.

OddkinError                 something the user can understand; the front ends print title and message
├── UsageError              the request makes no sense (exit code 2)
├── InputError              evidence that cannot be read at all: names file, position, remedy
│   └── NothingThere        no file at all where evidence should be
├── StoreError              workspace, database, migration
│   ├── NotFound            no such case, chain, host, model
│   ├── SourceBusy          another process ingests the same content
│   └── NotYours            what another author did, to be taken back by nobody else
├── ModelError              a model that cannot be used
│   └── ModelCorrupt        hash mismatch, missing or foreign file
└── Cancelled               the user asked to stop; exit code 130
"""

from __future__ import annotations


class OddkinError(Exception):
    """Root of the tree. `title` is a short noun phrase, `message` says what happened and what to do."""

    title = "oddkin failed"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageError(OddkinError):
    """The request makes no sense."""

    title = "Cannot do that"


class InputError(OddkinError):
    """Evidence that cannot be read: `file` (container!member), `position` as the reader counts it."""

    title = "Unreadable input"

    def __init__(self, message: str, *, file: str = "", position: int | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.file = file
        self.position = position


class NothingThere(InputError):
    """No file at all: nothing is damaged, and nothing was read."""

    title = "Nothing to read"


class StoreError(OddkinError):
    """Workspace, database or migration trouble."""

    title = "Workspace problem"


class NotFound(StoreError):
    """No such case, host, chain, process or model."""

    title = "Not found"


class SourceBusy(StoreError):
    """Another process is ingesting the same content into the same case; only that source is lost to this one."""

    title = "Source in use"


class NotYours(StoreError):
    """The latest act is another author's."""

    title = "Not yours"


class ModelError(OddkinError):
    """A model that cannot be used."""

    title = "Model problem"


class ModelCorrupt(ModelError):
    """A model folder whose files do not match its manifest."""

    title = "Model damaged"


class Cancelled(OddkinError):
    """Raised by `CancelToken.raise_if_cancelled`; jobs leave a consistent state before it travels up."""

    title = "Interrupted"
