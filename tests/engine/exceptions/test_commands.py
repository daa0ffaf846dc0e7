"""What the shape of a command line tells apart, for who keeps an exception."""

from __future__ import annotations

import pytest

from engine.exceptions.commands import left_open, shape_of_command


@pytest.mark.parametrize(
    ("kept", "other"),
    [
        ("wscript.exe C:\\Agent\\a.vbs", "wscript.exe C:\\Windows\\Temp\\a.vbs"),
        ('powershell.exe -File "C:\\Program Files\\Agent\\check.ps1"', "powershell.exe -File C:\\Users\\Public\\evil.ps1"),
        ("rundll32.exe C:\\Agent\\a.dll,Go", "rundll32.exe C:\\Agent\\b.dll,Go"),
        ("net user ann /add", "net user eve /add"),
        ("cmd.exe /c C:\\Agent\\run.bat", "cmd.exe /c C Agent run.bat"),
        ("bash -c 'echo x rm y'", "bash -c 'echo x\nrm y'"),
        ("sh -c 'a b'", "sh -c '$(a) b'"),
        ("powershell -enc SQBFAFgAIAAoAE4AZQB3AC0A", "powershell -enc VwByAGkAdABlAC0ASABvAHMA"),
        ("python3 /home/ann/tmp/run.sh", "python3 /home/../tmp/run.sh"),
        ('cmd.exe /c "\\\\corp\\logon.bat"', 'cmd.exe\t/c\tcertutil.exe\t-urlcache&rem /c "\\\\corp\\logon.bat"'),
    ],
)
def test_another_script_library_name_or_path_is_another_shape(kept: str, other: str) -> None:
    assert shape_of_command(kept) != shape_of_command(other)


@pytest.mark.parametrize(
    ("kept", "other", "said"),
    [
        ("agent --pid 4711", "agent --pid 12", ("any number",)),
        ("curl http://a.example/x", "curl http://b.example/y", ("any URL",)),
        ("ping 192.0.2.1", "ping 198.51.100.7", ("any address",)),
        (
            "rundll32 -sta {5f2e1d3c-0a1b-4c2d-8e3f-1234567890ab}",
            "rundll32 -sta {00000000-0a1b-4c2d-8e3f-1234567890ab}",
            ("any GUID",),
        ),
    ],
)
def test_what_is_not_told_apart_is_said(kept: str, other: str, said: tuple[str, ...]) -> None:
    assert shape_of_command(kept) == shape_of_command(other)
    assert left_open(shape_of_command(kept)) == said
