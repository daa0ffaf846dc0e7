"""What is written down: every change of the store, in the transaction of the change, by whoever is at work."""

from __future__ import annotations

import ast
import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.errors import Cancelled, StoreError
from engine.jobs.ports.ingest import Batch, WholeSource
from engine.progress import CancelToken, Run
from engine.rules.rule import Rule, State
from store.base.acting import Acting
from store.base.database import DATABASE
from store.custody.audit import verify_file
from store.doctor.examine import examine
from store.scope.scopes import Scope
from store.verdicts.exchange import import_rows
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file, reopened
from tests.store.older import make_older
from tests.store.samples import HOSTILE, event, fill, publish, score

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    fill(workspace, [event(1), event(2, 1), event(3, 2)])
    return workspace


def acts(workspace: Workspace, case: str | None = None) -> list[str]:
    return [str(entry.said["act"]) for entry in workspace.audit.list(case)]


def last(workspace: Workspace) -> dict[str, Any]:
    return workspace.audit.list()[-1].said


def a_key(workspace: Workspace) -> str:
    return workspace.chains.load_corpus(["case"]).keys[0]


EXEMPT = {
    "append": "a batch of a source that an entry has begun; its end has an entry with what it came to",
    "settle_hosts": "derived from what is in the case",
    "write_lineage": "derived, host by host; finish_lineage tells of all of them",
    "relate": "derived from the scores, which have an entry",
    "keep_scored": "kept to be fast, made anew at any time",
    "cost": "kept to be fast, made anew at any time",
    "keep": "kept to be fast, made anew at any time",
    "write_learnt": "the learnt order is a function of the verdicts that hold, each of which has an entry",
}
TELLS = {"record", "judged", "_keep", "_log", "added", "opened", "finished", "delivered", "unread", "linked", "began", "ranked",
         "kept", "removed"}  # fmt: skip


def writing() -> dict[str, set[str]]:
    """Function that opens a write transaction -> what it calls."""
    found = {}
    for path in sorted((ROOT / "store").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.name in {"write", "write_case"}:
                continue
            calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
            names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in calls}
            opens = {ast.unparse(one) for one in calls} & {"write_case", "self._database.write", "database.write"}
            if opens:
                found[f"{path.relative_to(ROOT)} {node.name}"] = names
    return found


def test_whatever_writes_tells_the_audit_or_there_is_a_reason() -> None:
    sites = writing()
    assert len(sites) > 20
    silent = {site for site, names in sites.items() if not names & TELLS}
    assert {site.split()[1] for site in silent} == set(EXEMPT)


def test_a_new_workspace_begins_with_nothing(workspace: Workspace) -> None:
    (first,) = workspace.audit.list()
    assert (first.number, first.said["act"], first.said["what"]["found"]) == (1, "audit begun", "new")
    assert first.said["before"] == "0" * 64


def test_an_old_workspace_begins_with_what_was_there(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path)
    fill(workspace, [event(1), event(2, 1)])
    workspace.labels.set("case", [a_key(workspace)], "benign")
    workspace.close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        make_older(connection, "0015_ingested")
        connection.commit()
    workspace = open_workspace(tmp_path, Acting("ann", "rank"))
    (first,) = workspace.audit.list()
    assert first.said["who"] == "ann"
    what = first.said["what"]
    assert (what["found"], what["sources"], what["verdicts"], what["events"]) == ("0015_ingested", 1, 1, 1)
    assert what["cases"] == [{"case": "case", "id": 1, "sources": 1, "verdicts": 1}]
    workspace.labels.set("case", [a_key(workspace)], "malicious")
    assert workspace.audit.verify().faults == []
    workspace.close()


def test_an_ingest_is_told_with_its_hashes(filled: Workspace) -> None:
    assert acts(filled, "case") == ["ingest begun", "source begun", "source read", "case linked"]
    read = filled.audit.list("case")[2].said["what"]
    assert (read["path"], read["sha256"], read["kept"], read["state"]) == ("logs/one.json", "a" * 64, 3, "done")


