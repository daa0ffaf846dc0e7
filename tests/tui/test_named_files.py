"""Every place where a user names a file that is read as a whole: what is no such file is refused, and nothing waits."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.measure.known_labels import read_labels
from engine.small_files import LONGEST_LINE
from tests.tui.home import Home

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no named pipes in folders")
PLACES = {
    "map": ("ingest", "{evidence}", "--map", "{file}"),
    "evaluate": ("evaluate", "--labels", "{file}"),
    "labels": ("labels", "import", "{file}"),
    "model": ("models", "import", "{file}"),
}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(20 << 30)


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (pipe, "no regular file but a pipe"),
    "device": (device, "no regular file but a device"),
    "folder": (Path.mkdir, "no regular file but a folder"),
    "huge": (huge, "too large"),
    "nothing": (lambda path: None, "not there"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_small_file_is_refused_with_a_sentence(home: Home, place: str, kind: str) -> None:
    make, sentence = KINDS[kind]
    file = home.folder / "named"
    make(file)
    home.evidence.write_text("{}")
    result = home.run(*[word.format(evidence=home.evidence, file=file) for word in PLACES[place]])
    assert result.exit_code == (2 if place == "map" else 1), result.output
    assert f"{file} is {sentence}" in result.stderr
    assert "→" in result.stderr


def test_labels_that_unpack_to_one_endless_line_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "labels.csv.gz"
    with gzip.open(bomb, "wt") as stream:
        stream.write("file,label\n" + "x" * (2 * LONGEST_LINE))
    with pytest.raises(InputError, match="has a line of over"):
        read_labels(bomb)


def test_settings_that_are_a_pipe_are_told_and_not_waited_for(home: Home) -> None:
    from tui.runtime.settings import FILE, load

    os.mkfifo(home.workspace / FILE)
    assert "no regular file" in load(home.workspace).problem
