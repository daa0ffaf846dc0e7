"""Every entry of the tables of pairs has cases (break_cases.toml): what it speaks of, and the everyday life beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge import Role, pair_broken, role, role_break
from engine.knowledge.locations import Location
from engine.knowledge.pair_rules import judges, most, program, starts_broken
from engine.knowledge.roles import known_stems
from engine.knowledge.tables import Block, blocks, words
from tests.engine.knowledge.breaks_page import CASES, EXAMPLES, GROUPS, PAGE, TABLES, page

EVERYDAY = 0.4
"""The most that a pair of everyday life weighs."""


def entries(*keys: str) -> dict[str, Block]:
    """Entries of the tables by their ids."""
    return {block["id"]: block for key in keys for block in blocks(key, TABLES[key])}


def path_of(text: str, system: str) -> str:
    """A path as the cases write it."""
    if "\\" in text or "/" in text:
        return text
    return f"c:\\windows\\system32\\{text}.exe" if system == "windows" else f"/usr/bin/{text}"


def cases(kind: str, *keys: str) -> Iterator[tuple[str, str, str, bool]]:
    """(id, parent, child, whether it is the first of its entry)."""
    of = entries(*keys)
    for system, rows in CASES.items():
        for name, row in rows.items():
            for place, pair in enumerate(row[kind].split(" | ") if name in of else ()):
                parent, child = pair.split(" > ")
                yield name, path_of(parent, system), path_of(child, system), place == 0


BREAKS = ("break", "expected", "barren", "starts")


@pytest.mark.parametrize(("name", "parent", "child", "first"), list(cases("fires", *BREAKS)))
def test_a_break_is_one(name: str, parent: str, child: str, first: bool) -> None:
    entry, found = entries(*BREAKS)[name], pair_broken(parent, child)
    assert found.value >= entry["weight"], found
    if first:
        assert found.reason.endswith(entry["why"])


@pytest.mark.parametrize(("name", "parent", "child", "first"), list(cases("silent", *BREAKS)))
def test_everyday_life_beside_a_break_is_none(name: str, parent: str, child: str, first: bool) -> None:
    found = pair_broken(parent, child)
    assert found.value <= EVERYDAY, found
    assert found.value < entries(*BREAKS)[name]["weight"]


@pytest.mark.parametrize(("name", "parent", "child", "first"), list(cases("fires", "usual")))
def test_what_is_usual_weighs_less_than_roles_say(name: str, parent: str, child: str, first: bool) -> None:
    heaviest = max(role_break(role(parent), role(child)), starts_broken(parent, child).value)
    assert pair_broken(parent, child).value <= entries("usual")[name]["at_most"]
    if first:
        assert heaviest > entries("usual")[name]["at_most"]


@pytest.mark.parametrize(("name", "parent", "child", "first"), list(cases("silent", "usual")))
def test_what_is_not_usual_stays_as_heavy(name: str, parent: str, child: str, first: bool) -> None:
    assert pair_broken(parent, child).value > entries("usual")[name]["at_most"]


def test_every_entry_has_cases_and_every_case_an_entry() -> None:
    named = Counter(name for rows in CASES.values() for name in rows)
    assert set(named) == set(entries(*TABLES))
    assert [name for name, count in named.items() if count > 1] == []


def test_the_page_lists_what_the_tables_have() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.engine.knowledge.breaks_page writes it anew"
    assert set(EXAMPLES) == set(entries(*TABLES))
    for name in EXAMPLES:
        assert page().count(f"\n| {name} |") == 1


def test_ids_are_unique_and_entries_complete() -> None:
    every = [block for key, files in TABLES.items() for block in blocks(key, files)]
    assert [name for name, count in Counter(block["id"] for block in every).items() if count > 1] == []
    for block in every:
        assert block["source"], block["id"]
        assert 0 < block.get("weight", block.get("at_most")) <= 1


def test_names_in_the_tables_are_known_or_plain() -> None:
    """A name that no role table knows is a typing error, or something so special that no role fits: both are worth a look."""
    known = set(known_stems())
    strange = {
        word
        for key in ("starts", "usual")
        for block in blocks(key, TABLES[key])
        for field in ("parents", "children", "but")
        for word in words(block, field)
        if word not in known
    }
    assert strange <= SPECIAL, sorted(strange - SPECIAL)


SPECIAL = frozenset(
    {
        *("bthudtask", "easinvoker", "fltldr", "foomatic-rip", "mcx2prov", "migwiz", "netplwiz"),
        *("paexecsvc", "teamsmeetingaddininstaller", "xcmdsvc"),
    }
)
"""Checked by hand."""


def test_places_of_the_groups_are_locations() -> None:
    for places in GROUPS.values():
        for group, names in places.items():
            assert set(names.upper().split()) <= set(Location.__members__), group


@given(st.text(max_size=40), st.text(max_size=40))
def test_total_and_bounded(parent: str, child: str) -> None:
    for upper, lower in ((parent, child), (f"/usr/bin/{parent}", f"/tmp/{child}"), (f"c:\\windows\\{parent}", f"c:\\{child}")):
        found = pair_broken(upper, lower)
        assert 0 <= found.value <= 1
        assert bool(found.value) == bool(found.reason)


@given(st.sampled_from(sorted(known_stems())), st.sampled_from(sorted(known_stems())))
def test_a_pair_of_which_no_entry_by_name_may_speak_is_what_roles_say(parent: str, child: str) -> None:
    """The counterpart of the fast path: who is asked by role alone has nothing by name."""
    for form in ("c:\\windows\\system32\\{}.exe", "/usr/bin/{}"):
        upper, lower = form.format(parent), form.format(child)
        if not judges(upper):
            assert starts_broken(upper, lower).value == 0
            assert most(upper, lower) == 1.0


def test_the_same_program_by_version_and_target() -> None:
    assert program("/usr/sbin/php-fpm8.1").names >= {"php-fpm8.1", "php-fpm"}
    assert program("kworker/0:1").role is Role.KERNEL
