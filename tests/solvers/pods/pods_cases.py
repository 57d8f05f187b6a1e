"""Random small pods instances with every rule, and what the solver-free definition says of any seats."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from solvers.pods.check.audit import check
from solvers.pods.check.score import tier_values
from solvers.pods.instance import Need, Order, PairTerms, Pod, PodsInstance, Rhythm, Seats
from solvers.pods.solution import Assignment
from solvers.result import TierValue, sort_key


def pairs_of(rng: np.random.Generator, n: int, chance: float) -> Any:
    """Random pairs of numbers below n."""
    every = [pair for pair in combinations(range(n), 2) if rng.random() < chance]
    return np.array(every, np.int32).reshape(-1, 2)


def falling(rng: np.random.Generator, length: int, high: int) -> tuple[int, ...]:
    """Whole numbers that never rise."""
    return tuple(sorted((int(x) for x in rng.integers(0, high, length)), reverse=True))


def random_instance(seed: int, n: int = 8, pods: int = 3, **changes: Any) -> PodsInstance:
    """An instance drawn from a seed; every rule is there in some of them, and slack enough to be answered."""
    rng = np.random.default_rng(seed)
    orgs, abilities, languages = int(rng.integers(1, 5)), 3, 3

    def chance(p: float) -> bool:
        return bool(rng.random() < p)

    rhythms = []
    for _ in range(int(rng.integers(0, 3))):
        slots = int(rng.integers(1, 7))
        half = rng.random((n, slots)) < 0.85
        always = half & (rng.random((n, slots)) < 0.9)
        start = np.sort(rng.choice(2000, slots, replace=False) * 5).astype(np.int32)
        ease = rng.integers(-5, 20, (n, slots)).astype(np.int16)
        rhythms.append(Rhythm(always, half, ease, start, int(rng.integers(30, 3000))))

    def pod() -> Pod:
        least = int(rng.integers(1, 4))
        rhythm = int(rng.integers(-1, len(rhythms))) if chance(0.7) else -1
        fixed = rhythm >= 0 and chance(0.1)
        return Pod(
            least=least,
            most=least + int(rng.integers(0, 4)),
            must_run=chance(0.1),
            priority=int(rng.integers(0, 3)) if chance(0.4) else 0,
            least_organizations=2 if orgs > 1 and least > 1 and chance(0.3) else 1,
            most_share=int(rng.integers(50, 101)) if orgs > 1 and chance(0.3) else 100,
            sponsor=int(rng.integers(0, orgs)) if (sponsored := chance(0.4)) else -1,
            presence=str(rng.choice(["any", "present", "absent"])) if sponsored else "any",  # type: ignore[arg-type]
            needs=tuple(
                Need(
                    int(rng.integers(0, abilities)),
                    falling(rng, int(rng.integers(0, 3)), 40),
                    int(chance(0.2)),
                )
                for _ in range(int(rng.integers(0, 4)))
            ),
            languages=tuple(int(k) for k in rng.choice(languages, 2, replace=False)) if chance(0.4) else (),
            rhythm=rhythm,
            slot=int(rng.integers(0, rhythms[rhythm].n_slots)) if fixed else -1,
            quorum=int(rng.choice([0, 50, 75, 100])),
            hours=int(rng.integers(0, 4)),
        )

    eligible = rng.random((n, pods)) < 0.85
    seats = [(i, p) for i in range(n) for p in range(pods)]
    rng.shuffle(seats)
    pinned = [(int(i), int(p)) for i, p in seats[: int(rng.integers(0, 2))]]
    old = {int(i): int(p) for i, p in seats if eligible[i, p] and (i, p) not in pinned}
    previous = sorted((i, p) for i, p in old.items() if chance(0.4)) if chance(0.5) else []
    terms = pairs_of(rng, n, float(rng.choice([0.0, 0.2, 1.0])))
    values: dict[str, Any] = {
        "member_ids": tuple(f"m{i}" for i in range(n)),
        "pod_ids": tuple(f"p{p}" for p in range(pods)),
        "organization_ids": tuple(f"o{k}" for k in range(orgs)),
        "pods": tuple(pod() for _ in range(pods)),
        "points": rng.integers(-10, 50, (n, pods)).astype(np.int32),
        "eligible": eligible,
        "organization": rng.integers(0, orgs, n).astype(np.int32),
        "capacity": rng.integers(0, 3, n).astype(np.int32),
        "budget": rng.integers(0, 9, n).astype(np.int32),
        "newcomer": rng.random(n) < 0.3,
        "veteran": rng.random(n) < 0.3,
        "priority": rng.integers(0, 3, n).astype(np.int32) * chance(0.3),
        "able": rng.random((n, abilities)) < 0.4,
        "speaks": rng.random((n, languages)) < 0.8,
        "pair_terms": PairTerms.of(n, terms, rng.integers(-20, 20, len(terms)).astype(np.int32)),
        "rivals": pairs_of(rng, orgs, 0.2) if chance(0.3) else pairs_of(rng, orgs, 0.0),
        "apart": pairs_of(rng, n, 0.06),
        "together": pairs_of(rng, n, 0.04),
        "pinned": Seats.of(pinned),
        "previous": Seats.of(previous),
        "rhythms": tuple(rhythms),
        "satisfaction": rng.integers(0, 1001, (n, pods)).astype(np.int16),
        "organization_worth": falling(rng, int(rng.integers(0, 4)), 20),
        "most_newcomers": int(rng.choice([50, 100])),
        "veteran_each": chance(0.2),
        "order": Order.FLOOR if chance(0.3) else Order.WELFARE,
        "changes": str(rng.choice(["tier", "bonus", "off"])),
        "bonus": int(rng.integers(0, 20)),
        "most_broken": len(previous) // 2 if previous and chance(0.3) else None,
    }
    return PodsInstance(**(values | changes))


def values_of(instance: PodsInstance, assignment: Assignment) -> list[TierValue] | None:
    """The tiers of a clean assignment; None if it breaks a rule."""
    if check(instance, assignment.seats, assignment.slot):
        return None
    return tier_values(instance, assignment.seats, assignment.slot)


def key_of(values: list[TierValue] | None) -> tuple[tuple[bool, int], ...]:
    """For comparing: no values come first."""
    return () if values is None else sort_key(values)


def varied(plain: Callable[..., PodsInstance], seed: int, **changes: Any) -> tuple[PodsInstance, Assignment]:
    """A random instance of nine members and three pods with many rules, and a clean answer to it."""
    dice = np.random.default_rng(seed)
    n, count, slots = 9, 3, 4
    pairs = np.array([(a, b) for a in range(n) for b in range(a)], np.int32)
    half = dice.random((n, slots)) < 0.95
    weekly = Rhythm(
        half & (dice.random((n, slots)) < 0.8),
        half,
        dice.integers(0, 4, (n, slots)).astype(np.int16),
        np.array([0, 30, 60, 120], np.int32),
        60,
    )
    need = Need(0, (9, 4))
    defaults: dict[str, Any] = {
        "pods": tuple(
            Pod(2, 4, rhythm=0, quorum=50, needs=(need,), most_share=67, hours=3) for _ in range(count)
        ),
        "points": dice.integers(0, 30, (n, count)).astype(np.int32),
        "eligible": dice.random((n, count)) < 0.95,
        "organization": dice.integers(0, 4, n).astype(np.int32),
        "able": dice.random((n, 1)) < 0.5,
        "newcomer": dice.random(n) < 0.3,
        "most_newcomers": 50,
        "capacity": dice.integers(1, 3, n).astype(np.int32),
        "priority": dice.integers(0, 3, n).astype(np.int32),
        "pair_terms": PairTerms.of(n, pairs, dice.integers(-5, 6, len(pairs)).astype(np.int32)),
        "satisfaction": dice.integers(0, 1000, (n, count)).astype(np.int16),
        "order": Order.FLOOR,
        "rhythms": (weekly,),
    }
    instance = plain(n, count, **{**defaults, **changes})
    for _ in range(4000):
        order = dice.permutation(n).tolist()
        seats = Seats.of([(i, k // 3 if k < 6 else 2) for k, i in enumerate(order[:8])])
        slot = dice.integers(0, slots, count).astype(np.int32)
        if not check(instance, seats, slot):
            return instance, Assignment(seats, slot)
    raise AssertionError("no clean answer was found")
