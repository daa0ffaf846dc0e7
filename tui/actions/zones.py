"""Time zones by name, as `--timezone` takes them."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from engine.errors import UsageError

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MOST_HOURS = 14
_SHOWN = 5


def zone_named(name: str) -> tzinfo:
    """The zone called `name`: one of the tz database (Europe/Berlin, any case) or an offset (+02:00). Raises UsageError that
    names near ones.
    """
    if match := _OFFSET.fullmatch(name.strip()):
        hours, minutes = int(match.group(2)), int(match.group(3) or 0)
        if hours <= _MOST_HOURS and minutes < 60:
            offset = timedelta(hours=hours, minutes=minutes)
            return timezone(-offset if match.group(1) == "-" else offset)
    names = {known.casefold(): known for known in available_timezones()}
    found = names.get(name.strip().replace(" ", "_").casefold())
    if found is not None:
        return ZoneInfo(found)
    raise UsageError(f"There is no time zone {name!r}.", remedy=_near(name, names))


def _near(name: str, names: dict[str, str]) -> str:
    """Zones with the name in them, else those that are spelled alike."""
    plain = name.strip().replace(" ", "_").casefold()
    near = sorted(zone for known, zone in names.items() if plain and plain in known)[:_SHOWN]
    cities = {known.rpartition("/")[2]: zone for known, zone in names.items()}
    near = near or [cities[city] for city in get_close_matches(plain.rpartition("/")[2], sorted(cities), _SHOWN, 0.6)]
    return (
        "Near ones: " + ", ".join(near) + "." if near else "Names are those of the tz database: Europe/Berlin, America/New_York."
    )
