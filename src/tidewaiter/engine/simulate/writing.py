"""A simulated world as files, ready for intake."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import pyarrow.parquet as pq

from tidewaiter.engine.simulate.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidewaiter.engine.simulate.settings import Setting
    from tidewaiter.engine.simulate.world import World

Format = Literal["csv", "parquet"]
MINUTES_AN_OFFICER = 390.0  # of a working day, left for controls
README = """A simulated import world ({items} goods items, {start} to {end}, seed {seed})

Invented by `tidewaiter simulate`: no trader, office, ship or declaration in it exists. Commodity codes
and their descriptions are those of the Harmonized System; prices, duties and habits are made up.

declarations  what brokers declared, one row a goods item, canonical column names
outcomes      what the administration found in the declarations it looked at, {inspected:.0%} of them
truth         what really was in every item; an administration never has this
offices       code and name of each customs office
capacity      minutes a day of each office and control

The same numbers give the same files: tidewaiter simulate --items {items} --seed {seed}
"""


def write(
    setting: Setting,
    directory: Path,
    *,
    form: Format = "csv",
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Path]:
    """Write the files of a world and return their paths by name.

    They appear in `directory` together when all are complete. `progress` is called with items done
    and items in all.
    """
    directory.mkdir(parents=True, exist_ok=True)
    simulation = Simulation.of(setting)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".simulating-") as folder:
        unfinished = Path(folder)
        _write_streams(simulation, unfinished, form, progress)
        _write_offices(simulation.place, unfinished)
        text = README.format(
            items=setting.items, seed=setting.seed, start=setting.start,
            end=setting.day(setting.days - 1), inspected=setting.inspected_rate,
        )  # fmt: skip
        (unfinished / "README.txt").write_text(text, encoding="utf-8")
        written = {}
        for path in sorted(unfinished.iterdir()):
            written[path.stem] = Path(shutil.move(path, directory / path.name))
    return written


def _write_streams(
    simulation: Simulation,
    directory: Path,
    form: Format,
    progress: Callable[[int, int], None] | None,
) -> None:
    done, total = 0, simulation.place.setting.items
    with ExitStack() as open_files:
        files: dict[str, Any] = {}
        for chunk in simulation.chunks():
            for name in ("declarations", "outcomes", "truth"):
                frame = getattr(chunk, name)
                if name not in files:
                    path = directory / f"{name}.{form}"
                    files[name] = _Csv(path) if form == "csv" else _Parquet(path, frame)
                    open_files.callback(files[name].close)
                files[name].write(frame)
            done += chunk.declarations.height
            if progress is not None:
                progress(done, total)


class _Csv:
    """Lists are joined by semicolons."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._header = True

    def write(self, frame: pl.DataFrame) -> None:
        lists = pl.selectors.by_dtype(pl.List(pl.String)).list.join(";")
        frame.with_columns(lists).write_csv(self._file, include_header=self._header)
        self._header = False

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, like: pl.DataFrame) -> None:
        self._schema = like.clear().to_arrow().schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", compression_level=1)

    def write(self, frame: pl.DataFrame) -> None:
        self._writer.write_table(frame.to_arrow().cast(self._schema))

    def close(self) -> None:
        self._writer.close()


def _write_offices(place: World, directory: Path) -> None:
    offices = pl.DataFrame({"code": place.offices, "name": place.office_names})
    offices.write_csv(directory / "offices.csv")
    capacity(place).write_csv(directory / "capacity.csv")


def capacity(place: World) -> pl.DataFrame:
    """office, control, minutes_per_day: staff in proportion to the traffic of each office, enough to
    look at a few declarations in a hundred."""
    people, setting = place.importers, place.setting
    share = [
        float(people.share[people.office == index].sum()) for index in range(len(place.offices))
    ]
    daily = setting.declarations / setting.days
    rows = list(_staff(place.offices, share, daily))
    schema = {"office": pl.String, "control": pl.String, "minutes_per_day": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _staff(
    offices: list[str], share: list[float], daily: float
) -> Iterator[tuple[str, str, float]]:
    looks = {
        "physical": (0.025, 60),
        "scanner": (0.02, 15),
        "documentary": (0.04, 20),
        "post_clearance": (0.01, 120),
    }
    for office, part in zip(offices, share, strict=True):
        for control, (rate, minutes) in looks.items():
            wanted = daily * part * rate * minutes
            officers = max(0.25, round(wanted / MINUTES_AN_OFFICER * 4) / 4)
            yield office, control, officers * MINUTES_AN_OFFICER
