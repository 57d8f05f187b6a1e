"""Compiled local search over options: who is where is a table of persons and steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.kernels import njit

TRIES = 4
"""Others that one move may push out of their options."""


@njit(cache=True)
def _place(
    option: int, mark: int, meeting_start: Any, begin: Any, length: Any, person: Any, occupied: Any
) -> None:
    """Write `mark` (unit + 1, or 0) into everything that an option takes."""
    for m in range(meeting_start[option], meeting_start[option + 1]):
        for i in person:
            for x in range(begin[m], begin[m] + length[m]):
                occupied[i, x] = mark


@njit(cache=True)
def _in_the_way(
    option: int, meeting_start: Any, begin: Any, length: Any, person: Any, occupied: Any, others: Any
) -> Any:
    """Units that hold what an option needs, into `others`; how many, or -1 for more than fit in there."""
    count = 0
    for m in range(meeting_start[option], meeting_start[option + 1]):
        for i in person:
            for x in range(begin[m], begin[m] + length[m]):
                unit = occupied[i, x] - 1
                if unit < 0:
                    continue
                known = False
                for k in range(count):
                    known = known or others[k] == unit
                if not known:
                    if count == len(others):
                        return -1
                    others[count] = unit
                    count += 1
    return count


@njit(cache=True)
def search(
    unit_start: Any, order: Any, cost: Any, meeting_start: Any, begin: Any, length: Any,
    person_start: Any, person: Any, occupied: Any, chosen: Any, queue: Any, tries: int, state: Any,
) -> Any:  # fmt: skip
    """Place units that have no option yet, then try moves: a unit takes a cheaper option, and whoever is in
    the way takes the cheapest that is left. Kept where the sum does not rise.

    order (N,): options of each unit by cost, the cheapest first. cost (N,). chosen (U,): option of each
    unit, -1 for none yet; the first option of a unit takes nothing, so there is always one. queue: units in
    the order in which they are placed. person: places in `occupied` (rows of people, steps) of each unit's
    members, in rows by unit. state (1,): the lottery's. Returns what the moves took off.
    """
    others = np.empty(TRIES, np.int64)
    back = np.empty(TRIES, np.int64)
    spare = np.empty(1, np.int64)
    for u in queue:
        if chosen[u] >= 0:
            continue
        who = person[person_start[u] : person_start[u + 1]]
        for r in range(unit_start[u], unit_start[u + 1]):
            o = order[r]
            if _in_the_way(o, meeting_start, begin, length, who, occupied, others) == 0:
                chosen[u] = o
                _place(o, u + 1, meeting_start, begin, length, who, occupied)
                break
    gained = 0
    for _ in range(tries):
        state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        u = queue[np.int64((state[0] >> np.uint64(33)) % np.uint64(len(queue)))]
        old = chosen[u]
        if cost[old] == cost[order[unit_start[u]]]:
            continue
        who = person[person_start[u] : person_start[u + 1]]
        _place(old, 0, meeting_start, begin, length, who, occupied)
        moved = False
        for r in range(unit_start[u], unit_start[u + 1]):
            o = order[r]
            if cost[o] > cost[old]:
                break
            if o == old:
                continue
            count = _in_the_way(o, meeting_start, begin, length, who, occupied, others)
            if count < 0:
                continue
            change = cost[o] - cost[old]
            for k in range(count):
                v = others[k]
                back[k] = chosen[v]
                whom = person[person_start[v] : person_start[v + 1]]
                _place(chosen[v], 0, meeting_start, begin, length, whom, occupied)
            _place(o, u + 1, meeting_start, begin, length, who, occupied)
            placed = 0
            for k in range(count):
                v = others[k]
                whom = person[person_start[v] : person_start[v + 1]]
                for q in range(unit_start[v], unit_start[v + 1]):
                    p = order[q]
                    if cost[p] - cost[back[k]] + change > 0:
                        break
                    if _in_the_way(p, meeting_start, begin, length, whom, occupied, spare) == 0:
                        chosen[v] = p
                        _place(p, v + 1, meeting_start, begin, length, whom, occupied)
                        change += cost[p] - cost[back[k]]
                        placed += 1
                        break
                if placed == k:
                    break
            if placed == count and change <= 0:
                chosen[u] = o
                gained -= change
                moved = True
                break
            for k in range(placed):
                v = others[k]
                whom = person[person_start[v] : person_start[v + 1]]
                _place(chosen[v], 0, meeting_start, begin, length, whom, occupied)
            _place(o, 0, meeting_start, begin, length, who, occupied)
            for k in range(count):
                v = others[k]
                whom = person[person_start[v] : person_start[v + 1]]
                chosen[v] = back[k]
                _place(back[k], v + 1, meeting_start, begin, length, whom, occupied)
        if not moved:
            _place(old, u + 1, meeting_start, begin, length, who, occupied)
    return gained
