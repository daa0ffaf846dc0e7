"""docs/architecture.md tells of this house: what it names exists, and no room is missing on its map."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.contracts.docstring_names import known_names
from tests.contracts.sources import PACKAGES, ROOT, SOURCES, parsed

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(rf"`((?:{'|'.join(PACKAGES)}|tests|docs)/[^`]*)`", PAGE)))
DOTTED = sorted(set(re.findall(rf"`((?:{'|'.join(PACKAGES)})\.[\w.]+)`", PAGE)))
WAYS = PAGE.partition("## Six ways")[2].partition("## Words")[0]


def defined(path: Path, name: str) -> bool:
    """Whether a module defines a function or class, or a class of it a method: `Vault.publish`."""
    body: list[ast.stmt] = parsed(path).body
    for part in name.split("."):
        found = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == part]
        if not found:
            return False
        body = found[0].body
    return True


@pytest.mark.parametrize("named", NAMED)
def test_a_path_on_the_page_exists_and_defines_what_is_named(named: str) -> None:
    file, _, name = named.partition(":")
    assert (ROOT / file).exists(), f"{file} is gone: see docs/architecture.md"
    assert not name or defined(ROOT / file, name), f"{file} has no {name}: see docs/architecture.md"


@pytest.mark.parametrize("dotted", DOTTED)
def test_a_module_on_the_page_exists(dotted: str) -> None:
    names, (module, _, last) = known_names(), dotted.rpartition(".")
    assert dotted in names.modules or names.has(module, last)


def test_every_room_at_the_top_is_on_the_map() -> None:
    tops = {
        f"{package}/{top.name}" + ("/" if top.is_dir() else "")
        for package in PACKAGES
        for top in (ROOT / package).iterdir()
        if top.name != "__init__.py" and (top.suffix == ".py" or (top / "__init__.py").is_file())
    }
    assert tops - set(NAMED) == set()


@pytest.mark.parametrize("way", re.split(r"^### ", WAYS, flags=re.MULTILINE)[1:], ids=lambda way: way.partition("\n")[0])
def test_each_way_names_a_function_at_every_step(way: str) -> None:
    steps = re.findall(r"^\d+\. (.*?)(?=^\d+\. |\Z)", way, re.MULTILINE | re.DOTALL)
    assert len(steps) >= 4
    for step in steps:
        assert re.search(rf"`(?:{'|'.join(PACKAGES)})/\w", step) or "The reader's `read`" in step, step


def test_there_are_six_ways() -> None:
    assert WAYS.count("### ") == 6


def test_words_have_one_meaning_each() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \|", PAGE.partition("## Words")[2], re.MULTILINE)
    words = [row for row in rows if row != "word"]
    assert len(words) == len(set(words)) > 30


def test_there_are_modules_to_look_at() -> None:
    assert len(SOURCES) > 300
    assert len(NAMED) > 60


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_is_in_the_order_of_the_floors(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [one for one in project["tool"]["importlinter"]["contracts"] if one.get("containers") == [package]]
    (floors,) = [one["layers"] for one in contracts]
    floor_of = {room.strip(): number for number, floor in enumerate(floors) for room in floor.split("|")}
    rows = re.findall(rf"^\| (`{package}/.*?) \|", PAGE, re.MULTILINE)
    rooms = [name.removesuffix(".py") for row in rows for name in re.findall(rf"`{package}/([\w.]+)", row)]
    numbers = [floor_of[room] for room in rooms]
    assert numbers == sorted(numbers)
    assert set(rooms) == set(floor_of)
