"""The tiers of a turns instance as linear objectives over its program; the columns they need are added here.

A stage is maximized; a tier to be kept low enters with its sign turned. What a tier is worth in words and
numbers is defined in `check.score` alone; each stage here gives the same numbers (tests compare them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from solvers.engine import IntArray
from solvers.rota.turns.check.score import square
from solvers.rota.turns.instance import FULL, Order, Role
from solvers.rota.turns.levels import Highest, Levels, Lowest, Stage
from solvers.rota.turns.model import Model
from solvers.rota.turns.unary import Unary


@dataclass(frozen=True)
class Dive:
    """An objective that is only searched, not held: what is good for it is good for the tiers after it.

    fixed: columns that keep their present values meanwhile, which makes the search far easier.
    """

    worth: IntArray
    fixed: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))


def stages(model: Model) -> Iterator[Stage | Dive | Levels | Highest | Lowest]:
    """The stages in order; columns are added when a stage is asked for."""
    instance = model.instance
    role = instance.role[model.turn]
    for one in Role:
        there = int((instance.role == one).sum())
        if there:
            worth = model.objective(np.flatnonzero(role == one), 1)
            yield Stage(f"unfilled_{one.name.lower()}", "min", worth, there)
    if instance.changes == "tier" and len(instance.previous):
        at = model.columns_of(instance.previous.turn, instance.previous.person)
        yield Stage("kept", "max", model.objective(at, 1))
    if instance.order is Order.COST:
        soft, worth = _soft(model)
        spread = _spreads(model)
        out = model.objective(soft, worth)
        for c, column in spread.items():
            out[column] = -int(instance.spread_cost[c])
        yield Stage("cost", "min", out)
        return
    unaries = [Unary(model, c) for c in range(instance.n_classes) if instance.counted[:, c].any()]
    tails = [f":{instance.class_ids[one.c]}" if instance.n_classes > 1 else "" for one in unaries]
    sums = [_squares(model, unary, tail) for unary, tail in zip(unaries, tails, strict=True)]
    if sums:
        yield Dive(np.sum([one.worth for one in sums], axis=0))
    for unary, tail, total in zip(unaries, tails, sums, strict=True):
        if instance.order is Order.FULL:
            yield Levels(model, unary, tail)
        else:
            yield Highest(model, unary, tail)
            yield Lowest(model, unary, tail)
            yield total
    every = [np.zeros(0, np.int64), *(unary.columns for unary in unaries)]
    yield from _after(model, np.concatenate(every))


def _squares(model: Model, unary: Unary, tail: str) -> Stage:
    instance = model.instance
    pairs = list(zip(unary.of.tolist(), unary.k.tolist(), strict=True))
    more = np.array(
        [square(instance, i, unary.c, k) - square(instance, i, unary.c, k - 1) for i, k in pairs], np.int64
    )
    constant = sum(square(instance, i, unary.c, 0) for i in unary.people.tolist())
    return Stage(f"squares{tail}", "min", model.objective(unary.columns, -more), constant)


def _after(model: Model, loads: IntArray) -> Iterator[Stage | Dive]:
    """The tiers after fairness in orders quick and full. loads: columns of who has how many turns."""
    instance = model.instance
    every = np.arange(model.n_choices)
    if instance.choices.burden.any():
        yield Dive(model.objective(every, -model.burden), loads)
    if instance.choices.burden.any() or instance.carried_burden.any():
        yield _highest_burden(model)
    if instance.choices.burden.any():
        yield Stage("burden", "min", model.objective(every, -model.burden))
    yield _over_share(model)
    if instance.wanted.any():
        yield _ladder(model)
    if instance.windows.cost.any():
        soft, worth = _soft(model)
        yield Stage("spacing", "min", model.objective(soft, worth))
    if instance.choices.preference.any():
        yield Stage("preferences", "max", model.objective(every, model.preference))


def _highest_burden(model: Model) -> Stage:
    instance = model.instance
    some = np.flatnonzero(model.burden)
    person, burden = model.person[some].astype(np.int64), model.burden[some]
    most = instance.carried_burden.copy()
    np.add.at(most, person, burden)
    least = int(instance.carried_burden.max(initial=0))
    top = model.rows.columns(1, least, max(least, int(most.max(initial=0))))
    people = np.unique(person[(most > least)[person]])
    part = np.isin(person, people)
    model.rows.add(
        np.concatenate([person[part], people]),
        np.concatenate([some[part], np.full(len(people), top[0])]),
        np.concatenate([burden[part], np.full(len(people), -1)]),
        most=-instance.carried_burden[people],
    )

    def fill(values: IntArray) -> None:
        borne = instance.carried_burden.copy()
        np.add.at(borne, person, burden * values[some])
        values[top] = borne.max(initial=0)

    model.append(fill)
    return Stage("highest_burden", "min", model.objective(top, -1))


def _over_share(model: Model) -> Stage:
    instance = model.instance
    home = instance.organization[model.person].astype(np.int64)
    count = np.bincount(home, minlength=instance.n_organizations)
    over = np.flatnonzero(count > instance.organization_share)
    extra = model.rows.columns(len(over), 0, (count - instance.organization_share)[over])
    model.over = (over, extra)
    part = np.flatnonzero(np.isin(home, over))
    model.rows.add(
        np.concatenate([home[part], over]),
        np.concatenate([part, extra]),
        np.concatenate([np.ones(len(part), np.int64), np.full(len(over), -1)]),
        most=instance.organization_share[over],
    )

    def fill(values: IntArray) -> None:
        taken = np.bincount(home, weights=values[: model.n_choices], minlength=instance.n_organizations)
        values[extra] = np.maximum(0, taken - instance.organization_share)[over]

    model.append(fill)
    return Stage("over_share", "min", model.objective(extra, -1))


def _ladder(model: Model) -> Stage:
    instance = model.instance
    width = len(Role)
    key = model.person.astype(np.int64) * width + instance.role[model.turn]
    count = np.bincount(key, minlength=instance.n_people * width)
    wanted = instance.wanted.reshape(-1).astype(np.int64)
    steps = np.flatnonzero((wanted > 0) & (count >= wanted))
    done = model.rows.columns(len(steps))
    part = np.flatnonzero(np.isin(key, steps))
    model.rows.add(
        np.concatenate([key[part], steps]),
        np.concatenate([part, done]),
        np.concatenate([np.ones(len(part), np.int64), -wanted[steps]]),
        least=0,
    )

    def fill(values: IntArray) -> None:
        taken = np.bincount(key, weights=values[: model.n_choices], minlength=len(wanted))
        values[done] = (taken >= wanted)[steps]

    model.append(fill)
    return Stage("ladder", "max", model.objective(done, 1))


def _soft(model: Model) -> tuple[IntArray, IntArray]:
    """Columns of what somebody has beyond a soft window, and what each is worth (negative)."""
    instance, n = model.instance, model.instance.n_people
    key, column = model.in_windows(instance.windows.cost > 0)
    keys, row = np.unique(key, return_inverse=True)
    count = np.bincount(row, minlength=len(keys))
    most = instance.windows.most[keys // n].astype(np.int64)
    loose = np.flatnonzero(count > most)
    extra = model.rows.columns(len(loose), 0, (count - most)[loose])
    part = (count > most)[row]
    model.rows.add(
        np.concatenate([key[part], keys[loose]]),
        np.concatenate([column[part], extra]),
        np.concatenate([np.ones(int(part.sum()), np.int64), np.full(len(loose), -1)]),
        most=most[loose],
    )

    def fill(values: IntArray) -> None:
        taken = np.bincount(row, weights=values[column], minlength=len(keys))
        values[extra] = np.maximum(0, taken - most)[loose]

    model.append(fill)
    return extra, -instance.windows.cost[keys[loose] // n].astype(np.int64)


def _spreads(model: Model) -> dict[int, int]:
    """Per class with a price: the column of its spread."""
    return {c: _spread(model, c) for c, price in enumerate(model.instance.spread_cost.tolist()) if price}


def _spread(model: Model, c: int) -> int:
    """People of one capacity are compared through the highest and lowest load among them."""
    instance = model.instance
    n = instance.n_people
    old = instance.carried[:, c] // FULL
    column = np.flatnonzero(instance.class_of[model.turn] == c)
    person = model.person[column].astype(np.int64)
    count = np.bincount(person, minlength=n)
    capacities, group = np.unique(instance.capacity, return_inverse=True)
    capacities, each = capacities.astype(np.int64), np.arange(len(capacities))
    full = int((old + count).max(initial=0))
    top = model.rows.columns(len(capacities), 0, full)
    low = model.rows.columns(len(capacities), 0, full)
    spread = model.rows.columns(1, 0, -(-full * int(capacities.max(initial=0)) // 100))
    for side, by in ((top, 1), (low, -1)):  # load - top <= 0, low - load <= 0
        model.rows.add(
            np.concatenate([person, np.arange(n)]),
            np.concatenate([column, side[group]]),
            np.concatenate([np.full(len(column), by), np.full(n, -by)]),
            most=-by * old,
        )
    for p, one in enumerate(capacities.tolist()):
        model.rows.add(
            np.tile(each, 3),
            np.concatenate([np.full(len(each), top[p]), low, np.full(len(each), spread[0])]),
            np.concatenate([capacities, np.full(len(each), -one), np.full(len(each), -100)]),
            most=0,
        )

    def fill(values: IntArray) -> None:
        loads = old + np.bincount(person, weights=values[column], minlength=n).astype(np.int64)
        for p in each:
            values[top[p]] = loads[group == p].max()
            values[low[p]] = loads[group == p].min()
        apart = capacities[None, :] * values[top][:, None] - capacities[:, None] * values[low][None, :]
        values[spread] = -(-int(apart.max(initial=0)) // 100)

    model.append(fill)
    return int(spread[0])
