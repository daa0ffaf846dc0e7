"""Kinds of records (JSON objects, rows of tables) that live in modules of their own."""

from __future__ import annotations

from functools import cache

from engine.readers.contract import RecordKind


@cache
def record_kinds() -> tuple[RecordKind, ...]:
    """All of them, asked in this order: the more specific first."""
    # Imported here: some of them map what is inside of a record by the general way, which asks this list.
    from engine.readers.agents import eslogger, falco, kunai, santa, tetragon, tracee, velociraptor, wazuh
    from engine.readers.agents.edr import (
        carbon_black,
        cortex_xdr,
        crowdstrike,
        crowdstrike_detections,
        cybereason,
        defender,
        defender_columns,
        limacharlie,
        sentinelone,
        sophos,
        trellix_hx,
        trend_micro,
    )
    from engine.readers.agents.schemas import asim, cim, ocsf, splunk_security, udm
    from engine.readers.linux import audit_lines, auoms, ausearch_csv, goaudit, journal, laurel, sysmon_linux
    from engine.readers.lists import cim_process, procmon, volatility
    from engine.readers.lists import velociraptor as processes_of_velociraptor
    from engine.readers.records import osquery
    from engine.readers.windows import flat, flattened, hayabusa, kernel_process, plaso

    linux = (auoms, journal, sysmon_linux, laurel, goaudit, audit_lines, ausearch_csv)
    runtime = (tetragon, tracee, falco, kunai, eslogger, santa)
    falcon = (crowdstrike, crowdstrike_detections)
    others = (cybereason, limacharlie, trend_micro, sophos, trellix_hx, wazuh, velociraptor)
    agents = (defender, defender_columns, *falcon, sentinelone, carbon_black, cortex_xdr, *others)
    schemas = (ocsf, asim, udm, splunk_security, cim)
    lists = (procmon, volatility, processes_of_velociraptor, cim_process)
    return (osquery, *linux, *agents, *runtime, *schemas, *lists, hayabusa, plaso, kernel_process, flattened, flat)
