"""Who takes part in rounds, and who comes to which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from matcher.candidates.free_time import SLOT_MINUTES, SLOTS_PER_WEEK, calendar_of
from matcher.domain.errors import InputError
from matcher.domain.member import Member, Status
from matcher.domain.program import Cycle
from matcher.domain.rounds_plan import NotInRounds

Reason = Literal["left", "capacity", "never_free"]

SENTENCES: dict[Reason, str] = {
    "left": "The member has left.",
    "capacity": "The member takes part in no group now (capacities.pods is 0).",
    "never_free": "The member has no time for a session in the week of any round.",
}


def weeks_of(cycle: Cycle, rounds: int, held: tuple[date, ...] = ()) -> tuple[date, ...]:
    """The first day of each round's week: spread evenly over the whole weeks of a cycle after those `held`.

    Raises InputError where there are more rounds than weeks.
    """
    weeks = ((cycle.end - cycle.start).days + 1) // 7
    first = (held[-1] - cycle.start).days // 7 + 1 if held else 0
    open_, left = rounds - len(held), weeks - first
    if open_ > left:
        after = f", {left} after the last round that took place" if held else ""
        raise InputError(
            f"The cycle {cycle.id!r} has {weeks} whole weeks{after}: "
            f"ask for {left + len(held)} rounds at most, not {rounds}."
        )
    spread = (first + number * left // open_ for number in range(open_))
    return (*held, *(cycle.start + timedelta(weeks=week) for week in spread))


def is_week_of(cycle: Cycle, day: date) -> bool:
    """Whether one of the whole weeks of a cycle begins on a day."""
    weeks, rest = divmod((day - cycle.start).days, 7)
    return not rest and 0 <= weeks < ((cycle.end - cycle.start).days + 1) // 7


def comes(member: Member, cycle: Cycle, week_of: date) -> bool:
    """Whether a member has time for a session of the cycle's length in the seven days from `week_of`.

    Who names no weekly hours is taken to have time on any day without leave.
    """
    if not member.availability:
        days = (week_of + timedelta(days=day) for day in range(7))
        return any(not any(away.start <= day <= away.end for away in member.leave) for day in days)
    free = calendar_of(cycle.start, cycle.end).free(member)
    week = free >> ((week_of - cycle.start).days // 7 * SLOTS_PER_WEEK) & ((1 << SLOTS_PER_WEEK) - 1)
    for _ in range(-(-cycle.session_minutes // SLOT_MINUTES) - 1):
        week &= week >> 1  # slots that have as many free ones behind them
    return week != 0


def sort_out(
    members: Iterable[Member], cycle: Cycle, weeks: tuple[date, ...]
) -> tuple[list[Member], list[list[bool]], tuple[NotInRounds, ...]]:
    """Who takes part, by id; to which rounds each of them comes; and who takes no part, and why."""
    taking, attendance, others = [], [], []
    for member in sorted(members, key=lambda one: one.id):
        coming = [comes(member, cycle, week) for week in weeks]
        reason: Reason | None = None
        if member.status is Status.LEFT:
            reason = "left"
        elif member.capacities.pods == 0:
            reason = "capacity"
        elif not any(coming):
            reason = "never_free"
        if reason is None:
            taking.append(member)
            attendance.append(coming)
        else:
            others.append(NotInRounds(member=member.id, reason=reason, sentence=SENTENCES[reason]))
    return taking, attendance, tuple(others)
