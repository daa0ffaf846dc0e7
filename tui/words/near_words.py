"""What is said of a word that learning never saw. Words are log text: all of it is made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.untrusted import visible

if TYPE_CHECKING:
    from engine.rules.learning.patterns import NearWords

NGRAMS = 12
SHARING = 5
WORD = 40


def no_vector(found: NearWords) -> str:
    """Of a word of which nothing is known."""
    return f"{_unseen(found)}. It has no vector: none of its {len(found.ngrams)} n-grams is in a known word."


def _unseen(found: NearWords) -> str:
    """Of a large estate not all words are kept: the rare ones cannot be told from those that never were."""
    if found.of > found.kept:
        return f"{visible(found.word, WORD)} is not among the {found.kept:,} words that are kept of {found.of:,}"
    return f"{visible(found.word, WORD)} was never seen"


def unseen_lines(found: NearWords) -> list[str]:
    """That a word was never seen, and what its vector is made of; nothing of one that was."""
    if found.seen:
        return []
    if not found.has_vector:
        return [no_vector(found)]
    grams = " ".join(visible(gram) for gram in found.known[:NGRAMS]) + " …" * (len(found.known) > NGRAMS)
    shared = ", ".join(f"{visible(word, WORD)} ({count})" for word, count in found.sharing[:SHARING])
    made = f"Its vector is of {len(found.known)} of its {len(found.ngrams)} n-grams, those in known words: {grams}"
    return [f"{_unseen(found)}. {made}", f"Known words that share most of them: {shared}"]
