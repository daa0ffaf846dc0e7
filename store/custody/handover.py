"""Handing something over: the file that is written, an entry of the audit, and a sidecar beside it that says what it is.

The file itself holds no time of its writing: same evidence, models, verdicts and version, same bytes. Order: the content is
complete beside its place, the entry is written, the file appears, the sidecar appears. So nothing is there that the audit does
not tell of, and a kill in between leaves an entry with the hash of a file that nobody was given.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from sqlalchemy import Connection

from engine.errors import StoreError
from store.base.clock import now_us
from store.base.database import Database
from store.base.packed import stored_json
from store.base.targets import DESCRIPTOR, ELSEWHERE, as_text, replacing, spare
from store.base.text import bindable
from store.custody.journal import head, record, utc, version
from store.custody.links import AuditHead, plain

SIDECAR = ".oddkin.json"
"""Behind the name of a file, the name of what says what it is."""
ACT = "handed over"
STDOUT = "-"
MODELS = (
    "SELECT u.kind, m.id, m.manifest_sha256, m.manifest FROM model_use u JOIN model m ON m.id = u.model_id"
    " WHERE u.case_id = ? ORDER BY u.kind"
)
HASHES = "SELECT sha256 FROM source WHERE case_id = ? ORDER BY sha256"


@dataclass(slots=True)
class Handover:
    """What leaves a workspace. Whoever writes it counts `rows`; the second block is filled in when all is written."""

    what: str
    """export, report, verdicts, processes, tree, model."""
    case: str = ""
    form: str = ""
    """csv, jsonl, html …"""
    asked: Mapping[str, object] = field(default_factory=dict)
    """What chose the rows, where the command's own arguments do not say it."""
    rows: int | None = None

    sha256: str = ""
    size: int = 0
    head: AuditHead | None = None
    """Of the audit, with this in it; of what is there in a workspace that can only be read."""
    logged: bool = False
    sidecar: Path | None = None


@contextmanager
def handing_over(database: Database, target: Path, handover: Handover, forbidden: Collection[Path] = ()) -> Iterator[TextIO]:
    """A text stream (UTF-8, newlines as written) into `target`, as store.base.targets.opened gives one, with entry and sidecar.

    Raises StoreError as `replacing` does, before anything is written also for the sidecar's place, and where another oddkin keeps
    the workspace busy: then there is no file.
    """
    with handing_over_bytes(database, target, handover, forbidden) as raw, as_text(raw) as stream:
        yield stream


@contextmanager
def handing_over_bytes(
    database: Database, target: Path, handover: Handover, forbidden: Collection[Path] = ()
) -> Iterator[BinaryIO]:
    """The same for bytes."""
    if target.name.endswith(SIDECAR):
        raise StoreError(
            f"{target} is the name of what says what a file is.", remedy=f"Name a file that does not end in {SIDECAR}."
        )
    beside = _sidecar_of(target)
    if beside is not None:
        spare(beside, forbidden)
        if beside.is_dir():
            raise StoreError(f"{beside} is a folder, and what says what {target.name} is has to stand there.", remedy=ELSEWHERE)
    with replacing(target, forbidden) as raw:
        counted = _Counted(raw)
        yield cast("BinaryIO", counted)
        told = _settle(database, handover, counted, str(target.absolute()))
    if beside is not None:
        with replacing(beside, forbidden) as stream:
            stream.write(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=True).encode("ascii") + b"\n")
        handover.sidecar = beside


@contextmanager
def handing_over_text(database: Database, stream: TextIO, handover: Handover) -> Iterator[TextIO]:
    """The same into a stream that is open, as stdout is: an entry, and nothing beside. One whose reader went away is told too."""
    with _told_of(database, _CountedText(stream), handover) as counted:
        yield cast("TextIO", counted)


