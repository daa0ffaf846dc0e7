"""Conditions of strangers only look, and only at what they are asked of; what takes too long is ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from engine.domain.records import LINUX, WINDOWS
from engine.errors import Cancelled
from engine.jobs.ports.marks import ConditionRefused, ConditionSlow
from engine.progress import CancelToken, unasked
from engine.sigma.rules import ANYWHERE
from store.processes.marks.scratch import Scratch
from store.processes.marks.started import StartedLook

FIELDS = ("Image", "CommandLine", "ParentUser")
LOOKS = [
    StartedLook(WINDOWS, (r"C:\Windows\cmd.exe", "cmd /c WHOAMI\0 hidden", None)),
    StartedLook(LINUX, ("/usr/bin/cmd", None, "root")),
    StartedLook("", ("cmd", "\ud800half % _ 'quoted'", "")),
]


def matcher(expression: str) -> Callable[[str], object]:
    return re.compile(expression).search


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    made = Scratch(FIELDS, matcher)
    made.add((tuple([place] * 3), look) for place, look in enumerate(LOOKS, start=1))
    made.seal()
    yield made
    made.close()


def asked(scratch: Scratch, condition: str, fields: tuple[str, ...] = FIELDS, system: str = "", **more: float) -> list[int]:
    return scratch.matching(f"SELECT * FROM logs WHERE {condition}", fields, system, unasked, **more)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (r"Image LIKE '%\\CMD.EXE' ESCAPE '\'", [1]),
        ("CommandLine LIKE '%whoami%'", [1]),
        ("CommandLine LIKE '%hidden%'", [1]),
        ("Image='CMD'", [3]),
        ("Image GLOB '*cmd*'", [1, 2, 3]),
        ("Image GLOB '*CMD*'", []),
        ("CommandLine IS NULL", [2]),
        ("CommandLine IS NOT NULL AND NOT COALESCE((ParentUser='root'), 0)", [1, 3]),
        ("CommandLine REGEXP 'half [%] _'", [3]),
        ("ParentUser REGEXP '^root$'", [2]),
        ("CommandLine LIKE '%''quoted''%'", [3]),
    ],
)
def test_conditions_find_what_they_describe(scratch: Scratch, condition: str, rows: list[int]) -> None:
    assert asked(scratch, condition) == rows


def test_a_system_is_asked_alone(scratch: Scratch) -> None:
    assert [asked(scratch, "Image IS NOT NULL", system=system) for system in (WINDOWS, LINUX, "")] == [[1], [2], [1, 2, 3]]


def test_a_field_that_is_not_kept_is_absent(scratch: Scratch) -> None:
    fields = ("Image", "image", "Company", 'od"d', "rowid")
    assert asked(scratch, "Company='x'", fields) == []
    assert asked(scratch, 'Company IS NULL AND "od""d" IS NULL AND Image IS NOT NULL', fields) == [1, 2, 3]


def test_a_keyword_is_looked_for_in_every_field(scratch: Scratch) -> None:
    fields = (ANYWHERE, "Image")
    assert asked(scratch, f"{ANYWHERE} LIKE '%WHOAMI%'", fields) == [1]
    assert asked(scratch, f"{ANYWHERE} LIKE '%ROOT%' AND Image LIKE '%cmd'", fields) == [2]
    assert asked(scratch, f"{ANYWHERE} LIKE '%cmdroot%'", fields) == []


def test_rows_are_kept_once_and_found_by_their_keys(scratch: Scratch) -> None:
    assert [*scratch.keys([3, 1])] == [((1, 1, 1), 1), ((3, 3, 3), 3)]
    assert (scratch.rows, [*scratch.keys([])]) == (3, [])
    other = Scratch(("Image",), matcher)
    assert other.new([(1,), (2,), (1,)]) == [(1,), (2,)]
    other.add([((1,), StartedLook("", ("a",)))])
    assert other.new([(2,), (1,)]) == [(2,)]
    other.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM looked",
        "SELECT * FROM started_windows, looked",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM logs WHERE 1); DELETE FROM looked; SELECT 1 FROM (SELECT 1",
        "SELECT * FROM logs WHERE 1; DROP TABLE looked",
        "SELECT randomblob(1000000000) AS oddkin_row FROM logs",
        "SELECT * FROM logs WHERE load_extension('x')",
        "SELECT * FROM logs WHERE readfile('/etc/passwd') IS NOT NULL",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each('[1]')",
        "WITH RECURSIVE r(oddkin_row) AS (SELECT 1 UNION ALL SELECT oddkin_row + 1 FROM r) SELECT * FROM r",
        "INSERT INTO looked VALUES (x'00', 1)",
        "ATTACH '/tmp/x' AS x",
        "SELECT * FROM logs WHERE Image REGEXP '('",
        "SELECT * FROM logs WHERE Image LIKE '" + "%a" * 9_000 + "'",
        "SELECT * FROM logs WHERE nobody='x'",
        "SELECT * FROM logs WHERE " + "(" * 3_000 + "1" + ")" * 3_000,
        "SELECT * FROM logs WHERE Image='" + "x" * 3_000_000 + "'",
        "SELECT * FROM logs WHERE Image='\0'",
        "not SQL",
        "",
    ],
    ids=lambda query: query[:40],
)
def test_what_does_more_than_to_look_is_refused_and_changes_nothing(scratch: Scratch, query: str) -> None:
    with pytest.raises(ConditionRefused):
        scratch.matching(query, FIELDS, "", unasked)
    assert asked(scratch, "Image IS NOT NULL") == [1, 2, 3]
    assert len([*scratch.keys([1, 2, 3])]) == 3


@pytest.fixture
def large() -> Iterator[Scratch]:
    made = Scratch(("Image",), matcher)
    made.add(((place,), StartedLook(WINDOWS, (f"{place}.exe",))) for place in range(1, 400))
    made.seal()
    yield made
    made.close()


ENDLESS = "SELECT a.* FROM logs a, logs b, logs c, logs d WHERE a.Image || b.Image || c.Image = d.Image"


def test_what_takes_too_long_is_ended_and_the_next_one_runs(large: Scratch) -> None:
    with pytest.raises(ConditionSlow):
        large.matching(ENDLESS, ("Image",), WINDOWS, unasked, 0.2)
    assert large.matching("SELECT * FROM logs WHERE Image='7.exe'", ("Image",), WINDOWS, unasked, 20.0) == [7]


def test_a_cancelled_condition_is_ended(large: Scratch) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        large.matching(ENDLESS, ("Image",), WINDOWS, token.raise_if_cancelled)
