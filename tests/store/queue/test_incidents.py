"""One incident as a tree, what stands beside it, variants, and the verdict of several processes; no page reads a whole table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event as hooks

from engine.findings.incidents import incidents
from engine.words.command_shape import shape_number
from store.base import ids
from store.base.views import CoveredProcess, IncidentView, QueueRow
from store.doctor.examine import examine
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.queue.judged import OF_FINDING, OF_INCIDENT
from store.queue.marks import linked_since, unscored
from store.verdicts.subject import OfFinding
from store.workspace import Workspace, open_workspace
from tests.store import samples
from tests.store.queue.test_findings import HUB, family

DROP, SIDE = "C:\\drop.exe", "C:\\side.exe"
ODD = {60, 62, 63, 65, 502}
"""Process numbers, of two hosts."""


def filled(folder: Path) -> Workspace:
    """Below an agent that is no hub: a dropper with a tree of its own, and forty everyday children."""
    space = open_workspace(folder)
    events = [samples.event(1, image=HUB), samples.event(2, 1, image="C:\\agent.exe")]
    events += [samples.event(10 + number, 2, image=SIDE, command_line=f"side --job {number}") for number in range(40)]
    events += [
        samples.event(60, 2, image=DROP, command_line="drop --now"),
        samples.event(61, 60, image="C:\\b.exe"),
        samples.event(62, 61, image="C:\\c.exe", command_line="c 1.2.3.4"),
        samples.event(63, 60, image="C:\\c.exe", command_line="c --twice other words"),
        samples.event(64, 1, image="C:\\other.exe"),
        samples.event(65, 64, image="C:\\c.exe", command_line=None),
    ]
    events += family("DB02", 500, ["C:\\agent.exe", DROP])  # type: ignore[arg-type]
    samples.fill(space, events)
    scores = samples.scores_of(space, flagged=4)
    corpus = space.chains.load_corpus(["case"])
    table = space.chains.load_processes(["case"], corpus)
    odd = [process.pid in ODD for process in space.processes.of_ids(table.row.tolist())]
    own = np.where(odd, 5 - np.arange(len(table)) / 1000, 0.25).astype(np.float32)
    values = table.highest(own.astype(np.float64), len(corpus))
    found = incidents(corpus, table, own, values)
    grouped = replace(
        scores, score=values, threshold=4.0, finding=np.where(values >= 4, found.of_chain, 0), findings=found, processes=table,
        process_score=own,
    )  # fmt: skip
    space.chains.write_scores("case", samples.publish(space), grouped)
    return space


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    space = filled(tmp_path_factory.mktemp("incidents") / "w")
    yield space
    space.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    space = filled(tmp_path / "w")
    yield space
    space.close()


def by_pid(workspace: Workspace, pid: int) -> int:
    return workspace.processes.find("case", pid=pid)[0].id


def of_pid(workspace: Workspace, pid: int) -> IncidentView:
    found = workspace.findings.of_process("case", by_pid(workspace, pid))
    assert found is not None
    return found


def pids(workspace: Workspace, found: tuple[CoveredProcess, ...]) -> list[int | None]:
    return [process.pid for process in workspace.processes.of_ids([one.process_id for one in found])]


def test_what_an_incident_covers_is_a_tree(workspace: Workspace) -> None:
    incident = of_pid(workspace, 62)
    found = workspace.findings.processes("case", incident.finding, incident.place)
    assert pids(workspace, found) == [2, 60, 61, 62, 63]
    assert [one.depth for one in found] == [0, 1, 2, 3, 2]
    assert [one.parent_id for one in found] == [by_pid(workspace, pid) for pid in (1, 2, 60, 61, 60)]
    assert incident.top == found[0].process_id
    assert incident.host == "WEB01"
    assert incident.variant == workspace.processes.get(incident.lead).command_line
    assert (incident.processes, incident.odd) == (5, sum(one.odd for one in found))
    assert max(one.score or 0 for one in found) == incident.score
    assert workspace.findings.of_process("case", by_pid(workspace, 1) + 10_000) is None


def test_of_a_large_incident_the_odd_ones_and_the_way_to_them_are_told(workspace: Workspace) -> None:
    incident = of_pid(workspace, 62)
    whole = {one.process_id: one for one in workspace.findings.processes("case", incident.finding, incident.place)}
    for most in range(1, 5):
        found = workspace.findings.processes("case", incident.finding, incident.place, most=most)
        first = sorted(whole.values(), key=lambda one: (not one.odd, one.process_id))[:most]
        wanted = {one.process_id for one in first}
        for one in first:
            above = one.parent_id
            while above in whole:
                wanted.add(above)
                above = whole[above].parent_id
        assert found == tuple(one for number, one in whole.items() if number in wanted)


def test_beside_it_stand_the_line_to_the_root_and_the_nearest_children(workspace: Workspace) -> None:
    incident = of_pid(workspace, 62)
    beside = workspace.findings.context("case", incident.finding, incident.place)
    above = [one for one in beside.processes if one.above]
    assert [(one.process_id, one.parent_id) for one in above] == [(by_pid(workspace, 1), None)]
    assert beside.complete
    others = [one for one in beside.processes if not one.above]
    covered = {one.process_id for one in workspace.findings.processes("case", incident.finding, incident.place)}
    assert not covered & {one.process_id for one in beside.processes}
    agent = by_pid(workspace, 2)
    assert [one.process_id for one in others if one.parent_id == agent] == [by_pid(workspace, pid) for pid in range(10, 15)]
    assert [one.process_id for one in others if one.parent_id == by_pid(workspace, 1)] == [by_pid(workspace, 64)]
    assert beside.folded == {agent: 35}


def test_more_children_than_can_be_told_are_counted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.queue.incidents.MOST_BESIDE", 2)
    incident = of_pid(workspace, 62)
    beside = workspace.findings.context("case", incident.finding, incident.place)
    assert len([one for one in beside.processes if not one.above]) == 2
    assert beside.folded == {by_pid(workspace, 2): 38, by_pid(workspace, 1): 1}


def test_a_line_that_is_too_long_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.queue.incidents.LINE", 1)
    incident = of_pid(workspace, 65)
    top = of_pid(workspace, 65).top
    beside = workspace.findings.context("case", incident.finding, incident.place)
    assert beside.complete == (workspace.processes.get(top).pid == 64)
    monkeypatch.setattr("store.queue.incidents.LINE", 0)
    assert not workspace.findings.context("case", incident.finding, incident.place).complete


def test_variants_of_a_chain_by_the_shape_of_their_command_lines(workspace: Workspace) -> None:
    side = workspace.processes.get(by_pid(workspace, 10)).chain_id
    assert side is not None
    (one,) = workspace.findings.variants("case", side)
    assert (one.processes, one.hosts, one.shape) == (40, 1, shape_number("side --job 7"))
    assert one.command_line == workspace.processes.get(one.lead).command_line
    with workspace.read() as connection:
        query = (
            "SELECT p.chain_id, count(*), count(DISTINCT p.id >> 32) FROM process p WHERE p.chain_id NOT NULL"
            " AND p.id & 2147483648 = 0 GROUP BY p.chain_id"
        )
        for chain, processes, hosts in connection.exec_driver_sql(query).all():
            variants = workspace.findings.variants("case", chain)
            assert sum(one.processes for one in variants) == processes
            assert max(one.hosts for one in variants) <= hosts
            scores = [one.score for one in variants]
            assert scores == sorted(scores, reverse=True)
            assert all(one.shape == (shape_number(one.command_line) if one.command_line else 0) for one in variants)
            assert workspace.findings.variants("case", chain, limit=1) == variants[:1]


def test_a_process_without_a_command_line_is_a_variant_of_its_own(workspace: Workspace) -> None:
    chain = workspace.processes.get(by_pid(workspace, 65)).chain_id
    assert chain is not None
    (one,) = workspace.findings.variants("case", chain)
    assert (one.shape, one.command_line, one.lead) == (0, None, by_pid(workspace, 65))


def decide(workspace: Workspace, verdicts: dict[int, str]) -> None:
    """As store.verdicts does: what holds for single processes."""
    with workspace.write() as connection:
        for number, verdict in verdicts.items():
            connection.exec_driver_sql(
                "INSERT INTO process_verdict SELECT id, 1, chain_id, ?, 1, 1 FROM process WHERE id = ?", (verdict, number)
            )
        connection.commit()


def finding_of(workspace: Workspace, incident: IncidentView) -> QueueRow:
    return workspace.findings.get("case", incident.finding)


def test_the_verdict_of_a_finding_is_that_of_its_odd_processes(fresh: Workspace) -> None:
    incident = of_pid(fresh, 62)
    covered = fresh.findings.processes("case", incident.finding, incident.place)
    odd = [one.process_id for one in covered if one.odd]
    assert len(odd) > 1

    def said() -> tuple[str | None, bool, bool]:
        row, one = finding_of(fresh, incident), fresh.findings.incident("case", incident.finding, incident.place)
        assert row.whole is not None
        assert (one.verdict, one.mixed, one.partly) == (row.verdict, row.whole.mixed, row.whole.partly)
        return one.verdict, one.mixed, one.partly

    source = FindingSource(fresh, fresh.learnt, "case")
    place = incident.finding - 1
    assert said() == (None, False, False)
    decide(fresh, {odd[0]: "malicious"})
    assert said() == (None, True, True)
    assert source.undecided_from(place)[0] == place
    decide(fresh, dict.fromkeys(odd[1:], "malicious"))
    assert said() == ("malicious", False, False)
    assert source.undecided_from(place)[0] != place
    assert {one.verdict for one in fresh.findings.processes("case", incident.finding, incident.place) if one.odd} == {"malicious"}
    with fresh.write() as connection:
        connection.exec_driver_sql("UPDATE process_verdict SET verdict = 'benign' WHERE process_id = ?", (odd[0],))
        connection.commit()
    assert said() == (None, True, False)
    assert source.undecided_from(place)[0] != place
    for verdict in ("malicious", "benign"):
        found = fresh.findings.page("case", QueueFilter(verdicts=(verdict,)))
        assert [row.whole.number for row in found if row.whole] == [incident.finding]
    assert incident.finding not in {
        row.whole.number for row in fresh.findings.page("case", QueueFilter(verdicts=("undecided",)), limit=1000) if row.whole
    }


def test_a_verdict_on_a_process_comes_before_one_on_its_chain(fresh: Workspace) -> None:
    incident = of_pid(fresh, 62)
    covered = fresh.findings.processes("case", incident.finding, incident.place)
    keys = {row.chain_id: row.key for row in fresh.queue.page("case", limit=1000)}
    chains = {keys[chain] for one in covered if (chain := fresh.processes.get(one.process_id).chain_id) is not None}
    fresh.labels.set("case", sorted(chains), "benign")
    assert finding_of(fresh, incident).verdict == "benign"
    decide(fresh, {one.process_id: "malicious" for one in covered if one.odd})
    assert finding_of(fresh, incident).verdict == "malicious"


def test_a_row_of_the_queue_tells_how_many_of_its_processes_are_decided(fresh: Workspace) -> None:
    side = [by_pid(fresh, pid) for pid in range(10, 50)]
    chain = fresh.processes.get(side[0]).chain_id

    def said() -> tuple[int, int, str | None]:
        (row,) = [row for row in fresh.queue.page("case", limit=1000) if row.chain_id == chain]
        return row.decided, row.count, row.verdict

    assert said() == (0, 40, None)
    decide(fresh, dict.fromkeys(side[:7], "benign"))
    assert said() == (7, 40, None)
    decide(fresh, dict.fromkeys(side[7:], "benign"))
    assert said() == (40, 40, "benign")
    assert fresh.queue.count("case", QueueFilter(verdicts=("benign",))) == 1


def test_a_verdict_on_a_finding_is_the_findings_and_goes_with_undo(fresh: Workspace) -> None:
    incident = of_pid(fresh, 62)
    before = fresh.findings.page("case", limit=1000)
    given = fresh.labels.give("case", OfFinding(incident.finding), "malicious", author="ann")
    assert given.batch
    row = finding_of(fresh, incident)
    assert row.whole is not None
    assert (row.verdict, row.whole.mixed) == ("malicious", False)
    places = fresh.findings.incidents("case", incident.finding)
    assert [one.verdict for one in places] == ["malicious"] * row.whole.incidents
    for one in places:
        told = fresh.findings.processes("case", one.finding, one.place)
        assert {process.verdict for process in told if not ids.is_placeholder(process.process_id)} == {"malicious"}
    others = [one for one in fresh.findings.page("case", limit=1000) if one.whole and one.whole.number != incident.finding]
    assert {one.verdict for one in others} == {None}
    decided = fresh.findings.page("case", QueueFilter(verdicts=("malicious",)))
    assert [one.whole.number for one in decided if one.whole] == [incident.finding]
    assert examine(fresh) == ()
    fresh.labels.undo("case", "ann")
    assert fresh.findings.page("case", limit=1000) == before
    assert examine(fresh) == ()


def test_a_second_record_is_in_the_incident_of_its_process(fresh: Workspace) -> None:
    incident, lead, second = of_pid(fresh, 62), by_pid(fresh, 62), by_pid(fresh, 10)
    with fresh.write() as connection:
        connection.exec_driver_sql("UPDATE process SET merged_into = ?, chain_id = NULL WHERE pid = 10", (lead,))
        connection.commit()
    assert fresh.findings.of_process("case", second) == incident


Asked = Callable[[Workspace, IncidentView], Any]
PAGES: dict[str, Asked] = {
    "findings": lambda space, one: space.findings.page("case", limit=2),
    "a finding": lambda space, one: space.findings.get("case", one.finding),
    "findings of a host": lambda space, one: space.findings.page("case", QueueFilter(host_id=1), limit=2),
    "findings that are decided": lambda space, one: space.findings.page("case", QueueFilter(verdicts=("benign",)), limit=2),
    "findings that are not": lambda space, one: space.findings.page("case", QueueFilter(verdicts=("undecided",)), limit=2),
    "findings above the threshold": lambda space, one: space.findings.page("case", QueueFilter(flagged=True), limit=2),
    "chains of a finding": lambda space, one: space.findings.members(space.findings.get("case", one.finding).whole),
    "its place": lambda space, one: space.findings.position(space.findings.get("case", one.finding).whole, 3),
    "what it covers": lambda space, one: space.findings.coverage([space.findings.get("case", one.finding)]),
    "the queue of its chains": lambda space, one: space.queue.page("case", QueueFilter(finding=one.finding)),
    "incidents": lambda space, one: space.findings.incidents("case", one.finding),
    "processes": lambda space, one: space.findings.processes("case", one.finding, one.place),
    "context": lambda space, one: space.findings.context("case", one.finding, one.place),
    "variants": lambda space, one: space.findings.variants("case", space.queue.page("case", limit=1)[0].chain_id),
    "of a process": lambda space, one: space.findings.of_process("case", one.lead),
    "counts": lambda space, one: space.queue.counts("case"),
    "the next one": lambda space, one: FindingSource(space, space.learnt, "case").undecided_from(0),
}
TABLES = {"p", "process", "v", "covered", "i", "n", "incident", "m", "finding_chain", "s", "score", "f"}
"""As queries call what has a row for each process, chain or finding."""


@pytest.mark.parametrize("what", PAGES)
def test_no_page_reads_a_whole_table(workspace: Workspace, what: str) -> None:
    incident = of_pid(workspace, 62)
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    with workspace.read() as connection:
        engine = connection.engine
    hooks.listen(engine, "before_cursor_execute", note)
    try:
        PAGES[what](workspace, incident)
    finally:
        hooks.remove(engine, "before_cursor_execute", note)
    assert asked
    with workspace.read() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
                scanned = {found[1] for line in plan if (found := re.match(r"SCAN (\w+)", line))}
                whole = {found[1] for line in plan if (found := re.match(r"SEARCH (\w+) USING .*\(set_id=\?\)", line))}
                made_here = {found[1] for line in plan if (found := re.match(r"(?:CO-ROUTINE|MATERIALIZE) (\w+)", line))}
                assert not (scanned - made_here | whole) & TABLES, (statement, plan)


@pytest.mark.parametrize(
    "judged", [f"{OF_FINDING} FROM finding f WHERE f.rank = 1", f"{OF_INCIDENT} FROM incident n WHERE n.place = 1"]
)
def test_no_more_is_read_for_a_verdict_than_is_judged(workspace: Workspace, judged: str) -> None:
    """What an incident covers comes in its order: nothing has to be read and sorted before it can be cut off."""
    with workspace.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT {judged}").all()
    (reading,) = {row[1] for row in plan if "SEARCH v USING INDEX covered_incident" in row[3]}
    assert [row[3].split()[0] for row in plan if row[1] == reading] == ["SEARCH", "SEARCH"]


def test_processes_of_known_chains_that_came_after_the_scores_are_noticed(fresh: Workspace) -> None:
    model = fresh.vault.in_use("case")
    assert model is not None
    assert not linked_since(fresh, "case", model)
    samples.fill(fresh, family("DB03", 900, ["C:\\agent.exe", DROP]), path="logs/two.json", sha256="b" * 64)  # type: ignore[arg-type]
    assert unscored(fresh, "case", model) == 0
    assert linked_since(fresh, "case", model)


def test_a_clock_that_was_set_back_does_not_make_scores_old(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.scores.rows.now_us", lambda: 1)
    model = samples.publish(fresh)
    fresh.chains.write_scores("case", model, samples.scores_of(fresh, flagged=2))
    assert not linked_since(fresh, "case", model)
