"""The queue as labels re-ordered it: one row per scoring, its columns packed (learnt/packed.py). Derived: may be dropped."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from store.base.text import LogText
from store.schema.base import Base


class LearntQueueRow(Base):
    """The learnt order of a score set. Every blob has one value per position of that order unless told otherwise.

    Packed and not a table of a million rows: it is replaced as a whole after every verdict, and read as a whole.
    """

    __tablename__ = "learnt_queue"

    set_id: Mapped[int] = mapped_column(ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[int]
    """Newest label event of the case that it reflects."""
    elsewhere: Mapped[int]
    """Newest label event of other cases under the same detector that it reflects: their false positives count here too."""
    classifier: Mapped[str | None]
    """Model id; no reference, for a classifier that was removed only makes the row stale."""
    weight: Mapped[float]
    abstains: Mapped[int]
    created_us: Mapped[int]
    ranks: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian 32-bit integers: the detector's ranks, best first."""
    score: Mapped[bytes] = mapped_column(LargeBinary)
    """64-bit floats."""
    probability: Mapped[bytes | None] = mapped_column(LargeBinary)
    """32-bit floats, like the next two; NULL where all are unknown."""
    instant: Mapped[bytes | None] = mapped_column(LargeBinary)
    sequence: Mapped[bytes | None] = mapped_column(LargeBinary)
    effect: Mapped[bytes] = mapped_column(LargeBinary)
    """zlib over bytes: engine.verdicts.queue.Effect."""
    cause: Mapped[bytes] = mapped_column(LargeBinary)
    """zlib over 32-bit integers: the detector's rank of the labelled chain behind the effect, -1 - index into the origins
    for a shape remembered from elsewhere, 0 for none."""
    findings: Mapped[bytes] = mapped_column(LargeBinary)
    """32-bit integers: numbers of the findings, best first."""
    tops: Mapped[bytes] = mapped_column(LargeBinary)
    """32-bit integers by the finding's number, from 0: the detector's rank of that of its chains which stands first here."""
    finding_score: Mapped[bytes] = mapped_column(LargeBinary)
    """64-bit floats."""
    asks: Mapped[str] = mapped_column(LogText)
    """JSON: names of further orders, in the order in which `ask_ranks` packs them, with their lengths."""
    ask_ranks: Mapped[bytes] = mapped_column(LargeBinary)
    metrics: Mapped[str] = mapped_column(LogText)
    """JSON."""
