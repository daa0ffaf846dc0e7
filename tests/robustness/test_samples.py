"""Every format that is read has a sample, and each sample is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.readers.formats import all_formats
from tests.robustness.attack_mappers import COUNT, logs
from tests.robustness.attack_readers import outcome
from tests.robustness.samples.all_samples import ELSEWHERE, all_samples
from tests.robustness.samples.sample import Log


def test_every_format_has_a_sample() -> None:
    declared = {one.slug for one in all_formats()}
    assert {sample.slug for sample in all_samples()} == declared - set(ELSEWHERE)
    assert set(ELSEWHERE) <= declared


@pytest.mark.parametrize("log", logs(""), ids=lambda log: log.name)
def test_a_sound_sample_is_kept_whole(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(log.seed.data())
    assert outcome(0, path, -1, COUNT) == ("all kept", "")
