"""Where search leaves people together who must not meet: somebody moves to another group, or sits out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.instance import Group, Round, RoundsInstance
from solvers.pods.rounds.table import canonical


def repaired(instance: RoundsInstance, costs: Costs, rounds: Sequence[Round]) -> tuple[Round, ...]:
    """Open rounds that keep every rule: whoever breaks one is taken out of the group, and seated elsewhere
    where that is allowed."""
    return tuple(_round(instance, costs, one) for one in rounds)


def _round(instance: RoundsInstance, costs: Costs, groups: Round) -> Round:
    kept: list[list[int]] = []
    out: list[int] = []
    for group in groups:
        stay = list(group)
        while stay:
            worst = max(stay, key=lambda i: _against(instance, costs, i, stay))
            if not _against(instance, costs, worst, stay):
                break
            stay.remove(worst)
            out.append(worst)
        if len(stay) >= instance.least:
            kept.append(stay)
        else:
            out += stay
    if not out:
        return groups
    waiting: list[int] = []
    for i in out:
        fitting = [g for g in kept if len(g) < instance.most and not _against(instance, costs, i, [*g, i])]
        if fitting:
            min(fitting, key=len).append(i)
        else:
            waiting.append(i)
    while len(waiting) >= instance.least:
        fresh: list[int] = []
        for i in waiting:
            if len(fresh) < instance.size and not _against(instance, costs, i, [*fresh, i]):
                fresh.append(i)
        if len(fresh) < instance.least:
            break
        kept.append(fresh)
        waiting = [i for i in waiting if i not in fresh]
    return canonical(kept)


def _against(instance: RoundsInstance, costs: Costs, person: int, group: Sequence[int] | Group) -> int:
    """How many of the rules on a group the person breaks."""
    broken = sum(bool(costs.forbidden[person, other]) for other in group)
    if instance.most_of_one is not None:
        homes = Counter(int(instance.organization[other]) for other in group)
        broken += homes[int(instance.organization[person])] > instance.most_of_one
    return broken
