"""One start (winword.exe starts powershell.exe on ws-7), one end and one other event of each agent, on invented machines.

Shapes after the sources that the modules name. The start tells all that the product has.
"""

from __future__ import annotations

from typing import Any, NamedTuple

WORD, SHELL, EXPLORER = (
    "C:\\Program Files\\Office\\WINWORD.EXE",
    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    "C:\\Windows\\explorer.exe",
)
COMMAND = 'powershell.exe -nop -c "iex (gc k.ps1)"'
STAMP = "2024-05-02T10:00:07.123Z"
START_US = 1_714_644_007_123_000
MILLISECONDS = 1_714_644_007_123
END_US = 1_714_644_012_001_000


class Sample(NamedTuple):
    """Records of one product, and what it tells of the start."""

    start: dict[str, Any]
    other: dict[str, Any]
    end: dict[str, Any] | None = None
    ppid: int | None = 5210
    guid: str | None = None
    parent_guid: str | None = None
    parent: str = WORD
    ancestors: tuple[str, ...] = ()
    user: str = "LAB\\mira"
    ends: str | None = None
    """The key in the end."""


FALCON = {"aid": "5f1c", "ComputerName": "ws-7", "event_platform": "Win", "id": "0a", "timestamp": "1714644007500"}
S1 = {"endpoint.name": "ws-7", "endpoint.os": "windows", "mgmt.url": "x.example", "event.id": "01G", "agent.uuid": "u"}
S1_DEEP = {"endpointName": "ws-7", "endpointOs": "windows", "agentUuid": "u", "id": "77"}
CB = {"device_name": "LAB\\ws-7", "device_os": "WINDOWS", "device_timestamp": "2024-05-02 10:00:07.1234567 +0000 UTC"}
CB_EDR = {"computer_name": "ws-7", "sensor_id": 16, "cb_server": "cb"}
XDR = {"agent_hostname": "ws-7", "agent_os_type": "AGENT_OS_WINDOWS", "event_id": "e1"}
LC = {"hostname": "ws-7", "oid": "o", "sid": "s", "plat": 0x10000000, "event_id": "e"}
TREND = {"endpointHostName": "ws-7", "endpointGuid": "g", "uuid": "u", "eventId": "TELEMETRY_PROCESS"}
WAZUH = {"agent": {"id": "014", "name": "short"}, "manager": {"name": "wz"}, "rule": {"id": "1"}, "decoder": {"name": "d"}}
OCSF = {"class_uid": 1007, "category_uid": 1, "device": {"hostname": "ws-7", "os": {"type": "Windows"}}, "metadata": {"uid": "m"}}
ASIM = {"Dvc": "ws-7", "EventProduct": "Security Events", "TimeGenerated": "2024-05-02T10:00:08Z"}
MDE = {"DeviceName": "ws-7", "DeviceId": "d0", "ReportId": 11, "Timestamp": "2024-05-02T10:00:07.1334567Z"}

