"""The data files of the simulator, read once: products, words, file properties."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Product:
    """Software whose version is part of its paths."""

    name: str
    pattern: str
    every_days: float
    spread_days: float
    """How long a release takes to reach the last host."""


def load(name: str) -> dict[str, Any]:
    """One of the simulator's TOML files."""
    return tomllib.loads(files("engine.simulator").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def products() -> tuple[Product, ...]:
    """Software with versioned paths."""
    return tuple(Product(**row) for row in load("products.toml")["product"])


@cache
def file_properties() -> dict[str, tuple[str, str, str, str]]:
    """Lower-case file name -> OriginalFileName, Description, Product, Company."""
    rows = load("properties.toml")["file"]
    return {str(name).lower(): (str(row[0]), str(row[1]), str(row[2]), str(row[3])) for name, row in rows.items()}


@cache
def vocabulary(kind: str) -> tuple[str, ...]:
    """A list of words. Raises ValueError for a list that does not exist."""
    words = load("vocabulary.toml").get(kind)
    if words is None:
        raise ValueError(f"no words of the kind {kind!r}")
    return tuple(words)


@cache
def people() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names."""
    return vocabulary("first_name"), vocabulary("last_name")
