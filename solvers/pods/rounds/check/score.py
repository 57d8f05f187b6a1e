"""What a list of rounds is worth, tier by tier, in plain Python: the definition that every answer is held to.

Only rounds still to be formed count; those held before are history. Tiers in order, all to be kept low:
    left_out          people who come to a round and have no group in it, summed over rounds
    changed_groups    where there was a plan before: groups of it that could go on and do not (`keeping`)
    uneven            by how many places groups differ from `RoundsInstance.sizes` of all who come, the
                      largest group against the largest size and so on, summed over groups and rounds
    repeats           sum over pairs of what their meetings cost. Two people with weight w of earlier times
                      and h meetings in held rounds, who meet m times, cost m (w + h u) + u m (m - 1) / 2;
                      u is `repeat_weight`. So the first meeting of strangers is free, and each further one
                      costs u more than the one before: the third hurts more than the second.
    worst_repeats     the highest share of repeats that one person bears (both of a pair bear all of its cost)
    own_organization  meetings of two people of one organization
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, zip_longest

from solvers.pods.rounds.check.keeping import changed_groups
from solvers.pods.rounds.instance import Round, RoundsInstance
from solvers.result import TierValue

Pair = tuple[int, int]


def left_out(instance: RoundsInstance, rounds: Sequence[Round]) -> list[tuple[int, int]]:
    """(round, person) for everybody who comes to an open round and has no group in it."""
    out = []
    for number in instance.open_rounds:
        seated = {i for group in rounds[number] for i in group}
        coming = instance.attendance[:, number].nonzero()[0].tolist()
        out += [(number, i) for i in coming if i not in seated]
    return out


def uneven(instance: RoundsInstance, rounds: Sequence[Round]) -> int:
    """By how many places the groups of open rounds differ from the sizes wished (see the module)."""
    return sum(
        off_by(map(len, rounds[number]), instance.sizes(int(instance.attendance[:, number].sum())))
        for number in instance.open_rounds
    )


def off_by(sizes: Iterable[int], wanted: Iterable[int]) -> int:
    """By how many places groups differ from the sizes wished, the largest against the largest and so on."""
    pairs = zip_longest(sorted(sizes, reverse=True), sorted(wanted, reverse=True), fillvalue=0)
    return sum(abs(one - other) for one, other in pairs)


def meetings(rounds: Sequence[Round]) -> Counter[Pair]:
    """How often each two people meet; (lower number, higher number)."""
    return Counter(pair for groups in rounds for group in groups for pair in combinations(sorted(group), 2))


def repeat_costs(instance: RoundsInstance, rounds: Sequence[Round]) -> Iterator[tuple[Pair, int]]:
    """The pairs whose meetings in open rounds cost something, with what they cost (see the module)."""
    met = instance.met
    earlier = {
        (min(i, j), max(i, j)): w
        for i, j, w in zip(met.first.tolist(), met.second.tolist(), met.weight.tolist(), strict=True)
    }
    held = meetings(instance.held)
    unit = instance.repeat_weight
    for pair, m in meetings(rounds[len(instance.held) :]).items():
        cost = m * (earlier.get(pair, 0) + held[pair] * unit) + unit * m * (m - 1) // 2
        if cost:
            yield pair, cost


def borne(instance: RoundsInstance, rounds: Sequence[Round]) -> list[int]:
    """What each person's own repeats cost."""
    out = [0] * instance.n_people
    for (i, j), cost in repeat_costs(instance, rounds):
        out[i] += cost
        out[j] += cost
    return out


def tier_values(instance: RoundsInstance, rounds: Sequence[Round]) -> list[TierValue]:
    """The tiers with the values that `rounds` reach (see the module)."""
    organization = instance.organization.tolist()
    own = sum(
        m
        for (i, j), m in meetings(rounds[len(instance.held) :]).items()
        if organization[i] == organization[j]
    )
    changed = []
    if instance.before:
        changed.append(TierValue("changed_groups", "min", changed_groups(instance, rounds)))
    return [
        TierValue("left_out", "min", len(left_out(instance, rounds))),
        *changed,
        TierValue("uneven", "min", uneven(instance, rounds)),
        TierValue("repeats", "min", sum(cost for _, cost in repeat_costs(instance, rounds))),
        TierValue("worst_repeats", "min", max(borne(instance, rounds), default=0)),
        TierValue("own_organization", "min", own),
    ]
