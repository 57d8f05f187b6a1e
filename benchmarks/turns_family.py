"""The family of turns that the figures are taken on: groups that meet weekly, facilitators of other
organizations in many time zones, away now and then. Drawn from a seed, so anybody gets the same ones."""

from __future__ import annotations

import math
import random

import numpy as np

from solvers.rota.turns.instance import FULL, Choices, Held, Order, Role, TurnsInstance, Windows

ZONES = (-8, -5, -5, 0, 0, 1, 1, 2, 5, 8, 9)
"""Hours from UTC of where facilitators live."""


def family(turns: int, people: int, seed: int = 1, order: Order = Order.QUICK) -> TurnsInstance:
    """12 weeks, 26 from 1,000 turns on; in each, turns / weeks groups meet at an hour of their own.

    Somebody may take three of ten groups, none that has their own organization in it, four weeks of five, and
    never at night; at most one turn in two weeks running. Full shares and caps are 8 : 6 : 6 : 4.
    """
    weeks = 12 if turns < 1000 else 26
    if turns % weeks:
        raise ValueError(f"turns must be a multiple of {weeks}")
    rng, groups, organizations = random.Random(seed), turns // weeks, max(15, people // 10)
    home = [rng.randrange(organizations) for _ in range(people)]
    zone = [rng.choice(ZONES) for _ in range(people)]
    part = [rng.choice((4, 6, 6, 8)) for _ in range(people)]
    members = [set(rng.sample(range(organizations), 4)) for _ in range(groups)]
    hour = [rng.choice(range(6, 20)) for _ in range(groups)]
    able = {
        (i, g)
        for i in range(people)
        for g in range(groups)
        if rng.random() < 0.30 and home[i] not in members[g] and _burden(hour[g] + zone[i]) is not None
    }
    away = {(i, w) for i in range(people) for w in range(weeks) if rng.random() > 0.80}
    rows = [
        (w * groups + g, i, _burden(hour[g] + zone[i]) or 0, 0)
        for i, g in sorted(able)
        for w in range(weeks)
        if (i, w) not in away
    ]
    spacing = [("spacing", range(w * groups, (w + 2) * groups), 1, 0) for w in range(weeks - 1)]
    each = turns / people / 4
    return TurnsInstance(
        turn_ids=tuple(f"week {w + 1} group {g + 1}" for w in range(weeks) for g in range(groups)),
        person_ids=tuple(f"p{i + 1}" for i in range(people)),
        organization_ids=tuple(f"o{k + 1}" for k in range(organizations)),
        class_ids=("all",),
        session=np.arange(turns, dtype=np.int32),
        role=np.full(turns, Role.LEAD, np.int32),
        hours=np.ones(turns, np.int32),
        class_of=np.zeros(turns, np.int32),
        choices=Choices.of(turns, rows),
        organization=np.array(home, np.int32),
        most=np.array([math.ceil(each * one) for one in part], np.int32),
        budget=np.full(people, turns, np.int32),
        capacity=np.array([FULL * one // 8 for one in part], np.int32),
        carried=np.zeros((people, 1), np.int64),
        carried_burden=np.zeros(people, np.int64),
        windows=Windows.of(spacing),
        organization_most=np.full(organizations, -1, np.int32),
        organization_share=np.full(organizations, -(-turns * 5 // (organizations * 4)), np.int32),
        wanted=np.zeros((people, len(Role)), np.int32),
        pinned=Held.of([]),
        open_turns=np.zeros(0, np.int32),
        previous=Held.of([]),
        order=order,
    )


def _burden(hour: int) -> int | None:
    """How unsocial an hour of the local day is; None at night."""
    local = hour % 24
    return 0 if 9 <= local < 17 else 1 if 8 <= local < 19 else 3 if 7 <= local < 21 else None
