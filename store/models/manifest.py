"""What a manifest must be before anything of a model is believed: types, sizes, a kind that is known.

Manifests come from other workstations. What else they hold (parameters, metrics) is only ever shown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from engine.errors import ModelCorrupt

MAX_FILE = 4 << 30
MAX_FILES = 64
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class FileEntry(Struct):
    """A file of the model."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Meta(ge=0, le=MAX_FILE)]


class Manifest(Struct):
    """The members that something here relies on; others are let through."""

    id: Annotated[str, Meta(pattern="^[a-z0-9]{1,16}-[0-9]{8}-[0-9a-f]{8}$")]
    kind: Literal["detector", "classifier"]
    created: Annotated[str, Meta(max_length=64)]
    files: Annotated[dict[Name, FileEntry], Meta(min_length=1, max_length=MAX_FILES)]
    cases: Annotated[list[Name], Meta(max_length=10_000)] = []
    name: Name | None = None
    parameters: dict[str, Any] = {}
    metrics: dict[str, Any] = {}


def checked(manifest: object) -> Manifest:
    """The manifest by its types. Raises ModelCorrupt with the member that is wrong."""
    try:
        found = msgspec.convert(manifest, Manifest)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ModelCorrupt(f"The manifest is not one of a model: {error}.") from error
    if not found.id.startswith(found.kind + "-"):
        raise ModelCorrupt(f"The model is called {found.id} and says that it is a {found.kind}.")
    return found
