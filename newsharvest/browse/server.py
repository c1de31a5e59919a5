"""Serving the pages on the loopback until the user ends it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from newsharvest.browse.pages import Pages
from newsharvest.browse.plugin import DATABASE, Plugin
from newsharvest.browse.reader import Reader
from newsharvest.cleaning import Cleaners
from newsharvest.configuration import HarvestSettings
from newsharvest.store import browsing
from newsharvest.store.database import Names
from newsharvest.workers import Limits

HOST = "127.0.0.1"

# Anybody's SQL runs, read-only and not for ever. Looking for facets reads whole tables.
_SETTINGS = {
    "sql_time_limit_ms": 5000,
    "suggest_facets": False,
    "default_page_size": 50,
    "truncate_cells_html": 300,
    "allow_download": False,
}


class PortTaken(Exception):
    """The port cannot be listened on; the message says which and why."""


def serve(settings: HarvestSettings, port: int, announce: Callable[[str], None]) -> None:
    """Serve the database until interrupted; ``announce`` is given the address once it answers. Port 0: any free one.

    Raises PortTaken, and StoreError where the database cannot be read.
    """
    with _listen(port) as listening:
        reader = Reader(settings)
        cleaners = Cleaners(1, Limits(settings.clean_seconds, settings.clean_mb))
        plugin = Plugin(Pages(reader, cleaners), Names(settings.table_prefix))
        pm.register(plugin, "newsharvest")
        try:
            application = _application(settings.database)
            announce(f"http://{HOST}:{listening.getsockname()[1]}/")
            config = uvicorn.Config(
                application, log_level="warning", lifespan="on", server_header=False, timeout_graceful_shutdown=2
            )
            uvicorn.Server(config).run([listening])
        finally:
            pm.unregister(plugin)
            cleaners.close()
            reader.close()


class _News(Database):
    """The database as the store opens it: its path may hold any character, its folder may be read-only."""

    def connect(self, write: bool = False) -> Any:
        if write:
            raise PermissionError(f"{self.path} is open for reading only")
        connection = browsing.connect(self.path)
        self._all_file_connections.append(connection)
        return connection


def _application(path: Path) -> Any:
    pm.get_plugin(
        "datasette.handle_exception"
    ).rich = None  # it would print a traceback of every page that is not found
    datasette = Datasette([], settings=_SETTINGS)
    datasette.remove_database("_memory")
    datasette.add_database(_News(datasette, str(path), is_mutable=True), name=DATABASE)
    asyncio.run(datasette.invoke_startup())
    return datasette.app()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it lets two servers listen on one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise PortTaken(f"port {port} cannot be used: {error.strerror}") from error
    return listening
