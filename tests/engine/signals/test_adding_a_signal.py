"""A signal is one module: one that is put beside the others is fitted, kept, fused, explained, measured and shown at once.

The module is tests/engine/signals/added/longest_name.py; nothing else knows of it.
"""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from engine.autoencoder.params import NetworkParams
from engine.detector import Detector
from engine.detector.drift import drift
from engine.errors import ModelCorrupt
from engine.measure import baselines, ladder
from engine.signals import catalogue, registry
from engine.signals.fusion import families, fuse
from engine.signals.sentences import disagreement, reasons
from store.base.views import ScoreView, SignalView
from tests.engine.detector.conftest import QUICK
from tests.engine.detector.corpus import WINDOWS_BASE, estate, make_corpus
from tests.engine.process_samples import make_table
from tui.render.chain_view import signals_table
from tui.screens.triage.why.evidence_view import signal_lines
from tui.words.signals import legend, meaning, title

NAME = "longest_name"
ADDED = Path(__file__).parent / "added"
TINY = dataclasses.replace(QUICK, network=NetworkParams(hidden=4, code=2, steps=10, members=2))
LONG = f"c:/windows/system32/{'x' * 60}.exe"
"""Beside it nothing is odd in the chain that it ends."""


@pytest.fixture
def added(monkeypatch):
    """The module is in the catalogue's folder."""
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(ADDED)])
    registry.catalogued.cache_clear()
    yield
    monkeypatch.undo()
    registry.catalogued.cache_clear()
    sys.modules.pop(f"{catalogue.__name__}.{NAME}", None)


def queue():
    return make_corpus(estate(60) | {(*WINDOWS_BASE, LONG): 1})


def test_it_is_not_there_by_itself():
    assert registry.find(NAME) is None
    assert title(NAME) == "longest name"
    assert meaning(NAME) == ""


def test_it_is_fitted_saved_loaded_and_scored(added, tmp_path):
    known, corpus = make_corpus(estate(60)), queue()
    detector = Detector(TINY).fit(known)
    detector.save(tmp_path)
    assert "longest_name_mean" in np.load(tmp_path / "arrays.npz").files
    loaded = Detector.load(tmp_path, "cpu")
    for one in (detector, loaded):
        column = next(signal for signal in one.score(corpus).signals if signal.name == NAME)
        row = corpus.paths.index(LONG)
        at = int(np.flatnonzero((corpus.steps == row).any(axis=1))[0])
        assert column.value[at] == 64 - one.fitted.learnt[NAME].mean[0]
        assert column.value.argmax() == at
        assert column.tail[at] == 1 / (len(known) + 1)
    assert loaded.score(corpus).score.tobytes() == detector.score(corpus).score.tobytes()


def test_what_it_saves_is_checked_as_it_says(added, tmp_path):
    Detector(TINY).fit(make_corpus(estate(60))).save(tmp_path)
    kept = dict(np.load(tmp_path / "arrays.npz"))
    np.savez(tmp_path / "arrays.npz", **(kept | {"longest_name_mean": np.array([1e300])}))
    with pytest.raises(ModelCorrupt, match="longest_name_mean"):
        Detector.load(tmp_path, "cpu")


def test_models_of_before_and_of_later_are_read(added, tmp_path, monkeypatch):
    """A model without it has one signal less, and so has a version without it under a model that has it."""
    later = Detector(TINY).fit(make_corpus(estate(60)))
    later.save(tmp_path)
    kept = dict(np.load(tmp_path / "arrays.npz"))
    full = {signal.name for signal in later.score(queue()).signals}
    monkeypatch.setattr(catalogue, "__path__", catalogue.__path__[:1])
    registry.catalogued.cache_clear()
    assert {signal.name for signal in Detector.load(tmp_path, "cpu").score(queue()).signals} == full - {NAME}
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(ADDED)])
    registry.catalogued.cache_clear()
    np.savez(tmp_path / "arrays.npz", **{name: array for name, array in kept.items() if name != "longest_name_mean"})
    assert {signal.name for signal in Detector.load(tmp_path, "cpu").score(queue()).signals} == full - {NAME}


def test_its_family_is_fused_with_its_weight(added):
    assert list(families().items())[-1] == ("looks", (4.0, (NAME,)))
    values = {"prior": np.array([0.0, 1.0, 2.0]), NAME: np.array([9.0, 0.0, 1.0])}
    assert fuse(values).argmax() == 0
    assert fuse({"prior": values["prior"]}).argmax() == 2


