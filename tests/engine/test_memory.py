import ctypes

from engine import memory


def test_what_was_freed_is_given_back_or_nothing_is_done(monkeypatch):
    memory.give_back()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    memory._trim.cache_clear()
    assert memory._trim() is None
    memory.give_back()
    memory._trim.cache_clear()
