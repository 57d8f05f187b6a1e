"""Random tiny instances over all rules, and exhaustive search: every group of a pod, every answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from solvers.pods.check.audit import check
from solvers.pods.check.bound import PodPricing, group_worth
from solvers.pods.check.score import pod_parts, tier_values
from solvers.pods.instance import (
    WEEK_MINUTES,
    Need,
    Order,
    PairTerms,
    Pod,
    PodsInstance,
    Rhythm,
    Seats,
    no_pairs,
)
from solvers.pods.solution import Assignment, PodPrices
from solvers.result import TierValue, sort_key


def random_instance(seed: int, n: int = 7, pods: int = 2) -> PodsInstance:
    """n members, so many pods; each rule is there in some of the seeds."""
    rng = random.Random(seed)

    def sometimes(chance: float = 0.4) -> bool:
        return rng.random() < chance

    orgs, abilities, languages, slots = rng.randint(2, 4), 3, 2, rng.randint(1, 3)
    with_slots, with_pairs = sometimes(), sometimes(0.7)
    rhythms = ()
    if with_slots:
        always = np.array([[rng.random() < 0.6 for _ in range(slots)] for _ in range(n)], bool)
        half = always | np.array([[rng.random() < 0.5 for _ in range(slots)] for _ in range(n)], bool)
        ease = np.array([[rng.randint(0, 9) for _ in range(slots)] for _ in range(n)], np.int16)
        start = np.sort(rng.sample(range(0, WEEK_MINUTES, 30), slots)).astype(np.int32)
        rhythms = (Rhythm(always, half, ease, start, 60),)
    made = []
    for _ in range(pods):
        least = rng.randint(1, 3)
        most = rng.randint(least, min(5, least + 3))
        made.append(
            Pod(
                least=least,
                most=most,
                must_run=sometimes(0.2),
                priority=rng.choice((0, 0, 3)),
                least_organizations=rng.choice((1, 1, 2)),
                most_share=rng.choice((100, 100, 60, 50)),
                sponsor=rng.randrange(orgs),
                presence=rng.choice(("any", "any", "any", "present", "absent")),
                needs=tuple(
                    Need(
                        q,
                        rng.choice(((30, 8), (12,), (9, 9, 2), ())),
                        min(most, rng.choice((0, 0, 0, 1))),
                    )
                    for q in rng.sample(range(abilities), rng.randint(0, 3))
                ),
                languages=tuple(range(languages)) if sometimes(0.3) else (),
                rhythm=0 if with_slots and sometimes(0.8) else -1,
                quorum=rng.choice((100, 60, 50)),
                hours=rng.choice((0, 1, 2)),
            )
        )
    every = list(combinations(range(n), 2))
    linked = [pair for pair in every if sometimes(0.4)] if with_pairs else []
    values = [rng.choice((-9, -5, 4, 7)) for _ in linked]
    eligible = np.array([[rng.random() < 0.85 for _ in range(pods)] for _ in range(n)], bool)
    free = [(i, p) for i in range(n) for p in range(pods) if eligible[i, p]]
    previous = rng.sample(free, min(3, len(free))) if sometimes() else []
    others = [(i, p) for i in range(n) for p in range(pods) if (i, p) not in previous]
    pinned = rng.sample(others, 1) if sometimes(0.3) else []
    return PodsInstance(
        member_ids=tuple(f"m{i}" for i in range(n)),
        pod_ids=tuple(f"p{p}" for p in range(pods)),
        organization_ids=tuple(f"o{k}" for k in range(orgs)),
        pods=tuple(made),
        points=np.array([[rng.randint(-4, 20) for _ in range(pods)] for _ in range(n)], np.int32),
        eligible=eligible,
        organization=np.array([rng.randrange(orgs) for _ in range(n)], np.int32),
        capacity=np.array([rng.choice((1, 1, 1, 2)) for _ in range(n)], np.int32),
        budget=np.array([rng.choice((1, 2, 3, 9)) for _ in range(n)], np.int32),
        newcomer=np.array([sometimes(0.3) for _ in range(n)], bool),
        veteran=np.array([sometimes(0.5) for _ in range(n)], bool),
        priority=np.array([rng.choice((0, 2)) for _ in range(n)], np.int32) * int(sometimes()),
        able=np.array([[sometimes() for _ in range(abilities)] for _ in range(n)], bool),
        speaks=np.array([[sometimes(0.7) for _ in range(languages)] for _ in range(n)], bool),
        pair_terms=PairTerms.of(n, np.array(linked, np.int32).reshape(-1, 2), np.array(values, np.int32)),
        rivals=np.array([[0, 1]], np.int32) if sometimes(0.3) else no_pairs(),
        apart=np.array([rng.choice(every)], np.int32) if sometimes(0.3) else no_pairs(),
        together=np.array([rng.choice(every)], np.int32) if sometimes(0.3) else no_pairs(),
        pinned=Seats.of(pinned),
        previous=Seats.of(previous),
        rhythms=rhythms,
        satisfaction=np.array([[100 * rng.randrange(11) for _ in range(pods)] for _ in range(n)], np.int16),
        organization_worth=rng.choice(((), (9, 4, 1))),
        most_newcomers=rng.choice((100, 50, 40)),
        veteran_each=sometimes(0.2),
        order=rng.choice(tuple(Order)),
        changes=rng.choice(("tier", "bonus", "off")),
        bonus=rng.choice((0, 11)),
        most_broken=1 if previous and sometimes(0.3) else None,
    )  # fmt: skip


def groups_of(instance: PodsInstance, p: int) -> list[tuple[tuple[int, ...], int]]:
    """Every allowed group of pod p with its slot, by the audit alone."""
    alone = _alone(instance, p)
    found = []
    pod = instance.pods[p]
    slots = range(instance.rhythms[pod.rhythm].n_slots) if pod.rhythm >= 0 else (-1,)
    for size in range(pod.least, pod.most + 1):
        for members in combinations(range(instance.n_members), size):
            for s in slots:
                slot = np.full(instance.n_pods, -1, np.int32)
                slot[p] = s
                if not check(alone, Seats.of([(i, p) for i in members]), slot):
                    found.append((members, s))
    return found


def pricing(instance: PodsInstance) -> PodPricing:
    """What no group of a pod is worth more than, by trying all that reach the floors of the prices."""

    def by_trying(prices: PodPrices, p: int) -> int:
        runs = instance.pods[p].must_run or p in instance.pinned.pod
        worths = [-(2**45) if runs else 0]
        for members, slot in groups_of(instance, p):
            if _reaches(instance, prices, p, members, slot):
                worths.append(group_worth(instance, prices, p, members, slot))
        return max(worths)

    return by_trying


def _reaches(instance: PodsInstance, prices: PodPrices, p: int, members: tuple[int, ...], slot: int) -> bool:
    old = {i for i, q in (*instance.previous.rows(), *instance.pinned.rows()) if q == p}
    satisfaction = instance.satisfaction
    assert satisfaction is not None
    if any(satisfaction[i, p] < prices.least_satisfaction for i in members if i not in old):
        return False
    floor = prices.least_points
    return floor is None or pod_parts(instance, p, members, slot).total >= floor


def _alone(instance: PodsInstance, p: int) -> PodsInstance:
    """The instance with the rules of pod p only."""
    pods = tuple(pod if q == p else replace(pod, must_run=False) for q, pod in enumerate(instance.pods))
    pinned = Seats.of([row for row in instance.pinned.rows() if row[1] == p])
    return replace(
        instance,
        pods=pods,
        pinned=pinned,
        capacity=instance.room,
        budget=instance.hours_left,
        most_broken=None,
    )


def clean_answers(instance: PodsInstance) -> Iterator[tuple[list[TierValue], Assignment]]:
    """Every clean answer with its tiers, each better than the one before."""
    choices = [[None, *groups_of(instance, p)] for p in range(instance.n_pods)]
    best = None
    for chosen in product(*choices):
        rows = [(i, p) for p, group in enumerate(chosen) if group for i in group[0]]
        slot = np.array([group[1] if group else -1 for group in chosen], np.int32)
        seats = Seats.of(rows)
        values = tier_values(instance, seats, slot)
        key = sort_key(values)
        if (best is None or key > best) and not check(instance, seats, slot):
            best = key
            yield values, Assignment(seats, slot)


def tiers_reached(instance: PodsInstance) -> list[tuple[list[TierValue], Assignment]]:
    """Some clean answers, the last of them the lexicographically best one of all."""
    return list(clean_answers(instance))
