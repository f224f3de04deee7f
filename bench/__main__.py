"""Run the benchmarks: `python -m bench [name ...]`. Each module beside this one has a `run()` that
returns rows {name, unit, ours, peer, peer_name, ratio}; a ratio above 1 means that we are ahead.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

import bench

OUT = Path(__file__).parent / "out"
HELPERS = {"__main__", "house", "peers", "rulesets", "weekly"}


def main(names: list[str]) -> None:
    modules = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in HELPERS)
    unknown = set(names) - set(modules)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(modules)}")
    rows: list[dict[str, Any]] = []
    for name in names or modules:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"bench.{name}").run()
        _write(rows)
    _show(rows)


def _write(rows: list[dict[str, Any]]) -> None:
    OUT.mkdir(exist_ok=True)
    (OUT / "results.json").write_text(json.dumps(rows, indent=2))


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(Column("measure", overflow="fold"), "unit", "ours", "peer", "peer is", "ratio")
    for row in rows:
        table.add_row(
            row["name"], row["unit"], _figure(row["ours"]), _figure(row["peer"]),
            row["peer_name"], _figure(row["ratio"]),
        )  # fmt: skip
    Console().print(table)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name])
