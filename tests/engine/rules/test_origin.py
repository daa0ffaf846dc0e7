"""Where a rule was learnt travels with it, and is checked like all that comes from elsewhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.rules.rule import MOST_LIKE, Rule, RuleOrigin

FORM = Rule("^conf([0-9]{6})$", "<temp>", "learnt")


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.lists(st.text(), max_size=MOST_LIKE), st.integers(0, 99))
def test_an_origin_comes_back(cluster: int, words: int, like: list[str], others: int) -> None:
    rule = Rule(FORM.pattern, FORM.replacement, FORM.kind, origin=RuleOrigin(cluster, words, tuple(like), others), taken_from="m")
    assert Rule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule


def test_rules_of_older_versions_have_none() -> None:
    plain = FORM.to_dict()
    del plain["origin"], plain["taken_from"]
    assert Rule.from_dict(plain) == FORM


@pytest.mark.parametrize("origin", [3, [], {"cluster": 1}, {"cluster": "x", "words": 1, "like": [], "others": 0}])
def test_what_is_no_origin_is_refused(origin: object) -> None:
    with pytest.raises(UsageError, match="no rule of this version"):
        Rule.from_dict(FORM.to_dict() | {"origin": origin})


def test_no_more_words_than_are_shown_are_kept() -> None:
    plain = RuleOrigin(1, 10**6, tuple(map(str, range(500)))).to_dict()
    found = Rule.from_dict(FORM.to_dict() | {"origin": plain}).origin
    assert found is not None
    assert len(found.like) == MOST_LIKE
