"""The HARVEST_* settings, read and checked in one way for the crawl and for every command."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsharvest import settings

COMMAND_LINE = "on the command line"
ENVIRONMENT = "in the environment"
SETTINGS_FILE = "in settings.py"

_PREFIX = "HARVEST_"
# Swapped, missing and doubled letters pass (REPALY, DATABSE); DATABASE_URL or MOON_PHASE is somebody else's.
_LIKENESS = 0.82
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}


class ConfigurationError(ValueError):
    """A wrong name or value; the message names the key, the value and where it was given."""


@dataclass(frozen=True, slots=True)
class HarvestSettings:
    """The checked settings. Paths are absolute; ``replay`` is an archive that could be opened."""

    database: Path
    archive: Path
    replay: Path | None
    window_days: int
    revisit_hours: tuple[float, ...]
    table_prefix: str
    allow_private: bool
    respect_tdm: bool
    cleaners: int
    clean_seconds: int
    clean_mb: int
    contact: str | None


def harvest_settings(
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, object] | None = None,
    project: Mapping[str, object] | None = None,
) -> HarvestSettings:
    """Return the settings in force.

    In: the environment; what the command line gave, by setting name (None: not given; names that are not ours are
    looked at only for misspelling); what the project's settings say, where that is not newsharvest.settings itself.
    The command line wins over the environment, that over the project. Raises ConfigurationError.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    project = project or {}
    _check_names(given, COMMAND_LINE)
    _check_names(project, SETTINGS_FILE)
    _check_names(environ, ENVIRONMENT)
    folder = project_folder()
    values = {name: _value(name, given, environ, project, folder) for name in _READERS}
    database = values["HARVEST_DATABASE"]
    chosen = HarvestSettings(
        database=database,
        archive=values["HARVEST_ARCHIVE"] or database.with_name("archive.db"),
        replay=values["HARVEST_REPLAY"],
        window_days=values["HARVEST_WINDOW_DAYS"],
        revisit_hours=values["HARVEST_REVISIT_HOURS"],
        table_prefix=values["HARVEST_TABLE_PREFIX"] or "",
        allow_private=values["HARVEST_ALLOW_PRIVATE"],
        respect_tdm=values["HARVEST_RESPECT_TDM"],
        cleaners=values["HARVEST_CLEANERS"],
        clean_seconds=values["HARVEST_CLEAN_SECONDS"],
        clean_mb=values["HARVEST_CLEAN_MB"],
        contact=values["HARVEST_CONTACT"],
    )
    if chosen.archive == chosen.database:
        raise ConfigurationError(f"HARVEST_ARCHIVE and HARVEST_DATABASE name the same file, {chosen.database}")
    return chosen


def is_ours(name: str) -> bool:
    """Say whether a setting's name begins as ours do."""
    return name.startswith(_PREFIX)


def project_folder(start: Path | None = None) -> Path:
    """Return the closest folder upwards that holds scrapy.cfg, else the start (the working directory unless given)."""
    start = (start or Path.cwd()).absolute()
    return next((folder for folder in (start, *start.parents) if (folder / "scrapy.cfg").is_file()), start)


def _value(
    name: str, given: Mapping[str, Any], environ: Mapping[str, str], project: Mapping[str, Any], folder: Path
) -> Any:
    """Return one checked value from the first place that gives it."""
    if name in given:
        raw, where = given[name], COMMAND_LINE
    elif environ.get(name, "").strip():  # an empty variable is one that somebody unset
        raw, where = environ[name], ENVIRONMENT
    else:
        raw, where = project.get(name, getattr(settings, name)), SETTINGS_FILE
    read = _READERS[name]
    try:
        return read(raw, folder)
    except ValueError as error:
        raise ConfigurationError(f"{name} = {str(raw)!r} (given {where}): {error}") from error


def _check_names(names: Iterable[str], where: str) -> None:
    for name in names:
        if name in _READERS:
            continue
        likely = _likely(name)
        if likely is not None:
            raise ConfigurationError(f"{name} (given {where}) is not a setting. Did you mean {likely}?")
        if is_ours(name) and where != ENVIRONMENT:  # the environment is shared with programs we do not know
            known = ", ".join(_READERS)
            raise ConfigurationError(f"{name} (given {where}) is not a setting. These are: {known}.")


