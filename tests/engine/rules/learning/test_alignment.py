"""Shapes from the words of a cluster."""

from __future__ import annotations

import random
import string

from engine.knowledge.locations import Zone
from engine.rules.kinds import PROBES
from engine.rules.language.expression import masked, parse
from engine.rules.learning.alignment import ClusterMember, merged, shapes_of
from engine.rules.learning.generate import drafts

RANDOM = random.Random(5)
B36 = string.digits + string.ascii_lowercase


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
