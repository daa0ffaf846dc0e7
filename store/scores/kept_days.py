"""How the processes of a case spread over hosts and days, kept with a scoring: what a threshold costs is told from it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from sqlalchemy import Connection

from engine.detector.cost import HostDays
from engine.domain.arrays import NO_TIME
from store.base import ids
from store.base.blocks import integers
from store.scores import kept

NAME, VERSION = "host-days", 1
QUERY = (
    f"SELECT id, chain_id, coalesce(time_us, {NO_TIME}) FROM process"
    " WHERE id BETWEEN ? AND ? AND chain_id IS NOT NULL AND merged_into IS NULL ORDER BY id"
)


def load(connection: Connection, set_id: int, evidence: str) -> HostDays | None:
    """As it was kept; None where it has to be counted (again)."""
    arrays = kept.load(connection, set_id, NAME, made_from(evidence))
    return None if arrays is None else HostDays(**arrays)


def save(connection: Connection, set_id: int, evidence: str, days: HostDays) -> None:
    """Keep it. Needs a write transaction."""
    arrays = {field.name: getattr(days, field.name) for field in fields(days)}
    kept.save(connection, set_id, NAME, made_from(evidence), arrays)


def made_from(evidence: str) -> str:
    """What decides whether what was kept is still what would be counted."""
    return f"{evidence} {NAME} {VERSION}"


def count(connection: Connection, case: int) -> HostDays:
    """Reads three columns of every recorded process; chains are told by their ids."""
    hosts = connection.exec_driver_sql("SELECT id FROM host WHERE case_id = ? ORDER BY id", (case,)).scalars().all()
    read = [integers(connection, QUERY, ids.records(host), 3) for host in hosts]
    row, chain, time_us = np.concatenate([np.zeros((0, 3), dtype=np.int64), *read]).T
    occurring = connection.exec_driver_sql("SELECT id FROM chain WHERE case_id = ? AND count > 0", (case,)).scalars().all()
    there = np.isin(chain, np.array(occurring, dtype=np.int64))  # a chain that is not counted yet is in no queue
    return HostDays.of(chain[there], row[there] >> ids.SHIFT, time_us[there])
