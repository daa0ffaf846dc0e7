"""Lineage rules and the prior: examples, order, and the vectorised version against the plain one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import knowledge as k
from engine.domain.arrays import Ints32
from engine.domain.records import MAX_STEPS
from engine.knowledge import Role

SYSTEM32 = "c:\\windows\\system32\\"
POOL = [
    "c:\\windows\\explorer.exe",
    "c:\\program files\\microsoft office\\root\\office16\\winword.exe",
    SYSTEM32 + "cmd.exe",
    SYSTEM32 + "windowspowershell\\v1.0\\powershell.exe",
    SYSTEM32 + "services.exe",
    SYSTEM32 + "svchost.exe",
    SYSTEM32 + "lsass.exe",
    SYSTEM32 + "whoami.exe",
    SYSTEM32 + "wbem\\wmiprvse.exe",
    SYSTEM32 + "conhost.exe",
    "c:\\users\\public\\svchost.exe",
    "c:\\users\\<user>\\appdata\\local\\temp\\xkqzjwvb.exe",
    "/usr/lib/systemd/systemd",
    "/usr/sbin/apache2",
    "/usr/bin/dash",
    "/usr/bin/curl",
    "/tmp/.x/kworker",
    "/usr/bin/make",
    "cmd.exe",
    "",
]


def encode(chains: list[list[int]]) -> tuple[Ints32, Ints32]:
    steps = np.full((len(chains), MAX_STEPS), -1, np.int32)
    for row, chain in enumerate(chains):
        steps[row, : len(chain)] = chain
    return steps, np.array([len(chain) for chain in chains], np.int32)


@given(st.lists(st.lists(st.integers(0, len(POOL) - 1), max_size=MAX_STEPS), max_size=12))
@settings(max_examples=60, deadline=None)
def test_vectorised_equals_scalar(chains: list[list[int]]) -> None:
    steps, lengths = encode(chains)
    known = k.PathKnowledge.of(POOL)
    expected = [k.prior([POOL[at] for at in chain])[0] for chain in chains]
    assert k.prior_values(steps, lengths, known) == pytest.approx(expected)
    assert k.prior_parts(steps, lengths, known).shape == (len(chains), len(k.PARTS))
    shares = [sum(k.role(POOL[at]) in k.SUSPECT_ROLES for at in chain) / max(len(chain), 1) for chain in chains]
    assert k.rolefrac(steps, lengths, known) == pytest.approx(shares)


def test_an_empty_corpus_is_fine() -> None:
    steps, lengths = encode([])
    known = k.PathKnowledge.of([])
    assert len(k.prior_values(steps, lengths, known)) == 0
    assert len(k.rolefrac(steps, lengths, known)) == 0


def test_attacks_outrank_everyday_chains() -> None:
    macro = k.prior([POOL[0], POOL[1], POOL[3]])
    webshell = k.prior([POOL[12], POOL[13], POOL[14]])
    dropped = k.prior([POOL[0], POOL[10]])
    normal = [k.prior([POOL[4], POOL[5]]), k.prior([POOL[0], POOL[1]]), k.prior([POOL[12], POOL[17]])]
    assert min(macro[0], webshell[0], dropped[0]) > max(value for value, _ in normal) + 1
    assert "documents do not start" in " ".join(macro[1])
    assert all(reason for _, reasons in (macro, webshell, dropped) for reason in reasons)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (Role.OFFICE, Role.SHELL),
        (Role.BROWSER, Role.SCRIPT_ENGINE),
        (Role.WEB_SERVER, Role.SHELL),
        (Role.DATABASE, Role.SHELL),
        (Role.SERVICE_HOST, Role.SHELL),
    ],
)
def test_role_breaks(parent: Role, child: Role) -> None:
    assert k.role_break(parent, child) >= k.grandparent_break(parent, child) > 0


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        (Role.SHELL, Role.SHELL),
        (Role.DESKTOP, Role.BROWSER),
        (Role.LOGIN, Role.SHELL),
        (Role.OTHER, Role.SHELL),
        (Role.DEVELOPER, Role.SHELL),
    ],
)
def test_everyday_pairs_are_no_break(parent: Role, child: Role) -> None:
    assert k.role_break(parent, child) == 0


@pytest.mark.parametrize(
    ("parent", "child", "breaks"),
    [
        (SYSTEM32 + "services.exe", SYSTEM32 + "svchost.exe", False),
        ("c:\\windows\\explorer.exe", SYSTEM32 + "svchost.exe", True),
        (SYSTEM32 + "wininit.exe", SYSTEM32 + "lsass.exe", False),
        (SYSTEM32 + "cmd.exe", SYSTEM32 + "lsass.exe", True),
        (SYSTEM32 + "lsass.exe", SYSTEM32 + "cmd.exe", True),
        (SYSTEM32 + "lsass.exe", SYSTEM32 + "efsui.exe", False),
        (SYSTEM32 + "fodhelper.exe", SYSTEM32 + "cmd.exe", True),
        ("", SYSTEM32 + "svchost.exe", False),
        ("/usr/lib/systemd/systemd", "/usr/sbin/sshd", False),
        ("/usr/sbin/apache2", "/usr/sbin/sshd", True),
    ],
)
def test_expected_parents(parent: str, child: str, breaks: bool) -> None:
    found = k.pair_broken(parent, child)
    assert (found.value > 0) is breaks
    assert bool(found.reason) is breaks


def test_expected_parents_by_name() -> None:
    assert "services" in k.expected_parents("svchost.exe")
    assert k.expected_parents("notepad") == frozenset()
