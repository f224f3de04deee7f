"""Encoded columns in files: a folder each, mapped into memory when read."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tidewaiter.engine.risk.language.batch import Coded, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def write_column(folder: Path, column: Coded | Measured) -> None:
    """Written once; whoever comes second finds it there."""
    if isinstance(column, Measured):
        write_arrays(folder, {"data": column.data})
    else:
        write_arrays(
            folder,
            {"codes": column.codes, "counts": column.counts, "order": column.order},
            values=column.values,
        )


def read_column(folder: Path) -> Coded | Measured:
    """Raises FileNotFoundError."""
    if (folder / "data.npy").exists():
        return Measured(_array(folder / "data.npy"))
    values = pl.read_ipc(folder / "values.arrow").to_series()
    codes, counts, order = (_array(folder / f"{n}.npy") for n in ("codes", "counts", "order"))
    return Coded.indexed(codes, values, counts, order)


def write_arrays(
    folder: Path, arrays: Mapping[str, NDArray[Any]], values: pl.Series | None = None
) -> None:
    """Arrays by name, complete or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".half-"))
    for name, array in arrays.items():
        np.save(half / f"{name}.npy", array)
    if values is not None:
        values.to_frame("value").write_ipc(half / "values.arrow")
    try:
        half.rename(folder)
    except OSError:  # somebody else was quicker
        shutil.rmtree(half)


def read_arrays(folder: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Raises FileNotFoundError."""
    return tuple(_array(folder / f"{name}.npy") for name in names)


def _array(path: Path) -> NDArray[Any]:
    # A plain array over the mapping: picking rows from it makes plain arrays, too. What is empty
    # cannot be mapped.
    if path.stat().st_size <= 128:
        return np.load(path)  # type: ignore[no-any-return]
    return np.asarray(np.load(path, mmap_mode="r"))
