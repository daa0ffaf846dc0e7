"""Build trees: `./configure && make` starts thousands of shells and odd little programs, none of them odd for a build.

Builds dominate the process logs of developers' and build machines. Inside one, shells, interpreters, fresh binaries and rare
pairs are what is normal, so surprise counts half there. It is a discount and not an exemption: who hides in a build still
has to be more ordinary than half of his surprise. Windows is left out (see data/build_tree.toml).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from engine.domain.arrays import Ints
from engine.domain.chains import ChainCorpus
from engine.domain.processes import ProcessTable
from engine.knowledge.roles import Role, is_windows, role
from engine.knowledge.tables import load
from engine.paths import DELETED, basename
from engine.words.command_line import token

DISCOUNT = 0.5
"""Share of its surprise that a chain of a build keeps."""
LEVELS = 8
"""Ancestors that are looked at."""

_SESSION = ("-i", "-l", "-il", "-li", "-p", "--interactive", "--login", "--posix", "--norc", "--noprofile", "--noediting")
"""All that is in the command line of a shell that somebody types into."""

Flags = npt.NDArray[np.bool_]
_TARGET = re.compile(r"^(?:[a-z0-9_]+-){2,3}(?=[a-z])")
_VERSION = re.compile(r"[-.]?\d+(\.\d+)*$")


@cache
def _names() -> frozenset[str]:
    return frozenset(name for names in load("build_tree").values() for name in names.split())


def is_build_tool(path: str) -> bool:
    """Whether a folded POSIX path names a tool of a build or package installation: x86_64-linux-gnu-gcc-12 is gcc."""
    if not path.startswith("/"):
        return False
    name = basename(path.removesuffix(DELETED)).lower()[:128]
    plain = _VERSION.sub("", name)
    return not _names().isdisjoint({name, plain, _TARGET.sub("", plain)})


def in_build(corpus: ChainCorpus, table: ProcessTable | None, hubs: Flags) -> Flags:
    """[c] chains all of whose processes belong to a build.

    A process belongs to one when it is a build tool, or when an ancestor below the next hub is one or started one itself
    (`bash ./configure` is known by its children only). Without a table the chain alone decides. hubs [p]: paths that
    unrelated work hangs from; so does a shell that somebody types into: who types `make` once has not made a build of what
    he types all day.
    """
    tool = np.array([is_build_tool(path) for path in corpus.paths] + [False])
    if table is None:
        return np.asarray(tool[corpus.steps].any(axis=1))
    hub = np.append(hubs, False)[table.image] | _sessions(corpus, table)
    found = _processes_in_build(table, tool[table.image], hub)
    whole = np.ones(len(corpus), dtype=np.bool_)
    has = table.chain >= 0
    np.logical_and.at(whole, table.chain[has], found[has])
    present = np.zeros(len(corpus), dtype=np.bool_)
    present[table.chain[has]] = True
    return np.where(present, whole, tool[corpus.steps].any(axis=1))


def _processes_in_build(table: ProcessTable, tool: Flags, hub: Flags) -> Flags:
    starts_tools = np.zeros(len(table), dtype=np.bool_)
    starts_tools[table.parent[tool & (table.parent >= 0)]] = True
    builder = tool | starts_tools
    found, above = tool.copy(), _above(table, np.arange(len(table)), hub)
    for _ in range(LEVELS):
        known = above >= 0
        if not known.any():
            break
        found[known] |= builder[above[known]]
        above = np.where(known, _above(table, np.maximum(above, 0), hub), -1)
    return found


def _sessions(corpus: ChainCorpus, table: ProcessTable) -> Flags:
    """[n] shells of a terminal or a login. One without a command line is told by what started it."""
    posix = [not is_windows(path) for path in corpus.paths]
    roles = [role(path) if own else Role.OTHER for path, own in zip(corpus.paths, posix, strict=True)]
    shell = np.array([*(one is Role.SHELL for one in roles), False])[table.image]
    opens = np.array([*(one in {Role.LOGIN, Role.DESKTOP} for one in roles), False])[table.image]
    told = table.command >= 0
    bare = np.ones(len(table.commands), dtype=np.bool_)
    owner, word = table.commands.take(np.arange(len(table.commands)))
    bare[owner[~np.isin(word, [token(one) for one in _SESSION])]] = False
    opened = (table.parent >= 0) & opens[np.maximum(table.parent, 0)]
    return np.asarray(shell & np.where(told, np.append(bare, False)[table.command], opened))


def _above(table: ProcessTable, index: Ints, hub: Flags) -> Ints:
    """Parents, -1 where there is none or it is a hub."""
    parent = table.parent[index].astype(np.int64)
    return np.where((parent >= 0) & ~hub[np.maximum(parent, 0)], parent, -1)


def hub_paths(paths: Sequence[str]) -> Flags:
    """[p] paths of programs that everything on a system hangs from: init, login and cron daemons, container runtimes."""
    kinds = {Role.KERNEL, Role.SYSTEM_CORE, Role.SERVICE_HOST, Role.LOGIN, Role.SCHEDULER, Role.CONTAINER}
    return np.array([role(path) in kinds for path in paths], dtype=np.bool_)
