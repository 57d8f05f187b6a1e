"""From the solvers' answers to the rows of a plan. Nothing is solved here; all is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.candidates.rota.context import ROLES
from matcher.candidates.rota.rules import level_of
from matcher.domain.rota_plan import (
    ModeResult,
    OrganizationShare,
    PlanSeries,
    PlanSession,
    PlanTurn,
    RotaPerson,
)
from matcher.domain.rota_policy import RoleName
from matcher.planning import outcome
from matcher.planning.rota import reasons
from matcher.planning.rota.changes import changes_of
from matcher.planning.rota.sentences import why_them
from solvers.rota.times.check.score import attending, burden_at
from solvers.rota.turns.check.score import burdens, load

if TYPE_CHECKING:
    from matcher.domain.member import Training
    from matcher.planning.rota.instance import Prepared
    from matcher.planning.rota.turns import Turns
    from solvers.rota.times.instance import TimesInstance
    from solvers.rota.times.solution import Times, TimesAnswer

SPREAD = 20
"""Burdens that a mode's result lists."""


def rows(prepared: Prepared, times: Times, turns: Turns, person: Sequence[int]) -> dict[str, Any]:
    """Series, what is without a time or a person and why, people, organizations, changes."""
    series = series_rows(prepared, times, turns, person)
    return {
        "series": series,
        "no_time": reasons.no_time(prepared, times),
        "open_turns": reasons.open_turns(prepared, turns, person),
        "people": people_rows(prepared, times, turns, person),
        "organizations": organization_rows(turns, person),
        "changes": changes_of(prepared, series, turns),
    }


def series_rows(
    prepared: Prepared, times: Times, turns: Turns, person: Sequence[int]
) -> tuple[PlanSeries, ...]:
    """The series with their sessions and turns, in the order of the groups."""
    of: dict[tuple[str, int], list[int]] = defaultdict(list)
    for turn, (name, t, _, _) in enumerate(turns.places):
        of[name, t].append(turn)
    context, out = prepared.context, []
    for g, (group, starts) in enumerate(zip(context.groups, times, strict=True)):
        sessions = tuple(
            _session(prepared, g, t, step, turns, of.get((group.id, t), []), person)
            for t, step in enumerate(starts)
            if step >= 0
        )
        slots = Counter(context.weekly(group, step) for step in starts if step >= 0)
        out.append(
            PlanSeries(
                kind=group.kind,
                key=group.key,
                pairing=group.pairing,
                title=group.title,
                members=group.members,
                expert=group.expert,
                minutes=group.minutes,
                every_weeks=group.every_weeks,
                quorum=group.quorum,
                time_zone=group.zone,
                slots=dict(slots.most_common()),
                sessions=sessions,
            )
        )
    return tuple(out)


def _session(
    prepared: Prepared,
    g: int,
    t: int,
    step: int,
    turns: Turns,
    own: Sequence[int],
    person: Sequence[int],
) -> PlanSession:
    context, history = prepared.context, prepared.history
    group, start = context.groups[g], context.instant(step)
    here = {prepared.people[i].id for i in attending(prepared.times, prepared.times.groups[g], step)}
    place = (group.id, t)
    before = history.coming.get(place)
    return PlanSession(
        index=group.index(t),
        start=start,
        end=start + timedelta(minutes=group.minutes),
        attending=tuple(one for one in group.members if one in here),
        absent=tuple(one for one in group.members if one not in here),
        turns=tuple(_turn(prepared, g, step, turns, turn, person) for turn in own),
        fixed=place in history.fixed or t in prepared.times.groups[g].fixed_at,
        moved_from=context.instant(before) if before is not None and before != step else None,
    )


