"""Compiled parts of the table of options: who can come when, and whom two sessions would share."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit


@njit(cache=True)
def free_runs(free: Any) -> Any:
    """(n, H): for how many steps somebody is free from each step on."""
    n, steps = free.shape
    out = np.zeros((n, steps), np.uint16)
    for i in range(n):
        run = 0
        for s in range(steps - 1, -1, -1):
            run = run + 1 if free[i, s] else 0
            out[i, s] = run
    return out


@njit(cache=True)
def worst_of(burden: Any, length: Any) -> Any:
    """(profiles, H): burden of the worst of `length` steps from each step on (fewer at the end)."""
    profiles, steps = burden.shape
    out = np.zeros((profiles, steps), np.int32)
    for p in range(profiles):
        for s in range(steps):
            worst = 0
            for k in range(s, min(steps, s + length)):
                worst = max(worst, burden[p, k])
            out[p, s] = worst
    return out


@njit(cache=True)
def weigh_group(
    members: Any, wanted: Any, starts: Any, length: Any, quorum: Any, runs: Any, taken: Any, profile: Any,
    worst: Any, able: Any, facing: Any,
) -> Any:  # fmt: skip
    """What each session (S, T) of a group in each slot would be: attendance (-1 where it cannot be held),
    sum of burdens, and whether too few facilitators are free.

    wanted: of each member whether they must come. taken (n, H): steps at which members are in sessions that
    are fixed; of shape (0, 0) where none is.
    """
    slots, sessions = starts.shape
    attendance = np.full((slots, sessions), -1, np.int32)
    burden = np.zeros((slots, sessions), np.int64)
    uncovered = np.zeros((slots, sessions), np.bool_)
    for s in range(slots):
        for t in range(sessions):
            at = starts[s, t]
            if at < 0:
                continue
            count, sum_, fine = 0, 0, True
            for k in range(len(members)):
                i = members[k]
                if taken.shape[0] and taken[i, at : at + length].any():
                    fine = False
                    break
                if runs[i, at] >= length:
                    count += 1
                    sum_ += worst[profile[i], at]
                elif wanted[k]:
                    fine = False
                    break
            if not fine or count < quorum:
                continue
            attendance[s, t] = count
            burden[s, t] = sum_
            if facing:
                there = 0
                for i in able:
                    if runs[i, at] >= length:
                        there += 1
                uncovered[s, t] = there < facing
    return attendance, burden, uncovered


@njit(cache=True)
def clique_counts(person_start: Any, meeting: Any, begin: Any, length: Any, steps: Any, point_of: Any) -> Any:
    """First pass over the meetings of each person (rows by person, as in `cliques`): how many largest sets
    of meetings at one step there are, and how many entries they have."""
    found, entries = 0, 0
    starts, ends = np.zeros(steps + 1, np.int32), np.zeros(steps + 1, np.int32)
    for p in range(len(person_start) - 1):
        low, high = person_start[p], person_start[p + 1]
        _points(low, high, meeting, begin, length, starts, ends, point_of)
        for k in range(low, high):
            m = meeting[k]
            last = begin[m] + length[m] - 1
            entries += _points_until(point_of, last) - _points_until(point_of, begin[m] - 1)
        found += _points_until(point_of, steps - 1)
    return found, entries


@njit(cache=True)
def _points(
    low: Any, high: Any, meeting: Any, begin: Any, length: Any, starts: Any, ends: Any, point_of: Any
) -> Any:
    """Mark in `point_of` (running count per step) the steps whose meetings are not among those of another
    step: ends that follow a start."""
    steps = len(point_of)
    starts[:] = 0
    ends[:] = 0
    for k in range(low, high):
        m = meeting[k]
        starts[begin[m]] += 1
        ends[begin[m] + length[m] - 1] += 1
    fresh, count = False, 0
    for x in range(steps):
        fresh = fresh or starts[x] > 0
        if ends[x] > 0 and fresh:
            count += 1
            fresh = False
        point_of[x] = count


@njit(cache=True)
def _points_until(point_of: Any, step: Any) -> Any:
    return point_of[step] if step >= 0 else 0


@njit(cache=True)
def cliques(
    person_start: Any, meeting: Any, begin: Any, length: Any, steps: Any, point_of: Any, found: Any,
    entries: Any,
) -> Any:  # fmt: skip
    """Largest sets of meetings that share a person at a step, in rows: (start (found + 1,), meeting
    (entries,)). A meeting m takes the steps begin[m] .. begin[m] + length[m] - 1."""
    row_start = np.zeros(found + 1, np.int64)
    rows = np.empty(entries, np.int32)
    starts, ends = np.zeros(steps + 1, np.int32), np.zeros(steps + 1, np.int32)
    base, filled = 0, 0
    for p in range(len(person_start) - 1):
        low, high = person_start[p], person_start[p + 1]
        _points(low, high, meeting, begin, length, starts, ends, point_of)
        points = _points_until(point_of, steps - 1)
        size = np.zeros(points + 1, np.int64)
        for k in range(low, high):
            m = meeting[k]
            first = _points_until(point_of, begin[m] - 1)
            for x in range(first, _points_until(point_of, begin[m] + length[m] - 1)):
                size[x] += 1
        for x in range(points):
            row_start[base + x + 1] = row_start[base + x] + size[x]
        size[:] = 0
        for k in range(low, high):
            m = meeting[k]
            first = _points_until(point_of, begin[m] - 1)
            for x in range(first, _points_until(point_of, begin[m] + length[m] - 1)):
                rows[row_start[base + x] + size[x]] = m
                size[x] += 1
                filled += 1
        base += points
    return row_start, rows


@njit(cache=True)
def meetings_of(
    people: Any, people_start: Any, unit: Any, unit_start: Any, meeting_start: Any, inside: Any, out: Any,
    fill: Any,
) -> Any:  # fmt: skip
    """Meetings of the options `inside` (N,) for some people, in rows: fills `out` where `fill`, and returns
    the start of each row."""
    start = np.zeros(len(people) + 1, np.int64)
    at = 0
    for k in range(len(people)):
        i = people[k]
        for r in range(people_start[i], people_start[i + 1]):
            u = unit[r]
            for o in range(unit_start[u], unit_start[u + 1]):
                if inside[o]:
                    if fill:
                        for m in range(meeting_start[o], meeting_start[o + 1]):
                            out[at] = m
                            at += 1
                    else:
                        at += meeting_start[o + 1] - meeting_start[o]
        start[k + 1] = at
    return start


@njit(cache=True)
def of_two_units(row_start: Any, rows: Any, unit_of: Any, number: Any) -> Any:
    """Which rows of meetings hold more than one unit, each different set of them once, and the sum of their
    meetings' random numbers, by which equal sets are seen."""
    keep = np.zeros(len(row_start) - 1, np.bool_)
    seen = set()
    seen.add(np.uint64(0))
    for r in range(len(row_start) - 1):
        low, high = row_start[r], row_start[r + 1]
        several, total = False, np.uint64(0)
        for k in range(low, high):
            total += number[rows[k]]
            several = several or unit_of[rows[k]] != unit_of[rows[low]]
        if several and total not in seen:
            seen.add(total)
            keep[r] = True
    return keep


