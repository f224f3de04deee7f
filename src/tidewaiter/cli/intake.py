"""`tidewaiter intake`: files into the lake."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from tidewaiter.cli.terminal import fail, housed, json_option, print_json, progress_bar

if TYPE_CHECKING:
    from tidewaiter.platform.accounts.models import User
    from tidewaiter.platform.journal.models import Message


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--stream", type=click.Choice(["declarations", "outcomes"]), default="declarations")
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sender", default="", help="Who sent the files; the acting officer unless said.")
@click.option("--reference", default="", help="The sender's reference of the message.")
@click.option(
    "--replay", "again", is_flag=True, help="Read again what was kept of quarantined messages."
)
@json_option
@housed
def intake(
    officer: User, files: tuple[Path, ...], *, stream: str, mapping: Path | None,
    sender: str, reference: str, again: bool, as_json: bool,
) -> None:  # fmt: skip
    """Take FILES in: CSV, XLSX, Parquet (with a mapping), WCO XML or JSON, plain, gzip or zip.

    A message is acknowledged once it is in the journal. What cannot be read is quarantined with
    its place, reason and remedy; exit code 1 says so.
    """
    from tidewaiter.desks.intake.actions import settle_journal  # noqa: PLC0415  needs Django

    if not files and not again:
        fail("name at least one file")
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        fail(f"no such file: {', '.join(missing)}")
    described = _mapping(mapping) if mapping else None
    with progress_bar("settling") as bar:
        settle_journal(bar)
    reports = _again(officer, described) if again else []
    for path in files:
        reports.append(_one(officer, path, stream, described, sender, reference))
        if not as_json:
            _say(reports[-1])
    if as_json:
        print_json({"files": reports})
    kept_out = sum(report["quarantined"] for report in reports)
    if kept_out:
        click.echo(f"tidewaiter: {kept_out:,} quarantined; see the reasons above", err=True)
        raise SystemExit(1)


def _mapping(path: Path) -> dict[str, Any]:
    try:
        return orjson.loads(orjson.dumps(tomllib.loads(path.read_text("utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return fail(f"{path} is not a mapping file: {error}")


def _one(
    officer: User, path: Path, stream: str, mapping: dict[str, Any] | None, sender: str, reference: str
) -> dict[str, Any]:  # fmt: skip
    from tidewaiter.desks.intake.actions import record_message, submit  # noqa: PLC0415

    started = time.monotonic()
    size = path.stat().st_size
    with progress_bar(path.name) as bar, path.open("rb") as file:
        message = submit(
            officer, file, name=path.name, stream=stream, sender=sender, reference=reference,
            mapping=mapping, on_bytes=lambda done: bar.update(done, size, "journal"),
        )  # fmt: skip
        resent = message.settled_at is not None
        if not resent:
            message = record_message(message, bar)
    return _report(message, str(path), time.monotonic() - started, resent=resent)


def _again(officer: User, mapping: dict[str, Any] | None) -> list[dict[str, Any]]:
    from tidewaiter.desks.intake.actions import record_message, replay  # noqa: PLC0415
    from tidewaiter.desks.intake.queries import with_open_findings  # noqa: PLC0415

    reports = []
    for message in with_open_findings(officer):
        started = time.monotonic()
        with progress_bar(message.name) as bar:
            done = record_message(replay(officer, message, mapping), bar)
        reports.append(_report(done, message.name, time.monotonic() - started, resent=False))
    return reports


def _report(message: Message, name: str, seconds: float, *, resent: bool) -> dict[str, Any]:
    from tidewaiter.desks.intake.queries import findings_of  # noqa: PLC0415

    counts = {
        "received": message.received,
        "accepted": message.accepted,
        "superseded": message.superseded,
        "duplicates": message.duplicates,
        "quarantined": message.quarantined,
    }
    if resent:  # known by its bytes: everything that was accepted then is a duplicate now
        counts |= {
            "accepted": 0, "superseded": 0, "duplicates": message.accepted + message.duplicates,
        }  # fmt: skip
    return {
        "file": name, "message": message.pk, "state": message.state, "resent": resent, **counts,
        "outcomes": message.outcomes, "seconds": round(seconds, 3), "reasons": findings_of(message),
    }  # fmt: skip


def _say(report: dict[str, Any]) -> None:
    rate = report["received"] / max(report["seconds"], 0.001)
    click.echo(
        f"{report['file']}: {report['received']:,} received, {report['accepted']:,} accepted"
        f" ({report['superseded']:,} superseding), {report['duplicates']:,} duplicates,"
        f" {report['quarantined']:,} quarantined, {report['outcomes']:,} outcomes"
        f" in {report['seconds']:.1f} s ({rate:,.0f} rows/s)"
    )
    for reason in report["reasons"][:20]:
        click.echo(f"  {reason['place']}: {reason['reason']} {reason['remedy']}", err=True)
    if len(report["reasons"]) > 20:
        click.echo(f"  and {len(report['reasons']) - 20:,} more", err=True)
