"""From rounds of numbers to the plan document. Nothing is solved here; all is counted from the rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import combinations, count
from typing import TYPE_CHECKING, Literal

import numpy as np

from matcher.domain.plan import Outcome, PlanTier
from matcher.domain.rounds_plan import NoGroup, PlanRound, RoundsPerson
from matcher.planning.outcome import SENTENCES
from matcher.planning.rounds.history import key_of
from solvers.pods.rounds.check.bound import fresh_rounds_left
from solvers.pods.rounds.check.keeping import going_on
from solvers.pods.rounds.check.score import left_out

if TYPE_CHECKING:
    from solvers.pods.rounds.instance import Round, RoundsInstance
    from solvers.pods.rounds.solution import RoundsAnswer

Reason = Literal["too_few_people", "sizes", "language", "kept_apart"]

NO_GROUP: dict[Reason, str] = {
    "too_few_people": "Fewer people come to this round than a group needs.",
    "sizes": "The people of this round do not divide into groups of the allowed sizes.",
    "language": "Fewer people who share a language with the person come to this round than a group needs.",
    "kept_apart": "No group of this round may take the person: rules keep people in each of them apart.",
}


def body_of(
    instance: RoundsInstance,
    answer: RoundsAnswer,
    weeks: Sequence[date] | None,
    before: Sequence[PlanRound] = (),
) -> dict[str, object]:
    """The fields of a plan that come from its answer; `before`: all rounds as they were planned before."""
    status = Outcome(answer.status.value)
    return {
        "status": status,
        "sentence": SENTENCES[status],
        "method": answer.method,
        "value": answer.value,
        "bound": answer.bound,
        "tiers": tuple(PlanTier.model_validate(tier, from_attributes=True) for tier in answer.tiers),
        "rounds": round_rows(instance, answer.rounds, weeks, before),
        "left_out": no_group_rows(instance, answer.rounds),
        "people": person_rows(instance, answer.rounds),
    }


def round_rows(
    instance: RoundsInstance,
    rounds: Sequence[Round],
    weeks: Sequence[date] | None,
    before: Sequence[PlanRound] = (),
) -> tuple[PlanRound, ...]:
    """The rounds by ids. A group that goes on from one of the round before keeps its key."""
    ids = instance.person_ids
    met = set(zip(instance.met.first.tolist(), instance.met.second.tolist(), strict=True))
    met |= {(j, i) for i, j in met}
    rows = []
    for number, groups in enumerate(rounds):
        held = number < len(instance.held)
        away = [] if held else np.flatnonzero(~instance.attendance[:, number]).tolist()
        pairs = [pair for group in groups for pair in combinations(group, 2)]
        again = [pair for pair in pairs if pair in met]
        met |= {pair for i, j in pairs for pair in ((i, j), (j, i))}
        names = tuple(tuple(ids[i] for i in group) for group in groups)
        rows.append(
            PlanRound(
                number=number + 1,
                week_of=weeks[number] if weeks is not None else None,
                held=held,
                groups=names,
                keys=_keys(instance, number, groups, names, before[number] if number < len(before) else None),
                absent=tuple(ids[i] for i in away),
                again=tuple((ids[i], ids[j]) for i, j in again),
            )
        )
    return tuple(rows)


def _keys(
    instance: RoundsInstance,
    number: int,
    groups: Round,
    names: Sequence[Sequence[str]],
    before: PlanRound | None,
) -> tuple[str, ...]:
    """What names each group of a round: the key of the group before that goes on in it, or else of one with
    which it shares most people; else the first that is free."""
    keys: dict[int, str] = {}
    taken: set[int] = set()
    at = number - len(instance.held)
    if before is not None and 0 <= at < len(instance.before):
        rests = instance.rests[at]
        for k, place in enumerate(going_on([rest if not why else () for rest, why in rests], groups)):
            if place is not None:
                keys[place] = before.keys[k]
                taken.add(k)
    old = {who: k for k, group in enumerate(before.groups if before is not None else ()) for who in group}
    shared = Counter((old[who], g) for g, group in enumerate(names) for who in group if who in old)
    for (k, g), _ in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
        if before is not None and g not in keys and k not in taken:
            keys[g] = before.keys[k]
            taken.add(k)
    used = set(keys.values())
    free = (key for k in count() if (key := key_of(number + 1, k)) not in used)
    return tuple(keys[g] if g in keys else next(free) for g in range(len(groups)))


def no_group_rows(instance: RoundsInstance, rounds: Sequence[Round]) -> tuple[NoGroup, ...]:
    """Everybody who comes to a round and has no group in it, with the reason."""
    rows = []
    coming = instance.attendance.sum(axis=0).tolist()
    for number, i in left_out(instance, rounds):
        seated = sum(map(len, rounds[number]))
        reason: Reason = "kept_apart"
        if coming[number] < instance.least:
            reason = "too_few_people"
        elif seated >= sum(instance.sizes(coming[number])):
            reason = "sizes"
        elif _understood(instance, number, i) < instance.least:
            reason = "language"
        rows.append(
            NoGroup(member=instance.person_ids[i], round=number + 1, reason=reason, sentence=NO_GROUP[reason])
        )
    return tuple(rows)


def _understood(instance: RoundsInstance, number: int, person: int) -> int:
    """How many who come to a round share a language with somebody who does, that person included."""
    coming = np.flatnonzero(instance.attendance[:, number]).tolist()
    return sum(instance.understands((person, other)) for other in coming)


def person_rows(instance: RoundsInstance, rounds: Sequence[Round]) -> tuple[RoundsPerson, ...]:
    """What everybody gets of the rounds, by person number."""
    n = instance.n_people
    organization = instance.organization.tolist()
    before: list[set[int]] = [set() for _ in range(n)]
    for i, j in zip(instance.met.first.tolist(), instance.met.second.tolist(), strict=True):
        before[i].add(j)
        before[j].add(i)
    seats, repeats = [0] * n, [0] * n
    here: list[set[int]] = [set() for _ in range(n)]
    for groups in rounds:
        for group in groups:
            for i in group:
                seats[i] += 1
            for i, j in combinations(group, 2):
                again = j in before[i] or j in here[i]
                repeats[i] += again
                repeats[j] += again
                here[i].add(j)
                here[j].add(i)
    return tuple(
        RoundsPerson(
            member=instance.person_ids[i],
            organization=instance.organization_ids[organization[i]],
            rounds=seats[i],
            new_people=len(here[i] - before[i]),
            organizations=len({organization[j] for j in here[i]} - {organization[i]}),
            repeats=repeats[i],
            fresh_rounds_left=fresh_rounds_left(instance, n - 1 - len(here[i] | before[i])),
        )
        for i in range(n)
    )
