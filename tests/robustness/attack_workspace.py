"""Workspaces that a disk, a copy or a program damaged: refused, found by the doctor, or the export is what it was."""

from __future__ import annotations

import io
import random
import shutil
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from engine.domain.records import Reject
from engine.errors import OddkinError
from engine.handover.tables import write_csv
from store.base.database import DATABASE
from store.doctor.examine import examine
from store.export.rows import rows
from store.workspace import open_workspace
from tests.robustness.attack import Attack, Report
from tests.store.samples import event, fill, score

WAL = f"{DATABASE}-wal"
TABLES = (
    "cases", "source", "host", "string", "path", "image", "process", "chain", "chain_host", "model", "model_use", "score_set",
    "score", "finding", "expectation", "label_event", "label_current",
)  # fmt: skip


def _made(folder: Path) -> set[str]:
    """A workspace with a case, scores, findings and verdicts; its last verdict is in the log only. Returns the exports that
    are right: that of the end, and that of each state which a log that is cut leads back to.
    """
    workspace = open_workspace(folder)
    events = [event(1), *[event(number, number // 3 or None, host=f"H{number % 3}") for number in range(2, 120)]]
    fill(workspace, events, rejects=[Reject(position=number, code="bad-json", reason="x", sample=b"y") for number in range(5)])
    score(workspace, flagged=6, grouped=True)
    keys = [row.key for row in workspace.queue.page("case")]
    with workspace.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    right = {_export(folder)}
    for key, verdict in zip(keys, ("malicious", "benign", "false_positive"), strict=False):
        workspace.labels.set("case", [key], verdict, note=f"note {verdict}", author="ann")
        right.add(_export(folder))
    for name in (DATABASE, WAL):
        shutil.copy(folder / name, folder / f"kept-{name}")
    workspace.close()
    return right


def _export(folder: Path) -> str:
    workspace = open_workspace(folder)
    try:
        sink = io.StringIO()
        write_csv(rows(workspace, "case"), sink)
        return sink.getvalue()
    finally:
        workspace.close()


def _bytes(file: Path, rng: random.Random) -> str:
    """Some bytes anywhere else."""
    content = bytearray(file.read_bytes())
    place = rng.randrange(len(content))
    what = rng.choice(["a flipped bit", "a changed byte", "zeros", "a repeated page", "a cut"])
    if what == "a flipped bit":
        content[place] ^= 1 << rng.randrange(8)
    elif what == "a changed byte":
        content[place] = rng.randrange(256)
    elif what == "zeros":
        content[place : place + rng.choice([8, 64, 4096])] = bytes(min(64, len(content) - place))
    elif what == "a repeated page":
        size = 16_384
        one, other = (rng.randrange(max(1, len(content) // size)) * size for _ in range(2))
        content[one : one + size] = content[other : other + size]
    else:
        del content[place:]
    file.write_bytes(bytes(content))
    return what


def _row(file: Path, rng: random.Random) -> str:
    """A value of a row, or a row, as if its bytes had changed: indexes fit, but no trigger is told."""
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name.decode()}")
        table = rng.choice(TABLES)
        columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})")]
        keys = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
        found = connection.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall()
        row = rng.choice(found)
        where = " AND ".join(f"{key} IS ?" for key in keys)
        row = tuple(value.decode() if isinstance(value, bytes) else value for value in row)
        if rng.random() < 0.2:
            connection.execute(f"DELETE FROM {table} WHERE {where}", row)
            what = "a row is gone"
        else:
            column = rng.choice(columns)
            (before,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}", row).fetchone()
            with suppress(sqlite3.IntegrityError):
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (_other(before, rng), *row))
            what = "a value of a row"
        for _, statement in triggers:
            connection.execute(statement.decode())
        connection.commit()
    return what


def _other(value: Any, rng: random.Random) -> Any:
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 1 << 8, 1 << 20])
    if isinstance(value, float):
        return value * rng.choice([0.5, 1 + 1e-9, -1])
    if isinstance(value, bytes) and value:
        place = rng.randrange(len(value))
        changed = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
        try:
            return changed.decode()
        except UnicodeDecodeError:
            return changed
    return 1


def _log(file: Path, rng: random.Random) -> str:
    """The write-ahead log of a process that was killed: cut, damaged or gone."""
    log = file.with_name(WAL)
    content = log.read_bytes()
    what = rng.choice(["a log that is cut", "a log with a changed byte", "a log that is gone"])
    if what == "a log that is cut":
        log.write_bytes(content[: rng.randrange(len(content))])
    elif what == "a log with a changed byte":
        place = rng.randrange(len(content))
        log.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
    else:
        log.unlink()
    return what


def _model(file: Path, rng: random.Random) -> str:
    """A file of the model store changed, gone or cut."""
    models = [path for path in (file.parent / "models").rglob("*") if path.is_file()]
    chosen = rng.choice(models)
    what = rng.choice(["gone", "changed", "cut"])
    if what == "gone":
        chosen.unlink()
    else:
        content = chosen.read_bytes()
        chosen.write_bytes(content[:-1] if what == "cut" else b"x" + content)
    return "a file of the model store"


DAMAGES: tuple[tuple[Callable[[Path, random.Random], str], int, bool], ...] = (
    (_bytes, 8, False), (_row, 8, False), (_log, 3, True), (_model, 1, False),
)  # fmt: skip
"""Damage, how often, and whether the log of a killed process is beside the database."""


def _outcome(folder: Path, right: set[str], last: str) -> str:
    """Raises whatever is no sentence; AssertionError for an export that is wrong while the doctor sees nothing."""
    try:
        workspace = open_workspace(folder)
    except OddkinError:
        return "refused"
    try:
        seen = any(complaint.severity == "error" for complaint in examine(workspace))
    finally:
        workspace.close()
    try:
        export = _export(folder)
    except OddkinError:
        return "found, no export" if seen else "refused at the export"
    if export == last:
        return "found, export unchanged" if seen else "export unchanged"
    if seen:
        return "found, export changed"
    if export in right:
        return "an earlier state"
    raise AssertionError("the export changed while the doctor says sound")


def run(folder: Path, seed: int, rounds: int) -> Report:
    """Each round one damage to a copy."""
    report = Report()
    right = _made(folder / "w")
    last = _export(folder / "w")
    for number in range(rounds):
        rng = random.Random(f"{seed} {number}")
        damage, _, killed = rng.choices(DAMAGES, weights=[weight for _, weight, _ in DAMAGES])[0]
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder / "w", copy)
        for name in (DATABASE, WAL):
            kept = copy / f"kept-{name}"
            if killed:
                kept.replace(copy / name)
            else:
                kept.unlink()
        what = damage(copy / DATABASE, rng)
        try:
            report.count(what, _outcome(copy, right, last))
        except Exception:  # the outcomes that must not be
            report.count(what, "FAILED")
            report.fail(f"seed {seed}, round {number}, {what}: {traceback.format_exc(limit=-3)}")
    return report


ATTACK = Attack(
    "workspace",
    "Bytes of the database flipped, zeroed, repeated or cut, values and rows changed behind its back, the log of a killed"
    " process cut or gone, files of the model store damaged: refused with a sentence, found by the doctor, or the export is"
    " unchanged (of a log: that of an earlier commit); never an export that changed while the doctor calls the workspace sound,"
    " never a traceback.",
    run,
    25,
    1_000,
)
