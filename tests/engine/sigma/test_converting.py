"""What pySigma makes of rules, and of those that are written against their readers. Skips where the extra is not installed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.sigma.conversion import linear, read
from engine.sigma.converting import answer
from engine.sigma.rules import ANYWHERE, ConvertedRule, RuleLeft, WhyLeft

pytest.importorskip("sigma.backends.sqlite", reason="pySigma is not installed: pip install -e '.[sigma]'")

RULE = r"""title: A download
id: 19b08b1c-861d-4e75-a1ef-ea0c1baf202b
status: test
level: high
tags: [attack.command-and-control, attack.t1105, attack.T1059.001, cve.2021-1]
logsource: {category: process_creation, product: windows}
detection:
  selection:
    Image|endswith: '\certutil.exe'
  filter:
    Company: Acme
  condition: selection and not filter
"""


def told(text: str | bytes) -> list[ConvertedRule | RuleLeft]:
    block = text.encode() if isinstance(text, str) else text
    found: list[dict[str, Any]] = json.loads(answer(b"0", 0, block))
    return [read("f.yml", one) for one in found]


def left(text: str | bytes) -> list[WhyLeft]:
    return [one.why for one in told(text) if isinstance(one, RuleLeft)]


def test_a_rule_becomes_a_condition_with_what_it_says_of_itself() -> None:
    (rule,) = told(RULE)
    assert isinstance(rule, ConvertedRule)
    assert (rule.mark.title, rule.mark.level, rule.mark.techniques) == ("A download", "high", ("T1105", "T1059.001"))
    assert (rule.system, rule.fields) == ("windows", ("Company", "Image"))
    assert rule.queries[0].startswith("SELECT * FROM logs WHERE ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("process_creation", "network_connection"), WhyLeft.ELSEWHERE),
        (("product: windows", "product: macos"), WhyLeft.PRODUCT),
        (("status: test", "status: deprecated"), WhyLeft.WITHDRAWN),
        (("Image|endswith", "Description|endswith"), WhyLeft.FIELDS),
        (("selection and not filter", "selection and ((("), WhyLeft.UNCONVERTED),
        (("Image|endswith: '\\certutil.exe'", "Image|re: '(?=a)b'"), WhyLeft.UNREADABLE),
        (("Image|endswith", "Image|nonsense"), WhyLeft.UNREADABLE),
        (("title: A download", "title: [A download"), WhyLeft.UNREADABLE),
    ],
    ids=lambda value: value if isinstance(value, str) else value[1][:20],
)
def test_a_rule_that_is_left_says_why(change: tuple[str, str], why: WhyLeft) -> None:
    assert change[0] in RULE
    assert left(RULE.replace(*change)) == [why]


def test_a_keyword_asks_for_every_field() -> None:
    (rule,) = told(RULE.replace("  selection:\n    Image|endswith: '\\certutil.exe'", "  selection: [certutil, urlcache]"))
    assert isinstance(rule, ConvertedRule)
    assert rule.fields == ("Company", ANYWHERE)


def test_correlations_and_filters_are_left() -> None:
    text = "title: Many\ncorrelation: {type: event_count, rules: [x], timespan: 1h, condition: {gte: 3}}\n"
    assert left(text) == [WhyLeft.RELATED]


BOMB = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(
    f"a{place}: &a{place} [{', '.join([f'*a{place - 1}'] * 9)}]" for place in range(1, 12))])  # fmt: skip
HOSTILE = {
    "aliases that grow": RULE + BOMB,
    "aliases in a rule": RULE.replace("    Company: Acme", "    Company: *a11").replace("detection:", BOMB + "\ndetection:"),
    "lists in lists": "a: " + "[" * 20_000,
    "maps in maps": "a: " + "{a: " * 5_000,
    "another type": "!!python/object/apply:os.system ['echo x']",
    "a type of a field": RULE.replace("title: A download", "title: !!python/object/apply:os.getcwd []"),
    "twice the same key": RULE + "title: B\n",
    "no map": "- a\n- b\n",
    "a text": "hello",
    "nothing": "",
    "bytes": b"\xff\xfe\x00\x01\x80",
    "a loop": "a: &a [*a]\n" + RULE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_is_written_against_its_reader_is_left_or_harmless(text: str | bytes) -> None:
    """No exception, no rule that could match more than it says, and an answer of bounded size."""
    found = told(text)
    assert len(json.dumps([str(one) for one in found])) < 20_000
    assert all(isinstance(one, RuleLeft) or one.fields == ("Company", "Image") for one in found)
    assert found


def test_a_title_is_cut_and_on_one_line() -> None:
    (rule,) = told(RULE.replace("A download", '"a\\n\\e[31m' + "b" * 240 + '"'))
    assert isinstance(rule, ConvertedRule)
    assert rule.mark.title.startswith("a \x1b[31mbbb")
    assert len(rule.mark.title) == 200


def test_expressions_are_looked_for_in_linear_time() -> None:
    assert linear("(?i)^a+$")("AAA")
    assert not linear(r"(a+)+$")("a" * 50_000 + "b")
    with pytest.raises(ValueError, match="perl operator"):
        linear("(?=a)")
