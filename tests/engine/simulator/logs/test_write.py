"""The logs that are written: what they claim to be, readable by our own readers, with a ground truth that fits."""

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.domain.records import ProcessEvent, ReaderItem, Reject
from engine.errors import Cancelled
from engine.measure.known_labels import RecordKeys, match_file, read_labels
from engine.progress import CancelToken, Run, Step
from engine.readers.containers.walk import expand
from engine.readers.contract import ReadOptions
from engine.readers.detect import detect
from engine.readers.text.applets import is_many
from engine.simulator import Fleet, FleetPlan, WrittenLogs, simulate, write_logs
from engine.simulator.logs.linux import arguments
from engine.simulator.logs.write import WrittenFile
from tests.ndjson_log import plan_for_events, write_ndjson


def _lines(file: WrittenFile) -> list[bytes]:
    data = file.path.read_bytes()
    return (gzip.decompress(data) if file.path.suffix == ".gz" else data).splitlines()


def _read(path: Path) -> list[ReaderItem]:
    (member,) = expand([path])
    found = detect(member)
    assert found is not None, path
    with member.open() as stream:
        return list(found.reader.read(stream, ReadOptions(path=str(path))))


def test_every_format_is_there(written: WrittenLogs) -> None:
    assert len({file.format for file in written.files}) >= 11
    assert all(file.damaged >= 1 for file in written.files)
    assert sum(file.others for file in written.files) > 100


def test_json_logs_are_json_but_for_the_damaged_lines(written: WrittenLogs) -> None:
    for file in written.files:
        if not file.format.startswith(("nxlog", "winlogbeat", "ecs", "osquery")):
            continue
        bad = 0
        for line in _lines(file):
            try:
                json.loads(line)
            except ValueError:
                bad += 1
        assert bad == file.damaged, file


def test_xml_logs_are_one_event_a_line(written: WrittenLogs) -> None:
    for file in written.files:
        if file.format.startswith("xml"):
            whole = [line for line in _lines(file) if line.endswith(b"</Event>")]
            assert len(whole) == file.processes + file.others
            for line in whole:
                ElementTree.fromstring(line)


def test_auditd_records_have_auditd_shape(written: WrittenLogs) -> None:
    shape = re.compile(rb"node=\S+ type=(SYSCALL|EXECVE|CWD|PATH|PROCTITLE|USER_LOGIN) msg=audit\(\d+\.\d{3}:\d+\): ")
    for file in written.files:
        if file.format.startswith("auditd"):
            lines = _lines(file)
            assert len([line for line in lines if not shape.match(line)]) == file.damaged
            assert len([line for line in lines if b"type=EXECVE" in line]) == file.processes
            assert (b"\x1dARCH=" in b"".join(lines)) == file.format.endswith("enriched")


def test_reading_back_gives_every_process_and_only_the_planned_rejects(written: WrittenLogs) -> None:
    for file in written.files:
        items = _read(file.path)
        events = [item for item in items if isinstance(item, ProcessEvent)]
        rejects = [item for item in items if isinstance(item, Reject)]
        assert len(events) == file.processes, file
        assert len(rejects) == file.damaged, (file, rejects)
        assert items.count(None) == file.others, file
        assert len({event.host for event in events}) == 1
        assert events[0].host.partition(".")[0] == file.host


def recorded(image: str) -> str:
    """The executable of an applet, which readers put behind it."""
    program = image.rpartition("/")[0]
    return program if is_many(program) else image


def test_what_is_read_is_what_happened(fleet: Fleet, written: WrittenLogs) -> None:
    for host, file in zip(fleet.hosts, written.files, strict=True):
        happened = Counter((p.pid, p.ppid, p.image) for p in fleet.events(host))
        read = Counter((e.pid, e.ppid or 0, recorded(e.image)) for e in _read(file.path) if isinstance(e, ProcessEvent))
        twins = 2 if file.format == "nxlog-twins" else 1
        assert read == Counter({key: count * twins for key, count in happened.items()}), file


def test_every_label_finds_its_record(written: WrittenLogs) -> None:
    labels = read_labels(written.ground_truth)
    assert len(labels) == sum(file.processes for file in written.files)
    for file in written.files:
        own = [label for label in labels if label.file == file.path.relative_to(written.logs).as_posix()]
        events = [item for item in _read(file.path) if isinstance(item, ProcessEvent)]
        keys = [RecordKeys(e.record_id, e.guid, e.pid, e.time_us, e.kind, n) for n, e in enumerate(events)]
        matches = match_file(own, keys)
        assert [match.label for match in matches if match.problem] == []
        assert all(recorded(events[match.chain_id or 0].image) == match.label.image for match in matches)


def test_ground_truth_says_what_was_planted(fleet: Fleet, written: WrittenLogs) -> None:
    with written.ground_truth.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    attacks = Counter(row["reason"].partition(": ")[2].partition(",")[0] for row in rows if row["label"] == "attack")
    assert set(attacks) == {intrusion.story.name for intrusion in fleet.intrusions}
    document = json.loads(written.stories.read_text())
    assert {story["name"]: story["processes"] for story in document["intrusions"]} == {
        intrusion.story.name: written.story_counts[intrusion.number] for intrusion in fleet.intrusions
    }
    assert written.events == sum(1 for host in fleet.hosts for _ in fleet.events(host))


def _digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_equal_plans_write_equal_bytes(tmp_path: Path) -> None:
    plan = FleetPlan(hosts=6, days=1, seed=3)
    for name in ("a", "b"):
        write_logs(simulate(plan), tmp_path / name, Run())
    write_logs(simulate(FleetPlan(hosts=6, days=1, seed=4)), tmp_path / "c", Run())
    assert _digest(tmp_path / "a") == _digest(tmp_path / "b") != _digest(tmp_path / "c")


def test_progress_and_cancellation(tmp_path: Path) -> None:
    token = CancelToken()
    steps: list[Step] = []

    def listen(step: Step) -> None:
        steps.append(step)
        token.cancel()

    with pytest.raises(Cancelled):
        write_logs(simulate(FleetPlan(hosts=6, days=1)), tmp_path, Run(listen, token))
    assert [step.done for step in steps] == [1_000]


def test_ndjson_has_exactly_the_events_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ndjson"
    fleet = simulate(plan_for_events(12_000))
    assert write_ndjson(fleet, path, 12_000) == 12_000
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len(records) == 12_000
    images = [record["Image"] if "Image" in record else record["process"]["executable"] for record in records]
    commands = [record["CommandLine"] if "Image" in record else record["process"]["command_line"] for record in records]
    assert 0.01 < len(set(images)) / len(images) < 0.10
    assert 0.2 < len(set(commands)) / len(commands) < 0.6
    assert 700 < path.stat().st_size / len(records) < 1_600
    events = [item for item in _read(path) if isinstance(item, ProcessEvent)]
    assert len(events) == 12_000
    assert all(event.guid and event.time_us for event in events)


def test_words_of_a_command_line() -> None:
    assert arguments("sh -c test ! -f /a && cp b /a") == ["sh", "-c", "test ! -f /a && cp b /a"]
    assert arguments('git commit -m "fix it"') == ["git", "commit", "-m", "fix it"]
    assert arguments("ssh 'a b' c") == ["ssh", "a b", "c"]
