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
from engine.detector.state import fingerprint
from engine.errors import ModelCorrupt
from engine.signals.kinds import RECONSTRUCTION
from engine.signals.registry import signals
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import estate, make_corpus


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
