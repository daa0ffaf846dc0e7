"""The role table and the share of steps with a role."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import engine.signals
from engine.signals.roles import role_of, rolefrac
from tests.engine.detector.corpus import make_corpus


@pytest.mark.parametrize(
    ("path", "role"),
    [
        (r"c:\windows\system32\cmd.exe", "shell"),
        (r"c:\windows\system32\rundll32.exe", "proxy"),
        (r"c:\windows\system32\whoami.exe", "admin"),
        (r"c:\windows\system32\svchost.exe", ""),
        ("cmd.exe", "shell"),
        ("powershell", "shell"),
        ("/usr/bin/bash", "shell"),
        ("/usr/bin/python3.11", "script"),
        ("/usr/bin/perl5.36.0", "script"),
        ("/usr/bin/cmd", ""),
        ("/opt/tools/cmd.exe", ""),
        (r"c:\bin\sh", ""),
        ("/usr/bin/make", ""),
        ("", ""),
    ],
)
def test_roles(path, role):
    assert role_of(path) == role


def test_share_of_steps():
    corpus = make_corpus(
        {(): 1, ("/sbin/init",): 1, ("/sbin/init", "/bin/sh"): 1, ("/sbin/init", "/x", "/bin/sh", "/usr/bin/id"): 1}
    )
    assert rolefrac(corpus).tolist() == [0.0, 0.0, 0.5, 0.5]


def test_no_name_has_two_roles_and_all_are_lower_case():
    plain = tomllib.loads((Path(engine.signals.__file__).parent / "data" / "roles.toml").read_text())
    for roles in plain.values():
        names = [name for role in roles.values() for name in role]
        assert len(names) == len(set(names))
        assert all(name == name.lower() for name in names)
