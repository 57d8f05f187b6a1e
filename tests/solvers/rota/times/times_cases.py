"""Small times instances for tests, built from plain rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from solvers.result import sort_key
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import tier_values
from solvers.rota.times.instance import Group, TimesInstance


def times_instance(groups: Sequence[Group], free: Sequence[str], **given: Any) -> TimesInstance:
    """`free`: a string per person, "1" where they are free; one burden of 0 for all, unless `given`."""
    table = np.array([[sign == "1" for sign in row] for row in free], np.bool_)
    values: dict[str, Any] = {
        "person_ids": [f"p{i}" for i in range(len(free))],
        "group_ids": [f"g{g}" for g in range(len(groups))],
        "groups": tuple(groups),
        "minutes": 60,
        "free": table,
        "profile": np.zeros(len(free), np.int32),
        "burden": np.zeros((1, table.shape[1]), np.int32),
        "carried": np.zeros(len(free), np.int32),
    }
    return TimesInstance(**(values | given))


def starts(*rows: Sequence[int]) -> Any:
    """The table `starts` of a group: a row per slot."""
    return np.array(rows, np.int32)


def random_times(seed: int) -> TimesInstance:
    """A tiny instance with any of the rules: two or three groups, few slots, irregular weeks."""
    rng = random.Random(seed)
    people, sessions = rng.randint(2, 4), rng.randint(1, 3)
    week = rng.randint(3, 5)
    steps = week * sessions + 2
    free = rng.choice((0.5, 0.8, 0.95))
    groups = [_random_group(rng, people, sessions, week, steps) for _ in range(rng.randint(1, 3))]
    while np.prod([float(_choices(group)) for group in groups]) > 3000:
        groups.pop()
    return times_instance(
        groups,
        ["".join("1" if rng.random() < free else "0" for _ in range(steps)) for _ in range(people)],
        burden=np.array([[rng.choice((0, 0, 1, 2, 5)) for _ in range(steps)] for _ in range(2)], np.int32)
        * rng.randint(0, 1),
        profile=np.array([rng.randrange(2) for _ in range(people)], np.int32),
        carried=np.array([rng.choice((0, 0, 1, 4)) for _ in range(people)], np.int32),
        changes=rng.choice(("tier", "tier", "off")),
    )


def _random_group(rng: random.Random, people: int, sessions: int, week: int, steps: int) -> Group:
    length = rng.randint(1, 2)
    first = rng.sample(range(week), rng.randint(1, min(3, week)))
    rows = []
    for start in sorted(first):
        row, free_from = [], 0
        for t in range(sessions):
            at = t * week + start + rng.choice((0, 0, 0, 0, -1, 1))
            fits = free_from <= at <= steps - length and rng.random() < 0.9
            row.append(at if fits else -1)
            free_from = at + length if fits else free_from
        rows.append(row)
    members = tuple(sorted(rng.sample(range(people), rng.randint(1, people))))
    told = {t: rng.choice(("open",) * 5 + ("fixed", "closed", "previous")) for t in range(sessions)}

    def some(kind: str) -> tuple[tuple[int, int], ...]:
        ats = [t for t, one in told.items() if one == kind]
        inside = [[row[t] for row in rows if row[t] >= 0] for t in ats]
        return tuple(
            (t, rng.choice(known) if known and rng.random() < 0.8 else rng.randrange(steps - length + 1))
            for t, known in zip(ats, inside, strict=True)
        )

    return Group(
        members=members,
        starts=starts(*rows),
        length=length,
        rotating=rng.random() < 0.5,
        quorum=rng.randint(0, len(members)),
        required=tuple(i for i in members if rng.random() < 0.2),
        least_percent=rng.choice((0, 0, 50, 60, 100)),
        spared=tuple(i for i in members if rng.random() < 0.3),
        facilitators=tuple(sorted(rng.sample(range(people), rng.randint(0, people)))),
        facing=rng.choice((0, 0, 1, 2)),
        fixed=some("fixed"),
        closed=tuple(t for t, one in told.items() if one == "closed"),
        previous=some("previous"),
    )


def _choices(group: Group) -> int:
    if group.rotating:
        return int((group.n_slots + 1) ** group.n_sessions)
    return int(group.n_slots * 2**group.n_sessions)


def every_answer(instance: TimesInstance) -> Iterator[tuple[Any, Any]]:
    """All (times, slots) that could be tried, clean or not."""
    for rows in product(*(list(_of_group(group)) for group in instance.groups)):
        times = []
        for group, row in zip(instance.groups, rows, strict=True):
            at = [group.starts[s, t] if s >= 0 else -1 for t, s in enumerate(row)]
            times.append(tuple(group.fixed_at.get(t, int(step)) for t, step in enumerate(at)))
        yield tuple(times), tuple(rows)


def _of_group(group: Group) -> Iterator[tuple[int, ...]]:
    each: list[list[int]] = []
    for t in range(group.n_sessions):
        if t in group.fixed_at:
            named = np.flatnonzero(group.starts[:, t] == group.fixed_at[t]).tolist()
            each.append(named or [-1])
        elif t in group.closed:
            each.append([-1])
        else:
            each.append([-1, *np.flatnonzero(group.starts[:, t] >= 0).tolist()])
    for row in product(*each):
        held = {s for t, s in enumerate(row) if s >= 0 and t not in group.fixed_at}
        if group.rotating or len(held) <= 1:
            yield row


def best_of_all(instance: TimesInstance) -> list[tuple[str, int | None]]:
    """Names and values of the tiers of the best clean answer."""
    clean = (one for one in every_answer(instance) if not check(instance, *one))
    best = max((tier_values(instance, *one) for one in clean), key=sort_key)
    return [(name, value) for name, _, value in best]
