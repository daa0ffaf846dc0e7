"""One event of each kind as every exporter of Windows events writes it. Invented machine; layouts by the sources in FORMATS."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

HOST = "ws-plover3.branch.example"
COMMAND = 'powershell.exe -nop -c "iex (gc C:\\Users\\Public\\k.ps1)" | more'
IMAGE = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
PARENT = "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE"
PROVIDERS = {"4688": "Microsoft-Windows-Security-Auditing", "1": "Microsoft-Windows-Sysmon"}
CHANNELS = {"4688": "Security", "1": "Microsoft-Windows-Sysmon/Operational"}
SECURITY: dict[str, str] = {
    "SubjectUserSid": "S-1-5-21-1004336348-1177238915-682003330-1187",
    "SubjectUserName": "ines",
    "SubjectDomainName": "LAB",
    "SubjectLogonId": "0x5a3f1",
    "NewProcessId": "0x18b0",
    "NewProcessName": IMAGE,
    "TokenElevationType": "%%1938",
    "ProcessId": "0x145a",
    "CommandLine": COMMAND,
    "TargetUserSid": "S-1-0-0",
    "TargetUserName": "-",
    "TargetDomainName": "-",
    "TargetLogonId": "0x0",
    "ParentProcessName": PARENT,
    "MandatoryLabel": "S-1-16-8192",
}
SYSMON: dict[str, str] = {
    "RuleName": "-",
    "UtcTime": "2024-05-02 10:00:07.123",
    "ProcessGuid": "{7c1d55e0-6420-6633-6320-000000002100}",
    "ProcessId": "6320",
    "Image": IMAGE,
    "FileVersion": "10.0",
    "Description": "Windows PowerShell",
    "Product": "Microsoft Windows",
    "Company": "Microsoft Corporation",
    "OriginalFileName": "PowerShell.EXE",
    "CommandLine": COMMAND,
    "CurrentDirectory": "C:\\Users\\ines\\",
    "User": "LAB\\ines",
    "LogonGuid": "{7c1d55e0-1cd5-6631-f1a3-050000000000}",
    "LogonId": "0x5a3f1",
    "TerminalSessionId": "1",
    "IntegrityLevel": "Medium",
    "Hashes": "MD5=00",
    "ParentProcessGuid": "{7c1d55e0-6420-6633-5210-000000002100}",
    "ParentProcessId": "5210",
    "ParentImage": PARENT,
    "ParentCommandLine": '"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE" /n',
    "ParentUser": "LAB\\ines",
}
END_SECURITY = {
    **{name: SECURITY[name] for name in ("SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")},
    "Status": "0x0",
    "ProcessId": "0x18b0",
    "ProcessName": IMAGE,
}
END_SYSMON = {name: SYSMON[name] for name in ("RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image", "User")}
EVENTS: dict[str, dict[str, str]] = {"4688": SECURITY, "1": SYSMON, "4689": END_SECURITY, "5": END_SYSMON}
TIME = "2024-05-02T10:00:07.123456Z"
"""Of the Security events; Sysmon's own time has milliseconds."""
LOGGER = 4
"""The process that wrote the event: never the process's pid."""


def provider_of(event: str) -> str:
    return PROVIDERS["4688" if event.startswith("4") else "1"]


def channel_of(event: str) -> str:
    return CHANNELS["4688" if event.startswith("4") else "1"]


