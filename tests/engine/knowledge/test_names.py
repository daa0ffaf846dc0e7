"""Masquerading: what has to fire, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge import name_contradiction
from engine.knowledge.names import edit_distance
from engine.knowledge.random_names import looks_random
from engine.knowledge.roles import known_stems

FIRES = [
    ("c:\\users\\public\\svchost.exe", 1.0),
    ("c:\\windows\\fonts\\csrss.exe", 1.0),
    ("c:\\windows\\svchost.exe", 1.0),
    ("c:\\windows\\temp\\cmd.exe", 1.0),
    ("c:\\windows\\system32\\scvhost.exe", 0.9),
    ("c:\\windows\\system32\\svch0st.exe", 1.0),
    ("c:\\windows\\system32\\lsasss.exe", 0.9),
    ("c:\\windows\\system32\\1sass.exe", 1.0),
    ("c:\\windows\\system32\\rundl132.exe", 1.0),
    ("c:\\windows\\system32\\svсhost.exe", 1.0),
    ("c:\\windows\\explore.exe", 0.9),
    ("c:\\users\\<user>\\downloads\\invoice.pdf.exe", 1.0),
    ("c:\\users\\<user>\\downloads\\invoice.pdf      .exe", 1.0),
    ("c:\\users\\<user>\\downloads\\ann\u202egpj.exe", 1.0),
    ("c:\\users\\<user>\\desktop\\x.scr", 0.7),
    ("c:\\users\\<user>\\appdata\\local\\temp\\xkqzjwvb.exe", 0.5),
    ("/tmp/sshd", 1.0),
    ("/dev/shm/systemd", 1.0),
    ("/var/tmp/kworker", 1.0),
    ("/tmp/[kthreadd]", 1.0),
    ("/tmp/.x/bash", 0.8),
    ("/tmp/systemmd", 0.9),
    ("/usr/bin/kdevtmpfsi", 1.0),
]
SILENT = [
    "",
    "svchost.exe",
    "c:\\windows\\system32\\svchost.exe",
    "c:\\windows\\winsxs\\amd64_x\\tiworker.exe",
    "x:\\windows\\system32\\cmd.exe",
    "c:\\windows\\explorer.exe",
    "c:\\windows\\system32\\taskhostw.exe",
    "c:\\windows\\system32\\wlanext.exe",
    "c:\\program files (x86)\\microsoft visual studio\\2019\\msbuild\\current\\bin\\msbuild.exe",
    "c:\\program files\\google\\update\\{8a69d345-d564-463c-aff1-a69d9e530f96}\\121.0_chrome_installer.exe",
    "c:\\program files\\foo\\{8a69d345-d564-463c-aff1-a69d9e530f96}.exe",
    "c:\\users\\<user>\\appdata\\local\\google\\chrome\\application\\chrome.exe",
    "c:\\users\\<user>\\appdata\\local\\programs\\microsoft vs code\\code.exe",
    "c:\\users\\<user>\\downloads\\winrar-x64-602.exe",
    "/usr/bin/bash",
    "/usr/sbin/sshd (deleted)",
    "/home/<user>/src/coreutils/src/ls",
    "/nix/store/abc-bash/bin/bash",
    "/usr/bin/xxd",
    "kworker/0:1",
    "[kthreadd]",
]


@pytest.mark.parametrize(("path", "least"), FIRES)
def test_fires(path: str, least: float) -> None:
    found = name_contradiction(path)
    assert found.value >= least
    assert found.reason


@pytest.mark.parametrize("path", SILENT)
def test_silent(path: str) -> None:
    assert name_contradiction(path).value == 0.0, name_contradiction(path)


def test_few_real_names_look_random_and_most_random_ones_do() -> None:
    names = known_stems()
    assert sum(map(looks_random, names)) / len(names) < 0.03
    noise = ["xkqzjwvb", "bre6bge2jubb", "yvbqjojwuhrlq", "qpwkzxfh", "9f86d081884c", "zxcvqwrt"]
    assert all(map(looks_random, noise))


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("", "ab", 2), ("svchost", "scvhost", 1), ("abc", "abc", 0), ("lsass", "lsasss", 1), ("ca", "abc", 3)],
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == distance


@given(st.text(max_size=12), st.text(max_size=12))
@settings(max_examples=80, deadline=None)
def test_edit_distance_is_symmetric_and_zero_for_equals(left: str, right: str) -> None:
    assert edit_distance(left, right) == edit_distance(right, left)
    assert (edit_distance(left, right) == 0) == (left == right)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_total_bounded_and_with_reason(text: str) -> None:
    for path in (text, "c:\\users\\public\\" + text, "/tmp/" + text):
        found = name_contradiction(path)
        assert 0 <= found.value <= 1
        assert bool(found.value) == bool(found.reason)
