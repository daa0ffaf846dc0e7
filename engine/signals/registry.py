"""The signals there are, in order: every module of engine.signals.catalogue has one.

Found and not listed, so that a signal is one module. They are imported when somebody asks, not when a front end starts.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.signals.signal import Signal


def signals() -> tuple[Signal[Any], ...]:
    """All of them, in their order."""
    return tuple(catalogued().values())


def find(name: str) -> Signal[Any] | None:
    """By name; None for one of a newer version, or what is none."""
    return catalogued().get(name)


@cache
def catalogued() -> dict[str, Signal[Any]]:
    """Name -> signal, in their order. Raises ValueError for two of one name or one place: a slip of who adds one."""
    from engine.signals import catalogue

    modules = [found.name for found in walk_packages(catalogue.__path__, f"{catalogue.__name__}.") if not found.ispkg]
    found: list[Signal[Any]] = sorted((import_module(name).SIGNAL for name in modules), key=lambda signal: signal.order)
    listed = {signal.name: signal for signal in found}
    if len(listed) < len(found) or len({signal.order for signal in found}) < len(found):
        raise ValueError(f"Two signals have one name or one place: {[(signal.name, signal.order) for signal in found]}")
    return listed
