"""What would be computed again from a scoring and the evidence behind it, packed (scores/kept.py). Derived: may be dropped."""

from __future__ import annotations

from sqlalchemy import ForeignKey, ForeignKeyConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from store.base.text import LogText
from store.schema.base import Base


class Kept(Base):
    """Some arrays that belong together. They go with their score set."""

    __tablename__ = "kept"

    set_id: Mapped[int] = mapped_column(ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    made_from: Mapped[str]
    """State of the evidence and version of the code: what was made from another one is not read."""
    head: Mapped[str] = mapped_column(LogText)
    """JSON: of each array its name, the type it is stored in, its own type, its shape."""
    digest: Mapped[str]
    """BLAKE2b over all parts in their order, 32 hex digits."""


class KeptPart(Base):
    """A piece of the arrays' bytes, one array after the other: a million chains have more than one value should hold."""

    __tablename__ = "kept_part"
    __table_args__ = (ForeignKeyConstraint(["set_id", "name"], ["kept.set_id", "kept.name"], ondelete="CASCADE"),)

    set_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