def message_of(event: str, fields: dict[str, str]) -> str:
    """The English message with Windows' line ends."""
    if not event.startswith("4"):
        title = "Process Create:" if event == "1" else "Process terminated:"
        return "\r\n".join([title, *(f"{name}: {value}" for name, value in fields.items())])
    subject = "\r\n".join(
        f"\t{label}:\t\t{fields['Subject' + name]}"
        for label, name in (("Security ID", "UserSid"), ("Account Name", "UserName"), ("Account Domain", "DomainName"),
                            ("Logon ID", "LogonId"))
    )  # fmt: skip
    if event == "4689":
        return (
            f"A process has exited.\r\n\r\nSubject:\r\n{subject}\r\n\r\nProcess Information:\r\n"
            f"\tProcess ID:\t{fields['ProcessId']}\r\n\tProcess Name:\t{fields['ProcessName']}\r\n\tExit Status:\t0x0"
        )
    return (
        f"A new process has been created.\r\n\r\nCreator Subject:\r\n{subject}\r\n\r\nTarget Subject:\r\n"
        "\tSecurity ID:\t\tS-1-0-0\r\n\tAccount Name:\t\t-\r\n\tAccount Domain:\t\t-\r\n\tLogon ID:\t\t0x0\r\n\r\n"
        f"Process Information:\r\n\tNew Process ID:\t\t{fields['NewProcessId']}\r\n"
        f"\tNew Process Name:\t{fields['NewProcessName']}\r\n\tToken Elevation Type:\t%%1938\r\n"
        f"\tMandatory Label:\t\tS-1-16-8192\r\n\tCreator Process ID:\t{fields['ProcessId']}\r\n"
        f"\tCreator Process Name:\t{fields['ParentProcessName']}\r\n\tProcess Command Line:\t{fields['CommandLine']}\r\n\r\n"
        "Token Elevation Type indicates the type of token that was assigned to the new process.\r\n\r\n"
        "Type 1 is a full token.\r\n\r\nType 2 is an elevated token.\r\n\r\nType 3 is a limited token."
    )


def xml_of(event: str, fields: dict[str, str], *, quote: str = '"', rendered: bool = False, unnamed: bool = False) -> str:
    q = quote
    data = "".join(
        f"<Data>{escape(value)}</Data>" if unnamed else f"<Data Name={q}{name}{q}>{escape(value)}</Data>"
        for name, value in fields.items()
    )
    info = f"<RenderingInfo Culture={q}de-DE{q}><Message>Ein Text</Message></RenderingInfo>" if rendered else ""
    return (
        f"<Event xmlns={q}http://schemas.microsoft.com/win/2004/08/events/event{q}><System>"
        f"<Provider Name={q}{provider_of(event)}{q}/><EventID>{event}</EventID><Version>2</Version>"
        f"<TimeCreated SystemTime={q}{TIME}{q}/><EventRecordID>88121</EventRecordID>"
        f"<Execution ProcessID={q}{LOGGER}{q} ThreadID={q}12{q}/><Channel>{channel_of(event)}</Channel>"
        f"<Computer>{HOST}</Computer><Security/></System><EventData>{data}</EventData>{info}</Event>"
    )


def _event_data(event: str, fields: dict[str, str]) -> str:
    whole = xml_of(event, fields)
    return whole[whole.index("<EventData>") : whole.index("</Event>")]


def _json(*records: Any) -> bytes:
    return b"\n".join(json.dumps(record, ensure_ascii=False).encode() for record in records) + b"\n"


def _csv(row: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row), lineterminator="\r\n")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def _dumped(event: str, fields: Any) -> dict[str, Any]:
    return {
        "Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": provider_of(event)}},
                "EventID": int(event),
                "TimeCreated": {"#attributes": {"SystemTime": TIME}},
                "EventRecordID": 88121,
                "Execution": {"#attributes": {"ProcessID": LOGGER, "ThreadID": 12}},
                "Channel": channel_of(event),
                "Computer": HOST,
            },
            "EventData": fields,
        }
    }


def _evtxecmd(event: str, fields: dict[str, str]) -> dict[str, Any]:
    payload = {"EventData": {"Data": [{"@Name": name, "#text": value} for name, value in fields.items()]}}
    return {
        "RecordNumber": 2,
        "EventRecordId": "88121",
        "TimeCreated": "2024-05-02 10:00:07.1234560",
        "EventId": int(event),
        "Level": "LogAlways",
        "Provider": provider_of(event),
        "Channel": channel_of(event),
        "ProcessId": LOGGER,
        "ThreadId": 12,
        "Computer": HOST,
        "ChunkNumber": 0,
        "MapDescription": "A new process has been created",
        "UserName": "LAB\\ines",
        "PayloadData1": "Parent process: x",
        "ExecutableInfo": COMMAND,
        "SourceFile": "C:\\triage\\Security.evtx",
        "Payload": json.dumps(payload),
    }


