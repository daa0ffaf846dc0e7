"""The formats there are, in order: every module of engine.handover.formats has one, and is called like it (as_csv has csv).

Found and not listed, so that a format is one module. Names are known without importing any of them: a command line has to offer
them before it does anything.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from engine.errors import UsageError
from engine.handover.format import ExportFormat


def names() -> tuple[str, ...]:
    """Of all formats, sorted."""
    from engine.handover import formats

    return tuple(sorted(found.name.removeprefix("as_").replace("_", "-") for found in iter_modules(formats.__path__)))


@cache
def catalogued() -> dict[str, ExportFormat]:
    """Name -> format, in their order. Raises ValueError for two of one place or ending, or a name that is not the module's."""
    found: list[ExportFormat] = [import_module(f"engine.handover.formats.as_{name.replace('-', '_')}").FORMAT for name in names()]
    listed = {one.name: one for one in sorted(found, key=lambda one: one.order)}
    if (
        set(listed) != set(names())
        or len({one.order for one in found}) < len(found)
        or len({one.ending for one in found}) < len(found)
    ):
        raise ValueError(f"Formats need names of their modules, places and endings of their own: {sorted(listed)}")
    return listed


def find(name: str) -> ExportFormat:
    """By name. Raises UsageError."""
    if name not in names():
        raise UsageError(f"There is no format {name!r}.", remedy=f"There are: {', '.join(catalogued())}.")
    return catalogued()[name]
