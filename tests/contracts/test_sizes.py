"""Rooms are small: files, functions, classes with all that they are made of, folders, and what one meets at a package's door."""

from __future__ import annotations

import ast
from collections import defaultdict

import pytest

from tests.contracts.sources import PACKAGES, ROOT, SOURCES, nodes, parsed, shown

MAX_LINES = 400
MAX_FUNCTION = 50
MAX_CLASS = 350
"""Lines of a class together with its bases in the project, each once: a class that was cut into mixins is still one class."""
MAX_MODULES = 20
AT_THE_DOOR = {"store": 19, "tui": 14}
"""Modules and folders together at the top of a package."""

TOO_LARGE: set[str] = set()
"""Today's classes over the bar. The list only shrinks: one that is under the bar has to leave it."""


def test_files_are_small() -> None:
    lines = {shown(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_functions_are_small() -> None:
    long = [
        f"{shown(path)} {node.name}: {node.end_lineno - node.lineno + 1}"
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


class Classes:
    """All classes of the project, and what each of them inherits from the project."""

    def __init__(self) -> None:
        self.nodes: dict[str, ast.ClassDef] = {}
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for path in SOURCES:
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef):
                    key = f"{shown(path)} {node.name}"
                    self.nodes[key] = node
                    self.by_name[node.name].append(key)

    def bases(self, key: str) -> set[str]:
        """The class itself and every class of the project above it. Of classes of one name, the importing file's decides."""
        family, waiting = set(), [key]
        while waiting:
            one = waiting.pop()
            if one not in family:
                family.add(one)
                for base in self.nodes[one].bases:
                    waiting += self._of(ast.unparse(base).split("[")[0].split(".")[-1], one.split(" ")[0])
        return family

    def _of(self, name: str, file: str) -> list[str]:
        found = self.by_name.get(name, [])
        if f"{file} {name}" in found:
            return [f"{file} {name}"]
        sources = {
            f"{node.module.replace('.', '/')}.py {alias.name}"
            for node in nodes(ROOT / file)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        return [key for key in found if key in sources]

    def lines(self, key: str) -> int:
        """Lines of the class and its bases, each once."""
        return sum((self.nodes[one].end_lineno or 0) - self.nodes[one].lineno + 1 for one in self.bases(key))


def test_a_class_is_small_together_with_its_bases() -> None:
    classes = Classes()
    large = {key: lines for key in classes.nodes if (lines := classes.lines(key)) > MAX_CLASS}
    assert large.keys() == TOO_LARGE, large


def test_a_mixin_counts_as_part_of_the_class_that_takes_it() -> None:
    classes = Classes()
    assert "tui/screens/base.py ModeScreen" in classes.bases("tui/screens/models/screen.py ModelsScreen")
    assert classes.lines("tui/screens/models/screen.py ModelsScreen") > classes.lines("tui/screens/base.py ModeScreen") > 100


def test_a_folder_has_at_most_twenty_modules() -> None:
    folders: dict[str, int] = defaultdict(int)
    for path in SOURCES:
        folders[shown(path.parent)] += path.name != "__init__.py"
    del folders["store/migrations/versions"]  # in the order of time, and one is never merged with another
    assert {folder: count for folder, count in folders.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("package", sorted(AT_THE_DOOR))
def test_few_doors_at_the_top_of_a_package(package: str) -> None:
    tops = {path.relative_to(ROOT / package).parts[0] for path in SOURCES if path.is_relative_to(ROOT / package)}
    assert len(tops - {"__init__.py"}) <= AT_THE_DOOR[package], sorted(tops)


def test_every_package_is_looked_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(PACKAGES)
