"""Bottlenecks: turns that cannot all be filled, and rules that forbid it, none of either more than needed.

Every question is about a handful of turns, so it is asked of these alone. All rules say "at most", so more
turns or more rules never make possible what was impossible: a set from which no single one can go is minimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from solvers.engine import maximize
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.conflict import Element, only
from solvers.rota.turns.explain.part import binding, part_of
from solvers.rota.turns.instance import Choices, Index, Role, TurnsInstance
from solvers.rota.turns.model import Model

T = TypeVar("T")

WIDEST = 600
"""Turns at most among which a bottleneck is looked for."""


@dataclass(frozen=True)
class Bottleneck:
    """turns: they cannot all be filled while the rules `elements` hold (proven); both empty where that was
    not proven in time. minimal: without any one of either they can, each seen; else time ended before."""

    turns: tuple[int, ...]
    elements: tuple[Element, ...]
    minimal: bool


def bottleneck(instance: TurnsInstance, person: Index, turn: int, limits: Limits) -> Bottleneck:
    """A minimal bottleneck of turn `turn`, open in an assignment (T,): few turns first, then few rules."""
    for ring in rings(instance, person, turn):
        if limits.over:
            break
        if _impossible(instance, ring, _rules(instance, ring), limits):
            return _smallest(instance, ring, limits)
    return Bottleneck((), (), minimal=False)


def _smallest(instance: TurnsInstance, ring: Sequence[int], limits: Limits) -> Bottleneck:
    """A minimal part of turns that cannot all be filled, the open one first."""
    every = _rules(instance, ring)
    needed, done = _deleted(
        ring[1:], lambda some: _impossible(instance, [ring[0], *some], every, limits), limits
    )
    turns = [ring[0], *needed]
    least, last = _deleted(
        _rules(instance, turns), lambda some: _impossible(instance, turns, some, limits), limits
    )
    return Bottleneck(tuple(sorted(turns)), tuple(sorted(least)), done and last)


def rings(instance: TurnsInstance, person: Index, turn: int) -> Iterator[list[int]]:
    """The turn; with the turns of those who may take it; with the turns of those who may take these; ..."""
    inside, people, last = [turn], set[int](), [turn]
    choices = instance.choices
    while last:
        yield inside
        more = {
            int(i) for t in last for i in choices.person[int(choices.start[t]) : int(choices.start[t + 1])]
        }
        fresh = sorted(more - people)
        people |= more
        last = [int(t) for t in np.flatnonzero(np.isin(person, fresh)) if t not in set(inside)]
        inside = inside + last
        if len(inside) > WIDEST:
            return


def _deleted(
    items: Sequence[T], impossible: Callable[[list[T]], bool | None], limits: Limits
) -> tuple[list[T], bool]:
    """A part of the items that is still impossible, and whether each of it is known to be needed. Halves go
    before single ones, so that few tries are needed where little matters."""
    left, size = list(items), max(1, len(items) // 2)
    while True:
        at, known = 0, True
        while at < len(left):
            if limits.over:
                return left, False
            others = left[:at] + left[at + size :]
            answer = impossible(others)
            if answer:
                left = others
            else:
                at += size
                known = known and answer is not None
        if size == 1:
            return left, known
        size = max(1, size // 2)


def _rules(instance: TurnsInstance, turns: Sequence[int]) -> list[Element]:
    """Every rule that may stand in the way of these turns, the open one first, whoever may take that."""
    opened = turns[0]
    near = np.union1d(turns, instance.pinned.turn).astype(np.int32)
    part = part_of(instance, near)
    part = replace(part, choices=_for_anybody(part, int(np.searchsorted(near, opened))))
    most, hours, homes = binding(part)
    out = [Element("not_eligible", turn=opened)]
    out += [Element(part.windows.codes[k]) for k in np.unique(part.windows.code[part.windows.cost == 0])]
    out += [Element("most", person=i) for i in most]
    out += [Element("hours", person=i) for i in hours]
    out += [Element("organization_most", organization=o) for o in homes]
    if instance.mixed and len(set(part.session[part.role != Role.SHADOW].tolist())) < len(near):
        out.append(Element("same_organization"))
    return out + [Element("pinned", int(near[t]), i) for t, i in part.pinned.rows()]


def _impossible(
    instance: TurnsInstance, turns: Sequence[int], elements: Iterable[Element], limits: Limits
) -> bool | None:
    """Whether these turns, the open one first, cannot all be filled while these rules hold; None where time
    ended before that was known."""
    near = np.union1d(turns, instance.pinned.turn).astype(np.int32)
    at = {int(t): k for k, t in enumerate(near.tolist())}
    chosen = {one if one.turn < 0 else replace(one, turn=at[one.turn]) for one in elements}
    core = only(part_of(instance, near), chosen)
    opened = at[turns[0]]
    if Element("not_eligible", turn=opened) not in chosen:
        core = replace(core, choices=_for_anybody(core, opened))
    model = Model(core)
    fill = np.flatnonzero(np.isin(model.turn, [at[t] for t in turns]))
    found = maximize(
        model.rows.program(),
        model.objective(fill, 1),
        replace(limits, report=lambda _: None),
        bound=len(turns),
        phase="why open",
    )
    if found.status is Status.INFEASIBLE or (found.bound is not None and found.bound < len(turns)):
        return True
    return False if found.value == len(turns) else None


def _for_anybody(instance: TurnsInstance, turn: int) -> Choices:
    """The choices, with one turn open to everybody."""
    rows = list(
        zip(
            instance.choices.turn.tolist(),
            instance.choices.person.tolist(),
            instance.choices.burden.tolist(),
            instance.choices.preference.tolist(),
            strict=True,
        )
    )
    there = {i for t, i, *_ in rows if t == turn}
    rows += [(turn, i, 0, 0) for i in range(instance.n_people) if i not in there]
    return Choices.of(instance.n_turns, rows)
