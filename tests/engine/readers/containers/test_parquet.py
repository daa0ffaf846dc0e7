"""Rows of a Parquet file are what the same records are as JSON lines; what is damaged says so and costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from engine.errors import InputError
from engine.jobs.ingest.report import IngestReport
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.progress import Run
from engine.readers.containers.decompress import Limits
from engine.readers.containers.walk import expand
from store.workspace import Workspace, open_workspace
from tests.tui.test_marks import CMD, CURL, EXPLORER, record

EXTRA = "oddkin's extra `fleet` is not installed: pip install 'oddkin[fleet]'"
pa: Any = pytest.importorskip("pyarrow", reason=EXTRA)
parquet: Any = pytest.importorskip("pyarrow.parquet", reason=EXTRA)

FLAT = [record(pid, CURL if pid % 2 else CMD, f"x {pid}", 4, EXPLORER) for pid in range(10, 40)]
NESTED = [
    {
        "@timestamp": f"2026-01-02T03:04:{pid:02d}.000Z", "event": {"category": ["process"], "type": ["start"], "kind": "event"},
        "host": {"name": "db1", "os": {"type": "linux"}},
        "process": {"pid": pid, "entity_id": f"e{pid}", "executable": "/usr/bin/bash", "command_line": f"bash -c {pid}",
                    "parent": {"pid": 1, "executable": "/sbin/init", "entity_id": None}},
    }
    for pid in range(10, 40)
]  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "workspace")
    yield opened
    opened.close()


def written(path: Path, rows: list[dict[str, Any]], **more: Any) -> Path:
    parquet.write_table(pa.Table.from_pylist(rows), path, **more)
    return path


def members(path: Path, limits: Limits | None = None) -> list[Any]:
    return list(expand([path], limits))


def processes(workspace: Workspace, path: Path, case: str) -> tuple[IngestReport, list[tuple[Any, ...]]]:
    report = ingest(IngestRequest([path], case), workspace.ingest, Run())
    with workspace.read() as connection:
        query = (
            "SELECT p.position, p.time_us, p.pid, p.ppid, p.guid, i.os, t.text, c.text FROM process p"
            " JOIN source s ON s.id = p.source_id"
            " JOIN cases k ON k.id = s.case_id JOIN image i ON i.id = p.image_id JOIN string t ON t.id = i.string_id"
            " LEFT JOIN string c ON c.id = p.command WHERE k.name = ? ORDER BY p.position"
        )
        return report, [tuple(row) for row in connection.exec_driver_sql(query, (case,)).all()]


@pytest.mark.parametrize("rows", [[orjson.loads(line) for line in FLAT], NESTED], ids=["flat Sysmon", "nested ECS"])
def test_columns_are_read_as_the_fields_of_json(workspace: Workspace, tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    lines = tmp_path / "a.json"
    lines.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    table = written(tmp_path / "a.parquet", rows, row_group_size=7)
    (report, wanted), (other, found) = processes(workspace, lines, "json"), processes(workspace, table, "parquet")
    assert len(wanted) == 30
    assert found == wanted
    assert other.sources[0].format == report.sources[0].format
    assert other.sources[0].path == f"{table}!rows.json"
    (source,) = workspace.cases.sources("parquet")
    assert source.container == str(table)


def test_values_that_json_does_not_have(tmp_path: Path) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    columns = {
        "time": pa.array([when], pa.timestamp("ns", "UTC")), "bytes": pa.array([b"a\xff"], pa.binary()), "no": pa.array([None]),
        "number": pa.array([float("nan")]), "text": pa.array(["x\ny"]), "list": pa.array([[1, 2]]),
    }  # fmt: skip
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    (member,) = members(tmp_path / "a.parquet")
    with member.open() as stream:
        row = orjson.loads(stream.read())
    assert row.pop("time").replace(" ", "T").startswith("2026-01-02T03:04:05.000678")
    assert row == {"bytes": "a\\xff", "number": None, "text": "x\ny", "list": [1, 2]}


def test_a_cut_file_is_named_and_nothing_is_read_of_it(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    whole = written(tmp_path / "logs" / "a.parquet", NESTED).read_bytes()
    (tmp_path / "logs" / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    report, found = processes(workspace, tmp_path / "logs", "c")
    assert len(found) == 30
    (cut,) = [source for source in report.sources if source.error]
    assert cut.path.endswith("cut.parquet")
    assert "damaged Parquet file" in cut.error
    assert report.unreadable


def test_what_is_before_a_damaged_group_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", NESTED, row_group_size=10, compression="zstd", use_dictionary=False)
    data = bytearray(path.read_bytes())
    group = parquet.ParquetFile(path).metadata.row_group(1)
    for column in range(group.num_columns):
        start = group.column(column).data_page_offset + 20
        data[start : start + 30] = b"\xff" * 30
    path.write_bytes(bytes(data))
    report, found = processes(workspace, path, "c")
    assert len(found) == 10
    assert report.unreadable
    assert "damaged Parquet file" in report.sources[0].error


def test_a_file_that_expands_too_far_is_stopped(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", [{"Image": "x" * 10_000}] * 5_000)
    (error,) = members(path, Limits(member_bytes=1_000_000))
    assert isinstance(error, InputError)
    assert "expands to more than 1,000,000 bytes" in error.message


def test_without_the_extra_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.parquet", NESTED)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (error,) = members(path)
    assert isinstance(error, InputError)
    assert "oddkin[fleet]" in error.remedy


@pytest.mark.parametrize("size", [4, 8, 12, 100])
def test_the_magic_alone_is_damage(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(b"PAR1".ljust(size, b"\0"))
    (error,) = members(tmp_path / "a")
    assert isinstance(error, InputError)


def lines(path: Path) -> list[dict[str, Any]]:
    (member,) = members(path)
    with member.open() as stream:
        return [orjson.loads(line) for line in stream]


@pytest.mark.parametrize(
    ("value", "kind"),
    [(2**31 - 1, "date32"), (2**62, "duration"), (2**62, "timestamp"), (-(2**62), "timestamp")],
)
def test_a_value_that_no_calendar_has_costs_its_own_cell(tmp_path: Path, value: int, kind: str) -> None:
    types = {"date32": pa.date32(), "duration": pa.duration("s"), "timestamp": pa.timestamp("us", "UTC")}
    odd = pa.array([1, value, 2], pa.int32() if kind == "date32" else pa.int64()).cast(types[kind], safe=False)
    parquet.write_table(pa.table({"when": odd, "name": ["a", "b", "c"]}), tmp_path / "log.parquet")
    found = lines(tmp_path / "log.parquet")
    assert [row["name"] for row in found] == ["a", "b", "c"]
    assert str(value) in found[1]["when"]


@pytest.mark.parametrize("repeated", [False, True])
def test_bytes_that_are_no_text_cost_nothing(tmp_path: Path, repeated: bool) -> None:
    texts = pa.array([b"one", b"t\xffo", b"three"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"name": texts}), tmp_path / "log.parquet", use_dictionary=repeated)
    assert [row["name"] for row in lines(tmp_path / "log.parquet")] == ["one", "t\\xffo", "three"]


@pytest.mark.parametrize("nested", [False, True])
def test_a_large_text_that_repeats_is_decoded_a_few_rows_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nested: bool
) -> None:
    from engine.readers.containers import parquet as own

    monkeypatch.setattr(own, "DECODED", 4_000_000)
    texts = pa.array(["x" * 1_000_000] * 50).dictionary_encode()
    column = pa.StructArray.from_arrays([texts], names=["path"]) if nested else texts
    parquet.write_table(pa.table({"name": column}), tmp_path / "log.parquet")
    with (tmp_path / "log.parquet").open("rb") as stream:
        sizes = [len(part) for part in own._lines(stream)]
    assert sum(sizes) > 50_000_000
    assert max(sizes) < 5_000_000


def test_an_encrypted_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "log.parquet").write_bytes(b"PARE" + bytes(100) + b"PARE")
    (said,) = members(tmp_path / "log.parquet")
    assert isinstance(said, InputError)
    assert "encrypted" in said.message
