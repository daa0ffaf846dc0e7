"""Statements that write a row whether or not there is one with its key: standard SQL, the same in both databases."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def replace_into(table: str, columns: Sequence[str], key: Collection[str]) -> str:
    """An INSERT with a mark for each column that changes the row with the same key, where there is one.

    Not INSERT OR REPLACE: that is SQLite's alone, and removes the row first, which no trigger is told of.
    """
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
