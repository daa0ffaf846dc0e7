"""A damage that SQLite does not see and an export would show is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.progress import Run, Step
from store.base.database import DATABASE
from store.doctor.examine import examine
from store.export.rows import rows
from store.schema import witness
from store.workspace import open_workspace
from tests.store.samples import event, fill, score

DAMAGES = {
    "a text": "UPDATE string SET text = 'app --number 8' WHERE text = 'app --number 7'",
    "a path": "UPDATE path SET text = text || 'x' WHERE id = 1",
    "a chain's steps": "UPDATE chain SET steps = (SELECT steps FROM chain WHERE length = 1), length = 1 WHERE length = 2",
    "a chain's count": "UPDATE chain SET count = count + 1 WHERE id = 1",
    "a host's count": "UPDATE chain_host SET count = count + 1 WHERE chain_id = 1",
    "a time": "UPDATE process SET time_us = time_us + 1000000 WHERE pid = 7",
    "a pid": "UPDATE process SET pid = 8 WHERE pid = 7",
    "another command line": "UPDATE process SET command = (SELECT command FROM process WHERE pid = 8) WHERE pid = 7",
    "a process": "DELETE FROM process WHERE pid = 7",
    "a score": "UPDATE score SET score = score + 1e-9 WHERE rank = 1",
    "an error of a step": "UPDATE score SET step_errors = zeroblob(length(step_errors)) WHERE rank = 1",
    "a finding": "UPDATE finding SET key = 'f' || substr(key, 2) WHERE rank = 1",
    "what an incident scores": "UPDATE incident SET score = score + 1e-9 WHERE number = 1",
    "an incident's lead": "UPDATE incident SET lead = top WHERE lead != top",
    "what is odd": "UPDATE covered SET odd = 0 WHERE odd = 1",
    "a process's score": "UPDATE covered SET score = score + 1e-9",
    "what is covered": "DELETE FROM covered WHERE process_id = (SELECT max(process_id) FROM covered)",
    "a finding's chain": "UPDATE finding_chain SET processes = processes + 1",
    "a variant": "UPDATE variant SET shape = shape + 1",
    "a remote start": "UPDATE related SET how = 'ssh'",
    "the evidence for it": "UPDATE related SET evidence = '[]'",
    "what was expected": "UPDATE expectation SET alternatives = '[]'",
    "a threshold": "UPDATE score_set SET threshold = threshold + 1e-9",
    "a host's name": "UPDATE host SET name = 'WEB02'",
    "a source's path": "UPDATE source SET path = 'logs/two.json'",
    "an image": "UPDATE image SET path_id = 2 WHERE path_id = 1",
    "a verdict": "UPDATE label_current SET verdict = 'benign'",
    "a note": "UPDATE label_event SET note = 'other'",
    "a verdict that is gone": "DELETE FROM label_current",
}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    workspace = open_workspace(tmp_path / "w")
    fill(workspace, [event(number, number // 3 or None) for number in range(1, 40)])
    score(workspace, grouped=True)
    with workspace.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO related SELECT id, (1 << 32) + 1, (1 << 32) + 2, 'psexec', '[\"so\"]' FROM score_set"
        )
        witness.keep(connection, witness.SCORES, 1)
        connection.commit()
    workspace.labels.set("case", [workspace.queue.page("case")[0].key], "malicious", note="x", author="ann")
    assert examine(workspace) == ()
    workspace.close()
    return tmp_path / "w"


def change(folder: Path, statement: str) -> None:
    """As if bytes had changed: no trigger is told."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damage_to_what_is_exported_is_found(filled: Path, what: str) -> None:
    change(filled, DAMAGES[what])
    workspace = open_workspace(filled)
    found = examine(workspace)
    workspace.close()
    assert "damage" in {complaint.code for complaint in found}
    assert {complaint.severity for complaint in found} == {"error"}
    assert all(complaint.remedy for complaint in found)


def test_a_text_that_is_not_what_was_read_is_not_exported(filled: Path) -> None:
    change(filled, "UPDATE string SET text = 'innocent' WHERE text LIKE 'app --number%'")
    workspace = open_workspace(filled)
    with pytest.raises(StoreError, match="not what was written") as caught:
        list(rows(workspace, "case"))
    workspace.close()
    assert "doctor" in caught.value.remedy


def test_what_is_done_with_a_workspace_keeps_it_sound(filled: Path) -> None:
    workspace = open_workspace(filled)
    fill(workspace, [event(50, 1), event(51, 50, host="B")], sha256="b" * 64, path="logs/two.json")
    assert examine(workspace) == ()
    workspace.thresholds.move("case", 2.0)
    score(workspace, grouped=True)
    workspace.labels.undo("case", "ann")
    workspace.labels.redo("case", "ann")
    fill(workspace, [event(60)], case="other", sha256="c" * 64)
    assert examine(workspace) == ()
    workspace.cases.remove("case")
    assert examine(workspace) == ()
    with workspace.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind, count(*) FROM witness GROUP BY kind ORDER BY kind").all()
    workspace.close()
    assert [tuple(row) for row in kinds if row[0] in {"cases", "host", "processes", "label_event", "scores"}] == [
        ("cases", 1), ("host", 1), ("processes", 1),
    ]  # fmt: skip


def test_what_an_older_oddkin_wrote_cannot_be_checked_and_that_is_said(filled: Path) -> None:
    change(filled, "DELETE FROM witness WHERE kind IN ('processes', 'scores')")
    workspace = open_workspace(filled)
    (found,) = examine(workspace)
    workspace.close()
    assert (found.severity, found.code) == ("note", "unchecked")
    assert "the processes of host 1" in found.message


def test_the_doctor_tells_how_far_it_is(filled: Path) -> None:
    steps: list[Step] = []
    workspace = open_workspace(filled)
    examine(workspace, Run(steps.append))
    workspace.close()
    assert [step.detail for step in steps][:3] == ["pages", "references", "texts"]
    assert {"chains", "processes", "scores", "models"} <= {step.detail for step in steps}
