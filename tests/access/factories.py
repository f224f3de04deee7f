"""How to make what a page with arguments in its address shows.

A desk puts its functions into `of_<desk>.py` beside this file, one for several pages:

    @shows("control:order", "control:return")
    def order(office: str, officer: User) -> dict[str, object]:
        '''An order of `office`, given to `officer`; the arguments of the page's address.'''

`sight` says whose the thing is:
  "office"    it belongs to an office: officers of another one get 404
  "own"       it belongs to `officer` alone: every other officer gets 404
  "shared"    every office sees it (a profile, a model)
  "national"  only officers who see all offices may open it

`query` is what its address needs besides.

A page without arguments needs nothing, unless it is national (`NATIONAL`), answers only to a form
that is filled in (`FORMS`: what to post, for an office), or cannot be compared (`CHANGING`).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Sight = Literal["office", "own", "shared", "national"]


@dataclass(frozen=True)
class Factory:
    make: Callable
    sight: Sight
    query: str = ""


FACTORIES: dict[str, Factory] = {}
NATIONAL: set[str] = set()
FORMS: dict[str, Callable[[str], dict[str, object]]] = {}
# Pages that first ask what a person is looked for: whom, by the arguments of the address.
PURPOSED: dict[str, Callable[[dict], str]] = {}
# Pages that differ at every request, and why.
CHANGING: dict[str, str] = {}


def shows(*names: str, sight: Sight = "office", query: str = "") -> Callable[[Callable], Callable]:
    def register(make: Callable) -> Callable:
        for name in names:
            FACTORIES[name] = Factory(make, sight, query)
        return make

    return register


def load() -> None:
    for path in sorted(Path(__file__).parent.glob("of_*.py")):
        importlib.import_module(f"tests.access.{path.stem}")
