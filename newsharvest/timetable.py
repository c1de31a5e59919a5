"""Timetables: when each of several sites is crawled, as systemd units and as lines for cron."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

_HOUR, _DAY = 60, 24 * 60
_INTERVAL = re.compile(r"([1-9][0-9]{0,3})(m|h|d)")
_UNIT_NAME = re.compile(r"[A-Za-z0-9_.-]+")

# KillMode: SIGTERM goes to the crawl alone, which ends its workers when it has no more for them to do.
_SERVICE = Template("""\
[Unit]
Description=$description
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
${user}WorkingDirectory=$folder
${environment}ExecStart=$interpreter -m newsharvest run $sites --max-minutes $budget
TimeoutStartSec=${limit}min
TimeoutStopSec=30
KillMode=mixed
Nice=10
NoNewPrivileges=yes
""")
_TIMER = Template("""\
[Unit]
Description=newsharvest: the time to crawl $what

[Timer]
OnCalendar=$calendar
Persistent=yes
Unit=$unit

[Install]
WantedBy=timers.target
""")


@dataclass(frozen=True, slots=True)
class Timetable:
    """Which sites are crawled how often, and what the command needs: ``minutes`` between two crawls of a site (see
    ``read_interval``), ``budget`` minutes for one, the interpreter, the project's folder, the user and the HARVEST_*
    environment. With ``is_together`` one process crawls all sites at once, else each site has its own, spread evenly.
    """

    sites: Sequence[str]
    minutes: int
    budget: int
    interpreter: Path
    folder: Path
    user: str | None
    environment: Mapping[str, str]
    is_together: bool = False
    is_all: bool = False

    @property
    def jobs(self) -> list[tuple[str, int]]:
        """What is started and when: the argument of ``run`` as words, and the minute within the interval."""
        if self.is_together:
            return [("--all" if self.is_all else " ".join(self.sites), self.minutes // 10)]
        gap = self.minutes / len(self.sites)
        return [(site, int((place + 0.5) * gap)) for place, site in enumerate(self.sites)]


def read_interval(text: str) -> int:
    """Return the minutes of ``15m``, ``2h`` or ``1d``. Raises ValueError where they divide no hour and no day."""
    match = _INTERVAL.fullmatch(text.strip())
    minutes = int(match[1]) * {"m": 1, "h": _HOUR, "d": _DAY}[match[2]] if match else 0
    fits = minutes and (_HOUR % minutes == 0 if minutes < _HOUR else _DAY % minutes == 0 and minutes % _HOUR == 0)
    if not fits:
        raise ValueError("it must divide an hour or a day evenly: 15m, 30m, 1h, 2h, 6h, 1d and so on")
    return minutes


def check_names(sites: Sequence[str]) -> None:
    """Raise ValueError for a name that no unit and no line of a crontab can hold as it is."""
    for site in sites:
        if not _UNIT_NAME.fullmatch(site) or site.startswith("-"):
            raise ValueError(f"{site!r} cannot be the name of a unit")


def write_systemd(table: Timetable) -> dict[str, str]:
    """Return the units by file name: a service, and a timer for each job."""
    stem = "newsharvest" if table.is_together else "newsharvest@"
    values = {
        "description": "newsharvest: crawl all its sites" if table.is_together else "newsharvest: crawl %i",
        "user": f"User={table.user}\n" if table.user else "",
        "folder": str(table.folder).replace("%", "%%"),
        "environment": "".join(
            f"Environment={_quote_unit(f'{name}={value}')}\n" for name, value in sorted(table.environment.items())
        ),
        "interpreter": _quote_unit(str(table.interpreter)).replace("$", "$$"),
        "sites": table.jobs[0][0] if table.is_together else "%i",
        "budget": table.budget,
        "limit": table.budget + 2,
    }
    units = {f"{stem}.service": _SERVICE.substitute(values)}
    for job, minute in table.jobs:
        name = "newsharvest" if table.is_together else f"newsharvest-{job}"
        unit = "newsharvest.service" if table.is_together else f"newsharvest@{job}.service"
        units[f"{name}.timer"] = _TIMER.substitute(
            what="all its sites" if table.is_together else job, unit=unit, calendar=calendar(table.minutes, minute)
        )
    return units


def write_cron(table: Timetable) -> list[str]:
    """Return a line of a crontab for each job. Cron gives no environment: all that is needed stands in the line."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in sorted(table.environment.items())]
    lines = []
    for job, minute in table.jobs:
        words = [*settings, shlex.quote(str(table.interpreter)), "-m newsharvest run", job]
        command = f"cd {shlex.quote(str(table.folder))} && {' '.join(words)} --max-minutes {table.budget} --quiet"
        lines.append(f"{cron_times(table.minutes, minute)} {command.replace('%', chr(92) + '%')}")
    return lines


def calendar(minutes: int, offset: int) -> str:
    """Return when systemd starts a job: every so many minutes, ``offset`` of them after the hour or midnight."""
    if minutes < _HOUR:
        return f"*-*-* *:{offset:02}/{minutes}:00"
    hours, minute = divmod(offset, _HOUR)
    if minutes == _HOUR:
        return f"*-*-* *:{minute:02}:00"
    repeat = "" if minutes == _DAY else f"/{minutes // _HOUR}"
    return f"*-*-* {hours:02}{repeat}:{minute:02}:00"


def cron_times(minutes: int, offset: int) -> str:
    """Return the same as the five fields of a crontab."""
    if minutes < _HOUR:
        return f"{offset}-59/{minutes} * * * *"
    hours, minute = divmod(offset, _HOUR)
    if minutes == _HOUR:
        return f"{minute} * * * *"
    return f"{minute} {hours} * * *" if minutes == _DAY else f"{minute} {hours}-23/{minutes // _HOUR} * * *"


def _quote_unit(text: str) -> str:
    """Quote a word for a unit: specifiers, quotes and backslashes mean themselves."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"' if re.search(r"[^A-Za-z0-9_./@%:=+,-]", text) else text
