"""Who cannot be in two places: sets of meetings that share a person at a step, and what hangs together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.rota.times.chosen import Chosen
from solvers.rota.times.option_kernel import (
    anybody_twice,
    clique_counts,
    cliques,
    find,
    join,
    meetings_of,
    of_two_units,
)
from solvers.rota.times.options import Flags, Index, Options, Whole


@dataclass(frozen=True)
class Overlaps:
    """Sets of meetings of which one at most can take place, in rows: start (R + 1,), meeting (entries,).

    Each set is a largest one of somebody at a step; those of a single unit are left out, equal ones are
    there once. (Equal is what has equal sums of random numbers of 63 bits: a set that were missing by chance
    could make an answer that the check refuses, never a wrong bound.)
    """

    start: Whole
    meeting: Index

    def __len__(self) -> int:
        return len(self.start) - 1


def sharing(options: Options) -> Index:
    """People to look at: those in several groups, and one of each other rotating group."""
    start, member = options.members
    groups = np.bincount(member, minlength=options.instance.n_people)
    shared = groups > 1
    for g, group in enumerate(options.instance.groups):
        people = member[start[g] : start[g + 1]]
        if group.rotating and not shared[people].all():
            shared[people[~shared[people]][0]] = True
    return np.flatnonzero(shared).astype(np.int32)


def overlaps(options: Options, inside: Flags, people: Index, parted: Flags) -> Overlaps:
    """The sets among the options `inside` (N,), of `people` (see `sharing`).

    parted (N,): options whose meetings may be dropped one by one; of the others it does not matter which of
    their meetings a set holds.
    """
    people_start, unit = options.people
    given = (people, people_start, unit, options.unit_start, options.meeting_start, inside)
    rows_start = meetings_of(*given, np.zeros(0, np.int32), False)
    meeting = np.empty(int(rows_start[-1]), np.int32)
    meetings_of(*given, meeting, True)
    steps = options.instance.n_steps
    points = np.zeros(steps, np.int64)
    when = (meeting, options.begin, options.length, steps, points)
    found, entries = clique_counts(rows_start, *when)
    start, rows = cliques(rows_start, *when, found, entries)
    lottery = np.random.default_rng(1)
    number = lottery.integers(1, 2**63, len(options), np.uint64)[options.option]
    loose = parted[options.option]
    number[loose] = lottery.integers(1, 2**63, int(loose.sum()), np.uint64)
    unit_of = options.unit[options.option]
    keep = of_two_units(start, rows, unit_of, number)
    size = np.diff(start)
    out = np.zeros(int(keep.sum()) + 1, np.int64)
    np.cumsum(size[keep], out=out[1:])
    return Overlaps(out, rows[np.repeat(keep, size)])


def components(options: Options, rows: Overlaps, further: Iterable[Whole]) -> NDArray[np.int64]:
    """(U,): for each unit the lowest one that it hangs together with, by overlaps and `further` sets of
    units."""
    parent = np.arange(options.n_units, dtype=np.int64)
    join(parent, rows.start, options.unit[options.option[rows.meeting]].astype(np.int64))
    sets = [np.asarray(one, np.int64) for one in further if len(one) > 1]
    if sets:
        start = np.zeros(len(sets) + 1, np.int64)
        np.cumsum([len(one) for one in sets], out=start[1:])
        join(parent, start, np.concatenate(sets))
    return np.array([find(parent, u) for u in range(options.n_units)], np.int64)


def clashes(options: Options, chosen: Chosen) -> bool:
    """Whether somebody would be in two places."""
    meetings = np.array(chosen.meetings(options), np.int32)
    start, member = options.members
    group = options.unit_group[options.unit[options.option[meetings]]]
    return bool(anybody_twice(
        meetings, group, start, member, options.begin, options.length,
        options.instance.n_people, options.instance.n_steps,
    ))  # fmt: skip
