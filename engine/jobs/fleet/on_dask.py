"""The fleet job's engine on Dask: workers of this machine, or a cluster that is there. Dask spreads, shuffles, retries, spills.

Records are brought together by Dask's P2P shuffle, whose rows are not records but packed runs of them (engine.fleet.packed): it
goes over the disks of the workers, so that none has to hold all of its parts in memory before they are linked. What a worker that
dies had done is done again by another; a task that has taken four workers with it fails the run.

Dask's own wire uses pickle, between machines that trust each other. Nothing of the evidence is ever unpickled: it travels as
bytes that engine.fleet.packed reads. Workers of this machine speak TLS with a key of this run, since on a shared machine anybody
can reach a port of the loopback.
"""

from __future__ import annotations

import logging
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from engine.errors import InputError, OddkinError, UsageError
from engine.fleet.part import LinkedPart
from engine.fleet.picked import PickedHost
from engine.jobs.fleet.engines import Wanted, link_part, pick_part
from engine.jobs.fleet.files import EXTRA
from engine.jobs.fleet.read import ReadFiles, ReadTask, read
from engine.progress import Check

GROUP, BLOB = "group", "blob"
"""Columns of the shuffle."""
POLL_S = 0.05
REMEDY = (
    "If it was memory: fewer workers with more each, or smaller files (a worker holds the records of its largest file and of its"
    " largest host). What the workers wrote stands above or in the cluster's logs."
)
SETTINGS = {
    "distributed.comm.timeouts.connect": "30s",
    "distributed.worker.daemon": True,
    "distributed.admin.low-level-log-length": 0,
    "dataframe.convert-string": False,
}


class OnDask:
    """engine.jobs.fleet.engines.Engine on a cluster of Dask. `close` gives everything back."""

    def __init__(self, client: Any, parts: int, held: ExitStack) -> None:
        self.client = client
        self._parts, self._held = parts, held
        self._shuffled: list[Any] = []
        self._ranks: Any = None

    @classmethod
    def local(cls, workers: int, parts: int) -> OnDask:
        """So many processes on this machine. Raises UsageError where Dask is not installed."""
        distributed = _distributed()
        held = ExitStack()
        try:
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="oddkin-fleet-", ignore_cleanup_errors=True))
            held.enter_context(_settings({"temporary-directory": folder}))
            with _deaf_children():
                # Without an address its pages would be on port 8787 of every interface, which another run may have.
                cluster = held.enter_context(
                    distributed.LocalCluster(
                        n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", protocol="tls://",
                        security=distributed.security.Security.temporary(), dashboard_address="127.0.0.1:0",
                        local_directory=folder, silence_logs=logging.ERROR,
                    )
                )  # fmt: skip
            return cls(held.enter_context(distributed.Client(cluster)), parts, held)
        except BaseException:
            held.close()
            raise

    @classmethod
    def at(cls, address: str, parts: int) -> OnDask:
        """The cluster whose scheduler is at an address. Raises UsageError where nobody answers."""
        distributed = _distributed()
        held = ExitStack()
        try:
            held.enter_context(_settings())
            return cls(held.enter_context(distributed.Client(address)), parts, held)
        except (OSError, ValueError, TimeoutError) as error:
            held.close()
            raise UsageError(
                f"No scheduler answers at {address} ({error}).", remedy="dask scheduler prints its address: tcp://HOST:8786"
            ) from error
        except BaseException:
            held.close()
            raise

    @property
    def parts(self) -> int:
        """Into how many parts hosts are spread."""
        return self._parts

    def read(self, tasks: Sequence[ReadTask], check: Check) -> Iterator[ReadFiles]:
        """Read on the workers; what was read is shuffled while the rest is being read."""
        if not tasks:
            return
        import dask.dataframe as dd

        done = self.client.map(_read, tasks, pure=False, key="read")
        told = self.client.map(_first, done, pure=False, key="told")
        frames = self.client.map(_second, done, pure=False, key="packed")
        frame = dd.from_delayed(frames, meta=_frame([]), verify_meta=False)
        shuffled = frame.shuffle(GROUP, npartitions=self._parts, shuffle_method="p2p").persist()
        # What was read is held by nobody any more when the shuffle has taken it.
        self._shuffled = sorted(_distributed().futures_of(shuffled), key=lambda future: int(future.key[1]))
        del done, frames, frame, shuffled
        yield from self._results(told, check)

    def link(self, ranks: Mapping[int, int], check: Check) -> Iterator[tuple[int, LinkedPart]]:
        """Link each part where it lies."""
        # As a task and not scattered: scattered data dies with the workers that have it.
        self._ranks = self.client.submit(_same, dict(ranks), pure=False, key="ranks")
        yield from self._results(
            [
                self.client.submit(_link, number, part, self._ranks, pure=False, key=f"link-{number}")
                for number, part in self._each()
            ],
            check,
        )

    def pick(self, ranks: Mapping[int, int], wanted: Wanted, check: Check) -> Iterator[list[PickedHost]]:
        """Pick where each part lies."""
        parts = dict(self._each())
        asked = [
            self.client.submit(_pick, parts[number], self._ranks, dict(hosts), pure=False, key=f"pick-{number}")
            for number, hosts in wanted.items()
        ]
        yield from self._results(asked, check)

    def close(self) -> None:
        """Give up what workers hold, and workers of this run."""
        self._shuffled, self._ranks = [], None
        with suppress(OSError, TimeoutError):
            self._held.close()

    def _each(self) -> Iterator[tuple[int, Any]]:
        return enumerate(self._shuffled)

    def _results(self, futures: list[Any], check: Check) -> Iterator[Any]:
        """What the futures give, in the order in which they are done; each is given up when it was taken."""
        distributed = _distributed()
        waiting, left = distributed.as_completed(futures), len(futures)
        futures.clear()
        while left:
            check()
            if not waiting.has_ready():
                time.sleep(POLL_S)
                continue
            for future in waiting.next_batch(block=False):
                left -= 1
                try:
                    yield future.result()
                except OddkinError:
                    raise
                except (distributed.KilledWorker, distributed.CancelledError) as error:
                    raise InputError(f"The workers did not survive a part of the work ({error}).", remedy=REMEDY) from error


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageError("Dask, on which a fleet runs, is not installed.", remedy=EXTRA) from None
    return distributed


def _settings(more: Mapping[str, Any] | None = None) -> Any:
    import dask

    return dask.config.set({**SETTINGS, **(more or {})})


@contextmanager
def _deaf_children() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C, which a terminal sends to all processes of a command: the one that people
    started hears it, when all is begun, and ends the others.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _frame(packed: Sequence[tuple[int, bytes]]) -> Any:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    blobs = pd.array([blob for _, blob in packed], dtype=pd.ArrowDtype(pa.large_binary()))
    return pd.DataFrame({GROUP: np.array([part for part, _ in packed], dtype=np.int64), BLOB: blobs})


def _read(task: ReadTask) -> tuple[ReadFiles, Any]:
    told, packed = read(task)
    return told, _frame(packed)


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _second(pair: tuple[Any, Any]) -> Any:
    return pair[1]


def _same(value: Any) -> Any:
    return value


def _link(number: int, frame: Any, ranks: Mapping[int, int]) -> tuple[int, LinkedPart]:
    return number, link_part(frame[BLOB].tolist(), ranks)


def _pick(frame: Any, ranks: Mapping[int, int], wanted: Mapping[str, Any]) -> list[PickedHost]:
    return pick_part(frame[BLOB].tolist(), ranks, wanted)
