"""What belongs in a place of risk carries none of it, and neither does what it starts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.knowledge import PARTS, PathKnowledge, is_resident, known_place, name_contradiction, path_risk, prior_parts
from engine.knowledge.locations import location_class, risk
from engine.knowledge.roles import is_windows, stem
from engine.knowledge.tables import blocks, words
from engine.knowledge.telling import Aspect, tellings
from engine.paths import fold

CHILD = {True: "c:\\program files\\mozilla firefox\\firefox.exe", False: "/usr/bin/ls"}
RESIDENTS = [
    "c:\\windows\\explorer.exe",
    "c:\\windows\\regedit.exe",
    "c:\\windows\\hh.exe",
    "c:\\windows\\splwow64.exe",
    "c:\\windows\\sysmon64.exe",
    "c:\\windows\\py.exe",
    "c:\\windows\\twain_32\\escndv\\escndv.exe",
    "\\systemroot\\explorer.exe",
    "/init",
    "/pause",
    "/etc/cron.daily/logrotate",
    "/etc/update-motd.d/50-motd-news",
]
STRANGERS = [
    "c:\\windows\\update.exe",
    "c:\\windows\\psexesvc.exe",
    "c:\\windows\\system32\\drivers\\explorer.exe",
    "c:\\windows\\fonts\\explorer.exe",
    "c:\\users\\public\\explorer.exe",
    "c:\\windows\\ltsvc\\other.exe",
    "c:\\windows\\explorer.scr.exe",
    "/Init",
    "/.init",
    "/tmp/init",
    "/etc/cron.daily/sync",
    "/init (deleted)x",
]


@pytest.mark.parametrize("path", RESIDENTS)
def test_a_resident_and_what_it_starts_have_no_point_for_its_place(path: str) -> None:
    assert risk(location_class(path)) > 0, "no resident is needed where a place carries no risk"
    chain = (path, CHILD[is_windows(path)])
    known = PathKnowledge.of(chain)
    of_both = prior_parts(np.array([[0, -1], [0, 1]], np.int32), np.array([1, 2], np.int32), known)
    assert of_both[:, [PARTS.index("leaf location"), PARTS.index("parent location")]].tolist() == [[0, 0], [0, 0]]
    assert [one for end in (1, 2) for one in tellings(chain[:end]) if one.part is Aspect.PLACE] == []


@pytest.mark.parametrize("path", STRANGERS)
def test_who_only_resembles_a_resident_keeps_the_risk_of_the_place(path: str) -> None:
    assert not is_resident(path)
    assert path_risk(path) == risk(location_class(path)) > 0
    assert known_place(path).phrase


def test_the_desktop_below_the_drivers_is_out_of_its_place() -> None:
    assert name_contradiction("c:\\windows\\system32\\drivers\\explorer.exe").value == 1.0
    assert name_contradiction("c:\\windows\\explorer.exe").value == 0.0


@given(st.text(max_size=30))
def test_total_and_never_riskier_than_the_place(text: str) -> None:
    for path in (text, f"c:\\windows\\{text}", f"/{text}"):
        assert 0 <= path_risk(path) <= risk(location_class(path))


TEMP = "c:\\users\\<user>\\appdata\\local\\temp\\"


@pytest.mark.parametrize(
    "path",
    [
        TEMP + "is-ab12c.tmp\\tool-setup.tmp",
        TEMP + "is-<temp>.tmp\\tool-setup.tmp",
        TEMP + "7zs4a5b6c7d\\setup-stub.exe",
        TEMP + "{1ee811d6-fba0-437b-b775-b30101c6557c}\\setup.exe",
        "c:\\windows\\temp\\a562f49a-939d-449a-acfe-4cd4e501542d\\dismhost.exe",
        "c:\\windows\\temp\\<uuid>\\dismhost.exe",
        "c:\\windows\\temp\\{1ee811d6-fba0-437b-b775-b30101c6557c}\\.be\\productbundle.exe",
        "c:\\windows\\systemtemp\\cr_47315.tmp\\setup.exe",
    ],
)
def test_a_set_up_program_where_it_unpacks_itself_carries_half(path: str) -> None:
    assert path_risk(path) == risk(location_class(path)) / 2
    phrases = {one.phrase for one in tellings((path,)) if one.part is Aspect.PLACE}
    assert phrases <= {"runs from a set-up folder", "runs from a bundle's room"}
    assert len(phrases) == 1


@pytest.mark.parametrize(
    "path",
    [
        TEMP + "setup.exe",
        TEMP + "is-ab12c.tmp\\beacon.exe",
        TEMP + "{1ee811d6-fba0-437b-b775-b30101c6557c}\\svchost.exe",
        TEMP + "files\\dismhost.exe",
        "c:\\users\\public\\is-ab12c.tmp\\tool-setup.tmp",
        "c:\\users\\<user>\\appdata\\roaming\\{1ee811d6-fba0-437b-b775-b30101c6557c}\\setup.exe",
        "/tmp/is-ab12c.tmp/setup.sh",
    ],
)
def test_other_programs_and_other_places_carry_all(path: str) -> None:
    assert path_risk(path) == risk(location_class(path)) > 0


def test_the_table_keeps_its_conventions() -> None:
    for block in blocks("resident", ("residents",)):
        windows = block["os"] == "windows"
        for directory in block["directories"]:
            for name in words(block):
                path = f"{directory}\\{name}.exe" if windows else f"{directory.rstrip('/')}/{name}"
                assert is_resident(path)
                assert is_windows(path) is windows
                assert risk(location_class(path)) > 0, f"{path}: no risk to take away"
                assert name == (stem(name) if windows else name)
                assert fold(path, block["os"]).endswith(path.removeprefix("\\systemroot"))


@pytest.mark.parametrize("path", [*RESIDENTS, "/etc/init.d/cron"])
def test_a_resident_is_at_home(path: str) -> None:
    """/init of WSL is systemd's name outside of systemd's directories, and at home all the same."""
    assert name_contradiction(path).value == 0.0


def test_another_kind_of_program_of_the_same_name_is_no_resident() -> None:
    assert is_resident("c:\\windows\\explorer.exe")
    assert not is_resident("c:\\windows\\explorer.com")
    assert not is_resident("c:\\windows\\explorer.scr")
