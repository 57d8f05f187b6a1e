"""An instance packed for the kernels: members who belong together become one unit, rules become numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.anneal.layout import (
    ABSENT_SPONSOR,
    ANY,
    APARTS,
    BONUS,
    BUDGET,
    FIRST,
    HOMES,
    HOURS,
    KEEP,
    LANGUAGES,
    LEAST,
    LEAST_ORGANIZATIONS,
    LEAST_POINTS,
    MEETS,
    MOST,
    MOST_BROKEN,
    MOST_NEWCOMERS,
    MOST_SHARE,
    MUST_RUN,
    NEED,
    NEEDS,
    NEW,
    OLD,
    OPENS,
    ORGANIZATIONS,
    PLAIN,
    POD,
    PRESENCE,
    PRESENT,
    PREVIOUS,
    PRIORITY,
    QUORUM,
    RULE,
    SLOT_BEGIN,
    SLOT_END,
    SLOT_HIGH,
    SLOT_LOW,
    SPONSOR,
    TERMS,
    UNIT,
    VETERAN_EACH,
    WEIGHT,
    WORTH,
)
from solvers.pods.instance import WEEK_MINUTES, Pairs, PodsInstance
from solvers.pods.units import Units, reduced, starts, units_of

Int = NDArray[np.int64]

CLOSED = -(2**60)
"""In `Tables.seat`: the unit may not sit there."""

DENSE_MEMBERS = 2_500
"""Up to so many units pair terms may be a full table, when enough of them are there."""

_TOP = 24
PRESENCES = {"any": ANY, "present": PRESENT, "absent": ABSENT_SPONSOR}


class Tables(NamedTuple):
    """What the kernels read and never write. U units, P pods, S places, T slots of all rhythms.

    A unit is a set of members who are always together; its numbers are sums over its members. It has as many
    places as pods it may be in. `layout` names the columns and says which rows of other tables belong to a
    unit or pod. Tables by unit end with a row for nobody, which has no weight.
    """

    unit: Int  # (U + 1, columns UNIT)
    pod: Int  # (P + 1, columns POD)
    need: Int  # (needs, columns NEED)
    rule: Int  # (columns RULE,)
    owner: Int  # (S,) unit of a place
    fixed: NDArray[np.bool_]  # (S,) places that a pin holds
    movable: Int  # the others
    seat: Int  # (U, P) points, CLOSED where the unit may not sit
    previous: NDArray[np.uint8]  # (U, P) previous seats; (0, 0) when there are none
    top: NDArray[np.int32]  # (U, K) open pods with the most points, -1 behind them
    open: NDArray[np.int32]  # pods open to a unit, row by row
    home: Int  # (rows, 2) organization, and members of it
    apart: Int  # units
    pair: Int  # (U, U) pair terms, or (0, 0) when they are in `term`
    term: Int  # (rows, 2) other unit, rising, and points
    skill: NDArray[np.int32]  # (U + 1, abilities + languages) members
    attend: NDArray[np.int32]  # (U + 1, 3, T): MISSING, ALWAYS, EASE
    overlap: NDArray[np.int32]  # (T, T) slots that meet; (0, 0) when nobody can be in two pods
    sums: Int  # worths of 0, 1, 2, ... members, need by need
    language: Int  # columns of `skill`, pod by pod
    spread_sums: Int  # worths of 0, 1, 2, ... organizations
    rival: Int  # competitors of organization o lie at rival[o]..rival[o + 1] of this very array


class Packed(NamedTuple):
    """Tables with what is needed to lead back to members: `pins` are (unit, pod) fixed ones, once each."""

    tables: Tables
    units: Units
    pins: Pairs


def pack(instance: PodsInstance, *, least_satisfaction: int = 0, least_points: int | None = None) -> Packed:
    """The tables of an instance. New seats below `least_satisfaction` are closed; a pod that runs below
    `least_points` counts as broken.
    """
    units = units_of(instance.n_members, instance.together)
    pins = np.unique(
        np.stack([units.of[instance.pinned.member], instance.pinned.pod], axis=1).astype(np.int32), axis=0
    )
    seat = _seats(instance, units, least_satisfaction)
    opened = seat > CLOSED
    opened[pins[:, 0], pins[:, 1]] = False
    fixed = np.bincount(pins[:, 0], minlength=units.number)
    room = np.minimum(reduced(np.minimum, instance.room, units), opened.sum(axis=1) + fixed)
    first = starts(np.maximum(room, fixed))
    owner = np.repeat(np.arange(units.number), np.diff(first))
    held = np.arange(len(owner)) - first[owner] < fixed[owner]
    rows = _Rows(instance, units)
    home_start, home = rows.homes()
    term_start, term, pair = rows.pairs()
    apart = _both(units.of[instance.apart])
    apart = apart[apart[:, 0] != apart[:, 1]]
    unit_of_open, pod_of_open = np.nonzero(opened)
    unit = np.zeros((units.number + 1, len(UNIT)), np.int64)
    for column, begins in (
        (FIRST, first),
        (HOMES, home_start),
        (APARTS, starts(np.bincount(apart[:, 0], minlength=units.number))),
        (OPENS, starts(np.bincount(unit_of_open, minlength=units.number))),
        (TERMS, term_start),
    ):
        unit[:, column] = begins
    for column, numbers in (
        (WEIGHT, np.diff(units.start)),
        (PRIORITY, rows.total(instance.priority)),
        (BUDGET, reduced(np.minimum, instance.hours_left, units)),
        (NEW, rows.total(instance.newcomer)),
        (OLD, rows.total(instance.veteran)),
    ):
        unit[:-1, column] = numbers
    pod, need, sums = pod_tables(instance)
    multi = bool((np.diff(first) > 1).any()) and bool(instance.rhythms)
    rivals = _both(instance.rivals)
    orgs = max(1, instance.n_organizations)
    rival_start = starts(np.bincount(rivals[:, 0], minlength=orgs)) + orgs + 1
    tables = Tables(
        unit=unit,
        pod=pod,
        need=need,
        rule=_rules(instance, least_points),
        owner=owner,
        fixed=held,
        movable=np.flatnonzero(~held),
        seat=seat,
        previous=_previous(instance, units),
        top=_top(seat, opened),
        open=pod_of_open.astype(np.int32),
        home=home,
        apart=apart[:, 1].copy(),
        pair=pair,
        term=term,
        skill=rows.nobody_too(
            rows.total(np.concatenate([instance.able, instance.speaks], axis=1)).astype(np.int32)
        ),
        attend=rows.nobody_too(rows.attendance()),
        overlap=_overlap(instance) if multi else np.zeros((0, 0), np.int32),
        sums=sums,
        language=np.array([k for one in instance.pods for k in one.languages], np.int64)
        + instance.able.shape[1],
        spread_sums=worth_sums(instance.organization_worth),
        rival=np.concatenate([rival_start, rivals[:, 1]]),
    )
    return Packed(tables, units, pins)


class _Rows:
    """Sums of members' numbers over their units."""

    def __init__(self, instance: PodsInstance, units: Units) -> None:
        self.instance, self.units = instance, units

    def total(self, table: NDArray[Any]) -> Int:
        """Sum per unit of a table by member."""
        return reduced(np.add, table.astype(np.int64), self.units)

    def nobody_too(self, table: NDArray[Any]) -> NDArray[Any]:
        """A table by unit with a row of zeros behind it."""
        return np.concatenate([table, np.zeros((1, *table.shape[1:]), table.dtype)])

    def attendance(self) -> NDArray[np.int32]:
        """Who misses half, can always come, and ease: every rhythm side by side, shape (U, 3, T)."""
        tables = [
            np.stack([self.total(~rhythm.half), self.total(rhythm.always), self.total(rhythm.ease)], axis=1)
            for rhythm in self.instance.rhythms
        ]
        joined = np.concatenate(tables, axis=2) if tables else np.zeros((self.units.number, 3, 0))
        return joined.astype(np.int32)

    def homes(self) -> tuple[Int, Int]:
        """Organizations of each unit and how many of its members each has."""
        orgs = max(1, self.instance.n_organizations)
        keys, count = np.unique(self.units.of * orgs + self.instance.organization, return_counts=True)
        start = starts(np.bincount(keys // orgs, minlength=self.units.number))
        return start, np.stack([keys % orgs, count], axis=1).astype(np.int64)

    def pairs(self) -> tuple[Int, Int, Int]:
        """Pair terms between units: where rows begin, the rows, and the full table; one of these is empty."""
        number, terms = self.units.number, self.instance.pair_terms
        one = self.units.of[np.repeat(np.arange(self.instance.n_members), np.diff(terms.start))]
        other = self.units.of[terms.other]
        apart = one != other
        one, other, value = one[apart], other[apart], terms.value[apart].astype(np.int64)
        if number <= DENSE_MEMBERS and 4 * len(value) > number**2:
            table = np.zeros((number, number), np.int64)
            np.add.at(table, (one, other), value)
            return np.zeros(number + 1, np.int64), np.zeros((0, 2), np.int64), table
        keys, where = np.unique(one * number + other, return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, where, value)
        start = starts(np.bincount(keys // max(1, number), minlength=number))
        return start, np.stack([keys % max(1, number), total], axis=1), np.zeros((0, 0), np.int64)


def pod_tables(instance: PodsInstance) -> tuple[Int, Int, Int]:
    """`Tables.pod`, `Tables.need` and `Tables.sums`."""
    slots = starts(np.array([rhythm.n_slots for rhythm in instance.rhythms], np.int64))
    pod = np.zeros((instance.n_pods + 1, len(POD)), np.int64)
    need: list[tuple[int, ...]] = []
    sums: list[Int] = []
    room = 0
    for p, one in enumerate(instance.pods):
        begin, end = (slots[one.rhythm], slots[one.rhythm + 1]) if one.rhythm >= 0 else (0, 0)
        low, high = (0, end - begin) if one.slot < 0 else (one.slot, one.slot + 1)
        values = {
            LEAST: one.least,
            MOST: one.most,
            MUST_RUN: one.must_run,
            WORTH: one.priority,
            LEAST_ORGANIZATIONS: one.least_organizations,
            MOST_SHARE: one.most_share,
            SPONSOR: one.sponsor,
            PRESENCE: PRESENCES[one.presence],
            NEEDS: len(need),
            LANGUAGES: pod[p, LANGUAGES],
            MEETS: one.rhythm >= 0,
            SLOT_BEGIN: begin,
            SLOT_END: end,
            SLOT_LOW: low,
            SLOT_HIGH: high,
            QUORUM: one.quorum,
            HOURS: one.hours,
        }
        pod[p, list(values)] = list(values.values())
        pod[p + 1, LANGUAGES] = pod[p, LANGUAGES] + len(one.languages)
        for wish in one.needs:
            need.append((wish.ability, wish.least, room, len(wish.worth)))
            sums.append(worth_sums(wish.worth))
            room += len(sums[-1])
        pod[p + 1, NEEDS] = len(need)
    return (
        pod,
        np.array(need, np.int64).reshape(-1, len(NEED)),
        np.concatenate(sums) if sums else np.zeros(0, np.int64),
    )


def _rules(instance: PodsInstance, least_points: int | None) -> Int:
    n_previous = len(instance.previous)
    looks = any(
        pod.least_organizations > 1 or pod.most_share < 100 or pod.presence != "any" for pod in instance.pods
    )
    organizations = bool(looks or len(instance.rivals) > 0 or any(instance.organization_worth))
    mixed = any(pod.needs or pod.languages or pod.rhythm >= 0 for pod in instance.pods)
    plain = not (organizations or mixed or instance.veteran_each or len(instance.apart))
    plain = plain and instance.most_newcomers == 100 and least_points is None
    values = {
        MOST_NEWCOMERS: instance.most_newcomers,
        VETERAN_EACH: instance.veteran_each,
        BONUS: instance.bonus if instance.changes == "bonus" else 0,
        KEEP: instance.changes == "tier",
        PREVIOUS: n_previous,
        MOST_BROKEN: n_previous if instance.most_broken is None else instance.most_broken,
        LEAST_POINTS: CLOSED if least_points is None else least_points,
        ORGANIZATIONS: organizations,
        PLAIN: plain,
    }
    return np.array([int(values[k]) for k in RULE], np.int64)


def _seats(instance: PodsInstance, units: Units, least_satisfaction: int) -> Int:
    allowed = instance.eligible.copy()
    if least_satisfaction > 0 and instance.satisfaction is not None:
        allowed &= instance.satisfaction >= least_satisfaction
        allowed[instance.previous.member, instance.previous.pod] = True
    allowed[instance.pinned.member, instance.pinned.pod] = True
    points = instance.points.astype(np.int64)
    if units.number < instance.n_members:
        allowed = reduced(np.logical_and, allowed, units)
        points = reduced(np.add, points, units) + _inner(instance, units)[:, None]
    seat = np.where(allowed, points, CLOSED)
    quarrel = units.of[instance.apart]
    seat[quarrel[quarrel[:, 0] == quarrel[:, 1], 0]] = CLOSED
    fixed = units.of[instance.pinned.member], instance.pinned.pod
    seat[fixed] = points[fixed]
    return seat


def _inner(instance: PodsInstance, units: Units) -> Int:
    """Pair terms inside each unit."""
    terms = instance.pair_terms
    one = np.repeat(np.arange(instance.n_members), np.diff(terms.start))
    inside = (units.of[one] == units.of[terms.other]) & (one < terms.other)
    total = np.zeros(units.number, np.int64)
    np.add.at(total, units.of[one[inside]], terms.value[inside])
    return total


def _previous(instance: PodsInstance, units: Units) -> NDArray[np.uint8]:
    if not len(instance.previous):
        return np.zeros((0, 0), np.uint8)
    table = np.zeros((units.number, instance.n_pods), np.uint8)
    np.add.at(table, (units.of[instance.previous.member], instance.previous.pod), 1)
    return table


def _top(seat: Int, opened: NDArray[np.bool_]) -> NDArray[np.int32]:
    """For each unit the open pods with the most points; equal ones are drawn."""
    units, pods = seat.shape
    width = min(_TOP, pods)
    if not width or not units:
        return np.zeros((units, 0), np.int32)
    lottery = np.random.default_rng(1).random(seat.shape, dtype=np.float32)
    key = np.where(opened, seat, CLOSED).astype(np.float64) + lottery * 0.5
    best = np.argpartition(-key, width - 1, axis=1)[:, :width]
    closed = ~np.take_along_axis(opened, best, axis=1)
    order = np.argsort(closed, axis=1, kind="stable")
    found = np.where(np.take_along_axis(closed, order, axis=1), -1, np.take_along_axis(best, order, axis=1))
    return found.astype(np.int32)


def _overlap(instance: PodsInstance) -> NDArray[np.int32]:
    """Whether two slots, of any rhythms, meet in some week."""
    start = np.concatenate([rhythm.start for rhythm in instance.rhythms]).astype(np.int64)
    minutes = np.concatenate([np.full(one.n_slots, one.minutes, np.int64) for one in instance.rhythms])
    gap = (start[None, :] - start[:, None]) % WEEK_MINUTES
    return ((gap < minutes[:, None]) | (WEEK_MINUTES - gap < minutes[None, :])).astype(np.int32)


def worth_sums(worth: tuple[int, ...]) -> Int:
    """0, the first, the first two, ... of worths."""
    return np.concatenate([[0], np.cumsum(np.array(worth, np.int64))]).astype(np.int64)


def _both(pairs: NDArray[Any]) -> Int:
    """Pairs in both directions, each once."""
    return np.unique(np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64), axis=0)
