"""Write docs/cli.md from the commands' own help:  python docs/make_cli.py > docs/cli.md"""

from __future__ import annotations

import click

from newsharvest.cli import COMMANDS, main

HEAD = """# The command line

Written by `python docs/make_cli.py > docs/cli.md` from the commands' own help; a test holds it up to date.
Crawling is Scrapy's own command line: `scrapy list`, `scrapy crawl NAME`.
"""


def reference() -> str:
    """Return the page: the help of the group, then of each command and of those below it."""
    group = click.Context(main, info_name="newsharvest", terminal_width=100, **main.context_settings)
    parts = [HEAD, _section("newsharvest", main.get_help(group))]
    for name in COMMANDS:
        command = main.get_command(group, name)
        context = click.Context(command, info_name=name, parent=group, terminal_width=100)
        parts.append(_section(f"newsharvest {name}", command.get_help(context)))
        for below, inner in getattr(command, "commands", {}).items():
            help_text = inner.get_help(click.Context(inner, info_name=below, parent=context, terminal_width=100))
            parts.append(_section(f"newsharvest {name} {below}", help_text))
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    print(reference(), end="")
