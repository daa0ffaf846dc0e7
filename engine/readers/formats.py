"""Every format that is read, as its reader declares it: for `oddkin formats`, docs/formats.md and the README."""

from __future__ import annotations

from engine.readers.contract import Format
from engine.readers.records.record_kinds import record_kinds
from engine.readers.registry import reader_modules


def all_formats() -> tuple[Format, ...]:
    """By title, without regard to case."""
    modules = (*reader_modules(), *record_kinds())  # some are both
    declared = dict.fromkeys(one for module in modules for one in module.FORMATS)
    return tuple(sorted(declared, key=lambda one: one.title.casefold()))
