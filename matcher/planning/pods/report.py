"""From a solver's answer to the pods of a plan. Nothing is solved here; all is counted from the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
from matcher.planning.pods.sentences import why_here
from solvers.pods.check.score import groups, pod_parts

if TYPE_CHECKING:
    from matcher.planning.pods.instance import Prepared
    from solvers.pods.instance import Index, PodsInstance, Seats
    from solvers.pods.solution import PodPrices


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
        parts={
            "seats": parts.seats,
            "needs": parts.needs,
            "organizations": parts.organizations,
            "pairs": parts.pairs,
            "meeting": parts.ease,
        },
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
    parts = parts_of(context, member, target)
    return PodSeat(
        member=member.id,
        points=sum(parts.values()),
        parts=parts,
        satisfaction=int(prepared.table.satisfaction[i, p]) if member.wishes else None,
        kept=kept,
        pinned=pinned,
        overrides=prepared.pins.overrides.get((i, p), ()),
        why=why_here(context, member, target, meeting),
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
            member=dict(zip(instance.member_ids, one.member.tolist(), strict=True)),
            hours=dict(zip(instance.member_ids, one.hours.tolist(), strict=True)),
            held=one.held,
            broken=one.broken,
            pod=dict(zip(instance.pod_ids, one.pod.tolist(), strict=True)),
            least_satisfaction=one.least_satisfaction,
            least_points=one.least_points,
        )
        for one in prices
    )
