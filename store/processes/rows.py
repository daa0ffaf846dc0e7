"""Rows of `process` to views: the integers of a page are looked up together, one query per table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from engine.domain.marks import RuleMark
from engine.domain.processes import Listing
from store.base import ids
from store.base.errors import Referred
from store.base.interning import in_chunks, texts_of
from store.base.views import ProcessView
from store.chains import hash_lists
from store.processes.marks import marked

PLAIN = (
    "id", "source_id", "position", "record_id", "time_us", "pid", "ppid", "guid", "parent_guid", "image_id",
    "parent_image_id", "parent_id", "method", "confidence", "exec_of", "merged_into", "chain_id",
)  # fmt: skip
TEXTS = (
    "kind", "command", "parent_command", "user", "integrity", "cwd", "logon", "original_name", "hashes",
)  # fmt: skip
COLUMNS = ", ".join(f"p.{name}" for name in (*PLAIN, *TEXTS))


def views(connection: Connection, rows: list[tuple[Any, ...]]) -> tuple[ProcessView, ...]:
    """Rows of COLUMNS, in their order."""
    records = [dict(zip((*PLAIN, *TEXTS), row, strict=True)) for row in rows]
    wanted = {record[column] for record in records for column in TEXTS} - {None}
    strings: Referred[int | None, Any] = Referred({None: None})
    strings.update(texts_of(connection, "string", wanted).items())
    images = _images(connection, records)
    sources = _lookup(connection, "SELECT id, path FROM source WHERE id IN ({})", records, ("source_id",))
    numbers = sorted({ids.host_of(record["id"]) for record in records})
    hosts: Referred[int, str] = Referred(in_chunks(connection, "SELECT id, name FROM host WHERE id IN ({})", numbers))
    listed = hash_lists.of_texts(connection, numbers, {record["hashes"] for record in records} - {None})
    marks = marked.of_processes(connection, [record["id"] for record in records])
    return tuple(
        _view(record, strings, images, sources, hosts, listed.get(record["hashes"]), marks.get(record["id"], ()))
        for record in records
    )


def _lookup(connection: Connection, query: str, records: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[int | None, Any]:
    wanted = {record[column] for record in records for column in columns} - {None}
    return Referred({None: None, **dict(in_chunks(connection, query, sorted(wanted)))})


def _images(connection: Connection, records: list[dict[str, Any]]) -> dict[int | None, tuple[str | None, str]]:
    wanted = {record[column] for record in records for column in ("image_id", "parent_image_id")} - {None}
    query = (
        "SELECT image.id, string.text, path.text FROM image JOIN string ON string.id = image.string_id"
        " JOIN path ON path.id = image.path_id WHERE image.id IN ({})"
    )
    found = {row[0]: (row[1], row[2]) for row in in_chunks(connection, query, sorted(wanted))}
    return Referred({None: (None, ""), **found})


def _view(
    record: dict[str, Any],
    strings: dict[int | None, Any],
    images: dict[int | None, tuple[str | None, str]],
    sources: dict[int | None, Any],
    hosts: dict[int, str],
    listed: Listing | None,
    marks: tuple[RuleMark, ...],
) -> ProcessView:
    number = record["id"]
    image, path = images[record["image_id"]]
    parent = record["parent_id"]
    return ProcessView(
        id=number,
        host_id=ids.host_of(number),
        host=hosts[ids.host_of(number)],
        placeholder=ids.is_placeholder(number),
        source_id=record["source_id"],
        source=sources[record["source_id"]] or "",
        position=record["position"],
        record_id=record["record_id"],
        kind=strings[record["kind"]] or "",
        time_us=record["time_us"],
        pid=record["pid"],
        ppid=record["ppid"],
        guid=record["guid"],
        parent_guid=record["parent_guid"],
        image=image or "",
        path=path,
        parent_image=images[record["parent_image_id"]][0],
        command_line=strings[record["command"]],
        parent_command_line=strings[record["parent_command"]],
        user=strings[record["user"]],
        integrity=strings[record["integrity"]],
        cwd=strings[record["cwd"]],
        logon_id=strings[record["logon"]],
        original_name=strings[record["original_name"]],
        hashes=strings[record["hashes"]],
        parent_id=None if parent is None or parent == ids.base(ids.host_of(number)) else parent,
        method=record["method"],
        confidence=None if record["confidence"] is None else record["confidence"] / 1000,
        exec_of=record["exec_of"],
        merged_into=record["merged_into"],
        chain_id=record["chain_id"],
        known="" if listed is None else listed.known.word,
        lists=() if listed is None else listed.counting,
        marks=marks,
    )
