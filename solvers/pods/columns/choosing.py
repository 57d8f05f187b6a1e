"""The best choice among known groups: the master problem in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.engine import NO_BOUND, Found, Program, maximize
from solvers.limits import Limits
from solvers.pods.columns.master import Rows, entries_of, first_entries
from solvers.pods.columns.pool import Pool
from solvers.pods.columns.pricing import Group
from solvers.pods.instance import PodsInstance, Seats
from solvers.pods.solution import Assignment, no_slots


def choose(
    rows: Rows, pool: Pool, chosen: Sequence[int], start: Sequence[Group], limits: Limits, bound: int | None
) -> tuple[Found, list[Group]]:
    """The best tier of `rows` that the groups `chosen` (numbers of the pool) allow, every row kept, from
    `start` on; and the groups of that answer. `bound`: no answer is better."""
    least, most = rows.limits()
    columns = [*first_entries(rows), *entries_of(rows, pool, chosen)]
    sizes = [len(column.rows) for column in columns]
    program = Program(
        np.zeros(len(columns), np.int64),
        np.ones(len(columns), np.int64),
        np.array([row for column in columns for row in column.rows], np.int64),
        np.repeat(np.arange(len(columns), dtype=np.int64), sizes),
        np.array([number for column in columns for number in column.coefficients], np.int64),
        least,
        np.minimum(most, NO_BOUND),
    )
    objective = np.array([column.worth for column in columns], np.int64)
    running = set(start)
    placed = {i for group in start for i in group.members}
    hint = np.array(
        [*(int(i in placed) for i in rows.first), *(int(pool.groups[g] in running) for g in chosen)], np.int64
    )
    found = maximize(program, objective, limits, hint=hint, bound=bound, phase="choice of groups")
    if found.values is None:
        return found, []
    picked = found.values[len(rows.first) :]
    return found, [pool.groups[g] for g, taken in zip(chosen, picked.tolist(), strict=True) if taken]


def assignment_of(instance: PodsInstance, groups: Sequence[Group]) -> Assignment:
    """The assignment of these groups, one at most for each pod."""
    slot = no_slots(instance.n_pods)
    for group in groups:
        slot[group.pod] = group.slot
    return Assignment(Seats.of([(i, group.pod) for group in groups for i in group.members]), slot)
