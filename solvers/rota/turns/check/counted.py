"""Bounds on the tiers of turns that follow from counting, as if nobody's turns stood in each other's way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from solvers.rota.turns.check.score import load, square
from solvers.rota.turns.instance import Role, TurnsInstance


def counted(instance: TurnsInstance, values: Mapping[str, int | None]) -> dict[str, int]:
    """Per tier what no answer passes that reaches these values in the tiers before it; tiers of order full,
    of several ledgers, and of costs have none."""
    out: dict[str, int] = {}
    for role in Role:
        out[f"unfilled_{role.name.lower()}"] = _unfilled(instance, role)
    out["kept"] = len(instance.previous)
    missing = sum(values.get(f"unfilled_{role.name.lower()}") or 0 for role in Role)
    filled = instance.n_turns - missing
    most = _most(instance)
    if instance.n_classes == 1:
        out |= _loads(instance, most, filled)
    out["highest_burden"] = int(instance.carried_burden.max(initial=0))
    burden, liked = _sums(instance)
    out["burden"] = sum(sorted(burden)[:filled])
    out["preferences"] = sum(sorted(liked, reverse=True)[:filled])
    out["over_share"] = max(0, filled - int(instance.organization_share.sum()))
    return {name: bound for name, bound in out.items() if values.get(name) is not None}


def _unfilled(instance: TurnsInstance, role: Role) -> int:
    """Turns of a role that nobody may take, or all beyond those that everybody together may."""
    of = instance.role == role
    pinned = np.zeros(instance.n_turns, bool)
    pinned[instance.pinned.turn] = True
    closed = np.zeros(instance.n_turns, bool)
    closed[instance.open_turns] = True
    nobody = closed | ((np.diff(instance.choices.start) == 0) & ~pinned)
    able = np.zeros(instance.n_people, bool)
    able[instance.choices.person[of[instance.choices.turn]]] = True
    able[instance.pinned.person] = True
    return max(int((of & nobody).sum()), int(of.sum()) - int(instance.room[able].sum()), 0)


def _most(instance: TurnsInstance) -> list[int]:
    """Turns that each person could take at most."""
    turn = np.concatenate([instance.choices.turn, instance.pinned.turn])
    person = np.concatenate([instance.choices.person, instance.pinned.person])
    own = np.unique(np.stack([person, turn]), axis=1)
    could = np.bincount(own[0], minlength=instance.n_people)
    return [int(k) for k in np.minimum(instance.room, could)]


def _loads(instance: TurnsInstance, most: list[int], filled: int) -> dict[str, int]:
    """Bounds on highest and lowest load and on squares, if `filled` turns are taken by whoever."""
    people = np.flatnonzero(instance.counted[:, 0]).tolist()
    if not people:
        return {}
    rest = max(0, filled - sum(k for i, k in enumerate(most) if i not in set(people)))
    taken = [(i, k) for i in people for k in range(1, most[i] + 1)]
    steps = sorted(load(instance, i, 0, k) for i, k in taken)
    more = sorted(square(instance, i, 0, k) - square(instance, i, 0, k - 1) for i, k in taken)
    base = [load(instance, i, 0, 0) for i in people]
    highest = max([*base, *steps[max(0, rest - 1) : rest]])
    lowest = min(load(instance, i, 0, most[i]) for i in people)
    levels = sorted({level for level in (*base, *steps) if level <= lowest}, reverse=True)
    for level in levels:
        needed = sum(next(k for k in range(most[i] + 1) if load(instance, i, 0, k) >= level) for i in people)
        if needed <= filled:
            lowest = level
            break
    squares = sum(square(instance, i, 0, 0) for i in people) + sum(more[:rest])
    return {"highest_load": highest, "lowest_load": lowest, "squares": squares}


def _sums(instance: TurnsInstance) -> tuple[list[int], list[int]]:
    """Of each turn that somebody may take: the least burden and the greatest preference of anybody for it."""
    burden: list[int] = []
    liked: list[int] = []
    choices, pinned = instance.choices, dict(instance.pinned.rows())
    for t in range(instance.n_turns):
        few = slice(int(choices.start[t]), int(choices.start[t + 1]))
        if t in pinned:
            entry = choices.entry(t, pinned[t])
            few = slice(entry, entry + 1) if entry >= 0 else slice(0, 0)
        if t in pinned or few.stop > few.start:
            burden.append(int(min(choices.burden[few], default=0)))
            liked.append(int(max(choices.preference[few], default=0)))
    return burden, liked
