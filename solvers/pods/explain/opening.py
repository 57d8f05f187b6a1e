"""A first answer in which one pod more runs, or one less: where a solve around that begins.

Single moves never fill an empty pod, so its group comes from elsewhere at once: the whole of another pod, or
members without a seat and such as their pods can spare.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solvers.pods.explain.moves import best_into
from solvers.pods.explain.state import Changed, State
from solvers.pods.instance import Seats
from solvers.pods.solution import Assignment
from solvers.result import sort_key

DRAWN = 300
"""So many groups are drawn at most."""


def closed(state: State, p: int) -> Assignment:
    """The answer without pod p, whether clean or not."""
    change = state.changed({p: []})
    return state.after(change) if isinstance(change, Changed) else _emptied(state, [p])


def opened(state: State, p: int, seed: int) -> Assignment:
    """The best answer found in which pod p runs, or, where none was, the answer without as many of the pods
    of least worth as have enough members for it, which is not clean."""
    change = max(
        (one for one in _ways(state, p, seed) if isinstance(one, Changed)),
        key=lambda one: sort_key(one.tiers),
        default=None,
    )
    if change is not None:
        return state.after(change)
    instance, emptied, free = state.instance, [], 0
    for q in sorted(state.worth, key=lambda q: (state.worth[q], q)):
        fits = int(instance.eligible[state.members[q], p].sum())
        if free < instance.pods[p].most and fits and not (instance.pods[q].must_run or state.pinned_to(q)):
            emptied.append(q)
            free += fits
    return _emptied(state, emptied)


def seated(state: State, i: int, p: int) -> Assignment:
    """The answer with member i in pod p by the best change of two pods; where there is none, without pod p
    and the pods of i, which is not clean, for a start to fill anew."""
    change = best_into(state, i, p)
    if change is not None:
        return state.after(change)
    return _emptied(state, [p, *(q for q in state.pods_of.get(i, ()) if not state.pinned_to(q))])


def _emptied(state: State, pods: list[int]) -> Assignment:
    gone = set(pods)
    slot = state.answer.slot.copy()
    slot[pods] = -1
    return Assignment(Seats.of([row for row in state.answer.seats.rows() if row[1] not in gone]), slot)


def _ways(state: State, p: int, seed: int) -> Iterator[Changed | str]:
    instance, pod = state.instance, state.instance.pods[p]
    for q, inside in enumerate(state.members):
        if len(inside) >= pod.least:
            fit = sorted(inside, key=lambda i: (-int(instance.points[i, p]), i))
            yield state.changed({q: [], p: inside[: pod.most]})
            yield state.changed({q: fit[pod.most :], p: fit[: pod.most]})
    able = np.flatnonzero(instance.eligible[:, p]).tolist()
    alone = [i for i in able if len(state.pods_of.get(i, ())) < instance.room[i]]
    spare = [i for i in able if i not in set(alone)]
    dice = np.random.default_rng(seed)
    for size in range(pod.least, pod.most + 1):
        for _ in range(DRAWN // (pod.most - pod.least + 1)):
            group = dice.permutation(alone).tolist()[:size]
            members = {q: list(state.members[q]) for q in state.worth}
            touched: dict[int, list[int]] = {}
            for i in dice.permutation(spare).tolist():
                if len(group) >= size:
                    break
                pods = [q for q in state.pods_of.get(i, ()) if (i, q) not in state.pins]
                pods = [q for q in pods if len(members[q]) > instance.pods[q].least]
                if pods:
                    members[pods[0]].remove(i)
                    touched[pods[0]] = members[pods[0]]
                    group.append(i)
            if len(group) == size:
                yield state.changed({**touched, p: group})
