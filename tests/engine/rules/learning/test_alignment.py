"""Shapes from the words of a cluster."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge.locations import Zone
from engine.rules.kinds import PROBES
from engine.rules.language.expression import masked, parse
from engine.rules.learning.alignment import ClusterMember, merged, shapes_of
from engine.rules.learning.generate import drafts
from tests.variety.words import NOUNS, by_hand

RANDOM = random.Random(5)
B36 = string.digits + string.ascii_lowercase
DRAWN_HEX = "0123456789abcdef"
MIXED = string.ascii_letters + string.digits


def members(words: list[str], parent: str = "temp", name: bool = False) -> list[ClusterMember]:
    return [ClusterMember(masked(word), word, parent, name, int(Zone.TEMP)) for word in words]


def some(form: str, alphabet: str, size: int, count: int = 40) -> list[str]:
    return [form.format("".join(RANDOM.choices(alphabet, k=size))) for _ in range(count)]


def expressions(*clusters: list[ClusterMember]) -> list[str]:
    return [
        shape.expression
        for shape in merged([shape for number, one in enumerate(clusters) for shape in shapes_of(number, one, 8)])
    ]


def test_text_around_a_random_part_is_kept() -> None:
    assert expressions(members(some("is-{}.tmp", B36, 5))) == [r"^is-([0-9a-z]{5})\.tmp$"]


def test_two_prefixes_in_one_cluster_are_two_alternatives() -> None:
    words = some("msi{}.tmp", "0123456789abcdef", 4) + some("wer{}.tmp", "0123456789abcdef", 4)
    assert expressions(members(words)) == [r"^(?:msi|wer)([0-9a-f]{4})\.tmp$"]


def test_clusters_of_one_language_become_one() -> None:
    found = expressions(members(some("tmp{}.tmp", "0123456789abcdef", 4)), members(some("mia{}.tmp", "0123456789abcdef", 4)))
    assert found == [r"^(?:mia|tmp)([0-9a-f]{4})\.tmp$"]


def test_names_are_no_variable_parts() -> None:
    names = [
        "update",
        "helper",
        "service",
        "agent",
        "setup",
        "install",
        "launcher",
        "manager",
        "monitor",
        "client",
        "server",
        "host",
        "tray",
        "config",
    ]
    assert expressions(members([f"acme-{name}.exe" for name in names], name=True)) == []


def test_a_bare_random_name_needs_its_directory() -> None:
    words = some("{}", B36, 8)
    found = shapes_of(0, members(words, parent="ie"), 8)
    assert [shape.under for shape in found] == [frozenset({"ie"})]
    spread = [ClusterMember(word, word, f"p{number}", False, 4) for number, word in enumerate(words)]
    assert shapes_of(0, spread, 8) == []


def test_a_key_behind_two_underscores_is_kept() -> None:
    assert expressions(members(some("app_x64__{}", B36, 13))) == []


def test_products_before_a_placeholder_are_left_away() -> None:
    clusters = [members([f"{name}-<hex>-{part}" for part in some("{}", B36, 5)]) for name in ("alpha", "beta", "gamma", "delta")]
    assert expressions(*clusters) == ["-<hex>-([0-9a-z]{5})$"]


def test_kinds_narrow_to_what_was_seen() -> None:
    found = {
        draft.rule.kind: draft.rule.pattern
        for draft in drafts([members([f"app-{n}.{n % 7}.{n * 13}" for n in range(10, 60)])], 50)
    }
    assert found["version"] == r"(?<![0-9])([0-9]{1,2}\.[0-9]\.[0-9]{1,3})(?![0-9])"


def test_narrowed_kinds_cover_what_they_were_narrowed_to() -> None:
    seen = {
        "version": ["1.2", "10.0.19041.1", "1.8.0_201", "2.0.1-rc1"],
        "date": ["2021-11-23", "20211123", "20211123101112", "2021_11_23"],
        "locale": ["en-us", "zh-hans", "sr-latn-rs", "pt_br"],
        "hex": ["a1b2c3d4", "0123456789abc"],
    }
    for kind in PROBES:
        for text in seen.get(kind.name, []):
            found = parse(kind.narrow(seen[kind.name])).find(text)
            assert found is not None, (kind.name, text)
            assert found[1] == text


def test_few_words_teach_nothing() -> None:
    assert drafts([members(some("qq-{}.dat", B36, 5, count=5))], 1000) == []
    assert drafts([members(some("is-{}.tmp", B36, 5, count=3))], 1000) == []


def test_names_that_look_like_versions_teach_nothing() -> None:
    """`python27` tells a location and is never changed; a rule that was learnt from it would change nothing."""
    assert drafts([members(["python27", "python39", "python310"], parent="c:")], 1000) == []
    found = drafts([members(["jre6", "jre7"], parent="java")], 1000)
    assert [draft.rule.kind for draft in found] == ["runtime"]


def installed(words: list[str], parent: str = "releases") -> list[ClusterMember]:
    return [replace(member, zone=int(Zone.PROGRAM_FILES)) for member in members(words, parent)]


def test_few_words_are_enough_where_nobody_can_have_chosen_them() -> None:
    """The forms of the demo and of issue reports that no recognised kind knows, five words of each."""
    for form, alphabet, count in (
        ("conf{}", MIXED, 6), ("tmp.{}", MIXED, 6), ("cr_{}.tmp", DRAWN_HEX, 5), (".npm-{}", DRAWN_HEX, 6), ("agent_{}", B36, 8),
        ("mpksldrv-{}.sys", B36, 6),
    ):  # fmt: skip
        words = some(form, alphabet, count, count=5)
        (made,) = shapes_of(0, installed(words), 8)
        assert made.sure
        rule = parse(made.expression)
        assert all(rule.find(member.text) for member in made.members)
        assert len(made.members) >= 4
        assert rule.find(form.replace("{}", "abcdefghijkl"[:count])) is None, "a word of plain letters may be a name"


@pytest.mark.parametrize(
    "names",
    [
        ["update1", "helper2", "server3", "client4", "viewer5", "backup6"],
        ["office2010", "office2013", "office2016", "office2019"],
        ["1update", "2helper", "3server", "4client", "5viewer"],
        ["x64dbg", "x86dbg", "x32dbg", "x16dbg", "x48dbg"],
        ["agent-win64", "agent-win32", "agent-arm64", "agent-x8664"],
        ["msi1f81", "wer22ab", "nsq1a3c", "tmp9f2e", "mia07b1"],
        ["sha256sum", "sha512sum", "sha384sum", "sha224sum"],
    ],
    ids=lambda names: names[0],
)
def test_few_names_with_numbers_are_no_form(names: list[str]) -> None:
    assert expressions(installed(names)) == []


def test_numbers_of_few_words_count_below_directories_for_temporary_files_only() -> None:
    words = ["scoped_dir1335_<number>", "scoped_dir3030_<number>", "scoped_dir4418_<number>", "scoped_dir9021_<number>"]
    assert [shape.expression for shape in shapes_of(0, members(words), 8)] == [r"^scoped_dir([0-9]{4})_<number>$"]
    assert shapes_of(0, installed(words), 8) == []
    assert len(shapes_of(0, installed(words, "temp"), 8)) == 1, "a program's own directory for them"


def test_words_of_another_form_in_the_same_frame_do_not_hide_one() -> None:
    words = [*some("cr_{}.tmp", DRAWN_HEX, 5, count=5), "edgemitmp_57df3.tmp", "identity_helper.exe", "check_load.exe"]
    assert [shape.expression for shape in shapes_of(0, members(words), 8)] == [r"^cr_(?=[a-f]{0,4}[0-9])([0-9a-f]{5})\.tmp$"]


def test_a_form_is_found_among_many_words_that_begin_with_anything() -> None:
    names = ["apt", "bash", "cat", "dpkg", "expr", "find", "grep", "head", "id", "join", "kill", "ls", "mv", "nice", "od", "ps"]
    words = names + some("conf{}", MIXED, 6, count=9)
    assert expressions(members(words)) == [r"^conf(?=[a-z]{0,5}[0-9A-Z])([0-9A-Za-z]{6})$"]


def test_names_of_one_length_among_others_are_names() -> None:
    """Sixteen letters are drawn where all words of a cluster have sixteen, and chance where others have more or fewer."""
    threes = zip(NOUNS, NOUNS[::-1], [*NOUNS[7:], *NOUNS[:7]], strict=True)
    long = [text for text in map("".join, threes) if len(text) == 16]
    assert len(long) >= 8
    assert expressions(installed([f"{name}.exe" for name in [*long, "cmd", "net", "whoami"]])) == []
    assert expressions(installed([f"acme{name}.exe" for name in [*long, "cmd", "net", "whoami"]])) == []


@pytest.mark.parametrize("size", [40, 600, 3000])
def test_names_that_people_chose_give_no_rule_however_many_they_are(size: int) -> None:
    """Among thousands some have one length by chance, and half of those a number behind the name."""
    rng = random.Random(3)
    names = sorted({by_hand(rng) + rng.choice(("", ".exe")) for _ in range(size * 2)})
    rng.shuffle(names)
    groups = [installed(names[at : at + size], "documents") for at in range(0, len(names), size)]
    learnt = [
        draft.rule.pattern for draft in drafts(groups, 500_000 if size > 1000 else len(names)) if draft.rule.kind == "learnt"
    ]
    assert learnt == []


def test_python_draws_underscores_too() -> None:
    words = [f"pip-install-{text}" for text in ("8kvtq43p", "t4qrx6af", "00anme5n", "9f2kq71b", "qmx3_fy1")]
    (made,) = shapes_of(0, members(words), 8)
    assert made.expression == "^pip-install-(?=[_a-z]{0,7}[0-9])([0-9_a-z]{8})$"
    assert {member.word for member in made.members} == set(words)


def test_directories_count_by_the_form_they_have() -> None:
    """`b113` and `b231` lie in directories of different names that are one to the rules."""
    places = members([f"go-build{number}" for number in range(2165822215, 2165822215 + 9)], parent="tmp")
    below = [
        ClusterMember(f"b{number}", f"b{number}", f"go-build{2165822215 + at}", False, int(Zone.TEMP))
        for at, number in enumerate(range(113, 140, 3))
    ]
    learnt = [draft.rule for draft in drafts([places, below], 500) if draft.rule.kind == "learnt"]
    assert [(rule.pattern, rule.under) for rule in learnt] == [("^b([0-9]{3})$", ("go-build<number>",))]


def test_a_kind_that_is_scattered_over_clusters_counts_as_one_in_no_cluster_does() -> None:
    """Clusters must not take away what the same words show without them."""
    texts = [f"{number:08x}" for number in range(0xA1B20000, 0xA1B20000 + 12 * 4097, 4097)]
    apart = [members([text, f"name{at}x", "other"]) for at, text in enumerate(texts)]
    together = drafts([], 500, [member for group in apart for member in group])
    assert [draft.rule.identity for draft in drafts(apart, 500)] == [draft.rule.identity for draft in together] != []


@given(st.lists(st.sampled_from(NOUNS), min_size=4, max_size=12, unique=True), st.integers(0, 3), st.booleans())
def test_what_people_write_is_no_form(nouns: list[str], digits: int, below: bool) -> None:
    """Words with or without numbers behind them, whatever they begin with, as long as they are few."""
    names = sorted({f"acme-{noun}{10**digits + at if digits else ''}" for at, noun in enumerate(nouns)})
    assert [shape for shape in shapes_of(0, members(names) if below else installed(names), 99) if shape.sure] == []
