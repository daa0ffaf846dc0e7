"""Tools under other names: which renames say something, which are everyday, and that any text will do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge.names import name_contradiction
from engine.knowledge.renamed import LONGEST, NOTHING, original_of, renamed, shown_as
from engine.knowledge.roles import SUSPECT_ROLES, role, windows_name
from engine.knowledge.tables import blocks, load, words

HIDDEN = [
    ("c:\\users\\<u>\\appdata\\local\\temp\\x.exe", "PowerShell.EXE", "powershell"),
    ("c:\\windows\\system32\\sethc.exe", "Cmd.Exe", "cmd"),
    ("c:\\windows\\system32\\sethc.exe", "Cmd.Exe.MUI", "cmd"),
    ("c:\\programdata\\svchost.exe", "RUNDLL32.EXE", "rundll32"),
    ("c:\\temp\\a.exe", "psexec.c", "psexec"),
    ("c:\\temp\\a.exe", "procdump", "procdump"),
    ("c:\\temp\\a.exe", "nltestrk.exe", "nltest"),
    ("c:\\temp\\a.exe", "Plink", "plink"),
    ("c:\\temp\\netsvc.exe", "net.exe", "net"),
    ("c:\\temp\\hh.tmp", "MSHTA.EXE           .MUI", "mshta"),
    ("c:\\temp\\m.exe", "mimikatz.exe", "mimikatz"),
    ("a.exe", "AdFind.exe", "adfind"),
]
EVERYDAY = [
    ("setup.exe", "InstallShield Setup.exe"), ("7zr.exe", "7z.exe"), ("7za.exe", "7z.exe"), ("slack.exe", "electron.exe"),
    ("update.exe", "Squirrel.exe"), ("teams.exe", "Setup.exe"), ("vcredist_x64.exe", "WEXTRACT.EXE            .MUI"),
    ("python3.11.exe", "python.exe"), ("venv-tool.exe", "python.exe"), ("aws-sam.exe", "node.exe"), ("launcher.exe", "javaw.exe"),
    ("game.exe", "nw.exe"), ("chrome_installer.exe", "mini_installer.exe"), ("msedgewebview.exe", "msedge.exe"),
    ("googlecrashhandler.exe", "GoogleUpdate.exe"), ("microsoftedgeupdate.exe", "msedgeupdate.dll"), ("pwsh.exe", "pwsh.dll"),
    ("powershell.exe", "PowerShell.EXE.MUI"), ("psexec64.exe", "psexec.c"), ("psexesvc.exe", "psexec.c"),
    ("procmon64.exe", "Procmon.exe"), ("procdump64a.exe", "procdump"), ("nltest.exe", "nltestrk.exe"),
    ("systeminfo.exe", "sysinfo.exe"), ("gpresult.exe", "gprslt.exe"), ("mavinject.exe", "mavinject64.exe"),
    ("net1.exe", "net.exe"), ("cmd - copy.exe", "Cmd.Exe"), ("cmd (2).exe", "Cmd.Exe"), ("powers~1.exe", "PowerShell.EXE"),
    ("powershell-7.4.exe", "powershell.exe"), ("tortoiseplink.exe", "Plink"), ("kitty.exe", "PuTTY"),
    ("paexec-1234-host.exe", "PAExec.exe"), ("acme-vpn.exe", "openvpn.exe"), ("driversetup.exe", "devcon.exe"),
    ("remote-control-panel.exe", "control.exe"), ("photo.exe", "print.exe"), ("msi3f2a.tmp", "viewer.exe"),
    ("wt.exe", "WindowsTerminal.exe"), ("app-1.2.3.exe", "App.exe"),
    ("app.exe", "-"), ("app.exe", "?"), ("app.exe", ""), ("app.exe", "x" * 5_000),
]  # fmt: skip


@pytest.mark.parametrize(("path", "original", "tool"), HIDDEN)
def test_a_tool_under_another_name_is_told(path: str, original: str, tool: str) -> None:
    found = renamed(path, original)
    assert found.value >= 0.5
    assert found.tool == tool
    assert found.phrase == f"runs renamed {tool}"
    assert found.reason.startswith(f"its version resource says {tool}, ")
    assert found.techniques[0].startswith("T1036")


@pytest.mark.parametrize(("name", "original"), EVERYDAY)
@pytest.mark.parametrize("folder", ["", "c:\\program files\\app\\", "c:\\users\\<u>\\downloads\\"])
def test_what_products_and_people_rename_every_day_says_nothing(folder: str, name: str, original: str) -> None:
    assert renamed(folder + name, original) == NOTHING


def test_a_tool_says_its_own_name() -> None:
    for path in ("c:\\windows\\system32\\", "c:\\tools\\"):
        tools = [name for name in sorted(_suspects()) if renamed(f"{path}{name}.exe", f"{name.upper()}.EXE") != NOTHING]
        assert tools == []


def test_posing_as_a_known_program_is_another_technique_too() -> None:
    assert renamed("c:\\temp\\qzx.exe", "Cmd.Exe").techniques == ("T1036.003",)
    assert renamed("c:\\temp\\svchost.exe", "Cmd.Exe").techniques == ("T1036.003", "T1036.005")


def test_the_name_of_another_tool_hides_less() -> None:
    assert renamed("c:\\temp\\certutil.exe", "Cmd.Exe").value == 0.5 * renamed("c:\\temp\\qzx.exe", "Cmd.Exe").value


def test_help_desks_rename_what_they_hand_out() -> None:
    assert 0 < renamed("c:\\users\\<u>\\desktop\\support.exe", "AnyDesk.exe").value < 0.5


def test_linux_has_no_version_resources() -> None:
    assert renamed("/tmp/x", "Cmd.Exe") == NOTHING
    assert renamed("/tmp/x (deleted)", "Cmd.Exe") == NOTHING


def test_what_is_hidden_is_shown_where_it_lies() -> None:
    assert shown_as("c:\\temp\\a.exe", "Cmd.Exe") == "c:\\temp\\cmd.exe"
    assert shown_as("c:\\temp\\cmd.exe", "Cmd.Exe") == "c:\\temp\\cmd.exe"
    assert role(shown_as("a.exe", "PowerShell.EXE")) in SUSPECT_ROLES


@given(st.text(max_size=300), st.text(max_size=300) | st.sampled_from([one for _, one, _ in HIDDEN]))
def test_any_texts_are_judged_and_nothing_of_them_is_repeated(path: str, original: str) -> None:
    found = renamed(path, original)
    assert 0 <= found.value <= 1
    assert (found.value > 0) == bool(found.reason) == bool(found.phrase) == bool(found.tool)
    assert found.tool == windows_name(found.tool)
    read = original_of(original)
    assert read is None or not read or (read == windows_name(read) and original_of(read) == read)


def test_a_long_name_is_no_tool_however_it_begins() -> None:
    assert original_of("cmd.exe" + " " * LONGEST + "x") == ""


def test_the_tables_are_about_names_that_count() -> None:
    """A name that the role tables have not, or not as suspect, would stand there for nothing."""
    tools = _suspects()
    listed = [*(word for block in blocks("carried", ("renamed",)) for word in words(block)), *words(load("renamed")["words"])]
    assert [name for name in listed if name not in tools] == []
    assert len(listed) == len(set(listed))
    assert [pair for pair in words(load("renamed")["alias"], "pairs") if pair.partition(":")[2] not in tools] == []
    assert [block["names"] for block in blocks("alike", ("renamed",)) if len(tools & set(words(block))) < 2] == []
    assert all(0 <= block["value"] <= 1 for block in (*blocks("carried", ("renamed",)), *blocks("tool", ("renamed",))))
    assert {name.upper() for block in blocks("tool", ("renamed",)) for name in words(block, "roles")} == {
        one.name for one in SUSPECT_ROLES
    }


def test_a_name_that_contradicts_its_place_is_judged_as_before() -> None:
    """What is known of a path stays of the path: the original name is told beside it."""
    assert name_contradiction("c:\\programdata\\svchost.exe").value == 1.0
    assert renamed("c:\\programdata\\svchost.exe", "svchost.exe") == NOTHING


def _suspects() -> set[str]:
    names = {
        name for table in ("roles_windows", "roles_windows_attack") for block in blocks("role", (table,)) for name in words(block)
    }
    return {name for name in names if windows_name(name) == name and role(f"{name}.exe") in SUSPECT_ROLES}
