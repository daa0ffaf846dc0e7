"""Roles by name, by version, by directory and by shape."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge import Role, pair_broken, role
from engine.knowledge.abilities import abilities

SYSTEM32 = "c:\\windows\\system32\\"
CASES = [
    (SYSTEM32 + "lsass.exe", Role.SYSTEM_CORE),
    (SYSTEM32 + "svchost.exe", Role.SERVICE_HOST),
    (SYSTEM32 + "wbem\\wmiprvse.exe", Role.SERVICE_HOST),
    (SYSTEM32 + "cmd.exe", Role.SHELL),
    (SYSTEM32 + "cscript.exe", Role.SCRIPT_ENGINE),
    (SYSTEM32 + "mshta.exe", Role.SCRIPT_ENGINE),
    (SYSTEM32 + "rundll32.exe", Role.PROXY_BINARY),
    (SYSTEM32 + "certutil.exe", Role.PROXY_BINARY),
    (SYSTEM32 + "whoami.exe", Role.ADMIN_TOOL),
    (SYSTEM32 + "chcp.com", Role.ADMIN_TOOL),
    (SYSTEM32 + "vssadmin.exe", Role.CREDENTIAL_TOOL),
    (SYSTEM32 + "schtasks.exe", Role.SCHEDULER),
    (SYSTEM32 + "conhost.exe", Role.RUNTIME_HELPER),
    ("c:\\windows\\psexesvc.exe", Role.REMOTE_TOOL),
    ("c:\\windows\\explorer.exe", Role.DESKTOP),
    ("c:\\program files\\microsoft office\\root\\office16\\winword.exe", Role.OFFICE),
    ("c:\\program files\\google\\chrome\\application\\chrome.exe", Role.BROWSER),
    ("c:\\program files\\crowdstrike\\somethingnew.exe", Role.SECURITY),
    ("c:\\python39\\python3.9.exe", Role.SCRIPT_ENGINE),
    ("c:\\program files\\git\\usr\\bin\\sed.exe", Role.TEXT_TOOL),
    ("c:\\users\\<user>\\downloads\\foosetup_1.2.exe", Role.INSTALLER),
    ("c:\\users\\public\\mimikatz.exe", Role.ATTACK_TOOL),
    ("/usr/bin/python3.11", Role.SCRIPT_ENGINE),
    ("/usr/bin/perl5.34", Role.SCRIPT_ENGINE),
    ("/usr/bin/node18", Role.SCRIPT_ENGINE),
    ("/usr/bin/gcc-12", Role.DEVELOPER),
    ("/usr/bin/x86_64-linux-gnu-gcc-12", Role.DEVELOPER),
    ("/usr/sbin/php-fpm8.2", Role.WEB_SERVER),
    ("/usr/lib/postgresql/15/bin/postgres", Role.DATABASE),
    ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", Role.DEVELOPER),
    ("/usr/lib/apt/methods/http", Role.INSTALLER),
    ("/usr/sbin/sshd", Role.LOGIN),
    ("/usr/sbin/cron", Role.SCHEDULER),
    ("/usr/bin/runc", Role.CONTAINER),
    ("/usr/bin/bash", Role.SHELL),
    ("-bash", Role.SHELL),
    ("/usr/bin/ncat", Role.PROXY_BINARY),
    ("/usr/bin/gawk", Role.TEXT_TOOL),
    ("/usr/bin/ssh", Role.REMOTE_TOOL),
    ("/usr/sbin/auditd", Role.SECURITY),
    ("/tmp/xmrig (deleted)", Role.ATTACK_TOOL),
    ("/home/<user>/src/configure", Role.DEVELOPER),
    ("", Role.OTHER),
    ("c:\\stuff\\qwop.exe", Role.OTHER),
    ("c:\\stuff\\touch.exe", Role.OTHER),
]


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_role(path: str, expected: Role) -> None:
    assert role(path) is expected


def test_a_directory_name_counts_only_where_users_cannot_write() -> None:
    assert role("c:\\program files\\crowdstrike\\qwop.exe") is Role.SECURITY
    assert role("c:\\users\\public\\crowdstrike\\qwop.exe") is Role.OTHER


def test_abilities_are_many_per_program() -> None:
    assert {"execute", "download"} <= abilities("c:\\windows\\system32\\mshta.exe")
    assert {"shell", "download", "reverse_shell"} <= abilities("/usr/bin/python")
    assert abilities("c:\\x\\qwop.exe") == frozenset()


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_total_and_deterministic(text: str) -> None:
    for path in (text, "c:\\program files\\" + text, "/usr/bin/" + text):
        assert role(path) is role(path)


def test_long_hostile_names_are_quick() -> None:
    assert role("c:\\x\\" + "a-1." * 20_000 + ".exe") in Role
    assert role("/usr/bin/" + "x86_64-linux-" * 20_000) in Role


@pytest.mark.parametrize("package", ["apache2", "python3.10", "php8.1-fpm", "postgresql-14", "sudo", "openssh-server"])
def test_a_package_s_script_is_the_package_manager_s(package: str) -> None:
    script = f"/var/lib/dpkg/info/{package}.postinst"
    assert role(script) is Role.INSTALLER
    for child in ("/usr/bin/dash", "/usr/bin/perl", "/usr/bin/systemctl", "/usr/sbin/adduser"):
        assert pair_broken("/usr/bin/dpkg", script).value == 0
        assert pair_broken(script, child).value == 0
