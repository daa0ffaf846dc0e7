"""Windows process creations as NXLog, Winlogbeat 7 and Splunk's XML input write them."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import orjson

from engine.simulator.logs.fields import iso_text, split_user, sysmon_fields, utc_text
from engine.simulator.people import SimHost
from engine.simulator.processes import SimProcess

_SYSMON_GUID = "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
_SECURITY_GUID = "{54849625-5478-4994-A5BA-3E3B0328C30D}"
_CHANNEL = "Microsoft-Windows-Sysmon/Operational"
_LEVEL_SID = {"System": "S-1-16-16384", "High": "S-1-16-12288", "Medium": "S-1-16-8192", "AppContainer": "S-1-16-4096"}


def nxlog_sysmon(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon 1 as flat JSON (NXLog's im_msvistalog with to_json, $Message dropped)."""
    return orjson.dumps({**_nxlog_head(host, process.start_us, 1, number), **sysmon_fields(host, process)})


def nxlog_security(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Security 4688, version 2, as flat JSON; pids in hex."""
    return orjson.dumps(security_record(host, process, number))


def security_record(host: SimHost, process: SimProcess, number: int) -> dict[str, object]:
    """4688 as a dictionary. The subject is who asked: the parent's account."""
    parent = process.parent
    asker = parent.identity if parent else process.identity
    domain, name = split_user(asker)
    if asker.logon_id == 0x3E7:
        domain, name = host.domain, f"{host.name}$"
    target_domain, target = split_user(process.identity)
    changes = process.identity.logon_id != asker.logon_id
    full = {"High": "%%1937", "Medium": "%%1938"}.get(process.identity.integrity, "%%1936")
    return {
        **_nxlog_head(host, process.start_us, 4688, number),
        "SubjectUserSid": asker.sid,
        "SubjectUserName": name,
        "SubjectDomainName": domain,
        "SubjectLogonId": f"0x{asker.logon_id:x}",
        "NewProcessId": f"0x{process.pid:x}",
        "NewProcessName": process.image,
        "TokenElevationType": full,
        "ProcessId": f"0x{process.ppid:x}",
        "CommandLine": process.command,
        "TargetUserSid": "S-1-0-0",
        "TargetUserName": target if changes else "-",
        "TargetDomainName": target_domain if changes else "-",
        "TargetLogonId": f"0x{process.identity.logon_id:x}" if changes else "0x0",
        "ParentProcessName": parent.image if parent else "",
        "MandatoryLabel": _LEVEL_SID.get(process.identity.integrity, "S-1-16-8192"),
    }


def _nxlog_head(host: SimHost, time_us: int, event: int, number: int) -> dict[str, object]:
    sysmon = event not in {4688, 4624}
    return {
        "EventTime": utc_text(time_us)[:19],
        "@timestamp": iso_text(time_us),
        "Hostname": host.fqdn,
        "EventType": "INFO" if sysmon else "AUDIT_SUCCESS",
        "SeverityValue": 2,
        "EventID": event,
        "SourceName": "Microsoft-Windows-Sysmon" if sysmon else "Microsoft-Windows-Security-Auditing",
        "ProviderGuid": _SYSMON_GUID if sysmon else _SECURITY_GUID,
        "Version": 5 if sysmon else 2,
        "Task": event if sysmon else 13312,
        "RecordNumber": number,
        "ExecutionProcessID": 2804 if sysmon else 4,
        "ThreadID": 3356,
        "Channel": _CHANNEL if sysmon else "Security",
        "SourceModuleName": "eventlog",
        "SourceModuleType": "im_msvistalog",
    }


def nxlog_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A record that is no process creation: a network connection (Sysmon 3)."""
    return orjson.dumps({**_nxlog_head(host, process.start_us, 3, number), **_connection(host, process)})


def nxlog_logon(host: SimHost, process: SimProcess, number: int) -> bytes:
    """A record that is no process creation: a logon (Security 4624)."""
    domain, name = split_user(process.identity)
    head = _nxlog_head(host, process.start_us, 4624, number)
    return orjson.dumps({**head, "TargetUserName": name, "TargetDomainName": domain, "LogonType": 3, "IpAddress": host.address})


def _connection(host: SimHost, process: SimProcess) -> dict[str, str]:
    return {
        "RuleName": "-",
        "UtcTime": utc_text(process.start_us),
        "ProcessGuid": f"{{{process.guid}}}",
        "ProcessId": str(process.pid),
        "Image": process.image,
        "User": process.identity.user,
        "Protocol": "tcp",
        "Initiated": "true",
        "SourceIp": host.address,
        "SourcePort": str(49152 + process.number % 16000),
        "DestinationIp": f"203.0.113.{process.number % 250 + 1}",
        "DestinationPort": "443",
    }


def winlogbeat(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon 1 as Winlogbeat 7 sends it."""
    return _winlogbeat(host, process.start_us, number, 1, "Process Create (rule: ProcessCreate)", sysmon_fields(host, process))


def winlogbeat_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon 3 as Winlogbeat 7 sends it."""
    return _winlogbeat(
        host, process.start_us, number, 3, "Network connection detected (rule: NetworkConnect)", _connection(host, process)
    )


def _winlogbeat(host: SimHost, time_us: int, number: int, event: int, action: str, data: dict[str, str]) -> bytes:
    return orjson.dumps(
        {
            "@timestamp": iso_text(time_us),
            "@metadata": {"beat": "winlogbeat", "type": "_doc", "version": "7.17.9"},
            "event": {
                "code": event,
                "kind": "event",
                "provider": "Microsoft-Windows-Sysmon",
                "action": action,
                "created": iso_text(time_us + 1_200_000),
            },
            "host": {"name": host.fqdn, "hostname": host.name, "os": {"family": "windows", "platform": "windows"}},
            "agent": {"type": "winlogbeat", "version": "7.17.9", "hostname": host.name},
            "ecs": {"version": "1.12.0"},
            "log": {"level": "information"},
            "winlog": {
                "channel": _CHANNEL,
                "provider_name": "Microsoft-Windows-Sysmon",
                "provider_guid": _SYSMON_GUID,
                "event_id": event,
                "record_id": number,
                "computer_name": host.fqdn,
                "opcode": "Info",
                "task": action,
                "version": 5,
                "api": "wineventlog",
                "process": {"pid": 2804, "thread": {"id": 3356}},
                "user": {"identifier": "S-1-5-18", "domain": "NT AUTHORITY", "name": "SYSTEM", "type": "User"},
                "event_data": data,
            },
        }
    )


def xml(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon 1 as one <Event> a line (Splunk's XmlWinEventLog)."""
    return _xml(host, process.start_us, number, 1, sysmon_fields(host, process))


def xml_other(host: SimHost, process: SimProcess, number: int) -> bytes:
    """Sysmon 3 as one <Event> a line."""
    return _xml(host, process.start_us, number, 3, _connection(host, process))


def _xml(host: SimHost, time_us: int, number: int, event: int, fields: dict[str, str]) -> bytes:
    data = "".join([f"<Data Name='{name}'>{escape(value)}</Data>" for name, value in fields.items()])
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='Microsoft-Windows-Sysmon' Guid='{_SYSMON_GUID}'/><EventID>{event}</EventID><Version>5</Version>"
        f"<Level>4</Level><Task>{event}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f"<TimeCreated SystemTime={quoteattr(iso_text(time_us)[:-1] + '000000Z')}/>"
        f"<EventRecordID>{number}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='2804' ThreadID='3356'/><Channel>{_CHANNEL}</Channel><Computer>{host.fqdn}</Computer>"
        f"<Security UserID='S-1-5-18'/></System><EventData>{data}</EventData></Event>"
    ).encode()
