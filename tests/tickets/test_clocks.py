"""The clocks are pure: moments in, durations out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tickets.clocks import ResolutionClock, response_time

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_a_clock_that_never_stops_counts_all_time():
    assert ResolutionClock(START).elapsed(after(5)) == timedelta(hours=5)


def test_time_on_hold_does_not_count():
    clock = ResolutionClock(START).stop(after(1)).go(after(4))
    assert clock.elapsed(after(6)) == timedelta(hours=3)


def test_a_clock_that_stands_still_shows_the_moment_it_stopped():
    assert ResolutionClock(START).stop(after(2)).elapsed(after(100)) == timedelta(hours=2)


def test_resolving_what_is_on_hold_does_not_count_the_hold():
    clock = ResolutionClock(START).stop(after(1)).stop(after(8))
    assert clock.elapsed(after(8)) == timedelta(hours=1)


def test_time_between_resolved_and_reopened_does_not_count():
    clock = ResolutionClock(START).stop(after(2)).go(after(50)).stop(after(53))
    assert clock.elapsed(after(53)) == timedelta(hours=5)


def test_going_twice_changes_nothing():
    clock = ResolutionClock(START).stop(after(1)).go(after(2))
    assert clock.go(after(9)) == clock


def test_a_machine_clock_set_back_gives_no_negative_time():
    clock = ResolutionClock(START).stop(after(2)).go(after(1))
    assert clock.stopped_total == timedelta(0)
    assert clock.elapsed(START - timedelta(hours=1)) == timedelta(0)
    assert response_time(START, START - timedelta(seconds=1)) == timedelta(0)


def test_both_daylight_saving_days_have_the_hours_they_really_have():
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in [(datetime(2026, 3, 28, 12, tzinfo=berlin), 23), (datetime(2026, 10, 24, 12, tzinfo=berlin), 25)]:
        next_noon = (day + timedelta(days=1)).astimezone(UTC)
        assert ResolutionClock(day.astimezone(UTC)).elapsed(next_noon) == timedelta(hours=hours)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=20))
def test_work_and_pauses_add_up_to_all_time(spans):
    clock, now, worked = ResolutionClock(START), START, timedelta(0)
    for work, pause in spans:
        now += timedelta(seconds=work)
        worked += timedelta(seconds=work)
        clock = clock.stop(now)
        now += timedelta(seconds=pause)
        clock = clock.go(now)
    assert clock.elapsed(now) == worked
    assert clock.stopped_total + worked == now - START
