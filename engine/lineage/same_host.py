"""Which names are one machine's: WS1 is ws1.lab.example when no other host of the case has that short name."""

from __future__ import annotations

import re
from collections.abc import Iterable

ADDRESS = re.compile(r"[\d.]+|.*:.*")
"""What is an address, and no name."""
NOBODY = frozenset({"localhost", "localhost.localdomain"})
"""What machines call themselves before somebody names them."""


def same(names: dict[int, str]) -> dict[int, int]:
    """Host -> the one whose other name it is, by case-folded names."""
    full = full_names(names.values())
    number_of = {name: number for number, name in names.items()}
    found = {}
    for number, name in names.items():
        label, dot, _ = name.rstrip(".").partition(".")
        known = full.get(label, [])
        if dot and name.endswith(".") and name.rstrip(".") in number_of:
            found[number] = number_of[name.rstrip(".")]
        elif not dot and name not in NOBODY and len(known) == 1:
            found[number] = number_of.get(known[0], number_of.get(known[0] + ".", number))
    return {number: target for number, target in found.items() if number != target}


def full_names(names: Iterable[str]) -> dict[str, list[str]]:
    """Short name -> the different full names that begin with it; addresses are no names."""
    found: dict[str, set[str]] = {}
    for name in names:
        whole = name.rstrip(".")
        label, dot, domain = whole.partition(".")
        if label and dot and domain and whole not in NOBODY and not ADDRESS.fullmatch(whole):
            found.setdefault(label, set()).add(whole)
    return {label: sorted(known) for label, known in found.items()}
