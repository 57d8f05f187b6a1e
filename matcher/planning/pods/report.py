"""From a solver's answer to the pods of a plan. Nothing is solved here; all is counted from the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.free_time import DAY_MINUTES
from matcher.candidates.pods.points import meets, parts_of
from matcher.candidates.pods.targets import Target
from matcher.domain.pods_plan import (
    KeptOut,
    MeetingTime,
    NeedMet,
    PlanPod,
    PlanPrices,
    PodSeat,
)
from matcher.planning.pods.sentences import told, why_here
from solvers.pods.check.score import groups, pod_parts

if TYPE_CHECKING:
    from matcher.planning.pods.instance import Prepared
    from solvers.pods.instance import Index, PodsInstance, Seats
    from solvers.pods.solution import PodPrices


PART_NAMES = ("seats", "needs", "organizations", "pairs", "meeting")
"""The parts of a pod's points, in the order of `PodParts`."""


def pod_rows(prepared: Prepared, seats: Seats, slot: Index) -> tuple[PlanPod, ...]:
    """The pods that run, in the order of the document."""
    return tuple(
        _pod(prepared, p, members, int(slot[p]))
        for p, members in enumerate(groups(prepared.instance, seats))
        if members
    )


def _pod(prepared: Prepared, p: int, members: list[int], slot: int) -> PlanPod:
    instance, context, target = prepared.instance, prepared.context, prepared.table.targets[p]
    parts = pod_parts(instance, p, members, slot)
    protected, pinned = set(prepared.running.protected), set(prepared.pins.seats) | set(prepared.frozen)
    meeting = meeting_of(instance, p, members, slot, context.zone, target)
    seats = tuple(
        _seat(prepared, i, p, kept=(i, p) in protected, pinned=(i, p) in pinned, meeting=meeting)
        for i in members
    )
    free = [i for i in members if (i, p) not in pinned]
    return PlanPod(
        pod=target.id,
        kind=target.kind,
        title=target.title,
        sponsor=target.sponsor,
        points=parts.total,
        parts=dict(zip(PART_NAMES, astuple(parts), strict=True)),
        seats=seats,
        needs=_needs(prepared, target, members),
        meeting=meeting,
        language=_language(prepared, target, free or members),
        organizations=len({int(instance.organization[i]) for i in members}),
        met_before=sum(met_before(instance, members)),
        running=any((i, p) in protected for i in members),
    )


def _seat(
    prepared: Prepared, i: int, p: int, *, kept: bool, pinned: bool, meeting: MeetingTime | None
) -> PodSeat:
    context, member, target = prepared.context, prepared.table.members[i], prepared.table.targets[p]
    parts, reasons = parts_of(context, member, target), why_here(context, member, target, meeting)
    return PodSeat(
        member=member.id,
        points=sum(parts.values()),
        parts=parts,
        satisfaction=int(prepared.table.satisfaction[i, p]) if member.wishes else None,
        kept=kept,
        pinned=pinned,
        overrides=prepared.pins.overrides.get((i, p), ()),
        reasons=reasons,
        why=told(reasons, target),
    )


def _needs(prepared: Prepared, target: Target, members: Sequence[int]) -> tuple[NeedMet, ...]:
    context = prepared.context
    return tuple(
        NeedMet(
            skill=context.skills.ids[need.skill],
            level=need.level,
            people=need.people,
            members=tuple(
                prepared.table.members[i].id
                for i in members
                if meets(context, prepared.table.members[i], need)
            ),
        )
        for need in target.needs
    )


def _language(prepared: Prepared, target: Target, members: Sequence[int]) -> str | None:
    """The first of the pod's languages that all speak."""
    people = [prepared.table.members[i] for i in members]
    return next(
        (tongue for tongue in target.languages if all(tongue in one.languages for one in people)), None
    )


def met_before(instance: PodsInstance, members: Sequence[int]) -> list[bool]:
    """Of each couple with points below 0, whether both are in the group."""
    terms, inside = instance.pair_terms, set(members)
    return [
        bool(terms.value[k] < 0)
        for i in members
        for k in range(int(terms.start[i]), int(terms.start[i + 1]))
        if int(terms.other[k]) > i and int(terms.other[k]) in inside
    ]


def meeting_of(
    instance: PodsInstance, p: int, members: Sequence[int], slot: int, zone: str, target: Target
) -> MeetingTime | None:
    """The weekly time of a slot, and who can come; None for a pod without meetings."""
    if slot < 0:
        return None
    rhythm = instance.rhythms[instance.pods[p].rhythm]
    start = int(rhythm.start[slot])
    day, minute = divmod(start, DAY_MINUTES)
    always = [i for i in members if rhythm.always[i, slot]]
    return MeetingTime(
        weekday=day + 1,
        start=f"{minute // 60:02d}:{minute % 60:02d}",
        time_zone=zone,
        minutes=target.rhythm[0],
        every_weeks=target.rhythm[1],
        weeks=target.rhythm[2],
        always=tuple(instance.member_ids[i] for i in always),
        half=tuple(instance.member_ids[i] for i in members if rhythm.half[i, slot]),
    )


def left_out(prepared: Prepared) -> tuple[KeptOut, ...]:
    """Members whom a rule about themselves keeps out of every pod."""
    from matcher.candidates.pods.rules import RULE

    return tuple(
        KeptOut(member=member, rule=code, sentence=RULE[code].sentence)
        for member, code in prepared.table.left_out
    )


def price_rows(instance: PodsInstance, prices: Sequence[PodPrices]) -> tuple[PlanPrices, ...]:
    """The prices that bound the tiers, by id."""
    return tuple(
        PlanPrices(
            tier=one.tier,
            scale=one.scale,
            member=_numbers(instance.member_ids, one.member),
            hours=_numbers(instance.member_ids, one.hours),
            credit=_numbers(instance.member_ids, one.credit),
            held=one.held,
            broken=one.broken,
            pod=_numbers(instance.pod_ids, one.pod),
            least_satisfaction=one.least_satisfaction,
            least_points=one.least_points,
        )
        for one in prices
    )


def _numbers(ids: Sequence[str], values: NDArray[np.int64]) -> dict[str, int]:
    return {name: value for name, value in zip(ids, values.tolist(), strict=True) if value}


def prices_of(instance: PodsInstance, row: PlanPrices) -> PodPrices:
    """The prices of a plan as arrays. Raises KeyError for ids that are not of the instance."""
    from solvers.pods.solution import PodPrices

    def array(ids: Sequence[str], values: dict[str, int]) -> NDArray[np.int64]:
        number = {name: k for k, name in enumerate(ids)}
        found = np.zeros(len(ids), np.int64)
        for name, value in values.items():
            found[number[name]] = value
        return found

    return PodPrices(
        tier=row.tier,
        scale=row.scale,
        member=array(instance.member_ids, row.member),
        hours=array(instance.member_ids, row.hours),
        credit=array(instance.member_ids, row.credit),
        held=row.held,
        broken=row.broken,
        pod=array(instance.pod_ids, row.pod),
        least_satisfaction=row.least_satisfaction,
        least_points=row.least_points,
    )
