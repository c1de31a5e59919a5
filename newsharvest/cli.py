"""The command line: one group whose commands are imported only when they are used."""

from __future__ import annotations

import importlib
import os
import sys

import click

from newsharvest import __version__

# Name -> module and one line of help: `--help` imports no command. A test holds them to the commands themselves.
COMMANDS = {
    "clean": ("clean", "Clean text and HTML files, without a database."),
    "run": ("run", "Crawl many sites side by side, and say how it went."),
    "runs": ("runs", "List the runs there were, newest first."),
    "schedule": ("schedule", "Print units of systemd, or lines for cron, that keep sites fresh."),
    "import": ("import_", "Read a corpus that you have into the database."),
    "export": ("export", "Write articles to files for other programs."),
    "search": ("search", "Find articles by their words."),
    "show": ("show", "Show one article."),
    "diff": ("diff", "Show what changed between two revisions of an article."),
    "explain": ("explain", "Show every line of a document, kept or struck out, and why."),
    "browse": ("browse", "Look around in the corpus, in a browser."),
    "stats": ("stats", "Count what the database holds, by site and by rule."),
    "repeated": ("repeated", "List paragraphs that stand on many pages of a site."),
    "sites": ("sites", "List the sites that can be crawled."),
    "reclean": ("reclean", "Clean the archived pages again, by the present rules."),
    "merge": ("merge", "Join another database into this one, with its history."),
    "verify": ("verify", "Check that the database and its archive are sound."),
    "backup": ("backup", "Copy the database, whole, while a crawl may go on."),
    "forget": ("forget", "Erase articles for good, and keep their addresses out."),
    "rules": ("rules", "List the cleaning rules, or show one in full."),
    "bench": ("bench", "Measure how well documents are cleaned."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module on use, speaks UTF-8, and turns our errors into messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(f"newsharvest.commands.{COMMANDS[cmd_name][0]}").command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no command {args[0]!r}.{_suggestion(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(self, *args, **kwargs):
        for stream in (sys.stdout, sys.stderr):
            # Hindi must come out whatever the locale; what is no text (odd file names) comes out escaped.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)
        except Exception as error:
            message = _message(error)
            if message is None:
                raise
            raise message from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="newsharvest")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Crawl Hindi news, strip the boilerplate, and keep a clean corpus in SQLite.

    `newsharvest run` crawls sites side by side; `scrapy list` shows the spiders, `scrapy crawl NAME` runs one. The
    other commands import, clean, search and explain.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def _suggestion(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _message(error: Exception) -> click.ClickException | None:
    """Return what to tell the user of an error of ours, None for a fault of the program."""
    # Imported only where something went wrong; by then the modules are loaded anyway.
    from cleaners.rules import RuleError
    from cleaners.strips import DataError
    from newsharvest.archive import ArchiveError
    from newsharvest.configuration import ConfigurationError
    from newsharvest.store.database import SearchError, StoreError

    if isinstance(error, (SearchError, ConfigurationError)):
        return click.UsageError(str(error))
    is_ours = isinstance(error, (StoreError, ArchiveError, RuleError, DataError))
    return click.ClickException(str(error)) if is_ours else None
