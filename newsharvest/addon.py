"""The Scrapy add-on that checks our settings when a crawl starts and sets what follows from them."""

from __future__ import annotations

import functools
import logging
from datetime import datetime

from scrapy.settings import SETTINGS_PRIORITIES, Settings

from newsharvest import __version__
from newsharvest.archive import Archive, ArchiveError, is_same_file
from newsharvest.configuration import ConfigurationError, HarvestSettings, harvest_settings, is_ours

__all__ = ["HarvestAddon", "harvest_settings"]

logger = logging.getLogger(__name__)

# What the add-on has checked stands above every place that it was read from.
_FINAL = "cmdline"


class HarvestAddon:
    """Checks the HARVEST_* settings and writes them back resolved: absolute paths as text, numbers as numbers.

    In replay it also sets NEWSHARVEST_CLOCK, the time of the newest response of the archive (ISO 8601, UTC), which
    spiders take for the present. A wrong setting, or an archive that cannot be opened, ends the process with a message.
    """

    def update_settings(self, settings: Settings) -> None:
        try:
            chosen = read_settings(settings)
            clock = _newest_response(chosen)
            if chosen.replay is None or not is_same_file(chosen.archive, chosen.replay):
                Archive(chosen.archive).close()
        except (ConfigurationError, ArchiveError) as error:
            raise SystemExit(f"newsharvest: {error}") from None
        _write(settings, chosen, clock)
        if chosen.contact is None and chosen.replay is None:
            _warn_of_no_contact()


def read_settings(settings: Settings) -> HarvestSettings:
    """Return the checked settings. Raises ConfigurationError.

    Only its priority tells what -s gave from what a file says.
    """
    line = SETTINGS_PRIORITIES["cmdline"]
    overrides = {name: settings[name] for name in settings if (settings.getpriority(name) or 0) >= line}
    project = {name: settings[name] for name in settings if is_ours(name) and name not in overrides}
    return harvest_settings(overrides=overrides, project=project)


def _newest_response(chosen: HarvestSettings) -> datetime | None:
    if chosen.replay is None:
        return None
    with Archive(chosen.replay, readonly=True) as archive:
        return archive.newest(kind="response")


def _write(settings: Settings, chosen: HarvestSettings, clock: datetime | None) -> None:
    values = {
        "HARVEST_DATABASE": str(chosen.database),
        "HARVEST_ARCHIVE": str(chosen.archive),
        "HARVEST_REPLAY": str(chosen.replay) if chosen.replay else None,
        "HARVEST_WINDOW_DAYS": chosen.window_days,
        "HARVEST_REVISIT_HOURS": chosen.revisit_hours,
        "HARVEST_TABLE_PREFIX": chosen.table_prefix,
        "HARVEST_ALLOW_PRIVATE": chosen.allow_private,
        "HARVEST_RESPECT_TDM": chosen.respect_tdm,
        "HARVEST_CLEANERS": chosen.cleaners,
        "HARVEST_CLEAN_SECONDS": chosen.clean_seconds,
        "HARVEST_CLEAN_MB": chosen.clean_mb,
        "HARVEST_CONTACT": chosen.contact,
        "HTTPCACHE_IGNORE_MISSING": chosen.replay is not None,
        "NEWSHARVEST_CLOCK": clock.isoformat() if clock else None,
    }
    for name, value in values.items():
        settings.set(name, value, priority=_FINAL)
    # At the add-on's own priority: a user agent in settings.py or by -s stays.
    settings.set("USER_AGENT", _user_agent(chosen.contact), priority="addon")


def _user_agent(contact: str | None) -> str:
    return f"newsharvest/{__version__} (+{contact})" if contact else f"newsharvest/{__version__}"


@functools.cache  # once a run, however many spiders it has
def _warn_of_no_contact() -> None:
    logger.warning(
        "HARVEST_CONTACT is not set: give an e-mail address or a URL, so that the sites can tell who is reading them."
    )
