"""Model packages that somebody made to break what imports them: refused with a sentence, or as good as before."""

from __future__ import annotations

import hashlib
import io
import json
import math
import random
import resource
import sys
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.autoencoder.params import NetworkParams
from engine.classifier.model import Classifier
from engine.classifier.params import ClassifierParams
from engine.classifier.sequences import SequenceSet
from engine.classifier.state import Taught, TaughtShapes
from engine.detector import Detector, DetectorParams
from engine.errors import OddkinError
from engine.rules.rule import RuleSet
from engine.words.embedding import EmbeddingParams
from store.workspace import Workspace, open_workspace
from tests.engine.detector.corpus import estate, make_corpus
from tests.robustness.attack import Attack, Report

MORE_MIB = 300
"""By which no package of some megabytes may raise the process's memory."""
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 2**70, -(2**70), 1e308, float("nan"), float("inf"), "", "x", "\ud800", "\x1b[31m", [],
    [[]], {}, {"a": 1}, ["a"] * 3, [None], "9" * 5000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """A model that is sound: the members of its package."""

    kind: str
    members: dict[str, bytes]


def _detector() -> Detector:
    params = DetectorParams(
        device="cpu", embedding=EmbeddingParams(epochs=5, size=16), network=NetworkParams(hidden=8, code=4, steps=20, batch=16)
    )
    return Detector(params).fit(make_corpus(estate(40, attacks=True)))


def _classifier(detector: Detector) -> Classifier:
    """With start weights: what it says is not what is asked here."""
    from engine.classifier.training import network_of
    from engine.verdicts.features import NUMBERS

    classifier = Classifier(ClassifierParams(device="cpu"))
    embedding = detector.fitted.embedding
    network = network_of(classifier.params, len(NUMBERS), embedding.size).eval()
    classifier.taught_ = Taught(network, RuleSet(), embedding, TaughtShapes(), {"presumed": 1}, {}, "cpu")
    return classifier


def _sound(workspace: Workspace, folder: Path) -> list[Sound]:
    detector = _detector()
    found = []
    for model in (detector, _classifier(detector)):
        stage = workspace.vault.stage()
        model.save(stage)
        number = workspace.vault.publish(stage, model.manifest())
        workspace.vault.export_file(number, folder / "sound.zip")
        with zipfile.ZipFile(folder / "sound.zip") as archive:
            found.append(Sound(number.split("-")[0], {name: archive.read(name) for name in archive.namelist()}))
        workspace.vault.remove(number)
    return found


def _change_json(content: bytes, rng: random.Random) -> bytes:
    """One value somewhere replaced, removed or renamed."""
    told = json.loads(content)
    at: Any = told
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = rng.choice(keys)
        if isinstance(at[key], dict | list) and at[key] and rng.random() < 0.8:
            at = at[key]
            continue
        if rng.random() < 0.2:
            del at[key]
        else:
            at[key] = rng.choice(ODD)
        return json.dumps(told).encode()


