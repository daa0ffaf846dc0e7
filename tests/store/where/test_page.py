"""docs/filter.md says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from store.where.keys import FORMER, KEYS
from store.where.meaning import read
from store.where.times import Times

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "filter.md").read_text(encoding="utf-8")
CASE = Times(first_us=1_772_409_600_000_000, last_us=1_772_668_800_000_000)


def test_each_key_stands_in_the_table_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| `(.+)` \|$", PAGE, re.MULTILINE)
    assert [(name, meaning, example.replace("\\|", "|")) for name, meaning, example in rows] == [
        (key.name, key.meaning, key.example) for key in KEYS.values()
    ]


def test_each_example_is_a_filter() -> None:
    (block,) = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    examples = [line for row in block.splitlines() for line in re.split(r" {3,}", row)]
    assert len(examples) == 9
    for line in [*examples, *(key.example for key in KEYS.values())]:
        assert read(line, CASE).terms, line


def test_each_word_and_each_key_of_before_is_named() -> None:
    for word in KEYS["is"].words:
        assert f"`{word}`" in PAGE
    for key in FORMER.keys() - {"from", "to"}:
        assert f"`{key}:`" in PAGE, key
