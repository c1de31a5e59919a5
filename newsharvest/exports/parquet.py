"""Parquet: the record as columns, authors as a list, times as UTC timestamps; rows in groups of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from newsharvest.exports import record
from newsharvest.exports.target import TargetError

ROWS_A_GROUP = 10_000
# About 24 MB of Devanagari: long articles must not make a group large, whatever their number.
CHARACTERS_A_GROUP = 8_000_000
# Columns in which few values come again and again.
_REPEATED = ["schema_version", "site", "origin", "agency", "section", "published_source", "language"]
_UNINDEXED = ("text", "summary", "title", "provenance", "image_url", "authors")


def require() -> None:
    """Raise TargetError, which tells the remedy, where pyarrow is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise TargetError(
            f"this format needs pyarrow ({error}): install it with `pip install 'newsharvest[parquet]'`"
        ) from error


@cache
def columns():
    """Return the columns as a pyarrow schema; all but ``id`` are empty where an article was withdrawn."""
    import pyarrow as pa

    types: dict[str, Any] = dict.fromkeys(record.FIELDS, pa.string())
    types |= dict.fromkeys(record.NUMBERS, pa.int64()) | {"revision": pa.int32(), "truncated": pa.bool_()}
    types |= dict.fromkeys(record.TIMES, pa.timestamp("us", tz="UTC")) | {"authors": pa.list_(pa.string())}
    fields = [pa.field("schema_version", pa.int32())]
    fields += [pa.field(name, kind, nullable=name != "id") for name, kind in types.items()]
    return pa.schema(fields, metadata={"newsharvest.schema_version": str(record.SCHEMA_VERSION)})


class Writer:
    """Writes to an open ParquetWriter, a row group at a time. ``size`` counts the characters of text written."""

    def __init__(self, writer) -> None:
        self._writer = writer
        self._rows: list[dict[str, Any]] = []
        self._pending = self.size = 0

    def write(self, article: dict[str, Any]) -> None:
        """Write one record."""
        row = dict(article)
        for name in record.TIMES:
            row[name] = _moment(row[name])
        self._add(row, len(row["text"] or ""))

    def withdraw(self, article_id: int, withdrawn_at: str) -> None:
        """Write that an article was withdrawn: a row with its id, the time, and nothing else."""
        self._add({"id": article_id, "withdrawn_at": _moment(withdrawn_at)}, 0)

    def flush(self) -> None:
        """Write the rows gathered as one group."""
        if self._rows:
            self._writer.write_batch(_batch(self._rows))
            self._rows.clear()
            self._pending = 0

    def _add(self, row: dict[str, Any], characters: int) -> None:
        self._rows.append(row)
        self._pending += characters
        self.size += characters
        if len(self._rows) >= ROWS_A_GROUP or self._pending >= CHARACTERS_A_GROUP:
            self.flush()


@contextmanager
def open_writer(path: Path) -> Iterator[Writer]:
    """Open a file to write records into."""
    require()
    from pyarrow import parquet

    indexed = [name for name in columns().names if name not in _UNINDEXED]
    options = {"compression": "zstd", "use_dictionary": _REPEATED, "write_statistics": indexed}
    with open(path, "wb") as file, parquet.ParquetWriter(file, columns(), **options) as opened:
        writer = Writer(opened)
        yield writer
        writer.flush()


def _batch(rows: list[dict[str, Any]]):
    import pyarrow as pa

    return pa.RecordBatch.from_pylist(rows, schema=columns())


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
