"""Tables of what was ingested: cases, sources, hosts, interned texts, records.

A record costs about 150 bytes here: repeated texts are integers into `string`, `image` and `path`. Columns that hold the
id of a string carry no foreign key: strings are only ever added (and swept when a case is removed), and a key on each
of nine columns would double the cost of an insert.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base.text import LogText
from store.schema.base import Base, required

READING, DONE, FAILED = "reading", "done", "failed"
"""States of a source. `reading` without a running ingest means interrupted."""


class Case(Base):
    """One investigation. (`case` is a word of SQL.)"""

    __tablename__ = "cases"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(LogText, unique=True)
    created_us: Mapped[int]
    stale: Mapped[int] = mapped_column(server_default="0")
    """How many hosts were linked since the totals over hosts were refreshed."""
    lists_us: Mapped[int] = mapped_column(server_default="0")
    """When its lists of hashes last changed, later each time; 0: it never had any."""


COUNTER = Table(
    "counter",
    Base.metadata,
    Column("name", String, primary_key=True),
    required("value", Integer),
)
"""Numbers that belong to the workspace. `sweep` goes up when ids of strings or hosts vanish: caches start anew."""


class SourceRow(Base):
    """One ingested file or archive member."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("case_id", "sha256"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(LogText)
    sha256: Mapped[str]
    size: Mapped[int]
    format: Mapped[str] = mapped_column(LogText)
    state: Mapped[str]
    items: Mapped[int] = mapped_column(server_default="0")
    """Everything the reader yielded and that is committed: where a resumed ingest goes on."""
    kept: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    merged: Mapped[int] = mapped_column(server_default="0")
    """Kept records that turned out to be a second record of a process; refreshed after linking."""
    error: Mapped[str | None] = mapped_column(LogText)
    started_us: Mapped[int]
    finished_us: Mapped[int | None]
    untrusted: Mapped[int] = mapped_column(server_default="0")
    """Kept records that may not say what was logged: they stand in a part of the log whose checksum is wrong."""
    container: Mapped[str | None] = mapped_column(LogText)
    """The file that was delivered, of a source that came out of a compressed file or an archive …"""
    container_sha256: Mapped[str | None]
    """… and its SHA-256, hexadecimal. `sha256` is of the content as it was read."""
    notes: Mapped[str] = mapped_column(LogText, server_default="[]")
    """JSON: [code, text, count] of each thing that the reader said of the source as a whole."""
    unknown: Mapped[int] = mapped_column(server_default="0")
    """Records that nobody understood, counted by `items`."""
    collection: Mapped[str | None] = mapped_column(LogText)
    """What it belongs to when its records name no host (engine/lineage/collection.py); NULL for sources from before that."""


