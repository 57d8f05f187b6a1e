"""Longest idle first: the rotation by hand that everybody knows, as a start and as the baseline."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solvers.rota.turns.check.score import load, taken
from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.state import State, state_of

BURDEN = 25
"""How much load, in hundredths of a turn, one unit of burden counts like when a first answer is made."""


def longest_idle(instance: TurnsInstance, seed: int, begin: Index | None = None) -> Index:
    """Pins, then the turns of the plan before, then every other turn in its order to who has waited longest.

    `begin` (T,): what is taken first, instead of pins and the plan before. Who never had a turn comes first;
    ties go to the lottery. A turn that nobody may take stays open.
    """
    state = State(instance) if begin is None else state_of(instance, begin)
    lottery = np.random.default_rng(seed).permutation(instance.n_people)
    last = np.full(instance.n_people, -1, np.int64)
    if begin is None:
        held(state)
    choices = instance.choices
    for t in range(instance.n_turns):
        if state.person[t] < 0:
            people = choices.person[int(choices.start[t]) : int(choices.start[t + 1])]
            for i in people[np.lexsort((lottery[people], last[people]))].tolist():
                if state.against(t, i) is None:
                    state.take(t, i)
                    break
        if state.person[t] >= 0:
            last[state.person[t]] = t
    return state.person


def held(state: State) -> None:
    """Take the pins, then what the rules allow of the plan before."""
    for t, i in state.instance.pinned.rows():
        state.take(t, i)
    for t, i in state.instance.previous.rows():
        if state.against(t, i) is None:
            state.take(t, i)


def lightest(instance: TurnsInstance, seed: int, begin: Index) -> Index:
    """From `begin` (T,), the open turns to who is loaded least after them, those that few may take first.

    Burden counts beside load; where nobody may take a turn, somebody who could but for one turn of theirs
    gives that one to another.
    """
    state = state_of(instance, begin)
    count = taken(instance, begin.tolist())
    lottery = np.random.default_rng(seed).permutation(instance.n_people).tolist()
    choices, closed = instance.choices, set(instance.open_turns.tolist())
    width = np.diff(choices.start)

    def give(t: int, i: int) -> None:
        if state.person[t] >= 0:
            count[int(state.person[t]), int(instance.class_of[t])] -= 1
        state.take(t, i)
        count[i, int(instance.class_of[t])] += 1

    def ranked(t: int) -> list[int]:
        """Who may take a turn, the lightest first."""
        c = int(instance.class_of[t])
        some = range(int(choices.start[t]), int(choices.start[t + 1]))
        keys = []
        for entry in some:
            i = int(choices.person[entry])
            weight = load(instance, i, c, count[i, c] + 1) if instance.capacity[i] else 0
            keys.append((weight + BURDEN * int(choices.burden[entry]), lottery[i], i))
        return [i for *_, i in sorted(keys)]

    missing = [
        t for t in np.argsort(width, kind="stable").tolist() if state.person[t] < 0 and t not in closed
    ]
    for t in missing:
        found = next((i for i in ranked(t) if state.against(t, i) is None), None)
        if found is not None:
            give(t, found)
            continue
        for i in ranked(t):
            traded = _trade(state, t, i, ranked)
            if traded is not None:
                give(*traded)
                give(t, i)
                break
    return state.person


def _trade(state: State, t: int, i: int, ranked: Callable[[int], list[int]]) -> tuple[int, int] | None:
    """A turn of person i and somebody to take it, so that i may take turn t; None where there is none."""
    for s in sorted(state.turns_of.get(i, ())):
        if s in state.fixed:
            continue
        state.drop(s)
        other = None
        if state.against(t, i) is None:
            state.take(t, i)
            other = next((j for j in ranked(s) if j != i and state.against(s, j) is None), None)
            state.drop(t)
        state.take(s, i)
        if other is not None:
            return s, other
    return None
