"""The real dates of a rota: when weekly times begin, who is free, and how unsocial each step is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.free_time import DAY_MINUTES
from matcher.candidates.pods.weeks import wall_instant
from matcher.candidates.rota.context import STEP, RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.domain.member import Member
from matcher.domain.rota_policy import BurdenCurve

Index = NDArray[np.int32]
Flags = NDArray[np.bool_]

Start = dict[tuple[str, tuple[int, ...]], Index]
"""Starts by zone and weeks, before the length of sessions is looked at."""


def slot_starts(context: RotaContext, group: RotaGroup, known: Start) -> Index:
    """Step at which each session begins in each weekly slot, shape (S, T); -1 outside the cycle.

    Slots are the times of the policy's grid, from Monday 0:00 on, as clocks in the group's zone show them.
    """
    key = (group.zone, group.weeks)
    if key not in known:
        zone, cycle, grid = ZoneInfo(group.zone), context.program.cycle, context.policy.grid_minutes
        step, origin = timedelta(minutes=STEP), context.origin
        rows = []
        for weekday in range(1, 8):
            for minute in range(0, DAY_MINUTES, grid):
                begins = (wall_instant(cycle, zone, weekday, minute, week) - origin for week in group.weeks)
                rows.append([begin // step if not begin % step else -1 for begin in begins])
        known[key] = np.array(rows, np.int32).reshape(7 * DAY_MINUTES // grid, len(group.weeks))
    starts = known[key]
    inside = (starts >= 0) & (starts + context.length(group) <= context.n_steps)
    return np.where(inside, starts, np.int32(-1)).astype(np.int32)


def free_steps(context: RotaContext, people: Sequence[Member]) -> Flags:
    """Who is free when, shape (people, steps)."""
    steps = context.n_steps
    free = np.zeros((len(people), steps), np.bool_)
    for row, member in enumerate(people):
        packed = np.frombuffer(context.free(member).to_bytes(-(-steps // 8), "little"), np.uint8)
        free[row] = np.unpackbits(packed, count=steps, bitorder="little")
    return free


def whole_sessions(free: Flags, length: int) -> Flags:
    """Where somebody is free for a whole session that begins there, same shape."""
    out = free.copy()
    for step in range(1, length):
        out[:, :-step] &= free[:, step:]
        out[:, -step:] = False
    return out


def burden_table(context: RotaContext, people: Sequence[Member]) -> tuple[Index, Index]:
    """How unsocial each step is: the row of each person, and the rows, one for each zone and caregiving."""
    rows: dict[tuple[str, bool], int] = {}
    profile = [rows.setdefault((one.time_zone, one.caregiver), len(rows)) for one in people]
    burden = np.zeros((max(1, len(rows)), context.n_steps), np.int32)
    for (zone, caregiver), row in rows.items():
        burden[row] = _burden(context, zone, caregiver)
    return np.array(profile, np.int32), burden


def _burden(context: RotaContext, zone: str, caregiver: bool) -> Index:
    pieces = context.calendar.pieces_of(zone)
    minute = np.arange(context.n_steps, dtype=np.int64) * STEP
    begins = np.array([low for low, _, _ in pieces], np.int64)
    offsets = np.array([offset for _, _, offset in pieces], np.int64)
    local = minute + offsets[np.searchsorted(begins, minute, side="right") - 1]
    weekday = (context.program.cycle.start.weekday() + local // DAY_MINUTES) % 7
    hour = local % DAY_MINUTES // 60
    table = hour_burdens(context.policy.curve, caregiver)
    return np.asarray(table[weekday, hour], np.int32)


def hour_burdens(curve: BurdenCurve, caregiver: bool) -> Index:
    """How unsocial each hour of a week is, shape (7, 24), Monday first."""
    day = np.array(curve.by_hour, np.int32)
    if caregiver:
        hours = np.arange(24)
        family = (hours >= curve.family_from) & (hours < curve.family_until)
        day = np.where(family, day, day * curve.caregiver_percent // 100).astype(np.int32)
    week = np.repeat(day[None, :], 7, axis=0)
    week[5:] += curve.weekend
    return week
