"""What a filter leaves of processes, chains and findings, told from the processes one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.verdicts import VERDICTS
from store.base.views import CoveredProcess, ProcessView
from store.export.listing import listed
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.positions import QueueSource
from store.scope.scopes import Scope
from store.verdicts.subject import OfProcess
from store.where import members, texts
from store.where import rows as rows_sql
from store.where.keys import KEYS
from store.where.matching import among, count, left, matching, times_of
from store.where.meaning import read, words
from store.where.terms import ALL, Term, Value, Where
from store.workspace import Workspace, open_workspace
from tests.store import samples

CASE = "case"
START = 1_700_000_000_000_000
COMMANDS = (
    "curl -s http://x/a.sh",
    "WGET -q b",
    'cmd /c "dir"',
    "öffne Ä",
    "",
    "--user:root 100% _done",
    "a\0hidden curl",
    "bad \udcff x",
)
USERS = ("CORP\\ann", "root", "NT AUTHORITY\\SYSTEM", None, "иван")


def filled(folder: Path) -> Workspace:
    """Families of processes on three hosts, and another case with the same texts."""
    space = open_workspace(folder)
    events = []
    for number in range(90):
        events.append(
            samples.event(
                number + 1,
                None if number % 9 == 0 else number // 9 * 9 + 1 + (number % 9) // 2,
                host=("WEB01", "WEB02", "db01")[number // 30],
                image=f"C:\\Apps\\tool{number % 7}.exe" if number % 3 else f"/usr/bin/tool{number % 4}",
                os="windows" if number % 3 else "posix",
                command_line=COMMANDS[number % len(COMMANDS)] or None,
                user=USERS[number % len(USERS)],
                hashes="SHA256=ABC123" if number % 5 == 0 else None,
                logon_id=f"0x{number % 4}",
            )
        )
    samples.fill(space, events)
    samples.fill(space, [samples.event(1, command_line="curl", user="root")], case="other", path="o", sha256="b" * 64)
    return space


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = filled(tmp_path_factory.mktemp("where") / "w")
    samples.score(opened, CASE, flagged=12, grouped=True)
    keys = [row.key for row in opened.queue.page(CASE, limit=1000)]
    opened.labels.set(CASE, keys[:3], "malicious", note="the Backup of Ännchen")
    opened.labels.set(CASE, keys[8:12], "benign", scope=Scope(host="WEB01"))
    opened.labels.give(CASE, OfProcess(left(opened, CASE, ALL)[5]), "undetermined", note="backup?")
    yield opened
    opened.close()


class Oracle:
    """The case as Python objects."""

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.processes = space.processes.of_ids(left(space, CASE, ALL))
        self.by_id = {one.id: one for one in self.processes}
        self.rank = {row.chain_id: row for row in space.queue.page(CASE, limit=1000)}
        self.threshold = space.queue.counts(CASE).threshold
        self.findings = {row.whole.number: row.whole for row in space.findings.page(CASE, limit=1000) if row.whole}
        self.covered: dict[int, tuple[int, CoveredProcess]] = {}
        for number in self.findings:
            for place in space.findings.incidents(CASE, number, limit=1000):
                for one in space.findings.processes(CASE, number, place.place):
                    self.covered[one.process_id] = number, one
        rows = {row.process_id: row for row in listed(space, CASE)}
        exported = {number: rows[number] for number in self.by_id}
        assert exported.keys() == self.by_id.keys()
        self.labels = {one.id: self._label(one) for one in self.processes}

    def _label(self, one: ProcessView) -> tuple[str | None, str]:
        from store.scope.rules import of_each

        with self.space.read() as connection:
            found = of_each(connection, 1, [one.id]).get(one.id)
        return (None, "") if found is None else (found.verdict, found.note)

    def score(self, one: ProcessView) -> float:
        _, covered = self.covered.get(one.id, (0, None))
        if covered is not None and covered.score is not None:
            return covered.score
        return self.rank[one.chain_id or 0].score

    def meets(self, one: ProcessView, term: Term) -> bool:
        return any(self._value(one, term, value) for value in term.values) != term.negated

    def _value(self, one: ProcessView, term: Term, value: Value) -> bool:
        texts = {
            "image": [one.image, one.path], "cmd": [one.command_line], "user": [one.user], "host": [one.host],
            "hash": [one.hashes], "session": [one.logon_id], "note": [self.labels[one.id][1]],
            "": [one.image, one.path, one.command_line, one.user, self.labels[one.id][1]],
        }  # fmt: skip
        if term.key in texts:
            return any(_has(text, value) for text in texts[term.key])
        if term.key == "parent":
            parent = None if one.parent_id is None else self.by_id.get(one.parent_id)
            return parent is not None and any(_has(text, value) for text in (parent.image, parent.path))
        if term.key == "verdict":
            return (self.labels[one.id][0] or "none") == value.means
        if term.key in {"time", "after", "before"}:
            assert isinstance(value.means, tuple)
            first, last = value.means[0]
            at = one.time_us or 0
            return {"time": first <= at <= last, "after": at >= first, "before": at < first}[term.key]
        return self._number(one, term, value)

    def _number(self, one: ProcessView, term: Term, value: Value) -> bool:
        number, _ = self.covered.get(one.id, (0, None))
        whole = self.findings.get(number)
        if term.key == "is":
            above = self.score(one) >= np.float32(self.threshold)
            lead = whole is not None and (whole.lead_score or whole.score) >= np.float32(self.threshold)
            return {"odd": above, "flagged": above, "context": not lead}[str(value.means)]
        assert isinstance(value.means, float)
        asked = {"pid": one.pid, "score": self.score(one), "n": whole.processes if whole else None, "finding": number}[term.key]
        return asked is not None and _compared(float(asked), term.sign, value.means)


def _compared(number: float, sign: str, other: float) -> bool:
    other = float(np.float32(other))
    return {":": number == other, ">": number > other, "<": number < other, ">=": number >= other, "<=": number <= other}[sign]


def _has(text: str | None, value: Value) -> bool:
    if text is None:
        return False
    if value.regex:
        return re.search(value.text, text, re.IGNORECASE | re.DOTALL) is not None
    return value.text.casefold() in text.casefold()


@pytest.fixture(scope="module")
def oracle(space: Workspace) -> Oracle:
    return Oracle(space)


LINES = st.sampled_from(
    [
        "curl", "cmd:curl", "cmd:/curl|wget/", "cmd:CURL,dir", "user:root", "user:ИВАН", "cmd:ÖFFNE", "host:web",
        "host:DB01", "pid:7,12", "image:tool3", "image:/usr/bin", "parent:tool1", "parent:nobody", "hash:abc",
        "session:0x2", "note:backup", "note:ÄNN", "backup", "verdict:none", "verdict:mal,benign", "verdict:undetermined",
        "is:odd", "is:context", "is:flagged", "score>=2", "score<2", "n>3", "finding:1,2", "n<2",
        "after:2023-11-14T22:13:20.000040", "before:2023-11-14T22:13:20.000040", "cmd:/[a-z]{4}/", "cmd:%", "cmd:_done",
        '"user:root"', "hidden", "/^a.hidden/", "cmd:/\udcff/", "time:2023-11-14T22:13:20.000007", "nothing",
        "user:/^root$/",
    ]
)  # fmt: skip
TERMS = st.builds(lambda line, no: replace(read(line).terms[0], negated=no), LINES, st.booleans())
WHERES = st.lists(TERMS, min_size=1, max_size=3).map(lambda found: Where(tuple(found)))
FEW = st.sampled_from([0, 5_000])
"""Rows and texts that are named to the query; of more it asks itself."""
ROWS = {"score", "n", "finding"}
"""Asked of rows of lists, and not of the processes in them; so is what `is:flagged` asks."""


def of_rows(term: Term) -> bool:
    return term.key in ROWS or {value.means for value in term.values} == {"flagged"}


SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(WHERES, FEW)
def test_processes(space: Workspace, oracle: Oracle, where: Where, few: int) -> None:
    expected = {one.id for one in oracle.processes if all(oracle.meets(one, term) for term in where.terms)}
    with patch.object(texts, "MOST_IDS", few):
        assert set(left(space, CASE, where)) == expected, words(where)
    assert count(space, CASE, where) == len(expected)
    assert {row.process_id for row in listed(space, CASE, where)} == expected
    found = matching(space, CASE, where)
    assert {one for one in found.ids if one in oracle.by_id} == expected
    assert {*found.ids} <= {place.id for place in found.places}
    some = [one.id for one in oracle.processes[::3]]
    assert among(space, CASE, where, some) == expected & {*some}


@SETTINGS
@given(WHERES, FEW)
def test_chains(space: Workspace, oracle: Oracle, where: Where, few: int) -> None:
    about = [term for term in where.terms if not of_rows(term)]
    rows = [term for term in where.terms if of_rows(term)]
    met = {one.chain_id for one in oracle.processes if all(oracle.meets(one, term) for term in about)}
    expected = {number for number in met if all(_chain_meets(oracle, number or 0, term) for term in rows)}
    with patch.object(rows_sql, "MOST_ROWS", few):
        assert {row.chain_id for row in space.queue.page(CASE, QueueFilter(where=where), limit=1000)} == expected, words(where)
    assert space.queue.count(CASE, QueueFilter(where=where)) == len(expected)
    source = QueueSource(space, space.learnt, CASE, QueueFilter(where=where))
    assert source.load()
    assert source.count() == len(expected)


def _chain_meets(oracle: Oracle, number: int, term: Term) -> bool:
    row = oracle.rank[number]
    inside = {oracle.covered[one.id][0] for one in oracle.processes if one.chain_id == number and one.id in oracle.covered}

    def met(value: Value) -> bool:
        if term.key == "is":
            return row.finding > 0
        assert isinstance(value.means, float)
        if term.key == "finding":
            return int(value.means) in inside
        asked = row.score if term.key == "score" else float(row.count)
        signs = {":": asked == value.means, ">": asked > value.means, "<": asked < value.means, ">=": asked >= value.means}
        return signs[term.sign]

    return any(map(met, term.values)) != term.negated


@SETTINGS
@given(WHERES, FEW)
def test_findings(space: Workspace, oracle: Oracle, where: Where, few: int) -> None:
    about = [term for term in where.terms if not of_rows(term)]
    judged = any(term.key == "verdict" for term in about)
    expected = set()
    for number, whole in oracle.findings.items():
        inside = [
            (oracle.by_id[one], covered) for one, (of, covered) in oracle.covered.items() if of == number and one in oracle.by_id
        ]
        odd = [one for one, covered in inside if covered.odd or not judged or not whole.odd]
        if any(all(oracle.meets(one, term) for term in about) for one in odd) and all(
            _finding_meets(oracle, number, term) for term in where.terms if of_rows(term)
        ):
            expected.add(number)
    with patch.object(rows_sql, "MOST_ROWS", few):
        shown = space.findings.page(CASE, QueueFilter(where=where), limit=1000)
    assert {row.whole.number for row in shown if row.whole} == expected, words(where)
    source = FindingSource(space, space.learnt, CASE, QueueFilter(where=where))
    assert source.load()
    assert source.count() == len(expected)


def _finding_meets(oracle: Oracle, number: int, term: Term) -> bool:
    whole = oracle.findings[number]
    lead = whole.lead_score or whole.score

    def met(value: Value) -> bool:
        if term.key == "is":
            return lead >= np.float32(oracle.threshold)
        assert isinstance(value.means, float)
        asked = {"n": float(whole.processes), "finding": float(number), "score": whole.score}[term.key]
        return _compared(asked, term.sign, value.means)

    return any(map(met, term.values)) != term.negated


def test_the_oracle_sees_something_in_each_line(space: Workspace) -> None:
    """Lines that find nothing, or everything, compare nothing; those here are meant to."""
    there = len(left(space, CASE, ALL))
    dull = {line for line in LINES.elements if not 0 < count(space, CASE, read(line)) < there}  # type: ignore[attr-defined]
    assert dull == {"parent:nobody", "nothing"}


def test_each_key_has_its_sql() -> None:
    assert {*members._OF_KEY} == {"", *KEYS}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_each_key_that_asks_a_scoring_says_so(space: Workspace, key: str) -> None:
    asked_of = 7_777_777
    with space.read() as connection:
        asked = members.CaseAsked.on(connection, 1, asked_of)
        (term,) = read(KEYS[key].example, times_of(space, CASE)).terms
        assert (asked_of in members.condition(asked, term).values) == KEYS[key].scored


@pytest.mark.parametrize("verdict", VERDICTS)
def test_nothing_was_judged_in_another_case(space: Workspace, verdict: str) -> None:
    assert left(space, "other", read(f"verdict:{verdict}")) == []
    assert len(left(space, "other", read("verdict:none curl user:root"))) == 1


def test_texts_behind_a_nul_and_in_no_unicode_are_found(space: Workspace) -> None:
    hidden = {row.command_line for row in listed(space, CASE, read('"hidden curl"'))}
    assert hidden == {"a\0hidden curl"}
    assert {row.command_line for row in listed(space, CASE, read("cmd:/bad .x?/"))} == {"bad \udcff x"}


def test_a_case_that_was_never_scored_is_searched_all_the_same(tmp_path: Path) -> None:
    space = filled(tmp_path / "w")
    assert count(space, CASE, read("curl host:web01")) > 0
    for line in ("is:odd", "is:flagged", "score>0", "n>0", "finding:1", "is:raised", "is:related", "technique:T1105"):
        assert count(space, CASE, read(line)) == 0, line
    assert count(space, CASE, read("is:context verdict:none")) == count(space, CASE, ALL)
    space.close()
