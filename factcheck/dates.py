"""Moments (RFC 3339, UTC) and uncertain dates (EDTF, ISO 8601-2:2019, level 1).

The forms taken are those that news needs: a day, a month, a year, each perhaps
uncertain (?), approximate (~) or both (%); unspecified digits (2022-01-XX);
seasons; and intervals, open (..) or unknown (empty) at either end. The pattern is
written once and serves both this reader and the OpenAPI document. The edtf
package was measured first: 3 ms a date, no bounds for open intervals, and it
takes intervals that end before they begin.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

EARLIEST, LATEST = "0000-01-01", "9999-12-31"

_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP_YEAR}-02-29)"
)
_MONTH_OR_SEASON = "[0-9]{4}-(?:0[1-9]|1[0-2]|2[1-4])"
_YEAR = "[0-9]{4}"
_UNSPECIFIED = "(?:[0-9]{3}X|[0-9]{2}XX|[0-9]{4}-XX(?:-XX)?|[0-9]{4}-(?:0[1-9]|1[0-2])-XX)"
_ONE = f"(?:{_DAY}|{_MONTH_OR_SEASON}|{_YEAR}|{_UNSPECIFIED})[?~%]?"

DATE_PATTERN = f"^{_DAY}$"
_LIKE_A_DAY = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[?~%]?"
# There is a year 0 in EDTF, but not in the calendar.
CALENDAR_DAY_PATTERN = f"^(?!0000){_DAY}$"
EDTF_PATTERN = f"^(?:{_ONE}|{_ONE}/(?:{_ONE}|\\.\\.)?|(?:\\.\\.)?/{_ONE})$"
MOMENT_PATTERN = (
    f"^{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{{1,6}})?"
    "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"
)
# A place in the desk's past: a line of its log, a day (its end), or a moment, to the minute or finer.
AS_OF_PATTERN = (
    f"^(?!0000)(?:seq:[1-9][0-9]{{0,17}}|{_DAY}(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]"
    "(?::[0-5][0-9](?:\\.[0-9]{1,6})?)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?)$"
)

_SEASON_MONTHS = {"21": (3, 5), "22": (6, 8), "23": (9, 11), "24": (12, 12)}


@dataclass(frozen=True)
class Span:
    """The first and the last day, as YYYY-MM-DD, that an uncertain date may mean."""

    earliest: str
    latest: str


@lru_cache(maxsize=4096)
def span(text: str) -> Span:
    """Read an EDTF date.

    Args:
        text: such as 2022-01-09, 2022-01-09?, 2022-01 or 2022-01-02/2022-01-09.

    Returns:
        Its bounds. A season is taken as its months of the northern year, and
        the year's winter as December.

    Raises:
        ValueError: it is not EDTF level 1, the day does not exist, or the
            interval ends before it begins.
    """
    if not re.fullmatch(EDTF_PATTERN, text, re.ASCII):
        if re.fullmatch(_LIKE_A_DAY, text, re.ASCII):
            raise ValueError("there is no such day in the calendar")
        raise ValueError(
            "write the date as EDTF: 2022-01-09, 2022-01, 2022, 2022-01-09? (uncertain), "
            "2022-01-09~ (about) or 2022-01-02/2022-01-09"
        )
    first, slash, last = text.partition("/")
    if not slash:
        return _one(text)
    found = Span(
        EARLIEST if first in ("", "..") else _one(first).earliest,
        LATEST if last in ("", "..") else _one(last).latest,
    )
    if found.earliest > found.latest:
        raise ValueError("the interval ends before it begins; put the earlier date first")
    return found


def _one(text: str) -> Span:
    text = text.rstrip("?~%")
    year, month, day = [*text.split("-"), "XX", "XX"][:3]
    if "X" in year:
        return Span(year.replace("X", "0") + "-01-01", year.replace("X", "9") + "-12-31")
    if month == "XX":
        return Span(f"{year}-01-01", f"{year}-12-31")
    first, last = _SEASON_MONTHS.get(month, (int(month), int(month)))
    if day == "XX":
        return Span(f"{year}-{first:02}-01", f"{year}-{last:02}-{_days(int(year), last)}")
    return Span(f"{year}-{month}-{day}", f"{year}-{month}-{day}")


def _days(year: int, month: int) -> int:
    # The proleptic calendar repeats every 400 years, and monthrange knows no year 0.
    return monthrange(year or 400, month)[1]


def moment(text: str) -> str:
    """Read an RFC 3339 moment and write it in UTC with milliseconds and Z.

    Raises:
        ValueError: it is not a moment with a zone, or lies outside the years 1 to 9999.
    """
    if not re.fullmatch(MOMENT_PATTERN, text, re.ASCII):
        raise ValueError("write the moment as RFC 3339 with its zone: 2022-01-09T12:00:00Z")
    try:
        return stamp(datetime.fromisoformat(text).astimezone(UTC))
    except (OverflowError, ValueError):
        raise ValueError("the moment lies outside the years 1 to 9999") from None


def as_of(text: str) -> int | str:
    """Read a place in the desk's past.

    Args:
        text: such as 2022-01-09T12:00Z, 2022-01-09 (the end of that day in UTC) or seq:1234.

    Returns:
        The line of the log, or the moment as the desk keeps it.

    Raises:
        ValueError: it is none of these.
    """
    # In an address that nobody encoded, a plus comes as a blank.
    text = text.replace(" ", "+")
    if not re.fullmatch(AS_OF_PATTERN, text, re.ASCII):
        raise ValueError(
            "write as_of as a moment with its zone (2022-01-09T12:00Z), a day (2022-01-09) or a line "
            "of the log (seq:1234)"
        )
    if text.startswith("seq:"):
        return int(text[4:])
    try:
        at = datetime.fromisoformat(text if "T" in text else f"{text}T23:59:59.999Z")
        return stamp(at.astimezone(UTC))
    except (OverflowError, ValueError):
        raise ValueError("the moment lies outside the years 1 to 9999") from None


def stamp(at: datetime) -> str:
    """Write a moment as the desk keeps it: 2022-01-09T12:00:00.000Z, which sorts as text."""
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def now() -> str:
    """Give the present moment as the desk keeps it; called once per request, at the edge."""
    return stamp(datetime.now(UTC))
