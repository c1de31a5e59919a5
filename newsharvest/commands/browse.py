"""`newsharvest browse`: the corpus as web pages on this machine."""

from __future__ import annotations

import importlib.util
import threading
import webbrowser
from pathlib import Path

import click

from newsharvest.commands.database import choose_settings, database_option, open_to_read


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="0: any that is free.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@database_option
def command(port: int, no_open: bool, db: Path | None) -> None:
    """Look around in the corpus, in a browser.

    Serves, to this machine alone, articles by site and day, search, each article with what was removed from it and
    why, its revisions and its raw page, and the tables themselves in Datasette, read-only. A crawl may go on meanwhile.
    Ctrl-C ends it.
    """
    if importlib.util.find_spec("datasette") is None:
        raise click.ClickException("browsing needs Datasette: pip install 'newsharvest[browse]'")
    from newsharvest.browse.server import PortTaken, serve

    settings = choose_settings(db)
    open_to_read(settings).close()

    def announce(address: str) -> None:
        click.echo(f"{settings.database} is at {address} (Ctrl-C ends this)")
        if not no_open:
            # Some browsers of a terminal do not return before they are closed.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    try:
        serve(settings, port, announce)
    except PortTaken as error:
        raise click.ClickException(f"{error}; choose another with --port, or 0 for any") from error
    except KeyboardInterrupt:
        click.echo()
