"""What a rebuilt step is told as: a known path of the step's own system, this estate's first."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from engine.detector import Detector, DetectorParams, Starter
from engine.detector.known import KnownPaths, step_systems
from engine.errors import ModelCorrupt
from engine.knowledge.systems import EITHER, POSIX, WINDOWS
from engine.paths import basename, looks_windows
from engine.signals.edges import EdgeCount, edge_sentence
from engine.signals.pairs import PairTable
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import S32, UNIX, estate, make_corpus

LSASS = f"{S32}lsass.exe"


def test_a_step_of_one_system_is_never_told_as_a_path_of_another(detector, scores, corpus):
    systems = set()
    for row, expectation in scores.expectations.items():
        steps = [corpus.paths[step] for step in corpus.steps[row, : corpus.lengths[row]]]
        assert len(expectation.rebuilt) == len(steps)
        for own, told in zip(steps, expectation.rebuilt, strict=True):
            systems.add(looks_windows(own))
            assert looks_windows(told or own) == looks_windows(own)
            assert told != own
        for told in expectation.alternatives:
            assert looks_windows(told) == looks_windows(steps[expectation.step])
    assert systems == {True, False}


def test_what_is_learnt_well_is_rebuilt_as_itself_more_often(detector, scores, corpus):
    best, worst = (
        rows[np.isin(rows, list(scores.expectations))] for rows in np.split(np.nanmean(scores.step_errors, axis=1).argsort(), 2)
    )
    shares = [
        np.mean([told is None for row in rows.tolist() for told in scores.expectations[row].rebuilt]) for rows in (best, worst)
    ]
    assert shares[0] > 0.6 > 0.55 > shares[1]


def test_a_linux_host_beside_windows_hosts_is_not_told_lsass():
    chains = {(f"{S32}wininit.exe", LSASS): 5000, ("/usr/lib/systemd/systemd", "/usr/bin/bash"): 3, ("/tmp/odd",): 1}
    tiny = Detector(DetectorParams(device="cpu", embedding=QUICK.embedding, epochs=2)).fit(make_corpus(chains))
    scores = tiny.score(make_corpus({("/tmp/odd",): 1, ("odd", "name"): 1}))
    for expectation in scores.expectations.values():
        told = f"{expectation.sentence} {expectation.alternatives} {expectation.rebuilt}"
        assert "lsass" not in told
        assert "wininit" not in told
        assert set(expectation.rebuilt) <= {"/usr/lib/systemd/systemd", "/usr/bin/bash", "/tmp/odd", None}


def test_where_nothing_of_a_system_is_known_nothing_is_told():
    few = DetectorParams(device="cpu", embedding=QUICK.embedding, epochs=1)
    windows = Detector(few).fit(make_corpus({(f"{S32}wininit.exe", LSASS): 5, (f"{S32}wininit.exe",): 2}))
    scores = windows.score(make_corpus({("/usr/bin/bash", "/usr/bin/ls"): 1}))
    assert scores.expectations[0].rebuilt == ()
    assert scores.expectations[0].alternatives == ()
    assert "nearest" not in scores.expectations[0].sentence


def test_the_estates_own_paths_come_before_a_starters():
    starter = Starter(make_corpus({(path,): 9 for path in UNIX} | {(LSASS,): 9}))
    both = make_corpus({("/usr/bin/bash",): 1, ("/opt/own",): 7} | {(path,): 9 for path in (*UNIX[1:], LSASS)})
    known = KnownPaths.of(both, 2)
    assert known.paths[: known.own] == ("/opt/own", "/usr/bin/bash")
    assert {known.paths[i] for i in known.pool(POSIX)} == {"/opt/own", "/usr/bin/bash"}
    assert [known.paths[i] for i in known.pool(WINDOWS)] == [LSASS]  # the estate has none
    few = DetectorParams(device="cpu", embedding=QUICK.embedding, epochs=1)
    detector = Detector(few).fit(make_corpus({("/opt/own",): 3, ("/opt/other", "/opt/own"): 2}), starter=starter)
    scores = detector.score(make_corpus({("/usr/bin/bash", "/usr/bin/ls"): 1}))
    assert set(scores.expectations[0].rebuilt) <= {"/opt/own", "/opt/other"}


def test_a_bare_name_is_of_the_system_of_its_chain():
    corpus = make_corpus({("system", f"{S32}smss.exe"): 1, ("systemd", "bash"): 1})
    assert step_systems(corpus.paths, corpus.steps)[:, :2].tolist() == [[WINDOWS, WINDOWS], [POSIX, POSIX]]
    known = KnownPaths.of(corpus, 0)
    assert known.own == 4
    assert {known.paths[i] for i in known.pool(WINDOWS)} == {"system", f"{S32}smss.exe"}
    assert {known.paths[i] for i in known.pool(POSIX)} == {"systemd", "bash"}


def test_what_usually_starts_a_chain_is_of_the_same_system():
    chains = {(LSASS,): 90, (f"{S32}smss.exe",): 80, ("/sbin/init",): 2, ("/usr/bin/x",): 1, ("bare",): 1}
    pairs = PairTable.fit(make_corpus(chains))
    assert [name for name, _ in EdgeCount.of(pairs, None, "x").usual] == ["init", "bare", "x"]
    assert [name for name, _ in EdgeCount.of(pairs, None, "odd.exe").usual] == ["lsass.exe", "smss.exe", "bare"]
    assert [name for name, _ in EdgeCount.of(pairs, None, "odd", system=WINDOWS).usual] == ["lsass.exe", "smss.exe", "bare"]


def test_a_saved_model_keeps_them_and_one_of_before_tells_them_by_shape(detector, tmp_path):
    detector.save(tmp_path)
    known = Detector.load(tmp_path, device="cpu").fitted.known
    assert (known.paths, known.own) == (detector.fitted.known.paths, detector.fitted.known.own)
    assert (known.systems == detector.fitted.known.systems).all()
    old = shutil.copytree(tmp_path, tmp_path / "old")
    with np.load(old / "arrays.npz", allow_pickle=False) as arrays:
        np.savez(old / "arrays.npz", **{name: array for name, array in arrays.items() if name != "known_systems"})
    shapes = Detector.load(old, device="cpu").fitted.known
    assert (shapes.own, shapes.systems.tolist()) == (known.own, known.systems.tolist())
    scalars = json.loads((tmp_path / "detector.json").read_text())
    (tmp_path / "detector.json").write_text(json.dumps(scalars | {"known_own": len(known.paths) + 1}))
    with pytest.raises(ModelCorrupt):
        Detector.load(tmp_path, device="cpu")


def test_all_rebuilt_chains_are_told_the_same_however_many_are_asked_for(detector, corpus, scores):
    some = make_corpus(estate(30, seed=3))
    at_once = detector.score(some)
    for row in (0, 7, len(some) - 1):
        one = detector.expect(some, row, int(at_once.worst_step[row]))
        assert one.rebuilt == at_once.expectations[row].rebuilt


PLAIN = {("systemd", "dash"): 40, ("systemd", "dash", "kswapd9"): 9, ("system", "registry"): 30, ("system", f"{S32}smss.exe"): 50}
"""Bare names of two systems, as kernels and process lists tell them."""


@pytest.fixture(scope="module")
def plain() -> Detector:
    few = DetectorParams(device="cpu", embedding=QUICK.embedding, epochs=1)
    return Detector(few).fit(make_corpus(PLAIN | {("odd",): 1, ("/usr/sbin/cron", "/usr/bin/dash"): 5, ("/usr/bin/run",): 3}))


WINDOWS_NAMES, LINUX_NAMES = (
    {"system", "registry", f"{S32}smss.exe"},
    {"systemd", "/usr/sbin/cron", "/usr/bin/dash", "/usr/bin/run"},
)


@pytest.mark.parametrize(
    ("chain", "foreign"),
    [
        (("/usr/bin/odd", "dash"), WINDOWS_NAMES),
        (("dash",), WINDOWS_NAMES),
        (("kswapd9", "new"), WINDOWS_NAMES),  # in no table: training saw it below dash
        (("system", "registry"), LINUX_NAMES | {"dash", "kswapd9"}),
        (("registry",), LINUX_NAMES | {"dash", "kswapd9"}),
        (("system", "new"), LINUX_NAMES | {"dash", "kswapd9"}),
        (("odd", "new"), WINDOWS_NAMES | LINUX_NAMES | {"dash", "kswapd9"}),  # nothing tells of which it is
    ],
)
def test_nothing_of_another_system_is_expected_of_bare_names(plain, chain, foreign):
    scored = make_corpus({chain: 1})
    for step in range(len(chain)):
        told = plain.expect(scored, 0, step)
        assert not foreign & {*told.alternatives, *told.rebuilt}
        expected = told.sentence.partition("expected here: ")[2].replace(",", " ").replace(";", " ").split()
        assert not {basename(path) for path in foreign} & set(expected)
        rare = plain.score(scored).expectations[0].reasons.sentences["pair_rarity"].partition("expected here: ")[2]
        assert not {basename(path) for path in foreign} & set(rare.replace(",", " ").split())


def test_what_is_left_out_as_it_is_of_another_system_is_not_denied(plain):
    assert (
        plain.expect(make_corpus({("registry",): 1}), 0, 0)
        .sentence.partition("; rebuilt as")[0]
        .endswith("expected here: system (81), odd (1)")
    )
    only = PairTable.fit(make_corpus({("/sbin/init", "/usr/bin/x"): 2}))
    sentence = edge_sentence(EdgeCount.of(only, None, "odd.exe"))
    assert "nothing else" not in sentence
    assert "init" not in sentence


def test_a_bare_name_is_of_those_that_it_was_seen_with():
    corpus = make_corpus({("own", "/usr/bin/x"): 3, ("own", f"{S32}x.exe"): 1, ("system", "/opt/system"): 2, ("alone",): 1})
    known, pairs = KnownPaths.of(corpus, 0), PairTable.fit(corpus)
    for found in (
        dict(zip(known.paths, known.systems.tolist(), strict=True)),
        dict(zip(pairs.names, pairs.systems.tolist(), strict=True)),
    ):
        assert (found["own"], found["alone"]) == (POSIX, EITHER)
    assert pairs.only_system == EITHER
    assert PairTable.fit(make_corpus({("/sbin/init", "odd"): 2})).only_system == POSIX


def test_where_training_knows_one_system_an_unknown_name_is_of_it():
    corpus = make_corpus({("/sbin/init", "/usr/bin/x"): 2, ("odd",): 1})
    unknown = make_corpus({("new", "newer"): 1})
    assert (KnownPaths.of(corpus, 0).systems_of(unknown.paths, unknown.steps) == POSIX).all()
    assert [name for name, _ in EdgeCount.of(PairTable.fit(corpus), None, "new").usual] == ["init", "odd"]


class _Asked(list[str]):
    """Paths, and which of them somebody wanted to know."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(paths)
        self.wanted: set[int] = set()

    def __getitem__(self, at):
        self.wanted.add(at)
        return super().__getitem__(at)

    def __iter__(self):
        self.wanted |= set(range(len(self)))
        return super().__iter__()


def test_the_systems_of_some_chains_take_the_paths_of_these_chains_only():
    corpus = make_corpus({("/sbin/init", "/usr/bin/x"): 2, (f"{S32}wininit.exe", LSASS): 3, ("own", LSASS): 1, ("own", "odd"): 1})
    known, row = KnownPaths.of(corpus, 0), corpus.paths.index(LSASS)
    chains = corpus.steps[(corpus.steps == row).any(axis=1)]
    asked = _Asked(corpus.paths)
    found = known.systems_of(asked, chains)
    assert np.array_equal(found, known.systems_of(corpus.paths, corpus.steps)[(corpus.steps == row).any(axis=1)])
    assert sorted(corpus.paths[at] for at in asked.wanted) == sorted([f"{S32}wininit.exe", LSASS, "own"])
    assert set(found[chains >= 0].tolist()) == {WINDOWS}
