"""The family of meeting times that the figures are taken on: groups of 6 over 10 zones, hours of work with
gaps, a half-hour grid of one week. Drawn from a seed, so anybody gets the same ones."""

from __future__ import annotations

import random

import numpy as np

from solvers.rota.times.instance import Group, TimesInstance

ZONES = (-8, -5, -3, 0, 1, 2, 3, 5.5, 8, 9)
WEEK = 336
LENGTH = 2


def unsocial(hour: float) -> int:
    """Burden of half an hour that begins at this local time."""
    bands = ((9, 17, 0), (8, 18, 1), (7, 20, 2), (6, 22, 5))
    return next((burden for begins, ends, burden in bands if begins <= hour < ends), 10)


def family(groups: int, seed: int = 1, *, weeks: int = 1, rotating: bool = False) -> TimesInstance:
    """Three people for each group, six in each; everybody has two groups on average. A session of an hour in
    each week, at a time of its own where `rotating`."""
    rng = random.Random(seed)
    people = 3 * groups
    zone = [rng.randrange(len(ZONES)) for _ in range(people)]
    free = np.zeros((people, WEEK), np.bool_)
    for i in range(people):
        for day in range(5):
            for begins, ends in ((8, 12), (13, 17), (17, 20)):
                if rng.random() < 0.55:
                    for half in range(begins * 2, ends * 2):
                        free[i, int(day * 48 + half - ZONES[zone[i]] * 2) % WEEK] = True
    steps = np.arange(WEEK)
    burden = np.array([
        [unsocial((int(s + offset * 2) % 48) / 2) for s in steps] for offset in ZONES
    ], np.int32)  # fmt: skip
    last = weeks * WEEK - LENGTH
    starts = np.arange(WEEK)[:, None] + WEEK * np.arange(weeks)[None, :]
    starts = np.where(starts <= last, starts, -1).astype(np.int32)
    return TimesInstance(
        person_ids=tuple(f"p{i}" for i in range(people)),
        group_ids=tuple(f"g{g}" for g in range(groups)),
        groups=tuple(
            Group(
                members=tuple(sorted(rng.sample(range(people), 6))),
                starts=starts,
                length=LENGTH,
                rotating=rotating,
                quorum=3,
            )
            for _ in range(groups)
        ),
        minutes=30,
        free=np.tile(free, weeks),
        profile=np.array(zone, np.int32),
        burden=np.tile(burden, weeks),
        carried=np.zeros(people, np.int32),
    )
