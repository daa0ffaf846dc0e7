"""Arrays and files of a model from elsewhere, refused one by one."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelCorrupt
from engine.saved.foreign import arrays_of, regular


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_none_spoils_an_array(tmp_path: Path, bad: float) -> None:
    values = np.arange(9.0)
    np.savez(tmp_path / "sound.npz", values=values)
    assert arrays_of(tmp_path / "sound.npz")["values"].tolist() == values.tolist()
    values[4] = bad
    np.savez(tmp_path / "bad.npz", values=values)
    with pytest.raises(ModelCorrupt, match="values holds what is no number"):
        arrays_of(tmp_path / "bad.npz")


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ModelCorrupt, match="is no file"):
            regular(path, 1 << 20)


def test_a_file_may_have_as_many_bytes_as_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(bytes(100))
    assert regular(file, 100) == file
    with pytest.raises(ModelCorrupt, match="more than 99 bytes"):
        regular(file, 99)
