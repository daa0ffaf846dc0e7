"""One sequence as text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classifier.given.text import LONGEST, is_divided, steps_of
from engine.readers.tables.sequence_text import MAX_ITEMS, NotASequence

NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=">→,[]'\"-"), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)
NAMES = st.lists(NAME, min_size=2, max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        "systemd -> httpd -> bash", "systemd→httpd→bash", "systemd > httpd > bash", "systemd, httpd,bash",
        "['systemd','httpd','bash']",
        '["systemd", "httpd", "bash"]', "[systemd, httpd, bash]", '"systemd -> httpd -> bash"', "'systemd' -> \"httpd\" -> bash",
    ],
)  # fmt: skip
def test_every_notation_says_the_same(text: str) -> None:
    assert steps_of(text) == ("systemd", "httpd", "bash")


@pytest.mark.parametrize("divider", [" -> ", "->", "→", " > ", ",", ", "])
@given(names=NAMES)
@settings(max_examples=60, deadline=None)
def test_names_come_back_as_they_were(divider: str, names: list[str]) -> None:
    assert steps_of(divider.join(names)) == tuple(names)


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), min_size=1, max_size=10))
@settings(max_examples=100, deadline=None)
def test_a_list_of_python_holds_any_name(names: list[str]) -> None:
    assert steps_of(repr(names)) == tuple(name.strip() for name in names)


def test_an_arrow_divides_before_a_comma_does() -> None:
    assert steps_of("c:\\a, b\\x.exe -> cmd.exe") == ("c:\\a, b\\x.exe", "cmd.exe")
    assert steps_of("/usr/bin/bash") == ("/usr/bin/bash",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no step"), ("[]", "no step"), ("a -> -> b", "step 2 is empty"), ("-> a", "step 1 is empty"), ("['a'", "expected"),
        ("['a'].pop()", "behind the list"), ("__import__('os') , ['a']][", None), ("a," * MAX_ITEMS + "a", "more than"),
        ("x" * (LONGEST + 1), "over"), ("[" * 100_000, "expected a name"),
    ],
)  # fmt: skip
def test_what_is_no_sequence_says_why(text: str, reason: str | None) -> None:
    if reason is None:  # names are names, whatever they would do elsewhere
        assert steps_of(text)[0] == "__import__('os')"
        return
    with pytest.raises(NotASequence, match=reason):
        steps_of(text)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_sequence_or_no_sequence(text: str) -> None:
    try:
        steps = steps_of(text)
    except NotASequence:
        return
    assert steps
    assert all(step and step == step.strip() for step in steps)


@given(NAMES)
@settings(max_examples=50, deadline=None)
def test_what_is_plainly_a_sequence_is_recognised(names: list[str]) -> None:
    assert is_divided(" -> ".join(names))
    assert is_divided(json.dumps(names))
    assert not is_divided(",".join(names))
