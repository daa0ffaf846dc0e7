"""Roles of programs, from a table that people can read and correct: engine/signals/data/roles.toml."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

import numpy as np

from engine.paths import basename
from engine.tables import ChainCorpus, Floats

_EXTENSION = re.compile(r"\.(exe|com)$")
_VERSION = re.compile(r"[-.]?\d+(\.\d+)*$")


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Windows and Linux: base name -> role."""
    plain = tomllib.loads(files("engine.signals").joinpath("data/roles.toml").read_text(encoding="utf-8"))
    windows, linux = ({name: role for role, names in plain[os].items() for name in names} for os in ("windows", "linux"))
    return windows, linux


def role_of(folded: str) -> str:
    """Role of a folded path: shell, script, proxy, admin, or "" for none. A leading slash says Linux.

    Bare names have no system: one that ends like a Windows program is looked up there, others in both.
    """
    windows, linux = _tables()
    name = basename(folded).lower()
    plain = _EXTENSION.sub("", name)
    if not folded.startswith("/") and (plain != name or "\\" in folded):
        return windows.get(plain, "")
    found = linux.get(name) or linux.get(_VERSION.sub("", name), "")
    return found or ("" if folded.startswith("/") else windows.get(plain, ""))


def rolefrac(corpus: ChainCorpus) -> Floats:
    """[c] share of a chain's steps that are a shell, script engine, proxy binary or admin tool, 0 … 1. Nothing is fitted."""
    has_role = np.array([bool(role_of(path)) for path in corpus.paths] + [False])
    steps = has_role[corpus.steps]  # -1 is the appended False
    share: Floats = steps.sum(axis=1) / np.maximum(corpus.lengths, 1)
    return share
