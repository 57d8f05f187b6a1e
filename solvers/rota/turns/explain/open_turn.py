"""Why a turn is open: the turns and rules that leave nobody for it, and the single changes that fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from solvers.engine import maximize
from solvers.limits import Limits
from solvers.result import Status
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.conflict import Element, only
from solvers.rota.turns.instance import Choices, Held, Index, TurnsInstance, Windows
from solvers.rota.turns.model import Model
from solvers.rota.turns.state import State, state_of

T = TypeVar("T")

WIDEST = 600
"""Turns at most among which a bottleneck is looked for."""


@dataclass(frozen=True)
class Repair:
    """One change of the instance that fills the turn: `element` says of which rule.

    amount: by how much its limit grows (turns or hours); 0 where the rule is dropped: somebody more may take
    the turn ("not_eligible"), a window goes (`window` is its number), or mixed organizations do. moved: other
    turns that change hands in `plan`, which fills it and has passed the check without the solver.
    """

    element: Element
    amount: int
    moved: int
    plan: Index
    window: int = -1


@dataclass(frozen=True)
class WhyOpen:
    """turns: all of them cannot be filled together under the rules `elements` (proven twice).

    smallest: without any one of either they could; else time ended before that was known. Both are empty
    where they could be filled, or nothing was proven in time. repairs: the fewest moved turns first.
    plan: an assignment (T,) that fills the turn under the rules as they are; an optimal one leaves none.
    """

    turn: int
    turns: tuple[int, ...]
    elements: tuple[Element, ...]
    smallest: bool
    repairs: tuple[Repair, ...]
    plan: Index | None


def why_open(instance: TurnsInstance, person: Index, turn: int, limits: Limits) -> WhyOpen:
    """Why turn `turn`, open in an assignment (T,), cannot be filled beside those that are, and what would."""
    near = _near(instance, person, turn)
    closed = turn in instance.open_turns
    plan = None if closed else _filled(instance, person, turn, near, limits)
    if plan is not None:
        return WhyOpen(turn, (), (), False, (), plan)
    half = replace(limits, seconds=limits.elapsed + limits.left / 2)
    found = sorted(
        _repairs(instance, person, turn, near, half), key=lambda one: (one.moved, one.element, one.window)
    )
    if closed:
        return WhyOpen(turn, (turn,), (Element("open", turn=turn),), True, tuple(found), None)
    turns, elements, smallest = _bottleneck(instance, person, turn, limits)
    return WhyOpen(turn, turns, elements, smallest, tuple(found), None)


def _bottleneck(
    instance: TurnsInstance, person: Index, turn: int, limits: Limits
) -> tuple[tuple[int, ...], tuple[Element, ...], bool]:
    """A smallest set of turns, then a smallest set of rules that they cannot be filled under."""
    rules = _rules(instance, turn)
    turns = next(
        (some for some in _rings(instance, person, turn) if _impossible(instance, some, rules, limits)), None
    )
    if turns is None:
        return (), (), False
    needed, done = _deleted(
        turns[1:], lambda some: _impossible(instance, [turn, *some], rules, limits), limits
    )
    turns = [turn, *needed]
    least, last = _deleted(rules, lambda some: _impossible(instance, turns, some, limits), limits)
    return tuple(sorted(turns)), tuple(sorted(least)), done and last


def _deleted(
    items: Sequence[T], impossible: Callable[[list[T]], bool], limits: Limits
) -> tuple[list[T], bool]:
    """A minimal part of the items that is still impossible, and whether time sufficed to make it minimal.
    Halves go before single ones, so that few tries are needed where little matters."""
    left, size = list(items), max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(left):
            if limits.over:
                return left, False
            others = left[:at] + left[at + size :]
            if impossible(others):
                left = others
            else:
                at += size
        if size == 1:
            return left, True
        size = max(1, size // 2)


def _rules(instance: TurnsInstance, turn: int) -> list[Element]:
    """Every rule that may stand in the way."""
    people = range(instance.n_people)
    out = [Element("not_eligible", turn=turn)]
    out += [Element(code) for code in instance.windows.codes]
    out += [Element("most", person=i) for i in people]
    out += [Element("hours", person=i) for i in people]
    out += [
        Element("organization_most", organization=o)
        for o in range(instance.n_organizations)
        if instance.organization_most[o] >= 0
    ]
    out += [Element("same_organization")] if instance.mixed else []
    return out + [Element("pinned", t, i) for t, i in instance.pinned.rows()]


def _rings(instance: TurnsInstance, person: Index, turn: int) -> Iterator[list[int]]:
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


def _impossible(
    instance: TurnsInstance, turns: Sequence[int], elements: Iterable[Element], limits: Limits
) -> bool:
    """Whether it is proven that these turns cannot all be filled while these rules hold."""
    chosen = set(elements)
    some = sorted(set(turns))
    core = only(instance, chosen)
    rows = [row for row in _rows(core) if row[0] in set(some)]
    asked = next((one.turn for one in chosen if one.code == "not_eligible"), None)
    if asked is None:
        opened = turns[0]
        there = {i for t, i, *_ in rows if t == opened}
        rows += [(opened, i, 0, 0) for i in range(instance.n_people) if i not in there]
    core = replace(core, choices=Choices.of(instance.n_turns, rows), previous=Held.of([]), most_broken=None)
    model = Model(core)
    fill = np.flatnonzero(np.isin(model.turn, some))
    found = maximize(
        model.rows.program(),
        model.objective(fill, 1),
        replace(limits, report=lambda _: None),
        bound=len(some),
        phase="why open",
    )
    if found.status is Status.INFEASIBLE:
        return True
    return found.bound is not None and found.bound < len(some)


def _rows(instance: TurnsInstance) -> list[tuple[int, int, int, int]]:
    one = instance.choices
    return list(
        zip(one.turn.tolist(), one.person.tolist(), one.burden.tolist(), one.preference.tolist(), strict=True)
    )


def _near(instance: TurnsInstance, person: Index, turn: int) -> list[int]:
    """The turn, and the turns of those who may take it."""
    near = [turn]
    for ring in _rings(instance, person, turn):
        near = ring
        if len(ring) > 1:
            break
    return near


def _repairs(
    instance: TurnsInstance, person: Index, turn: int, near: Sequence[int], limits: Limits
) -> Iterator[Repair]:
    """Each single change after which a plan with the turn was found."""
    state = state_of(instance, person)
    for element, amount, window, changed in _relaxed(instance, state, turn):
        if limits.over:
            return
        plan = _filled(changed, person, turn, near, limits)
        if plan is not None:
            moved = int((plan != person).sum()) - 1
            yield Repair(element, amount, moved, plan, window)


def _relaxed(
    instance: TurnsInstance, state: State, turn: int
) -> Iterator[tuple[Element, int, int, TurnsInstance]]:
    """(rule, amount, window, instance) of each single change that could matter for the turn."""
    low, high = int(instance.choices.start[turn]), int(instance.choices.start[turn + 1])
    able = instance.choices.person[low:high].tolist()
    if turn in instance.open_turns:
        left = np.array([t for t in instance.open_turns.tolist() if t != turn], np.int32)
        yield Element("open", turn=turn), 0, -1, replace(instance, open_turns=left)
        return
    for i in able:
        codes = set(state.objections(turn, i))
        if "most" in codes:
            most = instance.most.copy()
            most[i] = instance.room[i] + 1
            yield Element("most", person=i), 1, -1, replace(instance, most=most)
        if "hours" in codes:
            budget, more = instance.budget.copy(), int(state.hours[i]) + instance.hours_for(turn, i)
            amount = more - int(instance.hours_left[i])
            budget[i] = more
            yield Element("hours", person=i), amount, -1, replace(instance, budget=budget)
    for o in sorted({int(instance.organization[i]) for i in able}):
        if 0 <= instance.organization_room[o] <= state.in_organization[o]:
            rooms = instance.organization_most.copy()
            rooms[o] = instance.organization_room[o] + 1
            changed = replace(instance, organization_most=rooms)
            yield Element("organization_most", organization=o), 1, -1, changed
    if instance.mixed and any("same_organization" in set(state.objections(turn, i)) for i in able):
        yield Element("same_organization"), 0, -1, replace(instance, mixed=False)
    for w in state.windows_of[turn]:
        windows = instance.windows
        rows = [
            (
                windows.codes[windows.code[v]],
                windows.turns(v).tolist(),
                int(windows.most[v]),
                int(windows.cost[v]),
            )
            for v in range(len(windows))
            if v != w
        ]
        code = windows.codes[windows.code[w]]
        yield Element(code, turn=turn), 0, w, replace(instance, windows=Windows.of(rows))
    rows_of = _rows(instance)
    for i in range(instance.n_people):
        if i not in set(able) and not set(state.objections(turn, i)) - {"not_eligible"}:
            trained = Choices.of(instance.n_turns, [*rows_of, (turn, i, 0, 0)])
            yield Element("not_eligible", turn, i), 0, -1, replace(instance, choices=trained)


def _filled(
    instance: TurnsInstance, person: Index, turn: int, near: Sequence[int], limits: Limits
) -> Index | None:
    """An assignment with the turn and all that are filled now; only turns near it move, none if possible."""
    state = state_of(instance, person)
    low, high = int(instance.choices.start[turn]), int(instance.choices.start[turn + 1])
    for i in instance.choices.person[low:high].tolist():
        if state.against(turn, i) is None:
            out = person.copy()
            out[turn] = i
            return None if check(instance, out.tolist()) else out
    free = np.zeros(instance.n_turns, bool)
    free[list(near)] = True
    free[instance.pinned.turn] = False
    far = np.flatnonzero(~free & (person >= 0))
    others = np.flatnonzero(~free & (person < 0))
    around = replace(
        instance,
        pinned=Held.of(list(zip(far.tolist(), person[far].tolist(), strict=True))),
        open_turns=others.astype(np.int32),
        previous=Held.of([]),
        most_broken=None,
    )
    model = Model(around)
    worth = 1000 * np.isin(model.turn, np.flatnonzero(free)).astype(np.int64)
    worth += (person[model.turn] == model.person) & (worth > 0)
    found = maximize(
        model.rows.program(),
        model.objective(np.arange(model.n_choices), worth),
        replace(limits, report=lambda _: None),
    )
    if found.values is None:
        return None
    plan = model.read(found.values)
    filled = ((person >= 0) <= (plan >= 0)).all() and plan[turn] >= 0
    return plan if filled and not check(instance, plan.tolist()) else None