def test_small_sources_are_told_together(workspace: Workspace) -> None:
    store = workspace.ingest
    store.comes_from("case", ["/evidence"])
    whole = [
        WholeSource(f"/evidence/{name}", name * 64, 5, "ndjson", Batch([event(1)], (), 1), "", ("/evidence/a.zip", "f" * 64))
        for name in "ab"
    ]
    store.add_sources("case", whole)
    begun, read = workspace.audit.list("case")
    assert begun.said["what"]["paths"] == ["/evidence"]
    assert [one["sha256"] for one in read.said["what"]["sources"]] == ["a" * 64, "b" * 64]
    assert read.said["what"]["sources"][0]["container"] == ["/evidence/a.zip", "f" * 64]
    count = len(workspace.audit.list())
    assert store.begin_source("case", "/evidence/a", "a" * 64, 5, "ndjson").complete
    assert len(workspace.audit.list()) == count, "nothing was changed"
    store.begin_source("case", "/evidence/copy", "a" * 64, 5, "ndjson")
    assert last(workspace)["act"] == "source known"
    store.note_unread("case", "/evidence/x.rar", "RAR data is not read.", ("/evidence/x.rar", "c" * 64))
    assert (last(workspace)["act"], last(workspace)["what"]["sha256"]) == ("source unread", "c" * 64)
    store.note_container([1], "/evidence/b.zip", "e" * 64)
    assert (last(workspace)["act"], last(workspace)["what"]["sha256"]) == ("archive read", "e" * 64)


def test_verdicts_are_told_with_who_gave_them(filled: Workspace) -> None:
    key = a_key(filled)
    filled.acting = Acting("bob", "label", {"note": "n"})
    filled.labels.set("case", [key], "malicious", note="n", author="ann")
    said = last(filled)
    assert (said["act"], said["who"], said["login"], said["command"]) == ("verdicts given", "ann", "bob", "label")
    assert said["arguments"] == {"note": "n"}
    assert (said["what"]["did"], said["what"]["verdicts"], said["what"]["on"]) == ("set", {"malicious": 1}, [key])
    filled.labels.undo("case", "ann")
    assert (last(filled)["what"]["did"], last(filled)["what"]["verdicts"]) == ("undo", {"none": 1})
    filled.labels.redo("case", "ann")
    assert last(filled)["what"]["did"] == "redo"
    import_rows(filled, "case", [{"chain_id": key, "verdict": "benign"}], author="bob", replace=True)
    assert (last(filled)["what"]["did"], last(filled)["who"]) == ("import", "bob")
    assert "login" not in last(filled)
    count = len(filled.audit.list())
    filled.labels.set("case", [key], "benign", note=None, author="bob")
    assert len(filled.audit.list()) == count, "it had that verdict"
    assert filled.audit.verify().faults == []


def test_models_and_rules_are_told(filled: Workspace, tmp_path: Path) -> None:
    model = publish(filled, texts="{}")
    assert (last(filled)["act"], last(filled)["what"]["model"], last(filled)["what"]["seed"]) == ("model trained", model, 1)
    score(filled, model=model)
    assert (last(filled)["act"], last(filled)["what"]["rows"]) == ("case ranked", 3)
    filled.thresholds.move("case", 1.0)
    assert (last(filled)["act"], last(filled)["what"]["per_host_day"]) == ("threshold moved", "1.0")
    filled.vault.use("case", model)
    assert last(filled)["act"] == "model used"
    filled.vault.remove(model, force=True)
    assert (last(filled)["act"], last(filled)["what"]["model"]) == ("model removed", model)
    rule = filled.rules.add(Rule(r"^is-([0-9a-z]{5})\.tmp$", "<temp>", "learnt", state=State.ACCEPTED, support=9))
    assert last(filled)["act"] == "rule added"
    assert rule.id is not None
    filled.rules.decide(rule.id, State.REJECTED)
    assert (last(filled)["act"], last(filled)["what"]["rule"]) == ("rule rejected", rule.id)
    filled.rules.record(filled.rules.accepted())
    assert last(filled)["act"] == "rules recorded"
    (filled.models_folder / "detector-x").mkdir()
    filled.vault.collect()
    assert (last(filled)["act"], last(filled)["what"]) == ("workspace repaired", {"removed": ["detector-x"]})
    assert not (filled.models_folder / "detector-x").exists()
    count = len(filled.audit.list())
    filled.vault.collect()
    assert len(filled.audit.list()) == count


