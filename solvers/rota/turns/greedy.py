"""Longest idle first: the rotation by hand that everybody knows, as a start and as the baseline."""

from __future__ import annotations

import numpy as np

from solvers.rota.turns.instance import Index, TurnsInstance
from solvers.rota.turns.state import State, state_of


def longest_idle(instance: TurnsInstance, seed: int, begin: Index | None = None) -> Index:
    """Pins, then the turns of the plan before, then every other turn in its order to who has waited longest.

    `begin` (T,): what is taken first, instead of pins and the plan before. Who never had a turn comes first;
    ties go to the lottery. A turn that nobody may take stays open.
    """
    state = State(instance)
    lottery = np.random.default_rng(seed).permutation(instance.n_people)
    last = np.full(instance.n_people, -1, np.int64)
    if begin is not None:
        state = state_of(instance, begin)
    else:
        for t, i in instance.pinned.rows():
            state.take(t, i)
        for t, i in instance.previous.rows():
            if state.against(t, i) is None:
                state.take(t, i)
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
