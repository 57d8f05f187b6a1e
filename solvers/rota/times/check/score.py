"""What meeting times are worth, tier by tier, in plain Python: the definition each answer is held to.

Tiers in order, each left out where it cannot vary:
    unscheduled     min  sessions that do not take place, closed ones aside
    uncovered       min  sessions that take place with fewer free facilitators than `facing`; where some face
    attendance      max  sum over sessions of the members who are free
    moved           min  sessions of `previous` at another time or at none; where changes is "tier"
    highest_burden  min  highest sum of carried burden and the burdens borne; where some burden is > 0
    burden          min  sum of the burdens borne by everybody; where some burden is > 0
    slot_changes    min  how often a session of a rotating group is in another slot than the one held before
                         it; where some group rotates

A member who is free at all of a session's steps attends it, and bears the burden of its worst step.
"""

from __future__ import annotations

from itertools import pairwise

from solvers.result import TierValue
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.solution import Times


def free_at(instance: TimesInstance, person: int, start: int, length: int) -> bool:
    """Whether somebody is free at every step of a session."""
    return bool(instance.free[person, start : start + length].all())


def burden_at(instance: TimesInstance, person: int, start: int, length: int) -> int:
    """How unsocial a session is for somebody: the burden of its worst step."""
    return int(instance.burden[instance.profile[person], start : start + length].max())


def attending(instance: TimesInstance, group: Group, start: int) -> list[int]:
    """Members who are free at a session of the group that begins at this step."""
    return [i for i in group.members if free_at(instance, i, start, group.length)]


def tier_values(instance: TimesInstance, times: Times, slots: Times) -> list[TierValue]:
    """The tiers with the values that these times reach (see the module)."""
    unscheduled = uncovered = attendance = moved = turned = 0
    borne = [0] * instance.n_people
    for group, starts, held_in in zip(instance.groups, times, slots, strict=True):
        unscheduled += sum(start < 0 for t, start in enumerate(starts) if t not in group.closed)
        moved += sum(starts[t] != step for t, step in group.previous)
        for start in starts:
            if start < 0:
                continue
            here = attending(instance, group, start)
            attendance += len(here)
            for i in here:
                borne[i] += burden_at(instance, i, start, group.length)
            if group.facing:
                able = sum(free_at(instance, i, start, group.length) for i in group.facilitators)
                uncovered += able < group.facing
        if group.rotating:
            row = [s for s in held_in if s >= 0]
            turned += sum(a != b for a, b in pairwise(row))
    out = [TierValue("unscheduled", "min", unscheduled)]
    if any(group.facing for group in instance.groups):
        out.append(TierValue("uncovered", "min", uncovered))
    out.append(TierValue("attendance", "max", attendance))
    if instance.changes == "tier" and any(group.previous for group in instance.groups):
        out.append(TierValue("moved", "min", moved))
    if instance.burden.any():
        highest = max((b + int(c) for b, c in zip(borne, instance.carried, strict=True)), default=0)
        out += [TierValue("highest_burden", "min", highest), TierValue("burden", "min", sum(borne))]
    if any(group.rotating for group in instance.groups):
        out.append(TierValue("slot_changes", "min", turned))
    return out
