"""Exceptions in a workspace: what they hide of a queue and when, that nothing else of a case changes, what is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.processes import Repute
from engine.errors import NotFound, StoreError, UsageError
from engine.exceptions.kept import ExceptionReason, KeptException
from engine.exceptions.matching import ScopeAsked, SeenProcess, covers
from engine.hash_lists.reading import HashList
from store.doctor.examine import examine
from store.exceptions.drafts import DraftSource
from store.exceptions.hidden import NOTHING_HIDDEN
from store.queue.filter import QueueFilter
from store.queue.finding_positions import FindingSource
from store.verdicts.subject import OfChain, OfFinding, OfProcess
from store.where.matching import left
from store.where.meaning import read
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file
from tests.store.exceptions.scene import (
    APPS,
    CHILD,
    EVIL,
    HOSTS,
    LATER,
    NOW,
    ODD,
    TOP,
    filled,
    findings,
    kept,
    processes,
)
from tests.store.samples import HOSTILE, event, fill, score


@pytest.fixture
def scene(workspace: Workspace) -> Workspace:
    filled(workspace)
    return workspace


def hidden(workspace: Workspace, now_us: int = NOW, case: str = "case") -> tuple[int, ...]:
    return workspace.exceptions.hidden(case, now_us).findings


def shown(workspace: Workspace, now_us: int = NOW) -> list[int]:
    wanted = QueueFilter(without=hidden(workspace, now_us))
    pages = [row.whole.number for row in workspace.findings.page("case", wanted, limit=100) if row.whole is not None]
    source = FindingSource(workspace, workspace.learnt, "case", wanted)
    source.load()
    assert [row.whole.number for row in source.rows(0, 100) if row.whole is not None] == pages
    return pages


def test_without_exceptions_nothing_is_hidden(scene: Workspace) -> None:
    assert scene.exceptions.list() == ()
    assert scene.exceptions.hidden("case", NOW) == NOTHING_HIDDEN
    assert shown(scene) == [1, 2, 3, 4, 5, 6, 7]


def test_a_finding_leaves_the_queue_when_all_that_it_is_listed_for_is_covered(scene: Workspace) -> None:
    report = scene.exceptions.keep([kept(ODD, APPS[2])])
    assert (report.new, report.changed, report.known, report.conflicts) == ((1,), (), 0, ())
    assert hidden(scene) == (), "its other odd process is a reason to read it"
    scene.exceptions.keep([kept(CHILD, ODD)])
    found = scene.exceptions.hidden("case", NOW)
    assert (found.findings, found.exceptions) == ((1,), (1, 2))
    assert shown(scene) == [2, 3, 4, 5, 6, 7]
    assert scene.exceptions.by_finding("case", [1], NOW) == {1: (1, 2)}


def test_one_host_that_is_not_covered_leaves_it_in(scene: Workspace) -> None:
    scene.exceptions.keep([kept(ODD, APPS[2], host="web*"), kept(CHILD, ODD, host="WEB0?")])
    assert hidden(scene) == ()
    scene.exceptions.keep([kept(ODD, APPS[2], host="db01"), kept(CHILD, ODD, host="db01")])
    assert hidden(scene) == (1,)


def test_nothing_of_the_case_is_changed_by_it(scene: Workspace) -> None:
    before = (
        scene.queue.counts("case"), scene.findings.count("case"), scene.findings.page("case", limit=100),
        scene.queue.page("case", limit=100), scene.cases.show("case"),
    )  # fmt: skip
    scene.exceptions.keep([kept(EVIL)])
    assert hidden(scene) == (2,)
    assert before == (
        scene.queue.counts("case"), scene.findings.count("case"), scene.findings.page("case", limit=100),
        scene.queue.page("case", limit=100), scene.cases.show("case"),
    )  # fmt: skip
    assert scene.findings.get("case", 2).whole is not None
    assert examine(scene) == ()


@pytest.mark.parametrize("verdict", ["malicious", "undetermined"])
def test_what_somebody_judged_here_stays(scene: Workspace, verdict: str) -> None:
    scene.exceptions.keep([kept(EVIL)])
    number = findings(scene)[EVIL]
    assert hidden(scene) == (number,)
    for on in (OfFinding(number), OfProcess(processes(scene, number)[0])):
        scene.labels.give("case", on, verdict, author="ann")
        assert hidden(scene) == (), "also by a verdict on what is only taken along"
        scene.labels.undo("case", "ann")
        assert hidden(scene) == (number,)
    key = scene.findings.get("case", number).key
    scene.labels.give("case", OfChain(key), verdict, author="ann")
    assert hidden(scene) == (), "by a verdict on its chain"
    scene.labels.give("case", OfChain(key), "benign", author="ann", overwrite=True)
    assert hidden(scene) == (number,)


def test_a_known_bad_hash_is_never_hidden(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL)])
    texts = dict(scene.hash_lists.hash_texts("case"))
    scene.hash_lists.keep_list("case", Repute.GOOD, HashList("good.txt", hashes=1), set(texts), 1)
    assert hidden(scene) == (2,)
    scene.hash_lists.keep_list("case", Repute.BAD, HashList("bad.txt", hashes=1), set(texts), 1)
    assert hidden(scene) == ()
    score(scene, grouped=True)
    assert hidden(scene) == ()


def test_an_expired_one_stops_hiding_at_once_and_is_told(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL, expires_us=LATER)])
    assert hidden(scene, LATER - 1) == (2,)
    found = scene.exceptions.hidden("case", LATER)
    assert (found.findings, found.exceptions, found.back, found.expired) == ((), (), (2,), (1,))
    assert shown(scene, LATER) == [1, 2, 3, 4, 5, 6, 7]
    scene.exceptions.renew([1], LATER + 1)
    assert hidden(scene, LATER) == (2,)
    scene.exceptions.renew([1], None)
    assert hidden(scene, LATER * 2) == (2,)
    scene.exceptions.remove([1])
    assert scene.exceptions.hidden("case", NOW) == NOTHING_HIDDEN


def test_what_comes_later_is_covered_when_the_case_is_ranked(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL, APPS[3])])
    (view,) = scene.exceptions.list()
    (use,) = view.uses
    assert (use.case, use.processes, use.hosts, use.first_us) == ("case", 1, 1, use.last_us)
    later = [event(1, host="WEB03", image="C:\\Windows\\explorer.exe"), event(3, 1, host="WEB03", image="C:\\Apps\\app3.exe")]
    later.append(event(50, 3, host="WEB03", image="C:\\Tools\\evil.exe"))
    fill(scene, later, path="two.json", sha256="b" * 64)
    score(scene, grouped=True)
    (view,) = scene.exceptions.list()
    assert (view.uses[0].processes, view.uses[0].hosts) == (2, 2)
    scene.exceptions.keep([kept(APPS[3], TOP)])
    assert findings(scene)[EVIL] in hidden(scene)


def test_exceptions_hold_for_every_case_and_outlive_it(scene: Workspace) -> None:
    filled(scene, "other", "c" * 64)
    scene.exceptions.keep([kept(EVIL)])
    filled(scene, "third", "d" * 64)
    assert [use.case for use in scene.exceptions.list()[0].uses] == ["case", "other", "third"]
    assert [hidden(scene, case=case) for case in ("case", "other", "third")] == [(2,)] * 3
    scene.cases.remove("other")
    assert [use.case for use in scene.exceptions.list()[0].uses] == ["case", "third"]
    assert examine(scene) == ()


def test_a_case_that_is_not_ranked_hides_nothing(workspace: Workspace) -> None:
    fill(workspace, [event(1, image="C:\\Tools\\evil.exe")])
    workspace.exceptions.keep([kept(EVIL)])
    assert workspace.exceptions.hidden("case", NOW) == NOTHING_HIDDEN
    with pytest.raises(NotFound):
        workspace.exceptions.hidden("nowhere", NOW)


def test_a_process_without_an_image_of_its_own_is_not_taken_for_its_parent(workspace: Workspace) -> None:
    """Its chain ends in the image of its parent."""
    fill(workspace, [event(1), event(2, 1, image="C:\\Tools\\evil.exe"), event(3, 2, image=" ")])
    with workspace.write() as connection:
        of_parent = "(SELECT q.chain_id FROM process q WHERE q.pid = 2)"
        connection.exec_driver_sql(f"UPDATE process SET image_id = NULL, chain_id = {of_parent} WHERE pid = 3")
        connection.commit()
    workspace.exceptions.keep([kept(EVIL)])
    assert workspace.exceptions.list()[0].processes == 1


# From a verdict to an exception ---------------------------------------------------------------------------------------------


def test_a_finding_becomes_an_exception_for_each_kind_of_its_odd_processes(scene: Workspace) -> None:
    scene.labels.give("case", OfFinding(1), "false_positive", author="ann")
    found = scene.exceptions.drafts("case", DraftSource(finding=1))
    assert found.without == 0
    assert {(one.scope.image, one.scope.ancestors, one.scope.command) for one in found.drafts} == {
        (ODD, (APPS[2],), ("-scan", "<ip>")), (CHILD, (ODD,), ("-x",)),
    }  # fmt: skip
    preview = scene.exceptions.preview("case", [one.scope for one in found.drafts], NOW)
    assert (preview.processes, preview.hosts, preview.findings) == (6, 3, (1,))
    assert (preview.staying, preview.judged) == ((), {})
    assert scene.exceptions.list() == (), "a preview keeps nothing"
    one = [draft.scope for draft in found.drafts][:1]
    assert scene.exceptions.preview("case", one, NOW).findings == ()


def test_only_what_was_judged_so_is_kept(scene: Workspace) -> None:
    with pytest.raises(UsageError, match="no odd process here has one"):
        scene.exceptions.drafts("case", DraftSource(finding=1))
    incident = scene.findings.incidents("case", 1)[0]
    scene.labels.give("case", OfProcess(incident.lead), "benign", author="ann")
    found = scene.exceptions.drafts("case", DraftSource(finding=1))
    assert (len(found.drafts), found.without) == (1, 5)
    assert (found.drafts[0].verdict, found.drafts[0].process_id) == ("benign", incident.lead)
    assert scene.exceptions.drafts("case", DraftSource(process_id=incident.lead)).drafts[0] == found.drafts[0]
    scene.labels.give("case", OfProcess(incident.lead), "malicious", author="ann", overwrite=True)
    with pytest.raises(UsageError):
        scene.exceptions.drafts("case", DraftSource(process_id=incident.lead))


def test_the_preview_says_what_stays_and_what_is_judged_malicious(scene: Workspace) -> None:
    lead = scene.findings.incidents("case", 2)[0].lead
    scene.labels.give("case", OfProcess(lead), "malicious", author="ann")
    found = scene.exceptions.preview("case", [kept(EVIL).scope], NOW)
    assert (found.processes, found.findings, found.staying, found.judged) == (1, (), (2,), {"malicious": 1})


def test_a_scope_is_as_wide_as_it_is_asked_for(scene: Workspace) -> None:
    scene.labels.give("case", OfFinding(2), "benign", author="ann")
    source = DraftSource(finding=2)
    (wide,) = scene.exceptions.drafts("case", source, ScopeAsked(2, "DB*", any_command=True)).drafts
    assert (wide.scope.ancestors, wide.scope.host, str(wide.scope.command)) == ((APPS[3], TOP), "DB*", "any")
    (rooted,) = scene.exceptions.drafts("case", source, ScopeAsked(3)).drafts
    assert (rooted.scope.ancestors, rooted.scope.root) == ((APPS[3], TOP), True)
    with pytest.raises(UsageError, match="a program alone"):
        scene.exceptions.drafts("case", source, ScopeAsked(0, any_command=True))


def test_too_many_kinds_are_refused(scene: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.exceptions.drafts.MOST", 1)
    scene.labels.give("case", OfFinding(1), "benign", author="ann")
    with pytest.raises(UsageError, match="more than 1 kinds"):
        scene.exceptions.drafts("case", DraftSource(finding=1))


def test_what_is_not_there_and_what_is_of_another_scoring_is_said(scene: Workspace) -> None:
    with pytest.raises(NotFound):
        scene.exceptions.drafts("case", DraftSource(process_id=7))
    with pytest.raises(StoreError, match="scored anew"):
        scene.exceptions.drafts("case", DraftSource(finding=1, set_id=99))


# Keeping --------------------------------------------------------------------------------------------------------------------


def test_one_scope_is_kept_once(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL)])
    assert scene.exceptions.keep([kept(EVIL)]).known == 1
    other = kept(EVIL, reason=ExceptionReason.EXERCISE, owner="bob")
    report = scene.exceptions.keep([other])
    assert report.conflicts == ((1, other),)
    assert scene.exceptions.list()[0].kept.owner == "ann"
    assert scene.exceptions.keep([other], replace=True).changed == (1,)
    assert scene.exceptions.list()[0].kept == other
    assert hidden(scene) == (2,)
    with pytest.raises(UsageError):
        scene.exceptions.keep([kept(ODD), replace(kept(EVIL), scope=replace(kept(EVIL).scope, alone=False))])
    assert len(scene.exceptions.list()) == 1


def test_numbers_are_never_given_again_and_unknown_ones_are_said(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL), kept(ODD)])
    with pytest.raises(NotFound, match="no exception E7"):
        scene.exceptions.remove([2, 7])
    assert len(scene.exceptions.list()) == 2
    scene.exceptions.remove([2])
    assert scene.exceptions.keep([kept(ODD)]).new == (3,)
    with pytest.raises(NotFound):
        scene.exceptions.renew([2], None)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_hostile_texts_come_back_as_they_were(workspace: Workspace, text: str) -> None:
    one = kept(text, f"parent {text}", host=text, command=(text, "<url>"), owner=text, note=text)
    workspace.exceptions.keep([one])
    found = workspace.exceptions.list()[0].kept
    assert replace(found, scope=one.scope) == one
    assert (found.scope.key, found.scope.image, found.scope.host) == (one.scope.key, text, text)
    # Two halves of a character that stand behind one another are that character in JSON.
    assert (found.scope.ancestors, found.scope.command) == (
        (json.loads(json.dumps(f"parent {text}")),),
        (json.loads(json.dumps(text)), "<url>"),
    )
    assert examine(workspace) == ()


def test_the_audit_tells_of_each_change_and_of_no_path_and_no_command(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL, command=("secret", "words"))], source="acme.json")
    scene.exceptions.keep([kept(EVIL, command=("secret", "words"))])
    scene.exceptions.renew([1], LATER)
    scene.exceptions.remove([1])
    entries = [entry.said for entry in scene.audit.list() if str(entry.said["act"]).startswith("exceptions")]
    assert [entry["act"] for entry in entries] == ["exceptions kept", "exceptions renewed", "exceptions removed"]
    assert entries[0]["what"]["source"] == "acme.json"
    (told,) = entries[1]["what"]["exceptions"]
    assert (told["exception"], told["reason"], told["owner"], told["any_host"]) == (1, "software", "ann", True)
    assert told["expires"] == "2025-10-09T08:53:30Z"
    assert "evil" not in json.dumps(entries)
    assert "secret" not in json.dumps(entries)
    assert scene.audit.verify().faults == []


@in_a_file
def test_a_changed_exception_is_found(scene: Workspace) -> None:
    scene.exceptions.keep([kept(EVIL)])
    with scene.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER witness_exception_changed")
        connection.exec_driver_sql("UPDATE exception SET image = 'c:\\windows\\system32\\cmd.exe'")
        connection.commit()
    assert [one.message for one in examine(scene) if one.severity == "error"] == [
        "1 rows of the table exception are not what was written."
    ]


@pytest.mark.parametrize("statement", ["command = '7'", "command = '{'", "reason = 'because'", "ancestors = '5'"])
def test_a_damaged_one_is_said_and_hides_nothing(scene: Workspace, statement: str) -> None:
    scene.exceptions.keep([kept(EVIL)])
    with scene.write() as connection:
        connection.exec_driver_sql(f"UPDATE exception SET {statement}")
        connection.commit()
    with pytest.raises(StoreError, match="damaged"):
        scene.exceptions.list()


# The rule, told by another way ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path_factory.mktemp("rule") / "w")
    filled(workspace)
    yield workspace
    workspace.close()


def expected(workspace: Workspace, exceptions: list[KeptException], now_us: int) -> tuple[int, ...]:
    """One process after the other, without SQL: the rule as it is written down."""
    found = []
    for number in findings(workspace).values():
        numbers = processes(workspace, number)
        judged = workspace.labels.of_processes("case", numbers)
        if any(label.verdict in {"malicious", "undetermined"} for label in judged.values()):
            continue
        odd = {
            one.process_id
            for at in workspace.findings.incidents("case", number, limit=100)
            for one in workspace.findings.processes("case", number, at.place)
            if one.odd
        }
        if all(covered(workspace, process, exceptions, now_us) for process in odd):
            found.append(number)
    return tuple(sorted(found))


def covered(workspace: Workspace, process: int, exceptions: list[KeptException], now_us: int) -> bool:
    one = workspace.processes.get(process)
    assert one.chain_id is not None
    seen = SeenProcess(workspace.chains.by_id(one.chain_id).steps, (one.host,), one.command_line)
    return any(kept_one.holds(now_us) and covers(kept_one.scope, seen) for kept_one in exceptions)


IMAGES = (*APPS, ODD, CHILD, EVIL, TOP)
SOME = st.builds(
    kept,
    st.sampled_from(IMAGES),
    st.sampled_from(["", TOP, APPS[2], APPS[3], ODD]),
    host=st.sampled_from(["", "*", "web*", *HOSTS]),
    command=st.sampled_from([None, ("-x",), ("-scan", "<ip>"), ("--run", "<n>"), ()]),
    expires_us=st.sampled_from([None, LATER]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(SOME, max_size=8, unique_by=lambda one: one.scope.key), st.sampled_from([NOW, LATER]),
    st.sampled_from([None, EVIL, CHILD, APPS[1]]), st.sampled_from(["malicious", "undetermined", "benign"]),
)  # fmt: skip
def test_what_is_hidden_is_what_the_rule_says(
    shared: Workspace, exceptions: list[KeptException], now_us: int, of: str | None, verdict: str
) -> None:
    if of is not None:
        lead = shared.findings.incidents("case", findings(shared)[of])[0].lead
        shared.labels.give("case", OfProcess(lead), verdict, author="ann")
    try:
        shared.exceptions.keep(exceptions)
        found = hidden(shared, now_us)
        assert found == expected(shared, exceptions, now_us)
        if of is not None and verdict != "benign":
            assert findings(shared)[of] not in found
        with shared.write() as connection:  # made anew, it is the same
            from store.exceptions.coverage import refresh

            refresh(connection, 1)
            connection.commit()
        assert hidden(shared, now_us) == found
    finally:
        shared.labels.undo("case", "ann")
        if there := [view.number for view in shared.exceptions.list()]:
            shared.exceptions.remove(there)


@in_a_file
def test_a_workspace_that_can_only_be_read_hides_what_it_hid(scene: Workspace, tmp_path: Path) -> None:
    from store.workspace import open_to_read

    scene.exceptions.keep([kept(EVIL)])
    there = open_to_read(scene.folder)
    assert there.exceptions.hidden("case", NOW).findings == (2,)
    there.close()


# In the filter language -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "numbers", "images"),
    [
        ("is:hidden", [2], {APPS[3], EVIL}), ("!is:hidden", [1, 3, 4, 5, 6, 7], None), ("exception:2", [1], {ODD}),
        ("exception:E1,2", [1, 2], {ODD, EVIL}), ("exception:9", [], set()), ("is:hid host:web01", [], set()),
        ("is:hid host:db01", [2], {APPS[3], EVIL}),
    ],
)  # fmt: skip
def test_the_filter_finds_what_they_hide_and_what_they_cover(
    scene: Workspace, line: str, numbers: list[int], images: set[str] | None
) -> None:
    scene.exceptions.keep([kept(EVIL), kept(ODD, APPS[2])])
    where = read(line)
    page = scene.findings.page("case", QueueFilter(where=where), limit=100)
    assert [row.whole.number for row in page if row.whole is not None] == numbers
    if images is not None:
        found = left(scene, "case", where)
        assert {scene.processes.get(process).path for process in found} == images


def test_what_the_filter_calls_hidden_goes_by_the_clock(scene: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.exceptions.keep([kept(EVIL, expires_us=LATER)])
    for now_us, count in ((LATER - 1, 1), (LATER, 0)):
        monkeypatch.setattr("store.where.members.now_us", lambda now_us=now_us: now_us)
        assert len(scene.findings.page("case", QueueFilter(where=read("is:hidden")))) == count
