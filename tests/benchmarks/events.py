"""Millions of process creations in one NDJSON file, for measuring an ingest at the size of an estate.

    python -m tests.benchmarks.events sim|var EVENTS --out FOLDER [--seed N] [--workers N]

*sim* is the simulator's fleet (`tests.ndjson_log`): few chains, most of them met before; half of its lines are nested ECS.
*var* is flat Sysmon lines alone, as various as logs can be: of every 22 million launches 745,379 paths are different, as in the
first paper, and of every million processes some 683,000 end a chain that no other does, which is deliberately hostile to
whatever stores a chain once. Real estates lie between the two.

The file grows as it is made, an hour of a host after the other. What is kept is the fleet, and for *var* its paths (some 110 MB
for 22 million events). Same kind, number and seed: same bytes, with any number of workers. Parquet is not written: nothing that
oddkin depends on writes it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice, pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from engine.simulator.fleet import simulate
from tests.ndjson_log import Renderer, hours_of_all, plan_for_events
from tests.variety.paths import PAPER_PATHS, paper_paths

PAPER_LAUNCHES = 22_000_000
WINDOWS_SHARE = 0.75
"""Of the made-up paths, rounded down: the others are of Linux."""
AGAIN = 0.265
"""Share of launches that repeat one of their host: same parent, same program. Set so that a million launches have the 683,000
chains that PAPER_LAUNCHES' million had when the bar was set."""
LIVE, SERVICES = 48, 8
"""Processes of a host that may start others, and how many of them never end."""
DEEPEST = 9
"""Steps above a process; the longest chain has ten."""
HOUR_EVENTS = 40
"""Events of a host in an hour of its log."""
START = 1_772_409_600
"""2026-03-02, seconds since 1970."""
ROOT = "C:\\Windows\\System32\\services.exe"
USERS = 900

Blocks = Iterator[tuple[int, bytes]]
"""How many events, and their lines."""


@dataclass(slots=True)
class Live:
    """A process of a host that may start others; texts are as they stand in JSON."""

    guid: str
    pid: int
    image: str
    command: str
    depth: int


def main(arguments: list[str] | None = None) -> Path:
    """Write the file; prints what it holds. Returns where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(HOURS))
    parser.add_argument("events", type=int)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--format", choices=("ndjson",), default="ndjson")
    parser.add_argument("--workers", type=int, default=1, help="processes that make lines")
    asked = parser.parse_args(arguments)
    asked.out.mkdir(parents=True, exist_ok=True)
    path: Path = asked.out / f"{asked.kind}-{asked.events}.ndjson"
    begun, spent = time.perf_counter(), os.times()
    size = write(made(asked.kind, asked.events, asked.seed, asked.workers), path, asked.events)
    wall, now = time.perf_counter() - begun, os.times()
    cpu = sum(now[:4]) - sum(spent[:4])
    print(f"{path}: {asked.events:,} events, {size / 1e6:,.0f} MB")
    print(f"{asked.events / wall:,.0f} events/s, {asked.events / cpu:,.0f} a second of CPU time (all processes)")
    return path


def write(blocks: Blocks, path: Path, events: int) -> int:
    """Write exactly `events` lines; returns their bytes."""
    size = left = 0
    with path.open("wb", buffering=1 << 20) as out:
        left = events
        for count, lines in blocks:
            if count > left:
                lines = b"".join(lines.splitlines(keepends=True)[:left])  # noqa: PLW2901
            size += out.write(lines)
            left -= min(count, left)
            if not left:
                break
    if left:
        raise ValueError(f"{left} events are missing")
    return size


def made(kind: str, events: int, seed: int, workers: int = 1) -> Blocks:
    """At least so many events, hour by hour; the hosts are divided among processes."""
    hours = HOURS[kind]
    hosts = plan_for_events(events, seed).hosts
    if workers <= 1:
        yield from hours(events, seed, 0, hosts)
        return
    spawn = multiprocessing.get_context("spawn")
    bounds = [hosts * number // workers for number in range(workers + 1)]
    pipes, processes = [], []
    for first, last in pairwise(bounds):
        receiving, sending = spawn.Pipe(duplex=False)
        processes.append(spawn.Process(target=_send, args=(sending, kind, events, seed, first, last), daemon=True))
        processes[-1].start()
        sending.close()
        pipes.append(receiving)
    try:
        while True:
            for pipe in pipes:
                lines = pipe.recv_bytes()
                yield lines.count(b"\n"), lines
    except EOFError:
        return
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _send(sending: Connection, kind: str, events: int, seed: int, first: int, last: int) -> None:
    for _, lines in HOURS[kind](events, seed, first, last):
        sending.send_bytes(lines)


def simulated(events: int, seed: int, first: int, last: int) -> Blocks:
    """Every hour of some hosts of the simulator's fleet, also one without events."""
    fleet = simulate(plan_for_events(events, seed))
    render = Renderer()
    for hour in hours_of_all(replace(fleet, hosts=fleet.hosts[first:last])):
        lines = [line for host, batch in hour for line in render(host, batch)]
        yield len(lines), b"".join(line + b"\n" for line in lines)


