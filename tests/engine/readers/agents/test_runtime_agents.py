"""Runtime agents: what began to run, what ended, what is something else, from JSON lines, pretty JSON and flattened tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.domain.records import ProcessEnd, ProcessEvent, ReaderItem, Reject
from engine.readers.contract import ReadOptions
from engine.readers.detect import choose
from engine.readers.records.shapes import map_json, recognised
from engine.readers.text.moments import Moments
from tests.engine.readers.agents.runtime_samples import CREATIONS, ENDS, OTHERS, Record

START_US, END_US = 1_714_644_000_101_234, 1_714_644_002_000_000


def read(data: bytes, path: str = "log.json") -> list[ReaderItem]:
    found = choose(data, path)
    assert found is not None
    return list(found.reader.read(io.BytesIO(data), ReadOptions(path=path)))


def changed(record: Record, path: str, value: Any) -> Record:
    """A copy with another value at a.b.c, or without that field where the value is `...`."""
    name, _, rest = path.partition(".")
    if rest:
        return {**record, name: changed(record[name], rest, value)}
    return {key: held for key, held in record.items() if key != name} | ({} if value is ... else {name: value})


@pytest.mark.parametrize("name", CREATIONS)
def test_a_creation(name: str) -> None:
    (event,) = read(json.dumps(CREATIONS[name]).encode() + b"\n")
    assert isinstance(event, ProcessEvent)
    assert (event.kind, event.image, event.pid, event.ppid) == (name.removesuffix("-new"), "/usr/bin/dash", 2001, 812)
    assert event.time_us == START_US
    assert event.command_line == ("/usr/bin/dash -c id" if name == "tetragon" else "sh -c id")


@pytest.mark.parametrize(("name", "host"), [("tetragon", "web-3"), ("tracee", "web-3"), ("falco", "web-3"), ("kunai", "web-3")])
def test_the_host_is_that_of_the_event(name: str, host: str) -> None:
    item = map_json(CREATIONS[name], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.host == host


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("tetragon", "33"),
        ("tracee", "33"),
        ("falco", "www-data"),
        ("kunai", "www-data"),
        ("eslogger", "33"),
        ("santa", "www-data"),
    ],
)
def test_the_user(name: str, user: str) -> None:
    item = map_json(CREATIONS[name], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.user == user


@pytest.mark.parametrize("name", ["tetragon", "falco", "kunai"])
def test_the_parent(name: str) -> None:
    item = map_json(CREATIONS[name], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.parent_image == "/usr/sbin/nginx"


@pytest.mark.parametrize(("name", "above"), [("tetragon", ("/sbin/init",)), ("kunai", ("/usr/lib/systemd/systemd",))])
def test_ancestors_above_the_parent_nearest_first(name: str, above: tuple[str, ...]) -> None:
    item = map_json(CREATIONS[name], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.ancestors == above


@pytest.mark.parametrize("name", ENDS)
def test_an_end(name: str) -> None:
    (item,) = read(json.dumps(ENDS[name]).encode() + b"\n")
    assert isinstance(item, ProcessEnd)
    assert (item.pid, item.time_us) == (2001, END_US)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_creation_is_other(name: str) -> None:
    assert recognised(OTHERS[name])
    assert read(json.dumps(OTHERS[name]).encode() + b"\n") == [None]


@pytest.mark.parametrize("name", CREATIONS)
def test_pretty_printed_and_in_an_array_it_is_the_same(name: str) -> None:
    (line,) = read(json.dumps(CREATIONS[name]).encode() + b"\n")
    assert read(json.dumps(CREATIONS[name], indent=2).encode()) == [line]
    assert read(json.dumps([CREATIONS[name]]).encode()) == [line]


def _cells(record: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _cells(value, f"{before}{key}.")
        elif not isinstance(value, list) and value is not None:
            yield f"{before}{key}", str(value)


@pytest.mark.parametrize("name", ["tetragon", "falco", "kunai"])
def test_flattened_in_a_table_it_is_the_same_process(name: str) -> None:
    cells = dict(_cells(CREATIONS[name]))
    out = io.StringIO()
    writer = csv.DictWriter(out, cells)
    writer.writeheader()
    writer.writerow(cells)
    (row,) = read(out.getvalue().encode(), "export.csv")
    assert isinstance(row, ProcessEvent)
    assert (row.image, row.pid, row.ppid, row.host, row.time_us) == ("/usr/bin/dash", 2001, 812, "web-3", START_US)


def test_a_dash_is_an_argument() -> None:
    item = map_json(changed(CREATIONS["tetragon"], "process_exec.process.arguments", "-"), 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.command_line == "/usr/bin/dash -"


def test_tetragon_links_by_exec_ids() -> None:
    item = map_json(CREATIONS["tetragon"], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.guid, item.parent_guid, item.cwd) == ("bm9kZS0xOjI=", "bm9kZS0xOjE=", "/var/www")


def test_tracee_in_a_container_has_the_hosts_pids_and_threads_do_not_end_it() -> None:
    thread = changed(changed(ENDS["tracee"], "args", []), "hostThreadId", 2009)
    assert map_json(thread, 1, Moments()) is None
    relative = map_json(changed(CREATIONS["tracee"], "timestamp", 12_345_000_000), 1, Moments())
    assert isinstance(relative, ProcessEvent)
    assert relative.time_us is None


def test_tracees_newer_events_in_the_other_spelling() -> None:
    new = CREATIONS["tracee-new"]
    camel = {"hostPid": 2001, "pid": 7, "realUser": {"id": 33}, "ancestors": [{"hostPid": 812}], "thread": {"hostTid": 2001}}
    data = [{"name": "pathname", "str": "/usr/bin/dash"}, {"name": "argv", "strArray": {"value": ["sh"]}}]
    item = map_json(
        {**new, "timestamp": "2024-05-02T10:00:00.101234567Z", "workload": {"process": camel}, "data": data}, 1, Moments()
    )
    assert isinstance(item, ProcessEvent)
    assert (item.pid, item.ppid, item.user, item.time_us) == (2001, 812, "33", START_US)


def test_kunais_users_moved_below_credentials() -> None:
    task = {"pid": 2001, "tgid": 2001, "creds": {"effective": {"uid": 33, "user": "www-data"}}}
    item = map_json(changed(CREATIONS["kunai"], "info.task", task), 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.user == "www-data"
    older = changed(changed(CREATIONS["kunai"], "data.exe", "/usr/bin/dash"), "info.host", {"hostname": "web-3"})
    item = map_json(older, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.host) == ("/usr/bin/dash", "web-3")


@pytest.mark.parametrize(
    "path", ["output_fields.evt.type", "output_fields.evt.dir", "output_fields.evt.failed", "output_fields.evt.res"]
)
def test_falco_names_a_process_that_exists_unless_it_is_an_execve_that_came_back(path: str) -> None:
    value = {"evt.type": ..., "evt.dir": ">", "evt.failed": True, "evt.res": "ENOENT"}[path.removeprefix("output_fields.")]
    fields = dict(CREATIONS["falco"]["output_fields"])
    fields.pop(path.removeprefix("output_fields."), None)
    if value is not ...:
        fields[path.removeprefix("output_fields.")] = value
    assert map_json({**CREATIONS["falco"], "output_fields": fields}, 1, Moments()) is None


def test_alerts_of_two_rules_about_one_execve_are_about_one_process() -> None:
    one, other = (map_json({**CREATIONS["falco"], "rule": rule}, 1, Moments()) for rule in ("a", "b"))
    later = dict(CREATIONS["falco"]["output_fields"], **{"evt.time": 1714644003000000000})
    third = map_json({**CREATIONS["falco"], "output_fields": later}, 1, Moments())
    assert isinstance(one, ProcessEvent)
    assert isinstance(other, ProcessEvent)
    assert isinstance(third, ProcessEvent)
    assert one.guid == other.guid == "1714644000101234567:2001"
    assert third.guid != one.guid


def test_sysdigs_own_fields() -> None:
    fields = CREATIONS["falco"]["output_fields"]
    item = map_json({**fields, "evt.dir": "<", "evt.hostname": "web-4"}, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.image, item.host, item.time_us) == ("/usr/bin/dash", "web-4", START_US)


def test_kunai_runs_a_script_by_its_interpreter() -> None:
    script = changed(CREATIONS["kunai"], "info.event.name", "execve_script")
    data = {**script["data"], "exe": {"path": "/tmp/x.sh"}, "interpreter": {"path": "/usr/bin/bash"}}
    item = map_json({**script, "data": data}, 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert item.image == "/usr/bin/bash"


def test_eslogger_denied_is_other_and_the_parent_is_the_targets() -> None:
    denied = changed(CREATIONS["eslogger"], "action", {"result": {"result": {"auth": 1}}})
    assert map_json(denied, 1, Moments()) is None
    item = map_json(CREATIONS["eslogger"], 1, Moments())
    assert isinstance(item, ProcessEvent)
    assert (item.os, item.parent_image, item.cwd) == ("", None, "/var/www")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("tetragon", "process_exec.process.binary"),
        ("kunai", "data.exe"),
        ("eslogger", "event.exec.target.executable"),
        ("santa", "execution.target.executable"),
    ],
)
def test_without_an_executable_it_is_a_reject(name: str, path: str) -> None:
    item = map_json(changed(CREATIONS[name], path, ...), 1, Moments())
    assert isinstance(item, Reject)
    assert item.code == "no-image"


SANTA_LINE = (
    "[2024-05-02T10:00:00.101Z] I santad: action=EXEC|decision={decision}|reason=BINARY|sha256=cc|pid=2001|pidversion=9|ppid=812|"
    "uid=33|user=_www|gid=70|group=_www|mode=M|path=/bin/sh|args=sh -c id <pipe> cat|machineid=mac-1\n"
)


def test_santas_text_log() -> None:
    end = "[2024-05-02T10:00:02.000Z] I santad: action=EXIT|pid=2001|pidversion=9|ppid=812|uid=33|gid=70\n"
    lines = [SANTA_LINE.format(decision="ALLOW"), SANTA_LINE.format(decision="DENY"), end, end.replace("EXIT", "FORK")]
    allowed, denied, ended, forked = read("".join(lines).encode(), "santa.log")
    assert isinstance(allowed, ProcessEvent)
    assert (allowed.kind, allowed.image, allowed.command_line) == ("santa", "/bin/sh", "sh -c id | cat")
    assert (allowed.pid, allowed.ppid, allowed.user, allowed.host) == (2001, 812, "_www", "mac-1")
    assert isinstance(ended, ProcessEnd)
    assert (ended.pid, ended.time_us) == (2001, END_US)
    assert (denied, forked) == (None, None)
