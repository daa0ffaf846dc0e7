"""What is kept of a scoring is what would be made again, or is made again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.errors import StoreError
from engine.jobs.ports.ingest import Batch
from engine.jobs.relearn import case_rules, prepare, queue_of, relearn
from engine.knowledge.locations import Zone
from engine.progress import CancelToken, Run
from engine.rules.rule import Rule, State
from engine.verdicts.features import VariantFeatures
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue
from store.base.database import DATABASE
from store.scores import kept, kept_queue
from store.workspace import Workspace, open_workspace
from tests.engine.verdicts.test_features import small_fleet
from tests.postgres import reopened
from tests.store import samples

VERSIONED = [
    samples.event(number, 1, image=f"C:\\Apps\\tool-{number}.exe", command_line=f"tool {number}") for number in range(2, 9)
]

PACKINGS = {(5, 5): "3961cf165731d9622c8cc03d7362aade"}
"""(PACKED, VERSION of the features) -> digest."""
TEMPORARY = "C:\\Users\\ann\\AppData\\Local\\Temp\\qq-{}.tmp"
RULE = Rule(r"^qq-([0-9a-z]{5})\.tmp$", "<temp>", "learnt", zones=frozenset({Zone.TEMP}), state=State.ACCEPTED)
ALIKE = [samples.event(40 + n, 1, image=TEMPORARY.format(name)) for n, name in enumerate(("ab3cd", "x7yzw"))]


def fill(workspace: Workspace) -> None:
    samples.fill(
        workspace, [samples.event(1), *VERSIONED, *ALIKE, *(samples.event(n, 1, command_line=f"x{n}") for n in range(20, 30))]
    )
    samples.score(workspace, flagged=5, grouped=True)


def queue(workspace: Workspace) -> tuple[BaseQueue, VariantFeatures]:
    return queue_of("case", workspace.teaching, workspace.vault, Run())


def fresh(workspace: Workspace) -> tuple[BaseQueue, VariantFeatures]:
    """As if nothing was ever kept."""
    base = workspace.teaching.load_queue("case")
    assert base.table is not None
    return base, VariantFeatures.of(base.corpus, base.table, base.variants, case_rules(workspace.vault, "case"), base.signals)


def parts(thing: Any, name: str = "") -> dict[str, Any]:
    """Every field below, but for what the features are made of, by its way from the top."""
    if not hasattr(thing, "__dataclass_fields__"):
        return {name: (thing.dtype.str, thing.shape, repr(thing.tolist())) if isinstance(thing, np.ndarray) else thing}
    told = (field.name for field in fields(thing) if field.name not in {"table", "signals"})
    found = [parts(getattr(thing, field), f"{name}.{field}") for field in told]
    return {key: value for some in found for key, value in some.items()}


def same(one: tuple[BaseQueue, VariantFeatures], other: tuple[BaseQueue, VariantFeatures]) -> None:
    for ours, theirs in zip(one, other, strict=True):
        assert parts(ours) == parts(theirs)


def sizes(workspace: Workspace) -> list[tuple[int, int]]:
    """(score set, parts)"""
    with workspace.read() as connection:
        return [
            (row[0], row[1])
            for row in connection.exec_driver_sql(
                "SELECT k.set_id, count(p.part) FROM kept k LEFT JOIN kept_part p USING (set_id, name) GROUP BY k.set_id"
            )
        ]


@pytest.mark.parametrize("part", [kept.PART, 1, 7])
def test_what_was_kept_is_what_was_made(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(kept, "PART", part)
    hostile = [
        samples.event(number, 1, image=f"C:\\{text}\\x.exe", command_line=text)
        for number, text in enumerate(samples.HOSTILE, start=2)
    ]
    samples.fill(workspace, [samples.event(1, command_line=None), *hostile])
    samples.score(workspace, grouped=True)
    made = queue(workspace)
    again = reopened(workspace)
    monkeypatch.setattr("store.queue.teaching.Teaching.load_queue", lambda *_all: pytest.fail("read again"))
    read = queue(again)
    again.close()
    assert made[0].table is not None
    assert read[0].table is None
    same(read, made)


def test_a_verdict_reads_no_process_again_and_gives_the_same_order(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workspace)
    keys = [row.key for row in workspace.queue.page("case")]
    workspace.labels.set("case", [keys[0]], "malicious")
    token = CancelToken()

    def order() -> list[int]:
        return relearn(
            "case", workspace.teaching, prepare("case", workspace.teaching, workspace.vault, Run(token=token)), Run(token=token)
        ).order.tolist()

    first = order()
    with monkeypatch.context() as patched:
        patched.setattr("store.chains.process_columns.load", lambda *_all: pytest.fail("processes read again"))
        patched.setattr("engine.words.command_line.tokens", lambda *_all: pytest.fail("command lines read again"))
        assert order() == first
        workspace.labels.set("case", [keys[1]], "benign")
        second = order()
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM kept")
        connection.commit()
    assert order() == second != first


def add_source(workspace: Workspace, number: int) -> None:
    """The same chains as before with other command lines: nothing has to be scored."""
    events = [samples.event(1), samples.event(1000 + number, 1, image=VERSIONED[0].image, command_line=f"new {number}")]
    samples.fill(workspace, events, path=f"more{number}", sha256=f"{number:064d}")


def add_host(workspace: Workspace, number: int) -> None:
    events = [samples.event(1, host=f"H{number}"), samples.event(2, 1, host=f"H{number}", user="root")]
    samples.fill(workspace, events, path=f"host{number}", sha256=f"{number:063d}a")


def stage_only(workspace: Workspace, number: int) -> None:
    """An ingest that was interrupted before linking."""
    store = workspace.ingest
    ticket = store.begin_source("case", f"half{number}", f"{number:063d}b", 1, "ndjson")
    store.append(ticket, Batch([samples.event(2000 + number, 1, command_line="half")], (), 1))


def empty_source(workspace: Workspace, number: int) -> None:
    """A source that was left unfinished is begun anew under another format: its processes are gone."""
    store = workspace.ingest
    ticket = store.begin_source("case", f"anew{number}", f"{number:063d}c", 1, "ndjson")
    store.append(ticket, Batch([samples.event(3000 + number, 1, image=VERSIONED[1].image, command_line="gone")], (), 1))
    samples.relink(workspace)
    queue(workspace)
    store.begin_source("case", f"anew{number}", f"{number:063d}c", 1, "csv")


def relink(workspace: Workspace, number: int) -> None:
    samples.relink(workspace)


def rescore(workspace: Workspace, number: int) -> None:
    samples.score(workspace, flagged=3, model=workspace.vault.in_use("case"), grouped=bool(number % 2))


def other_model(workspace: Workspace, number: int) -> None:
    samples.score(workspace, flagged=number % 4 + 1, grouped=True)


def model_before(workspace: Workspace, number: int) -> None:
    models = workspace.thresholds.scored_models("case")
    workspace.vault.use("case", models[number % len(models)])


def other_rules(workspace: Workspace, number: int) -> None:
    samples.score(workspace, model=samples.publish(workspace, texts=json.dumps({"rules": [RULE.to_dict()]})), grouped=True)


def verdict(workspace: Workspace, number: int) -> None:
    rows = workspace.queue.page("case")
    workspace.labels.set("case", [rows[number % len(rows)].key], "malicious")


def undo(workspace: Workspace, number: int) -> None:
    workspace.labels.undo("case")


def threshold(workspace: Workspace, number: int) -> None:
    workspace.thresholds.move("case", float(number))


ACTS = (
    add_source, add_host, stage_only, empty_source, relink, rescore, other_model, model_before, other_rules, verdict, undo,
    threshold,
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=8), ask=st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_is_kept_is_never_of_another_time(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Callable[[Workspace, int], None]], ask: list[bool]
) -> None:
    workspace = open_workspace(tmp_path_factory.mktemp("kept"))
    fill(workspace)
    queue(workspace)
    for number, act in enumerate(acts):
        act(workspace, number)
        if ask[number]:
            same(queue(workspace), fresh(workspace))
    same(queue(workspace), fresh(workspace))
    same(queue(workspace), fresh(workspace))
    workspace.close()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act.__name__))
def test_one_act_is_noticed(workspace: Workspace, act: Callable[[Workspace, int], None]) -> None:
    fill(workspace)
    queue(workspace)
    act(workspace, 1)
    same(queue(workspace), fresh(workspace))


def test_the_rules_of_another_detector_make_other_shapes(workspace: Workspace) -> None:
    fill(workspace)
    before = queue(workspace)[1].shapes
    other_rules(workspace, 1)
    assert len(queue(workspace)[1].shapes) == len(before) - 1
    model_before(workspace, 1)
    assert queue(workspace)[1].shapes.paths == before.paths


def test_a_clock_that_stands_still_hides_no_linking(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workspace)
    monkeypatch.setattr("store.evidence.lineage_rows.now_us", lambda: 5)
    with workspace.read() as connection:
        seen = [kept.evidence_of(connection, 1)]
    for _ in range(3):
        with workspace.write() as connection:
            connection.exec_driver_sql("UPDATE host SET unlinked = 1")
            connection.commit()
        samples.relink(workspace)
        with workspace.read() as connection:
            seen.append(kept.evidence_of(connection, 1))
    assert len(set(seen)) == 4


@pytest.mark.parametrize("name", ["VERSION", "PACKED", "numpy"])
def test_another_code_makes_it_anew(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    fill(workspace)
    queue(workspace)
    assert workspace.teaching.load_kept("case") is not None
    if name == "numpy":
        monkeypatch.setattr(np, "__version__", "99")
    else:
        monkeypatch.setattr(kept_queue, name, 99)
    assert workspace.teaching.load_kept("case") is None


def test_another_packing_has_another_version() -> None:
    corpus, table = small_fleet()
    none = np.zeros(len(corpus))
    variants = ChainVariants.of(table, len(corpus), finding=np.arange(len(table)) % 3)
    base = BaseQueue(corpus, table, none, np.arange(len(corpus)), np.zeros(len(corpus), np.int64), variants, none[:2])
    made = hashlib.blake2b(digest_size=16)
    for name, array in kept_queue.packed(base, VariantFeatures.of(corpus, table, variants)).items():
        made.update(f"{name} {array.dtype.str} {array.shape}".encode())
        if name != "numbers":  # a library's last digit is no other packing
            made.update(array.tobytes())
    assert made.hexdigest() == PACKINGS[kept_queue.PACKED, kept_queue.VERSION]


def damaged(file: Path, table: str, column: str, draw: int) -> None:
    """Flip a bit of one value, as a disk would."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY 1").fetchall()
        rowid, value = rows[draw % len(rows)]
        raw = bytearray(value if isinstance(value, bytes) else value.encode())
        raw[draw // 8 % len(raw)] ^= 1 << draw % 8
        changed = bytes(raw) if isinstance(value, bytes) else raw.decode("utf-8", "replace")
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, rowid))
        connection.commit()


