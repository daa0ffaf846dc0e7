"""Which formats a host's logs can have, by the names that the roster uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.simulator.logs import linux, windows
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess

Render = Callable[[SimHost, SimProcess, int], bytes]
"""Host, process and record number to the bytes of one record (auditd: several lines), without the last line end."""


@dataclass(frozen=True, slots=True)
class LogKind:
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
    kinds: tuple[LogKind, ...]
    others: tuple[Render, ...]
    marker: bytes = b'"'
    """Damaged records are cut a few bytes behind the first of these."""


_SYSMON = LogKind("sysmon1", windows.nxlog_sysmon, True)
_SECURITY = LogKind("security4688", windows.nxlog_security, False)
_WINLOGBEAT = LogKind("sysmon1", windows.winlogbeat, True)
_XML = LogKind("sysmon1", windows.xml, True)

FORMATS: dict[str, LogFormat] = {
    "nxlog": LogFormat("sysmon.json", (_SYSMON,), (windows.nxlog_other,)),
    "nxlog-twins": LogFormat("events.json", (_SYSMON, _SECURITY), (windows.nxlog_other, windows.nxlog_logon)),
    "nxlog-4688": LogFormat("security.json", (_SECURITY,), (windows.nxlog_logon,)),
    "winlogbeat": LogFormat("winlogbeat.ndjson", (_WINLOGBEAT,), (windows.winlogbeat_other,)),
    "winlogbeat-gz": LogFormat("winlogbeat.ndjson.gz", (_WINLOGBEAT,), (windows.winlogbeat_other,)),
    "xml": LogFormat("sysmon.xml.log", (_XML,), (windows.xml_other,), b"<EventID>1</"),
    "xml-gz": LogFormat("sysmon.xml.log.gz", (_XML,), (windows.xml_other,), b"<EventID>1</"),
    "auditd": LogFormat("audit.log", (LogKind("auditd", linux.auditd, False),), (linux.auditd_other,), b"audit("),
    "auditd-enriched": LogFormat(
        "audit.log", (LogKind("auditd", linux.auditd_enriched, False),), (linux.auditd_other,), b"audit("
    ),
    "sysmon-linux": LogFormat(
        "syslog", (LogKind("sysmon-linux", linux.sysmon_linux, True),), (linux.sysmon_linux_other,), b"Computer><"
    ),
    "ecs": LogFormat("endpoint.ndjson", (LogKind("ecs", linux.ecs, True),), (linux.ecs_other,)),
    "osquery": LogFormat("osqueryd.results.log", (LogKind("osquery", linux.osquery, False, 1_000_000),), (linux.osquery_other,)),
}