def _likely(name: str) -> str | None:
    """Return the setting of ours that a wrong name was meant to be, or None."""
    name = name.upper()
    if name in _READERS:
        return name
    if is_ours(name):  # compare the rest only: the prefix would make any two names alike
        endings = [known.removeprefix(_PREFIX) for known in _READERS]
        close = difflib.get_close_matches(name.removeprefix(_PREFIX), endings, n=1, cutoff=_LIKENESS)
        return _PREFIX + close[0] if close else None
    close = difflib.get_close_matches(name, _READERS, n=1, cutoff=0.9)
    return close[0] if close else None


def _read_path(raw: object, folder: Path) -> Path:
    if not str(raw or "").strip():
        raise ValueError("the path of a file is needed.")
    path = Path(os.path.normpath(folder / Path(str(raw)).expanduser()))
    if path.is_dir():
        raise ValueError(f"{path} is a folder; the path of a file is needed.")
    return path


def _read_optional_path(raw: object, folder: Path) -> Path | None:
    return _read_path(raw, folder) if str(raw or "").strip() else None


def _read_archive_to_replay(raw: object, folder: Path) -> Path | None:
    path = _read_optional_path(raw, folder)
    if path is None:
        return None
    from newsharvest.archive import Archive, ArchiveError  # only a replay needs SQLite here

    try:
        with Archive(path, readonly=True) as archive:
            newest = archive.newest(kind="response")
    except ArchiveError as error:
        raise ValueError(f"{error}.") from error
    if newest is None:
        raise ValueError(f"{path}: the archive holds no responses, so there is nothing to replay.")
    return path


def _read_number(what: str, least: int, most: int) -> Callable[[object, Path], int]:
    """Return what reads a whole number between two."""

    def read(raw: object, folder: Path) -> int:
        text = str(raw).strip()
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"a whole number of {what}, from {least} to {most}, is needed.")
        return int(text)

    return read


_read_processes = _read_number("processes", 0, 256)


def _read_cleaners(raw: object, folder: Path) -> int:
    if raw is not None and str(raw).strip():
        return _read_processes(raw, folder)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _read_hours(raw: object, folder: Path) -> tuple[float, ...]:
    parts = raw if isinstance(raw, list | tuple) else [part for part in str(raw or "").split(",") if part.strip()]
    try:
        hours = tuple(sorted(float(part) for part in parts))
    except ValueError:
        hours = (0.0,)
    if any(not 0 < hour <= 87_600 for hour in hours):  # ten years; NaN is refused too
        raise ValueError("hours with commas between them are needed, like 1,6,24,168 (nothing: never again).")
    return hours


def _read_prefix(raw: object, folder: Path) -> str | None:
    text = str(raw or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isidentifier()) or text.lower().startswith("sqlite_"):
        raise ValueError("letters, digits and underscores are needed, with no digit (and no sqlite_) first.")
    return text


def _read_switch(raw: object, folder: Path) -> bool:
    text = str(raw).strip().lower()
    if text not in _YES | _NO:
        raise ValueError("1 or 0 (true or false, yes or no, on or off) is needed.")
    return text in _YES


def _read_contact(raw: object, folder: Path) -> str | None:
    text = str(raw or "").strip()
    if not text:
        return None
    is_url = urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
    name, _, host = text.partition("@")
    is_address = bool(name) and "." in host
    # It goes into a header, within brackets.
    if not (is_url or is_address) or not text.isascii() or any(mark.isspace() or mark in "()" for mark in text):
        raise ValueError("an e-mail address or an http(s) URL is needed.")
    return text


_READERS: dict[str, Callable[[object, Path], Any]] = {
    "HARVEST_DATABASE": _read_path,
    "HARVEST_ARCHIVE": _read_optional_path,
    "HARVEST_REPLAY": _read_archive_to_replay,
    "HARVEST_WINDOW_DAYS": _read_number("days", 1, 36500),
    "HARVEST_REVISIT_HOURS": _read_hours,
    "HARVEST_TABLE_PREFIX": _read_prefix,
    "HARVEST_ALLOW_PRIVATE": _read_switch,
    "HARVEST_RESPECT_TDM": _read_switch,
    "HARVEST_CLEANERS": _read_cleaners,
    "HARVEST_CLEAN_SECONDS": _read_number("seconds", 1, 3600),
    "HARVEST_CLEAN_MB": _read_number("megabytes", 16, 2**20),
    "HARVEST_CONTACT": _read_contact,
}

NAMES = tuple(_READERS)
