"""What agents, schemas and the things around records write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.engine.readers.agents.samples import SAMPLES
from tests.engine.readers.agents.test_particulars import DETECTION
from tests.engine.readers.records.test_envelopes import answer, document, otlp, receiver
from tests.engine.readers.records.test_envelopes import flat as flat_4688
from tests.engine.readers.records.test_graylog import BEATS, GELF
from tests.engine.readers.records.test_osquery import ETW, NGINX
from tests.engine.readers.records.test_splunk import BESIDE, RAWS
from tests.engine.readers.seeds import _defender, _ecs, _osquery, _own, _splunk
from tests.robustness.samples.sample import EVERY, JSON, LINES, TEXT, Row, Sample, numbered

FAMILY = "json"
SLUGS = {
    "crowdstrike-event-search": "crowdstrike",
    "crowdstrike-logscale": "crowdstrike",
    "sentinelone-deep-visibility": "sentinelone",
}
WORDS = {"powershell.exe": "prog{n}.exe", "6320": "{pid}", "38684392320": "3868439{pid}"}


def agent_samples() -> Iterator[Sample]:
    """All of them."""
    for name, sample in SAMPLES.items():
        others = tuple(record for record in (sample.other, sample.end) if record)
        yield Sample(SLUGS.get(name, name), FAMILY, numbered(sample.start, **WORDS), EVERY, others, title=name)
    yield Sample("defender", FAMILY, _defender, title="advanced hunting")
    yield Sample("crowdstrike-detections", FAMILY, numbered(DETECTION, **WORDS))
    yield Sample("cybereason", FAMILY, _cybereason, JSON)
    yield Sample("ecs", FAMILY, _ecs)
    yield Sample("endgame", FAMILY, _endgame, others=({**_endgame(0), "event_subtype_full": "termination_event"},))
    yield Sample("oddkin", FAMILY, _own, JSON)
    yield Sample("osquery", FAMILY, _osquery)
    yield Sample("osquery", FAMILY, _etw, title="process_etw_events")
    yield Sample("osquery", FAMILY, _snapshot, JSON, title="snapshot")
    yield Sample("osquery-rows", FAMILY, _osquery_row, others=(NGINX,))
    yield Sample("velociraptor-processes", FAMILY, _velociraptor)
    yield from _wrapped()


def _wrapped() -> Iterator[Sample]:
    yield Sample("splunk", FAMILY, _splunk, JSON)
    for name, raw in RAWS.items():
        words = {"a b.exe": "prog{n}.exe", "5210": "{pid}", "0x145a": "0x{hex}"}
        yield Sample("splunk", FAMILY, numbered({"_raw": raw, **BESIDE}, **words), title=name)
    for title, record in (("GELF", GELF), ("Beats input", BEATS)):
        yield Sample("graylog", FAMILY, numbered(record, **{"a.exe": "prog{n}.exe", "6320": "{pid}"}), title=title)
    yield Sample("splunk-text", FAMILY, _splunk_text, (TEXT,), between=b"")
    yield Sample("loki", FAMILY, _loki, JSON)
    yield Sample("otlp", FAMILY, lambda number: otlp([{"stringValue": json.dumps(receiver(number))}]), JSON)
    yield Sample("otlp", FAMILY, receiver, title="receiver's body")
    yield Sample("elasticsearch", FAMILY, lambda number: answer([document(number)]), JSON)
    yield Sample("elasticsearch", FAMILY, lambda number: {"_index": "x", "_source": document(number)}, title="a hit")
    for title in ("message", "log", "body", "line"):
        yield Sample("wrapped", FAMILY, _in_text(title), title=title)
    yield Sample(
        "wrapped", FAMILY, lambda number: {"records": [{"time": "t", "properties": flat_4688(number)}]}, JSON, title="azure"
    )
    yield Sample("wrapped", FAMILY, lambda number: {"value": [flat_4688(number)], "@odata.context": "x"}, (LINES,), title="odata")


def _splunk_text(number: int) -> str:
    # A day above 12: where no date tells the order of day and month, one that is damaged decides it for the file, as is said.
    text = RAWS["text"].replace("05/02/2024", "05/13/2024")
    return text.replace("a b.exe", f"prog{number}.exe").replace("0x145a", hex(2000 + number))


def _loki(number: int) -> Row:
    return {"streams": [{"stream": {"job": "x"}, "values": [["1714644000000000000", json.dumps(document(number))]]}]}


def _in_text(key: str) -> Any:
    return lambda number: {"stream": "stdout", "host": "collector", key: json.dumps(document(number)) + "\n"}


def _cybereason(number: int) -> Row:
    def element(name: str, guid: str) -> Row:
        return {"totalValues": 1, "elementValues": [{"elementType": "x", "guid": guid, "name": name}]}

    simple = {
        "elementDisplayName": {"totalValues": 1, "values": [f"prog{number}.exe"]}, "commandLine": {"values": ["x"]},
        "creationTime": {"values": ["1714644007123"]}, "executionPrevented": {"values": ["false"]},
    }  # fmt: skip
    beside = {"ownerMachine": element("ws-7", "m"), "parentProcess": element("winword.exe", "-18.1")}
    process = {"simpleValues": simple, "elementValues": beside}
    return {"data": {"resultIdToElementDataMap": {f"-18.{number + 2}": process}}, "status": "SUCCESS"}


def _endgame(number: int) -> Row:
    return {
        "event_type_full": "process_event", "event_subtype_full": "creation_event", "process_name": f"prog{number}.exe",
        "process_path": f"C:\\prog{number}.exe", "pid": 2000 + number, "hostname": "h", "serial_event_id": number,
        "timestamp": 131485083040000000, "unique_pid": f"{{AB{number:02}}}", "ppid": 7, "parent_process_name": "a.exe",
        "user_name": "mira", "command_line": "x",
    }  # fmt: skip


def _etw(number: int) -> Row:
    columns = {**ETW, "pid": str(2000 + number), "path": f"\\Device\\HarddiskVolume3\\prog{number}.exe"}
    return {"name": "x", "hostIdentifier": "vm1", "unixTime": 1714644007, "columns": columns, "action": "added"}


def _osquery_row(number: int) -> Row:
    return {**NGINX, "path": f"/usr/sbin/prog{number}", "name": f"prog{number}", "pid": str(2000 + number)}


def _snapshot(number: int) -> Row:
    return {
        "name": "processes",
        "hostIdentifier": "vm1",
        "unixTime": "5",
        "action": "snapshot",
        "snapshot": [_osquery_row(number)],
    }


def _velociraptor(number: int) -> Row:
    return {
        "Timestamp": "2024-05-02T10:00:07.123Z", "PPID": 5210, "PID": 2000 + number, "Name": f"prog{number}.exe",
        "CommandLine": "x -y", "CallChain": f"prog{number}.exe <- WINWORD.EXE <- explorer.exe", "Fqdn": "ws-7",
    }  # fmt: skip