def various(events: int, seed: int, first: int, last: int) -> Blocks:
    """Every hour of some hosts: flat Sysmon lines with the paper's share of different paths and hardly a chain twice."""
    wanted = max(round(events * PAPER_PATHS / PAPER_LAUNCHES), 1)
    paths = _windows_paths(wanted, seed)
    count = plan_for_events(events, seed).hosts
    hosts = [_Host(number, seed) for number in range(first, last)]
    for hour in range(events // (count * HOUR_EVENTS) + 1):
        parts = []
        for host in hosts:
            # As many programs are known as a part of the launches would have met.
            written = (hour * count + host.number) * HOUR_EVENTS
            known = [min(1 + (written + place) * wanted // events, wanted) for place in (0, HOUR_EVENTS)]
            parts += host.hour(hour, paths, known[0], known[1])
        yield len(parts), "".join(parts).encode()


def _windows_paths(wanted: int, seed: int) -> list[str]:
    """Different paths as they stand in JSON, in the order in which they are met; a path's user and host are always the same."""
    drawn = (one.path for one in paper_paths((wanted + 400) / PAPER_PATHS / WINDOWS_SHARE, seed) if "\\" in one.path)
    paths = [_json(_lived_in(path)) for path in islice(drawn, wanted)]
    random.Random(seed + 1).shuffle(paths)
    return paths


class _Host:
    """A machine and its living processes."""

    def __init__(self, number: int, seed: int) -> None:
        self.number = number
        self.rng = rng = random.Random(f"{seed} {number}")
        self.name = f"WS-{10_000 + 7 * number}.corp.example.com"
        self.machine = f"{rng.getrandbits(32):08x}"
        self.record = 1_000_000
        self.live = [Live(f"{{{self.machine}-0000-69a4-0000-000000000000}}", 640, _json(ROOT), _json(ROOT), 0)] * LIVE
        self.before: list[tuple[Live, str, str]] = []
        """Some launches that may be repeated: parent, program, how its command line goes on."""

    def hour(self, hour: int, paths: list[str], known: int, then: int) -> list[str]:
        """The lines of an hour; paths[known:then] are met for the first time."""
        draw, lines = self.rng.random, []
        fresh = list(range(known, then))
        step = 3_600_000 // HOUR_EVENTS
        for place in range(HOUR_EVENTS):
            new = len(fresh) > 0 and draw() < 1.05 * len(fresh) / (HOUR_EVENTS - place)
            if not new and self.before and draw() < AGAIN:
                parent, image, rest = self.before[int(draw() * len(self.before))]
            else:
                parent = self.live[int(draw() * LIVE)]
                image, rest = paths[fresh.pop() if new else int(known * draw() ** 3)], ""
                if draw() < 0.4:
                    rest = f" --job {int(draw() * 1e9)}"
            lines.append(self._launch(hour * 3_600_000 + place * step + int(draw() * step), parent, image, rest))
        return lines

    def _launch(self, at_ms: int, parent: Live, image: str, rest: str) -> str:
        bits = self.rng.getrandbits(64)
        self.record += 1
        guid = f"{{{self.machine}-{at_ms & 0xFFFF:04x}-69a4-{self.record & 0xFFFF:04x}-{self.record:012x}}}"
        command = f'\\"{image}\\"{rest}'
        own = Live(guid, 1000 + 4 * (bits & 0x3FFF), image, command, parent.depth + 1)
        if own.depth < DEEPEST:
            self.live[SERVICES + (bits >> 16 & 0xFFFF) % (LIVE - SERVICES)] = own
        if len(self.before) < LIVE:
            self.before.append((parent, image, rest))
        else:
            self.before[(bits >> 32 & 0xFFFF) % LIVE] = parent, image, rest
        second = _second(START + at_ms // 1000)
        return (
            f'{{"EventTime":"{second}","@timestamp":"{second[:10]}T{second[11:]}.{at_ms % 1000:03d}Z","Hostname":"{self.name}",'
            '"EventType":"INFO","SeverityValue":2,"EventID":1,"SourceName":"Microsoft-Windows-Sysmon",'
            '"ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","Version":5,"Task":1,'
            f'"RecordNumber":{self.record},"ExecutionProcessID":2804,"ThreadID":3356,'
            '"Channel":"Microsoft-Windows-Sysmon/Operational","SourceModuleName":"eventlog",'
            f'"SourceModuleType":"im_msvistalog","RuleName":"-","UtcTime":"{second}.{at_ms % 1000:03d}","ProcessGuid":"{guid}",'
            f'"ProcessId":"{own.pid}","Image":"{image}",{_of_program(image)},"CommandLine":"{command}",'
            f'"CurrentDirectory":"C:\\\\Windows\\\\System32\\\\","User":"{_user(image)}",'
            f'"LogonGuid":"{{{self.machine}-a0e2-69a4-e703-000000000000}}","LogonId":"0x{0x3E7 + bits % 97:x}",'
            f'"TerminalSessionId":"1","IntegrityLevel":"Medium","ParentProcessGuid":"{parent.guid}",'
            f'"ParentProcessId":"{parent.pid}","ParentImage":"{parent.image}","ParentCommandLine":"{parent.command}",'
            f'"ParentUser":"{_user(parent.image)}"}}\n'
        )


def _lived_in(path: str) -> str:
    number = int.from_bytes(hashlib.blake2b(path.encode(), digest_size=2).digest(), "big")
    return path.replace("<user>", f"user{number % USERS}").replace("<host>", f"srv{number % 40:02d}")


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


@lru_cache(maxsize=60_000)
def _of_program(image: str) -> str:
    digest = hashlib.blake2b(image.encode(), digest_size=32).hexdigest().upper()
    name = image.rpartition("\\")[2]
    return (
        f'"FileVersion":"1.0.0.0","Description":"{name}","Product":"{name}","Company":"-","OriginalFileName":"{name}",'
        f'"Hashes":"MD5={digest[:32]},SHA256={digest},IMPHASH={digest[32:]}"'
    )


@lru_cache(maxsize=60_000)
def _user(image: str) -> str:
    at = image.find("user")
    found = image[at : at + 7].partition("\\")[0] if at >= 0 else ""
    return f"CORP\\\\{found}" if found[4:].isdigit() else "NT AUTHORITY\\\\SYSTEM"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


HOURS: dict[str, Callable[[int, int, int, int], Blocks]] = {"sim": simulated, "var": various}

if __name__ == "__main__":
    main()
