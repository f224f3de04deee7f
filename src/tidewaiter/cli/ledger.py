"""`tidewaiter ledger`: heads, proofs, and handing the ledger out to be checked elsewhere."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tidewaiter.cli.terminal import fail, housed, json_option, print_json, progress_bar
from tidewaiter.platform.durable import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.ledger.proving import Proof

_AT = click.option("--size", type=int, help="In the head over so many entries; the newest one.")


@click.group()
def ledger() -> None:
    """The ledger: what was done, so kept that nobody can alter it unseen."""


@ledger.command()
@json_option
@housed
def head(officer: User, *, as_json: bool) -> None:
    """Sign the head over all entries now, hand it to the witnesses, and print it."""
    from tidewaiter.platform.accounts.access import check  # noqa: PLC0415  after setup
    from tidewaiter.platform.ledger.heads import WitnessError, hand_over, make_head  # noqa: PLC0415

    check(officer, "ledger.read")
    made = make_head()
    try:
        given = hand_over()
    except WitnessError as error:
        fail(str(error), 1)
    if made is None:
        fail("the ledger has no entry yet", 1)
    if as_json:
        print_json({"entries": made.size, "root": made.root, "note": made.note, "given": given})
    else:
        click.echo(made.note, nl=False)


@ledger.command()
@click.option(
    "--witness", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Heads that somebody outside has kept, to compare with.",
)  # fmt: skip
@json_option
@housed
def verify(officer: User, witness: Path | None, *, as_json: bool) -> None:
    """Recompute chain, tree and heads; say where the first fault is."""
    from tidewaiter.platform.accounts.access import check  # noqa: PLC0415
    from tidewaiter.platform.ledger.models import Entry  # noqa: PLC0415
    from tidewaiter.platform.ledger.verify import PROBLEMS, verify  # noqa: PLC0415

    check(officer, "ledger.read")
    kept = witness.read_text("utf-8") if witness else ""
    total = Entry.objects.count()
    with progress_bar("verifying") as bar:
        report = verify(lambda number: bar.update(number, total), kept)
    if as_json:
        print_json(asdict(report))
    elif report.sound:
        click.echo(f"sound: {report.entries} entries, {report.heads} heads, up to {report.head}")
    else:
        where = f"at entry {report.at}: " if report.at else ""
        click.echo(f"NOT SOUND {where}{PROBLEMS[report.problem]}", err=True)
    if not report.sound:
        sys.exit(1)


@ledger.command()
@click.argument("entry", type=int)
@_AT
@housed
def prove(officer: User, entry: int, size: int | None) -> None:
    """Prove that ENTRY is in the ledger that a head stands for (RFC 6962 inclusion)."""
    from tidewaiter.platform.ledger.proving import prove_entry  # noqa: PLC0415

    _prove(officer, lambda: prove_entry(entry, size))


@ledger.command()
@click.argument("old", type=int)
@_AT
@housed
def grown(officer: User, old: int, size: int | None) -> None:
    """Prove that nothing before the head over OLD entries has changed since (RFC 6962 consistency)."""
    from tidewaiter.platform.ledger.proving import prove_growth  # noqa: PLC0415

    _prove(officer, lambda: prove_growth(old, size))


@ledger.command()
@click.argument("folder", type=click.Path(path_type=Path))
@housed
def export(officer: User, folder: Path) -> None:
    """Write entries, heads, public keys and a verifier that needs none of this into FOLDER."""
    from tidewaiter.platform.ledger.handout import VERIFIER, hand_out  # noqa: PLC0415

    if folder.exists():
        fail(f"{folder} exists already: choose another name")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole(folder) as part:
        size = hand_out(officer, part)
    click.echo(f"{size} entries; check them with: python {folder / VERIFIER} {folder}")


@ledger.command("renew-key")
@housed
def renew_key(officer: User) -> None:
    """Sign heads with a new key from now on; print its public half for the witnesses."""
    from tidewaiter.platform.ledger.keys import renew  # noqa: PLC0415

    click.echo(str(renew(officer)))


def _prove(officer: User, proof: Callable[[], Proof]) -> None:
    from tidewaiter.platform.accounts.access import check  # noqa: PLC0415
    from tidewaiter.platform.ledger.proving import NotProvable  # noqa: PLC0415

    check(officer, "ledger.read")
    try:
        print_json(asdict(proof()))
    except NotProvable as error:
        fail(str(error), 1)
