"""One machine between boot and shutdown: launches activities, spawns their processes in time order."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.simulator.identities import Identities
from engine.simulator.people import SimHost
from engine.simulator.pids import PidTable, sysmon_guid
from engine.simulator.processes import Identity, SimProcess
from engine.simulator.routine import LogonSession, Uptime
from engine.simulator.scripts.context import Context
from engine.simulator.scripts.trees import ScriptNode

_FAR = 1 << 62
_ROOT_FOLDER = {True: "C:\\Windows\\system32\\", False: "/"}
_NOBODY = Identity("root", 4294967295, 4294967295)
_SYSTEM = Identity("NT AUTHORITY\\SYSTEM", 0x3E7, 0, "System")


@dataclass(slots=True)
class Launch:
    """A tree to be started at some moment below a running process."""

    under: str
    tree: tuple[ScriptNode, ...]
    session: LogonSession | None = None
    story: int = 0
    stage: int = 0
    stages: tuple[str, ...] = ()
    """Names of the hosts of all its stages."""


# What is due: time, order of scheduling, the launch, and for a process its node, parent and context. Plain tuples, since
# one is made for every process.
_Due = tuple[int, int, Launch, ScriptNode | None, SimProcess | None, Context | None]


@dataclass(slots=True)
class SerialCounter:
    """Numbers the processes of a host across its boots."""

    value: int = 0


@dataclass(slots=True)
class Machine:
    """State of a host between two boots. `run_until` yields what was created, in time order; memory is what is pending."""

    host: SimHost
    uptime: Uptime
    rng: random.Random
    counter: SerialCounter
    log_start_us: int
    versions: dict[str, str]
    pids: PidTable = field(init=False)
    identities: Identities = field(init=False)
    named: dict[tuple[int, str], SimProcess] = field(default_factory=dict)
    """(session number or 0, name) -> the running process that others start below."""
    _heap: list[_Due] = field(default_factory=list)
    _order: int = 0

    def __post_init__(self) -> None:
        limit = 4_194_304 if self.host.index % 2 else 32_768
        self.pids = PidTable(self.host.windows, self.rng, limit)
        self.identities = Identities(self.host)

    def launch(self, time_us: int, launch: Launch) -> None:
        """Start a tree at a moment; nothing happens when its parent does not run then."""
        self._order += 1
        heapq.heappush(self._heap, (time_us, self._order, launch, None, None, None))

    def end_session(self, session: LogonSession) -> None:
        """Forget the processes that others could start below in this session."""
        for key in [key for key in self.named if key[0] == session.number]:
            process = self.named.pop(key)
            process.end_us = session.end_us
            self.pids.release(process.pid, session.end_us)

    def run_until(self, limit_us: int) -> Iterator[SimProcess]:
        """Create everything that is due before `limit_us`."""
        heap = self._heap
        while heap and heap[0][0] < limit_us:
            time_us, _, launch, node, parent, context = heapq.heappop(heap)
            if node is None or context is None:
                self._start(time_us, launch)
            else:
                yield self._spawn(time_us, launch, node, parent, context)

    def find(self, under: str, session: LogonSession | None) -> SimProcess | None:
        """The running process of a name (of several, the first that runs), in the session before the machine's own."""
        for name in under.split("|"):
            if session is not None and (found := self.named.get((session.number, name))) is not None:
                return found
            if (found := self.named.get((0, name))) is not None:
                return found
        return None

    def _start(self, time_us: int, launch: Launch) -> None:
        parent = self.find(launch.under, launch.session) if launch.under else None
        if launch.under and parent is None:
            return
        user = launch.session.user if launch.session else self.host.users[0]
        context = Context(self.host, user, self.rng, self.versions)
        context.stages = launch.stages
        self._plan_children(launch.tree, parent, time_us, context, launch)

    def _plan_children(
        self,
        nodes: tuple[ScriptNode, ...] | list[ScriptNode],
        parent: SimProcess | None,
        time_us: int,
        context: Context,
        launch: Launch,
    ) -> int:
        """Schedule the children of a process; returns when the last one starts."""
        rng = self.rng
        usual = 0.35 if self.host.windows else 0.02
        last = self.uptime.down_us if launch.session is None else min(self.uptime.down_us, launch.session.end_us)
        for node in nodes:
            if node.probability < 1 and rng.random() >= node.probability:
                continue
            count = node.least if node.most == node.least else rng.randint(node.least, node.most)
            wait = usual if node.wait is None else node.wait
            for _ in range(count):
                start = time_us + int((0.002 + wait * (0.4 + 1.2 * rng.random())) * 1e6)
                if start >= last:
                    return time_us
                time_us = start
                self._order += 1
                heapq.heappush(self._heap, (start, self._order, launch, node, parent, context))
        return time_us

    def _spawn(self, time_us: int, launch: Launch, node: ScriptNode, parent: SimProcess | None, context: Context) -> SimProcess:
        identity = self._identity(node, parent, launch.session)
        replaces = node.replaces and parent is not None
        pid = parent.pid if replaces and parent is not None else self._pid(node, time_us)
        context.time_us, context.pid, context.parent = time_us, pid, parent
        context.image = image = node.image.render(context)
        command = node.command.render(context)
        inherited = parent.cwd if parent else _ROOT_FOLDER[self.host.windows]
        cwd = node.cwd.render(context) if node.cwd else inherited
        number = self.counter.value
        self.counter.value += 1
        process = SimProcess(
            number=number, host=self.host.index, pid=pid,
            guid=sysmon_guid(self.host.machine, time_us, number, self.uptime.number), image=image, command=command, cwd=cwd,
            identity=identity, start_us=time_us, end_us=_FAR,
            parent=parent.parent if replaces and parent else parent, replaces=replaces, story=launch.story, stage=launch.stage,
            logged=not node.fork and time_us >= self.log_start_us,
        )  # fmt: skip
        last_child = self._plan_children(node.children, process, time_us, context, launch) if node.children else time_us
        if node.name:
            self.named[(launch.session.number if launch.session else 0, node.name)] = process
        else:
            process.end_us = last_child + int(self.rng.expovariate(1 / node.life) * 1e6) + 20_000
            self._end(process, parent if replaces else None)
        return process

    def _end(self, process: SimProcess, replaced: SimProcess | None) -> None:
        # The pid of a replaced image stays taken until its last image ends; releasing it twice would free it early.
        if replaced is None:
            self.pids.release(process.pid, process.end_us)
        elif process.end_us > replaced.end_us:
            self.pids.hold(process.pid, process.end_us)

    def _pid(self, node: ScriptNode, time_us: int) -> int:
        fixed = {"kernel": 4, "systemd": 1}.get(node.name)
        if fixed is None:
            return self.pids.take(time_us)
        self.pids.reserve(fixed)
        return fixed

    def _identity(self, node: ScriptNode, parent: SimProcess | None, session: LogonSession | None) -> Identity:
        if parent is None:
            return _SYSTEM if self.host.windows else _NOBODY
        return self.identities.get(node.account, node.integrity, session, parent.identity)
