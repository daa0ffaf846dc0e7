"""Process tree of a trace: who forked whom, which image each had then, and execs that wait for their parent to be known.

A child often shows up before the line in which its parent's clone returns (vfork: always). Its execs are held back,
with everything behind them so that positions stay in order, until that line arrives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from engine.domain.records import ProcessEvent, ReaderItem

MAX_HELD = 4096
"""Lines that may wait for a clone to return; after that the parent is guessed or left out."""
MAX_HELD_TEXT = 64 * 1024 * 1024
"""Characters of command lines among them."""
MAX_PROCESSES = 262_144
"""Live processes remembered; the kernel's own limit (pid_max) is at most 4 million, in practice 32,768."""
_MAX_DEPTH = 64

Owner = tuple[int | None, str]
"""pid and image of the nearest ancestor that executed something."""


class TracedProcess:
    """One pid from its first line to its exit."""

    __slots__ = ("called", "cwd", "gone", "image", "inherited", "known", "parent", "pid")

    def __init__(self, pid: int | None, known: bool) -> None:
        self.pid = pid
        self.known = known
        """Whether the parent is settled (found, or known to be outside the trace)."""
        self.parent: TracedProcess | None = None
        """Only while the parent's own ancestry is unsettled."""
        self.inherited: Owner | None = None
        self.image: str | None = None
        self.cwd: str | None = None
        self.called: tuple[bytes, list[bytes]] | None = None
        """An unfinished execve: path and argv."""
        self.gone = False

    def owner(self) -> Owner | None:
        """What a child forked now inherits."""
        return (self.pid, self.image) if self.image is not None else self.inherited


@dataclass(slots=True)
class _Held:
    process: TracedProcess
    event: ProcessEvent


class Forest:
    """Processes by pid, and the queue of items on their way out."""

    def __init__(self) -> None:
        self._processes: dict[int | None, TracedProcess] = {}
        self._forking: dict[int | None, TracedProcess] = {}
        self._queue: deque[ReaderItem | _Held] = deque()
        self._held_text = 0
        self._first_pid: int | None = None
        """Pid of the process whose first lines had none."""

    def process(self, pid: int | None) -> TracedProcess:
        """The process of a line, new when the pid is."""
        found = self._processes.get(pid)
        if found is not None:
            return found
        nameless = self._processes.get(None)
        if nameless is not None and not self._forking:
            # On the terminal the first process has no "[pid N]" until it has company.
            nameless.pid = self._first_pid = pid
            del self._processes[None]
            return self._put(pid, nameless)
        return self._put(pid, TracedProcess(pid, known=not self._forking))

    def fork_begins(self, parent: TracedProcess) -> None:
        """An unfinished clone or vfork."""
        self._forking[parent.pid] = parent

    def fork_ends(self, parent: TracedProcess, child_pid: int | None) -> None:
        """The clone returned: `child_pid`, or None when it failed."""
        self._forking.pop(parent.pid, None)
        if child_pid is None:
            return
        child = self._processes.get(child_pid)
        if child is None or child.known:
            # A known child under this pid is an earlier process whose exit the trace does not show.
            child = self._put(child_pid, TracedProcess(child_pid, known=True))
        child.known = True
        child.inherited = parent.owner()
        if child.inherited is None:
            child.parent = parent
        if child.cwd is None:
            child.cwd = parent.cwd
        if child.gone:
            del self._processes[child_pid]

    def ended(self, process: TracedProcess) -> None:
        """The process exited; a pid is free again, except while its parent is still to be found by it."""
        process.gone = True
        self._forking.pop(process.pid, None)
        if process.known:
            self._processes.pop(process.pid, None)

    def superseded(self, leader: TracedProcess, thread_pid: int) -> None:
        """A thread's execve made it the process: the result will be reported under the leader's pid."""
        thread = self._processes.pop(thread_pid, None)
        if thread is not None:
            leader.called = thread.called

    def put(self, item: ReaderItem) -> None:
        """Queue an item that waits for nothing."""
        self._queue.append(item)

    def put_exec(self, process: TracedProcess, event: ProcessEvent) -> None:
        """Queue an exec of `process`; parent fields are filled in when it leaves."""
        self._queue.append(_Held(process, event))
        self._held_text += len(event.command_line or "")

    def drain(self, everything: bool = False) -> Iterator[ReaderItem]:
        """The items that can leave now."""
        queue = self._queue
        while queue:
            head = queue[0]
            if isinstance(head, _Held):
                settled, owner = _ancestor(head.process)
                if not settled:
                    if self._forking and not everything and len(queue) <= MAX_HELD and self._held_text <= MAX_HELD_TEXT:
                        return
                    owner = self._guess(head.process)
                queue.popleft()
                self._held_text -= len(head.event.command_line or "")
                yield self._with_parent(head.event, owner)
            else:
                queue.popleft()
                yield head

    def _guess(self, process: TracedProcess) -> Owner | None:
        """The only process that is forking, if there is exactly one."""
        candidates = [other for other in self._forking.values() if other is not process]
        process.known = True
        if len(candidates) == 1:
            process.inherited = candidates[0].owner()
        return process.inherited

    def _with_parent(self, event: ProcessEvent, owner: Owner | None) -> ProcessEvent:
        if owner is None:
            return event
        pid, image = owner
        return replace(event, ppid=self._first_pid if pid is None else pid, parent_image=image)

    def _put(self, pid: int | None, process: TracedProcess) -> TracedProcess:
        if len(self._processes) >= MAX_PROCESSES:
            del self._processes[next(iter(self._processes))]
        self._processes.pop(pid, None)
        self._processes[pid] = process
        return process


def _ancestor(process: TracedProcess) -> tuple[bool, Owner | None]:
    """Whether the ancestry is settled, and the owner that it gives."""
    at: TracedProcess | None = process
    for _ in range(_MAX_DEPTH):
        if at is None:
            return True, None
        owner = at.inherited if at is process else at.owner()
        if owner is not None:
            return True, owner
        if not at.known:
            return False, None
        at = at.parent
    return True, None
