"""Tables of verdicts: what was said (append-only), what holds now (derived from it), and which classifiers learnt from what."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base.text import LogText
from store.schema.base import Base, required


class LabelEvent(Base):
    """One change of one verdict. Never updated, never deleted (except with its case)."""

    __tablename__ = "label_event"
    __table_args__ = (Index("label_event_case", "case_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    batch: Mapped[int]
    """Events of one act (several marked chains, an import) share the number; they are undone together."""
    action: Mapped[str]
    """set, undo, redo, or merge: what holds by the verdicts of another workspace, with their authors and times."""
    undoes: Mapped[int | None]
    """The batch that an undo or redo reverses: an undo the batch of a set or redo, a redo that of an undo."""
    chain_key: Mapped[str]
    scope: Mapped[str] = mapped_column(LogText)
    """"" the whole chain; "host:<name>" on one host; "prefix:<k>" every chain that begins with the first k steps;
    "variant:<shape>" its processes of one shape of command line; "process:<source>:<position>:<mark>" one of them
    (store/scope/scopes.py)."""
    old_verdict: Mapped[str | None]
    old_event: Mapped[int | None]
    """The event whose verdict, note, author and time held before."""
    verdict: Mapped[str | None]
    """NULL: none any more."""
    note: Mapped[str] = mapped_column(LogText)
    author: Mapped[str] = mapped_column(LogText)
    at_us: Mapped[int]
    restores: Mapped[int | None]
    """Of an undo or redo: the event that holds again, so that author and time come back with the verdict."""
    about: Mapped[str] = mapped_column(LogText, server_default="")
    """What the act was on, as it was called then: "F3", "F3/2", "P1234"; "" for a chain."""


class LabelCurrent(Base):
    """The verdicts that hold now; can be rebuilt from the events at any time."""

    __tablename__ = "label_current"
    __table_args__ = (
        Index("label_current_verdict", "case_id", "verdict"),
        Index("label_current_prefix", "case_id", "steps", sqlite_where=text("steps IS NOT NULL")),
        # Those on processes and variants, whatever chain they were given under.
        Index("label_current_narrow", "case_id", "scope", sqlite_where=text("scope >= 'process:' AND scope < 'variant;'")),
        {"sqlite_with_rowid": False},
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    chain_key: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(LogText, primary_key=True)
    verdict: Mapped[str]
    note: Mapped[str] = mapped_column(LogText)
    author: Mapped[str] = mapped_column(LogText)
    at_us: Mapped[int]
    event_id: Mapped[int]
    steps: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Packed first steps, for a prefix scope."""


PROCESS_VERDICT = Table(
    "process_verdict",
    Base.metadata,
    Column("process_id", Integer, primary_key=True),
    required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE"), index=True),
    # The chain that the process ends in now; not the one that it was given its verdict under, should linking have changed it.
    required("chain_id", Integer),
    required("verdict", String),
    # The event of `label_current` that it comes of.
    required("event_id", Integer),
    # 1 on the process itself, 0 on its variant.
    required("own", Integer),
    Index("process_verdict_chain", "chain_id"),
)
"""The verdict on a process that is narrower than one on its chain, resolved. Can be rebuilt from `label_current` at any time, and
is after linking (store/narrow/resolved.py)."""

MERGED_EVENT = Table(
    "merged_event",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE")),
    # Of the event: the same event has the same one in every workspace.
    required("digest", String),
    # Canonical JSON (store/verdicts/colleagues.py).
    required("event", String),
    UniqueConstraint("case_id", "digest"),
)
"""What colleagues said, event by event, of the same evidence in another workspace: nothing of it is lost, also where it is on a
process that is not in the case, or where something newer holds."""

TAUGHT_VERDICT = Table(
    "taught_verdict",
    Base.metadata,
    Column("model_id", String, ForeignKey("model.id", ondelete="CASCADE"), primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("chain_key", String, primary_key=True),
    # Of the processes whose command lines have this shape (engine.words.command_shape), 0 for those without one; -1 for all of
    # the chain, as classifiers of before were taught.
    Column("shape", Integer, primary_key=True),
    # The effective one, scopes resolved.
    required("verdict", String),
    # Log odds of malicious by a learner that did not see the chain's finding; NULL where that is not known.
    Column("held_out", Double),
    Index("taught_verdict_chain", "case_id", "chain_key"),
    sqlite_with_rowid=False,
)
"""One verdict that a classifier learnt from. Not in its manifest: a package that travels should not list a case's chains."""

CLASSIFIER_USE = Table(
    "classifier_use",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE")),
    required("model_id", String, ForeignKey("model.id", ondelete="CASCADE"), index=True),
    required("at_us", Integer),
    Index("classifier_use_case", "case_id", "model_id"),
    sqlite_autoincrement=True,
)
"""One time that a case was given a classifier, by its training or by hand. `model_use` says which of them it uses now."""
