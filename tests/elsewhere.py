"""Harvests every golden page under a moved clock and without sockets, and prints what came of them as JSON."""

from __future__ import annotations

import datetime
import json
import socket
import sys
import time

YEAR = 365.25 * 86400
OFFSET = float(sys.argv[1]) * YEAR

_time, _time_ns, _datetime, _date = time.time, time.time_ns, datetime.datetime, datetime.date
_gmtime, _localtime = time.gmtime, time.localtime


class _AsDatetime(type):
    """Instances of the real classes are instances of the moved ones too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class MovedDatetime(_datetime, metaclass=_AsDatetime):
    """A datetime whose present lies ``OFFSET`` seconds from now."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return _datetime.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> datetime.datetime:
        return _datetime.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> datetime.datetime:
        return cls.now()


class MovedDate(_date, metaclass=_AsDatetime):
    """A date whose today lies ``OFFSET`` seconds from now."""

    @classmethod
    def today(cls) -> datetime.date:
        return _date.fromtimestamp(time.time())


class NoSocket(socket.socket):
    """A socket that nobody can have."""

    def __init__(self, *_: object, **__: object) -> None:
        raise AssertionError("cleaning opened a socket")


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("cleaning asked for an address")


def main() -> None:
    time.time = lambda: _time() + OFFSET
    time.time_ns = lambda: _time_ns() + int(OFFSET * 1e9)
    time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
    time.localtime = lambda seconds=None: _localtime(time.time() if seconds is None else seconds)
    datetime.datetime, datetime.date = MovedDatetime, MovedDate
    socket.socket, socket.getaddrinfo = NoSocket, refuse

    from goldens import cases, describe, describe_removals  # not before the clock is moved

    from newsharvest.flow import harvest

    found: dict[str, list] = {"year": [datetime.datetime.now().year]}
    for case in cases():
        outcome = harvest(case.page)
        found[case.name] = [describe(outcome), describe_removals(getattr(outcome, "removals", ()))]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