@settings(max_examples=25, deadline=None)
@given(
    place=st.sampled_from([("kept_part", "data"), ("kept", "head"), ("kept", "digest"), ("kept", "made_from")]),
    draw=st.integers(0, 10**6),
)
def test_a_flipped_bit_is_noticed_and_mended(tmp_path_factory: pytest.TempPathFactory, place: tuple[str, str], draw: int) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    workspace = open_workspace(folder)
    fill(workspace)
    queue(workspace)
    damaged(folder / DATABASE, *place, draw)
    assert workspace.teaching.load_kept("case") is None
    same(queue(workspace), fresh(workspace))
    assert workspace.teaching.load_kept("case") is not None
    workspace.close()


def test_a_missing_part_is_noticed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PART", 50)
    fill(workspace)
    queue(workspace)
    with workspace.write() as connection:
        connection.exec_driver_sql("DELETE FROM kept_part WHERE part = 3")
        connection.commit()
    assert workspace.teaching.load_kept("case") is None


def test_it_goes_with_its_score_set_and_one_of_a_case_is_enough(workspace: Workspace) -> None:
    fill(workspace)
    queue(workspace)
    ((first, count),) = sizes(workspace)
    assert count > 0
    other_model(workspace, 1)
    assert [number for number, _ in sizes(workspace)] == [first]
    queue(workspace)
    ((second, _),) = sizes(workspace)
    assert second != first
    rescore(workspace, 1)
    assert sizes(workspace) == []
    with workspace.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kept_part").scalar() == 0


