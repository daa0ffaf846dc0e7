"""A detector that was saved and loaded is the same detector."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tracemalloc

import numpy as np
import pytest

from engine.autoencoder.params import NetworkParams
from engine.detector import Detector
from engine.detector.promise import KEY
from engine.detector.state import fingerprint
from engine.errors import ModelCorrupt
from engine.signals.kinds import RECONSTRUCTION
from engine.signals.registry import signals
from engine.starter.starter import CleanDay
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import estate, make_corpus
from tests.engine.detector.packs import make_pack
from tests.engine.process_samples import make_table


@pytest.fixture(scope="module")
def folder(detector, tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    detector.save(path)
    return path


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def test_a_loaded_model_scores_bit_for_bit_the_same(detector, scores, corpus, folder):
    loaded = Detector.load(folder, device="cpu")
    again = loaded.score(corpus)
    assert np.array_equal(again.score, scores.score)
    assert np.array_equal(again.step_errors, scores.step_errors, equal_nan=True)
    assert again.expectations == scores.expectations
    assert again.threshold == scores.threshold
    for one, other in zip(again.signals, scores.signals, strict=True):
        assert one.name == other.name
        assert np.array_equal(one.value, other.value)
        assert np.array_equal(one.tail, other.tail)
    assert loaded.manifest() | {"device": 0, "parameters": 0} == detector.manifest() | {"device": 0, "parameters": 0}


def test_unseen_executables_too(detector, folder):
    foreign = make_corpus({("/usr/bin/bash", "/tmp/.x/kworkerdz"): 1, ("c:/qq/漢.exe",): 2} | estate(40, seed=5))
    loaded = Detector.load(folder, device="cpu")
    paths = ["/opt/new/thing", "c:/users/?/x.exe"]
    assert np.array_equal(loaded.fitted.embedding.transform(paths), detector.fitted.embedding.transform(paths))
    assert np.array_equal(loaded.score(foreign).score, detector.score(foreign).score)


def test_arrays_stand_in_the_file_by_the_families_of_their_signals(detector, folder):
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        names = arrays.files
    before, after = names[: names.index("white_centre")], names[names.index("word_shares") + 1 :]
    learnt = {
        name: signal.family
        for signal in signals()
        if signal.name in detector.fitted.learnt
        for name in signal.arrays(detector.fitted.learnt[signal.name])
    }
    assert [name for name in before if name in learnt] == [name for name, family in learnt.items() if family is RECONSTRUCTION]
    assert [name for name in after if name in learnt] == [name for name, family in learnt.items() if family is not RECONSTRUCTION]
    assert names[:4] == ["word_vectors", "bucket_ids", "bucket_vectors", "centre"]


def test_nothing_in_the_folder_is_a_pickle_and_it_is_small(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["arrays.npz", "detector.json", "network.safetensors", "texts.json"]
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20e6


@pytest.mark.parametrize("name", ["arrays.npz", "detector.json", "network.safetensors", "texts.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "foreign"])
def test_damaged_files_are_model_corrupt(copy, name, damage):
    file = copy / name
    content = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "foreign": b"{}"}[damage])
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


def test_a_pickled_array_is_refused(copy):
    np.savez(copy / "arrays.npz", word_vectors=np.array([object()], dtype=object))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


@pytest.mark.parametrize(
    "change",
    [
        lambda j: j.update(format=99),
        lambda j: j["parameters"].update(surprise=1),
        lambda j: j["parameters"]["network"].update(hidden=16),
        lambda j: j["parameters"]["network"].update(hidden=10**8),
        lambda j: j["parameters"].update(score="best"),
        lambda j: j["parameters"]["embedding"].update(size=32),
        lambda j: j.pop("tails"),
    ],
)
def test_settings_that_do_not_fit_are_model_corrupt(copy, change):
    plain = json.loads((copy / "detector.json").read_text())
    change(plain)
    (copy / "detector.json").write_text(json.dumps(plain))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


def test_texts_that_do_not_fit_are_model_corrupt(copy):
    texts = json.loads((copy / "texts.json").read_text())
    texts["names"] = texts["names"][:3]
    (copy / "texts.json").write_text(json.dumps(texts))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


def test_lone_surrogates_survive(tmp_path):
    corpus = make_corpus({("/tmp/\ud800x",): 1, ("/tmp/\ud800x", "/a"): 2, ("/tmp/\ud800x", "/b"): 2})
    tiny = dataclasses.replace(QUICK, network=NetworkParams(hidden=4, code=2, steps=3))
    trained = Detector(tiny).fit(corpus)
    trained.save(tmp_path)
    assert np.array_equal(Detector.load(tmp_path, device="cpu").score(corpus).score, trained.score(corpus).score)


def test_the_manifest_is_plain_json_and_tells_where_the_model_comes_from(detector, corpus):
    manifest = json.loads(json.dumps(detector.manifest(), allow_nan=False))
    assert manifest["kind"] == "detector"
    assert manifest["seed"] == 1
    assert manifest["training_set"] == fingerprint(corpus)
    assert set(manifest["libraries"]) == {"torch", "gensim", "numpy", "safetensors", "python"}
    assert 0 <= manifest["metrics"]["shuffled_above_threshold"] <= 1
    assert len(manifest["metrics"]["histogram_real"]) + 1 == len(manifest["metrics"]["histogram_log10_edges"])
    assert "mean_cosine" in str(manifest["metrics"])


def test_the_fingerprint_is_of_chains_and_counts_not_of_their_order():
    chains = estate(30)
    one = fingerprint(make_corpus(chains))
    assert one == fingerprint(make_corpus(dict(reversed(chains.items()))))
    first = next(iter(chains))
    assert one != fingerprint(make_corpus(chains | {first: chains[first] + 1}))


def test_a_model_of_format_2_still_loads_and_is_explained_by_what_it_has(copy, detector, corpus):
    """Before format 3 there were no hosts of pairs and no errors by role."""
    with np.load(copy / "arrays.npz", allow_pickle=False) as arrays:
        kept = {name: arrays[name] for name in arrays.files if not name.startswith(("step_", "pair_hosts"))}
        assert len(kept) < len(arrays.files)
    np.savez(copy / "arrays.npz", **kept)
    plain = json.loads((copy / "detector.json").read_text())
    del plain["pair_host_total"]
    (copy / "detector.json").write_text(json.dumps(plain | {"format": 2}))
    old, new = Detector.load(copy, device="cpu").score(corpus), detector.score(corpus)
    assert np.array_equal(old.score, new.score)
    row = next(iter(old.expectations))
    assert old.expectations[row].reasons.step_tails == ()
    assert "reconstruction_worst" not in old.expectations[row].reasons.sentences
    assert "pair_rarity" in old.expectations[row].reasons.sentences


def test_a_model_without_usual_errors_takes_them_as_equal(copy, detector, corpus):
    with np.load(copy / "arrays.npz", allow_pickle=False) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    level = kept.pop("usual_errors")
    assert len(set(level.tolist())) > 2
    np.savez(copy / "arrays.npz", **kept)
    signals = Detector.load(copy, device="cpu").signals(corpus)
    order = np.argsort(signals["reconstruction_worst"])
    assert (np.diff(signals["reconstruction_by_place"][order]) >= 0).all()


@pytest.mark.parametrize("bad", [np.zeros(3), np.full(200, np.nan)])
def test_usual_errors_that_do_not_fit_are_model_corrupt(copy, bad):
    with np.load(copy / "arrays.npz", allow_pickle=False) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    np.savez(copy / "arrays.npz", **(kept | {"usual_errors": np.resize(bad, len(kept["usual_errors"])) if len(bad) > 3 else bad}))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


@pytest.mark.parametrize("name", ["step_roles", "step_counts", "step_start", "step_errors", "step_tails"])
def test_step_errors_that_do_not_fit_are_model_corrupt(copy, name):
    with np.load(copy / "arrays.npz", allow_pickle=False) as arrays:
        kept = {key: arrays[key] for key in arrays.files}
    np.savez(copy / "arrays.npz", **(kept | {name: kept[name][1:]}))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


def changed_arrays(folder, **changes):
    with np.load(folder / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(folder / "arrays.npz", **(arrays | {name: change(arrays[name].copy()) for name, change in changes.items()}))


def first(value):
    def change(array):
        array.reshape(-1)[0] = value
        return array

    return change


@pytest.mark.parametrize(
    "changes",
    [
        {"word_vectors": first(np.nan)}, {"white_basis": first(np.inf)}, {"white_centre": first(1e30)},
        {"pair_counts": first(-1)}, {"chain_counts": first(2**62)}, {"pairs": lambda array: array[::-1]},
        {"tail_prior": lambda array: array[:0]}, {"step_tails": first(0.0)}, {"word_shares": first(-1.0)},
        {"usual_errors": first(1e300)}, {"bucket_ids": first(-1)},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_numbers_that_cannot_be_calculated_with_are_refused(copy, changes):
    changed_arrays(copy, **changes)
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_weights_that_are_no_numbers_are_refused(copy, value):
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "network.safetensors")
    weights["output"].view(-1)[0] = value
    save_file({name: torch.clone(tensor) for name, tensor in weights.items()}, copy / "network.safetensors")
    with pytest.raises(ModelCorrupt, match="weights"):
        Detector.load(copy, device="cpu")


def test_a_packed_array_is_refused_before_it_is_given_memory(copy):
    with np.load(copy / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez_compressed(copy / "arrays.npz", **(arrays | {"centre": np.zeros(1 << 24, np.float32)}))
    tracemalloc.start()
    with pytest.raises(ModelCorrupt, match="as models keep them"):
        Detector.load(copy, device="cpu")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host_total", -1), ("word_scale", 0), ("threshold", "x"), ("tails", [1]), ("metrics", []), ("host_total", 2.5),
        ("pair_host_total", None), ("embedding", {}), ("network", None), ("parameters", []), ("format", [3]),
    ],
)  # fmt: skip
def test_settings_out_of_their_range_are_refused(copy, name, value):
    scalars = json.loads((copy / "detector.json").read_text())
    (copy / "detector.json").write_text(json.dumps(scalars | {name: value}))
    with pytest.raises(ModelCorrupt):
        Detector.load(copy, device="cpu")


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """A detector that knows clean host-days, and its folder."""
    corpus, table = make_table([(("/sbin/init", f"/usr/bin/x{number}"), -1, f"x{number}") for number in range(40)])
    days = tuple(
        CleanDay(source, windows, *make_table([((f"{top}init", f"{top}{source}{number}"), -1, None) for number in range(30)]))
        for source, windows, top in (("a", False, "/sbin/"), ("b", False, "/opt/"), ("c", True, "c:/windows/"))
    )
    tiny = dataclasses.replace(QUICK, network=NetworkParams(hidden=4, code=2, steps=3))
    detector = Detector(tiny).fit(corpus, processes=table, starter=dataclasses.replace(make_pack().starter(corpus), days=days))
    path = tmp_path_factory.mktemp("calibrated")
    detector.save(path)
    return detector, path, corpus, table


def test_clean_host_days_come_back_as_they_were(calibrated):
    detector, folder, corpus, table = calibrated
    loaded = Detector.load(folder, device="cpu")
    kept, again = detector.fitted.calibration, loaded.fitted.calibration
    for name in ("grid", "top", "size", "source", "system"):
        assert np.array_equal(getattr(kept, name), getattr(again, name)), name
    assert (kept.factor, kept.own, kept.elsewhere) == (again.factor, again.own, again.elsewhere)
    assert np.allclose(kept.processes, again.processes, atol=1e-6)
    first, second = (one.score(corpus, processes=table) for one in (loaded, Detector.load(folder, device="cpu")))
    assert first.threshold == second.threshold
    assert first.threshold == pytest.approx(detector.score(corpus, processes=table).threshold, rel=1e-5)


def test_a_model_without_clean_host_days_still_loads_and_spends_the_budget_on_the_queue(calibrated, tmp_path):
    _detector, folder, corpus, table = calibrated
    copied = shutil.copytree(folder, tmp_path / "copy")
    with np.load(copied / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored.files if not name.startswith("clean_")}
    np.savez(copied / "arrays.npz", **arrays)
    loaded = Detector.load(copied, device="cpu")
    assert loaded.fitted.calibration is None
    scores = loaded.score(corpus, processes=table)
    assert KEY not in scores.metrics
    assert (scores.score >= scores.threshold).sum() <= 20


@pytest.mark.parametrize(
    "changes",
    [
        {"clean_grid": lambda array: array[::-1]}, {"clean_processes": lambda array: array[:, ::-1]},
        {"clean_chains": first(2.0)},
        {"clean_size": first(0)}, {"clean_source": first(99)}, {"clean_system": first(7)}, {"clean_top": first(1e9)},
        {"clean_processes": lambda array: array[:-1]}, {"clean_grid": lambda array: array[:0]},
        {"clean_top": lambda array: array.astype(np.float32)}, {"clean_size": first(2**62)}, {"clean_top": first(np.nan)},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_clean_host_days_that_cannot_be_are_refused(calibrated, tmp_path, changes):
    copied = shutil.copytree(calibrated[1], tmp_path / "copy")
    changed_arrays(copied, **changes)
    with pytest.raises(ModelCorrupt):
        Detector.load(copied, device="cpu")


@pytest.mark.parametrize(
    "told", [None, {}, {"factor": 0, "own": 0, "elsewhere": True}, {"factor": 1.0, "own": -1, "elsewhere": True}]
)
def test_what_is_told_of_clean_host_days_is_checked(calibrated, tmp_path, told):
    copied = shutil.copytree(calibrated[1], tmp_path / "copy")
    plain = json.loads((copied / "detector.json").read_text())
    (copied / "detector.json").write_text(json.dumps(plain | {"calibration": told}))
    with pytest.raises(ModelCorrupt):
        Detector.load(copied, device="cpu")
