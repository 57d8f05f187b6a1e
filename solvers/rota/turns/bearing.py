"""How little burden the person who bears most can have: a bound from each person's own turns.

Tiers held before say how many turns somebody takes at least; the cheapest so many of those still open to them
cost what no answer can spare them. Of who bears most, a flow and their windows are looked at too. A cap that
no flow keeps bounds it as well.
"""

from __future__ import annotations

import numpy as np

from solvers.engine import IntArray, maximize
from solvers.limits import Limits
from solvers.rota.turns.flow import Cells, Flow
from solvers.rota.turns.model import Model
from solvers.rota.turns.pricing import Flags
from solvers.rota.turns.rows import Rows

LOOKED_AT = 6
"""People who are looked at more closely."""


def least_highest(model: Model, flow: Flow, out: Flags, borne: IntArray, limits: Limits) -> int:
    """No answer has a lower highest burden than this, cycles before included.

    flow: with the tiers held so far. out (choices,): choices that no answer takes. borne (n,): burden of each
    person now.
    """
    instance, least = model.instance, flow.least
    able = ~out | model.fixed
    needed = np.zeros((instance.n_people, instance.n_classes), np.int64)
    for counted in model.counted:
        np.add.at(needed[:, counted.c], counted.of, least[counted.columns])
    cheapest = instance.carried_burden + _cheapest(model, needed, able)
    bound = int(cheapest.max(initial=0))
    for i in np.argsort(-borne, kind="stable")[:LOOKED_AT].tolist():
        if borne[i] <= bound or limits.over:
            break
        old, mine = int(instance.carried_burden[i]), np.flatnonzero(able & (model.person == i))
        bound = max(bound, old + _fewest(model, flow, out, mine, model.burden[mine]))
        if borne[i] > bound:
            for counted in model.counted:
                columns = counted.columns[counted.of == i]
                needed[i, counted.c] = _fewest(model, flow, out, columns, np.ones(len(columns), np.int64))
            bound = max(bound, old + _apart(model, mine, needed[i], limits))
    high = int(borne.max(initial=0))
    while bound < high and not limits.over:  # what the flow refuses at one cap it refuses at all below
        cap = (bound + high - 1) // 2
        if _flows(model, flow, out, cap):
            high = cap
        else:
            bound = cap + 1
    return bound


def _fewest(model: Model, flow: Flow, out: Flags, columns: IntArray, cost: IntArray) -> int:
    """What these columns cost at least in the flow."""
    worth = np.zeros(model.rows.n_columns, np.int64)
    worth[columns] = -cost
    known = flow.priced(worth, out)
    return 0 if known is None else -known.bound


def _flows(model: Model, flow: Flow, out: Flags, cap: int) -> bool:
    """Whether there is a flow in which nobody has more turns that burden them than `cap` could hold, if each
    were the lightest of theirs."""
    room = np.maximum(0, cap - model.instance.carried_burden)
    heavy = np.flatnonzero(model.burden > 0)
    lightest = np.full(model.instance.n_people, 2**40)
    np.minimum.at(lightest, model.person[heavy], model.burden[heavy])
    turns = room // lightest
    pins = np.bincount(model.person[heavy[model.fixed[heavy]]], minlength=model.instance.n_people)
    of = np.where(model.burden > 0, 0, -1)
    above = (model.burden > room[model.person]) & ~model.fixed
    narrow = flow.narrowed(Cells(of, np.maximum(turns, pins)[None, :]))
    return narrow.best(np.zeros(model.rows.n_columns, np.int64), out | above) is not None


def _cheapest(model: Model, needed: IntArray, able: Flags) -> IntArray:
    """(n,): burden of everybody's fixed turns, and of the cheapest others up to what they need of a class."""
    instance, columns = model.instance, np.flatnonzero(able)
    key = model.person[columns].astype(np.int64) * instance.n_classes + instance.class_of[model.turn[columns]]
    order = np.lexsort((model.burden[columns], ~model.fixed[columns], key))
    columns, key = columns[order], key[order]
    place = np.arange(len(key)) - np.searchsorted(key, key)
    taken = columns[(place < needed.reshape(-1)[key]) | model.fixed[columns]]
    out = np.zeros(instance.n_people, np.int64)
    np.add.at(out, model.person[taken], model.burden[taken])
    return out


def _apart(model: Model, mine: IntArray, needed: IntArray, limits: Limits) -> int:
    """Least burden of one person with so many turns of each class: `mine` are their choices, each with the
    windows that it lies in."""
    instance, windows = model.instance, model.instance.windows
    person = int(model.person[mine[0]]) if len(mine) else 0
    rows = Rows()
    rows.columns(len(mine), model.fixed[mine].astype(np.int64))
    place = np.full(instance.n_turns, -1, np.int64)
    place[model.turn[mine]] = np.arange(len(mine))
    for w in np.flatnonzero(windows.cost == 0).tolist():
        inside = place[windows.turns(w)]
        inside = inside[inside >= 0]
        room = instance.window_room(w, person)
        if len(inside) > room:
            rows.add(np.zeros(len(inside), np.int64), inside, most=room)
    kind = instance.class_of[model.turn[mine]]
    for c in range(instance.n_classes):
        inside = np.flatnonzero(kind == c)
        if needed[c] and len(inside):
            rows.add(np.zeros(len(inside), np.int64), inside, least=int(needed[c]))
    found = maximize(rows.program(), -model.burden[mine], limits, bound=0)
    return 0 if found.bound is None else -found.bound
