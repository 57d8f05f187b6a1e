"""Why a turn is open: the turns and rules that leave nobody for it, and the single changes that fill it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers.engine import maximize
from solvers.limits import Limits
from solvers.rota.turns.check.audit import check
from solvers.rota.turns.conflict import Element
from solvers.rota.turns.explain.bottleneck import Bottleneck, bottleneck, rings
from solvers.rota.turns.explain.part import part_of
from solvers.rota.turns.instance import Choices, Held, Index, TurnsInstance, Windows
from solvers.rota.turns.model import Model
from solvers.rota.turns.state import State, state_of

TRAINED = 8
"""People at most who are offered for having to be no more than eligible."""


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
    """turns, elements, smallest: see `Bottleneck`. repairs: the fewest moved turns first, as time allowed.
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
    why = Bottleneck((turn,), (Element("open", turn=turn),), minimal=True)
    if not closed:
        why = bottleneck(instance, person, turn, half)
    found = sorted(
        _repairs(instance, person, turn, near, limits), key=lambda one: (one.moved, one.element, one.window)
    )
    return WhyOpen(turn, why.turns, why.elements, why.minimal, tuple(found), None)


def _rows(instance: TurnsInstance) -> list[tuple[int, int, int, int]]:
    one = instance.choices
    return list(
        zip(one.turn.tolist(), one.person.tolist(), one.burden.tolist(), one.preference.tolist(), strict=True)
    )


def _near(instance: TurnsInstance, person: Index, turn: int) -> list[int]:
    """The turn, and the turns of those who may take it."""
    near = [turn]
    for ring in rings(instance, person, turn):
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
    rows_of, offered = _rows(instance), 0
    for i in range(instance.n_people):
        if offered < TRAINED and i not in set(able) and not set(state.objections(turn, i)) - {"not_eligible"}:
            trained = Choices.of(instance.n_turns, [*rows_of, (turn, i, 0, 0)])
            offered += 1
            yield Element("not_eligible", turn, i), 0, -1, replace(instance, choices=trained)


def _filled(
    instance: TurnsInstance, person: Index, turn: int, near: Sequence[int], limits: Limits
) -> Index | None:
    """An assignment with the turn and all that are filled now; only turns near it move, none if possible."""
    movable = np.setdiff1d(near, instance.pinned.turn)
    able = np.zeros(instance.n_people, bool)
    able[instance.choices.person[np.isin(instance.choices.turn, movable)]] = True
    capped = instance.organization_room[instance.organization] >= 0
    beside = np.isin(instance.session, instance.session[movable])
    taken = np.flatnonzero((person >= 0) & ((able | capped)[person] | beside))
    around = np.union1d(movable, taken).astype(np.int32)
    part = part_of(instance, around)
    held = [(k, int(person[t])) for k, t in enumerate(around.tolist()) if t not in set(movable.tolist())]
    part = replace(part, pinned=Held.of(held), open_turns=np.zeros(0, np.int32))
    model = Model(part)
    worth = np.where(np.isin(around[model.turn], movable), 1000, 0)
    worth += (person[around[model.turn]] == model.person) & (worth > 0)
    found = maximize(
        model.rows.program(),
        model.objective(np.arange(model.n_choices), worth),
        replace(limits, report=lambda _: None),
    )
    if found.values is None:
        return None
    plan = person.copy()
    plan[around] = model.read(found.values)
    filled = ((person >= 0) <= (plan >= 0)).all() and plan[turn] >= 0
    return plan if filled and not check(instance, plan.tolist()) else None
