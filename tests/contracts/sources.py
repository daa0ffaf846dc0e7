"""The project's own modules, parsed once for every contract."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "store", "tui")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """The module's tree. Tests only read it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in the module's tree, walked once."""
    return tuple(ast.walk(parsed(path)))


def shown(path: Path) -> str:
    """The path as it is named in messages, on every system: store/queue/pages.py."""
    return path.relative_to(ROOT).as_posix()


def dotted(path: Path) -> str:
    """The module's name: store/queue/pages.py is store.queue.pages, a package's `__init__` the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
