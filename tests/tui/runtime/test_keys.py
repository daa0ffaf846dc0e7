"""A key means one thing on all screens: every binding of every screen and of what stands on it is in the one table."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen

import tui
from tui.app.app import OddkinApp
from tui.runtime.keys import MEANINGS

DIALOGS = ("tui.dialogs.", "tui.runtime.help_screen")
"""Modules whose keys hold while nothing else is there."""


def kinds(kind: type[DOMNode] = DOMNode) -> Iterator[type[DOMNode]]:
    for derived in kind.__subclasses__():
        ours = derived.__module__.startswith("tui.") and not derived.__module__.startswith(DIALOGS)
        if ours and not issubclass(derived, ModalScreen):
            yield derived
        yield from kinds(derived)


def bindings() -> list[tuple[str, str, str]]:
    """(key, description, class) of every binding of ours, dialogs left out."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        importlib.import_module(module.name)
    found = {OddkinApp, *kinds()}
    said = {
        (key.strip(), binding.description, kind.__name__)
        for kind in found
        for binding in vars(kind).get("BINDINGS", ())
        if isinstance(binding, Binding) and binding.id is not None and binding.description
        for key in binding.key.split(",")
    }
    return sorted(said)


def test_the_table_names_each_key_once() -> None:
    keys = [key for meaning in MEANINGS for key in meaning.keys.split()]
    assert len(keys) == len(set(keys))
    told = [meaning.told for meaning in MEANINGS]
    assert len(told) == len(set(told))


def test_there_are_bindings_to_compare() -> None:
    classes = {kind for _key, _description, kind in bindings()}
    assert {"OddkinApp", "CaseScreen", "TrainScreen", "TriageScreen", "ModelsScreen", "PatternsScreen", "TreeScreen"} <= classes


@pytest.mark.parametrize(("key", "description", "kind"), bindings())
def test_every_binding_is_what_the_table_says_of_its_key(key: str, description: str, kind: str) -> None:
    names = {name for meaning in MEANINGS if key in meaning.keys.split() for name in meaning.names}
    assert description in names, f"{kind}: {key} is called {description!r}, the table has {sorted(names)}"
