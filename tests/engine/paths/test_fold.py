"""Folding: one spelling per program, and never from one trust zone into another."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.records import LINUX, WINDOWS
from engine.paths import basename, fold, tokens

CMD = "c:\\windows\\system32\\cmd.exe"
PIECES = ["C:", "\\", "/", "..", ".", " ", '"', "%TEMP%", "%systemroot%", "\\??\\", "\\\\?\\", "\\\\.\\", "UNC\\", "Users", "bob"]
PIECES += ["x.exe", "\\Device\\HarddiskVolume3", "\\Device\\Mup\\", "GLOBALROOT"]
PIECES += ["home", "bin", "proc", "1", "K", "İ", "\x00", "PROGRA~1", "c$", "<volume>"]
SYSTEMS = st.sampled_from(["", WINDOWS, LINUX, "macos"])
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=9).map("".join))


@pytest.mark.parametrize(
    "raw",
    [
        "C:\\Windows\\System32\\CMD.EXE",
        "C:/WINDOWS/system32//cmd.exe",
        '"C:\\Windows\\System32\\cmd.exe" ',
        "\\??\\C:\\Windows\\System32\\cmd.exe",
        "\\\\?\\C:\\Windows\\System32\\cmd.exe",
        "\\\\.\\C:\\Windows\\System32\\cmd.exe",
        "\\Device\\HarddiskVolume3\\Windows\\System32\\cmd.exe",
        "\\\\?\\GLOBALROOT\\Device\\HarddiskVolume1\\Windows\\System32\\cmd.exe",
        "\\SystemRoot\\System32\\cmd.exe",
        "%SystemRoot%\\System32\\cmd.exe",
        "%windir%\\System32\\cmd.exe",
        "%ComSpec%",
        "C:\\Windows\\.\\Temp\\..\\System32\\cmd.exe",
        "C:\\..\\..\\Windows\\System32\\cmd.exe",
    ],
)
def test_many_spellings_of_one_program_fold_to_one(raw: str) -> None:
    assert fold(raw) == CMD


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("", ""),
        ("svchost.EXE", "svchost.exe"),
        ("D:\\Tools\\x.exe", "d:\\tools\\x.exe"),
        ("C:\\PROGRA~1\\A\\a.exe", "c:\\program files\\a\\a.exe"),
        ("C:\\PROGRA~2\\A\\a.exe", "c:\\program files (x86)\\a\\a.exe"),
        ("%ProgramFiles(x86)%\\A\\a.exe", "c:\\program files (x86)\\a\\a.exe"),
        ("C:\\Users\\Alice\\AppData\\a.exe", "c:\\users\\<user>\\appdata\\a.exe"),
        ("%TEMP%\\a.exe", "c:\\users\\<user>\\appdata\\local\\temp\\a.exe"),
        ("C:\\Documents and Settings\\Bob\\a.exe", "c:\\documents and settings\\<user>\\a.exe"),
        ("C:\\Users\\Public\\a.exe", "c:\\users\\public\\a.exe"),
        ("C:\\Users\\Default\\a.exe", "c:\\users\\default\\a.exe"),
        ("C:\\Users\\All Users\\a.exe", "c:\\users\\all users\\a.exe"),
        ("C:\\Users\\a.exe", "c:\\users\\a.exe"),
        ("\\\\FILE01\\Share\\a.exe", "\\\\<host>\\share\\a.exe"),
        ("\\\\?\\UNC\\file01\\share\\a.exe", "\\\\<host>\\share\\a.exe"),
        ("\\Device\\Mup\\file01\\share\\a.exe", "\\\\<host>\\share\\a.exe"),
        ("\\Device\\LanmanRedirector\\;X:0000000000012345\\file01\\share\\a.exe", "\\\\<host>\\share\\a.exe"),
        ("\\\\tsclient\\C\\a.exe", "\\\\tsclient\\c\\a.exe"),
        ("\\Device\\HarddiskVolume9\\a.exe", "<volume>\\a.exe"),
        ("C:\\Windows \\System32\\cmd.exe", "c:\\windows \\system32\\cmd.exe"),
        ("C:\\a.txt:evil.exe", "c:\\a.txt:evil.exe"),
    ],
)
def test_windows(raw: str, folded: str) -> None:
    assert fold(raw, WINDOWS) == folded


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("/usr/bin/Bash", "/usr/bin/Bash"),
        ("/bin/bash", "/usr/bin/bash"),
        ("/sbin/init", "/usr/sbin/init"),
        ("//usr/./local/../bin/env", "/usr/bin/env"),
        ("/../../etc/x", "/etc/x"),
        ("/home/alice/.cache/x", "/home/<user>/.cache/x"),
        ("/home/alice", "/home/alice"),
        ("/Users/alice/x", "/Users/<user>/x"),
        ("/root/x", "/root/x"),
        ("/proc/self/exe", "/proc/self/exe"),
        ("/proc/4711/fd/5", "/proc/<pid>/fd/5"),
        ("/tmp/x (deleted)", "/tmp/x (deleted)"),
        ("/memfd:a (deleted)", "/memfd:a (deleted)"),
        ("/tmp/x ", "/tmp/x "),
        ("bash", "bash"),
    ],
)
def test_posix(raw: str, folded: str) -> None:
    assert fold(raw, LINUX) == folded
    assert fold(raw) == folded


def test_zones_and_look_alikes_stay_apart() -> None:
    places = ["Windows\\System32", "Windows\\SysWOW64"]
    places += ["Windows\\Temp", "Windows \\System32", "Program Files", "Program Files (x86)"]
    places += ["ProgramData", "Users\\a\\AppData\\Local\\Temp", "Users\\a\\Downloads", "Users\\Public", "$Recycle.Bin\\S-1-5-21"]
    roots = ["D:\\x.exe", "E:\\Windows\\System32\\x.exe", "\\\\h\\share\\x.exe", "\\\\h\\c$\\Windows\\System32\\x.exe", "x.exe"]
    roots += ["\\Device\\CdRom0\\x.exe", "\\Device\\HarddiskVolume9\\x.exe", "\\Device\\HarddiskVolumeShadowCopy1\\x.exe"]
    paths = [f"C:\\{place}\\x.exe" for place in places] + roots
    names = ["svchost.exe", "scvhost.exe", "svch0st.exe", "svchоst.exe", "svchost.exe.exe", "tas\u212ahost.exe", "taskhost.exe"]
    paths += [f"C:\\Windows\\{name}" for name in names]
    assert len({fold(path, WINDOWS) for path in paths}) == len(paths)


@settings(max_examples=300, deadline=None)
@given(TEXTS, SYSTEMS)
@example('c:\\x "\\. "\\.. ', "")
@example("a/../C:/X", "")
@example("\\\\?\\\\Device\\Mup", "")
def test_folding_is_total_idempotent_and_splits(raw: str, os: str) -> None:
    folded = fold(raw, os)
    assert fold(folded, os) == folded
    assert fold(raw, os) == folded
    parts = tokens(folded)
    assert bool(parts) == bool(folded)
    assert all(parts)
    if name := basename(folded):
        assert parts[-1] == name


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters='/\\ "%:.', exclude_categories=["Cs"]), min_size=1))
def test_file_names_survive_but_for_case(name: str) -> None:
    assert basename(fold(f"/opt/{name}")) == name
    assert basename(fold(f"C:\\opt\\{name}")).upper() == basename(fold(f"c:/opt/{name}")).upper()
    assert len(basename(fold(f"C:\\opt\\{name}"))) == len(name)


def test_tokens() -> None:
    assert tokens(CMD) == ("c:", "windows", "system32", "cmd.exe")
    assert tokens("/usr/bin/env") == ("/", "usr", "bin", "env")
    assert tokens("\\\\<host>\\share\\a.exe") == ("\\\\<host>", "share", "a.exe")
    assert tokens("bash") == ("bash",)
    assert tokens("") == ()
