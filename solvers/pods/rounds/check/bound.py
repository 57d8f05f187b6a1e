"""How low each tier can be at all: counting arguments that hold for every answer, in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from solvers.pods.rounds.check.keeping import fewest_broken, worth_keeping
from solvers.pods.rounds.check.score import off_by
from solvers.pods.rounds.costs import Costs
from solvers.pods.rounds.instance import Index, IntArray, RoundsInstance
from solvers.result import Tier, TierValue


@dataclass(frozen=True)
class Meetings:
    """What everybody's meetings amount to when each round has the sizes of `RoundsInstance.sizes`.

    least, most (n,): meetings of each person, at least and at most. ends: meetings of all, each counted for
    both. together (n, n): rounds to which both come. left_out: places lacking, summed over rounds.
    """

    least: IntArray
    most: IntArray
    ends: int
    together: Index
    left_out: int

    @classmethod
    def of(cls, instance: RoundsInstance) -> Meetings:
        """Count them over the open rounds."""
        comes = instance.attendance[:, len(instance.held) :].astype(np.float32)  # exact up to 2^24 rounds
        least, most = np.zeros(instance.n_people, np.int64), np.zeros(instance.n_people, np.int64)
        ends = lacking = 0
        for number in range(comes.shape[1]):
            coming = int(comes[:, number].sum())
            sizes = instance.sizes(coming)
            ends += sum(one * (one - 1) for one in sizes)
            lacking += coming - sum(sizes)
            if sizes:
                most[comes[:, number] > 0] += max(sizes) - 1
                if sum(sizes) == coming:
                    least[comes[:, number] > 0] += min(sizes) - 1
        return cls(least, most, ends, (comes @ comes.T).astype(np.int32), lacking)


def bounded(instance: RoundsInstance, costs: Costs, values: Sequence[TierValue]) -> tuple[Tier, ...]:
    """The tiers with their values and bounds, each given what the earlier ones reached."""
    known = {tier.name: tier.value or 0 for tier in values}
    counted = Meetings.of(instance)
    lowest = dict.fromkeys(known, 0) | {"left_out": counted.left_out}
    if instance.before and known["left_out"] == 0:
        lowest["changed_groups"] = least_changed(instance)
        if known["changed_groups"] == 0:
            lowest["uneven"] = least_uneven(instance)
    if known["uneven"] == 0:
        total, single = least_repeats(instance, costs, counted)
        lowest["repeats"] = total
        lowest["own_organization"] = max(
            own_by_sizes(instance), own_by_strangers(instance, costs, counted, known["repeats"])
        )
        people = int(instance.attendance[:, len(instance.held) :].any(axis=1).sum())
        step = gcd(instance.repeat_weight, *instance.met.weight.tolist())
        lowest["worst_repeats"] = max(single, -(-2 * known["repeats"] // (max(1, people) * step)) * step)
    tiers, settled = [], True
    for tier in values:
        settled = settled and tier.value == lowest[tier.name]
        tiers.append(Tier(tier.name, tier.sense, tier.value, lowest[tier.name], settled))
    return tuple(tiers)


def least_changed(instance: RoundsInstance) -> int:
    """Groups before that cannot go on at least, where everybody who comes has a group."""
    least = 0
    for number in instance.open_rounds if not instance.frozen else ():
        found = fewest_broken(instance, number, worth_keeping(instance, number))
        least += found[0] if found is not None else 0
    return least


def least_uneven(instance: RoundsInstance) -> int:
    """Places by which groups are off at least, where all groups before that can go on do, and everybody who
    comes has a group: each person more than those takes it down by one place at most."""
    least = 0
    for number in instance.open_rounds:
        rests = worth_keeping(instance, number)
        people = int(instance.attendance[:, number].sum())
        further = people - sum(map(len, rests))
        least += max(0, off_by(map(len, rests), instance.sizes(people)) - further)
    return least


def least_repeats(instance: RoundsInstance, costs: Costs, counted: Meetings) -> tuple[int, int]:
    """The least that all repeats together cost, and the least that some person bears.

    A person with d meetings takes the d cheapest there are: every other person for the first time, then for
    the second, as often as both come. Each cost is borne by two people, so half the sum is a bound; the sum
    is the least over all ways to share out the meetings of larger groups.
    """
    unit = instance.repeat_weight
    total, single, spare = 0, 0, []
    partners = np.where(costs.forbidden, 0, counted.together)
    np.fill_diagonal(partners, 0)
    for i in range(instance.n_people):
        prices = _cheapest(costs.repeat[i], partners[i], unit, int(counted.most[i]))
        needed = int(counted.least[i])
        single = max(single, int(prices[:needed].sum()))
        total += int(prices[:needed].sum())
        spare.append(prices[needed:])
    further = counted.ends - int(counted.least.sum())
    if further > 0:
        rest = np.sort(np.concatenate(spare))[:further]
        total += int(rest.sum())
    return -(-total // 2), single


def _cheapest(repeat: IntArray, partners: Index, unit: int, most: int) -> IntArray:
    """The `most` cheapest meetings of one person, lowest first: the k-th with somebody costs unit * (k - 1)
    beside what they cost anyhow."""
    prices: IntArray = np.zeros(0, np.int64)
    time = 0
    while True:
        still = partners > time
        more = repeat[still] + unit * time
        prices = np.sort(np.concatenate([prices, more]))[:most]
        time += 1
        if not still.any() or (len(prices) == most and (most == 0 or prices[-1] <= unit * time)):
            return prices


def own_by_sizes(instance: RoundsInstance) -> int:
    """Least meetings within organizations: people of one, spread evenly over a round's groups; and a group
    larger than the number of organizations present."""
    total = 0
    for number in instance.open_rounds:
        coming = np.flatnonzero(instance.attendance[:, number])
        sizes = instance.sizes(len(coming))
        if not sizes:
            continue
        present = np.bincount(instance.organization[coming])
        ranks = np.concatenate([np.arange(count) for count in present])
        worth = np.sort(ranks // len(sizes))[: sum(sizes)]
        homes = int((present > 0).sum())
        total += max(int(worth.sum()), sum(int((np.arange(one) // homes).sum()) for one in sizes))
    return total


def own_by_strangers(instance: RoundsInstance, costs: Costs, counted: Meetings, repeats: int) -> int:
    """Least meetings within organizations where repeats may cost `repeats`: who has more meetings than there
    are strangers elsewhere meets their own, or somebody again."""
    strangers = (_strangers(costs, counted) & ~costs.own).sum(axis=1)
    lacking = max(
        int(np.maximum(counted.least - strangers, 0).sum()),
        counted.ends - int(np.minimum(counted.most, strangers).sum()),
    )
    cheapest = min([instance.repeat_weight, *costs.repeat[costs.repeat > 0].tolist()])
    return max(0, -(-lacking // 2) - repeats // int(cheapest))


def _strangers(costs: Costs, counted: Meetings) -> NDArray[np.bool_]:
    strangers: NDArray[np.bool_] = (counted.together > 0) & ~costs.forbidden & (costs.repeat == 0)
    np.fill_diagonal(strangers, False)
    return strangers


def fresh_rounds_left(instance: RoundsInstance, strangers: int) -> int:
    """Rounds without a repeat that somebody can have at most who has not met `strangers` of the others:
    floor(strangers / (size - 1)), as every round of the size wished takes size - 1 of them."""
    return strangers // (instance.size - 1)
