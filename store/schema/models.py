"""Tables of models, scores and normalisation rules."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base.text import LogText
from store.schema.base import Base, required


class Model(Base):
    """A version in the vault; the folder models/<id>/ holds the rest. Immutable."""

    __tablename__ = "model"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """detector or classifier."""
    created_us: Mapped[int]
    manifest: Mapped[str] = mapped_column(LogText)
    """Copy of manifest.json for listings; the file is what counts."""
    manifest_sha256: Mapped[str]
    size: Mapped[int]


class ModelUse(Base):
    """Which model of a kind a case uses."""

    __tablename__ = "model_use"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), index=True)
    at_us: Mapped[int]


class ScoreSetRow(Base):
    """One scoring of a case by a model."""

    __tablename__ = "score_set"
    __table_args__ = (UniqueConstraint("case_id", "model_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    model_id: Mapped[str] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"), index=True)
    created_us: Mapped[int]
    threshold: Mapped[float]
    chains: Mapped[int]
    signals: Mapped[str] = mapped_column(LogText)
    """JSON list of signal names, in the order in which `Score.signals` packs them."""
    metrics: Mapped[str] = mapped_column(LogText)
    """JSON."""


class Score(Base):
    """One chain's place in the queue. The primary key is the queue's order: a page is one range of the table."""

    __tablename__ = "score"
    __table_args__ = (
        Index("score_chain", "chain_id", "set_id"),
        Index("score_finding", "set_id", "finding", sqlite_where=text("finding > 0")),
        # With the primary key behind it: the chains of a finding, best first. Not for positive numbers only: beside the
        # condition that such an index asks for, SQLite takes the range instead of the number.
        Index("score_member", "set_id", "member_of"),
        {"sqlite_with_rowid": False},
    )

    set_id: Mapped[int] = mapped_column(ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"))
    score: Mapped[float]
    finding: Mapped[int]
    """The finding's number where the chain itself is above the threshold, 0 below it."""
    worst_step: Mapped[int]
    step_errors: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian 32-bit floats, one per step."""
    signals: Mapped[bytes] = mapped_column(LargeBinary)
    """Little-endian 64-bit floats: value and tail of each signal. JSON would be five times as long and lossy."""
    member_of: Mapped[int] = mapped_column(server_default="0")
    """Number of the best finding that covers one of the chain's processes, whatever the threshold; 0 where there is none."""


FINDING = Table(
    "finding",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("rank", Integer, primary_key=True),
    # 32 hex digits over chains and variants of its odd part: the same ones in a later scoring are the same finding.
    required("key", String),
    required("score", Double),
    # Rank of the chain of its oddest process.
    required("top_rank", Integer),
    # Chains that one of its processes ends in.
    required("chains", Integer),
    # Recorded processes that it covers, on `hosts` hosts.
    required("processes", Integer),
    required("hosts", Integer),
    Column("first_us", Integer),
    Column("last_us", Integer),
    # How many alike incidents, and how many of their processes are odd.
    required("incidents", Integer, server_default="1"),
    required("odd", Integer, server_default="0"),
    # Its oddest process.
    required("lead", Integer, server_default="0"),
    # 32-bit floats, little-endian: how much each signal has of the score, in the order of the scoring's metrics["parts"].
    # NULL in scorings of before.
    Column("parts", LargeBinary),
    sqlite_with_rowid=False,
)
"""One finding of a scoring: incidents that are alike. Its rank is its number; a page is one range of the table."""

