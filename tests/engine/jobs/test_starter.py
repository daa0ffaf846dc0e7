"""Building the starter: background only, permitted sources only, a prior without each source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from engine.errors import InputError
from engine.jobs.starter import Material, Origin, build
from engine.measure.known_labels import Label, RecordKeys
from engine.progress import Run
from engine.starter.pack import ALL, StarterPack
from tests.engine.detector.test_threat import BAD, BENIGN
from tests.engine.process_samples import make_table

SOURCES = ("one", "two", "copyleft")
ROWS = [(row, "background") for row in BENIGN[:30]] + [(row, "attack") for row in BAD[:12]]


@dataclass
class Store:
    """Three sources with a file each; processes are dealt out in turn."""

    def __post_init__(self) -> None:
        self.corpus, self.table = make_table([row for row, _ in ROWS] * 3)

    def load_corpus(self, _cases):
        return self.corpus

    def load_processes(self, _cases, _corpus):
        return self.table

    def source_paths(self, _case):
        return list(enumerate(SOURCES))

    def source_digests(self, _cases):
        return [(name, name[0] * 64) for name in SOURCES]

    def record_keys(self, source_id: int):
        size = len(ROWS)
        return [
            RecordKeys(str(n), None, None, None, "", int(self.corpus.ids[self.table.chain[n]]), int(self.table.row[n]))
            for n in range(source_id * size, (source_id + 1) * size)
        ]


def label(place: int, source: str, kind: str) -> Label:
    return Label(source, "", "", str(place), "", None, None, "", kind, "strong", "", "", "", source)


@pytest.fixture(scope="module")
def material() -> Material:
    labels = [
        label(number * len(ROWS) + n, source, kind) for number, source in enumerate(SOURCES) for n, (_, kind) in enumerate(ROWS)
    ]
    licences = dict(zip(SOURCES, ("MIT", "Apache-2.0", "GPL-3.0"), strict=True))
    origins = {
        name: Origin(f"somebody/{name}", "abc", licences[name], ("Copyright (c) X",), {name: "0" * 64}) for name in SOURCES
    }
    return Material("recordings", labels, origins, teaches_attacks=True)


@pytest.fixture(scope="module")
def pack(material: Material) -> StarterPack:
    return build([material], Store(), Store(), {"built": "2026-01-31"}, 1, Run())


def test_the_everyday_part_has_no_attack(pack: StarterPack) -> None:
    corpus, _ = make_table([row for row, kind in ROWS if kind == "attack"])
    attacks = set(corpus.keys)
    assert pack.blocks
    assert not any(attacks & set(block.corpus.keys) for block in pack.blocks)
    assert sum(int(block.corpus.counts.sum()) for block in pack.blocks) == 60


def test_copyleft_is_left_out_of_everything_and_named(pack: StarterPack) -> None:
    assert set(pack.sources) == {"one", "two"}
    assert {block.source for block in pack.blocks} == {"one", "two"}
    assert pack.manifest["left_out"]["copyleft"]["licence"] == "GPL-3.0"
    assert set(pack.priors) == {ALL, "one", "two"}


def test_provenance_and_digests_are_told(pack: StarterPack) -> None:
    entry = pack.manifest["sources"]["one"]
    assert entry["repository"] == "somebody/one"
    assert entry["digests"] == ["o" * 16]
    assert (entry["background_processes"], entry["attack_processes"]) == (30, 12)
    assert pack.sources_of({"t" * 64}) == ("two",)


def test_a_prior_speaks_where_two_sources_taught_it(pack: StarterPack) -> None:
    assert pack.priors[ALL].systems == (False, True)
    assert pack.priors["one"].systems == (False, False)  # one source is left


def test_the_same_again_is_the_same(pack: StarterPack, material: Material) -> None:
    again = build([material], Store(), Store(), {"built": "2026-01-31"}, 1, Run())
    for name, prior in pack.priors.items():
        arrays = again.priors[name].to_arrays()
        assert all(np.array_equal(column, arrays[key]) for key, column in prior.to_arrays().items())
    assert again.manifest == pack.manifest


def test_a_source_of_unknown_origin_is_an_error(material: Material) -> None:
    nameless = Material("recordings", material.labels, {}, teaches_attacks=True)
    with pytest.raises(InputError, match="comes from"):
        build([nameless], Store(), Store(), {}, 1, Run())
