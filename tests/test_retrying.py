"""When what could not be delivered is sent again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from factcheck.sending.retrying import FIRST_PAUSE, GIVE_UP_AFTER, JITTER, LONGEST_PAUSE, next_try, pause

CHANCES = st.floats(0, 1)
START = datetime(2024, 5, 2, tzinfo=UTC)


def test_it_works() -> None:
    usual = [pause(failures, 0.5).total_seconds() for failures in range(1, 9)]
    assert usual == [5, 25, 125, 625, 3125, 14400, 14400, 14400]


@given(st.integers(1, 10_000), CHANCES)
def test_pauses_stay_within_their_bounds(failures: int, chance: float) -> None:
    found = pause(failures, chance)
    assert FIRST_PAUSE * (1 - JITTER) <= found <= LONGEST_PAUSE * (1 + JITTER)


@given(st.integers(1, 100), CHANCES, CHANCES)
def test_a_later_pause_is_not_the_shorter_one_but_for_jitter(failures: int, one: float, other: float) -> None:
    assert pause(failures + 1, one) * (1 + JITTER) / (1 - JITTER) >= pause(failures, other)
    assert pause(failures + 1, one) >= pause(failures, one)


@given(st.lists(CHANCES, min_size=200, max_size=200))
def test_whatever_the_jitter_it_ends_after_three_days_to_the_second(chances: list[float]) -> None:
    at, tries = START, 1
    while (again := next_try(START, at, tries, chances[tries])) is not None:
        assert at < again <= START + GIVE_UP_AFTER
        at, tries = again, tries + 1
    assert at == START + GIVE_UP_AFTER, "the last try is not left out because of a long pause"
    assert 15 <= tries <= 40


@given(st.timedeltas(GIVE_UP_AFTER, GIVE_UP_AFTER * 100), st.integers(1, 50), CHANCES)
def test_what_failed_for_three_days_is_given_up(failing: timedelta, failures: int, chance: float) -> None:
    assert next_try(START, START + failing, failures, chance) is None
