"""A detector that learnt of no estate: what it says of here comes from the case that it scores, the rank from elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.detector import Detector, DetectorParams
from engine.detector.calibration import DayScores
from engine.detector.counted import SEVERAL
from engine.jobs import ready as ready_job
from engine.jobs.ready import KEPT_BITS, make, shortened
from engine.knowledge.systems import POSIX, WINDOWS
from engine.progress import Run
from engine.signals.registry import signals
from engine.starter.days import LEAST
from engine.starter.pack import Block
from tests.engine.detector.conftest import QUICK, TINY
from tests.engine.detector.corpus import S32, estate, make_corpus
from tests.engine.detector.packs import make_pack
from tests.engine.process_samples import make_table

LSASS = f"{S32}lsass.exe"
ELSEWHERE = {(f"{S32}wininit.exe", LSASS): 5000, (f"{S32}wininit.exe",): 9, ("/usr/lib/systemd/systemd", "/usr/bin/bash"): 3}
MIXED = {
    (f"{S32}services.exe", f"{S32}svchost.exe"): 40,
    (f"{S32}services.exe", f"{S32}spoolsv.exe"): 2,
    ("/sbin/init", "/opt/own/agent"): 7,
    ("/sbin/init", "/opt/own/agent", "/opt/own/child"): 1,
}


@pytest.fixture(scope="module")
def ready() -> Detector:
    """Of a few chains, as `engine.jobs.ready` makes it of a starter's."""
    made = Detector(DetectorParams(device="cpu", embedding=QUICK.embedding, epochs=3)).fit(make_corpus(ELSEWHERE))
    made.fitted_ = replace(made.fitted, estate=False)
    return made


def test_what_is_told_of_here_was_counted_in_the_case(ready: Detector) -> None:
    case = make_corpus(MIXED)
    scores = ready.score(case)
    told = {row: f"{one.sentence} {one.alternatives} {one.rebuilt} {one.reasons}" for row, one in scores.expectations.items()}
    assert set(told) == set(range(len(case)))
    for row, words in told.items():
        own = {case.paths[step] for step in case.steps[row, : case.lengths[row]]}
        posix = any(path.startswith("/") for path in own)
        assert "lsass" not in words
        assert "wininit" not in words
        assert ("svchost" in words) <= (not posix)
        assert ("/opt/own" in words) <= posix
    assert "seen 2 of 42 times" in told[1]


def test_an_estates_own_paths_come_first_and_a_starters_where_it_has_none(ready: Detector) -> None:
    windows_only = make_corpus({(f"{S32}services.exe", f"{S32}svchost.exe"): 4})
    from engine.detector.counted import counting
    from engine.detector.state import Rows
    from engine.rules.rule import RuleSet

    known = counting(ready.fitted, Rows.of(windows_only, None, RuleSet())).known
    assert {known.paths[i] for i in known.pool(WINDOWS)} == {f"{S32}services.exe", f"{S32}svchost.exe"}
    assert {known.paths[i] for i in known.pool(POSIX)} == {"/usr/lib/systemd/systemd", "/usr/bin/bash"}


def test_how_often_a_chain_ran_here_has_no_say_in_its_rank(ready: Detector) -> None:
    often = {chain: 100 * count if place else count for place, (chain, count) in enumerate(MIXED.items())}
    assert np.array_equal(ready.score(make_corpus(MIXED)).score, ready.score(make_corpus(often)).score)


@pytest.mark.parametrize("chain", [("bash",), (LSASS,), ("/opt/own/agent", "odd"), ("\udcff",)])
def test_a_case_of_one_chain_is_ranked(ready: Detector, chain: tuple[str, ...]) -> None:
    scores = ready.score(make_corpus({chain: 1}, hosts=1))
    assert np.isfinite(scores.score).all()
    assert scores.metrics["flagged"] == 1
    assert set(scores.expectations) == {0}


@pytest.fixture(scope="module")
def others() -> Detector:
    """Of 400 chains of another estate."""
    made = Detector(TINY).fit(make_corpus(estate(400, seed=4)))
    made.fitted_ = replace(made.fitted, estate=False)
    return made


