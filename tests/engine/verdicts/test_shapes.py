from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge.locations import location_class
from engine.knowledge.names import protected_names
from engine.rules.guards import check, refusals
from engine.rules.rule import Rule, RuleSet, State
from engine.verdicts.shapes import Masks, Shapes, general_rules, shape_key
from tests.engine.detector.corpus import make_corpus

MASKS = Masks.of(RuleSet())
TEMP = "c:\\users\\<user>\\appdata\\local\\temp\\"


@pytest.mark.parametrize("rule", general_rules().rules, ids=lambda rule: rule.kind)
def test_masks_keep_to_the_guards_of_rules(rule: Rule) -> None:
    assert refusals(check(rule)) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c:\\program files\\chrome\\109.0.54.1\\chrome.exe", "c:\\program files\\chrome\\110.1.1\\chrome.exe"),
        ("/usr/bin/python3.9", "/usr/bin/python3.11"),
        ("/tmp/pip-build-8f3a91c2/x", "/tmp/pip-build-77aa91c2/x"),
    ],
)  # fmt: skip
def test_paths_that_differ_in_what_machines_fill_in_have_one_shape(one: str, other: str) -> None:
    assert MASKS.path(one) == MASKS.path(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c:\\windows\\system32\\svchost.exe", "c:\\windows\\system32\\svch0st.exe"),
        ("c:\\windows\\system32\\svchost.exe", "c:\\windows\\system32\\svchost32.exe"),
        ("c:\\windows\\system32\\svchost.exe", TEMP + "svchost.exe"),
        (TEMP + "8f3a91c2.exe", TEMP + "77aa91c2.exe"),
        (TEMP + "12345.exe", TEMP + "54321.exe"),
        ("/usr/bin/bash", "/tmp/bash"),
        ("/tmp/8f3a91c2", "/tmp/77aa91c2"),
    ],
)  # fmt: skip
def test_look_alikes_other_places_and_random_names_keep_shapes_of_their_own(one: str, other: str) -> None:
    assert MASKS.path(one) != MASKS.path(other)


@given(st.sampled_from(sorted(protected_names(windows=True))), st.sampled_from("0123456789"), st.integers(0, 30))
def test_no_misspelt_system_program_becomes_another_name(name: str, digit: str, at: int) -> None:
    spelt = name[: at % (len(name) + 1)] + digit + name[at % (len(name) + 1) :]
    for folder in ("c:\\windows\\system32\\", TEMP):
        assert MASKS.path(f"{folder}{spelt}.exe") != MASKS.path(f"{folder}{name}.exe")


WORDS = st.sampled_from(
    ["windows", "system32", "temp", "users", "program files", "1.2.3", "8f3a91c2", "20240102", "x.exe", "en-us", "12345"]
)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["c:\\", "/", "\\\\<host>\\", ""]))
def test_a_shape_lies_where_the_path_lies_and_is_its_own_shape(parts: list[str], root: str) -> None:
    path = root + ("/" if root == "/" else "\\").join(parts)
    made = MASKS.path(path)
    assert location_class(made) is location_class(path)
    assert MASKS.path(made) == made


def test_rules_of_the_detector_make_shapes_too() -> None:
    rule = Rule("^worker-([a-z]{4})$", "<id>", state=State.ACCEPTED)
    masks = Masks.of(RuleSet.of([rule]))
    assert masks.path("/opt/app/worker-abcd") == masks.path("/opt/app/worker-wxyz") == "/opt/app/worker-<id>"


def test_keys_do_not_depend_on_the_corpus() -> None:
    one, other = ("/sbin/init", "/opt/a-1.2.3/b"), ("/sbin/init", "/opt/a-9.9/b")
    small = Shapes.of(make_corpus({one: 1}))
    large = Shapes.of(make_corpus({("/bin/x",): 1, other: 2, one: 1, ("/sbin/init",): 1}))
    assert len(large) == 3
    assert large.of_chain[1] == large.of_chain[2]
    assert small.keys()[0] == large.keys()[large.of_chain[1]] == shape_key(other, MASKS)
    assert large.texts(int(large.of_chain[1])) == ("/sbin/init", "/opt/a-<version>/b")
