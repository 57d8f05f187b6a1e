"""Where search leaves people together who must not meet: somebody moves to another group, or sits out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.instance import Group, Round, RoundsInstance
from solvers.pods.rounds.table import canonical


def repaired(
    instance: RoundsInstance,
    costs: Costs,
    rounds: Sequence[Round],
    fixed: Sequence[Collection[int]] = (),
) -> tuple[Round, ...]:
    """Open rounds that keep every rule: whoever breaks one is taken out of the group, and seated elsewhere
    where that is allowed. People whom pins join go together; those who are `fixed`, by round, go last."""
    stays = fixed or [()] * len(rounds)
    return tuple(
        _Round(instance, costs, number, stay).repaired(one)
        for number, one, stay in zip(instance.open_rounds, rounds, stays, strict=True)
    )


class _Round:
    def __init__(self, instance: RoundsInstance, costs: Costs, number: int, fixed: Collection[int]) -> None:
        self._instance, self._costs, self._fixed = instance, costs, fixed
        blocks = instance.joined(number) if instance.together else ()
        self._block = {i: block for block in blocks for i in block}
        self._coming: Group = ()
        if instance.together or instance.before:  # somebody may not have been dealt
            self._coming = tuple(np.flatnonzero(instance.attendance[:, number]).tolist())

    def repaired(self, groups: Round) -> Round:
        """The round with every rule kept."""
        instance = self._instance
        kept: list[list[int]] = []
        out: list[Group] = []
        for group in groups:
            stay = list(group)
            while stay:
                worst = max(stay, key=lambda i: self._offence(i, stay))
                if not self._against([worst], stay):
                    break
                unit = self._block.get(worst, (worst,))
                stay = [i for i in stay if i not in unit]
                out.append(unit)
            if len(stay) >= instance.least:
                kept.append(stay)
            else:
                out += self._units(stay)
        seated = {i for group in kept for i in group} | {i for unit in out for i in unit}
        out += self._units(i for i in self._coming if i not in seated)
        if not out:
            return groups
        waiting = [unit for unit in sorted(out, key=len, reverse=True) if not self._seated(unit, kept)]
        while sum(map(len, waiting)) >= instance.least:
            fresh: list[int] = []
            for unit in waiting:
                fits = len(fresh) + len(unit) <= (instance.size if fresh else instance.most)
                if fits and not self._against(unit, [*fresh, *unit]):
                    fresh.extend(unit)
            if len(fresh) < instance.least:
                break
            kept.append(fresh)
            waiting = [unit for unit in waiting if unit[0] not in fresh]
        return canonical(kept)

    def _seated(self, unit: Group, groups: Sequence[list[int]]) -> bool:
        """Whether a group takes them in; the smallest one that may does."""
        most = self._instance.most
        fitting = [g for g in groups if len(g) + len(unit) <= most and not self._against(unit, [*g, *unit])]
        if fitting:
            min(fitting, key=len).extend(unit)
        return bool(fitting)

    def _units(self, people: Iterable[int]) -> list[Group]:
        """People as they go: alone, or with those whom pins join to them."""
        return list(dict.fromkeys(self._block.get(i, (i,)) for i in people))

    def _offence(self, person: int, group: Sequence[int]) -> tuple[bool, int]:
        broken = self._against([person], group)
        return bool(broken) and person not in self._fixed, broken

    def _against(self, people: Sequence[int], group: Sequence[int]) -> int:
        """How many of the rules on a group these of it break."""
        instance = self._instance
        broken = sum(bool(self._costs.forbidden[one, other]) for one in people for other in group)
        if instance.most_of_one is not None:
            homes = Counter(int(instance.organization[other]) for other in group)
            broken += sum(homes[int(instance.organization[one])] > instance.most_of_one for one in people)
        if not instance.understands(group):  # whoever does not speak the language of most of it goes first
            most = instance.speaks[list(group)].sum(axis=0).argmax()
            broken += 1 + int((~instance.speaks[list(people), most]).sum())
        return broken