@pytest.mark.parametrize(("chains", "own"), [(SEVERAL - 50, False), (SEVERAL + 50, True)])
def test_few_chains_are_compared_with_those_of_other_estates(others: Detector, chains: int, own: bool) -> None:
    case = make_corpus(dict(list(estate(chains, seed=9).items())[:chains]))
    assert (len(case) >= SEVERAL) == own
    scores = others.score(case)
    counts = {column.name: column for column in scores.signals}
    size = len(case) if own else 400
    # A tail is a whole number of chains out of those that it was told among.
    places = counts["reconstruction"].tail * (size + 1)
    assert np.allclose(places, np.round(places))
    for name in {signal.name for signal in signals() if signal.counts} & set(counts):
        here = counts[name].tail * (len(case) + 1)
        assert np.allclose(here, np.round(here))


def test_it_is_the_same_after_it_was_saved(ready: Detector, tmp_path) -> None:
    ready.save(tmp_path)
    again = Detector.load(tmp_path, device="cpu")
    assert not again.fitted.estate
    assert again.manifest()["ready"] is True
    assert np.array_equal(again.score(make_corpus(MIXED)).score, ready.score(make_corpus(MIXED)).score)
    told = json.loads((tmp_path / "detector.json").read_text())
    del told["estate"]  # as every model of before
    (tmp_path / "detector.json").write_text(json.dumps(told))
    assert Detector.load(tmp_path, device="cpu").fitted.estate


def test_a_trained_one_says_nothing_of_it(detector: Detector) -> None:
    assert detector.fitted.estate
    assert "ready" not in detector.manifest()


def test_it_is_made_of_a_starter_alone_the_same_each_time(tmp_path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    manifests = []
    for folder in folders:
        folder.mkdir()
        detector, manifest = make(make_pack(), replace(TINY, threat_prior=True), Run())
        detector.save(folder)
        manifests.append(manifest)
    assert manifests[0] == manifests[1]
    assert (manifests[0]["cases"], manifests[0]["ready"], manifests[0]["name"]) == ([], True, "ready")
    assert set(manifests[0]["starter"]["sources"]) == {"one", "two"}
    for name in ("network.safetensors", "arrays.npz", "texts.json", "detector.json"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    without, told = make(make_pack(), TINY, Run(), without=("two",))
    assert set(told["starter"]["sources"]) == {"one"}
    assert np.isfinite(without.score(make_corpus(MIXED)).score).all()


def test_shortened_numbers_are_near_and_stay_what_they_are() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32)
    short = shortened(vectors)
    assert np.abs(short - vectors).max() <= np.abs(vectors).max() * 2.0**-KEPT_BITS
    assert np.array_equal(shortened(short), short)
    assert not (short.view(np.uint32) & np.uint32((1 << (23 - KEPT_BITS)) - 1)).any()


def test_a_ready_detectors_thresholds_are_of_sources_that_a_judge_never_saw_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def block(source: str, top: str) -> Block:
        return Block.of(source, False, *make_table([((top, f"{top}/tool{n}"), -1, f"tool{n}") for n in range(LEAST)]))

    sources = {name: {"digests": []} for name in ("one", "two")}
    pack = replace(make_pack(), blocks=(block("one", "/opt/a"), block("two", "/opt/b")), priors={})
    pack = replace(pack, manifest=pack.manifest | {"sources": sources})
    seen = []

    def judged(state, _params, days, _device, _run):
        known = {path for path in state.known.paths if path.startswith("/opt")}
        seen.append(({path[:6] for path in known}, {day.source for day in days}))
        return [DayScores(day.source, -1, np.ones(len(day.corpus)), day.corpus.counts) for day in days]

    monkeypatch.setattr(ready_job, "of_others", judged)
    tiny = DetectorParams(device="cpu", embedding=QUICK.embedding, network=replace(QUICK.network, hidden=4, code=2), epochs=1)
    detector, manifest = make(pack, tiny, Run())
    assert seen == [({"/opt/a", "/opt/b"}, {"one", "two"}), ({"/opt/b"}, {"one"}), ({"/opt/a"}, {"two"})]
    calibration = detector.fitted.calibration
    assert calibration is not None
    assert calibration.size.tolist() == [LEAST, LEAST]
    assert "calibrated on 2 clean host-days of other estates" in manifest["metrics"]["threshold_origin"]
    alone = replace(pack, blocks=pack.blocks[:1])
    assert make(alone, tiny, Run())[0].fitted.calibration is None
