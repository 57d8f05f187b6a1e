"""The first answer, at once: each unit in its best option that is left, then moves that push others out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.limits import Limits
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Index, Options, Whole
from solvers.rota.times.overlap import sharing
from solvers.rota.times.percent import within_percent
from solvers.rota.times.search_kernel import search

CHUNK = 20_000
"""Moves between two looks at the clock."""

MOVES = 60
"""Moves for each unit."""

ROOM = 2**61


@dataclass
class Places:
    """Who is where: the people that sessions share, and the table that the kernel writes."""

    start: Whole
    person: Index
    occupied: Index

    @classmethod
    def of(cls, options: Options) -> Places:
        """An empty table."""
        people = sharing(options)
        place = np.full(options.instance.n_people, -1, np.int32)
        place[people] = np.arange(len(people), dtype=np.int32)
        rows = []
        for g in options.unit_group.tolist():
            at = place[np.array(options.instance.groups[g].members, np.int64)]
            rows.append(at[at >= 0])
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=start[1:])
        person = np.concatenate(rows).astype(np.int32) if rows else np.zeros(0, np.int32)
        return cls(start, person, np.zeros((len(people), options.instance.n_steps), np.int32))


def packed(options: Options, rows: tuple[int, ...]) -> Whole:
    """(N,): costs of some tiers as one number, each worth more than all that can be won in those after it;
    the last ones are left out where they do not fit."""
    out = np.zeros(len(options), np.int64)
    room, weight = ROOM, 1
    start = options.unit_start[:-1]
    if not len(options):
        return out
    spans = []
    for k in rows:
        low = np.minimum.reduceat(options.cost[k], start)
        high = np.maximum.reduceat(options.cost[k], start)
        spans.append(int((high - low).sum()) + 1)
    kept = len(rows)
    while kept > 1 and float(np.prod(np.array(spans[:kept], np.float64))) > room:
        kept -= 1
    for k, span in zip(reversed(rows[:kept]), reversed(spans[:kept]), strict=True):
        low = np.minimum.reduceat(options.cost[k], start)
        out += weight * (options.cost[k] - low[options.unit])
        weight *= span
    return out


def first(options: Options, limits: Limits, rows: tuple[int, ...], begin: Chosen | None = None) -> Chosen:
    """A good choice within a second or two, from `begin` where there is one, least_percent kept.

    rows: the tiers that it looks at, numbers in `COSTS`.
    """
    cost = packed(options, rows)
    usable = options.forced == 0
    cost = np.where(usable, cost, cost.max(initial=0) + 1)
    lottery = np.random.default_rng(limits.seed)
    tie = lottery.random(len(options))
    order = np.lexsort((tie, cost, options.unit)).astype(np.int64)
    places = Places.of(options)
    chosen = np.full(options.n_units, -1, np.int64)
    count = np.bincount(options.unit[usable], minlength=options.n_units)
    queue = np.lexsort((lottery.random(options.n_units), count)).astype(np.int64)
    state = np.array([limits.seed], np.uint64)
    if begin is not None:
        chosen = _standing(options, places, begin)
    blocked = order.copy()
    blocked[~usable[order]] = options.unit_start[options.unit[order]][~usable[order]]
    given = (options.unit_start, blocked, cost, options.meeting_start, options.begin, options.length)
    left = MOVES * options.n_units if limits.seconds > 0 else 0
    while True:
        tries = min(left, CHUNK) if not limits.over else 0
        gained = search(*given, places.start, places.person, places.occupied, chosen, queue, tries, state)
        left -= tries
        if tries == 0 or (left <= 0 and not gained):
            break
    return within_percent(options, Chosen(chosen))


def _standing(options: Options, places: Places, begin: Chosen) -> Whole:
    """The options of `begin` that hold all their meetings and get in nobody's way, in their places."""
    chosen = np.full(options.n_units, -1, np.int64)
    cut = {int(options.option[m]) for m in begin.dropped}
    for u, o in enumerate(begin.option.tolist()):
        if o in cut or options.forced[o]:
            continue
        who = places.person[places.start[u] : places.start[u + 1]]
        cells = [
            (who, slice(int(options.begin[m]), int(options.begin[m] + options.length[m])))
            for m in range(int(options.meeting_start[o]), int(options.meeting_start[o + 1]))
        ]
        if not any(places.occupied[one].any() for one in cells):
            chosen[u] = o
            for one in cells:
                places.occupied[one] = u + 1
    return chosen
