"""Reads the expert tables from `data/*.toml`. Every other module of this package goes through here.

The tables are written from general knowledge of the two systems (each block names its source) and never fitted to
recordings: they are what the detector knows on day one. Whoever changes a block changes scores, so the tests pin the
conventions, and `fingerprint` goes into the manifest of every model that used them.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"

Block = dict[str, Any]

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_SAID = re.compile(rb'^(?:id|phrase|techniques|source) = "[^"\n]*"\n', re.MULTILINE)


@cache
def load(name: str) -> Block:
    """Parse `data/<name>.toml`. The package's own file: a defect in it is a defect of the program, so it raises."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def blocks(key: str, names: Iterable[str]) -> list[Block]:
    """The `[[key]]` entries of several files, in file order."""
    return [block for name in names for block in load(name).get(key, [])]


def words(block: Block, key: str = "names") -> list[str]:
    """Names of a block: one text of words (easier to read and to compare than a list), plus `spaced` for names with blanks."""
    value = block.get(key, "")
    found = value.split() if isinstance(value, str) else list(value)
    return [*found, *(block.get("spaced", []) if key == "names" else [])]


def techniques(block: Block) -> tuple[str, ...]:
    """Ids of ATT&CK that an entry is about, the first that fits best: those that its `why` names, else `techniques`."""
    named = tuple(_TECHNIQUE.findall(block["why"]))
    return named or tuple(block.get("techniques", "").split())


@cache
def fingerprint() -> str:
    """BLAKE2b-64 over all tables, 16 hex digits: scores of two models compare only when this agrees.

    What is only said of an entry (its id, phrase, techniques and source) is left out: it changes no score.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(FOLDER.glob("*.toml")):
        # Line ends differ between checkouts and wheels; content does not.
        content = _SAID.sub(b"", path.read_bytes().replace(b"\r\n", b"\n"))
        digest.update(path.name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()
