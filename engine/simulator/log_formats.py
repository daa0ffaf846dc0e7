"""Which formats a host's logs can have, by the names that the roster uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.simulator import log_linux, log_windows
from engine.simulator.processes import SimProcess
from engine.simulator.roster import SimHost

Render = Callable[[SimHost, SimProcess, int], bytes]
"""Host, process and record number to the bytes of one record (auditd: several lines), without the last line end."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One family of process records."""

    name: str
    """As readers name it in `ProcessEvent.kind`."""
    render: Render
    has_guid: bool
    tick_us: int = 1_000
    """Resolution of its times."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """What a host writes: one record of each kind per process creation, other records now and then."""

    file: str
    kinds: tuple[Kind, ...]
    others: tuple[Render, ...]
    marker: bytes = b'"'
    """Damaged records are cut a few bytes behind the first of these."""


_SYSMON = Kind("sysmon1", log_windows.nxlog_sysmon, True)
_SECURITY = Kind("security4688", log_windows.nxlog_security, False)
_WINLOGBEAT = Kind("sysmon1", log_windows.winlogbeat, True)
_XML = Kind("sysmon1", log_windows.xml, True)

FORMATS: dict[str, LogFormat] = {
    "nxlog": LogFormat("sysmon.json", (_SYSMON,), (log_windows.nxlog_other,)),
    "nxlog-twins": LogFormat("events.json", (_SYSMON, _SECURITY), (log_windows.nxlog_other, log_windows.nxlog_logon)),
    "nxlog-4688": LogFormat("security.json", (_SECURITY,), (log_windows.nxlog_logon,)),
    "winlogbeat": LogFormat("winlogbeat.ndjson", (_WINLOGBEAT,), (log_windows.winlogbeat_other,)),
    "winlogbeat-gz": LogFormat("winlogbeat.ndjson.gz", (_WINLOGBEAT,), (log_windows.winlogbeat_other,)),
    "xml": LogFormat("sysmon.xml.log", (_XML,), (log_windows.xml_other,), b"<EventID>1</"),
    "xml-gz": LogFormat("sysmon.xml.log.gz", (_XML,), (log_windows.xml_other,), b"<EventID>1</"),
    "auditd": LogFormat("audit.log", (Kind("auditd", log_linux.auditd, False),), (log_linux.auditd_other,), b"audit("),
    "auditd-enriched": LogFormat(
        "audit.log", (Kind("auditd", log_linux.auditd_enriched, False),), (log_linux.auditd_other,), b"audit("
    ),
    "sysmon-linux": LogFormat(
        "syslog", (Kind("sysmon-linux", log_linux.sysmon_linux, True),), (log_linux.sysmon_linux_other,), b"Computer><"
    ),
    "ecs": LogFormat("endpoint.ndjson", (Kind("ecs", log_linux.ecs, True),), (log_linux.ecs_other,)),
    "osquery": LogFormat(
        "osqueryd.results.log", (Kind("osquery", log_linux.osquery, False, 1_000_000),), (log_linux.osquery_other,)
    ),
}
