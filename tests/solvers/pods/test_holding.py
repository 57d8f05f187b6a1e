"""Bounds that rest on a floor are left where an answer better by an earlier tier sinks below it."""

from __future__ import annotations

from solvers.pods.columns.prove import Proof
from solvers.pods.instance import Seats
from solvers.pods.solution import Assignment, no_slots
from solvers.pods.solve import _holding
from solvers.result import TierValue


def tiers(placed: int, lowest: int | None, points: int) -> list[TierValue]:
    return [
        TierValue("placed", "max", placed),
        TierValue("lowest", "max", lowest),
        TierValue("points", "max", points),
    ]


PROOF = Proof(Assignment(Seats.of([]), no_slots(0)), {"placed": 9, "points": 50}, ())


def test_a_floor_that_sank_takes_later_bounds_with_it() -> None:
    assert _holding(PROOF, tiers(5, 300, 40), tiers(6, 200, 70)).bounds == {"placed": 9}


def test_a_floor_that_stays_keeps_them() -> None:
    assert _holding(PROOF, tiers(5, 300, 40), tiers(6, 300, 45)).bounds == PROOF.bounds
    assert _holding(PROOF, tiers(5, 300, 40), tiers(5, None, 45)).bounds == PROOF.bounds
