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
    assert outcome(log.seed, 0, path, -1, COUNT) == ("all kept", "")


def test_a_record_that_tells_another_ones_host_is_no_record_that_was_kept(tmp_path: Path) -> None:
    (log,) = (log for log in logs("windows", "get-winevent-list") if log.name.endswith("(1)"))
    records = list(log.seed.records)
    records[5] = records[5].replace(b"ws-plover5", b"ws-plover4")
    path = tmp_path / "log"
    path.write_bytes(log.seed.data(records))
    assert outcome(log.seed, 4, path, 1, COUNT)[0] == "all kept"
    assert outcome(log.seed, 0, path, 1, COUNT)[0] == "others changed"
