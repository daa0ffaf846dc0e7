"""Nothing pages that the tests do not make small, and pieces of two give what one piece gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.domain.records import ProcessEvent
from engine.jobs.ingest.request import IngestRequest
from engine.jobs.ingest.run import ingest
from engine.lineage import chains, link
from engine.progress import Run
from store.workspace import open_workspace
from tests import pages
from tests.engine.lineage.columns import columns_from_events

ROOT = Path(__file__).resolve().parent.parent
LOOKS_LIKE = re.compile(r"_?([A-Z]+_)*(PAGE|FETCH|BATCH|CHUNK|BLOCK|SLICE|PER_QUERY|STRIDE)(_ITEMS)?\Z")
CALLED = {"fetchmany", "islice"}
"""Calls whose last argument is the size of a piece; `range` with three arguments is another."""


def piece_sizes(tree: ast.Module) -> Iterator[str]:
    """What a module names as the size of a piece: constants by name, numbers as they are written."""
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    constants |= {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.name.isupper()
    }
    yield from (name for name in constants if LOOKS_LIKE.match(name))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = (
            node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
        )
        if called in CALLED or (called == "range" and len(node.args) == 3):
            for part in ast.walk(node.args[-1]):
                if isinstance(part, ast.Name) and part.id in constants:
                    yield part.id
                elif isinstance(part, ast.Constant) and isinstance(part.value, int) and part.value > 100:
                    yield f"{part.value}"


def test_every_page_is_made_small_by_the_tests() -> None:
    known = {*pages.STORE, *pages.SCREEN, *pages.ENGINE, *pages.LOOKS, *(name for name, _ in pages.CACHES)}
    found = set()
    for path in sorted(path for room in ("engine", "store", "tui") for path in (ROOT / room).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found |= {f"{module}.{name}" for name in piece_sizes(ast.parse(path.read_text(encoding="utf-8")))}
    none = {name for name in found for one in pages.NO_PAGES if name == one or name.startswith(f"{one}.")}
    assert found - known - none == set()


def events(size: int) -> list[ProcessEvent]:
    """A root and children with images that recur."""
    return [
        ProcessEvent(
            kind="auditd",
            os="linux",
            host="h",
            image=f"/bin/p{number % 3}",
            pid=number + 2,
            ppid=2 if number else 0,
            time_us=number,
        )
        for number in range(size)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_chains_made_in_pieces(size: int) -> None:
    columns = columns_from_events(events(size))
    whole = chains(columns, link(columns))
    with pages.small("engine.lineage.chainset._BLOCK", "engine.lineage.chainset._KEYED"):
        parts = chains(columns, link(columns))
    assert parts.keys == whole.keys
    assert np.array_equal(parts.steps, whole.steps)
    assert np.array_equal(parts.of_node, whole.of_node)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_an_ingest_in_transactions_of_two(tmp_path: Path, size: int) -> None:
    lines = [
        f'{{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"H","ProcessId":{number + 10},'
        f'"Image":"C:\\\\a{number % 3}.exe","UtcTime":"2024-03-01 00:00:0{number}.000","ProcessGuid":"{{g{number}}}"}}'
        for number in range(size)
    ]
    (tmp_path / "log.json").write_text("\n".join(lines) + "\n")
    found = []
    for name, small in (
        ("whole", ()),
        ("parts", (*pages.STORE, "engine.jobs.ingest.chunks.BATCH_ITEMS", "engine.jobs.ingest.chunks.SLICE")),
    ):
        workspace = open_workspace(tmp_path / name)
        with pages.small(*small):
            report = ingest(IngestRequest([tmp_path / "log.json"], "case"), workspace.ingest, Run())
        assert sum(source.kept for source in report.sources) == size
        found.append([(view.pid, view.image, view.time_us) for view in workspace.processes.find("case")])
        workspace.close()
    assert found[0] == found[1]
    assert [pid for pid, _, _ in found[0]] == [number + 10 for number in range(size)]
