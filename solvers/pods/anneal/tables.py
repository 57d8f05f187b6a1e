"""An instance packed for the kernels: members who belong together become one unit, rules become numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.instance import WEEK_MINUTES, Pairs, Pod, PodsInstance

Int = NDArray[np.int64]

CLOSED = -(2**60)
"""In `Tables.seat`: the unit may not sit there."""

DENSE_MEMBERS = 2_500
"""Up to so many units pair terms may be a full table, when enough of them are there."""

_TOP = 24
_ANY, _PRESENT, _ABSENT = 0, 1, 2
PRESENCE = {"any": _ANY, "present": _PRESENT, "absent": _ABSENT}


class Tables(NamedTuple):
    """What the kernels read and never write. U units, P pods, S places, T slots of all rhythms.

    A unit is a set of members who are always together; its numbers are sums over its members. It has as many
    places as pods it may be in: place s is of unit `owner[s]`, those of u are first[u]..first[u + 1].
    Rows of several entries are in CSR form: x of u are x[x_start[u]]..x[x_start[u + 1]].
    """

    first: Int
    owner: Int
    movable: Int  # places that no pin fixes
    fixed: NDArray[np.bool_]  # (S,) the others
    weight: Int  # (U,) members
    priority: Int
    budget: Int
    newcomers: Int
    veterans: Int
    able: Int  # (U, abilities)
    speaks: Int  # (U, languages)
    home_start: Int
    home: Int  # organizations of a unit
    home_count: Int
    seat: Int  # (U, P) points, CLOSED where the unit may not sit
    previous: NDArray[np.uint8]  # (U, P) previous seats; (0, 0) when there are none
    top: NDArray[np.int32]  # (U, K) pods with the most points, -1 behind them
    open_start: Int
    open: NDArray[np.int32]  # pods open to a unit
    apart_start: Int
    apart: Int
    pair: Int  # (U, U) pair terms, or (0, 0) when they are rows
    pair_start: Int
    pair_other: NDArray[np.int32]
    pair_value: Int
    absent: NDArray[np.int16]  # (U, T) members who cannot come to half of the sessions
    always: NDArray[np.int16]  # (U, T)
    ease: NDArray[np.int32]  # (U, T)
    overlap: NDArray[np.int32]  # (T, T) slots that meet; (0, 0) when nobody can be in two pods
    slot_start: Int  # (R + 1,) where the slots of a rhythm begin
    least: Int  # (P,) from here on
    most: Int
    must_run: Int
    worth: Int  # priority of the pod
    least_organizations: Int
    most_share: Int
    sponsor: Int
    presence: Int
    need_start: Int
    need_ability: Int
    need_least: Int
    need_worth: Int  # (needs,) where the row of sums begins
    need_rows: Int  # (needs,) how many entries it has after the first, 0
    worth_sum: Int
    language_start: Int
    language: Int
    rhythm: Int
    slot: Int
    quorum: Int
    hours: Int
    organization_sum: Int  # sums of the worths of 0, 1, 2, ... organizations
    rival_start: Int
    rival: Int
    n_organizations: int
    with_organizations: bool
    most_newcomers: int
    veteran_each: bool
    keep: bool  # whether kept seats are a tier
    bonus: int
    n_previous: int
    most_broken: int
    least_points: int  # of a pod that runs; CLOSED for none


class Units(NamedTuple):
    """Which members belong together: `of` (n,) number of the unit of each, `members` in order of units."""

    of: Int
    start: Int
    members: Int

    @property
    def number(self) -> int:
        """Number of units."""
        return len(self.start) - 1


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
    room = _rooms(instance, units, seat, pins)
    first = _starts(room)
    fixed = np.bincount(pins[:, 0], minlength=units.number)
    owner = np.repeat(np.arange(units.number), room)
    rank = np.arange(len(owner)) - first[owner]
    rows = _Rows(instance, units)
    needs = _needs(instance.pods)
    dense = _dense(instance, units)
    pair_start, pair_other, pair_value = rows.pairs(drop=dense)
    riv_start, riv = _csr(instance.n_organizations, _both(instance.rivals))
    apart = _both(units.of[instance.apart].astype(np.int64))
    apart_start, apart_other = _csr(units.number, apart[apart[:, 0] != apart[:, 1]])
    opened = seat > CLOSED
    opened[pins[:, 0], pins[:, 1]] = False
    unit_of_open, pod_of_open = np.nonzero(opened)
    home_start, home, home_count = rows.homes()
    multi = bool((room > 1).any()) and bool(instance.rhythms)
    tables = Tables(
        first=first,
        owner=owner.astype(np.int64),
        movable=np.flatnonzero(rank >= fixed[owner]).astype(np.int64),
        fixed=rank < fixed[owner],
        weight=np.diff(units.start),
        priority=rows.total(instance.priority),
        budget=rows.smallest(instance.hours_left),
        newcomers=rows.total(instance.newcomer),
        veterans=rows.total(instance.veteran),
        able=rows.total(instance.able),
        speaks=rows.total(instance.speaks),
        home_start=home_start,
        home=home,
        home_count=home_count,
        seat=seat,
        previous=_previous(instance, units),
        top=_top(seat, opened),
        open_start=_starts(np.bincount(unit_of_open, minlength=units.number)),
        open=pod_of_open.astype(np.int32),
        apart_start=apart_start,
        apart=apart_other,
        pair=rows.dense_pairs() if dense else np.zeros((0, 0), np.int64),
        pair_start=pair_start,
        pair_other=pair_other,
        pair_value=pair_value,
        absent=rows.slots(lambda rhythm: ~rhythm.half, np.int16),
        always=rows.slots(lambda rhythm: rhythm.always, np.int16),
        ease=rows.slots(lambda rhythm: rhythm.ease, np.int32),
        overlap=_overlap(instance) if multi else np.zeros((0, 0), np.int32),
        slot_start=_starts(np.array([rhythm.n_slots for rhythm in instance.rhythms], np.int64)),
        least=_column(instance, lambda pod: pod.least),
        most=_column(instance, lambda pod: pod.most),
        must_run=_column(instance, lambda pod: pod.must_run),
        worth=_column(instance, lambda pod: pod.priority),
        least_organizations=_column(instance, lambda pod: pod.least_organizations),
        most_share=_column(instance, lambda pod: pod.most_share),
        sponsor=_column(instance, lambda pod: pod.sponsor),
        presence=_column(instance, lambda pod: PRESENCE[pod.presence]),
        **needs,
        language_start=_starts(_column(instance, lambda pod: len(pod.languages))),
        language=np.array([k for pod in instance.pods for k in pod.languages], np.int64),
        rhythm=_column(instance, lambda pod: pod.rhythm),
        slot=_column(instance, lambda pod: pod.slot),
        quorum=_column(instance, lambda pod: pod.quorum),
        hours=_column(instance, lambda pod: pod.hours),
        organization_sum=_sums(instance.organization_worth),
        rival_start=riv_start,
        rival=riv,
        n_organizations=max(1, instance.n_organizations),
        with_organizations=bool(
            len(instance.rivals)
            or any(instance.organization_worth)
            or any(
                pod.least_organizations > 1 or pod.most_share < 100 or pod.presence != "any"
                for pod in instance.pods
            )
        ),
        most_newcomers=instance.most_newcomers,
        veteran_each=instance.veteran_each,
        keep=instance.changes == "tier" and len(instance.previous) > 0,
        bonus=instance.bonus if instance.changes == "bonus" else 0,
        n_previous=len(instance.previous),
        most_broken=len(instance.previous) if instance.most_broken is None else instance.most_broken,
        least_points=CLOSED if least_points is None else least_points,
    )
    return Packed(tables, units, pins)


def units_of(n: int, together: Pairs) -> Units:
    """Connected groups of members who belong together, numbered by their first member."""
    root = list(range(n))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in together.tolist():
        one, other = sorted((find(a), find(b)))
        root[other] = one
    _, of = np.unique(np.array([find(i) for i in range(n)], np.int64), return_inverse=True)
    members = np.argsort(of, kind="stable")
    return Units(of.astype(np.int64), _starts(np.bincount(of)), members.astype(np.int64))


class _Rows:
    """Sums of members' numbers over their units."""

    def __init__(self, instance: PodsInstance, units: Units) -> None:
        self.instance, self.units = instance, units

    def total(self, table: NDArray[Any]) -> Int:
        """Sum per unit of a table by member."""
        return _reduce(np.add, table.astype(np.int64), self.units)

    def smallest(self, table: NDArray[Any]) -> Int:
        """Least per unit of a table by member."""
        return _reduce(np.minimum, table.astype(np.int64), self.units)

    def slots(self, part: Any, kind: Any) -> NDArray[Any]:
        """A table of every rhythm side by side, summed per unit, shape (U, T)."""
        tables = [self.total(part(rhythm)).astype(kind) for rhythm in self.instance.rhythms]
        return np.concatenate(tables, axis=1) if tables else np.zeros((self.units.number, 0), kind)

    def homes(self) -> tuple[Int, Int, Int]:
        """Organizations of each unit and how many of its members each has."""
        orgs = max(1, self.instance.n_organizations)
        keys, count = np.unique(self.units.of * orgs + self.instance.organization, return_counts=True)
        start = _starts(np.bincount(keys // orgs, minlength=self.units.number))
        return start, keys % orgs, count.astype(np.int64)

    def _unit_pairs(self) -> tuple[Int, Int, Int]:
        terms = self.instance.pair_terms
        one = np.repeat(np.arange(self.instance.n_members), np.diff(terms.start))
        return self.units.of[one], self.units.of[terms.other], terms.value.astype(np.int64)

    def pairs(self, drop: bool) -> tuple[Int, NDArray[np.int32], Int]:
        """Pair terms between units, in rows; none at all if they go elsewhere."""
        one, other, value = self._unit_pairs()
        keep = (one != other) & (not drop)
        keys, where = np.unique(one[keep] * self.units.number + other[keep], return_inverse=True)
        total = np.zeros(len(keys), np.int64)
        np.add.at(total, where, value[keep])
        start = _starts(np.bincount(keys // max(1, self.units.number), minlength=self.units.number))
        return start, (keys % max(1, self.units.number)).astype(np.int32), total

    def dense_pairs(self) -> Int:
        """Pair terms between units as a full table."""
        one, other, value = self._unit_pairs()
        table = np.zeros((self.units.number, self.units.number), np.int64)
        np.add.at(table, (one, other), value)
        np.fill_diagonal(table, 0)
        return table


def _dense(instance: PodsInstance, units: Units) -> bool:
    return units.number <= DENSE_MEMBERS and 4 * len(instance.pair_terms.other) > units.number**2


def _seats(instance: PodsInstance, units: Units, least_satisfaction: int) -> Int:
    allowed = instance.eligible.copy()
    if least_satisfaction > 0 and instance.satisfaction is not None:
        allowed &= instance.satisfaction >= least_satisfaction
        allowed[instance.previous.member, instance.previous.pod] = True
    allowed[instance.pinned.member, instance.pinned.pod] = True
    points = instance.points.astype(np.int64)
    if units.number < instance.n_members:
        allowed = _reduce(np.logical_and, allowed, units)
        points = _reduce(np.add, points, units) + _inner(instance, units)[:, None]
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


def _rooms(instance: PodsInstance, units: Units, seat: Int, pins: Pairs) -> Int:
    room = _reduce(np.minimum, instance.room.astype(np.int64), units)
    opened = (seat > CLOSED).sum(axis=1)
    fixed = np.bincount(pins[:, 0], minlength=units.number)
    places: Int = np.maximum(np.minimum(room, opened), fixed).astype(np.int64)
    return places


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


def _needs(pods: tuple[Pod, ...]) -> dict[str, Int]:
    needs = [need for pod in pods for need in pod.needs]
    sums = [_sums(need.worth) for need in needs]
    return {
        "need_start": _starts(np.array([len(pod.needs) for pod in pods], np.int64)),
        "need_ability": np.array([need.ability for need in needs], np.int64),
        "need_least": np.array([need.least for need in needs], np.int64),
        "need_worth": _starts(np.array([len(one) for one in sums], np.int64))[:-1],
        "need_rows": np.array([len(need.worth) for need in needs], np.int64),
        "worth_sum": np.concatenate(sums) if sums else np.zeros(0, np.int64),
    }


def _overlap(instance: PodsInstance) -> NDArray[np.int32]:
    """Whether two slots, of any rhythms, meet in some week."""
    start = np.concatenate([rhythm.start for rhythm in instance.rhythms]).astype(np.int64)
    minutes = np.concatenate([np.full(one.n_slots, one.minutes, np.int64) for one in instance.rhythms])
    gap = (start[None, :] - start[:, None]) % WEEK_MINUTES
    return ((gap < minutes[:, None]) | (WEEK_MINUTES - gap < minutes[None, :])).astype(np.int32)


def _column(instance: PodsInstance, part: Any) -> Int:
    return np.array([part(pod) for pod in instance.pods], np.int64)


def _sums(worth: tuple[int, ...]) -> Int:
    return np.concatenate([[0], np.cumsum(np.array(worth, np.int64))]).astype(np.int64)


def _starts(count: NDArray[Any]) -> Int:
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def _both(pairs: NDArray[Any]) -> Int:
    """Pairs in both directions, each once."""
    return np.unique(np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64), axis=0)


def _csr(count: int, pairs: Int) -> tuple[Int, Int]:
    """Rows of the second numbers by the first; `pairs` are sorted."""
    return _starts(np.bincount(pairs[:, 0], minlength=count)), pairs[:, 1].copy()


def _reduce(how: np.ufunc, table: NDArray[Any], units: Units) -> NDArray[Any]:
    if units.number == len(table):
        return table
    reduced: NDArray[Any] = how.reduceat(table[units.members], units.start[:-1], axis=0)
    return reduced
