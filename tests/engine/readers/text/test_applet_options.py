"""Applets where the record has no argv[0]: an option is none."""

from __future__ import annotations

import pytest

from engine.readers.text.applets import told_by


@pytest.mark.parametrize(
    ("word", "image"), [("-c", "/bin/busybox"), ("-la", "/bin/busybox"), ("-sh", "/bin/busybox/sh"), ("-ash", "/bin/busybox/ash")]
)
def test_only_a_login_shell_has_a_dash_before_its_name(word: str, image: str) -> None:
    assert told_by("/bin/busybox", word, "id") == image