def test_it_is_explained_in_its_own_words_and_in_plain_ones(added):
    corpus = queue()
    scores = Detector(TINY).fit(make_corpus(estate(60))).score(corpus)
    at = int(np.flatnonzero((corpus.steps == corpus.paths.index(LONG)).any(axis=1))[0])
    sentence = scores.expectations[at].reasons.sentences[NAME]
    assert sentence.startswith(f"{'x' * 60}.exe has 64 letters; usual are ")
    assert reasons([(NAME, 40.0, 0.001)], {NAME: sentence}) == [sentence]
    assert reasons([(NAME, 40.0, 0.001)], {}) == [
        "its longest name has 40 letters more than is usual, as high as in 1 in 1,000 of the chains learnt from"
    ]
    assert disagreement([(NAME, 40.0, 0.001), ("pair_rarity", 1.0, 0.9)]) == (
        "common to counting (90%); odd to the look of its names (1 in 1,000)"
    )


def test_it_is_measured_beside_the_others(added):
    corpus, table = make_table([((*WINDOWS_BASE, f"c:/apps/a{n}.exe"), -1, f"a{n} -run") for n in range(30)])
    detector = Detector(TINY).fit(corpus, processes=table)
    scores = detector.score(corpus, processes=table)
    assert list(baselines.rankings(corpus, scores))[-2:] == [NAME, "detector"]
    rungs = ladder.rankings(detector, corpus, table, detector.signals(corpus, processes=table))
    assert {f"signal {NAME}", "family looks", "fusion without looks"} <= set(rungs)
    assert drift(detector.fitted, corpus, {one.name: one.value for one in scores.signals}).shifts[NAME] == 0


def test_the_front_ends_call_it_by_its_title(added):
    shown = (SignalView(NAME, 40.0, 0.001), SignalView("prior", 1.0, 0.5))
    assert title(NAME) == "long name"
    assert legend([NAME]) == "  long name (longest_name): how many letters the longest name has beyond what is usual"
    score = ScoreView("m", 1, 1.0, 1, 0, (1.0,), shown, None, 0.0)
    out = io.StringIO()
    Console(file=out, width=130).print(signals_table(score))
    row = next(line for line in out.getvalue().splitlines() if "long name" in line)
    assert " ".join(row.split()) == "long name 40 0.001 how many letters the longest name has beyond what is usual"
    drawn = ["".join(text for text, _ in line) for line in signal_lines(shown, 80, {NAME: "xx.exe has 64 letters"})]
    assert drawn[1].startswith("long name ")
    assert drawn[2] == "  xx.exe has 64 letters"


def test_two_of_one_place_are_refused(added, tmp_path, monkeypatch):
    text = (ADDED / f"{NAME}.py").read_text(encoding="utf-8").replace('"longest_name"', '"other"')
    (tmp_path / "other.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(tmp_path)])
    registry.catalogued.cache_clear()
    with pytest.raises(ValueError, match="one place"):
        registry.signals()
    sys.modules.pop(f"{catalogue.__name__}.other", None)


def test_every_module_of_the_catalogue_is_a_signal_of_its_name_with_all_that_people_read():
    modules = {path.stem for path in Path(catalogue.__file__).parent.glob("*.py")} - {"__init__"}
    assert {signal.name for signal in registry.signals()} == modules
    for signal in registry.signals():
        assert signal.title, signal.name
        assert signal.meaning, signal.name
        assert not signal.reads or signal.reads in modules
        assert not signal.gives_way_to or signal.gives_way_to in modules


def test_no_other_module_names_the_signals_it_works_with():
    """Titles, families, sentences and files are asked for; what is named elsewhere is the published error and the tables' own."""
    root = Path(registry.__file__).parents[2]
    elsewhere = [
        *(root / "engine" / "detector").glob("*.py"), *(root / "engine" / "signals").glob("*.py"),
        *(root / "engine" / "measure").glob("*.py"), root / "tui" / "words" / "signals.py",
    ]  # fmt: skip
    named = {
        (path.name, signal.name)
        for path in elsewhere
        for signal in registry.signals()
        if f'"{signal.name}"' in path.read_text(encoding="utf-8")
    }
    assert {name for _, name in named} <= {"reconstruction", "reconstruction_worst", "threat_classes", "threat_words", "prior"}, (
        named
    )