def _powershell(event: str, fields: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "Id": int(event),
        "Version": 2,
        "Qualifiers": None,
        "Level": 0,
        "RecordId": 88121,
        "ProviderName": provider_of(event),
        "LogName": channel_of(event),
        "ProcessId": LOGGER,
        "ThreadId": 12,
        "MachineName": HOST,
        "UserId": None,
        "TimeCreated": "2024-05-02T12:00:07.123456+02:00",
        "LevelDisplayName": "Informationen",
        **more,
    }


def _listed(properties: dict[str, Any]) -> bytes:
    """Format-List: the message first, its lines below each other."""
    names = sorted(properties, key=lambda name: name != "Message")
    lines = (
        f"{name:<20} : " + str(properties[name]).replace("\r\n", "\r\n" + " " * 23)
        for name in names
        if properties[name] is not None
    )
    return ("\r\n\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode("utf-16")


def _values(fields: dict[str, str]) -> list[Any]:
    """As .NET has them: numbers are numbers, SIDs objects."""
    made: list[Any] = []
    for name, value in fields.items():
        if value.startswith("0x") or name.endswith("ProcessId") or name == "TerminalSessionId":
            made.append(int(value, 0))
        elif value.startswith("S-1-"):
            made.append({"BinaryLength": 28, "Value": value})
        else:
            made.append(value)
    return made


def _properties(event: str, fields: dict[str, str]) -> bytes:
    properties = [{"Value": value} for value in _values(fields)]
    return json.dumps([_powershell(event, fields, Properties=properties, Message="Ein Text.")], indent=1).encode()


def _plaso(event: str, fields: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "data_type": "windows:evtx:record",
        "timestamp": 1714644007123456,
        "timestamp_desc": "Content Modification Time",
        "parser": "winevtx",
        "display_name": "NTFS:\\Security.evtx",
        "message": _plaso_message(event, fields, ", "),
        **more,
    }


def _plaso_message(event: str, fields: dict[str, str], between: str) -> str:
    strings = between.join(map(repr, fields.values()))
    return (
        f"[{event} / 0x{int(event):04x}] Provider identifier: {{x}} Source Name: {provider_of(event)} Strings: [{strings}] "
        f"Computer Name: {HOST} Record Number: 88121 Event Level: 0"
    )


def _clixml(event: str, fields: dict[str, str]) -> bytes:
    values = "".join(
        f'<Obj RefId="9{at}"><TNRef RefId="3"/><Props><S N="Value">{escape(value)}</S></Props></Obj>'
        for at, value in enumerate(fields.values())
    )
    return (
        '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\r\n<Obj RefId="0"><TN RefId="0">'
        "<T>System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN><ToString>x</ToString><Props>"
        f'<I32 N="Id">{event}</I32><Nil N="Qualifiers" /><I64 N="RecordId">88121</I64>'
        f'<S N="ProviderName">{provider_of(event)}</S>'
        f'<S N="LogName">{channel_of(event)}</S><I32 N="ProcessId">{LOGGER}</I32><S N="MachineName">{HOST}</S>'
        '<DT N="TimeCreated">2024-05-02T12:00:07.123456+02:00</DT><Obj N="Properties" RefId="2"><TN RefId="1"><T>L</T></TN>'
        f'<LST>{values}</LST></Obj></Props><MS><S N="Message">Ein Text</S></MS></Obj>\r\n</Objs>'
    ).encode()


def _wevtutil(event: str, fields: dict[str, str], *, labels: Sequence[str] = (), colon: str = ":") -> bytes:
    names = labels or (
        *("Log Name", "Source", "Date", "Event ID", "Task", "Level", "Opcode", "Keyword", "User", "User Name", "Computer"),
        "Description",
    )
    values = (channel_of(event), provider_of(event), TIME, event, "x", "Information", "Info", "", "N/A", "N/A", HOST, "")
    head = "\r\n".join(f"  {name}: {value}" for name, value in zip(names, values, strict=True))
    return f"Event[0]{colon}\r\n{head}\r\n{message_of(event, fields)}\r\n\r\n".encode()


def _hayabusa_fields(event: str, fields: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    short = {"CommandLine": "Cmdline", "Image": "Proc", "NewProcessName": "Proc", "ProcessName": "Proc", "User": "User",
             "ParentCommandLine": "ParentCmdline", "LogonId": "LID", "LogonGuid": "LGUID", "ProcessGuid": "PGUID",
             "ParentProcessId": "ParentPID", "ParentProcessGuid": "ParentPGUID", "SubjectUserName": "User",
             "SubjectLogonId": "LID", "NewProcessId": "PID"}  # fmt: skip
    if event != "4688":
        short["ProcessId"] = "PID"
    plain = {name: str(int(value, 16)) if name.endswith("ProcessId") and value[:2] == "0x" else value
             for name, value in fields.items()}  # fmt: skip
    details = {short[name]: value.strip("{}") for name, value in plain.items() if name in short}
    return details, {name: value for name, value in plain.items() if name not in short}


def _hayabusa(event: str, fields: dict[str, str], *, table: bool) -> dict[str, Any]:
    details, extra = _hayabusa_fields(event, fields)
    parts: Any = (details, extra)
    if table:
        parts = [" ¦ ".join(f"{name}: {value}" for name, value in part.items()) for part in (details, extra)]
    return {
        "Timestamp": "2024-05-02 12:00:07.123456 +02:00",
        "RuleTitle": "Proc Exec",
        "Level": "info",
        "Computer": HOST,
        "Channel": "Sec" if event.startswith("4") else "Sysmon",
        "EventID": int(event),
        "RecordID": 88121,
        "Details": parts[0],
        "ExtraFieldInfo": parts[1],
    }


def _flattened(event: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "Event.System.Provider.#attributes.Name": provider_of(event),
        "Event.System.EventID": int(event),
        "Event.System.TimeCreated.#attributes.SystemTime": TIME,
        "Event.System.EventRecordID": 88121,
        "Event.System.Computer": HOST,
        "Event.System.Execution.#attributes.ProcessID": LOGGER,
        **{f"Event.EventData.{name}": value for name, value in fields.items()},
    }


def _envelope(event: str, **more: Any) -> dict[str, Any]:
    return {"EventID": int(event), "Channel": channel_of(event), "Computer": HOST, "TimeCreated": TIME, "EventRecordID": 88121,
            "ProcessID": LOGGER, **more}  # fmt: skip


def _otel(event: str, data: Any) -> dict[str, Any]:
    """The body of a log record of OpenTelemetry's receiver for event logs."""
    return {"channel": channel_of(event), "computer": HOST, "event_id": {"id": int(event), "qualifiers": 0}, "record_id": 88121,
            "provider": {"name": provider_of(event), "guid": "{x}"}, "system_time": TIME, "event_data": data,
            "execution": {"process_id": LOGGER}, "message": ""}  # fmt: skip


def _eventlog(event: str, fields: dict[str, str]) -> dict[str, Any]:
    """Get-EventLog's properties."""
    return {"MachineName": HOST, "Data": [], "Index": 88121, "Category": "(13312)", "EventID": int(event), "EntryType": 8,
            "Message": "Ein Text.", "Source": provider_of(event), "ReplacementStrings": list(fields.values()),
            "InstanceId": int(event), "TimeGenerated": "/Date(1714644007123)/"}  # fmt: skip


Form = Callable[[str, dict[str, str]], bytes]
FORMS: dict[str, Form] = {
    "xml": lambda event, fields: xml_of(event, fields).encode(),
    "xml rootless, single quotes": lambda event, fields: (xml_of(event, fields, quote="'") + "\r\n").encode(),
    "xml rendered": lambda event, fields: f"<Events>{xml_of(event, fields, rendered=True)}</Events>".encode(),
    "xml utf-16": lambda event, fields: ("<?xml version='1.0'?>\r\n" + xml_of(event, fields)).encode("utf-16"),
    "xml of evtx_dump": lambda event, fields: f'Record 88121\n<?xml version="1.0"?>\n{xml_of(event, fields)}\n'.encode(),
    "xml of python-evtx": lambda event, fields: (
        f'<?xml version="1.1" encoding="utf-8" standalone="yes" ?>\n\n<Events>\n{xml_of(event, fields)}\n</Events>\n'
    ).encode(),
    "xml without names": lambda event, fields: xml_of(event, fields, unnamed=True).encode(),
    "xml in a json array": lambda event, fields: json.dumps([xml_of(event, fields)]).encode(),
    "xml in a json array, lines, escaped": lambda event, fields: (
        json.dumps([xml_of(event, fields)], indent=4).replace("<", "\\u003c").encode()
    ),
    "xml in a table of one column": lambda event, fields: _csv({"_raw": xml_of(event, fields)}),
    "evtx_dump jsonl": lambda event, fields: _json(_dumped(event, fields)),
    "evtx_dump json": lambda event, fields: ("Record 88121\n" + json.dumps(_dumped(event, fields), indent=2) + "\n").encode(),
    "EvtxToElk": lambda event, fields: _json(_dumped(event, {"Data": fields})),
    "xmltodict": lambda event, fields: _json(
        _dumped(event, {"Data": [{"@Name": name, "#text": value} for name, value in fields.items()]})
    ),
    "values in EventData": lambda event, fields: _json(_dumped(event, {"Data": list(fields.values())})),
    "flattened json": lambda event, fields: _json(_flattened(event, fields)),
    "flattened csv": lambda event, fields: _csv(_flattened(event, fields)),
    "EvtxECmd csv": lambda event, fields: _csv(_evtxecmd(event, fields)),
    "EvtxECmd json": lambda event, fields: _json(_evtxecmd(event, fields)),
    "Get-WinEvent json": _properties,
    "Get-WinEvent json, properties cut": lambda event, fields: _json(
        _powershell(event, fields, Message=message_of(event, fields), Properties=["System.Diagnostics.EventProperty"] * 15)
    ),
    "Get-WinEvent csv": lambda event, fields: _csv(
        _powershell(event, fields, Message=message_of(event, fields), Properties="System.Collections.Generic.List`1[x]")
    ),
    "Get-WinEvent list": lambda event, fields: _listed(
        _powershell(event, fields, Message=message_of(event, fields), Properties="{System.Diagnostics.EventProperty}")
    ),
    "Get-WinEvent list, default properties cut": lambda event, fields: _listed(
        {name: value for name, value in _powershell(event, fields, Message=message_of(event, fields)).items() if name != "Level"}
    ),
    "Get-EventLog json": lambda event, fields: _json(_eventlog(event, fields)),
    "Get-EventLog csv": lambda event, fields: _csv(
        {**_eventlog(event, fields), "Message": message_of(event, fields), "ReplacementStrings": "System.String[]"}
    ),
    "clixml": _clixml,
    "wevtutil text": _wevtutil,
    "wevtutil text, Windows 11": lambda event, fields: _wevtutil(event, fields, colon=""),
    "wevtutil text, German": lambda event, fields: _wevtutil(
        event,
        fields,
        labels=("Protokollname", "Quelle", "Datum", "Ereignis-ID", "Aufgabe", "Ebene", "Opcode", "Schlüsselwort", "Benutzer",
                "Benutzername", "Computer", "Beschreibung"),
    ),
    "plaso strings": lambda event, fields: _json(
        _plaso(event, fields, event_identifier=int(event), source_name=provider_of(event), computer_name=HOST,
               record_number=88121, strings=list(fields.values()), message="x")
    ),
    "plaso xml": lambda event, fields: _json(
        _plaso(event, fields, event_identifier=int(event), source_name=provider_of(event), xml_string=xml_of(event, fields))
    ),
    "plaso dynamic": lambda event, fields: _csv(
        {"datetime": "2024-05-02T10:00:07.123456+00:00", "timestamp_desc": "Creation Time", "source": "EVT",
         "source_long": "WinEVTX", "message": _plaso_message(event, fields, "  "), "parser": "winevtx", "tag": "-"}
    ),
    "Timesketch csv": lambda event, fields: _csv(
        _plaso(event, fields, event_identifier=event, source_name=provider_of(event), computer_name=HOST, record_number="88121",
               strings=str(list(fields.values())))
    ),
    "Hayabusa csv": lambda event, fields: _csv(_hayabusa(event, fields, table=True)),
    "Hayabusa json": lambda event, fields: json.dumps(_hayabusa(event, fields, table=False), indent=4).encode(),
    "chainsaw hunt": lambda event, fields: json.dumps(
        [{"group": "Sigma", "kind": "individual", "document": {"kind": "evtx", "path": "/x.evtx", "data": _dumped(event, fields)},
          "name": "A rule", "timestamp": TIME}]
    ).encode(),
    "chainsaw counted": lambda event, fields: _json(
        {"group": "Sigma", "kind": "aggregate", "documents": [{"kind": "evtx", "path": "/x", "data": _dumped(event, fields)}]}
    ),
    "nxlog": lambda event, fields: _json(
        {"EventTime": "2024-05-02 12:00:07", "@timestamp": TIME, "Hostname": HOST, "EventID": int(event),
         "SourceName": provider_of(event), "RecordNumber": 88121, "ExecutionProcessID": LOGGER, **fields}
    ),
    "nxlog csv": lambda event, fields: _csv(
        {"@timestamp": TIME, "Hostname": HOST, "EventID": event, "SourceName": provider_of(event), "RecordNumber": "1", **fields}
    ),
    "Fluent Bit": lambda event, fields: _json(
        _envelope(event, ProviderName=provider_of(event), StringInserts=list(fields.values()), Message="Ein Text.")
    ),
    "Fluentd": lambda event, fields: _json(
        _envelope(event, ProviderName=provider_of(event), EventData=list(fields.values()), Description="Ein Text.")
    ),
    "Telegraf": lambda event, fields: _json(
        _envelope(event, Source=provider_of(event), **{f"Data_{name}": value for name, value in fields.items()})
    ),
    "Telegraf's tags": lambda event, fields: _json(
        {"fields": {"EventRecordID": 88121, "TimeCreated": TIME, **{f"Data_{name}": value for name, value in fields.items()}},
         "name": "win_eventlog", "tags": {"Channel": channel_of(event), "Computer": HOST, "EventID": event,
                                          "Source": provider_of(event), "host": "x"}, "timestamp": 1714644007}
    ),
    "NoteProperties csv": lambda event, fields: _csv(
        _powershell(event, fields, Message="Ein Text.", **{f"e_{name}": value for name, value in fields.items()})
    ),
    "evtx_dump, attributes apart": lambda event, fields: _json({"Event": {
        "System": {"Provider_attributes": {"Name": provider_of(event)}, "EventID": int(event), "Computer": HOST,
                   "TimeCreated_attributes": {"SystemTime": TIME}, "EventRecordID": 88121}, "EventData": fields}}),
    "lower case": lambda event, fields: _json(
        {name.lower(): value for name, value in _envelope(event, ProviderName=provider_of(event)).items() if name != "ProcessID"}
        | {name.lower(): value for name, value in fields.items()}
    ),
    "underscores": lambda event, fields: _csv(
        {"event_id": event, "channel": channel_of(event), "provider_name": provider_of(event), "computer_name": HOST,
         "time_created": TIME, "event_record_id": "88121"}
        | {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(): value for name, value in fields.items()}
    ),
    "Data as names and values": lambda event, fields: _json(
        _dumped(event, {"Data": [{"Name": name, "Value": value} for name, value in fields.items()]})
    ),
    "Zircolite": lambda event, fields: json.dumps(
        [{"title": "A rule", "id": "1", "sigma": [], "matches": [
            _envelope(event, Provider_Name=provider_of(event), SystemTime=TIME, **fields)]}]
    ).encode(),
    "OpenTelemetry": lambda event, fields: _json(_otel(event, fields)),
    "OpenTelemetry, list": lambda event, fields: _json(
        _otel(event, {"data": [{name: value} for name, value in fields.items()]})
    ),
    "plaso l2tcsv": lambda event, fields: _csv(
        {"date": "05/02/2024", "time": "10:00:07.123", "timezone": "UTC", "MACB": "M", "source": "EVT", "sourcetype": "WinEVTX",
         "type": "Content Modification Time", "user": "-", "host": "", "short": "x", "version": "2", "filename": "Security.evtx",
         "desc": _plaso_message(event, fields, " "), "extra": "event_version: 2"}
    ),
    "Log Parser": lambda event, fields: _csv(
        {"EventLog": "Security.evtx", "RecordNumber": "88121", "TimeGenerated": TIME, "EventID": event, "EventTypeName": "x",
         "SourceName": provider_of(event), "Strings": "|".join(fields.values()), "ComputerName": HOST, "Message": "x"}
    ),
    "Velociraptor": lambda event, fields: _json(
        {"System": {"Provider": {"Name": provider_of(event)}, "EventID": {"Value": int(event)}, "Computer": HOST,
                    "TimeCreated": {"SystemTime": 1714644007.123456}, "EventRecordID": 88121,
                    "Execution": {"ProcessID": LOGGER}}, "EventData": fields, "Message": ""}
    ),
    "Velociraptor hunt csv": lambda event, fields: _csv(
        {"EventTime": TIME, "Computer": HOST, "Channel": channel_of(event), "Provider": provider_of(event), "EventID": event,
         "EventRecordID": "88121", "EventData": json.dumps(fields), "Message": ""}
    ),
    "osquery windows_events": lambda event, fields: _json(
        {"datetime": TIME, "source": channel_of(event), "provider_name": provider_of(event), "computer_name": HOST,
         "eventid": event, "data": json.dumps({"EventData": fields}), "record_id": "88121"}
    ),
    "Sentinel Event": lambda event, fields: _csv(
        {"TimeGenerated [UTC]": "5/2/2024, 10:00:07.123 AM", "Source": provider_of(event), "EventLog": channel_of(event),
         "Computer": HOST, "EventID": event, "EventData": f"<DataItem>{_event_data(event, fields)}</DataItem>",
         "ParameterXml": "", "Type": "Event", "EventOriginId": "88121"}
    ),
    "Sentinel ParameterXml": lambda event, fields: _json(
        {"TimeGenerated": TIME, "Source": provider_of(event), "EventLog": channel_of(event), "Computer": HOST,
         "EventID": int(event), "EventOriginId": "88121",
         "ParameterXml": "".join(f"<Param>{escape(value)}</Param>" for value in fields.values())}
    ),
    "Sentinel WindowsEvent": lambda event, fields: _json(
        {"TimeGenerated": TIME, "Provider": provider_of(event), "Channel": channel_of(event), "Computer": HOST,
         "EventID": int(event), "EventData": fields, "EventRecordId": "88121", "SystemProcessId": LOGGER}
    ),
}  # fmt: skip
