"""What all tables share. Times are integer microseconds UTC since 1970; -1 is never stored, unknown is NULL.

A table whose columns a query names is a class, whose columns have types; one that only SQL text names is a Table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Named constraints, so that a later migration can drop one."""


class Base(DeclarativeBase):
    """Root of the declarative tables."""

    metadata = MetaData(naming_convention=NAMING)


def required(name: str, *kind_and_key: Any, **more: Any) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, *kind_and_key, nullable=False, **more)
