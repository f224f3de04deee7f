"""`tidewaiter demo`: a small administration with six months of trade, ready to be looked at."""

from __future__ import annotations

import webbrowser

import click

from tidewaiter.cli.terminal import errors, start_django


@click.command()
@click.option("--items", default=60_000, show_default=True, help="Goods items to simulate.")
@click.option("--port", default=8000, show_default=True)
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the pages afterwards.")
@click.option("--open/--no-open", "opening", default=True, help="Open them in the browser.")
def demo(*, items: int, port: int, serving: bool, opening: bool) -> None:
    """Simulate a trade world, take it all the way through the house, and serve the pages."""
    start_django()
    from tidewaiter.cli.demo_world import build, summary  # noqa: PLC0415
    from tidewaiter.cli.serving import serve_pages  # noqa: PLC0415

    story = build(items)
    errors.print()
    click.echo(summary(story, port))
    if not serving:
        return
    if opening:
        webbrowser.open(f"http://localhost:{port}/")
    serve_pages(host="127.0.0.1", port=port, workers=1, with_worker=True)
