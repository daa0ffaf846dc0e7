"""By parts the same chains, counts and processes come out as on one machine, whatever is in the logs and however they are cut."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.domain.records import HostFact, ProcessEnd, ProcessEvent
from engine.fleet.names import group_of, key_of, machines
from engine.fleet.packed import blob, block, ends_of, events_in, facts_of, opened
from engine.fleet.whole import whole
from tests.engine.fleet.samples import Log, assert_same, by_parts, on_one_machine
from tests.store.samples import HOSTILE, event

START = 1_700_000_000_000_000
HOURS = 3_600_000_000
NAMES = ("ws1", "WS1", "ws1.lab.example", "ws1.corp.example", "db.lab.example", "db", "10.0.0.7", "10.0.0.8", "", "localhost")
IMAGES = (
    "C:\\Windows\\cmd.exe",
    "c:\\windows\\CMD.EXE",
    "/usr/bin/bash",
    "bash",
    "",
    "C:\\Users\\ann\\AppData\\Local\\Temp\\x1.exe",
)
PATHS = ("logs/audit.log", "logs/audit.log.1", "logs/other/audit.log", "logs/b.json", "h1/[root]/var/log/a.log")

texts = st.sampled_from([*HOSTILE, "whoami /all", "curl http://x"])
small = st.integers(0, 6)


@st.composite
def events(draw: st.DrawFn) -> ProcessEvent:
    """Few hosts, pids and times, so that they meet: copies, twins, reused pids, cycles, records without time or pid."""
    number = draw(st.integers(0, 40))
    more: dict[str, Any] = {
        "host": draw(st.sampled_from(NAMES)),
        "image": draw(st.sampled_from(IMAGES)),
        "kind": draw(st.sampled_from(["sysmon1", "security4688", "auditd", "list"])),
        "os": draw(st.sampled_from(["windows", "linux", ""])),
        "time_us": draw(st.one_of(st.none(), st.integers(0, 50).map(lambda step: START + step * 1_000_000), st.just(2**70))),
        "pid": draw(st.one_of(st.none(), small, st.just(2**64))),
        "ppid": draw(st.one_of(st.none(), small, st.just(-(2**63)))),
        "guid": draw(st.one_of(st.none(), small.map("g{}".format))),
        "parent_guid": draw(st.one_of(st.none(), small.map("g{}".format))),
        "parent_image": draw(st.one_of(st.none(), st.sampled_from(IMAGES))),
        "ancestors": draw(st.sampled_from([(), (), (IMAGES[0],), (IMAGES[2], IMAGES[3])])),
        "command_line": draw(st.one_of(st.none(), texts)),
        "user": draw(st.one_of(st.none(), st.sampled_from(["root", "SYSTEM", "ann", ""]))),
        "integrity": draw(st.one_of(st.none(), st.sampled_from(["System", "Medium", "%%1937", "", HOSTILE[3]]))),
        "original_name": draw(st.one_of(st.none(), st.sampled_from(["cmd.exe", "psexec.c", "-", HOSTILE[1]]))),
        "record_id": draw(st.one_of(st.none(), small.map(str))),
    }
    return event(number, **more)


ends = st.builds(
    ProcessEnd, position=small, host=st.sampled_from(NAMES), time_us=st.one_of(st.none(), small.map(lambda step: START + step)),
    pid=st.one_of(st.none(), small, st.just(2**64)), guid=st.one_of(st.none(), small.map("g{}".format), st.just("x" * 200)),
)  # fmt: skip
facts = st.builds(
    HostFact, position=small, code=st.sampled_from(["clock-set", "log-cleared"]), text=texts, host=st.sampled_from(NAMES),
    time_us=st.one_of(st.none(), small.map(lambda step: START + step * HOURS)),
)  # fmt: skip


@st.composite
def a_log(draw: st.DrawFn) -> Log:
    """As a reader gives it: one record a position."""
    own = draw(st.lists(events(), max_size=12))
    numbered = [replace(one, position=place) for place, one in enumerate(own)]
    return Log(draw(st.sampled_from(PATHS)), numbered, draw(st.lists(ends, max_size=3)), draw(st.lists(facts, max_size=2)))


logs = st.lists(a_log(), min_size=1, max_size=4)


@given(logs=logs, parts=st.integers(1, 5), piece=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_whatever_is_in_the_logs(logs: list[Log], parts: int, piece: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = on_one_machine(Path(folder), logs)
    assert_same(one, by_parts(logs, parts, piece))


def skewed() -> list[Log]:
    """A host with a thousand times the events of the others, all of it late, shuffled and in pieces, one piece twice."""
    giant = [event(number, number // 3 or None, host="GIANT", time_us=START + number * 1_000) for number in range(1, 3_001)]
    others = [[event(number, number - 1 or None, host=f"H{host}") for number in range(1, 4)] for host in range(20)]
    shuffled = random.Random(5)
    pieces = [giant[start : start + 500] for start in range(0, len(giant), 500)]
    shuffled.shuffle(pieces)
    for piece in pieces:
        shuffled.shuffle(piece)
    late = [event(number, None, host="H3", time_us=START - 9 * 24 * HOURS + number) for number in range(50, 53)]
    found = [Log(f"late/{number}.json", piece) for number, piece in enumerate(pieces)]
    return [
        *found,
        Log("copy/again.json", pieces[2]),
        *(Log(f"h{number}.json", one) for number, one in enumerate(others)),
        Log("l", late),
    ]


@pytest.mark.parametrize("parts", [1, 4, 64])
def test_skew_lateness_and_copies_change_nothing(tmp_path: Path, parts: int) -> None:
    logs = skewed()
    one = on_one_machine(tmp_path / "one", logs)
    estate = by_parts(logs, parts, 700)
    assert_same(one, estate)
    assert {host.name: host.records for host in estate.hosts}["GIANT"] == 3_000
    assert estate.corpus.host_total == 21


def test_of_nothing_comes_nothing() -> None:
    estate = whole([], {})
    assert (len(estate.corpus), len(estate.table), estate.hosts) == (0, 0, [])


@given(st.lists(events(), min_size=1, max_size=8), st.lists(ends, max_size=4), st.lists(facts, max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_packed_comes_out_as_it_was(own: list[ProcessEvent], ended: list[ProcessEnd], told: list[HostFact]) -> None:
    """But for numbers that no 64 bits hold, which the store does not keep either."""
    (one,) = opened(blob([block(key_of("h", "p"), 3, 1, own, ended, told)]))

    def kept(number: int | None) -> int | None:
        return None if number is None or abs(number) >= 2**63 else number

    wanted = [
        {name: getattr(item, name) for name in ProcessEvent.__struct_fields__}
        | {name: kept(getattr(item, name)) for name in ("time_us", "pid", "ppid")}
        for item in own
    ]
    found = [
        {name: getattr(item, name) for name in ProcessEvent.__struct_fields__} for item in events_in(one, np.arange(len(own)))
    ]
    assert found == wanted
    assert (one.source, one.piece, one.size) == (3, 1, len(own))
    assert ends_of(one)[1] == [end.guid for end in ended]
    assert [(fact.code, fact.text, fact.time_us) for fact in facts_of(one)] == [
        (fact.code, fact.text, fact.time_us) for fact in told
    ]


def test_names_of_one_machine_are_in_one_group() -> None:
    names = ("ws1", "WS1", "ws1.lab.example", "Ws1.Corp.example.", "ws1.")
    assert len({group_of(key_of(name, "p"), 1_000) for name in names}) == 1
    addresses = {group_of(key_of(f"10.0.0.{last}", "p"), 1_000) for last in range(50)}
    assert len(addresses) > 40
    rotated = {group_of(key_of("", f"/x/audit.log{turn}"), 1_000) for turn in ("", ".1", ".2.gz")}
    assert len(rotated) == 1


def test_a_short_name_is_the_full_one_unless_there_are_two() -> None:
    assert machines(["name:ws1", "name:ws1.lab"]) == {"name:ws1": "name:ws1.lab", "name:ws1.lab": "name:ws1.lab"}
    assert set(machines(["name:ws1", "name:ws1.lab", "name:ws1.corp"]).values()) == {"name:ws1", "name:ws1.lab", "name:ws1.corp"}
