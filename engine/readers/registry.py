"""The list of readers and what a reader is.

The order is only a tie-break: detection asks every reader how sure it is (`sniff`) and takes the surest. To add a
format, write a module with a module-level `READER` and name it in `all_readers`; for a new kind of record, in JSON or in a
table, write `FORMATS`, `recognises(record)` and `map_record(record, position, moments)` and name it in
`record_kinds`.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol

from engine.errors import UsageError
from engine.readers.contract import Format, Reader

_CERTAIN = frozenset(("evtx", "evt", "json"))
"""Readers whose `sniff` may be 1.0."""


class ReaderModule(Protocol):
    """A module that reads a family of formats."""

    @property
    def READER(self) -> Reader:  # noqa: N802 - a constant of the module
        """Its reader."""
        ...

    @property
    def FORMATS(self) -> tuple[Format, ...]:  # noqa: N802
        """What it reads; empty where record kinds declare it."""
        ...


@cache
def reader_modules() -> tuple[ReaderModule, ...]:
    """Every module with a reader, the most specific first."""
    # Imported here: these modules import ReadOptions from this one.
    from engine.readers.agents import santa_log
    from engine.readers.agents.edr import defender
    from engine.readers.linux import auditd, auoms, execsnoop, strace, sysmon_linux, sysmon_logview
    from engine.readers.lists import property_list, text_list, wmic
    from engine.readers.records import journal_export, osquery_text, table_reader
    from engine.readers.records import json_reader as jsonevents
    from engine.readers.records.printed import snare, splunk_text
    from engine.readers.tables import csv_generic, csv_loganalytics, pair_list, sequence_list
    from engine.readers.windows import clixml, csv_eventviewer, evtx, format_list, legacy_evt, wevtutil_text, xmlevents

    return (
        evtx,
        legacy_evt,
        xmlevents,
        clixml,
        wevtutil_text,
        splunk_text,
        snare,
        format_list,
        jsonevents,
        journal_export,
        sysmon_linux,
        sysmon_logview,
        auoms,
        auditd,
        strace,
        execsnoop,
        santa_log,
        csv_eventviewer,
        defender,
        csv_loganalytics,
        wmic,
        text_list,
        property_list,
        table_reader,
        osquery_text,
        sequence_list,
        pair_list,
        csv_generic,
    )


@cache
def all_readers() -> tuple[Reader, ...]:
    """Every reader, most specific first."""
    return tuple(module.READER for module in reader_modules())


@cache
def certain_first() -> tuple[tuple[int, Reader], ...]:
    """(place in the order, reader) in the order in which they are asked: first those that can be certain, since then nobody else
    is, and with many small files that is much of the time.
    """
    return tuple(sorted(enumerate(all_readers()), key=lambda placed: placed[1].name not in _CERTAIN))


def reader_names() -> tuple[str, ...]:
    """The values that `--format` takes."""
    return tuple(reader.name for reader in all_readers())


def reader_named(name: str) -> Reader:
    """The reader for `--format NAME`. Raises UsageError with the names there are."""
    for reader in all_readers():
        if reader.name == name:
            return reader
    raise UsageError(f"There is no format {name!r}.", remedy="Formats: " + ", ".join(reader_names()))
