"""Tables of a workspace that several people share, and so of PostgreSQL alone: a workspace in a file has its models beside it,
and nobody else looks at it.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table

from store.base.text import LogText
from store.schema.base import required


def team_tables(metadata: MetaData) -> None:
    """Declare them beside the tables that they refer to."""
    # The package of a model (store/models/package.py) in pieces: one value should not hold hundreds of megabytes.
    Table(
        "model_part",
        metadata,
        Column("model_id", String, ForeignKey("model.id", ondelete="CASCADE"), primary_key=True),
        Column("part", Integer, primary_key=True, autoincrement=False),
        required("data", LargeBinary),
    )
    # Which finding somebody has open. A row is a process of oddkin; it counts until `until_us` by the server's clock.
    Table(
        "presence",
        metadata,
        Column("session", String, primary_key=True),
        required("who", LogText),
        required("case_id", Integer, ForeignKey("cases.id", ondelete="CASCADE")),
        # Of the finding in the scoring; findings of another scoring are other ones.
        required("set_id", Integer, ForeignKey("score_set.id", ondelete="CASCADE")),
        required("finding", Integer),
        required("since_us", Integer),
        required("until_us", Integer),
    )
