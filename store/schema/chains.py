"""Tables derived from linked processes: chains, and on which hosts they occur."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.schema.base import Base


class Chain(Base):
    """A unique chain of a case. Labels refer to `key`, which survives relinking; rows here come and go."""

    __tablename__ = "chain"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        # Byte order of the packed steps: all chains that begin alike are neighbours.
        Index("chain_steps", "case_id", "steps"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    key: Mapped[str]
    """32 hex digits."""
    steps: Mapped[bytes] = mapped_column(LargeBinary)
    """Path ids, root first, as little-endian 32-bit integers without padding."""
    length: Mapped[int]
    count: Mapped[int] = mapped_column(server_default="0")
    """Recorded processes that end here (placeholders do not count); like the next three refreshed after linking."""
    host_count: Mapped[int] = mapped_column(server_default="0")
    first_us: Mapped[int | None]
    last_us: Mapped[int | None]


class ChainHost(Base):
    """How often a chain occurs on a host: relinking one host replaces one range of this table."""

    __tablename__ = "chain_host"
    __table_args__ = (Index("chain_host_chain", "chain_id"), {"sqlite_with_rowid": False})

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"), primary_key=True)
    count: Mapped[int]
    first_us: Mapped[int | None]
    last_us: Mapped[int | None]
