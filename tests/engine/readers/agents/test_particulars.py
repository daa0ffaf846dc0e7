"""What single agents do that no other does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.agents import velociraptor, wazuh
from engine.readers.agents.edr import carbon_black, cortex_xdr, crowdstrike, crowdstrike_detections, defender, sentinelone
from engine.readers.agents.schemas import asim, cim, ocsf, splunk_security
from engine.readers.records.shapes import items_of, recognised
from engine.readers.text.moments import Moments
from tests.engine.readers.agents.samples import COMMAND, SAMPLES, SHELL, START_US, WORD


def start(name: str, *without: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in (SAMPLES[name].start | more).items() if key not in without}


def event(item: ReaderItem) -> ProcessEvent:
    assert isinstance(item, ProcessEvent)
    return item


def test_defender_leaves_out_rows_of_other_tables_that_have_no_action() -> None:
    row = start("defender", "ActionType", Type="DeviceNetworkEvents")
    assert defender.map_record(row, 1, Moments()) is None
    assert event(defender.map_record(row | {"Type": "DeviceProcessEvents"}, 1, Moments())).pid == 6320


@pytest.mark.parametrize(
    "record",
    [
        {"Timestamp": "x", "DeviceId": "d0", "ReportId": 5, "DeviceName": "ws-7", "OSPlatform": "Windows11"},
        {"Timestamp": "x", "DeviceId": "d0", "ActionType": "LogonSuccess", "AccountName": "mira"},
        {"Timestamp": "x", "AlertId": "a", "EntityType": "Process", "FileName": "powershell.exe", "ProcessCommandLine": ""},
        {"time": "x", "category": "AdvancedHunting-EmailEvents", "properties": {"Subject": "Angebot"}},
        {"EventSchema": "FileEvent", "EventProduct": "x", "EventType": "FileCreated", "TargetFilePath": "C:\\k.ps1"},
    ],
)
def test_rows_of_tables_beside_processes_are_known_and_none(record: dict[str, Any]) -> None:
    assert list(items_of(record, 1, Moments())) == [None]
    assert recognised(record)


def test_every_event_of_a_timeline_has_a_type() -> None:
    assert defender.map_record(start("defender-timeline", "Action Type") | {"Action Type": ""}, 1, Moments()) is None


def test_falcon_names_a_host_by_its_sensor_and_a_linux_program_by_its_command() -> None:
    record = start("crowdstrike", "ComputerName", "ParentBaseFileName", "GrandParentBaseFileName", event_platform="Lin")
    found = event(crowdstrike.map_record(record | {"ImageFileName": "/", "CommandLine": "runc init"}, 1, Moments()))
    assert (found.host, found.image, found.os) == ("5f1c", "runc", "linux")


def test_tables_that_come_with_falcons_events_are_known_and_none() -> None:
    hosts = {"aid": "5f1c", "cid": "c", "ComputerName": "ws-7", "AgentVersion": "6.5", "Time": "1714644000"}
    users = {"cid": "c", "UserName": "mira", "UserSid_readable": "S-1-5-21", "LastLoggedOnHost": "ws-7"}
    for record in (hosts, users):
        assert list(items_of(record, 1, Moments())) == [None]
        assert crowdstrike.recognises(record)


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_tables_of_query_services_fold_the_names(change: Callable[[str], str]) -> None:
    for name, kind in (("crowdstrike", crowdstrike), ("cortex-xdr", cortex_xdr)):
        record = {change(key): value for key, value in SAMPLES[name].start.items()}
        assert kind.recognises(record)
        found = event(kind.map_record(record, 1, Moments()))
        assert (found.image, found.pid, found.host, found.time_us) == (SHELL, 6320, "ws-7", START_US)


DETECTION = {
    "EventType": "Event_ExternalApiEvent", "ExternalApiType": "Event_DetectionSummaryEvent", "cid": "c", "eid": 118,
    "AgentIdString": "4544", "ComputerName": "ws-7", "UserName": "mira", "MachineDomain": "LAB", "FileName": "powershell.exe",
    "FilePath": "\\Device\\HarddiskVolume3\\Windows\\System32\\WindowsPowerShell\\v1.0", "CommandLine": COMMAND,
    "ProcessId": 38684392320, "ParentProcessId": 38684391210, "ParentImageFileName": WORD, "ParentCommandLine": "winword",
    "GrandparentImageFileName": "explorer.exe", "ProcessStartTime": 1714644007, "SHA256String": "aa",
    "PatternDispositionFlags": {"ProcessBlocked": False, "KillProcess": True},
}  # fmt: skip


@pytest.mark.parametrize("record", [DETECTION, {"metadata": {"eventType": "DetectionSummaryEvent"}, "event": DETECTION}])
def test_a_detection_tells_its_process(record: dict[str, Any]) -> None:
    (item,) = items_of(record, 1, Moments())
    found = event(item)
    assert found.image == "\\Device\\HarddiskVolume3\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
    assert (found.pid, found.guid, found.parent_guid) == (None, "falcon-38684392320", "falcon-38684391210")
    assert (found.host, found.user, found.parent_image, found.ancestors) == ("ws-7", "LAB\\mira", WORD, ("explorer.exe",))


def test_a_blocked_process_and_other_events_of_the_stream_are_none() -> None:
    blocked = {**DETECTION, "PatternDispositionFlags": {"ProcessBlocked": True}}
    assert crowdstrike_detections.map_record(blocked, 1, Moments()) is None
    other = {"metadata": {"eventType": "AuthActivityAuditEvent", "customerIDString": "c", "offset": 7}, "event": {"UserId": "x"}}
    assert crowdstrike_detections.recognises(other)
    assert crowdstrike_detections.map_record(other, 1, Moments()) is None


@pytest.mark.parametrize(("level", "name"), [("8192", "Medium"), (16384, "System"), ("High", "High"), ("0", "Untrusted")])
def test_levels_are_named(level: object, name: str) -> None:
    assert event(crowdstrike.map_record(start("crowdstrike", IntegrityLevel=level), 1, Moments())).integrity == name


def test_hashes_of_zeros_are_none() -> None:
    record = start("crowdstrike", SHA256HashData="0" * 64, MD5HashData="cf28")
    assert event(crowdstrike.map_record(record, 1, Moments())).hashes == "MD5=cf28"


def test_a_zero_parent_is_no_parent() -> None:
    record = start("crowdstrike", ParentProcessId="0", TargetProcessId=38684392320.0)
    found = event(crowdstrike.map_record(record, 1, Moments()))
    assert (found.parent_guid, found.guid) == (None, "falcon-38684392320")


@pytest.mark.parametrize("kept", ["name", "image.path"])
def test_columns_that_a_query_of_sentinelone_chose(kept: str) -> None:
    """PowerQuery: event.type = 'Process Creation' | columns event.time, endpoint.name, src.process.name, tgt.process.name, …"""
    chosen = ("event.time", "event.type", "endpoint.name", "src.process.pid", "tgt.process.pid", "tgt.process.cmdline")
    row = start("sentinelone") | {"src.process.name": "WINWORD.EXE"}
    columns = {name: str(row[name]) for name in (*chosen, f"src.process.{kept}", f"tgt.process.{kept}")}
    assert sentinelone.recognises(columns)
    found = event(sentinelone.map_record(columns, 1, Moments()))
    assert (found.pid, found.ppid, found.command_line, found.host) == (6320, 5210, COMMAND, "ws-7")
    assert (found.image, found.parent_image) == (
        ("powershell.exe", "WINWORD.EXE") if kept == "name" else (SHELL, row["src.process.image.path"])
    )
    assert sentinelone.map_record(columns | {"event.type": "IP Connect"}, 1, Moments()) is None


def test_columns_of_a_search_of_carbon_black_are_judged_by_what_they_hold() -> None:
    row = {
        "device_timestamp": "2024-05-02T10:00:07.123Z",
        "device_name": "LAB\\ws-7",
        "process_name": SHELL,
        "process_pid": "6320",
        "process_cmdline": COMMAND,
        "parent_name": WORD,
        "parent_pid": "5210",
        "process_guid": "ABC-1",
    }
    (found,) = items_of(row, 1, Moments())
    assert (event(found).image, event(found).pid, event(found).parent_image) == (SHELL, 6320, WORD)
    assert list(items_of(row | {"type": "endpoint.event.netconn"}, 1, Moments())) == [None]


def test_deep_visibility_before_sources_and_targets() -> None:
    record = {
        "eventType": "Process Creation", "agentName": "ws-7", "agentOs": "windows", "processName": "powershell.exe",
        "processImagePath": SHELL, "processCmd": COMMAND, "pid": "6320", "processUniqueKey": "D004", "parentPid": "5210",
        "parentProcessName": "WINWORD.EXE", "parentProcessUniqueKey": "F594", "processStartTime": "2024-05-02T10:00:07.123Z",
    }  # fmt: skip
    found = event(sentinelone.map_record(record, 1, Moments()))
    assert (found.image, found.pid, found.ppid, found.parent_image) == (SHELL, 6320, 5210, "WINWORD.EXE")
    assert (found.guid, found.parent_guid, found.time_us) == ("s1-d004", "s1-f594", START_US)


def test_a_denied_start_is_no_start() -> None:
    assert carbon_black.map_record(start("carbon-black-cloud", sensor_action="ACTION_DENY"), 1, Moments()) is None


@pytest.mark.parametrize("status", [{"status_id": 2}, {"action_id": 2}, {"disposition_id": "2"}, {"status": "Failure"}])
def test_a_launch_that_did_not_come_about_is_none(status: dict[str, object]) -> None:
    assert ocsf.map_record(start("ocsf") | status, 1, Moments()) is None


def test_a_found_process_of_carbon_black_edr() -> None:
    record = {
        "id": "00000031-0000-0768-01d4-b1e6197c3edd", "unique_id": "00000031-0000-0768-01d4-b1e6197c3edd-000000000001",
        "parent_unique_id": "00000031-0000-09cc-01d4-b1e61979dd7c-000000000001", "process_name": "cmd.exe",
        "path": "c:\\windows\\system32\\cmd.exe", "cmdline": "cmd /c tasklist", "process_pid": 1896, "parent_pid": 2508,
        "parent_name": "cmd.exe", "hostname": "lab1", "start": "2019-01-22T00:04:52.875Z", "username": "LAB\\a",
        "os_type": "windows", "sensor_id": 49,
    }  # fmt: skip
    (item,) = items_of(record, 1, Moments())
    found = event(item)
    assert (found.image, found.pid, found.ppid, found.host) == ("c:\\windows\\system32\\cmd.exe", 1896, 2508, "lab1")
    assert found.guid == "cb-00000031-0000-0768-01d4-b1e6197c3edd"
    assert found.parent_guid == "cb-00000031-0000-09cc-01d4-b1e61979dd7c"


def test_a_found_process_of_the_cloud_lists_its_ids() -> None:
    record = {
        "process_guid": "X-1-6320", "parent_guid": "X-1-5210", "device_name": "ws-7", "process_name": SHELL, "parent_name": WORD,
        "process_pid": [6320], "parent_pid": 5210, "process_cmdline": [COMMAND], "process_username": ["LAB\\mira"],
        "process_hash": ["a" * 32, "b" * 64], "process_start_time": "2024-05-02T10:00:07.123Z",
    }  # fmt: skip
    (item,) = items_of(record, 1, Moments())
    found = event(item)
    assert (found.image, found.pid, found.command_line, found.user) == (SHELL, 6320, COMMAND, "LAB\\mira")
    assert found.hashes == "MD5=" + "a" * 32 + ",SHA256=" + "b" * 64


def test_cortex_numbers_its_types_in_its_interface() -> None:
    record = start("cortex-xdr", event_type=1, event_sub_type=1, event_timestamp=1714644007123)
    assert event(cortex_xdr.map_record(record, 1, Moments())).pid == 6320
    assert cortex_xdr.map_record(start("cortex-xdr", event_type=3), 1, Moments()) is None


def test_an_event_id_alone_is_no_winlogbeat() -> None:
    (item,) = items_of(start("cortex-xdr"), 1, Moments())
    assert event(item).kind == "edr-cortex"


def test_asim_failures_and_the_parent_of_the_acting_process() -> None:
    assert asim.map_record(start("asim", EventResult="Failure"), 1, Moments()) is None
    found = event(asim.map_record(start("asim", "ActingProcessName"), 1, Moments()))
    # ParentProcessName is two steps above the target: without the step between it is not its parent.
    assert found.parent_image is None


def test_columns_of_a_portal_written_on_as_json() -> None:
    record = start("asim", "EventStartTime", "TimeGenerated") | {"TimeGenerated [UTC]": "5/2/2024, 10:00:07.123 AM"}
    assert event(asim.map_record(record, 1, Moments())).time_us == START_US


def test_a_structure_as_json_text_in_a_table() -> None:
    record = {"class_uid": "1007", "activity_id": "1", "category_uid": "1", "device": '{"hostname": "ws-7"}'}
    process = json.dumps(SAMPLES["ocsf"].start["process"])
    (item,) = items_of(record | {"process": process}, 1, Moments())
    found = event(item)
    assert (found.image, found.pid, found.host, found.parent_image) == (SHELL, 6320, "ws-7", WORD)


def test_wazuh_keeps_single_backslashes_and_halves_doubled_ones() -> None:
    record = start("wazuh")
    data = record["data"]["win"]["eventdata"]
    single = {key: value.replace("\\\\", "\\") for key, value in data.items()}
    share = single | {"commandLine": "net use \\\\srv\\share"}
    kept = event(wazuh.map_record({**record, "data": {"win": {**record["data"]["win"], "eventdata": share}}}, 1, Moments()))
    assert (kept.image, kept.command_line) == (SHELL, "net use \\\\srv\\share")
    doubled = data | {"commandLine": "net use \\\\\\\\srv\\\\share"}
    halved = event(wazuh.map_record({**record, "data": {"win": {**record["data"]["win"], "eventdata": doubled}}}, 1, Moments()))
    assert (halved.image, halved.command_line) == (SHELL, "net use \\\\srv\\share")


@pytest.mark.parametrize("change", [lambda key: key, lambda key: key[:1].upper() + key[1:]])
def test_wazuh_before_and_after_it_changed_its_keys(change: Callable[[str], str]) -> None:
    win = SAMPLES["wazuh"].start["data"]["win"]
    system = {change(key): value for key, value in win["system"].items()}
    data = {change(key): value for key, value in win["eventdata"].items()}
    for held in (
        {"win": {"system": system, "eventdata": data}},
        {"EventChannel": {"System": system, "EventData": data}},
        {"system": system, "eventdata": data},
    ):
        (item,) = items_of({**start("wazuh"), "data": held}, 1, Moments())
        assert (event(item).image, event(item).pid, event(item).host) == (SHELL, 6320, "ws-7")


AUDIT: dict[str, Any] = {
    "timestamp": "2024-05-02T10:00:08.000+0000", "agent": {"name": "web-3"}, "manager": {"name": "wz"}, "rule": {"id": "80792"},
    "full_log": "type=SYSCALL msg=audit(1714644007.123:752): arch=c000003e syscall=59 success=yes",
    "data": {
        "audit": {
            "type": "SYSCALL", "id": "752", "syscall": "59", "success": "yes", "ppid": "812", "pid": "2001", "uid": "0",
            "exe": "/usr/bin/dash", "cwd": "/var/www", "execve": {"a0": "sh", "a1": "-c", "a2": "id"},
        }
    },
}  # fmt: skip


def test_an_execve_that_wazuh_put_together() -> None:
    found = event(wazuh.map_record(AUDIT, 1, Moments()))
    assert (found.image, found.pid, found.ppid, found.host) == ("/usr/bin/dash", 2001, 812, "web-3")
    assert (found.command_line, found.cwd, found.user, found.time_us) == ("sh -c id", "/var/www", "0", START_US)


@pytest.mark.parametrize("change", [{"success": "no"}, {"syscall": "2", "execve": None}])
def test_failed_and_other_calls_are_no_starts(change: dict[str, Any]) -> None:
    audit = AUDIT["data"]["audit"] | change
    assert wazuh.map_record({**AUDIT, "data": {"audit": audit}}, 1, Moments()) is None


def test_an_execve_without_program_is_told() -> None:
    reject = wazuh.map_record({**AUDIT, "data": {"audit": AUDIT["data"]["audit"] | {"exe": ""}}}, 1, Moments())
    assert isinstance(reject, Reject)
    assert (reject.code, reject.reason) == ("incomplete-event", "data.audit.exe is missing.")


@pytest.mark.parametrize(
    "accounts",
    [
        {"Account_Name": ["tom", "mira"], "Account_Domain": ["LAB", "LAB"]},
        {"Account_Name": "tom\nmira", "Account_Domain": "LAB\nLAB"},
        {
            "Account_Name": "tom",
            "__mv_Account_Name": "$tom$;$mira$",
            "Account_Domain": "LAB",
            "__mv_Account_Domain": "$LAB$;$LAB$",
        },
    ],
)
def test_of_two_accounts_the_process_runs_as_the_second(accounts: dict[str, Any]) -> None:
    assert event(splunk_security.map_record(start("splunk-security") | accounts, 1, Moments())).user == "LAB\\mira"


def test_an_end_under_splunks_names() -> None:
    row = {"EventCode": 4689, "Process_Name": "C:\\a.exe", "Process_ID": "0x600", "_time": "2024-05-02T10:00:07.123Z"}
    assert splunk_security.map_record(row, 3, Moments()) == ProcessEnd(position=3, time_us=START_US, pid=0x600, image="C:\\a.exe")


def test_names_of_the_text_beside_an_event_id() -> None:
    row = start("splunk-security", "EventCode", EventID=4688)
    (item,) = items_of(row, 1, Moments())
    assert (event(item).pid, event(item).ppid) == (6320, 5210)


def test_the_data_model_beside_an_events_own_fields_is_left_to_them() -> None:
    row = start("splunk-cim")
    assert cim.recognises(row)
    assert not cim.recognises(row | {"Image": SHELL})


def test_processes_of_a_cybereason_investigation() -> None:
    def element(name: str, guid: str) -> dict[str, Any]:
        return {"totalValues": 1, "elementValues": [{"elementType": "x", "guid": guid, "name": name}]}

    process = {
        "simpleValues": {
            "elementDisplayName": {"totalValues": 1, "values": ["powershell.exe"]}, "commandLine": {"values": [COMMAND]},
            "creationTime": {"values": ["1714644007123"]}, "executionPrevented": {"values": ["false"]},
        },
        "elementValues": {
            "ownerMachine": element("ws-7", "m"), "calculatedUser": element("LAB\\mira", "u"),
            "parentProcess": element("winword.exe", "-18.1"),
        },
    }  # fmt: skip
    machine = {"simpleValues": {"elementDisplayName": {"values": ["ws-7"]}}, "elementValues": {"self": element("ws-7", "m")}}
    prevented = {**process, "simpleValues": {**process["simpleValues"], "executionPrevented": {"values": ["true"]}}}
    elements = {"-18.2": process, "-18.3": machine, "-18.4": prevented}
    item, *others = items_of({"data": {"resultIdToElementDataMap": elements}, "status": "SUCCESS"}, 1, Moments())
    found = event(item)
    assert (found.image, found.host, found.user, found.time_us) == ("powershell.exe", "ws-7", "LAB\\mira", START_US)
    assert (found.guid, found.parent_guid, found.parent_image) == ("cybereason--18.2", "cybereason--18.1", "winword.exe")
    assert others == [None, None]


def test_the_call_chain_of_velociraptor() -> None:
    row = {
        "Timestamp": "2024-05-02T10:00:07.123Z", "PPID": 5210, "PID": 6320, "Name": "powershell.exe", "CommandLine": COMMAND,
        "CallChain": "powershell.exe <- WINWORD.EXE <- explorer.exe", "Fqdn": "ws-7",
    }  # fmt: skip
    found = event(velociraptor.map_record(row, 1, Moments()))
    assert (found.image, found.pid, found.ppid, found.host, found.os) == ("powershell.exe", 6320, 5210, "ws-7", "windows")
    assert (found.parent_image, found.ancestors) == ("WINWORD.EXE", ("explorer.exe",))


def test_executions_of_velociraptor() -> None:
    row = {
        "Time": 1714644007.123, "Pid": 2001, "Ppid": 812, "UserId": 33, "User": "www-data", "Parent": "/usr/sbin/nginx -g x",
        "CmdLine": "sh -c id", "Exe": "/usr/bin/dash", "CWD": "/var/www",
    }  # fmt: skip
    (item,) = items_of(row, 1, Moments())
    found = event(item)
    assert (found.image, found.pid, found.ppid, found.os, found.user) == ("/usr/bin/dash", 2001, 812, "linux", "www-data")
    assert (found.parent_image, found.cwd, found.time_us) == ("/usr/sbin/nginx", "/var/www", START_US)


@pytest.mark.parametrize("parent", ["parent_process_path", "parent_process"])
def test_a_row_of_the_endpoint_model_that_lists_little_of_the_parent(parent: str) -> None:
    row = {"_time": "2024-05-13T10:00:07.000+00:00", "Processes.dest": "ws-9", "Processes.process_name": "p.exe",
           "Processes.process_id": "6320", "Processes.parent_process_id": "5210", f"Processes.{parent}": "C:\\w.exe"}  # fmt: skip
    (item,) = items_of(row, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.pid, item.ppid, item.host, item.parent_image) == ("p.exe", 6320, 5210, "ws-9", "C:\\w.exe")
