"""Rows of Parquet files as JSON lines, by pyarrow (the extra `fleet`): columns are read by the kinds of record that read JSON.

A column is a field, a column of structures an object; what is null is absent, as in the JSON that the table was made of. Rows are
decoded some at a time, as often as the member is opened; never is a file read as a whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, cast

import orjson

from engine.errors import InputError
from engine.readers.containers.decompress import REMEDY_DAMAGED, REMEDY_LIMIT, Account, Budget
from engine.readers.containers.member import SEPARATOR, Member
from engine.readers.containers.spool import Spool

PARQUET = "Parquet"
MAGIC = b"PAR1"
ROWS = "rows.json"
"""What the rows are called as a member."""
TOGETHER = 5_000
"""Rows that are decoded together."""
_REMEDY_EXTRA = "Install oddkin with its extra fleet (oddkin[fleet]), or convert it to JSON lines."


def parquet_members(file: Member, budget: Budget) -> Iterator[Member | InputError]:
    """The rows as one member, or why they cannot be read: without its end a Parquet file has no rows."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        yield InputError(f"{file.path}: {PARQUET} data is not read.", file=file.path, remedy=_REMEDY_EXTRA)
        return
    with file.open() as stream:
        spool = None if stream.seekable() else Spool(stream, budget.limits.member_bytes)
    opener = spool.open if spool else file.open
    try:
        with opener() as whole:
            parquet.ParquetFile(whole).close()
    except (pa.ArrowException, OSError, ValueError) as error:
        yield _damage(file.path, error)
    else:
        account = Account(budget)

        def opened() -> BinaryIO:
            # Raw: a BufferedReader would hold back rows when the next group is damaged.
            return cast("BinaryIO", _Rows(opener(), file, account))

        yield Member(file.path + SEPARATOR + ROWS, None, opened)
    if spool:
        spool.close()


def _damage(path: str, error: Exception) -> InputError:
    return InputError(f"{path}: damaged {PARQUET} file ({str(error).splitlines()[0]}).", file=path, remedy=REMEDY_DAMAGED)


class _Rows(io.RawIOBase):
    """JSON lines; raises InputError behind what could be decoded."""

    def __init__(self, stream: BinaryIO, file: Member, account: Account) -> None:
        super().__init__()
        self._stream, self._file, self._account = stream, file, account
        self._lines = _lines(stream)
        self._ready = b""
        self._out = 0
        self._error: InputError | None = None

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._lines.close()
            self._stream.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        if not self._ready:
            self._more()
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _more(self) -> None:
        import pyarrow as pa

        if self._error is not None:
            raise self._error
        path = self._file.path
        try:
            self._ready = next(self._lines, b"")
        except (pa.ArrowException, OSError, ValueError) as error:
            self._error = _damage(path, error)
            raise self._error from error
        self._out += len(self._ready)
        if breach := self._account.breached(self._out, self._file.size or 0):
            self._ready = b""
            self._error = InputError(f"{path}: stopped reading, {breach}.", file=path, remedy=REMEDY_LIMIT)
            raise self._error


def _lines(stream: BinaryIO) -> Any:
    """The rows, some as a run of lines at a time, group by group: a damaged one costs those behind it and none before."""
    from pyarrow import parquet

    with parquet.ParquetFile(stream) as table:
        groups = range(table.num_row_groups)
        for batch in chain.from_iterable(table.iter_batches(TOGETHER, row_groups=[group]) for group in groups):
            rows = ({name: value for name, value in row.items() if value is not None} for row in batch.to_pylist())
            yield b"".join(orjson.dumps(row, default=_plain, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _plain(value: Any) -> str:
    """What JSON does not have: bytes, of which some writers make texts; decimals; times of nanoseconds."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
