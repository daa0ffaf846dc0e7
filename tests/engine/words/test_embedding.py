"""Path vectors: our own look-up against gensim's, reproducibility, and words that training never saw."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine.words.embedding as embedding_module
from engine.errors import Cancelled
from engine.progress import CancelToken, Run, Step
from engine.words.embedding import (
    MAX_WORD,
    MAX_WORDS,
    Embedding,
    EmbeddingParams,
    ascii_hashes,
    epochs_for,
    ngram_hashes,
    train_embedding,
    words_of,
)

PATHS = [
    *(rf"c:\windows\system32\{name}.exe" for name in ("svchost", "cmd", "conhost", "services", "lsass", "winlogon", "wmiprvse")),
    *(f"/usr/bin/{name}" for name in ("bash", "sh", "curl", "python3", "gcc", "make")),
    "/usr/sbin/sshd",
    r"c:\program files\contoso\ünïcode agent.exe",
]
QUICK = EmbeddingParams(epochs=20)


@pytest.fixture(scope="module")
def embedding():
    return train_embedding(PATHS, QUICK, seed=3)


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_ngrams_are_hashed_as_in_fasttext(word):
    from gensim.models.fasttext import ft_ngram_hashes

    assert ngram_hashes(word, 3, 5) == ft_ngram_hashes(word, 3, 5, 2**32)


def test_known_and_unknown_words_equal_gensims_own_answer(monkeypatch):
    kept = []
    original = embedding_module._to_arrays
    monkeypatch.setattr(embedding_module, "_to_arrays", lambda model, *rest: kept.append(model) or original(model, *rest))
    ours = train_embedding(PATHS, QUICK, seed=3)
    theirs = kept[0].wv
    assert np.array_equal(ours.word_vector("bash"), theirs["bash"])
    # All but the last few n-grams are known; gensim leaves its random start values in the rows that training never touched.
    start_noise = 1.0 / ours.size
    assert np.abs(ours.word_vector("conhost.ex") - theirs["conhost.ex"]).max() <= start_noise
    assert np.linalg.norm(ours.word_vector("conhost.ex")) > 0


def test_unknown_executable_lies_near_its_look_alike_and_is_never_dropped(embedding):
    known, alike, other, alien = embedding.transform(
        [r"c:\windows\system32\svchost.exe", r"c:\windows\system32\svchosts.exe", "/usr/bin/gcc", "漢字漢字"]
    )
    assert np.linalg.norm(alike - known) < np.linalg.norm(other - known)
    assert np.isfinite(alien).all()


def test_a_paths_vector_does_not_depend_on_its_neighbours(embedding):
    together = embedding.transform([*PATHS, r"c:\temp\qx.exe"])
    for path, row in zip([*PATHS, r"c:\temp\qx.exe"], together, strict=True):
        assert np.array_equal(embedding.transform([path])[0], row)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_any_text_has_a_finite_vector(text):
    embedding = _shared()
    vector = embedding.transform([text])
    assert vector.shape == (1, 64)
    assert np.isfinite(vector).all()


_KEPT = []


def _shared():
    if not _KEPT:
        _KEPT.append(train_embedding(PATHS, QUICK, seed=3))
    return _KEPT[0]


def test_hostile_names_are_bounded():
    assert max(map(len, words_of("/tmp/" + "a" * 1_000_000))) == MAX_WORD
    assert len(words_of("/".join(["d"] * 5000) + "/evil")) == MAX_WORDS
    assert words_of("/x/" * 5000 + "evil")[-1] == "evil"
    assert words_of("/tmp/\udce9vil") == ["/", "tmp", "?vil"]
    assert words_of("") == ["?"]
    train_embedding(["/tmp/\udce9vil", "\x00", "/a"], EmbeddingParams(epochs=1), seed=1)


def test_same_seed_same_vectors_whatever_the_order_and_other_seeds_differ(embedding):
    again = train_embedding([*reversed(PATHS), *PATHS], QUICK, seed=3)
    assert again.words == embedding.words
    assert np.array_equal(again.word_vectors, embedding.word_vectors)
    assert np.array_equal(again.bucket_vectors, embedding.bucket_vectors)
    assert not np.array_equal(train_embedding(PATHS, QUICK, seed=4).word_vectors, embedding.word_vectors)


def test_vectors_do_not_depend_on_pythons_hash_seed(embedding):
    code = (
        "import hashlib; from engine.words.embedding import *; from tests.engine.words.test_embedding import PATHS, QUICK;"
        "print(hashlib.sha256(train_embedding(PATHS, QUICK, seed=3).word_vectors.tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == hashlib.sha256(embedding.word_vectors.tobytes()).hexdigest()


def test_cancelling_stops_at_the_next_epoch():
    token, steps = CancelToken(), []

    def listener(step: Step) -> None:
        steps.append(step)
        if step.done == 3:
            token.cancel()

    with pytest.raises(Cancelled):
        train_embedding(PATHS, EmbeddingParams(epochs=50), 1, Run(listener, token))
    assert [step.done for step in steps] == [1, 2, 3]


def test_small_corpora_get_many_epochs_and_do_not_collapse():
    assert epochs_for(500) >= 100
    assert epochs_for(10_000_000) == 8
    trained = train_embedding(PATHS, EmbeddingParams(), seed=1)
    assert trained.metrics["mean_cosine"] < 0.7


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=40),
    st.sampled_from(["svchost.exe", "a", "ünïcode\udfff漢", ""]),
)
def test_an_unknown_word_is_the_mean_of_its_parts_to_the_last_bit(numbers, word):
    """Added up in the order of the word, whatever sums the columns: models score the same bit for bit everywhere."""
    vectors = np.resize(np.array(numbers, dtype=np.float32), (64, 4))
    made = Embedding((), np.zeros((0, 4), np.float32), np.arange(0, 128, 2), vectors, 128, 3, 6)
    hashes = ngram_hashes(word, 3, 6)
    total = np.zeros(4, dtype=np.float32)
    for number in hashes:
        if number % 128 % 2 == 0:
            total += vectors[number % 128 // 2]
    assert made.word_vector(word).tobytes() == (total / np.float32(max(len(hashes), 1))).tobytes()


@pytest.mark.parametrize(("least", "most"), [(1, 1), (2, 5), (6, 4)])
def test_parts_of_a_word_are_in_the_order_of_where_they_begin_and_of_their_lengths(least, most):
    def alone(part: str) -> int:
        value = 2166136261
        for byte in part.encode("utf-8", "replace"):
            value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
        return value

    text = "<é\ud800\udfffab漢>"
    parts = [text[at : at + size] for at in range(len(text)) for size in range(least, min(most, len(text) - at) + 1)]
    assert ngram_hashes(text[1:-1], least, most) == [alone(part) for part in parts]


@given(st.lists(st.text(st.characters(max_codepoint=127), max_size=12), max_size=6), st.integers(1, 4), st.integers(1, 6))
def test_words_together_are_cut_as_each_of_them(words, least, most):
    hashes, start = ascii_hashes(words, least, most)
    ends = [*start, len(hashes)][1:]
    assert [hashes[begin:end].tolist() for begin, end in zip(start, ends, strict=True)] == [
        ngram_hashes(word, least, most) for word in words
    ]


@given(st.lists(st.sampled_from(["bash", "svchost.exe", "ünïcode\udfff漢", "", "a" * 70, "conhost.ex"]), max_size=8))
def test_vectors_of_words_are_those_of_each_to_the_last_bit(words):
    numbers = np.random.default_rng(3).normal(size=(64, 4)).astype(np.float32)
    made = Embedding(("bash",), numbers[:1], np.arange(0, 128, 2), numbers, 128, 3, 5)
    found = made.vectors_of(words)
    assert {word: vector.tobytes() for word, vector in found.items()} == {
        word: made.word_vector(word).tobytes() for word in words
    }