SAMPLES = {
    "defender": Sample(
        {
            **MDE,
            "ActionType": "ProcessCreated",
            "FileName": "powershell.exe",
            "FolderPath": SHELL,
            "ProcessId": 6320,
            "ProcessCommandLine": COMMAND,
            "ProcessCreationTime": STAMP,
            "ProcessUniqueId": "154",
            "AccountDomain": "LAB",
            "AccountName": "mira",
            "InitiatingProcessFileName": "WINWORD.EXE",
            "InitiatingProcessFolderPath": WORD,
            "InitiatingProcessId": 5210,
            "InitiatingProcessUniqueId": "153",
            "InitiatingProcessParentFileName": "explorer.exe",
        },
        {**MDE, "ActionType": "ConnectionSuccess", "RemoteIP": "203.0.113.9", "InitiatingProcessFileName": "a.exe"},
        guid="startkey-154",
        parent_guid="startkey-153",
        ancestors=("explorer.exe",),
    ),
    "defender-timeline": Sample(
        {
            "Event Time": "2024-05-02T10:00:07.1334567Z",
            "Machine Id": "d0",
            "Computer Name": "ws-7",
            "Action Type": "ProcessCreated",
            "File Name": "powershell.exe",
            "Folder Path": SHELL.removesuffix("\\powershell.exe"),
            "Process Command Line": COMMAND,
            "Account Domain": "LAB",
            "Account Name": "mira",
            "Process Id": "6320",
            "Process Creation Time": STAMP,
            "Initiating Process File Name": "WINWORD.EXE",
            "Initiating Process Folder Path": "C:\\Program Files\\Office",
            "Initiating Process Id": "5210",
            "Initiating Process Parent File Name": "explorer.exe",
            "Data Type": "Events",
        },
        {"Event Time": STAMP, "Machine Id": "d0", "Computer Name": "ws-7", "Action Type": "FileCreated", "File Name": "k.ps1"},
        ancestors=("explorer.exe",),
    ),
    "crowdstrike": Sample(
        {
            **FALCON,
            "event_simpleName": "ProcessRollup2",
            "ProcessStartTime": "1714644007.123",
            "TargetProcessId": "38684392320",
            "ParentProcessId": "38684391210",
            "RawProcessId": "6320",
            "ImageFileName": SHELL,
            "ParentBaseFileName": "WINWORD.EXE",
            "GrandParentBaseFileName": "explorer.exe",
            "CommandLine": COMMAND,
            "UserName": "LAB\\mira",
            "IntegrityLevel": "8192",
        },
        {**FALCON, "event_simpleName": "NetworkConnectIP4", "ContextProcessId": "38684392320", "RemoteAddressIP4": "203.0.113.9"},
        {
            **FALCON,
            "event_simpleName": "EndOfProcess",
            "ContextTimeStamp": "1714644012.001",
            "TargetProcessId": "38684392320",
            "RawProcessId": "6320",
        },
        ppid=None,
        guid="falcon-38684392320",
        parent_guid="falcon-38684391210",
        parent="WINWORD.EXE",
        ancestors=("explorer.exe",),
        ends="falcon-38684392320",
    ),
    "crowdstrike-event-search": Sample(
        {
            "aid": "5f1c",
            "ComputerName": "ws-7",
            "event_simpleName": "SyntheticProcessRollup2",
            "ProcessStartTime_decimal": "1714644007.123",
            "TargetProcessId_decimal": "38684392320",
            "ParentProcessId_decimal": "38684391210",
            "RawProcessId_decimal": "6320",
            "FilePath": SHELL.removesuffix("powershell.exe"),
            "FileName": "powershell.exe",
            "ParentBaseFileName": "WINWORD.EXE",
            "CommandLine": COMMAND,
            "UserName": "LAB\\mira",
        },
        {"aid": "5f1c", "ComputerName": "ws-7", "event_simpleName": "DnsRequest", "DomainName": "x.example"},
        ppid=None,
        guid="falcon-38684392320",
        parent_guid="falcon-38684391210",
        parent="WINWORD.EXE",
    ),
    "crowdstrike-logscale": Sample(
        {
            **FALCON,
            "#event_simpleName": "ProcessRollup2",
            "#repo": "base_sensor",
            "@timestamp": 1714644007500,
            "ProcessStartTime": 1714644007.123,
            "TargetProcessId": "38684392320",
            "ParentProcessId": "38684391210",
            "RawProcessId": 6320,
            "ImageFileName": SHELL,
            "ParentBaseFileName": "WINWORD.EXE",
            "CommandLine": COMMAND,
            "UserName": "LAB\\mira",
        },
        {**FALCON, "#event_simpleName": "ProcessBlocked", "#repo": "base_sensor", "ImageFileName": SHELL},
        {**FALCON, "#event_simpleName": "TerminateProcess", "ContextTimeStamp": "1714644012.001", "RawProcessId": "6320"},
        ppid=None,
        guid="falcon-38684392320",
        parent_guid="falcon-38684391210",
        parent="WINWORD.EXE",
    ),
    "sentinelone": Sample(
        {
            **S1,
            "event.type": "Process Creation",
            "event.time": 1714644007200,
            "tgt.process.startTime": MILLISECONDS,
            "tgt.process.image.path": SHELL,
            "tgt.process.name": "powershell.exe",
            "tgt.process.pid": 6320,
            "tgt.process.uid": "D004",
            "tgt.process.cmdline": COMMAND,
            "tgt.process.user": "LAB\\mira",
            "src.process.image.path": WORD,
            "src.process.pid": 5210,
            "src.process.uid": "F594",
            "src.process.parent.image.path": EXPLORER,
        },
        {**S1, "event.type": "IP Connect", "src.process.uid": "F594", "dst.ip.address": "203.0.113.9"},
        {**S1, "event.type": "Process Exit", "event.time": 1714644012001, "src.process.pid": 6320, "src.process.uid": "D004"},
        guid="s1-d004",
        parent_guid="s1-f594",
        ancestors=(EXPLORER,),
        ends="s1-d004",
    ),
    "sentinelone-deep-visibility": Sample(
        {
            **S1_DEEP,
            "eventType": "Process Creation",
            "tgtProcStartTime": STAMP,
            "tgtProcImagePath": SHELL,
            "tgtProcName": "powershell.exe",
            "tgtProcPid": "6320",
            "tgtProcUid": "D004",
            "tgtProcCmdLine": COMMAND,
            "tgtProcUser": "LAB\\mira",
            "srcProcImagePath": WORD,
            "srcProcName": "WINWORD.EXE",
            "srcProcPid": "5210",
            "srcProcUid": "F594",
            "srcProcParentImagePath": EXPLORER,
        },
        {**S1_DEEP, "eventType": "File Creation", "srcProcName": "WINWORD.EXE", "tgtFilePath": "C:\\k.ps1"},
        guid="s1-d004",
        parent_guid="s1-f594",
        ancestors=(EXPLORER,),
    ),
    "carbon-black-cloud": Sample(
        {
            **CB,
            "type": "endpoint.event.procstart",
            "action": "ACTION_CREATE_PROCESS",
            "sensor_action": "ACTION_ALLOW",
            "event_id": "c",
            "process_guid": "X-1-5210",
            "process_pid": 5210,
            "process_path": WORD,
            "parent_guid": "X-1-4100",
            "parent_pid": 4100,
            "parent_path": EXPLORER,
            "childproc_guid": "X-1-6320",
            "childproc_pid": 6320,
            "childproc_name": SHELL,
            "childproc_username": "LAB\\mira",
            "target_cmdline": COMMAND,
        },
        {**CB, "type": "endpoint.event.netconn", "process_guid": "X-1-5210", "process_pid": 5210, "process_path": WORD},
        {
            **CB,
            "type": "endpoint.event.procend",
            "device_timestamp": "2024-05-02 10:00:12.001 +0000 UTC",
            "process_guid": "X-1-6320",
            "process_pid": 6320,
            "process_path": SHELL,
            "parent_guid": "X-1-5210",
        },
        guid="cb-x-1-6320",
        parent_guid="cb-x-1-5210",
        ancestors=(EXPLORER,),
        ends="cb-x-1-6320",
    ),
    "carbon-black-edr": Sample(
        {
            **CB_EDR,
            "type": "ingress.event.procstart",
            "event_type": "proc",
            "timestamp": 1714644007.123,
            "path": SHELL,
            "pid": 6320,
            "process_guid": "00000010-0000-18b0-01d5-f07419f8eb97",
            "parent_guid": "00000010-0000-145a-01d5-f07419d75576",
            "parent_pid": 5210,
            "parent_path": WORD,
            "command_line": COMMAND,
            "username": "LAB\\mira",
        },
        {**CB_EDR, "type": "ingress.event.netconn", "process_guid": "00000010-0000-18b0-01d5-f07419f8eb97", "pid": 6320},
        {
            **CB_EDR,
            "type": "ingress.event.procend",
            "timestamp": 1714644012.001,
            "pid": 6320,
            "process_guid": "00000010-0000-18b0-01d5-f07419f8eb97",
        },
        guid="cb-00000010-0000-18b0-01d5-f07419f8eb97",
        parent_guid="cb-00000010-0000-145a-01d5-f07419d75576",
        ends="cb-00000010-0000-18b0-01d5-f07419f8eb97",
    ),
    "cortex-xdr": Sample(
        {
            **XDR,
            "_time": STAMP,
            "event_type": "ENUM.PROCESS",
            "event_sub_type": "ENUM.PROCESS_START",
            "action_process_image_path": SHELL,
            "action_process_image_name": "powershell.exe",
            "action_process_image_command_line": COMMAND,
            "action_process_os_pid": 6320,
            "action_process_instance_id": "AdP2",
            "action_process_username": "LAB\\mira",
            "actor_process_image_path": WORD,
            "actor_process_os_pid": 5210,
            "actor_process_instance_id": "AdP1",
        },
        {**XDR, "_time": STAMP, "event_type": "ENUM.NETWORK", "actor_process_image_path": WORD, "action_remote_port": 443},
        {
            **XDR,
            "_time": "2024-05-02T10:00:12.001Z",
            "event_type": "PROCESS",
            "event_sub_type": "PROCESS_STOP",
            "action_process_image_path": SHELL,
            "action_process_os_pid": 6320,
            "action_process_instance_id": "AdP2",
        },
        guid="xdr-adp2",
        parent_guid="xdr-adp1",
        ends="xdr-adp2",
    ),
    "limacharlie": Sample(
        {
            "event": {
                "FILE_PATH": SHELL,
                "COMMAND_LINE": COMMAND,
                "PROCESS_ID": 6320,
                "PARENT_PROCESS_ID": 5210,
                "USER_NAME": "LAB\\mira",
                "PARENT": {"FILE_PATH": WORD, "PROCESS_ID": 5210, "PARENT_PROCESS_ID": 4100},
            },
            "routing": {**LC, "event_type": "NEW_PROCESS", "event_time": MILLISECONDS, "this": "aa2", "parent": "aa1"},
        },
        {"event": {"PROCESS_ID": 6320}, "routing": {**LC, "event_type": "NETWORK_CONNECTIONS", "event_time": MILLISECONDS}},
        {
            "event": {"PROCESS_ID": 6320, "PARENT_PROCESS_ID": 5210},
            "routing": {**LC, "event_type": "TERMINATE_PROCESS", "event_time": 1714644012001, "this": "aa9", "parent": "aa2"},
        },
        guid="lc-aa2",
        parent_guid="lc-aa1",
        ends="lc-aa2",
    ),
    "trend-vision-one": Sample(
        {
            **TREND,
            "eventSubId": 2,
            "objectFilePath": SHELL,
            "objectCmd": COMMAND,
            "objectPid": 6320,
            "objectUser": "mira",
            "objectUserDomain": "LAB",
            "objectLaunchTime": MILLISECONDS,
            "processFilePath": WORD,
            "processPid": 5210,
            "parentFilePath": EXPLORER,
        },
        {**TREND, "eventSubId": "101", "processFilePath": WORD, "processPid": 5210, "objectFilePath": "C:\\k.ps1"},
        {
            **TREND,
            "eventSubId": "TELEMETRY_PROCESS_TERMINATE",
            "eventTime": 1714644012001,
            "objectFilePath": SHELL,
            "objectPid": 6320,
        },
        ancestors=(EXPLORER,),
    ),
    "wazuh": Sample(
        {
            **WAZUH,
            "timestamp": "2024-05-02T10:00:07.512+0000",
            "data": {
                "win": {
                    "system": {
                        "providerName": "Microsoft-Windows-Sysmon",
                        "eventID": "1",
                        "channel": "Microsoft-Windows-Sysmon/Operational",
                        "computer": "ws-7",
                        "eventRecordID": "12",
                    },
                    "eventdata": {
                        "utcTime": "2024-05-02 10:00:07.123",
                        "processGuid": "{7c1d55e0-6420-6633-6320-000000002100}",
                        "processId": "6320",
                        "image": SHELL.replace("\\", "\\\\"),
                        "commandLine": COMMAND,
                        "user": "LAB\\\\mira",
                        "parentProcessGuid": "{7c1d55e0-6420-6633-5210-000000002100}",
                        "parentProcessId": "5210",
                        "parentImage": WORD.replace("\\", "\\\\"),
                    },
                }
            },
        },
        {**WAZUH, "syscheck": {"path": "/etc/passwd", "event": "modified"}, "location": "syscheck"},
        {
            **WAZUH,
            "timestamp": "2024-05-02T10:00:13+0000",
            "data": {
                "win": {
                    "system": {"providerName": "Microsoft-Windows-Sysmon", "eventID": "5", "computer": "ws-7"},
                    "eventdata": {
                        "utcTime": "2024-05-02 10:00:12.001",
                        "processGuid": "{7c1d55e0-6420-6633-6320-000000002100}",
                        "processId": "6320",
                        "image": SHELL.replace("\\", "\\\\"),
                    },
                }
            },
        },
        guid="7c1d55e0-6420-6633-6320-000000002100",
        parent_guid="7c1d55e0-6420-6633-5210-000000002100",
        ends="7c1d55e0-6420-6633-6320-000000002100",
    ),
    "ocsf": Sample(
        {
            **OCSF,
            "activity_id": 1,
            "time": 1714644007200,
            "process": {
                "pid": 6320,
                "uid": "P2",
                "name": "powershell.exe",
                "file": {"path": SHELL, "name": "powershell.exe"},
                "cmd_line": COMMAND,
                "created_time": MILLISECONDS,
                "user": {"name": "mira", "domain": "LAB"},
                "parent_process": {"pid": 5210, "uid": "P1", "file": {"path": WORD}},
            },
            "actor": {"process": {"pid": 5210, "uid": "P1", "file": {"path": WORD}}},
        },
        {**OCSF, "class_uid": 4001, "activity_id": 1, "dst_endpoint": {"ip": "203.0.113.9"}},
        {**OCSF, "activity_id": 2, "time": 1714644012001, "process": {"pid": 6320, "uid": "P2", "file": {"path": SHELL}}},
        guid="p2",
        parent_guid="p1",
        ends="p2",
    ),
    "asim": Sample(
        {
            **ASIM,
            "EventType": "ProcessCreated",
            "EventStartTime": STAMP,
            "TargetProcessName": SHELL,
            "TargetProcessId": "6320",
            "TargetProcessCommandLine": COMMAND,
            "TargetUsername": "LAB\\mira",
            "ActingProcessName": WORD,
            "ActingProcessId": "0x145a",
            "ActorUsername": "LAB\\mira",
            "ParentProcessName": EXPLORER,
        },
        {**ASIM, "EventType": "ProcessInjected", "TargetProcessName": SHELL, "ActingProcessName": WORD},
        {
            **ASIM,
            "EventType": "ProcessTerminated",
            "EventEndTime": "2024-05-02T10:00:12.001Z",
            "TargetProcessName": SHELL,
            "TargetProcessId": "6320",
            "ActorUsername": "LAB\\mira",
        },
        ancestors=(EXPLORER,),
    ),
    "splunk-security": Sample(
        {
            "_time": STAMP,
            "host": "ws-7",
            "EventCode": "4688",
            "New_Process_Name": SHELL,
            "New_Process_ID": "0x18b0",
            "Creator_Process_ID": "0x145a",
            "Creator_Process_Name": WORD,
            "Process_Command_Line": COMMAND,
            "Account_Name": "mira\n-",
            "Account_Domain": "LAB\n-",
        },
        {"_time": STAMP, "host": "ws-7", "EventCode": "4624", "Process_Name": WORD, "Process_ID": "0x145a"},
        {
            "_time": "2024-05-02T10:00:12.001Z",
            "host": "ws-7",
            "EventCode": "4689",
            "Process_Name": SHELL,
            "Process_ID": "0x18b0",
        },
    ),
    "splunk-cim": Sample(
        {
            "_time": "1714644007.123",
            "Processes.dest": "ws-7",
            "Processes.process_path": SHELL,
            "Processes.process_name": "powershell.exe",
            "Processes.process": COMMAND,
            "Processes.process_id": "6320",
            "Processes.parent_process_id": "5210",
            "Processes.parent_process_name": "WINWORD.EXE",
            "Processes.parent_process_path": WORD,
            "Processes.user": "LAB\\mira",
            "Processes.action": "allowed",
        },
        {
            "_time": "1714644007.123",
            "Processes.dest": "ws-7",
            "Processes.process_name": "mimikatz.exe",
            "Processes.process": "mimikatz.exe",
            "Processes.parent_process_name": "cmd.exe",
            "Processes.action": "blocked",
        },
    ),
    "udm": Sample(
        {
            "udm": {
                "metadata": {"id": "e1", "eventTimestamp": STAMP, "eventType": "PROCESS_LAUNCH", "vendorName": "x"},
                "principal": {
                    "hostname": "ws-7",
                    "platform": "WINDOWS",
                    "user": {"userid": "LAB\\mira"},
                    "process": {"pid": "5210", "file": {"fullPath": WORD}, "productSpecificProcessId": "CS:5f1c:1"},
                },
                "target": {
                    "process": {
                        "pid": "6320",
                        "file": {"fullPath": SHELL},
                        "commandLine": COMMAND,
                        "productSpecificProcessId": "CS:5f1c:2",
                    }
                },
            }
        },
        {"udm": {"metadata": {"eventTimestamp": STAMP, "eventType": "NETWORK_CONNECTION"}, "principal": {"hostname": "ws-7"}}},
        {
            "metadata": {"event_timestamp": "2024-05-02T10:00:12.001Z", "event_type": "PROCESS_TERMINATION"},
            "principal": {"hostname": "ws-7"},
            "target": {"process": {"pid": "6320", "product_specific_process_id": "CS:5f1c:2", "file": {"full_path": SHELL}}},
        },
        guid="cs:5f1c:2",
        parent_guid="cs:5f1c:1",
        ends="cs:5f1c:2",
    ),
    "sophos": Sample(
        {
            "meta_hostname": "ws-7",
            "sophos_pid": "6320:133591176071230000",
            "parent_sophos_pid": "5210:133591176001230000",
            "path": SHELL,
            "process_name": "powershell.exe",
            "cmd_line": COMMAND,
            "parent_path": WORD,
            "username": "LAB\\mira",
            "process_start_time": 1714644007,
        },
        {"meta_hostname": "ws-7", "sophos_pid": "6320:133591176071230000", "destination": "203.0.113.9", "path": SHELL},
        guid="sophos-6320:133591176071230000",
        parent_guid="sophos-5210:133591176001230000",
    ),
    "trellix-hx": Sample(
        {
            "hostname": "ws-7",
            "_id": 5,
            "event_type": "processEvent",
            "event_values": {
                "processEvent/timestamp": STAMP,
                "processEvent/eventType": "start",
                "processEvent/pid": "6320",
                "processEvent/processPath": SHELL,
                "processEvent/process": "powershell.exe",
                "processEvent/processCmdLine": COMMAND,
                "processEvent/parentPid": "5210",
                "processEvent/parentProcess": "WINWORD.EXE",
                "processEvent/parentProcessPath": WORD,
                "processEvent/username": "LAB\\mira",
            },
        },
        {"hostname": "ws-7", "event_type": "fileWriteEvent", "event_values": {"fileWriteEvent/fullPath": "C:\\k.ps1"}},
        {
            "hostname": "ws-7",
            "event_type": "processEvent",
            "event_values": {
                "processEvent/timestamp": "2024-05-02T10:00:12.001Z",
                "processEvent/eventType": "end",
                "processEvent/pid": "6320",
                "processEvent/processPath": SHELL,
            },
        },
    ),
}
