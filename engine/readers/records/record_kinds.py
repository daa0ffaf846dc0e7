"""Kinds of records (JSON objects, rows of tables) that live in modules of their own."""

from __future__ import annotations

from functools import cache

from engine.readers.contract import RecordKind


@cache
def record_kinds() -> tuple[RecordKind, ...]:
    """All of them, asked in this order: the more specific first."""
    # Imported here: some of them map what is inside of a record by the general way, which asks this list.
    from engine.readers.linux import auoms, sysmon_linux
    from engine.readers.lists import cim_process, procmon, velociraptor, volatility
    from engine.readers.records import osquery
    from engine.readers.tables import csv_defender

    return (osquery, auoms, sysmon_linux, csv_defender, procmon, volatility, velociraptor, cim_process)
