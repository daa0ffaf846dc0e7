"""The starter as blocks and as files: the same counts, the same bytes, and never a source that must be left out."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.domain.corpora import empty_like
from engine.errors import ModelCorrupt
from engine.jobs.starter import PERMISSIVE
from engine.signals.catalogue.command_rarity import CommandTable
from engine.signals.pairs import PairTable
from engine.starter import file
from engine.starter.days import DAY_US, LEAST
from engine.starter.pack import ALL, Block, StarterPack, seen_sources
from tests.engine.detector.packs import FIRST, SECOND, make_pack
from tests.engine.detector.test_threat import BENIGN
from tests.engine.process_samples import make_table


@pytest.fixture(scope="module")
def pack() -> StarterPack:
    return make_pack()


def test_a_block_counts_what_its_part_counted() -> None:
    spelled = [
        (chain, parent, f"x.exe {'abcdefghij'[n % 10]} {'klmn'[n % 4]}") for n, (chain, parent, _line) in enumerate(BENIGN)
    ]
    corpus, table = make_table([*spelled, *spelled[:7], (spelled[0][0], -1, None)])
    block = Block.of("s", True, corpus, table)
    assert sorted(block.corpus.keys) == sorted(corpus.keys) == block.corpus.keys
    ours, theirs = PairTable.fit(block.corpus), PairTable.fit(corpus)
    assert ours.names == theirs.names
    assert np.array_equal(ours.pairs, theirs.pairs)
    assert np.array_equal(ours.counts, theirs.counts)
    ours, theirs = CommandTable.fit(block.corpus, block.table), CommandTable.fit(corpus, table)
    assert ours.total == theirs.total
    for name in ("pairs", "counts", "images", "image_counts", "words", "word_counts"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_command_lines_that_differ_in_numbers_only_count_once() -> None:
    corpus, table = make_table([(BENIGN[0][0], -1, f"x.exe --port {number}") for number in range(9)])
    assert len(Block.of("s", True, corpus, table).table) == 1


def test_a_pack_comes_back_bit_for_bit(pack: StarterPack, tmp_path: Path) -> None:
    file.save(pack, tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = file.load(tmp_path)
    file.save(again, tmp_path)
    assert first == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    queue, _ = make_table(BENIGN[:4])
    one, other = pack.starter(queue), again.starter(queue)
    assert one.corpus is not None
    assert other.corpus is not None
    assert one.processes is not None
    assert other.processes is not None
    assert one.corpus.keys == other.corpus.keys
    assert np.array_equal(one.corpus.counts, other.corpus.counts)
    assert np.array_equal(one.processes.commands.words, other.processes.commands.words)
    assert one.threat is not None
    assert other.threat is not None
    assert all(np.array_equal(array, other.threat.to_arrays()[name]) for name, array in one.threat.to_arrays().items())


def test_only_the_systems_of_the_case_come_in(pack: StarterPack) -> None:
    windows, _ = make_table(BENIGN[:4])
    found = pack.starter(windows).corpus
    assert found is not None
    assert not any(path.startswith("/") for path in found.paths)
    everything = pack.starter(empty_like(windows)).corpus
    assert everything is not None
    assert any(path.startswith("/") for path in everything.paths)


def test_a_source_is_left_out_of_chains_and_prior(pack: StarterPack) -> None:
    queue, _ = make_table(BENIGN[:4])
    assert pack.sources_of({FIRST, "c" * 64}) == ("one",)
    found = pack.starter(queue, pack.sources_of({FIRST}))
    assert found.corpus is not None
    assert set(found.corpus.keys) == set(pack.blocks[2].corpus.keys)
    assert found.threat is pack.priors["one"]
    assert found.about["left_out"] == ["one"]
    assert set(found.about["sources"]) == {"two"}
    assert pack.starter(queue).threat is pack.priors[ALL]


def test_without_two_sources_there_is_no_prior_and_without_all_no_chains(pack: StarterPack) -> None:
    queue, _ = make_table(BENIGN[:4])
    found = pack.starter(queue, pack.sources_of({FIRST, SECOND}))
    assert found.corpus is None
    assert found.threat is None
    assert found.about["sources"] == {}


def test_a_model_knows_whose_files_its_starter_was_made_of(pack: StarterPack) -> None:
    queue, _ = make_table(BENIGN[:4])
    manifest = {"starter": json.loads(json.dumps(pack.starter(queue, ["one"]).about))}
    assert seen_sources(manifest, {SECOND}) == ("two",)
    assert seen_sources(manifest, {FIRST}) == ()
    for nonsense in ({}, {"starter": None}, {"starter": {"sources": 3}}, {"starter": {"sources": {"two": "b"}}}):
        assert seen_sources(nonsense, {SECOND}) == ()


@pytest.mark.parametrize("damage", ["gone", "cut", "hash", "format", "range", "source", "prior"])
def test_damaged_files_are_model_corrupt(pack: StarterPack, tmp_path: Path, damage: str) -> None:
    file.save(pack, tmp_path)
    manifest, arrays = tmp_path / file.MANIFEST, tmp_path / file.ARRAYS
    told = json.loads(manifest.read_text())
    if damage == "gone":
        arrays.unlink()
    elif damage == "cut":
        arrays.write_bytes(arrays.read_bytes()[:-100])
        told["sha256"] = file.sha256(arrays.read_bytes()).hexdigest()
    elif damage == "hash":
        told["sha256"] = "0" * 64
    elif damage == "format":
        told["format"] = 99
    elif damage == "source":
        told["blocks"][0]["source"] = "somebody"
    else:
        with np.load(arrays) as stored:
            columns = {name: stored[name] for name in stored.files}
        name = "block0_words" if damage == "range" else "prior0_threat_feature"
        columns[name] = columns[name] + columns[name].dtype.type(200)
        np.savez(arrays, **columns)
        told["sha256"] = file.sha256(arrays.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told))
    with pytest.raises(ModelCorrupt):
        file.load(tmp_path)


def with_host_days() -> Block:
    rows = [(("/sbin/init", "/usr/sbin/sshd"), -1, None), (("/sbin/init", "/usr/sbin/sshd", "/bin/bash"), 0, "bash -l")]
    corpus, table = make_table(rows * LEAST, host=[n // LEAST for n in range(2 * LEAST)])
    time_us = np.where(
        np.arange(2 * LEAST) == 0, 3 * DAY_US, 5
    )  # a host-day of one process tells nothing, nor one less than LEAST
    return Block.of("one", False, corpus, replace(table, time_us=time_us))


@pytest.mark.parametrize("column", ["day", "chain", "count"])
@pytest.mark.parametrize("damage", ["shorter", "other", "negative"])
def test_host_days_that_do_not_fit_are_model_corrupt(tmp_path: Path, column: str, damage: str) -> None:
    file.save(StarterPack(make_pack().manifest, (with_host_days(),), {}), tmp_path)
    with np.load(tmp_path / file.ARRAYS) as stored:
        columns = {name: stored[name] for name in stored.files}
    name = f"block0_day_{column}"
    found = columns[name]
    wrong = {
        "shorter": found[:-1],
        "other": np.full_like(found, 0 if column == "count" else 200),
        "negative": -found.astype(np.int64),
    }
    np.savez(tmp_path / file.ARRAYS, **(columns | {name: wrong[damage]}))
    told = json.loads((tmp_path / file.MANIFEST).read_text())
    sha256 = file.sha256((tmp_path / file.ARRAYS).read_bytes()).hexdigest()
    (tmp_path / file.MANIFEST).write_text(json.dumps(told | {"sha256": sha256}))
    with pytest.raises(ModelCorrupt):
        file.load(tmp_path)


def test_host_days_come_back_and_are_what_ran_on_them(tmp_path: Path) -> None:
    block = with_host_days()
    assert block.days is not None
    file.save(StarterPack(make_pack().manifest, (block,), {}), tmp_path)
    found = file.load(tmp_path).blocks[0].days
    assert found is not None
    assert [found.day.tolist(), found.chain.tolist(), found.count.tolist()] == [
        [0, 0], [0, 1], sorted([LEAST // 2, LEAST // 2])
    ]  # fmt: skip
    day = block.clean_days()[0]
    assert (day.source, day.windows, len(day.corpus), int(day.corpus.counts.sum())) == ("one", False, 2, LEAST)
    shell = day.table.chain[np.flatnonzero(day.table.parent >= 0)]
    assert [len(day.corpus.keys), day.corpus.lengths[shell].tolist()] == [
        2,
        [3],
    ]  # bash stands below sshd, whose chain it continues
    assert day.table.commands is block.table.commands


def test_a_pack_of_before_counts_each_block_as_a_host_day(pack: StarterPack, tmp_path: Path) -> None:
    file.save(pack, tmp_path)
    told = json.loads((tmp_path / file.MANIFEST).read_text())
    with np.load(tmp_path / file.ARRAYS) as stored:
        np.savez(tmp_path / file.ARRAYS, **{name: stored[name] for name in stored.files if "_day_" not in name})
    sha256 = file.sha256((tmp_path / file.ARRAYS).read_bytes()).hexdigest()
    (tmp_path / file.MANIFEST).write_text(json.dumps(told | {"format": 1, "sha256": sha256}))
    days = file.load(tmp_path).starter(empty_like(pack.blocks[0].corpus)).days
    assert [(day.source, day.windows) for day in days] == [("one", True), ("one", False), ("two", True)]
    assert [int(day.corpus.counts.sum()) for day in days] == [int(block.corpus.counts.sum()) for block in pack.blocks]


def test_the_shipped_starter_is_small_sound_and_permitted(tmp_path: Path) -> None:
    shutil.copytree(file.FOLDER, tmp_path / "data")
    found = file.load(tmp_path / "data")
    files = {path.name for path in (tmp_path / "data").iterdir()}
    assert files == {file.MANIFEST, file.ARRAYS}
    assert sum(path.stat().st_size for path in (tmp_path / "data").iterdir()) < 3e6
    assert {entry["licence"] for entry in found.manifest["sources"].values()} <= PERMISSIVE
    assert "sbousseaden" in found.manifest["left_out"]
    assert "sbousseaden" not in {*found.sources, *found.priors}
    assert set(found.priors) == {ALL, *(set(found.sources) - {"simulator"})}
    assert all(len(entry["digests"]) for entry in found.manifest["sources"].values())
    assert {block.windows for block in found.blocks} == {True, False}
    assert sum(len(block.corpus) for block in found.blocks) > 1000
