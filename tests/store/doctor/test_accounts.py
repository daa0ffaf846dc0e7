"""Every column of the schema is in an account that the doctor compares, or there is a reason why not."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.base.database import DATABASE
from store.doctor.contents import COUNTED, DISAGREEING
from store.doctor.examine import examine
from store.schema import tables as _all_tables  # noqa: F401 - registers them
from store.schema import witness
from store.schema.base import Base
from store.schema.host_account import CHAINS, PROCESSES
from store.schema.witness import PARTS
from store.schema.witness_tables import WATCHED
from store.verdicts.subject import OfProcess
from store.workspace import open_workspace
from tests.store.doctor.test_examine import change, filled
from tests.store.older import make_older
from tests.store.samples import event, fill

__all__ = ["filled"]

DIGESTED = {"process": PROCESSES, "chain_host": CHAINS} | {
    table: query for queries in PARTS.values() for query in queries for table in re.findall(r" FROM (\w+)", query)
}
"""Table -> the query whose rows have a digest per host or per scoring."""
DERIVED = {
    "chain": {"key", "steps", "length", "count", "host_count", "first_us", "last_us"},
    "string": {"digest", "text"},
    "path": {"digest", "text"},
    "kept": {"digest"},
    "process_verdict": {"case_id", "chain_id", "verdict", "event_id", "own"},
    "kept_part": {"data"},
}
"""Computed again and compared, by the doctor or (what is kept) when it is read."""
TOLD_APART = {
    "chain.case_id": "hosts on which it occurs",
    "chain.id": "hosts on which it occurs",
}
"""Compared with other tables: DISAGREEING, PRAGMA foreign_key_check."""
NOT_WATCHED = {
    "cases.stale": "a note that totals are to be refreshed; the doctor looks at it",
    "cases.lists_us": "a note that the case is to be ranked anew",
    "hash_list": "what somebody else's list says of the case: who has the list gives it again",
    "hash_listed": "the same",
    "mark_set": "what somebody else's rules say of the case: who has the rules runs them again",
    "mark_rule": "the same",
    "mark": "the same",
    "counter": "numbers that make caches start anew",
    "host.records": "a count, to look at; the processes of the host are in a digest",
    "host.given": "the highest number given: a smaller one makes the next ingest fail on a key that is there",
    "host.unlinked": "a note that links are to be made; the doctor looks at it",
    "host.linked_us": "when it was linked; shown nowhere",
    "process.source_id": "in the digest",
    "ingested": "where results must not go; nothing is told of it, and the sources themselves are watched",
    "staged": "records on their way, packed; they are gone when their host is linked",
    "reject": "ten thousand samples a source, to look at; their number is watched with the source",
    "finding.parts": "compared with the finding's score, to which they add up, when they are read",
    "kept.name": "a name that is not asked for is not read",
    "kept.made_from": "what was made from something else is not read",
    "kept.head": "says what the digest is over: another one does not fit",
    "kept_part.name": "in the digest, by the order of the parts",
    "kept_part.part": "in the digest, by the order of the parts",
    "witness": "the account itself",
    "audit": "a chain of hashes, which the doctor follows",
    "exception_use": "a count, to look at; made anew with each ranking, as the next is",
    "exception_covered": "derived from the exceptions, which are watched, and the evidence",
    "merged_event": "each row has the hash of what it says, which whoever reads it compares",
}


def accounted(table: str, column: str) -> bool:
    key, columns = WATCHED.get(table, ((), ()))
    return (
        column in (*key, *columns)
        or re.search(rf"\b{column}\b", DIGESTED.get(table, "")) is not None
        or column in DERIVED.get(table, ())
        or f"{table}.{column}" in TOLD_APART
    )


COLUMNS = [(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_each_column_is_in_an_account_or_there_is_a_reason(table: str, column: str) -> None:
    keys = {key.name for key in Base.metadata.tables[table].primary_key}
    excused = table in NOT_WATCHED or f"{table}.{column}" in NOT_WATCHED
    # A row under another key is in no account, and its own is missing.
    assert accounted(table, column) or excused or (column in keys and (table in DIGESTED or table in DERIVED))


def test_no_reason_is_left_over() -> None:
    names = {table for table, _ in COLUMNS} | {f"{table}.{column}" for table, column in COLUMNS}
    assert {*NOT_WATCHED, *TOLD_APART} <= names
    assert {f"{table}.{column}" for table, columns in DERIVED.items() for column in columns} <= names
    assert all(column in COUNTED for column in ("count", "host_count", "first_us", "last_us"))


BEHIND_ITS_BACK = {
    "an error": "UPDATE source SET error = 'x', state = 'failed'",
    "the end of a source": "UPDATE source SET finished_us = finished_us + 1",
    "an act": "UPDATE label_event SET action = 'undo', undoes = 1",
    "when a model was taken": "UPDATE model_use SET at_us = at_us + 1",
    "what a classifier learnt": "UPDATE taught_verdict SET verdict = 'benign'",
    "who uses a classifier": "DELETE FROM classifier_use",
    "a rule": "UPDATE rule SET replacement = '<y>'",
}
SCORING = {
    "UPDATE incident SET host_id = 2 WHERE number = (SELECT max(number) FROM incident)": "incidents of a host of another case",
    "UPDATE finding SET odd = odd + 1 WHERE rank = 2": "findings with other incidents than they say",
    "UPDATE incident SET processes = processes + 1 WHERE number = 1": "findings with other incidents than they say",
    "DELETE FROM finding WHERE rank = (SELECT max(rank) FROM finding)": "incidents of no finding",
    "UPDATE covered SET odd = 1 - odd": "incidents that cover other processes than they say",
    "DELETE FROM covered WHERE process_id = (SELECT max(lead) FROM incident)": "that cover other processes than they say",
    "UPDATE covered SET incident = 99999 WHERE odd = 1": "processes of no incident",
    "DELETE FROM finding_chain WHERE finding = 1": "findings that end in other chains than they say",
    "UPDATE finding_chain SET finding = 99999 WHERE finding = 1": "chains of no finding",
    "UPDATE variant SET chain_id = (SELECT max(id) FROM chain) WHERE chain_id = 1": "variants or remote starts of another case",
    "INSERT INTO related VALUES ((SELECT max(id) FROM score_set), (2 << 32) + 1, (1 << 32) + 1, 'ssh', '[]')": (
        "variants or remote starts of another case"
    ),
}
"""What a program changed in a scoring, and wrote down anew; what is told of it."""
ON_A_PROCESS = {
    "the verdict": "UPDATE process_verdict SET verdict = 'benign'",
    "the case": "UPDATE process_verdict SET case_id = 2",
    "the chain": "UPDATE process_verdict SET chain_id = chain_id + 1",
    "the act": "UPDATE process_verdict SET event_id = event_id + 1",
    "what it is on": "UPDATE process_verdict SET own = 0",
    "the process": "UPDATE process_verdict SET process_id = process_id + 1000",
}
"""Of a verdict on a process: who changes it, by program or as bytes, leaves another one that holds."""
BY_A_PROGRAM = {
    "a host": "UPDATE host SET case_id = 2, key = 'moved' WHERE id = 1",
    "a source": "UPDATE source SET case_id = 2 WHERE id = 1",
    "a chain": "UPDATE chain SET case_id = 2 WHERE id = (SELECT max(id) FROM chain WHERE case_id = 1)",
    "a scoring": "UPDATE score_set SET case_id = 2",
    "an act": "UPDATE label_event SET action = 'given'",
    "what it reverses": "UPDATE label_event SET undoes = 7",
    "a verdict": "UPDATE label_event SET verdict = 'benign'",
    "an error": "UPDATE source SET error = 'x'",
    "an end": "UPDATE source SET finished_us = NULL",
}


@pytest.fixture
def more(filled: Path) -> Path:
    """A second case, a rule, a classifier that was taught."""
    workspace = open_workspace(filled)
    fill(workspace, [event(1)], case="other", path="other.json", sha256="d" * 64)
    with workspace.write() as connection:
        for statement in (
            "INSERT INTO rule (pattern, replacement, state, version, support, cluster, created_us)"
            " VALUES ('a', '<x>', 'accepted', 1, 1, '{}', 1)",
            "INSERT INTO taught_verdict SELECT id, 1, 'k', -1, 'malicious', 0.1 FROM model",
            "INSERT INTO classifier_use (case_id, model_id, at_us) SELECT 1, id, 1 FROM model",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    workspace.labels.give("case", OfProcess(workspace.processes.find("case", limit=1)[0].id), "malicious", author="ann")
    assert examine(workspace) == ()
    workspace.close()
    return filled


def codes(folder: Path) -> set[str]:
    workspace = open_workspace(folder)
    found = examine(workspace)
    workspace.close()
    return {complaint.code for complaint in found if complaint.severity == "error"}


@pytest.mark.parametrize("what", BEHIND_ITS_BACK)
def test_a_damage_to_what_is_told_is_found(more: Path, what: str) -> None:
    change(more, BEHIND_ITS_BACK[what])
    assert codes(more) == {"damage"}


@pytest.mark.parametrize("what", BY_A_PROGRAM)
def test_what_another_program_changed_disagrees_with_its_company(more: Path, what: str) -> None:
    """Its triggers are told, so that the second account says the same: the rows beside it do not."""
    with closing(sqlite3.connect(more / DATABASE)) as connection:
        assert connection.execute(BY_A_PROGRAM[what]).rowcount
        connection.commit()
    assert codes(more) == {"damage"} | ({"audit"} if what == "a verdict" else set())


@pytest.mark.parametrize("statement", SCORING)
def test_what_is_written_down_anew_disagrees_with_its_company(more: Path, statement: str) -> None:
    """A program that changes a scoring and its digest too: the tables do not fit together."""
    workspace = open_workspace(more)
    with workspace.write() as connection:
        assert connection.exec_driver_sql(statement).rowcount
        set_id = connection.exec_driver_sql("SELECT max(id) FROM score_set").scalar_one()
        witness.keep(connection, witness.SCORES, set_id)
        connection.commit()
    found = [complaint.message for complaint in examine(workspace) if complaint.severity == "error"]
    workspace.close()
    assert any(SCORING[statement] in told for told in found)
    assert not any("not what was written" in told for told in found)


@pytest.mark.parametrize("what", ON_A_PROCESS)
def test_a_verdict_on_a_process_is_the_one_that_was_given(more: Path, what: str) -> None:
    change(more, ON_A_PROCESS[what])
    workspace = open_workspace(more)
    (found,) = [complaint.message for complaint in examine(workspace) if complaint.severity == "error"]
    workspace.close()
    assert re.match("[12] processes have another verdict than the labels on them and on their variants say", found)


def test_every_disagreement_is_tried() -> None:
    tried = [query for query in DISAGREEING if any(told in query for told in SCORING.values())]
    assert len(DISAGREEING) - len(tried) <= len(BY_A_PROGRAM)


def test_an_older_account_goes_on_and_its_damages_are_still_found(more: Path) -> None:
    with closing(open_workspace(more)) as workspace:
        workspace.labels.undo("case", author="ann")  # an older oddkin knew no verdict on a process
    change(more, "UPDATE host SET name = 'WEB02' WHERE id = 1")
    with closing(sqlite3.connect(more / DATABASE)) as connection:
        make_older(connection, "0010_witness")
        host = "quote(case_id) || ',' || quote(key) || ',' || quote({name}) || ',' || quote(active_days)"
        connection.execute(
            "UPDATE witness SET said = (SELECT " + host.format(name="name") + " FROM host WHERE quote(id) = witness.key)"
            " WHERE kind = 'host' AND key != '1'"
        )
        connection.commit()
    workspace = open_workspace(more)
    (found,) = [complaint.message for complaint in examine(workspace) if complaint.severity == "error"]
    workspace.close()
    assert found == "1 rows of the table host are not what was written."
