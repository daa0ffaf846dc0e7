"""Where conditions of rules are run: a database of its own, which is gone when it is closed, over what processes look like.

A condition is SQL that a library made of a text of strangers. The database holds nothing else and can be attached to nothing;
an authorizer lets a statement read its one table and call a few functions, and a limit of time ends it. Expressions are looked
for by what is handed in, which cannot be slow; LIKE and GLOB take as long as pattern and text are long, and patterns are bounded.
Rejected: the workspace's own connection, where a mistake in the list of what is allowed would show evidence to a rule.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from engine.domain.records import LINUX, WINDOWS
from engine.errors import OddkinError
from engine.jobs.ports.marks import ConditionRefused, ConditionSlow
from engine.progress import Check
from engine.sigma.conversion import Matcher
from engine.sigma.rules import ANYWHERE, TABLE
from store.processes.marks.started import StartedLook

SYSTEMS = {WINDOWS: "started_windows", LINUX: "started_linux", "": "started_elsewhere"}
"""System -> the table of what ran there."""
ROW = "oddkin_row"
FUNCTIONS = frozenset({"like", "glob", "regexp", "coalesce", "replace", "strftime"})
"""Those that the library's conditions are made of."""
LONGEST_PATTERN = 10_000
"""Bytes of a pattern of LIKE or GLOB."""
LONGEST_STATEMENT = 2 << 20
OPERATIONS = 10_000
"""Of SQLite's machine between two looks at the clock: some hundred microseconds, or one row where rows are long."""
LEAST_SECONDS = 20.0
ROWS_PER_SECOND = 20_000
"""A condition may take LEAST_SECONDS, and a second more for each so many rows: a usual one takes a twentieth."""
EXPRESSIONS = 512


class Scratch:
    """Rows of what processes look like, by system, each once. Fill, `seal`, ask, close."""

    def __init__(self, fields: Sequence[str], matcher: Matcher) -> None:
        self.fields = tuple(fields)
        self._pack = struct.Struct(f"<{len(fields)}q")
        self._known = {field.lower(): field for field in fields}
        # Without a name: a file that the system forgets at once, and pages of it in memory.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        run = self._database.execute
        run("PRAGMA journal_mode=OFF")
        run("PRAGMA synchronous=OFF")
        run("PRAGMA cache_size=-131072")
        columns = ", ".join(f'"{field}" TEXT COLLATE NOCASE' for field in fields)
        for table in SYSTEMS.values():
            run(f"CREATE TABLE {table} (row INTEGER PRIMARY KEY, {columns})")
        run("CREATE TABLE looked (key BLOB PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID")
        compiled = lru_cache(EXPRESSIONS)(matcher)
        self._database.create_function("regexp", 2, lambda found, text: _found(compiled, found, text), deterministic=True)
        self.rows = 0
        self.processes = 0
        """That look like one of them."""
        self.began_us = 0
        """When they were gathered."""

    def new(self, keys: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Those that are not in it yet, in order."""
        packed = {self._pack.pack(*key): key for key in keys}
        seen = {key for key in packed if self._row(key) is not None}
        return [key for mark, key in packed.items() if mark not in seen]

    def add(self, found: Iterable[tuple[tuple[int, ...], StartedLook]]) -> None:
        """More rows, by keys that are `new`."""
        marks = ", ".join("?" * (len(self.fields) + 1))
        run = self._database.execute
        run("BEGIN")
        for key, look in found:
            self.rows += 1
            run("INSERT INTO looked VALUES (?, ?)", (self._pack.pack(*key), self.rows))
            table = SYSTEMS.get(look.system, SYSTEMS[""])
            run(f"INSERT INTO {table} VALUES ({marks})", (self.rows, *map(_sound, look.texts)))
        run("COMMIT")

    def seal(self) -> None:
        """From now on statements only read, and are bounded."""
        database = self._database
        database.execute("PRAGMA query_only=ON")
        database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
        database.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)

    def matching(self, query: str, fields: Sequence[str], system: str, check: Check, seconds: float | None = None) -> list[int]:
        """Rows of a system ("" for all) that a condition describes: `query` selects them from TABLE, whose columns are `fields`.
        Fields that are not kept are absent from each.

        Raises ConditionRefused, ConditionSlow, and what `check` raises.
        """
        limit = LEAST_SECONDS + self.rows / ROWS_PER_SECOND if seconds is None else seconds
        named = {field.lower(): field for field in fields}.values()
        columns = ", ".join([f"row AS {ROW}", *map(self._column, named)])
        found: list[int] = []
        for table in [SYSTEMS[system]] if system else SYSTEMS.values():
            asked = f"WITH {TABLE} AS (SELECT {columns} FROM {table}) SELECT {ROW} FROM ({query})"
            found += self._asked(asked, limit, check)
        return sorted(set(found))

    def _column(self, field: str) -> str:
        quoted = '"' + field.replace('"', '""') + '"'
        if field == ANYWHERE:
            lines = " || '\n' || ".join(f"coalesce(\"{one}\", '')" for one in self.fields)
            return f"{lines} AS {quoted}"
        kept = self._known.get(field.lower())
        return f"NULL AS {quoted}" if kept is None else f'"{kept}" AS {quoted}'

    def _asked(self, statement: str, seconds: float, check: Check) -> list[int]:
        deadline = time.monotonic() + seconds
        raised: list[OddkinError] = []

        def look() -> int:
            try:
                check()
            except OddkinError as error:
                raised.append(error)
            return bool(raised) or time.monotonic() > deadline

        self._database.set_progress_handler(look, OPERATIONS)
        self._database.set_authorizer(_authorised)
        try:
            return [int(row) for (row,) in self._database.execute(statement)]
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            if raised:
                raise raised[0] from None
            if time.monotonic() > deadline:
                raise ConditionSlow(f"It took longer than {seconds:,.0f} seconds.") from error
            raise ConditionRefused(str(error)) from error
        finally:
            self._database.set_authorizer(None)
            self._database.set_progress_handler(None, 0)

    def keys(self, rows: Iterable[int]) -> Iterator[tuple[tuple[int, ...], int]]:
        """Key and row, of these rows."""
        wanted = set(rows)
        for key, row in self._database.execute("SELECT key, row FROM looked") if wanted else ():
            if row in wanted:
                yield self._pack.unpack(key), row

    def _row(self, key: bytes) -> int | None:
        found = self._database.execute("SELECT row FROM looked WHERE key = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def close(self) -> None:
        """Forget everything."""
        self._database.close()


def _authorised(action: int, first: str | None, second: str | None, database: str | None, inner: str | None) -> int:
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    # A table that a statement reads twice is read under the name that it has there.
    if action == sqlite3.SQLITE_READ and first in {*SYSTEMS.values(), TABLE}:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _found(compiled: Callable[[str], Callable[[str], object]], expression: object, text: object) -> bool:
    """The operator REGEXP; of what is no text nothing is found."""
    return isinstance(expression, str) and isinstance(text, str) and bool(compiled(expression)(text))


def _sound(text: str | None) -> str | None:
    """A text that SQLite and every expression takes: NUL would end it, and half of a surrogate pair is no character."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