INCIDENT = Table(
    "incident",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    # The finding, and the incident's place in it from 1: F3/2.
    Column("finding", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    # What `covered` calls it; unique in the set.
    required("number", Integer),
    required("host_id", Integer),
    # Processes: the topmost, the oddest.
    required("top", Integer),
    required("lead", Integer),
    # The oddest process's score.
    required("score", Double),
    # Recorded processes that it covers, and how many of them are odd.
    required("processes", Integer),
    required("odd", Integer),
    Column("first_us", Integer),
    Column("last_us", Integer),
    Index("incident_number", "set_id", "number", unique=True),
    sqlite_with_rowid=False,
)
"""Connected processes of one host (engine.findings.incidents). Of a finding the oddest first, then by host and time."""

COVERED = Table(
    "covered",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("process_id", Integer, primary_key=True),
    required("incident", Integer),
    # 1 odd in itself, 0 taken along: on the way up, or below what is odd.
    required("odd", Integer),
    # The process's own score (engine.detector.process_scores); NULL where its chain has none.
    Column("score", Double),
    Index("covered_incident", "set_id", "incident"),
    sqlite_with_rowid=False,
)
"""Which incident a process is in. Without a foreign key on the process: what linking takes away stays here until the case is
scored anew, and joins do without it."""

FINDING_CHAIN = Table(
    "finding_chain",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("finding", Integer, primary_key=True),
    # The chain's rank in the set.
    Column("rank", Integer, primary_key=True),
    # The finding's recorded processes that end in the chain, and how many of them are odd.
    required("processes", Integer),
    required("odd", Integer),
    Index("finding_chain_rank", "set_id", "rank"),
    sqlite_with_rowid=False,
)
"""Which chains the processes of a finding end in. A chain is in as many findings as its processes are."""

VARIANT = Table(
    "variant",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    Column("chain_id", Integer, primary_key=True),
    # engine.words.command_shape.shape_number of its command lines; 0 for processes without one.
    Column("shape", Integer, primary_key=True),
    required("processes", Integer),
    required("hosts", Integer),
    # The highest among its processes.
    Column("score", Double),
    # Its oddest process, whose command line stands for all.
    required("lead", Integer),
    sqlite_with_rowid=False,
)
"""A chain's processes whose command lines have one shape, as they were when the case was scored."""

RELATED = Table(
    "related",
    Base.metadata,
    Column("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True),
    # Processes on two hosts: what started something elsewhere, and what was started there.
    Column("from_process", Integer, primary_key=True),
    Column("to_process", Integer, primary_key=True),
    # engine.findings.related.RemoteStart, by its word.
    required("how", String),
    # JSON list of sentences.
    required("evidence", LogText),
    sqlite_with_rowid=False,
)
"""Two ends of one remote start, both in the case. Their incidents stay two."""


class ExpectationRow(Base):
    """What the model expected at the worst step, for chains that somebody may open."""

    __tablename__ = "expectation"
    __table_args__ = (Index("expectation_chain", "chain_id"), {"sqlite_with_rowid": False})

    set_id: Mapped[int] = mapped_column(ForeignKey("score_set.id", ondelete="CASCADE"), primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("chain.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int]
    alternatives: Mapped[str] = mapped_column(LogText)
    """JSON list of paths."""
    sentence: Mapped[str] = mapped_column(LogText)
    reasons: Mapped[str] = mapped_column(LogText, server_default="{}")
    """JSON: what is told of the chain's signals and steps (engine.domain.scores.Reasons)."""


class RuleSetRow(Base):
    """A version of the rules as they were applied together."""

    __tablename__ = "rule_set"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    created_us: Mapped[int]
    fingerprint: Mapped[str]


class RuleRow(Base):
    """One learnt normalisation rule. Rejected ones stay: they are not proposed again."""

    __tablename__ = "rule"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern: Mapped[str] = mapped_column(LogText)
    replacement: Mapped[str] = mapped_column(LogText)
    state: Mapped[str]
    """proposed, accepted or rejected."""
    version: Mapped[int]
    support: Mapped[int]
    cluster: Mapped[str] = mapped_column(LogText)
    """JSON: where it was learnt from, with examples."""
    created_us: Mapped[int]
    decided_us: Mapped[int | None]


class RuleSetMember(Base):
    """Which rules a version held and in which order they ran."""

    __tablename__ = "rule_set_member"
    __table_args__ = ({"sqlite_with_rowid": False},)

    set_id: Mapped[int] = mapped_column(ForeignKey("rule_set.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("rule.id"), index=True)
