"""The model that ships: what it is, that it can be made anew, and that nobody's other file is taken for it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from engine.classifier.published.figures import Outcome
from engine.classifier.published.make import make
from engine.classifier.published.network import probability
from engine.classifier.published.recipe import PaperRecipe
from engine.classifier.published.shipped import FOLDER, MANIFEST, WEIGHTS, load, save, shipped
from engine.errors import ModelCorrupt

SMALL = PaperRecipe(each=200, batches=8, batch=32)


def test_the_shipped_model_is_the_papers_recipe_and_small() -> None:
    manifest = shipped().manifest
    assert manifest["recipe"] == PaperRecipe().to_dict()
    assert manifest["sequences"]["made"] == 12_000
    assert manifest["sequences"]["in_both_parts"] == 0
    assert manifest["sequences"]["removed_as_tests"] > 0
    figures = Outcome.from_dict(manifest["held_out"])
    assert figures.count == manifest["sequences"]["held_out"] > 1000
    assert figures.accuracy > 0.98
    assert figures.auc > 0.99
    assert sum((FOLDER / name).stat().st_size for name in (MANIFEST, WEIGHTS)) < 1_500_000


def test_the_same_recipe_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        save(make(SMALL), tmp_path / name)
    for file in (MANIFEST, WEIGHTS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    (tmp_path / "other").mkdir()
    save(make(PaperRecipe(seed=2, each=200, batches=8, batch=32)), tmp_path / "other")
    assert (tmp_path / "other" / WEIGHTS).read_bytes() != (tmp_path / "one" / WEIGHTS).read_bytes()


def test_what_was_saved_answers_the_same(tmp_path: Path) -> None:
    made = make(SMALL)
    save(made, tmp_path)
    back = load(tmp_path)
    rows = made.model.rows_of([["systemd", "bash"], ["zz9"]])
    assert back.model.names == made.model.names
    assert (back.model.log_odds(rows) == made.model.log_odds(rows)).all()
    assert back.manifest["held_out"] == made.manifest["held_out"]


@pytest.mark.slow
def test_the_shipped_bytes_can_be_made_anew(tmp_path: Path) -> None:
    """Byte for byte with the libraries that it was made with; with others the probabilities agree to two digits."""
    made = make(PaperRecipe())
    save(made, tmp_path)
    there = shipped()
    if all(version(name) == number for name, number in there.manifest["libraries"].items() if name != "python"):
        assert (tmp_path / WEIGHTS).read_bytes() == (FOLDER / WEIGHTS).read_bytes()
    rows = there.model.rows_of([["systemd", "httpd", "bash", "xmrig"], ["systemd", "sshd", "bash", "ls"]])
    assert probability(made.model.log_odds(rows)) == pytest.approx(probability(there.model.log_odds(rows)), abs=0.01)


def repacked(folder: Path, change: Callable[[dict[str, np.ndarray]], object]) -> None:
    """Other weights, and a manifest that says that these are they."""
    from safetensors.numpy import load as unpack
    from safetensors.numpy import save as pack

    weights = unpack((folder / WEIGHTS).read_bytes())
    change(weights)
    content = pack(weights)
    (folder / WEIGHTS).write_bytes(content)
    told = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(told | {"sha256": sha256(content).hexdigest()}))


def told(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "no weights": lambda folder: (folder / WEIGHTS).unlink(),
    "other weights than named": lambda folder: (folder / WEIGHTS).write_bytes(b"x"),
    "another format": lambda folder: told(folder, format=9),
    "no names": lambda folder: told(folder, names=3),
    "a name twice": lambda folder: told(folder, names=["a", "a"]),
    "fewer names": lambda folder: told(folder, names=["a"]),
    "another recipe": lambda folder: told(folder, recipe={"seed": "one"}),
    "no figures": lambda folder: told(folder, held_out={}),
    "not a number": lambda folder: repacked(folder, lambda weights: weights["output.bias"].fill(np.nan)),
    "too large a number": lambda folder: repacked(folder, lambda weights: weights["output.bias"].fill(1e9)),
    "a weight missing": lambda folder: repacked(folder, lambda weights: weights.pop("output.bias")),
    "another shape": lambda folder: repacked(folder, lambda weights: weights.update({"output.bias": np.zeros(2, np.float32)})),
    "another type": lambda folder: repacked(folder, lambda weights: weights.update({"output.bias": np.zeros(1, np.float64)})),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_model_is_refused(tmp_path: Path, damage: str) -> None:
    save(shipped(), tmp_path)
    load(tmp_path)
    DAMAGE[damage](tmp_path)
    with pytest.raises(ModelCorrupt) as error:
        load(tmp_path)
    assert "--make-published" in error.value.remedy


def test_a_header_that_asks_for_gigabytes_is_refused(tmp_path: Path) -> None:
    save(shipped(), tmp_path)
    content = struct.pack("<Q", 1 << 60) + b"{}"
    (tmp_path / WEIGHTS).write_bytes(content)
    told(tmp_path, sha256=sha256(content).hexdigest())
    with pytest.raises(ModelCorrupt):
        load(tmp_path)
