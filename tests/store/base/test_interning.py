"""What is remembered of texts: bounded, and right whenever a generation ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from store.base.interning import Generations

KEYS = st.sets(st.sampled_from("abcdefgh"))


@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=12), st.integers(1, 4))
def test_what_is_remembered_is_what_was_put(steps: list[tuple[set[str], bool]], entries: int) -> None:
    cache: Generations[str] = Generations(entries)
    for keys, asks in steps:
        if asks:
            found = cache.known(keys)
            assert found == {key: ord(key) for key in found}
            assert found.keys() <= keys
        else:
            cache.put_all({key: ord(key) for key in keys})
            assert cache.known(keys) == {key: ord(key) for key in keys}


@given(KEYS, st.integers(1, 8))
def test_what_was_asked_for_is_carried_over(keys: set[str], entries: int) -> None:
    cache: Generations[str] = Generations(entries)
    for key in sorted(keys):
        cache.put(key, ord(key))
    known = {key for key in keys if cache.get(key) is not None}
    assert len(known) >= min(len(keys), entries)
    assert cache.known({"x"}) == {}
