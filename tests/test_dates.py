"""Uncertain dates and moments, held against the calendar and an independent reader."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from time import struct_time
from typing import Any

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from factcheck.dates import DATE_PATTERN, EARLIEST, EDTF_PATTERN, LATEST, MOMENT_PATTERN, Span, moment, span
from factcheck.dates import stamp as written
from tests.conftest import CLAIM, Newsroom

BOUNDS = [
    ("2022-01-09", "2022-01-09", "2022-01-09"),
    ("2022-01-09?", "2022-01-09", "2022-01-09"),
    ("2022-01~", "2022-01-01", "2022-01-31"),
    ("2022%", "2022-01-01", "2022-12-31"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("1900-02", "1900-02-01", "1900-02-28"),
    ("0000-02", "0000-02-01", "0000-02-29"),
    ("2000-02-29", "2000-02-29", "2000-02-29"),
    ("202X", "2020-01-01", "2029-12-31"),
    ("19XX~", "1900-01-01", "1999-12-31"),
    ("2022-XX", "2022-01-01", "2022-12-31"),
    ("2022-XX-XX", "2022-01-01", "2022-12-31"),
    ("2024-02-XX", "2024-02-01", "2024-02-29"),
    ("2022-21", "2022-03-01", "2022-05-31"),
    ("2022-22", "2022-06-01", "2022-08-31"),
    ("2022-23", "2022-09-01", "2022-11-30"),
    ("2022-24?", "2022-12-01", "2022-12-31"),
    ("2022-01-02/2022-01-09", "2022-01-02", "2022-01-09"),
    ("2021~/2022-21", "2021-01-01", "2022-05-31"),
    ("2022-01-02/..", "2022-01-02", LATEST),
    ("2022-01-02/", "2022-01-02", LATEST),
    ("../2022", EARLIEST, "2022-12-31"),
    ("/2022-02", EARLIEST, "2022-02-28"),
    ("2022-05-15/2022-05", "2022-05-15", "2022-05-31"),
]
REFUSED = [
    "",
    " 2022",
    "2022\n",
    "22",
    "2022-1-9",
    "2022-13",
    "2022-25",
    "2022-00",
    "2022-02-30",
    "2022-02-29",
    "1900-02-29",
    "2022-04-31",
    "2022-01-00",
    "2022-01-32",
    "2023-W01-1",
    "2022-01-09T12:00:00Z",
    "9 January 2022",
    "2022-01-09??",
    "?2022",
    "2022-XX-09",
    "2XXX",
    "XXXX",
    "..",
    "/",
    "../..",
    "2022/2023/2024",
    "2022-05/2022-04",
    "2022-01-09/2022-01-08",
    "٢٠٢٢",
]


def test_it_works() -> None:
    assert span("2022-01-02/2022-01-09?") == Span("2022-01-02", "2022-01-09")
    assert moment("2022-01-09T12:00:00+06:00") == "2022-01-09T06:00:00.000Z"


@pytest.mark.parametrize(("text", "earliest", "latest"), BOUNDS)
def test_bounds(text: str, earliest: str, latest: str) -> None:
    assert span(text) == Span(earliest, latest)


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text: str) -> None:
    with pytest.raises(ValueError, match=r"write the date as EDTF|ends before it begins|no such day"):
        span(text)


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32))
def test_a_day_is_taken_if_the_calendar_has_it(year: int, month: int, day: int) -> None:
    text = f"{year:04}-{month:02}-{day:02}"
    try:
        known = date(year, month, day).isoformat() == text
    except ValueError:
        known = False
    assert bool(re.fullmatch(DATE_PATTERN, text)) == known
    assert bool(re.fullmatch(EDTF_PATTERN, text)) == known


YEARS = st.integers(0, 9999).map("{:04}".format)
MONTHS = st.integers(1, 12).map("{:02}".format)
ONES = st.builds(
    "{}{}".format,
    st.one_of(
        YEARS,
        st.builds("{}-{}".format, YEARS, MONTHS),
        st.builds("{}-{}".format, YEARS, st.integers(21, 24)),
        st.dates().map(date.isoformat),
        st.builds("{}-{}-XX".format, YEARS, MONTHS),
        st.builds("{}-XX".format, YEARS),
        YEARS.map(lambda year: f"{year[:3]}X"),
        YEARS.map(lambda year: f"{year[:2]}XX"),
    ),
    st.sampled_from(("", "?", "~", "%")),
)


def read_elsewhere(text: str) -> Any:
    # That reader knows no uncertain seasons; they have the bounds of certain ones.
    return parse_edtf(re.sub("(-2[1-4])[?~%]", r"\1", text))


def as_text(found: struct_time) -> str:
    return f"{found.tm_year:04}-{found.tm_mon:02}-{found.tm_mday:02}"


@given(ONES)
def test_another_reader_finds_the_same_bounds(text: str) -> None:
    found = read_elsewhere(text)
    assert span(text) == Span(as_text(found.lower_strict()), as_text(found.upper_strict()))


@given(ONES, ONES)
def test_an_interval_goes_from_its_first_to_its_last(one: str, other: str) -> None:
    earliest, latest = span(one).earliest, span(other).latest
    if earliest <= latest:
        assert span(f"{one}/{other}") == Span(earliest, latest)
    else:
        with pytest.raises(ValueError, match="put the earlier date first"):
            span(f"{one}/{other}")


@given(st.text("0129X-/.?~%", max_size=12))
def test_nothing_is_taken_that_another_reader_refuses(text: str) -> None:
    try:
        found = span(text)
    except ValueError:
        return
    assert read_elsewhere(text)
    assert EARLIEST <= found.earliest <= found.latest <= LATEST


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_moments_are_kept_in_utc_and_sort_as_text(naive: datetime, zone: timezone) -> None:
    at = naive.replace(tzinfo=zone)
    kept = moment(at.isoformat())
    assert kept == written(at)
    assert kept.endswith("Z")
    assert len(kept) == len("2022-01-09T12:00:00.000Z")
    assert timedelta() <= at - datetime.fromisoformat(kept) < timedelta(milliseconds=1)
    assert written(at + timedelta(milliseconds=1)) > kept
    assert re.fullmatch(MOMENT_PATTERN, kept)


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-09",
        "2022-01-09T12:00:00",
        "2022-01-09 12:00:00Z",
        "2022-01-09T24:00:00Z",
        "2022-02-30T12:00:00Z",
        "2022-01-09T12:00:60Z",
        "2022-01-09T12:00:00.1234567Z",
        "2022-01-09T12:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "now",
    ],
)
def test_what_is_no_moment_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match="the moment"):
        moment(text)


def test_the_zone_of_the_machine_does_not_matter() -> None:
    assert written(datetime(2022, 1, 9, 12, tzinfo=UTC)) == "2022-01-09T12:00:00.000Z"


def test_a_claim_keeps_its_date_as_given_and_is_found_by_its_bounds(newsroom: Newsroom) -> None:
    made = newsroom.reviewer.post("/v1/claims", {**CLAIM, "claimed_on": "2022-21?/.."})
    assert made.json["claimed_on"] == "2022-21?/.."

    def found(**query: str) -> int:
        return len(newsroom.reader.get("/v1/claims", query_string=query).json["items"])

    assert found(claimed_on__gte="2030") == found(claimed_on__lte="2022-03-01") == 1
    assert found(claimed_on__lte="2022-02-28") == 0
    assert found(claimed_on="2022-21?/..") == 1


@pytest.mark.parametrize("text", ["2022-02-30", "2022-05/2022-04", "yesterday", 2022, ["2022"]])
def test_a_claim_with_another_date_is_refused_and_not_stored(newsroom: Newsroom, text: object) -> None:
    refused = newsroom.reviewer.post("/v1/claims", {**CLAIM, "claimed_on": text})
    assert refused.status_code == 400
    assert refused.json["errors"][0]["pointer"] == "/claimed_on"
    assert (newsroom.rows("claims"), newsroom.rows("claimants")) == (0, 0)
