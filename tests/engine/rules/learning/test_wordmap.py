"""Maps: one an operating system, clusters named by what their words have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelCorrupt, UsageError
from engine.knowledge.locations import Zone
from engine.progress import Run
from engine.rules.learning import patterns
from engine.rules.learning.alignment import ClusterMember
from engine.rules.learning.cluster_patterns import pattern_of
from engine.rules.learning.learn import learn
from engine.rules.learning.patterns import Patterns
from engine.rules.learning.wordmap import ORIGINS, WordMap, word_maps
from tests.variety.paths import paper_paths


def named(words: list[str], parents: list[str], made: dict[str, str] | None = None) -> str:
    members = [ClusterMember(word, word, parents[at % len(parents)], False, int(Zone.SYSTEM)) for at, word in enumerate(words)]
    return pattern_of(members, lambda word: (made or {}).get(word, word), "\\")


def test_a_cluster_is_named_by_what_its_words_share() -> None:
    hosts = [f"{name}.exe" for name in ("cmd", "net", "whoami", "tasklist", "arp", "dns", "find", "sort")]
    assert named(hosts, ["system32"]) == "system32\\*.exe"
    assert named(hosts, ["edge", "update", "x"]) == "{edge,update}\\*.exe"
    assert named(hosts, [f"d{number}" for number in range(9)]) == "*.exe"
    temporary = {f"msi{number}a.tmp": "msi<temp>.tmp" for number in range(5)}
    assert named(list(temporary), ["temp"], temporary) == "msi<temp>.tmp"
    apps = {f"m.{name}_{at}.1_x64": f"m.{name}_<version>_x64" for at, name in enumerate("abcdef")}
    assert named(list(apps), ["apps"], apps) == "m.*_<version>_x64"
    builds = {f"{number:08x}": "<hex>" for number in range(6)}
    assert named(list(builds), ["build"], builds) == "build\\<hex>"
    assert named([], [""]) == "*"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Patterns:
    folder = tmp_path_factory.mktemp("patterns")
    patterns.save(learn([one.path for one in paper_paths(0.002)], 1, Run()), folder)
    return patterns.load(folder)


@pytest.fixture(scope="module")
def maps(kept: Patterns) -> tuple[WordMap, ...]:
    return word_maps(kept, 1, Run())


def test_each_system_has_a_map_of_its_own(maps: tuple[WordMap, ...]) -> None:
    windows, linux = sorted(maps, key=lambda one: one.system, reverse=True)
    assert (windows.system, linux.system) == ("windows", "linux")
    assert not set(windows.words) & set(linux.words)
    assert "system32" in windows.words
    assert {"usr", "tmp"} & set(linux.words)
    assert "c:" not in linux.words
    for one in (windows, linux):
        assert one.place.shape == (len(one.words), 2)
        assert 0 <= one.place.min() <= one.place.max() <= 1
        assert set(one.names) <= set(one.labels.tolist())
    assert not set(windows.names) & set(linux.names), "a cluster is named once"


def test_the_same_seed_gives_the_same_maps_and_few_words_of_a_system_are_not_left_out(kept: Patterns) -> None:
    first, again = word_maps(kept, 1, Run(), most=60), word_maps(kept, 1, Run(), most=60)
    assert [one.place.tobytes() for one in first] == [one.place.tobytes() for one in again]
    assert sum(len(one.words) for one in first) == 60
    rare = replace(kept, posix=(np.arange(len(kept.words)) < 3).astype(np.int32))
    assert [len(one.words) for one in word_maps(rare, 1, Run())][1] == 3


def test_names_are_patterns_and_colours_what_became_of_words(maps: tuple[WordMap, ...]) -> None:
    names = [name for one in maps for name in one.names.values()]
    assert any("<" in name for name in names)
    assert any("*" in name for name in names)
    temporary, unchanged = ORIGINS.index("temporary name"), len(ORIGINS) - 1
    origins = {word: int(origin) for one in maps for word, origin in zip(one.words, one.origins, strict=True)}
    assert origins["system32"] == unchanged
    assert {origin for word, origin in origins.items() if word.startswith("is-") and word.endswith(".tmp")} <= {temporary}
    assert temporary in origins.values()


def test_what_an_older_version_learnt_has_no_map_and_its_words_stay(kept: Patterns, tmp_path: Path) -> None:
    older = replace(kept, posix=np.full(len(kept.words), -1, np.int32))
    with pytest.raises(UsageError, match="older version") as told:
        word_maps(older, 1, Run())
    assert "oddkin rules learn" in told.value.remedy


def test_patterns_of_an_older_version_are_read(tmp_path: Path) -> None:
    """Without systems, kinds and names of clusters; what does not fit is damage."""
    import json

    learnt = learn([one.path for one in paper_paths(0.0005)], 1, Run())
    patterns.save(learnt, tmp_path)
    plain = json.loads((tmp_path / "patterns.json").read_text())
    del plain["kinds"]
    for one in plain["clusters"]:
        del one["pattern"]
    with np.load(tmp_path / "patterns.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    bad = arrays | {"changed_by": np.full_like(arrays["changed_by"], 999)}
    for name in ("posix", "changed_by"):
        del arrays[name]
    (tmp_path / "patterns.json").write_text(json.dumps(plain))
    np.savez(tmp_path / "patterns.npz", **arrays)
    found = patterns.load(tmp_path)
    assert len(found.words) == len(found.posix)
    assert found.look(found.words[0]).seen
    np.savez(tmp_path / "patterns.npz", **bad)
    with pytest.raises(ModelCorrupt, match="do not fit"):
        patterns.load(tmp_path)
