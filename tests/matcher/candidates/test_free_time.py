"""Free slots are what a minute-by-minute look at local clocks gives, in every zone and week."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matcher.candidates.free_time import Calendar
from matcher.domain.member import BusyInterval, Leave, Member, WeeklySpan


def member(zone: str, *spans: WeeklySpan, **fields: object) -> Member:
    return Member(id="m", name="M", organization="o", time_zone=zone, availability=spans, **fields)


def minute_is_free(one: Member, instant: datetime) -> bool:
    local = instant.astimezone(ZoneInfo(one.time_zone))
    minute = local.hour * 60 + local.minute
    spanned = any(
        span.day == local.isoweekday() and span.start_minute <= minute < span.end_minute
        for span in one.availability
    )
    night = not one.night_ok and (minute >= 22 * 60 or minute < 6 * 60)
    # A busy interval may begin or end within the minute.
    busy = any(i.start < instant + timedelta(minutes=1) and instant < i.end for i in one.busy)
    away = any(leave.start <= local.date() <= leave.end for leave in one.leave)
    return spanned and not night and not busy and not away


def slots_by_the_minute(one: Member, start: date, days: int) -> int:
    origin = datetime(start.year, start.month, start.day, tzinfo=UTC)
    free = 0
    for slot in range(days * 48):
        begin = origin + timedelta(minutes=30 * slot)
        if all(minute_is_free(one, begin + timedelta(minutes=k)) for k in range(30)):
            free |= 1 << slot
    return free


def test_slots_are_those_of_a_minute_by_minute_look(make_network):
    checked = 0
    for seed in range(40):
        network, _ = make_network(seed)
        cycle = network.programs[0].cycle
        calendar = Calendar(cycle.start, cycle.end)
        for one in random.Random(seed).sample(network.members, min(2, len(network.members))):
            expected = slots_by_the_minute(one, cycle.start, calendar.days)
            assert calendar.free(one) == expected, (seed, one.id)
            checked += expected > 0
    assert checked > 20


def test_local_hours_keep_their_place_when_clocks_change():
    # Berlin goes from UTC+2 to UTC+1 on 25 October 2026.
    calendar = Calendar(date(2026, 10, 24), date(2026, 10, 30))
    free = calendar.free(
        member("Europe/Berlin", *(WeeklySpan(day=d, start=time(9), end=time(10)) for d in (6, 1)))
    )
    saturday, monday = 7 * 2, (2 * 24 + 8) * 2
    assert free == 0b11 << saturday | 0b11 << monday


def test_nights_are_free_only_for_those_who_allow_them():
    calendar = Calendar(date(2026, 9, 28), date(2026, 10, 4))
    span = WeeklySpan(day=1, start=time(21), end=time(0))
    assert calendar.free(member("UTC", span)).bit_count() == 2
    assert calendar.free(member("UTC", span, night_ok=True)).bit_count() == 6


def test_busy_time_and_leave_take_every_slot_they_touch():
    calendar = Calendar(date(2026, 9, 28), date(2026, 10, 4))
    span = WeeklySpan(day=1, start=time(9), end=time(12))
    start = datetime(2026, 9, 28, 9, 59, tzinfo=UTC)
    busy = BusyInterval(start=start, end=start + timedelta(minutes=2))
    assert calendar.free(member("UTC", span, busy=(busy,))).bit_count() == 4
    leave = Leave(start=date(2026, 9, 28), end=date(2026, 9, 28))
    assert calendar.free(member("UTC", span, leave=(leave,))) == 0


def test_zones_off_the_half_hour_lose_the_slots_they_cut():
    # Kathmandu is 5:45 ahead: 09:00 local is 03:15 UTC, so the first whole slot starts at 03:30.
    calendar = Calendar(date(2026, 9, 28), date(2026, 10, 4))
    spans = (
        WeeklySpan(day=1, start=time(9), end=time(10)),
        WeeklySpan(day=1, start=time(10), end=time(11)),
    )
    assert calendar.free(member("Asia/Kathmandu", *spans)) == 0b111 << 7


def test_without_availability_nobody_is_free():
    assert Calendar(date(2026, 9, 28), date(2026, 10, 4)).free(member("UTC")) == 0


def test_spans_join_over_midnight_and_the_end_of_the_week_off_the_half_hour():
    # 5:45 ahead, a whole slot of the calendar lies on both sides of local midnight: 18:00-18:30 UTC.
    calendar = Calendar(date(2026, 9, 28), date(2026, 11, 8))
    spans = (
        WeeklySpan(day=7, start=time(23), end=time(0)),
        WeeklySpan(day=1, start=time(0), end=time(1)),
    )
    one = member("Asia/Kathmandu", *spans, night_ok=True)
    assert calendar.free(one) == slots_by_the_minute(one, calendar.start, calendar.days)
    assert calendar.free(one).bit_count() == 6 * 3
