"""Rows of Parquet files as JSON lines, by pyarrow (the extra `fleet`): columns are read by the kinds of record that read JSON.

A column is a field, a column of structures an object; what is null is absent, as in the JSON that the table was made of. Rows are
decoded some at a time, as often as the member is opened; never is a file read as a whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
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
"""Rows that are decoded together, or fewer:"""
DECODED = 64 << 20
"""Bytes that are decoded together, about; one row may be larger."""
ENCRYPTED = b"PARE"
"""Instead of MAGIC, where even the names of columns are encrypted."""
_REMEDY_KEY = "Write it anew without encryption: its keys are not in it, and nothing asks for them."
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
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
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
    said = (str(error).splitlines() or [type(error).__name__])[0]
    if "crypt" in said:
        return InputError(f"{path}: encrypted {PARQUET} file.", file=path, remedy=_REMEDY_KEY)
    return InputError(f"{path}: damaged {PARQUET} file ({said}).", file=path, remedy=REMEDY_DAMAGED)


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
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
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

    with parquet.ParquetFile(stream) as told:
        # Repeated values stay one: a text of a megabyte in each of a million rows is a file of some hundred bytes.
        repeating = _repeating(told.metadata)
        with parquet.ParquetFile(stream, metadata=told.metadata, read_dictionary=repeating) as table:
            for number in range(table.num_row_groups):
                group = table.metadata.row_group(number)
                fitting = DECODED * max(group.num_rows, 1) // max(group.total_byte_size, 1)
                for batch in table.iter_batches(max(min(fitting, TOGETHER), 1), row_groups=[number]):
                    size = max(DECODED // max(sum(map(_largest, batch.columns)), 1), 1)
                    for start in range(0, batch.num_rows, size):
                        yield b"".join(map(_line, _rows(batch.slice(start, size))))


def _repeating(metadata: Any) -> list[str]:
    """The columns of texts, or of bytes, that are written as numbers of different values."""
    found: dict[str, None] = {}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            if column.physical_type == "BYTE_ARRAY" and column.has_dictionary_page:
                found[column.path_in_schema] = None
    return list(found)


def _largest(column: Any) -> int:
    """Bytes that a value of a column may have beyond what the column itself has for each row."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_dictionary(column.type):
        return _largest(column.dictionary)
    if pa.types.is_struct(column.type):
        return sum(map(_largest, column.flatten()))
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        return int(compute.max(compute.binary_length(column)).as_py() or 0)
    nested = pa.types.is_nested(column.type) and len(column)
    return int(column.nbytes) if nested else 16


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    """Rows, what is null left out. What no Python value can hold costs its own cell only."""
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):
        names = batch.schema.names
        rows = [dict(zip(names, map(_value, values), strict=True)) for values in zip(*batch.columns, strict=True)]
    for row in rows:
        yield {name: value for name, value in row.items() if value is not None}


def _value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        own = getattr(cell, "value", cell)
        own = own if hasattr(own, "as_py") else cell  # the value that a dictionary has there
        if hasattr(own, "as_buffer"):
            return own.as_buffer().to_pybytes()
        return str(getattr(own, "value", f"unreadable {own.type}"))


def _line(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, default=_plain, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # numbers of more than 64 bits, nesting without end
        return orjson.dumps({name: str(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: Any) -> str:
    """What JSON does not have: bytes, of which some writers make texts; decimals; times of nanoseconds."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
