"""Tables of what verdicts taught: which of them a classifier learnt from, and which classifiers a case was given."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.schema.base import Base


class TaughtVerdict(Base):
    """One verdict that a classifier learnt from. Not in its manifest: a package that travels should not list a case's chains."""

    __tablename__ = "taught_verdict"
    __table_args__ = (Index("taught_verdict_chain", "case_id", "chain_key"), {"sqlite_with_rowid": False})

    model_id: Mapped[str] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    chain_key: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str]
    """The effective one, scopes resolved."""
    held_out: Mapped[float | None]
    """Log odds of malicious by a learner that did not see the chain's finding; NULL where that is not known."""


class ClassifierUse(Base):
    """One time that a case was given a classifier, by its training or by hand. `model_use` says which of them it uses now."""

    __tablename__ = "classifier_use"
    __table_args__ = (Index("classifier_use_case", "case_id", "model_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), index=True)
    at_us: Mapped[int]
