"""Arithmetic of spans, and availability, against counting every unit of time."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from matcher.calendar.busy.reading import read
from matcher.calendar.busy.spans import clipped, joined, without
from tests.matcher.calendar.busy.conftest import calendar

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def units(spans):
    """Every unit that spans hold."""
    return {unit for start, end in spans for unit in range(start, end)}


def is_tidy(spans):
    """Whether spans are in order, not empty, and neither overlap nor touch."""
    return all(start < end for start, end in spans) and all(
        one[1] < two[0] for one, two in itertools.pairwise(spans)
    )


@given(SPANS)
def test_joined_spans_hold_the_same_units(spans):
    assert is_tidy(joined(spans))
    assert units(joined(spans)) == units(spans)


@given(SPANS, SPANS)
def test_what_is_left_is_what_the_others_do_not_hold(spans, gone):
    left = without(joined(spans), joined(gone))
    assert is_tidy(left)
    assert units(left) == units(spans) - units(gone)


@given(SPANS, st.integers(0, 40), st.integers(0, 40))
def test_clipped_spans_lie_in_the_window(spans, low, high):
    assert units(clipped(joined(spans), (low, high))) == units(spans) & set(range(low, high))


def hour(number):
    """An hour of October 2026, as iCalendar writes it."""
    return f"202610{1 + number // 24:02d}T{number % 24:02d}0000Z"


RANGES = st.tuples(st.integers(0, 70), st.integers(1, 30)).map(lambda one: (one[0], one[0] + one[1]))
PARTS = st.tuples(RANGES, st.lists(RANGES, max_size=3), st.integers(0, 3))


@given(st.lists(PARTS, max_size=4))
def test_of_several_availabilities_the_highest_priority_holds_in_every_hour(parts):
    texts = []
    for (start, end), free, priority in parts:
        inner = "|".join(
            f"BEGIN:AVAILABLE|DTSTART:{hour(low)}|DTEND:{hour(high)}|END:AVAILABLE" for low, high in free
        )
        head = f"BEGIN:VAVAILABILITY|PRIORITY:{priority}|DTSTART:{hour(start)}|DTEND:{hour(end)}"
        texts.append("|".join(filter(None, [head, inner, "END:VAVAILABILITY"])))
    origin = 1_790_812_800  # 2026-10-01
    found = read(calendar(*texts), "UTC", (origin, origin + 110 * 3600)).spans
    taken = {k for k in range(110) if any(low <= origin + k * 3600 < high for low, high in found)}
    expected = set()
    for k in range(110):
        speaking = [(priority or 10, free) for (start, end), free, priority in parts if start <= k < end]
        if speaking:
            best = min(priority for priority, _ in speaking)
            deciding = [free for priority, free in speaking if priority == best]
            if any(not any(low <= k < high for low, high in free) for free in deciding):
                expected.add(k)
    assert taken == expected