def test_a_workspace_that_cannot_be_written_goes_without(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workspace)

    def refused(*_all: object) -> None:
        raise StoreError("The disk is full.", remedy="")

    monkeypatch.setattr(kept_queue, "save", refused)
    same(queue(workspace), fresh(workspace))
    assert sizes(workspace) == []


def test_what_was_loaded_before_another_scoring_is_not_kept(workspace: Workspace) -> None:
    fill(workspace)
    made = fresh(workspace)
    rescore(workspace, 1)
    workspace.teaching.keep(*made)
    assert sizes(workspace) == []


@settings(max_examples=25, deadline=None)
@given(
    values=st.dictionaries(
        st.text(max_size=5),
        st.sampled_from(["<i8", "<i4", "<i2", "<i1", "<f8", "<f4", "|u1"]).flatmap(
            lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=2, min_side=0, max_side=9))
        ),
        max_size=4,
    ),
    size=st.integers(1, 64),
)
def test_any_arrays_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any], size: int) -> None:
    workspace = open_workspace(tmp_path_factory.getbasetemp() / "any")
    if not workspace.cases.list():
        fill(workspace)
    with pytest.MonkeyPatch.context() as patched, workspace.write() as connection:
        patched.setattr(kept, "PART", size)
        kept.save(connection, 1, "any", "now", values)
        found = kept.load(connection, 1, "any", "now")
        assert kept.load(connection, 1, "any", "then") is None
    workspace.close()
    assert found is not None
    assert [(key, a.dtype, a.shape, a.tobytes()) for key, a in found.items()] == [
        (key, a.dtype, a.shape, a.tobytes()) for key, a in values.items()
    ]
