"""Texts to integers: one row per distinct text, looked up in bulk, remembered within bounds.

An ingest asks per batch for the set of its texts. What the cache does not know is looked up by digest, and what the
table does not know gets the next ids; ids can be given out here because the caller holds the write lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from store.base.errors import Referred, damaged
from store.base.text import bindables, digest

K = TypeVar("K", str, tuple[str, str])

CACHE_ENTRIES = 60_000
CACHED_LENGTH = 512
"""Longer texts are looked up each batch: they rarely repeat, and 60,000 of them would be a gigabyte."""
PER_QUERY = 900
"""Parameters in one IN list."""


class Generations(Generic[K]):
    """A bounded map of two generations: when the young one is full it becomes the old one, and the old one is dropped.

    As good as least-recently-used for texts (what recurs is carried over) at the price of a plain dict.
    """

    def __init__(self, entries: int = CACHE_ENTRIES) -> None:
        self._entries = entries
        self._young: dict[K, int] = {}
        self._old: dict[K, int] = {}

    def get(self, key: K) -> int | None:
        """The id that is remembered for a key, else None."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def known(self, keys: Set[K]) -> dict[K, int]:
        """Those that are remembered, with their ids."""
        young, old = self._young, self._old  # to remember one may replace both
        found = {key: young[key] for key in young.keys() & keys}
        if old:
            for key in old.keys() & (keys - found.keys()):
                found[key] = old[key]
                self.put(key, old[key])
        return found

    def put(self, key: K, value: int) -> None:
        """Remember an id; the older half is forgotten when there are too many."""
        if len(self._young) >= self._entries:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def put_all(self, entries: dict[K, int]) -> None:
        """Remember several; the young one may grow beyond its bound by as many."""
        if len(self._young) >= self._entries:
            self._old, self._young = self._young, {}
        self._young.update(entries)

    def clear(self) -> None:
        """Forget everything, as after a rollback: ids given out in it were never committed."""
        self._young, self._old = {}, {}


class Interned(ABC, Generic[K]):
    """A table in which each thing stands once, and what is remembered of it."""

    def __init__(self) -> None:
        self._cache: Generations[K] = Generations()

    def forget(self) -> None:
        """Empty the cache."""
        self._cache.clear()

    def ids(self, connection: Connection, things: Set[K]) -> dict[K, int]:
        """The id of every one, added where new. Needs a write transaction."""
        known = self._cache.known(things)
        unknown = [thing for thing in things if thing not in known]
        if unknown:
            # Sorted, so that the ids of a batch do not depend on the order of a set.
            self._resolve(connection, sorted(unknown), known)
        return known

    @abstractmethod
    def _resolve(self, connection: Connection, things: list[K], known: dict[K, int]) -> None:
        """Find or add these, put them into `known`, and remember them."""


class TextTable(Interned[str]):
    """The tables `string` and `path`, which look alike."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self._table = table

    def _resolve(self, connection: Connection, texts: list[str], known: dict[str, int]) -> None:
        digests = list(map(digest, texts))
        # In the order of the index, so that a query's look-ups are neighbours there.
        stored = self._stored(connection, sorted(digests))
        following = (connection.exec_driver_sql(f"SELECT max(id) FROM {self._table}").scalar() or 0) + 1
        new = [place for place, mark in enumerate(digests) if mark not in stored] if stored else range(len(texts))
        ids = range(following, following + len(new))
        stored.update(zip(map(digests.__getitem__, new), ids, strict=True))
        found = dict(zip(texts, map(stored.__getitem__, digests), strict=True))
        known.update(found)
        longest = max(map(len, texts))
        self._cache.put_all(found if longest <= CACHED_LENGTH else {t: i for t, i in found.items() if len(t) <= CACHED_LENGTH})
        if new:
            insert = f"INSERT INTO {self._table} (id, digest, text) VALUES (?, ?, CAST(? AS TEXT))"
            rows = list(zip(ids, map(digests.__getitem__, new), bindables([texts[place] for place in new]), strict=True))
            cursor = connection.connection.cursor()
            cursor.executemany(insert, rows)
            cursor.close()

    def _stored(self, connection: Connection, digests: list[bytes]) -> dict[bytes, int]:
        return dict(in_chunks(connection, f"SELECT digest, id FROM {self._table} WHERE digest IN ({{}})", digests))


class ImageTable(Interned[tuple[str, str]]):
    """Images as recorded: (text, os) to the row that names the normalised path, folded."""

    def __init__(self, strings: TextTable, paths: TextTable, fold: Callable[[str, str], str]) -> None:
        super().__init__()
        self._strings = strings
        self._paths = paths
        self._fold = fold

    def _resolve(self, connection: Connection, images: list[tuple[str, str]], known: dict[tuple[str, str], int]) -> None:
        strings = self._strings.ids(connection, {raw for raw, _ in images})
        query = "SELECT string_id, os, id FROM image WHERE string_id IN ({})"
        wanted = sorted({strings[raw] for raw, _ in images})
        stored = {(row[0], row[1]): row[2] for row in in_chunks(connection, query, wanted)}
        new = [(raw, os) for raw, os in images if (strings[raw], os) not in stored]
        folded = {image: self._fold(*image) for image in new}
        paths = self._paths.ids(connection, set(folded.values()))
        following = (connection.exec_driver_sql("SELECT max(id) FROM image").scalar() or 0) + 1
        rows = [(following + place, strings[image[0]], image[1], paths[folded[image]]) for place, image in enumerate(new)]
        if rows:
            connection.exec_driver_sql("INSERT INTO image (id, string_id, os, path_id) VALUES (?, ?, ?, ?)", rows)
        stored.update({(row[1], row[2]): row[0] for row in rows})
        for raw, os in images:
            found = known[raw, os] = stored[strings[raw], os]
            if len(raw) <= CACHED_LENGTH:
                self._cache.put((raw, os), found)


def texts_of(connection: Connection, table: str, numbers: Iterable[int]) -> Referred[int, str]:
    """Id -> text of rows of `string` or `path`, each compared with the digest that it is found by. Raises StoreError.

    A microsecond per text, and what is shown or handed over is what was read.
    """
    rows = in_chunks(connection, f"SELECT id, digest, text FROM {table} WHERE id IN ({{}})", sorted(numbers))
    for number, mark, text in rows:
        if not isinstance(text, str) or digest(text) != mark:
            raise damaged(f"text {number} of {table} is not what was written")
    return Referred((row[0], row[2]) for row in rows)


def in_chunks(connection: Connection, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """All rows of `query`, whose {} is filled with placeholders for some of `values` at a time."""
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(values), PER_QUERY):
        part = tuple(values[start : start + PER_QUERY])
        marks = ",".join("?" * len(part))
        # The driver's cursor and not SQLAlchemy's Row objects: a third of the time for two integers.
        cursor = connection.connection.cursor()
        rows += cursor.execute(query.format(marks), part).fetchall()
        cursor.close()
    return rows
