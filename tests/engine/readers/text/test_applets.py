"""Programs of many, told by the applet."""

from __future__ import annotations

import pytest

from engine.readers.text.applets import told_by


@pytest.mark.parametrize(
    ("image", "argv", "told"),
    [
        ("/bin/busybox", ("wget", "http://x"), "/bin/busybox/wget"),
        ("/bin/busybox", ("busybox", "wget"), "/bin/busybox/wget"),
        ("/bin/busybox", ("/bin/busybox", "sh"), "/bin/busybox/sh"),
        ("/bin/busybox", ("-sh",), "/bin/busybox/sh"),
        ("/bin/busybox", ("/usr/bin/[", "-f"), "/bin/busybox/["),
        ("/usr/bin/coreutils", ("--coreutils-prog=ls", "-l"), "/usr/bin/coreutils/ls"),
        ("/bin/toybox", ("ps",), "/bin/toybox/ps"),
        ("/bin/busybox", (), "/bin/busybox"),
        ("/bin/busybox", (None,), "/bin/busybox"),
        ("/bin/busybox", ("busybox", "--help"), "/bin/busybox"),
        ("/bin/busybox", ("A\x1b[8m/..",), "/bin/busybox"),
        ("/usr/bin/kmod", ("lsmod",), "/usr/bin/kmod"),
        ("/usr/bin/wget", ("busybox",), "/usr/bin/wget"),
    ],
)
def test_told_by(image: str, argv: tuple[str | None, ...], told: str) -> None:
    assert told_by(image, *argv) == told
