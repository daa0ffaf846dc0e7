"""The sequence model as files: `network.safetensors` and `manifest.json`. The package's own is made by one command and never by
hand:

    oddkin classify --make-published OUT

The same recipe makes the same bytes with the same versions of the libraries, on one thread of a CPU. The manifest has the recipe,
the names that the network knows, what it was judged on, and the hash of the weights; the pair is checked for shape and range when
it is read, as anybody may have replaced it.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from engine.classifier.published.figures import Outcome
from engine.classifier.published.make import Made
from engine.classifier.published.network import FIRST, SequenceModel, shapes
from engine.classifier.published.recipe import PaperRecipe
from engine.errors import ModelCorrupt
from engine.saved.foreign import LARGEST, json_of, reading, regular, settings, texts

FORMAT = 1
FOLDER = Path(__file__).parent / "data"
MANIFEST, WEIGHTS = "manifest.json", "network.safetensors"
MOST_BYTES = 16 << 20
"""Of either file."""
REMEDY = "Install oddkin again, or make it anew: oddkin classify --make-published OUT"


@cache
def shipped() -> Made:
    """The package's own model. Raises ModelCorrupt when it is missing or damaged."""
    return load(FOLDER)


def save(made: Made, folder: Path) -> None:
    """Write both files into a folder that exists."""
    from safetensors.numpy import save as packed

    weights = {name: np.ascontiguousarray(made.model.weights[name]) for name in sorted(made.model.weights)}
    content = packed(weights)
    (folder / WEIGHTS).write_bytes(content)
    manifest = {"format": FORMAT, **made.manifest, "names": list(made.model.names), "sha256": sha256(content).hexdigest()}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="ascii")


def load(folder: Path) -> Made:
    """Read what `save` wrote. Raises ModelCorrupt."""
    with reading("The sequence model", folder / MANIFEST, REMEDY):
        manifest = json_of(folder / MANIFEST, MOST_BYTES)
        if manifest["format"] != FORMAT:
            raise ModelCorrupt(f"it has format {manifest['format']}; this version reads {FORMAT}.")
        names = texts(manifest["names"], "names")
        if list(names) != sorted(set(names)):
            raise ModelCorrupt("its names are no list of different names in order.")
        settings(manifest["recipe"], PaperRecipe, {"seed": (0, 2**63), "each": (0, 2**48)})
        Outcome.from_dict(manifest["held_out"])
    with reading("The sequence model", folder / WEIGHTS, REMEDY):
        content = regular(folder / WEIGHTS, MOST_BYTES).read_bytes()
        if sha256(content).hexdigest() != manifest["sha256"]:
            raise ModelCorrupt(f"its hash is not the one in {MANIFEST}.")
        return Made(SequenceModel(names, _weights(content, len(names))), manifest)


def _weights(content: bytes, names: int) -> dict[str, Any]:
    from safetensors.numpy import load as unpacked

    found, wanted = unpacked(content), shapes(FIRST + names)
    if found.keys() != wanted.keys():
        raise ModelCorrupt("it has not the weights of the published network.")
    for name, shape in wanted.items():
        array = found[name]
        if array.shape != shape or array.dtype != np.float32:
            raise ModelCorrupt(f"{name} is {array.dtype}{array.shape} and not float32{shape}.")
        if not np.isfinite(array).all() or np.abs(array).max(initial=0.0) > LARGEST:
            raise ModelCorrupt(f"{name} holds what is no number, or one beyond ±{LARGEST:g}.")
    return found