def test_a_removed_case_keeps_its_history_and_no_command_line(filled: Workspace) -> None:
    fill(filled, [event(9, command_line="secret --of victim")], case="other", sha256="b" * 64)
    filled.labels.set("case", [a_key(filled)], "malicious")
    filled.cases.remove("case")
    assert acts(filled, "case")[-2:] == ["verdicts given", "case removed"]
    assert last(filled)["what"] == {"id": 1, "sources": 1, "records": 3, "chains": 3, "verdicts": 1}
    assert filled.audit.verify().faults == []
    filled.cases.remove("other")
    assert "victim" not in json.dumps([entry.said for entry in filled.audit.list()])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_and_is_no_danger(workspace: Workspace, text: str, tmp_path: Path) -> None:
    store = workspace.ingest
    store.note_unread("case", f"/x/{text}", text)
    assert last(workspace)["what"]["error"] == json.loads(json.dumps(text)), "two halves that make a character are that"
    with (tmp_path / "out").open("wb") as stream:
        workspace.audit.export(stream)
    assert (tmp_path / "out").read_bytes().isascii()
    assert workspace.audit.verify().faults == []


def test_a_change_that_is_rolled_back_is_told_of_by_nothing(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from store.scope import state
    from store.verdicts import acts as written

    def broken(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(written, "apply", broken)
    before = filled.audit.head()
    with pytest.raises(StoreError):
        filled.labels.set("case", [a_key(filled)], "malicious")
    assert filled.audit.head() == before
    monkeypatch.setattr(written, "apply", state.apply)
    monkeypatch.setattr("store.verdicts.verdicts.judged", broken)
    with pytest.raises(StoreError):
        filled.labels.set("case", [a_key(filled)], "malicious")
    assert filled.labels.history("case") == ()


@in_a_file
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET entry = '{}' WHERE number = 1", "DELETE FROM audit WHERE number = 1", "DELETE FROM audit",
        "INSERT INTO audit VALUES (99, '{}', '')", "INSERT INTO audit VALUES (-1, '{}', '')",
        "INSERT OR REPLACE INTO audit VALUES (1, '{}', '')", "REPLACE INTO audit VALUES (2, '{}', '')",
        "UPDATE OR REPLACE audit SET number = 2 WHERE number = 1",
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_the_audit(filled: Workspace, statement: str) -> None:
    before = filled.audit.list()
    with pytest.raises(StoreError, match="entries of the audit"), filled.write() as connection:
        connection.exec_driver_sql(statement)
    assert filled.audit.list() == before


def without_triggers(workspace: Workspace, *statements: str) -> None:
    with workspace.write() as connection:
        for name in ("audit_unchanged", "audit_kept", "audit_appended"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


@in_a_file
@pytest.mark.parametrize(
    ("statement", "place", "said"),
    [
        ("UPDATE audit SET entry = replace(entry, 'one.json', 'two.json') WHERE number = 3", 3, "not what its hash says"),
        ("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 3", 3, "not what its hash says"),
        ("DELETE FROM audit WHERE number = 3", 3, "entry 3 is missing before entry 4"),
        ("UPDATE audit SET entry = entry || ' ' WHERE number = 2", 2, "not as it was written"),
        ("UPDATE audit SET entry = x'ff' WHERE number = 2", 2, "not as it was written"),
        ("UPDATE audit SET number = number + 10 WHERE number = 5", 5, "not as it was written"),
    ],
)
def test_what_was_done_behind_the_triggers_is_found(filled: Workspace, statement: str, place: int, said: str) -> None:
    without_triggers(filled, statement)
    first = filled.audit.verify().faults[0]
    assert first.place == place
    assert said in first.what
    assert any("The audit: " in complaint.message for complaint in examine(filled))


@in_a_file
@pytest.mark.parametrize(
    "entry",
    [
        '{"act":"verdicts given","number":1,"what":{"batch":[],"id":[1]}}', '{"act":"verdicts given","number":1,"what":{"id":1}}',
        '{"act":"audit begun","number":1,"what":{"events":"x"}}', '{"number":1,"what":[[1]]}',
        '{"act":{},"at":[],"number":1,"who":5}',
        '{"number":1,"what":' + '{"a":' * 900 + "1" + "}" * 900 + "}", "[1]", "1", "",
    ],
    ids=range(9),
)  # fmt: skip
def test_whatever_somebody_wrote_instead_of_an_entry_is_answered(filled: Workspace, entry: str) -> None:
    from tui.words.custody.audited import entry_line

    with filled.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_unchanged")
        connection.exec_driver_sql("UPDATE audit SET entry = ? WHERE number = 1", (entry,))
        connection.commit()
    assert filled.audit.verify().faults[0].place == 1
    assert all(entry_line(one) for one in filled.audit.list())
    with (filled.folder / "out").open("wb") as stream:
        filled.audit.export(stream)
    assert verify_file(filled.folder / "out").faults[0].place == 1


@in_a_file
def test_an_audit_that_was_begun_anew_is_found(filled: Workspace) -> None:
    without_triggers(filled, "DELETE FROM audit")
    assert [fault.what for fault in filled.audit.verify().faults][:1] == [
        "the audit is empty: what a workspace's audit begins with was removed"
    ]
    filled.audit.note("audit exported", {"rows": 0})
    assert "entry 1 is not what an audit begins with" in filled.audit.verify().faults[0].what
    assert any("The audit: " in complaint.message for complaint in examine(filled))
    with (filled.folder / "out").open("wb") as stream:
        filled.audit.export(stream)
    assert "entry 1 is not what an audit begins with" in verify_file(filled.folder / "out").faults[0].what


@in_a_file
def test_an_entry_behind_which_none_can_stand_is_said(filled: Workspace) -> None:
    without_triggers(filled, f"INSERT INTO audit VALUES ({2**63 - 1}, '{{}}', x'00')")
    assert [one.number for one in filled.audit.list(last=1)] == [2**63 - 1]
    assert json.dumps([one.hash for one in filled.audit.list()])
    assert filled.audit.verify().faults
    with pytest.raises(StoreError, match="an entry that no oddkin wrote"):
        filled.audit.note("audit exported", {})


def test_a_verdict_that_was_changed_in_the_history_is_found(filled: Workspace) -> None:
    filled.labels.set("case", [a_key(filled)], "malicious", note="seen", author="ann", scope=Scope(host="WEB01"))
    number = filled.audit.head()
    assert number is not None
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE label_event SET verdict = 'benign'")
        connection.commit()
    (fault,) = filled.audit.verify().faults
    assert fault.what == f"the verdicts that entry {number.number} tells of are not in the history as they were given"


def test_a_verdict_that_nobody_told_of_is_found(filled: Workspace) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO label_event (case_id, batch, action, chain_key, scope, verdict, note, author, at_us)"
            " VALUES (1, 7, 'set', 'k', '', 'benign', '', 'x', 1)"
        )
        connection.commit()
    (fault,) = filled.audit.verify().faults
    assert fault.what == "no entry tells of 1 verdicts in the history (from event 1 on)"


def test_two_at_once_make_one_chain(filled: Workspace) -> None:
    """Each with a database of its own, as two processes have."""
    key, wrong = a_key(filled), []

    def judge(who: str) -> None:
        own = reopened(filled, Acting(who))
        try:
            for number in range(15):
                own.labels.set("case", [key], "malicious" if number % 2 else "benign", note=f"{who}{number}", author=who)
        except Exception as error:
            wrong.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=judge, args=(who,)) for who in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    report = filled.audit.verify()
    assert report.faults == []
    assert acts(filled).count("verdicts given") == 30


def test_checking_can_be_stopped(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.custody.audit.EVERY", 1)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        filled.audit.verify(Run(token=token))