def _turn(prepared: Prepared, g: int, step: int, turns: Turns, turn: int, person: Sequence[int]) -> PlanTurn:
    i, place, instance = person[turn], turns.places[turn], turns.instance
    role: RoleName = place[2]
    fixed = turn in turns.fixed
    if i < 0:
        return PlanTurn(role=role, number=place[3], fixed=fixed, handed=turn in turns.handed)
    member, group = prepared.people[i], prepared.context.groups[g]
    entry = instance.choices.entry(turn, i)
    burden = int(instance.choices.burden[entry]) if entry >= 0 else 0
    return PlanTurn(
        role=role,
        number=place[3],
        member=member.id,
        kept=prepared.history.turns.get(place) == member.id,
        fixed=fixed,
        handed=turn in turns.handed,
        pinned=turn in turns.pinned,
        overrides=turns.overrides.get(turn, ()),
        burden=burden,
        why=why_them(prepared.context, member, group, role, step),
    )


def people_rows(
    prepared: Prepared, times: Times, turns: Turns, person: Sequence[int]
) -> tuple[RotaPerson, ...]:
    """What each does and bears: all who attend a session, take a turn, or could."""
    instance, context = turns.instance, prepared.context
    borne, sessions = attended(prepared.times, times)
    by_role: dict[int, Counter[RoleName]] = defaultdict(Counter)
    for turn, i in enumerate(person):
        if i >= 0:
            by_role[i][turns.places[turn][2]] += 1
    extra = burdens(instance, person)
    out = []
    for i, one in enumerate(prepared.people):
        counted = bool(instance.counted[i, 0])
        if not (counted or sessions[i] or by_role[i]):
            continue
        taken = by_role[i]
        out.append(
            RotaPerson(
                member=one.id,
                organization=one.organization,
                turns={role: taken[role] for role in ROLES if taken[role]},
                sessions=sessions[i],
                carried=int(instance.carried[i, 0]),
                credited=turns.credits[i],
                load=load(instance, i, 0, sum(taken.values())) if counted else None,
                carried_burden=one.ledger.burden,
                burden=borne[i] + extra[i],
                turn_burden=extra[i],
                promoted_to=promoted(one.training, level_of(context, one, taken["shadow"], taken["co"])),
            )
        )
    return tuple(out)


def promoted(before: Training, after: Training) -> RoleName | None:
    """What somebody may do now that their training did not say before."""
    return None if before is after else "co" if after.value == "co" else "lead"


def attended(instance: TimesInstance, times: Times) -> tuple[list[int], list[int]]:
    """Per person: the unsocial burden of the sessions they attend, and how many these are."""
    borne, sessions = [0] * instance.n_people, [0] * instance.n_people
    for group, starts in zip(instance.groups, times, strict=True):
        for step in starts:
            if step >= 0:
                for i in attending(instance, group, step):
                    borne[i] += burden_at(instance, i, step, group.length)
                    sessions[i] += 1
    return borne, sessions


def organization_rows(turns: Turns, person: Sequence[int]) -> tuple[OrganizationShare, ...]:
    """Turns of each organization's people beside its fair share; those with neither are left out."""
    instance = turns.instance
    taken = Counter(int(instance.organization[i]) for i in person if i >= 0)
    return tuple(
        OrganizationShare(organization=name, turns=taken[o], share=int(instance.organization_share[o]))
        for o, name in enumerate(instance.organization_ids)
        if taken[o] or instance.organization_share[o]
    )


def modes(prepared: Prepared, chosen: TimesAnswer, other: TimesAnswer) -> tuple[ModeResult, ...]:
    """What the chosen way to find times reaches, and the other way beside it."""
    rotating = prepared.context.policy.mode == "rotating"
    out = []
    for answer, turned in ((chosen, rotating), (other, not rotating)):
        borne, _ = attended(prepared.times, answer.times)
        total = np.array(borne) + prepared.times.carried
        first = int(total.argmax()) if len(total) else -1
        out.append(
            ModeResult(
                mode="rotating" if turned else "stable",
                tiers=outcome.tier_rows(answer.tiers),
                highest=prepared.people[first].id if first >= 0 and total[first] else None,
                spread=tuple(sorted(total.tolist(), reverse=True)[:SPREAD]),
            )
        )
    return tuple(out)
