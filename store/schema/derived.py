"""Tables of what is derived, packed, and may be dropped: the queue as labels re-ordered it (learnt/packed.py), and what would
be computed again from a scoring and the evidence behind it (scores/kept.py).
"""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, ForeignKeyConstraint, Integer, LargeBinary, String, Table

from store.base.text import LogText
from store.schema.base import Base, required

LEARNT_QUEUE = Table(
    "learnt_queue",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    # Newest label event of the case that it reflects.
    required("event", Integer),
    # Newest label event of other cases under the same detector that it reflects: their false positives count here too.
    required("elsewhere", Integer),
    # Model id; no reference, for a classifier that was removed only makes the row stale.
    Column("classifier", String),
    required("weight", Double),
    required("abstains", Integer),
    required("created_us", Integer),
    # Little-endian 32-bit integers: the detector's ranks, best first.
    required("ranks", LargeBinary),
    # 64-bit floats.
    required("score", LargeBinary),
    # 32-bit floats, like the next two; NULL where all are unknown.
    Column("probability", LargeBinary),
    Column("instant", LargeBinary),
    Column("sequence", LargeBinary),
    # zlib over bytes: engine.verdicts.queue.Effect.
    required("effect", LargeBinary),
    # zlib over 32-bit integers: the detector's rank of the labelled chain behind the effect, -1 - index into the origins for a
    # shape remembered from elsewhere, 0 for none.
    required("cause", LargeBinary),
    # 32-bit integers: numbers of the findings, best first.
    required("findings", LargeBinary),
    # 32-bit integers by the finding's number, from 0: the detector's rank of that of its chains which stands first here.
    required("tops", LargeBinary),
    # 64-bit floats.
    required("finding_score", LargeBinary),
    # JSON: names of further orders, in the order in which `ask_ranks` packs them, with their lengths.
    required("asks", LogText),
    required("ask_ranks", LargeBinary),
    # JSON.
    required("metrics", LogText),
)
"""The learnt order of a score set. Every blob has one value per position of that order unless told otherwise.

Packed and not a table of a million rows: it is replaced as a whole after every verdict, and read as a whole.
"""

KEPT = Table(
    "kept",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    # State of the evidence and version of the code: what was made from another one is not read.
    required("made_from", String),
    # JSON: of each array its name, the type it is stored in, its own type, its shape.
    required("head", LogText),
    # BLAKE2b over all parts in their order, 32 hex digits.
    required("digest", String),
)
"""Some arrays that belong together. They go with their score set."""

KEPT_PART = Table(
    "kept_part",
    Base.metadata,
    Column("set_id", Integer, primary_key=True),
    Column("name", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    required("data", LargeBinary),
    ForeignKeyConstraint(["set_id", "name"], ["kept.set_id", "kept.name"], ondelete="CASCADE"),
)
"""A piece of the arrays' bytes, one array after the other: a million chains have more than one value should hold."""
