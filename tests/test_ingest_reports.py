"""What `oddkin ingest` says and remembers of what it could not read, skipped, resumed or read by a mapping."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyzipper
from typer.testing import CliRunner, Result

from engine.errors import SourceBusy
from engine.jobs.ingest import bundle
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import Run
from store.evidence.ingest import Ingest
from store.workspace import open_workspace
from tui.command_line import app

EVENT = {
    "EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h", "Image": "C:\\a.exe", "ProcessId": "5",
    "UtcTime": "2024-01-01 00:00:00.000", "ParentImage": "C:\\b.exe", "ProcessGuid": "{x}", "ParentProcessId": "4",
}  # fmt: skip


def line(number: int, **more: Any) -> str:
    return json.dumps(EVENT | {"ProcessGuid": f"{{{number}}}", "ProcessId": str(number)} | more) + "\n"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    workspace = tmp_path / "work"

    def invoke(*arguments: object) -> Result:
        words = ["--workspace", str(workspace), *map(str, arguments)]
        return CliRunner().invoke(app, words, catch_exceptions=False)

    return invoke


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "good.json").write_text("".join(line(number) for number in range(1, 6)), encoding="utf-8")
    return folder


def shown(run: Callable[..., Result], case: str = "default") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("cases", "show", case, "--format", "json").stdout)
    return found


def zipped(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_what_cannot_be_read_is_a_source_until_it_can(run: Callable[..., Result], logs: Path) -> None:
    whole = zipped({"in.json": line(9)})
    (logs / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (logs / "gone.json").symlink_to(logs / "nowhere")
    done = run("ingest", logs)
    assert done.exit_code == 3
    assert "→ " in done.stderr
    case = shown(run)
    failed = {Path(source["path"]).name: source["error"] for source in case["source_list"] if source["state"] == "failed"}
    assert set(failed) == {"bad.zip", "gone.json"}
    assert case["failed"] == 2
    assert case["unfinished"] == 0
    assert run("ingest", logs).exit_code == 3
    assert [source["id"] for source in shown(run)["source_list"]] == [source["id"] for source in case["source_list"]]
    (logs / "bad.zip").write_bytes(whole)
    (logs / "nowhere").write_text(line(11), encoding="utf-8")
    assert run("ingest", logs).exit_code == 0
    names = [(Path(source["path"]).name, source["state"]) for source in shown(run)["source_list"]]
    assert sorted(names) == [("bad.zip!in.json", "done"), ("gone.json", "done"), ("good.json", "done")]


def test_a_failed_source_is_no_interrupted_ingest(run: Callable[..., Result], logs: Path) -> None:
    (logs / "gone.json").symlink_to(logs / "nowhere")
    run("ingest", logs)
    assert "interrupted" not in run().stdout
    assert "1 damaged or not read" in run().stdout


def test_errors_name_the_path_once_and_the_remedy(run: Callable[..., Result], logs: Path) -> None:
    (logs / "gone.json").symlink_to(logs / "nowhere")
    said = run("ingest", logs).stderr
    assert said.count("gone.json") == 1
    assert "    → Check the path" in said


def test_a_resumed_source_counts_only_what_is_new(run: Callable[..., Result], logs: Path, tmp_path: Path) -> None:
    import gzip

    packed = gzip.compress("".join(line(number) + os.urandom(300).hex() + "\n" for number in range(1, 400)).encode())
    (logs / "good.json").unlink()
    (logs / "cut.json.gz").write_bytes(packed[: len(packed) // 2])
    first = run("ingest", logs)
    assert " 0 process creations kept" not in first.stderr
    again = run("ingest", logs)
    assert again.exit_code == 3
    assert " 0 records read, 0 process creations kept" in again.stderr
    assert "were here already from an earlier run" in again.stderr


def test_an_unreadable_argument_costs_itself(
    run: Callable[..., Result], logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As root nothing is unreadable, so what the system would say is said here.
    locked = tmp_path / "locked" / "file.json"
    real_stat, real_access = Path.stat, os.access

    def stat(self: Path, **more: Any) -> os.stat_result:
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return real_stat(self, **more)

    locked.parent.mkdir()
    locked.write_text(line(1), encoding="utf-8")
    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(os, "access", lambda path, *rest, **more: str(path) != str(locked) and real_access(path, *rest, **more))
    done = run("ingest", locked, logs)
    assert done.exit_code == 3
    assert "Permission denied" in done.stderr
    assert "5 process creations kept" in done.stderr


def test_a_mapping_chooses_the_generic_reader(run: Callable[..., Result], tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('image = "Was"\nhost = "Wo"\npid = "Nr"\n', encoding="utf-8")
    folder = tmp_path / "mapped"
    folder.mkdir()
    with (folder / "a.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["Was", "Wo", "Nr"], ["/bin/sh", "one", "4"], ["/bin/cat", "one", "5"]])
    rows = [{"Was": "/bin/ls", "Wo": "two", "Nr": 7}, {"other": 1}, {"Was": "/bin/id", "Wo": "two", "Nr": 8}]
    (folder / "b.json").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    (folder / "c.json").write_text(line(1), encoding="utf-8")
    # Without it the JSON is read and holds nothing, which must not keep it from being read with it.
    run("ingest", folder / "b.json")
    done = run("ingest", folder, "--map", mapping)
    assert done.exit_code == 0, done.stderr
    case = shown(run)
    assert {Path(source["path"]).name: (source["format"], source["kept"]) for source in case["source_list"]} == {
        "a.csv": ("csv+map", 2), "b.json": ("json+map", 2), "c.json": ("json", 1),
    }  # fmt: skip
    assert {host["name"] for host in case["host_list"]} == {"one", "two", "h"}


def test_a_mapping_that_nothing_uses_is_an_error(run: Callable[..., Result], logs: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text('image = "Was"\n', encoding="utf-8")
    done = run("ingest", logs, "--map", mapping)
    assert done.exit_code == 2
    assert "5 process creations kept" in done.stderr
    assert "mapping was not used" in done.stderr


def test_a_mapped_json_record_tells_nested_keys_lists_and_bad_cells(run: Callable[..., Result], tmp_path: Path) -> None:
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"image": "p.exe", "command_line": "p.args", "pid": "p.id"}), encoding="utf-8")
    records = [{"p": {"exe": "/bin/sh", "args": ["sh", "-c", "id"], "id": 5}}, {"p": {"exe": "/bin/sh", "id": {"x": 1}}}]
    (tmp_path / "n.json").write_text(json.dumps(records), encoding="utf-8")
    done = run("ingest", tmp_path / "n.json", "--map", mapping, "--host", "n")
    assert done.exit_code == 3
    assert "1 bad-pid" in done.stderr
    workspace = open_workspace(tmp_path / "work")
    assert [process.command_line for process in workspace.processes.find("default", pid=5)] == ["sh -c id"]
    workspace.close()


def test_large_unknown_files_get_a_hint_and_a_case_is_only_named_when_there_is_one(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "small.txt").write_text("hello", encoding="utf-8")
    small = run("ingest", folder).stderr
    assert "--map" not in small
    (folder / "large.txt").write_text("hello world\n" * 200, encoding="utf-8")
    for number in range(70):
        (folder / f"{number}.txt").write_text("hello", encoding="utf-8")
    done = run("ingest", folder)
    assert done.exit_code == 0
    assert "--format" in done.stderr
    assert "--map" in done.stderr
    assert "… and 12 more" in done.stderr
    assert "cases show" not in done.stderr
    assert "oddkin ingest PATH --case default" in done.stderr


def test_many_records_without_a_process_get_a_word(run: Callable[..., Result], logs: Path) -> None:
    (logs / "good.json").write_text("".join(line(number, EventID=3) for number in range(50)), encoding="utf-8")
    assert "50 records, none is a process creation" in run("ingest", logs).stderr


def test_second_records_of_processes_are_counted(run: Callable[..., Result], logs: Path) -> None:
    (logs / "good.json").write_text(line(1, RecordNumber=7) * 2 + line(2), encoding="utf-8")
    done = run("ingest", logs)
    assert "1 merged (second records of a process)" in done.stderr


def test_paths_are_stored_whole(run: Callable[..., Result], logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(logs)
    run("ingest", "../logs/good.json")
    assert [source["path"] for source in shown(run)["source_list"]] == [str(logs / "good.json")]


def test_a_source_that_another_process_ingests_costs_itself(logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "a.json").write_text(line(70) + line(71), encoding="utf-8")
    workspace = open_workspace(tmp_path / "work")
    real = Ingest.begin_source

    def begin(self: Ingest, case: str, path: str, sha256: str, size: int, fmt: str) -> Any:
        ticket = real(self, case, path, sha256, size, fmt)
        if path.endswith("a.json"):
            # The other process is one batch ahead.
            with self._database.write() as connection:
                connection.exec_driver_sql("UPDATE source SET items = 1 WHERE id = ?", (ticket.id,))
                connection.commit()
        return ticket

    monkeypatch.setattr(Ingest, "begin_source", begin)
    monkeypatch.setattr(bundle, "SMALL_BYTES", 0)
    report = ingest(IngestRequest([logs], "default"), workspace.ingest, Run())
    busy, good = report.sources
    assert "same file" in busy.error
    assert good.kept == 5
    states = {Path(source.path).name: source.state for source in workspace.cases.sources("default")}
    assert states == {"a.json": "reading", "good.json": "done"}
    workspace.close()
    assert issubclass(SourceBusy, Exception)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u202eb", "\udcff", "x" * 101])
def test_case_names_can_be_seen_and_typed(run: Callable[..., Result], logs: Path, name: str) -> None:
    assert run("ingest", logs, "--case", name).exit_code == 2
    assert run("cases", "list").stdout == ""


def test_a_run_that_finds_nothing_makes_no_case(run: Callable[..., Result], logs: Path, tmp_path: Path) -> None:
    """The newest case is what every other command takes."""
    run("ingest", logs, "--case", "mine")
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("hello there\nfriend\n")
    (other / "list.json").write_text('{"a": 1}\n{"a": 2}\n')
    done = run("ingest", other)
    assert (done.exit_code, "Nothing was kept of" in done.stderr) == (0, True)
    assert [case["name"] for case in json.loads(run("cases", "list", "--format", "json").stdout)] == ["mine"]
    assert run("cases", "show").stdout.startswith("mine: ")
    run("ingest", other, "--case", "mine")
    assert shown(run, "mine")["kept"] == 5


def test_a_case_of_which_something_has_to_be_told_stays(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    assert run("ingest", tmp_path / "bad.zip").exit_code == 3
    assert shown(run)["failed"] == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [("[" * 200_000, 0), ("[" + line(1).strip() + ",", 1), ("[" + line(1) + "," + line(2), 2), ("[[" + line(1) + "]", 1)],
    ids=["nothing else", "a comma", "between two", "one of two"],
)  # fmt: skip
def test_a_text_that_ends_within_an_array_is_said(run: Callable[..., Result], tmp_path: Path, text: str, kept: int) -> None:
    (tmp_path / "cut.json").write_text(text)
    done = run("ingest", tmp_path / "cut.json")
    assert done.exit_code == 3
    assert f"kept {kept} of {kept + 1}; rejected: 1 cut-json" in done.stderr
    assert "ends within an array" in run("cases", "show", "default", "--rejects").stdout


@pytest.mark.parametrize("text", ["[{},{}]", "[\n{line}]", "[{}]\n[{}]", "[[{}],[{}]]", "[{},{},{},{},{},{},{},{},{}]\n"])
def test_an_array_that_is_closed_is_whole(run: Callable[..., Result], tmp_path: Path, text: str) -> None:
    (tmp_path / "whole.json").write_text(text.replace("{line}", line(1)).replace("{}", line(2).strip()))
    assert run("ingest", tmp_path / "whole.json").exit_code == 0


def test_a_log_without_a_record_is_said(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("[]\n")
    done = run("ingest", tmp_path / "empty.json", "--format", "json")
    assert done.exit_code == 0
    assert "0 records, none is a process creation" in done.stderr


def test_an_encrypted_zip_is_read_with_its_password_and_told_without(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b"infected")
        archive.writestr("a.json", line(1) + line(2))
    refused = run("ingest", path)
    assert refused.exit_code == 3
    assert "encrypted" in refused.stderr
    assert "--password" in refused.stderr
    assert run("ingest", path, "--password", "wrong").exit_code == 3
    done = run("ingest", path, "--password", "infected")
    assert done.exit_code == 0
    assert "2 process creations kept" in done.stderr
    assert shown(run)["failed"] == 0


def own(number: int, time_us: int) -> str:
    """A record as oddkin writes it: no reader has looked at its time."""
    record = {"kind": "sysmon1", "os": "linux", "host": "h", "image": "/usr/bin/a", "pid": number, "ppid": number - 1}
    return json.dumps(record | {"time_us": time_us}) + "\n"


NOON_2024 = 1_704_110_400_000_000


@pytest.mark.parametrize("wrong", [2**62, -(2**62), -62_135_596_800_000_000, 253_402_300_799_000_000, -11_644_473_600_000_000])
def test_a_time_that_no_clock_tells_is_said_and_blanks_no_range(run: Callable[..., Result], logs: Path, wrong: int) -> None:
    (logs / "good.json").write_text("".join(own(number, NOON_2024) for number in range(2, 7)) + own(7, wrong), encoding="utf-8")
    done = run("ingest", logs)
    assert done.exit_code == 0
    assert "1 process creation has a time before 1970 or after 2099; it is kept" in done.stderr
    told = run("cases", "show").stdout
    assert "1 process creation has a time before 1970 or after 2099" in told
    assert "6 records" in told
    assert "from 2024-01-01T12:00:00Z to 2024-01-01T12:00:00Z" in told
    assert "2024-01-01T12:00:00Z … 2024-01-01T12:00:00Z" in told
    assert "01-01 12:00" in run("rank").stdout.splitlines()[0]


def test_times_that_clocks_tell_are_not_doubted(run: Callable[..., Result], logs: Path) -> None:
    (logs / "good.json").write_text(own(2, 0) + own(3, NOON_2024) + own(4, 4_102_444_799_999_999), encoding="utf-8")
    assert "before 1970" not in run("ingest", logs).stderr
    assert "from 1970-01-01T00:00:00Z to 2099-12-31T23:59:59Z" in run("cases", "show").stdout