@contextmanager
def handing_over_pipe(database: Database, stream: BinaryIO, handover: Handover) -> Iterator[BinaryIO]:
    """The same for bytes."""
    with _told_of(database, _Counted(stream), handover) as counted:
        yield cast("BinaryIO", counted)


@contextmanager
def _told_of(database: Database, counted: _Counted | _CountedText, handover: Handover) -> Iterator[_Counted | _CountedText]:
    complete = False
    try:
        yield counted
        counted.flush()
        complete = True
    finally:
        if complete or counted.size:
            _settle(database, handover, counted, STDOUT, complete=complete)


def _sidecar_of(target: Path) -> Path | None:
    """None beside a device or a pipe."""
    if DESCRIPTOR.match(str(target)):
        return None
    try:
        regular = stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        regular = True
    except OSError:
        return None  # writing it says why
    return target.with_name(target.name + SIDECAR) if regular else None


def _settle(
    database: Database, handover: Handover, counted: _Counted | _CountedText, place: str, *, complete: bool = True
) -> dict[str, Any]:
    """Write the entry; what the sidecar says."""
    handover.sha256, handover.size = counted.hexdigest(), counted.size
    with database.read() as connection:
        made_of = _made_of(connection, handover.case)
    result: dict[str, Any] = {
        "what": handover.what, "format": handover.form, "rows": handover.rows, "bytes": handover.size, "sha256": handover.sha256,
    }  # fmt: skip
    result |= {"asked": dict(handover.asked)} if handover.asked else {}
    told = {**result, "file": place, **made_of, **({} if complete else {"complete": False})}
    if database.read_only:
        with database.read() as connection:
            handover.head = head(connection)
    else:
        with database.write() as connection:
            handover.head = record(connection, database.acting, ACT, told, case=handover.case)
            connection.commit()
        handover.logged = True
    acting, newest = database.acting, handover.head
    found: dict[str, Any] = plain(
        {
            **result, **made_of, "file": Path(place).name, "case": handover.case, "at": utc(now_us()), "who": acting.who,
            "oddkin": version(), "command": acting.command, "arguments": dict(acting.arguments),
            "audit": None if newest is None else {"number": newest.number, "hash": newest.hash, "told": handover.logged},
        }
    )  # fmt: skip
    return found


def _made_of(connection: Connection, case: str) -> dict[str, Any]:
    """Models, rules and evidence of a case."""
    number = connection.exec_driver_sql("SELECT id FROM cases WHERE name = CAST(? AS TEXT)", (bindable(case),)).scalar()
    if number is None:
        return {}
    models = []
    for kind, model, digest, manifest in connection.exec_driver_sql(MODELS, (number,)):
        whole = stored_json(manifest)
        rules = whole.get("rules") if isinstance(whole, dict) else None
        models.append({"kind": kind, "model": model, "manifest_sha256": digest, "rules": rules})
    hashes = connection.exec_driver_sql(HASHES, (number,)).scalars().all()
    evidence = {"sources": len(hashes), "sha256": hashlib.sha256("\n".join(hashes).encode()).hexdigest()}
    return {"models": models, "evidence": evidence}


class _Hashing:
    """What passed a stream on its way to another one: how much, and its SHA-256."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._inner = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        if not self._inner.closed:
            self._inner.flush()

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def _passed(self, data: Any) -> None:
        self._digest.update(data)
        self.size += len(data)


class _Counted(_Hashing, io.RawIOBase):
    """A stream of bytes that is hashed while it is written."""

    def write(self, data: Any) -> int:
        self._inner.write(data)
        self._passed(data)
        return len(data)


class _CountedText(_Hashing, io.TextIOBase):
    """The same for text that goes to stdout, in the encoding that it has there."""

    def write(self, text: str) -> int:
        self._inner.write(text)
        self._passed(text.encode(getattr(self._inner, "encoding", None) or "utf-8", "backslashreplace"))
        return len(text)

    def isatty(self) -> bool:
        return bool(self._inner.isatty())
