"""What all commands share: starting Django, who is asking, progress, JSON and error lines."""

from __future__ import annotations

import functools
import gc
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import django
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tidewaiter.platform.accounts.roles import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidewaiter.platform.accounts.models import User

errors = Console(stderr=True)

as_option = click.option(
    "--as", "username", envvar="TIDEWAITER_USER", default=OPERATOR, show_default=True,
    help="The officer in whose name, and with whose rights, the command runs.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def start_django() -> None:
    """What starting makes is no garbage: looking through it cost a third of the time to start, and
    would cost time again with each search for garbage later."""
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()


def housed(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that needs the database: starts Django and hands over the acting officer."""

    @as_option
    @functools.wraps(command)
    def run(*args: Any, username: str, **kwargs: Any) -> Any:
        start_django()
        from tidewaiter.platform.accounts.access import Denied  # noqa: PLC0415  after setup
        from tidewaiter.platform.ledger.whence import COMMAND, coming_from  # noqa: PLC0415
        from tidewaiter.platform.space import NoSpace  # noqa: PLC0415

        try:
            with coming_from(COMMAND):
                return command(_officer(username), *args, **kwargs)
        except Denied as denied:
            fail(f"{username} may not do this: {denied}")
        except NoSpace as full:
            fail(str(full), 1)

    return run


def _officer(username: str) -> User:
    from django.db import OperationalError, ProgrammingError  # noqa: PLC0415

    from tidewaiter.platform.accounts.models import User  # noqa: PLC0415

    try:
        officer = User.objects.filter(username=username, is_active=True).first()
    except (OperationalError, ProgrammingError):
        fail("this home folder is not set up yet; run `tidewaiter init` first")
    if officer is None:
        fail(
            f"there is no active officer {username!r}; run `tidewaiter init`, or name one with --as"
        )
    return officer


def fail(message: str, code: int = 2) -> Any:
    """Say on standard error what is wrong and end the command."""
    click.echo(f"tidewaiter: {message}", err=True)
    sys.exit(code)


def print_json(document: Any) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode())


def examples_folder() -> Path:
    """The example profiles, lists and mappings: in the wheel, or in the checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "examples"
    return shipped if shipped.is_dir() else package.parents[1] / "examples"


class Bar:
    """Progress on the terminal: how far, what, and the time left."""

    def __init__(self, bar: Progress, task: Any) -> None:
        self._bar, self._task = bar, task

    def update(self, done: int, total: int | None = None, text: str = "") -> None:
        self._bar.update(self._task, completed=done, total=total, text=text)

    def check(self) -> None:
        """Ctrl-C raises KeyboardInterrupt by itself."""


@contextmanager
def progress_bar(title: str) -> Iterator[Bar]:
    """A bar on standard error, shown only when that is a terminal."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[text]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bar:
        yield Bar(bar, bar.add_task(title, total=None, text=""))