@njit(cache=True)
def find(parent: Any, u: Any) -> Any:
    """The root of u, with the path to it halved."""
    while parent[u] != u:
        parent[u] = parent[parent[u]]
        u = parent[u]
    return u


@njit(cache=True)
def join(parent: Any, row_start: Any, rows: Any) -> Any:
    """Put the units of each row into one tree."""
    for r in range(len(row_start) - 1):
        for k in range(row_start[r] + 1, row_start[r + 1]):
            a, b = find(parent, rows[row_start[r]]), find(parent, rows[k])
            if a != b:
                parent[max(a, b)] = min(a, b)


@njit(cache=True)
def borne(
    meetings: Any, begin: Any, group: Any, member_start: Any, member: Any, runs: Any, length: Any,
    profile: Any, worst: Any,
) -> Any:  # fmt: skip
    """Burdens above 0 that members bear of some meetings of one length: (meeting, person, burden)."""
    count = 0
    for m in meetings:
        for k in range(member_start[group[m]], member_start[group[m] + 1]):
            i = member[k]
            count += runs[i, begin[m]] >= length and worst[profile[i], begin[m]] > 0
    who, which = np.empty(count, np.int32), np.empty(count, np.int32)
    burden = np.empty(count, np.int64)
    at = 0
    for m in meetings:
        for k in range(member_start[group[m]], member_start[group[m] + 1]):
            i = member[k]
            if runs[i, begin[m]] >= length and worst[profile[i], begin[m]] > 0:
                which[at], who[at], burden[at] = m, i, worst[profile[i], begin[m]]
                at += 1
    return which, who, burden


@njit(cache=True)
def anybody_twice(
    meetings: Any, group: Any, member_start: Any, member: Any, begin: Any, length: Any, people: Any,
    steps: Any,
) -> Any:  # fmt: skip
    """Whether two of these meetings (their groups beside) share a member at a step."""
    taken = np.zeros((people, steps), np.bool_)
    for k in range(len(meetings)):
        m, g = meetings[k], group[k]
        for r in range(member_start[g], member_start[g + 1]):
            for x in range(begin[m], begin[m] + length[m]):
                if taken[member[r], x]:
                    return True
                taken[member[r], x] = True
    return False
