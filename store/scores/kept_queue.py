"""The queue of a scoring with its features, which verdicts do not change, as the arrays that store/scores/kept.py keeps."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from sqlalchemy import Connection

from engine.domain import chain_keys
from engine.domain.arrays import Floats, Ints
from engine.domain.chains import ChainCorpus
from engine.verdicts.features import VERSION, Bags, VariantFeatures
from engine.verdicts.shapes import Shapes
from engine.verdicts.variants import ChainVariants
from engine.verdicts.verdicts import BaseQueue
from store.base.blocks import blocks
from store.scores import kept
from store.scores.kept import Array, texts_in, texts_of
from store.scores.ranking import Ranking

NAME = "queue"
PACKED = 5
"""Raise it when the same queue is packed in another way. A test compares the packing of a simulated fleet with this one's."""
COLUMNS = ("ids", "steps", "lengths", "counts", "hosts", "first_us")
"""Of the corpus. A column that is added there has to be kept here: a test compares what is loaded field by field."""


def save(connection: Connection, base: BaseQueue, features: VariantFeatures) -> None:
    """Replace what is kept. Needs a write transaction. A queue that no store gave cannot be kept."""
    if base.basis is None:
        return
    set_id, evidence = base.basis
    kept.save(connection, set_id, NAME, made_from(evidence), packed(base, features))


def save_scored(ranking: Ranking, evidence: str, corpus: ChainCorpus, variants: ChainVariants, features: VariantFeatures) -> bool:
    """The same for chains that were just scored, and the variants and features of all of them. False where some have no score."""
    placed, score = scores_of(ranking)
    at = np.minimum(np.searchsorted(placed[:, 0], corpus.ids), max(len(placed) - 1, 0))
    if len(placed) != len(corpus) or not np.array_equal(placed[at, 0], corpus.ids):
        return False
    worth = finding_scores_of(ranking)
    base = BaseQueue(corpus, None, score[at], placed[at, 1], placed[at, 2], variants, worth, (ranking.set, evidence))
    save(ranking.connection, base, features)
    return True


def scores_of(ranking: Ranking) -> tuple[Ints, Floats]:
    """[r, 3] chain, rank, finding, by chain; [r] score. Only chains that some process ends in, as in a corpus."""
    query = (
        "SELECT s.chain_id, s.rank, s.member_of, s.score FROM score s CROSS JOIN chain c ON c.id = s.chain_id"
        " WHERE s.set_id = ? AND c.count > 0"
    )
    # Integers up to 2**53 are exact.
    parts = [np.array(rows, dtype=np.float64) for rows in blocks(ranking.connection, query, (ranking.set,))]
    table = np.concatenate(parts) if parts else np.zeros((0, 4))
    table = table[np.argsort(table[:, 0], kind="stable")]
    return table[:, :3].astype(np.int64), table[:, 3].copy()


def finding_scores_of(ranking: Ranking) -> Floats:
    """[f] the detector's scores of the findings of a score set, by number from 1; NaN for a number that is none's."""
    query = "SELECT rank, score FROM finding WHERE set_id = ? ORDER BY rank"
    rows = np.array(ranking.connection.exec_driver_sql(query, (ranking.set,)).all(), dtype=np.float64).reshape(-1, 2)
    found = np.full(int(rows[:, 0].max(initial=0)), np.nan)
    found[rows[:, 0].astype(np.int64) - 1] = rows[:, 1]
    return found


def load(connection: Connection, set_id: int, evidence: str) -> tuple[BaseQueue, VariantFeatures] | None:
    """What was kept of a score set, None where that is nothing or no longer true."""
    arrays = kept.load(connection, set_id, NAME, made_from(evidence))
    return None if arrays is None else unpacked(arrays, (set_id, evidence))


def made_from(evidence: str) -> str:
    """What decides whether what was kept is still what would be made: numpy's functions are part of the code."""
    return f"{evidence} features {VERSION} packed {PACKED} numpy {np.__version__}"


def packed(base: BaseQueue, features: VariantFeatures) -> dict[str, Array]:
    """Everything but the processes: the features were made from these."""
    corpus = base.corpus
    keys = chain_keys.halves(corpus.keys).astype(">u8").view(np.uint8).reshape(-1)
    arrays: dict[str, Array] = {
        "keys": keys,
        "paths": texts_in(corpus.paths),
        "totals": np.array([corpus.host_total, corpus.host_days], dtype=np.float64),
        "score": base.score,
        "rank": base.rank,
        "finding": base.finding,
        "finding score": base.finding_score,
        "word sizes": features.steps.sizes(),
        "words": features.steps.words,
        "own word sizes": features.own.sizes(),
        "own words": features.own.words,
        "numbers": features.numbers,
        "privilege": features.privilege,
        "shape paths": texts_in(features.shapes.paths),
        "shape steps": features.shapes.steps,
        "shape": features.shapes.of_chain,
        "programs": features.programs,
        "errors": features.errors,
    }
    arrays |= {f"variant {field.name}": getattr(base.variants, field.name) for field in fields(ChainVariants)}
    return arrays | {name: getattr(corpus, name) for name in COLUMNS}


def unpacked(arrays: dict[str, Array], basis: tuple[int, str]) -> tuple[BaseQueue, VariantFeatures]:
    """Inverse of `packed`."""
    corpus = ChainCorpus(
        keys=chain_keys.texts(arrays["keys"].view(">u8").reshape(-1, 2)),
        paths=texts_of(arrays["paths"]),
        host_total=int(arrays["totals"][0]),
        host_days=float(arrays["totals"][1]),
        **{name: arrays[name] for name in COLUMNS},
    )
    variants = ChainVariants(**{field.name: arrays[f"variant {field.name}"] for field in fields(ChainVariants)})
    base = BaseQueue(corpus, None, arrays["score"], arrays["rank"], arrays["finding"], variants, arrays["finding score"], basis)
    shapes = Shapes(texts_of(arrays["shape paths"]), arrays["shape steps"], arrays["shape"])
    steps, own = (Bags(_starts(arrays[f"{name}word sizes"]), arrays[f"{name}words"]) for name in ("", "own "))
    return base, VariantFeatures(
        variants.chain, steps, own, arrays["numbers"], arrays["privilege"], shapes, arrays["programs"], arrays["errors"]
    )


def _starts(sizes: Array) -> Ints:
    return np.cumsum(np.append(0, sizes), dtype=np.int64)
