"""Of which operating system a name is."""

from __future__ import annotations

import pytest

from engine.knowledge.systems import EITHER, POSIX, WINDOWS, by_name, by_shape, sign


@pytest.mark.parametrize("name", ["system", "registry", "smss", "memory compression", "secure system", "svchost"])
def test_names_of_windows(name):
    assert (by_shape(name), by_name(name)) == (EITHER, WINDOWS)


@pytest.mark.parametrize("name", ["systemd", "dash", "-dash", "init", "kswapd0", "cron"])
def test_names_of_linux(name):
    assert (by_shape(name), by_name(name)) == (EITHER, POSIX)


@pytest.mark.parametrize("name", ["bash", "python", "slack", "odd", ""])
def test_names_that_both_have_or_none(name):
    assert (by_shape(name), by_name(name)) == (EITHER, EITHER)


@pytest.mark.parametrize(
    ("path", "system"),
    [("c:\\x", WINDOWS), ("x.exe", WINDOWS), ("\\\\host\\x", WINDOWS), ("/tmp/x.exe", POSIX), ("/system", POSIX), ("a/b", POSIX)],
)
def test_a_path_says_it_by_its_shape_and_never_by_its_name(path, system):
    assert (by_shape(path), by_name(path)) == (system, EITHER)


def test_the_most_decide():
    assert (sign([WINDOWS, POSIX, POSIX]), sign([WINDOWS, POSIX]), sign([])) == (POSIX, EITHER, EITHER)
