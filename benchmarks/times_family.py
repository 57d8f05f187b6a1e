"""The family of meeting times that the figures are taken on: groups of 6 over 10 zones, hours of work with
gaps, a grid of one week or more. Drawn from a seed, so anybody gets the same ones."""

from __future__ import annotations

import random

import numpy as np

from solvers.rota.times.instance import Group, TimesInstance

ZONES = (-8, -5, -3, 0, 1, 2, 3, 5.5, 8, 9)


def unsocial(hour: float) -> int:
    """Burden of a step that begins at this local time."""
    bands = ((9, 17, 0), (8, 18, 1), (7, 20, 2), (6, 22, 5))
    return next((burden for begins, ends, burden in bands if begins <= hour < ends), 10)


def family(
    groups: int, seed: int = 1, *, weeks: int = 1, rotating: bool = False, quarter: bool = False
) -> TimesInstance:
    """Three people for each group, six in each; everybody has two groups on average. A session of an hour in
    each week, at a time of its own where `rotating`; steps of 30 minutes, or 15 (`quarter`)."""
    rng = random.Random(seed)
    people, an_hour = 3 * groups, 4 if quarter else 2
    week = 168 * an_hour
    zone = [rng.randrange(len(ZONES)) for _ in range(people)]
    free = np.zeros((people, week), np.bool_)
    for i in range(people):
        for day in range(5):
            for begins, ends in ((8, 12), (13, 17), (17, 20)):
                if rng.random() < 0.55:
                    first = int((day * 24 + begins - ZONES[zone[i]]) * an_hour)
                    free[i, np.arange(first, first + (ends - begins) * an_hour) % week] = True
    steps = np.arange(week)
    local = [[(s + int(offset * an_hour)) % (24 * an_hour) / an_hour for s in steps] for offset in ZONES]
    burden = np.array([[unsocial(hour) for hour in row] for row in local], np.int32)
    starts = steps[:, None] + week * np.arange(weeks)[None, :]
    starts = np.where(starts <= weeks * week - an_hour, starts, -1).astype(np.int32)
    return TimesInstance(
        person_ids=tuple(f"p{i}" for i in range(people)),
        group_ids=tuple(f"g{g}" for g in range(groups)),
        groups=tuple(
            Group(
                members=tuple(sorted(rng.sample(range(people), 6))),
                starts=starts,
                length=an_hour,
                rotating=rotating,
                quorum=3,
            )
            for _ in range(groups)
        ),
        minutes=60 // an_hour,
        free=np.tile(free, weeks),
        profile=np.array(zone, np.int32),
        burden=np.tile(burden, weeks),
        carried=np.zeros(people, np.int32),
    )
