"""The digest of a host's processes is made of columns and no more of rows (store/schema/host_account.py).

One that was right is made anew. One that was not stays as it is: it is no digest of today's kind, and the doctor goes on to say
that the rows are not what was written.
"""

from __future__ import annotations

import hashlib

import msgspec
from alembic import op
from sqlalchemy import Connection

from store.base.blocks import blocks
from store.schema.host_account import stored

revision = "0021_host_accounts"
down_revision = "0020_marks"
branch_labels = None
depends_on = None

SHORT = 16
"""MessagePack: a list of fewer has a header of one byte, one of fewer than 65,536 a header of three."""
CHAINS = "SELECT chain_id, count, first_us, last_us FROM chain_host WHERE host_id = ? ORDER BY chain_id"
PROCESSES = (
    "SELECT id, source_id, position, CAST(record_id AS BLOB), kind, time_us, pid, ppid, CAST(guid AS BLOB),"
    " CAST(parent_guid AS BLOB), image_id, parent_image_id, CAST(ancestors AS BLOB), command, parent_command, user, integrity,"
    " cwd, logon, original_name, hashes, parent_id, method, confidence, exec_of, chain_id, merged_into"
    " FROM process WHERE id BETWEEN ? AND ? ORDER BY id"
)


def before(connection: Connection, host_id: int) -> str:
    """The digest as it was made until now; "" for rows that hold what was never written."""
    found = hashlib.blake2b(digest_size=16)
    try:
        for query, values in ((CHAINS, (host_id,)), (PROCESSES, (host_id << 32, ((host_id + 1) << 32) - 1))):
            for rows in blocks(connection, query, values, small=True):
                found.update(msgspec.msgpack.encode(rows)[1 if len(rows) < SHORT else 3 :])
            found.update(b"\xff")
    except (UnicodeError, OverflowError):
        return ""
    return found.hexdigest()


def upgrade() -> None:
    """One transaction, opened by store.migrations.migrate."""
    connection = op.get_bind()
    hosts = connection.exec_driver_sql("SELECT key, said FROM witness WHERE kind = 'processes'").all()
    for key, said in hosts:
        if key.isdecimal() and said == before(connection, int(key)):
            now = stored(connection, int(key))
            connection.exec_driver_sql("UPDATE witness SET said = ? WHERE kind = 'processes' AND key = ?", (now, key))


def downgrade() -> None:
    """Not offered: the copy made before a migration is the way back."""
    raise NotImplementedError
