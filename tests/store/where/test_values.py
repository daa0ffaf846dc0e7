"""What is offered while a line is typed: keys, then values with how often they occur."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.marks import MarkOrigin, RuleMark
from store.where.keys import KEYS
from store.where.matching import count
from store.where.meaning import read
from store.where.terms import ALL
from store.where.values import MOST, Begun, begun, key_offers, rest, value_offers
from store.workspace import Workspace, open_workspace
from tests.store import samples

CASE = "case"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("us", Begun("", "", "us")),
        ("curl !us", Begun("curl !", "", "us")),
        ("user:", Begun("user:", "user", "")),
        ("!user:ro", Begun("!user:", "user", "ro")),
        ("curl user:root,an", Begun("curl user:root,", "user", "an")),
        ('user:"NT AU', Begun("user:", "user", "NT AU")),
        ("usr:x", None),
        ("", None),
        ("curl ", None),
        ("c:\\win", None),
        ("/dev/sh", None),
        ('"some text', None),
    ],
)
def test_the_term_at_the_end(line: str, found: Begun | None) -> None:
    assert begun(line) == found


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("curl user:ro", "curl"),
        ("host:a user:root,an", "host:a"),
        ("user:", ""),
        ("!host:a !user:x", "!host:a"),
        ("usr:x user:a", ""),
    ],
)
def test_the_rest_of_the_line(line: str, kept: str) -> None:
    typed = begun(line)
    assert typed is not None
    assert rest(line, typed) == kept


def test_keys_that_begin_so() -> None:
    assert [offer.shown for offer in key_offers(Begun("!", "", "p"))] == ["pid:", "parent:"]
    assert key_offers(Begun("x !", "", "se"))[0].line == "x !session:"
    assert len(key_offers(Begun("", "", ""))) == MOST


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path_factory.mktemp("values") / "w")
    events = []
    for number in range(1, 61):
        text = (*samples.HOSTILE, "x" * 2_000, 'say "hi", c:\\x /a/')[number % (len(samples.HOSTILE) + 2)]
        parent = None if number < 7 else number // 6
        more = {
            "command_line": text or None,
            "user": f"{text}{number % 2}",
            "hashes": text or None,
            "logon_id": f"0x{number % 3}",
        }
        events.append(samples.event(number, parent, host=f"web {number % 3}", image=f"C:\\A b\\tool{number % 4}.exe", **more))
    samples.fill(opened, events)
    samples.score(opened, CASE, flagged=5, grouped=True)
    opened.labels.set(CASE, [row.key for row in opened.queue.page(CASE, limit=3)], "benign")
    yield opened
    opened.close()


@pytest.mark.parametrize("key", sorted(KEYS))
def test_an_offer_is_a_line_that_finds_as_many(space: Workspace, key: str) -> None:
    """Whatever a log wrote: at least as many, where one value stands within others."""
    offers = value_offers(space, CASE, Begun(f"{key}:", key, ""), ALL)
    assert len(offers) <= MOST
    for offer in offers:
        where = read(offer.line)
        assert [term.key for term in where.terms] == [key]
        if offer.beside:
            assert count(space, CASE, where) >= int(offer.beside.replace(",", ""))
    counted = [int(offer.beside.replace(",", "")) for offer in offers if offer.beside]
    assert counted == sorted(counted, reverse=True)


def test_each_key_with_texts_offers_something(space: Workspace) -> None:
    offering = {key for key in KEYS if value_offers(space, CASE, Begun(f"{key}:", key, ""), ALL)}
    assert offering == {"image", "cmd", "user", "host", "hash", "known", "level", "parent", "session", "verdict", "is"}


def test_titles_of_rules_are_offered_with_what_they_mark(space: Workspace) -> None:
    processes = [one.id for one in space.processes.find(CASE, limit=3) if not one.placeholder][:2]
    marks = {RuleMark("A rule", "high", by="hayabusa"): processes, RuleMark('Odd "one"', "low", by="hayabusa"): processes[:1]}
    space.marks.keep_processes(CASE, MarkOrigin("hayabusa", "/x/t.csv", "f" * 64), marks)
    offers = value_offers(space, CASE, Begun("sigma:", "sigma", ""), ALL)
    assert [(offer.shown, offer.beside) for offer in offers] == [("A rule", "2"), ('Odd "one"', "1")]
    assert [count(space, CASE, read(offer.line)) for offer in offers] == [2, 1]
    pid = space.processes.get(processes[1]).pid
    assert [offer.shown for offer in value_offers(space, CASE, Begun("sigma:", "sigma", ""), read(f"pid:{pid}"))] == ["A rule"]
    space.marks.forget(CASE)


def test_values_are_those_of_what_the_rest_leaves(space: Workspace) -> None:
    (offer,) = value_offers(space, CASE, Begun("host:", "host", "0"), read("pid:3"))
    assert (offer.shown, offer.beside, offer.line) == ("web 0", "1", 'host:"web 0"')
    assert value_offers(space, CASE, Begun("host:", "host", "1"), read("pid:3")) == []


def test_techniques_are_those_that_reasons_name(space: Workspace, tmp_path: Path) -> None:
    with space.write() as connection:
        set_id, chain = connection.exec_driver_sql("SELECT set_id, chain_id FROM score ORDER BY rank LIMIT 1").one()
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO expectation VALUES (?, ?, 0, '[]', '', ?)",
            (set_id, chain, '{"sentences": {"commands": "a script downloads (T1105), encoded (T1027.010)"}}'),
        )
        connection.commit()
    there = count(space, CASE, read("technique:T1105"))
    assert there > 0
    assert count(space, CASE, read("technique:t1027")) == there
    assert count(space, CASE, read("technique:T1999")) == 0
    offers = value_offers(space, CASE, Begun("technique:", "technique", "T1"), ALL)
    assert {(offer.shown, offer.beside) for offer in offers} == {("T1105", str(there)), ("T1027.010", str(there))}
