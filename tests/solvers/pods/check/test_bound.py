"""The bound that prices prove, derived without the solver, and what prices are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.faults import InstanceError
from solvers.pods.check.bound import bound_from_prices, granted, group_worth
from solvers.pods.instance import Need, PairTerms, Pod, PodsInstance, Seats, no_pairs
from solvers.pods.solution import PodPrices


def instance(**changes) -> PodsInstance:
    """Three members and two pods of two: the first may be in both."""
    plain = PodsInstance(
        member_ids=("a", "b", "c"),
        pod_ids=("p", "q"),
        organization_ids=("x",),
        pods=(Pod(2, 2, needs=(Need(0, (30,)),)), Pod(2, 2, hours=2)),
        points=np.array([[10, 4], [6, 5], [1, 9]], np.int32),
        eligible=np.ones((3, 2), bool),
        organization=np.zeros(3, np.int32),
        capacity=np.array([2, 1, 1], np.int32),
        budget=np.array([2, 2, 2], np.int32),
        newcomer=np.zeros(3, bool),
        veteran=np.zeros(3, bool),
        priority=np.zeros(3, np.int32),
        able=np.array([[True], [False], [False]]),
        speaks=np.zeros((3, 0), bool),
        pair_terms=PairTerms.of(3, no_pairs(), np.zeros(0, np.int32)),
        rivals=no_pairs(),
        apart=no_pairs(),
        together=no_pairs(),
        pinned=Seats.of([]),
        previous=Seats.of([]),
    )
    return replace(plain, **changes)


def prices(**changes) -> PodPrices:
    """Points at ten parts a point: places cost 20, 50, 30; three placed are held at a price of 40 each."""
    plain = PodPrices(
        tier="points",
        scale=10,
        member=np.array([20, 50, 30], np.int64),
        hours=np.array([5, 0, 0], np.int64),
        credit=np.array([15, 0, 0], np.int64),
        held=(("placed", 40, 3),),
        broken=0,
        pod=np.array([500, 200], np.int64),
    )
    return replace(plain, **changes)


def test_a_group_is_worth_its_points_less_what_its_members_pay():
    # a: credit 15 - 20; b has one place only, so all of the 40 for being placed counts: 40 - 50.
    assert group_worth(instance(), prices(), 0, [0, 1], -1) == 10 * (10 + 6 + 30) - 5 - 10
    # a pays for two hours as well; c: 40 - 30.
    assert group_worth(instance(), prices(), 1, [0, 2], -1) == 10 * (4 + 9) - 5 - 2 * 5 + 10


def test_the_bound_is_what_prices_grant_and_the_pods_numbers():
    # Places 2 x 20 + 50 + 30, hours 2 x 5, the first seat of a 40 - 15, less three placed at 40.
    assert granted(instance(), prices()) == 120 + 10 + 25 - 120
    assert bound_from_prices(instance(), prices()) == (35 + 700) // 10


def test_a_cap_on_broken_seats_has_its_price():
    kept = instance(previous=Seats.of([(0, 0), (1, 0)]), most_broken=1)
    priced = prices(broken=7)
    assert granted(kept, priced) == granted(instance(), prices()) + 7 * (1 - 2)
    assert group_worth(kept, priced, 0, [0, 1], -1) == group_worth(instance(), prices(), 0, [0, 1], -1) + 14


def test_a_number_below_what_a_group_is_worth_is_refused():
    def pricing(given, p):
        return group_worth(instance(), given, p, [0, 1] if p == 0 else [0, 2], -1)

    assert bound_from_prices(instance(), prices(), pricing) == 73
    low = prices(pod=np.array([400, 200], np.int64))
    with pytest.raises(InstanceError, match=r"prices\.pod\[0\]"):
        bound_from_prices(instance(), low, pricing)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("tier", {"tier": "lowest"}),
        ("tier", {"held": (("weakest", 1, 1),)}),
        ("scale", {"scale": 0}),
        ("member", {"member": np.zeros(2, np.int64)}),
        ("hours", {"hours": np.array([0, -1, 0], np.int64)}),
        ("held", {"held": (("placed", -1, 3),)}),
        ("broken", {"broken": 1}),
        ("pod", {"pod": np.array([-1, 0], np.int64)}),
    ],
)
def test_prices_that_prove_nothing_are_refused(field, changes):
    with pytest.raises(InstanceError, match=field):
        bound_from_prices(instance(), prices(**changes))


def test_a_pod_that_must_run_may_have_a_number_below_zero():
    must = instance(pods=(Pod(2, 2, must_run=True), Pod(2, 2)))
    assert bound_from_prices(must, prices(pod=np.array([-100, 0], np.int64))) == (45 - 10 - 100) // 10