INGESTED = Table(
    "ingested",
    Base.metadata,
    Column("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("path", LogText, primary_key=True),
    sqlite_with_rowid=False,
)
"""The files and folders that somebody named to be ingested, absolute: what lies there is evidence, a log or not, and no result
replaces it. Sources do not tell: the folder above all logs of a delivery may hold none itself.
"""


HASH_LIST = Table(
    "hash_list",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE")),
    # engine.hash_lists.reading.ListKind.
    required("kind", Integer),
    # Absolute, as it was given.
    required("path", LogText),
    # Of the file; "" where it could not be read to its end.
    required("sha256", String),
    # Lines with a hash, and those that were not understood.
    required("hashes", Integer),
    required("strange", Integer),
    # Parts that could not be read.
    required("unread", Integer),
    # Different texts of hashes that the case had then.
    required("compared", Integer),
    required("at_us", Integer),
    Index("hash_list_case", "case_id"),
)
"""Lists of hashes that a case was compared with. Of a list only that is kept which the case has."""

HASH_LISTED = Table(
    "hash_listed",
    Base.metadata,
    Column("list_id", Integer, ForeignKey("hash_list.id", ondelete="CASCADE"), primary_key=True),
    # A text of `process.hashes`, without a key as there.
    Column("string_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""The texts of hashes, of all that a case's records have, that a list names."""

SOURCE_COPY = Table(
    "source_copy",
    Base.metadata,
    Column("source_id", Integer, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True),
    Column("path", LogText, primary_key=True),
    sqlite_with_rowid=False,
)
"""Another path under which the content of a source was met; not read again, but labels and people may name it."""


class Host(Base):
    """A host of a case; `key` is its identity: the case-folded name, or the collection (of old: the source) for records that
    name no host. One without records is hidden: another has them (`same_as`), or only facts and ends name it.
    """

    __tablename__ = "host"
    __table_args__ = (UniqueConstraint("case_id", "key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(LogText)
    name: Mapped[str] = mapped_column(LogText)
    """As written, for eyes; of several spellings the one that sorts first."""
    records: Mapped[int] = mapped_column(server_default="0")
    """How many records it has."""
    unlinked: Mapped[int] = mapped_column(server_default="1")
    """1: there are records newer than the links."""
    linked_us: Mapped[int | None]
    first_us: Mapped[int | None]
    last_us: Mapped[int | None]
    active_days: Mapped[int] = mapped_column(server_default="0")
    """UTC days with at least one record: what alert budgets count, since a host may be silent for years between two logs."""
    given: Mapped[int] = mapped_column(server_default="0")
    """The highest number given to a record of this host."""
    same_as: Mapped[int | None]
    """The host that has its records: two names of one machine (store/evidence/same_host.py), or a name that a host had before."""


class HostPart(Base):
    """Records of a host that came under another name, so that they can go back when a log contradicts: `first` to `last` are
    numbers that they have now, `of_first` is what the first of them had there.
    """

    __tablename__ = "host_part"
    __table_args__ = ({"sqlite_with_rowid": False},)

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    of_host: Mapped[int]
    of_first: Mapped[int]


class HostSpan(Base):
    """What a source has of a host and kind of record: made anew with the links of the host."""

    __tablename__ = "host_span"
    __table_args__ = (Index("host_span_source", "source_id"), {"sqlite_with_rowid": False})

    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(LogText, primary_key=True)
    records: Mapped[int]
    first_us: Mapped[int | None]
    last_us: Mapped[int | None]
    first_id: Mapped[int | None]
    """The log's own numbers of the kept records, the lowest and the highest, where they are numbers."""
    last_id: Mapped[int | None]


class HostFactRow(Base):
    """What a record says of its host that changes how others are to be read: log cleared, clock set."""

    __tablename__ = "host_fact"
    __table_args__ = (Index("host_fact_host", "host_id"), Index("host_fact_source", "source_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(LogText)
    text: Mapped[str] = mapped_column(LogText)
    time_us: Mapped[int | None]


class ProcessEndRow(Base):
    """Ends of processes of one host out of one batch, packed (end_rows.py)."""

    __tablename__ = "process_end"
    __table_args__ = (Index("process_end_host", "host_id"), Index("process_end_source", "source_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("host.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    numbers: Mapped[bytes] = mapped_column(LargeBinary)
    guids: Mapped[bytes] = mapped_column(LargeBinary)


STRING = Table(
    "string",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("digest", LargeBinary, unique=True),
    required("text", LogText),
)
"""Every distinct text once; found by digest, because an index over the texts would store them twice."""

PATH = Table(
    "path",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("digest", LargeBinary, unique=True),
    required("text", LogText),
)
"""A normalised path: what the steps of chains are made of."""

IMAGE = Table(
    "image",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("string_id", Integer),
    required("os", String),
    required("path_id", Integer),
    UniqueConstraint("string_id", "os"),
)
"""An image as recorded and the path it is normalised to. New rules change `path_id`, never a record."""

PROCESS = Table(
    "process",
    Base.metadata,
    # See store/base/ids.py: tells the host, and whether it is a placeholder.
    Column("id", Integer, primary_key=True),
    Column("source_id", Integer, ForeignKey("source.id", ondelete="CASCADE")),
    required("position", Integer),
    Column("record_id", LogText),
    Column("kind", Integer),
    Column("time_us", Integer),
    Column("pid", Integer),
    Column("ppid", Integer),
    Column("guid", LogText),
    Column("parent_guid", LogText),
    Column("image_id", Integer),
    Column("parent_image_id", Integer),
    # Image ids above the parent, nearest first, separated by spaces.
    Column("ancestors", LogText),
    Column("command", Integer),
    Column("parent_command", Integer),
    Column("user", Integer),
    Column("integrity", Integer),
    Column("cwd", Integer),
    Column("logon", Integer),
    Column("original_name", Integer),
    Column("hashes", Integer),
    Column("parent_id", Integer),
    # engine.domain.lineage.LinkMethod.
    Column("method", Integer),
    # In thousandths: two bytes instead of eight.
    Column("confidence", Integer),
    Column("exec_of", Integer),
    # Without a key too: it would make an update half as dear again. Only chains that no process ends in are deleted.
    Column("chain_id", Integer),
    Column("merged_into", Integer),
    # Grows at its end only. With the GUID behind it, a search by GUID was one seek, and an ingest touched a random page
    # of the index for every record; nobody searches by GUID often enough for that.
    Index("process_source", "source_id", sqlite_where=text("source_id IS NOT NULL")),
    Index("process_chain", "chain_id", sqlite_where=text("chain_id IS NOT NULL")),
    # The order of the tree; unknown times first. Partial, so that ingest does not pay for rows not linked yet.
    Index("process_tree", "parent_id", text("coalesce(time_us, 0)"), sqlite_where=text("parent_id IS NOT NULL")),
    Index("process_merged", "merged_into", sqlite_where=text("merged_into IS NOT NULL")),
)
"""One record of a process creation that was linked, or a placeholder for a parent that no record tells of (`source_id` NULL).

The second block is derived by linking, NULL before; `parent_id`, `exec_of` and `merged_into` refer to this table
without a key, since links are rewritten as a whole per host. The parent of a root is the id of its host.
"""

STAGED = Table(
    "staged",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    required("host_id", Integer, ForeignKey("host.id", ondelete="CASCADE")),
    required("source_id", Integer, ForeignKey("source.id", ondelete="CASCADE")),
    required("numbers", LargeBinary),
    required("texts", LargeBinary),
    Index("staged_host", "host_id"),
    Index("staged_source", "source_id"),
)
"""Records of one host out of one batch that wait for linking, which makes them rows of `process` (staged_rows.py)."""


class RejectRow(Base):
    """A record that could not be used."""

    __tablename__ = "reject"
    __table_args__ = (Index("reject_source", "source_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(LogText)
    reason: Mapped[str] = mapped_column(LogText)
    record_id: Mapped[str | None] = mapped_column(LogText)
    sample: Mapped[bytes | None] = mapped_column(LargeBinary)
    """NULL beyond the first ten thousand of a source: a hostile file must not fill the disk with its own bytes."""
