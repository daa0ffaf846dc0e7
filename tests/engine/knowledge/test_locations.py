"""Directory classes of both systems, through the same folding that ingest uses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge import Location, Zone, is_writable, location_class, risk, zone
from engine.paths import fold

WINDOWS = [
    (r"C:\Windows\System32\svchost.exe", Location.WIN_SYSTEM),
    (r"C:\Windows\Sysnative\cmd.exe", Location.WIN_SYSTEM),
    (r"C:\Windows\SysWOW64\WindowsPowerShell\v1.0\powershell.exe", Location.WIN_SYSTEM),
    (r"\SystemRoot\System32\smss.exe", Location.WIN_SYSTEM),
    (r"\Device\HarddiskVolume3\Windows\System32\lsass.exe", Location.WIN_SYSTEM),
    (r"C:\Windows\WinSxS\amd64_microsoft\tiworker.exe", Location.WIN_COMPONENT),
    (r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\csc.exe", Location.WIN_COMPONENT),
    (r"C:\Windows\explorer.exe", Location.WIN_DIR),
    (r"C:\Windows\Tasks\a.exe", Location.WIN_TRAP),
    (r"C:\Windows\System32\spool\drivers\color\a.exe", Location.WIN_TRAP),
    (r"C:\Windows\Fonts\csrss.exe", Location.WIN_TRAP),
    (r"C:\Windows\Temp\x.exe", Location.SYSTEM_TEMP),
    (r"C:\Program Files (x86)\Foo\foo.exe", Location.PROGRAM_FILES),
    (r"C:\Program Files\WindowsApps\Microsoft.X_8wekyb3d8bbwe\X.exe", Location.WINDOWS_APPS),
    (r"C:\ProgramData\x.exe", Location.PROGRAM_DATA),
    (r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18\MsMpEng.exe", Location.PROGRAM_DATA_VENDOR),
    (r"C:\Users\ann\AppData\Local\Programs\Microsoft VS Code\Code.exe", Location.USER_PROGRAMS),
    (r"C:\Users\ann\AppData\Local\Foo\app-1.2.3\Foo.exe", Location.USER_PROGRAMS),
    (r"C:\Users\ann\AppData\Roaming\foo.exe", Location.USER_APPDATA),
    (r"C:\Users\ann\AppData\Local\Temp\foo.exe", Location.USER_TEMP),
    (r"C:\Users\ann\Downloads\foo.exe", Location.USER_DOWNLOADS),
    (r"C:\Users\ann\Desktop\foo.exe", Location.USER_DOCUMENTS),
    (r"C:\Users\ann\foo.exe", Location.USER_PROFILE),
    (r"C:\Users\Public\foo.exe", Location.PUBLIC),
    (r"C:\Users\ann\AppData\Local\Microsoft\Windows\INetCache\IE\X1\a.exe", Location.WEB_CACHE),
    (r"C:\Users\ann\AppData\Roaming\Microsoft\Windows\Start Menu\Programs\Startup\a.exe", Location.USER_STARTUP),
    (r"C:\$Recycle.Bin\S-1-5-21-1\$RABC.exe", Location.RECYCLE),
    (r"D:\$RECYCLE.BIN\x.exe", Location.RECYCLE),
    (r"C:\PerfLogs\a.exe", Location.TRAP_DIRECTORY),
    (r"C:\a.exe", Location.DRIVE_ROOT),
    (r"C:\stuff\a.exe", Location.DRIVE_DIRECTORY),
    (r"C:\Python27\python.exe", Location.TOOL_DIRECTORY),
    (r"C:\inetpub\wwwroot\a.exe", Location.SERVER_DATA),
    (r"E:\setup.exe", Location.OTHER_DRIVE),
    (r"D:\Program Files\Foo\foo.exe", Location.OTHER_DRIVE_PROGRAMS),
    (r"\Device\CdRom0\setup.exe", Location.OPTICAL),
    (r"\\fileserver\tools\a.exe", Location.UNC),
    (r"\\dc1\ADMIN$\a.exe", Location.UNC_ADMIN),
    (r"\\corp.example\SYSVOL\corp\logon.exe", Location.UNC_DOMAIN),
    (r"\\tsclient\c\a.exe", Location.CLIENT_DRIVE),
    (r"\Device\HarddiskVolumeShadowCopy1\Windows\a.exe", Location.SHADOW),
    (r"\Device\HarddiskVolume9\stuff\a.exe", Location.VOLUME),
    (r"C:\Users\ann\notes.txt:a.exe", Location.ALTERNATE_STREAM),
    ("cmd.exe", Location.BARE_NAME),
]
LINUX = [
    ("/bin/bash", Location.LINUX_SYSTEM),
    ("/usr/lib/systemd/systemd", Location.LINUX_LIBRARY),
    ("/usr/local/bin/x", Location.LINUX_LOCAL),
    ("/opt/google/chrome/chrome", Location.LINUX_OPT),
    ("/snap/core20/1/usr/bin/snap", Location.LINUX_PACKAGED),
    ("/home/ann/project/.venv/bin/python3", Location.LINUX_ENVIRONMENT),
    ("/root/.nvm/versions/node/v18/bin/node", Location.LINUX_ENVIRONMENT),
    ("/etc/cron.daily/logrotate", Location.LINUX_CONFIG),
    ("/var/www/html/up/a", Location.LINUX_SERVICE_DATA),
    ("/var/lib/foo/a", Location.LINUX_VAR),
    ("/var/lib/dpkg/info/x.postinst", Location.LINUX_PACKAGE_SCRIPTS),
    ("/tmp/a", Location.LINUX_TEMP),
    ("/var/tmp/a", Location.LINUX_TEMP),
    ("/tmp/.ice/a", Location.LINUX_TEMP_HIDDEN),
    ("/tmp/.X11-unix/a", Location.LINUX_TEMP_HIDDEN),
    ("/dev/shm/a", Location.LINUX_SHARED_MEMORY),
    ("/run/user/1000/a", Location.LINUX_RUN),
    ("/home/ann/a.out", Location.LINUX_HOME),
    ("/home/ann/.hidden/a", Location.LINUX_HOME_HIDDEN),
    ("/home/ann/.local/bin/a", Location.LINUX_USER_BIN),
    ("/home/ann/Downloads/a", Location.LINUX_DOWNLOADS),
    ("/tmp/go-build123/b001/exe/main", Location.LINUX_BUILD),
    ("/proc/self/exe", Location.LINUX_PROC),
    ("/proc/123/fd/4", Location.LINUX_MEMORY_FILE),
    ("/memfd:x (deleted)", Location.LINUX_MEMORY_FILE),
    ("memfd:runc_cloned:/proc/self/exe", Location.LINUX_CONTAINER),
    ("/tmp/a (deleted)", Location.LINUX_DELETED),
    ("/usr/sbin/sshd (deleted)", Location.LINUX_SYSTEM),
    ("/var/lib/docker/overlay2/ab/merged/usr/bin/x", Location.LINUX_CONTAINER),
    ("/mnt/usb/a", Location.LINUX_MOUNT),
    ("/root/a", Location.LINUX_ROOT_HOME),
    ("/entrypoint.sh", Location.LINUX_ROOT),
    ("kworker/0:1", Location.BARE_NAME),
    ("./a/b", Location.RELATIVE),
]


@pytest.mark.parametrize(("raw", "expected"), WINDOWS)
def test_windows(raw: str, expected: Location) -> None:
    assert location_class(fold(raw, "windows")) is expected


@pytest.mark.parametrize(("raw", "expected"), LINUX)
def test_linux(raw: str, expected: Location) -> None:
    assert location_class(fold(raw, "linux")) is expected


def test_the_papers_lookalike_places_stay_apart() -> None:
    java = [
        r"C:\Program Files\Java\bin\java.exe",
        r"C:\$Recycle.Bin\java.exe",
        r"C:\Users\a\Downloads\java.exe",
        r"C:\Users\a\AppData\Local\Temp\java.exe",
        r"C:\Users\a\AppData\Local\Microsoft\Windows\INetCache\java.exe",
    ]
    assert len({location_class(fold(path, "windows")) for path in java}) == len(java)


def test_risk_orders_places_as_people_do() -> None:
    assert risk(Location.PUBLIC) > risk(Location.USER_APPDATA) > risk(Location.USER_PROGRAMS) > risk(Location.PROGRAM_FILES)
    assert risk(Location.LINUX_TEMP_HIDDEN) > risk(Location.LINUX_HOME) > risk(Location.LINUX_SYSTEM)
    assert is_writable(Location.LINUX_TEMP)
    assert not is_writable(Location.WIN_SYSTEM)
    assert zone(Location.USER_TEMP) is Zone.TEMP


@given(st.text(max_size=80), st.sampled_from(["", "windows", "linux"]))
@settings(max_examples=150, deadline=None)
def test_total_and_deterministic(raw: str, system: str) -> None:
    for path in (raw, fold(raw, system)):
        assert location_class(path) is location_class(path)
        assert isinstance(zone(location_class(path)), Zone)


@given(st.text(alphabet="ab.-<>1 ", min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_file_name_does_not_move_a_system_program(name: str) -> None:
    assert location_class("c:\\windows\\system32\\" + name) is Location.WIN_SYSTEM
