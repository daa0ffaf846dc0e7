"""Several people judging one case at once, in a workspace of PostgreSQL: how long a verdict takes, and whether each is kept.

    python -m tests.benchmarks.judging_at_once --seconds 600 --clients 4

A server of its own on a socket, which writes to the disk as a real one does (fsync is on). Every client is a process that judges
chains of one case one after the other, as fast as it can, the same ones as all others: harder than people, who think.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from store.base.acting import Acting
from store.base.postgres.address import parsed
from store.workspace import open_server
from tests import postgres
from tests.store.samples import event, fill, relink, score

CHAINS = 200
DURABLE = "-c listen_addresses= -c max_connections=40"


def judge(url: str, folder: str, who: str, seconds: float, pause: float) -> list[float]:
    """Seconds of each verdict that was given in that time."""
    took: list[float] = []
    with closing(open_server(parsed(url), Path(folder), Acting(who))) as own:
        with own.read() as connection:
            keys = connection.exec_driver_sql("SELECT key FROM chain WHERE count > 0 ORDER BY id").scalars().all()
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            number = len(took)
            verdict = ("malicious", "benign", "false_positive")[number % 3]
            own.labels.set("case", [keys[number % len(keys)]], verdict, note=f"{who} {number}", author=who)
            took.append(time.monotonic() - begun)
            time.sleep(pause)
    return took


def measure(clients: int, seconds: float, pause: float) -> dict[str, float]:
    """Verdicts, their seconds, and how many of them are lost or doubled."""
    with tempfile.TemporaryDirectory() as scratch, postgres.cluster(DURABLE) as server:
        url = server.url(server.empty())
        with closing(open_server(parsed(url), Path(scratch) / "all", Acting("all"))) as workspace:
            fill(workspace, [event(1), *(event(number, 1, image=f"C:\\{number}.exe") for number in range(2, CHAINS))])
            relink(workspace)
            score(workspace, grouped=True)
            people = [f"person {number}" for number in range(clients)]
            running = [
                subprocess.Popen(
                    [sys.executable, "-m", __name__ if __name__ != "__main__" else "tests.benchmarks.judging_at_once",
                     "--as", who, url, str(Path(scratch) / who), "--seconds", str(seconds), "--pause", str(pause)],
                    stdout=subprocess.PIPE,
                )
                for who in people
            ]  # fmt: skip
            took = {who: json.loads(one.communicate()[0]) for who, one in zip(people, running, strict=True)}
            wanted = {(who, f"{who} {number}") for who, all_of in took.items() for number in range(len(all_of))}
            kept = [(one.author, one.note) for one in workspace.labels.history("case", limit=len(wanted) + 1)]
            faults = len(workspace.audit.verify().faults)
    every = np.array([one for all_of in took.values() for one in all_of])
    return {
        "verdicts": len(every), "a second": len(every) / seconds, "p50 ms": float(np.quantile(every, 0.5) * 1e3),
        "p95 ms": float(np.quantile(every, 0.95) * 1e3), "longest ms": float(every.max() * 1e3),
        "lost": len(wanted - set(kept)), "doubled": len(kept) - len(set(kept)), "faults of the audit": faults,
    }  # fmt: skip


def main() -> None:
    """Prints the figures; as one of the clients, its seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two verdicts of one client")
    parser.add_argument("--as", dest="client", nargs=3, metavar=("WHO", "URL", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        who, url, folder = asked.client
        print(json.dumps(judge(url, folder, who, asked.seconds, asked.pause)))
        return
    if said := postgres.why_not():
        raise SystemExit(said)
    for name, value in measure(asked.clients, asked.seconds, asked.pause).items():
        print(f"{name:>20}  {value:,.1f}")


if __name__ == "__main__":
    main()