def _change_array(content: bytes, rng: random.Random) -> bytes:
    """One array of an .npz with another number, shape, type, order or header; or the archive packed."""
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = rng.choice(list(arrays))
    array = arrays[name]
    what = rng.randrange(8)
    if what == 0 and array.size:
        odd: list[Any] = [np.nan, np.inf, -np.inf, 3e38, -1, 0] if array.dtype.kind == "f" else [-1, 0, 2**62, 2**31]
        array = array.copy()
        array.reshape(-1)[rng.randrange(array.size)] = array.dtype.type(rng.choice(odd) if array.dtype.kind != "u" else 0)
    elif what == 1:
        array = array[: len(array) // 2] if array.ndim else array
    elif what == 2:
        array = array.astype(rng.choice(["f2", "f8", "i4", "i8", "u1", "c8", "U3", ">f4", "?"]))
    elif what == 3:
        array = array.reshape(-1)[::-1].reshape(array.shape)
    elif what == 4:
        array = array[..., None]
    elif what == 5:
        del arrays[name]
    elif what == 6:
        array = np.zeros(1 << rng.choice([0, 10, 27]), array.dtype)  # the last a gigabyte, packed to one megabyte
    if what != 5:
        arrays[name] = array
    sink = io.BytesIO()
    (np.savez_compressed if what == 6 else np.savez)(sink, **arrays)
    return sink.getvalue()


def _change_bytes(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    what = rng.randrange(4)
    place = rng.randrange(max(1, len(changed) if rng.random() < 0.5 else min(len(changed), 300)))
    if what == 0:
        changed[place : place + 1] = bytes([rng.randrange(256)])
    elif what == 1:
        changed[place : place + 8] = rng.randbytes(8)
    elif what == 2:
        del changed[place:]
    else:
        changed[place:place] = rng.randbytes(16)
    return bytes(changed)


def _change_weights(content: bytes, rng: random.Random) -> bytes:
    """One weight that is none, or so large that nothing can be worked out with it."""
    start = 8 + int.from_bytes(content[:8], "little")
    place = start + 4 * rng.randrange((len(content) - start) // 4)
    odd = np.float32(rng.choice([math.nan, math.inf, -math.inf, 3e38, -1e20, 1e5])).tobytes()
    return content[:place] + odd + content[place + 4 :]


def _packed(members: dict[str, bytes], rng: random.Random, *, honest: bool) -> bytes:
    """The package; with an `honest` manifest all hashes are right, so that only the content is wrong."""
    members = dict(members)
    if honest:
        manifest = json.loads(members["manifest.json"])
        if isinstance(manifest, dict):
            manifest["files"] = {
                name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                for name, content in members.items()
                if name != "manifest.json"
            }
            members["manifest.json"] = json.dumps(manifest).encode()
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def _hostile(sound: Sound, rng: random.Random) -> tuple[str, bytes]:
    """What was done, and the package."""
    members = dict(sound.members)
    files = [name for name in members if name != "manifest.json"]
    of = {ending: [name for name in files if name.endswith(ending)] for ending in (".json", ".npz", ".safetensors")}
    what = rng.choice(
        ["manifest", "texts and settings", "arrays", "weights", "bytes of a file", "bytes of the package", "members"]
    )
    if what == "manifest":
        members["manifest.json"] = _change_json(members["manifest.json"], rng)
        return what, _packed(members, rng, honest=rng.random() < 0.5)
    if what == "bytes of the package":
        return what, _change_bytes(_packed(members, rng, honest=True), rng)
    if what == "members":
        name = rng.choice(files)
        members[
            rng.choice(
                ["../x.json", "x.json", "a/b.npz", "C:x.npz", name.upper(), "\ud800.json".encode("utf-8", "replace").decode()]
            )
        ] = members.pop(name) if rng.random() < 0.5 else b"{}"
        return what, _packed(members, rng, honest=rng.random() < 0.5)
    changes: dict[str, tuple[str, Callable[[bytes, random.Random], bytes]]] = {
        "texts and settings": (".json", _change_json), "arrays": (".npz", _change_array),
        "weights": (".safetensors", _change_weights), "bytes of a file": (rng.choice(list(of)), _change_bytes),
    }  # fmt: skip
    ending, change = changes[what]
    name = rng.choice(of[ending])
    members[name] = change(members[name], rng)
    return what, _packed(members, rng, honest=True)


def _judge(workspace: Workspace, package: Path) -> str:
    """Imports, shows, lists and judges by it. Returns the outcome; raises whatever comes that is no sentence."""
    try:
        number = workspace.vault.import_file(package)
    except OddkinError as error:
        if not error.message.strip():
            raise AssertionError("refused without a sentence") from error
        return "refused"
    corpus = make_corpus(estate(20, attacks=True))
    try:
        json.dumps(workspace.vault.show(number).manifest, allow_nan=False)
        workspace.vault.list()
        folder, manifest = workspace.vault.open(number)
        if manifest["kind"] == "detector":
            values = Detector.load(folder, device="cpu").score(corpus).score
        else:
            values = Classifier.load(folder, device="cpu").log_odds_of(SequenceSet.of_corpus(corpus, RuleSet()))
        if not np.isfinite(values).all():
            raise AssertionError("a chain has no number")
    except OddkinError:
        return "refused when used"
    finally:
        workspace.vault.remove(number)
    return "works"


def _peak() -> int:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size >> 20 if sys.platform == "darwin" else size >> 10


def run(folder: Path, seed: int, rounds: int) -> Report:
    """Each round one package."""
    report, workspace = Report(), open_workspace(folder / "w")
    sound = _sound(workspace, folder)
    for one in sound:
        (folder / "x.zip").write_bytes(_packed(one.members, random.Random(0), honest=True))
        report.count("nothing", _judge(workspace, folder / "x.zip"))
    before = _peak()
    for number in range(rounds):
        rng = random.Random(f"{seed} {number}")
        one = sound[number % len(sound)]
        what, package = _hostile(one, rng)
        (folder / "x.zip").write_bytes(package)
        try:
            report.count(f"{one.kind}: {what}", _judge(workspace, folder / "x.zip"))
        except Exception:  # the outcome that must not be
            report.count(f"{one.kind}: {what}", "traceback")
            report.fail(f"seed {seed}, round {number}, {what}: {traceback.format_exc(limit=-3)}")
        grown = _peak() - before
        if grown > MORE_MIB:
            report.fail(f"seed {seed}, round {number}, {what}: {grown} MiB more for {len(package):,} bytes")
            before = _peak()
    workspace.close()
    return report


ATTACK = Attack(
    "models",
    "Packages whose manifest, settings, arrays, weights or members were changed, with right hashes, imported and used: refused"
    f" with a sentence, or working; never a traceback, a score that is no number, or {MORE_MIB} MiB more memory.",
    run,
    60,
    2_000,
)
