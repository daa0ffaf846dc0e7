"""The tables keep their conventions: unique, folded, complete, and numbers that models stored stay what they were."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from engine.knowledge import LOCATION_SLOTS, ROLE_SLOTS, Location, Role, Zone, fingerprint
from engine.knowledge.locations import place
from engine.knowledge.roles import LINUX_TABLES, WINDOWS_TABLES, role
from engine.knowledge.tables import FOLDER, blocks, load, words
from engine.paths import fold

FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("tables", [WINDOWS_TABLES, LINUX_TABLES])
def test_every_name_has_one_role(tables: tuple[str, ...]) -> None:
    counts = Counter(word for block in blocks("role", tables) for word in words(block))
    assert [word for word, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("tables", [WINDOWS_TABLES, LINUX_TABLES])
def test_names_are_lower_case_without_program_extension(tables: tuple[str, ...]) -> None:
    for block in blocks("role", tables):
        for word in words(block):
            assert word == word.lower()
            assert not word.endswith(".exe")
            assert "\\" not in word


@pytest.mark.parametrize("name", FILES)
def test_every_block_gives_a_reason_and_every_file_a_source(name: str) -> None:
    assert "ource" in (FOLDER / f"{name}.toml").read_text(encoding="utf-8") or name in {"role_hints", "abilities"}
    for value in load(name).values():
        for block in value if isinstance(value, list) else []:
            assert block["why"]


@pytest.mark.parametrize("name", FILES)
def test_files_stay_readable(name: str) -> None:
    assert len((FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()) <= 400


def test_every_location_has_an_entry_with_sane_values() -> None:
    for location in Location:
        entry = place(location)
        assert 0 <= entry.risk <= 1
        assert entry.why
        assert not (entry.writable and entry.zone in {Zone.SYSTEM})


def test_table_directories_are_folded_and_belong_to_one_location() -> None:
    seen: dict[str, str] = {}
    for name in ("locations_windows", "locations_linux"):
        for key, block in load(name).items():
            assert key.upper() in Location.__members__
            for directory in block.get("directories", []):
                assert seen.setdefault(directory, key) == key
                if "*" not in directory and "\\device" not in directory:
                    system = "linux" if directory.startswith("/") else "windows"
                    inside = directory.rstrip("/") + ("/x" if system == "linux" else "\\x")
                    assert fold(inside, system) in {inside, inside.replace("\\systemroot", "c:\\windows")}, directory


def test_lineage_and_name_tables_use_known_words() -> None:
    for block in load("lineage")["break"]:
        for word in (*block["parents"], *block["children"]):
            assert word.upper() in Role.__members__
        assert 0 < block["grand"] <= block["weight"] <= 1
    for block in load("names")["protected"]:
        assert all(word.upper() in Location.__members__ for word in block["homes"])
        assert block["os"] in {"windows", "linux"}


def test_patterns_compile_and_have_no_nested_repetition() -> None:
    for block in blocks("pattern", ("role_hints",)):
        for text in words(block):
            re.compile(text)
            assert not re.search(r"[+*}]\)[+*{]", text), text


def test_what_can_be_abused_has_a_role() -> None:
    places = {"windows": "c:\\windows\\system32\\{}.exe", "linux": "/usr/bin/{}"}
    for system, pattern in places.items():
        table = load("abilities")[system]
        names = {word for key in table for word in words(table, key)}
        missing = sorted(name for name in names if role(pattern.format(name)) is Role.OTHER)
        assert len(missing) <= 0.1 * len(names), missing


def test_numbers_are_stable() -> None:
    assert {
        Location.WIN_SYSTEM: 3,
        Location.RECYCLE: 21,
        Location.LINUX_SYSTEM: 40,
        Location.LINUX_TEMP: 50,
        Location.MAC_APPS: 68,
    }.items() <= {location: location.value for location in Location}.items()
    assert [role.value for role in Role] == list(range(29))
    assert [zone.name for zone in Zone] == [
        "UNKNOWN",
        "SYSTEM",
        "PROGRAM_FILES",
        "USER_WRITABLE",
        "TEMP",
        "RECYCLE",
        "UNC",
        "REMOVABLE",
    ]
    assert max(Location) < LOCATION_SLOTS
    assert max(Role) < ROLE_SLOTS


def test_fingerprint_is_stable_within_a_version() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", fingerprint())
    assert fingerprint() == fingerprint()
