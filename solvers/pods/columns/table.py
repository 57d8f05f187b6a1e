"""One pod as its pricing sees it: candidates, base, modes, needs. Nothing here depends on prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.pods.check.score import pod_parts
from solvers.pods.columns.bound_kernel import FORBIDDEN, RATIOS
from solvers.pods.columns.modes import modes_of, size_ranges
from solvers.pods.columns.units import IntArray, UnitTables
from solvers.pods.instance import Flags, Need, Pod, PodsInstance


@dataclass(frozen=True)
class PodTable:
    """c candidate units, m modes (a slot, -1 for none, with a language; none needless), Q needs.

    base: members whom pins put here, and who belong together with them; every group has them.
    unit (c,): unit numbers. points (c,): points of its seats, inside it, and with the base. previous (c,):
    how many of its seats are previous. able (c, Q), fixed (c, 3): how many members serve a need, and terms
    of the counted rules but for the quorum. slot (m,), open (m, c), ease (m, c), late (m, c): by mode, late
    those who cannot come to every session. sizes: see `modes.size_ranges`.
    base_points (m,), base_served (Q,), base_slack (m, 3), base_previous, base_org, base_count: the same of
    the base. possible: whether nothing forbids the base as such.
    worth (Q, W + 1): of the first members, cumulated.
    """

    pod: Pod
    base: tuple[int, ...]
    unit: NDArray[np.int32]
    points: IntArray
    previous: IntArray
    able: IntArray
    fixed: IntArray
    slot: NDArray[np.int32]
    open: Flags
    ease: NDArray[np.int32]
    late: NDArray[np.int32]
    sizes: IntArray
    base_points: IntArray
    base_served: IntArray
    base_slack: IntArray
    base_previous: int
    base_org: NDArray[np.int32]
    base_count: IntArray
    possible: bool
    least_able: IntArray
    worth: IntArray


def pod_table(instance: PodsInstance, units: UnitTables, p: int, least_satisfaction: int = 0) -> PodTable:
    """The table of pod p, whose new seats reach `least_satisfaction`."""
    pod = instance.pods[p]
    pinned = {i for i, q in instance.pinned.rows() if q == p}
    base_units = sorted({int(units.of[i]) for i in pinned})
    base = tuple(i for k in base_units for i in units.members(k))
    free = [i for i in base if i not in pinned]
    unit = _candidates(instance, units, p, base_units, least_satisfaction)
    previous = np.zeros(instance.n_members, np.int64)
    previous[[i for i, q in instance.previous.rows() if q == p]] = 1
    needs = list(pod.needs)
    able, served = [units.able[unit, need.ability] for need in needs], []
    served = [sum(bool(instance.able[i, need.ability]) for i in base) for need in needs]
    if pod.presence == "present":
        needs.append(Need(0, (), 1))
        able.append(units.sums((instance.organization == pod.sponsor).astype(np.int64))[unit])
        served.append(sum(int(instance.organization[i]) == pod.sponsor for i in base))
    width = max((max(len(need.worth), need.least) for need in needs), default=0)
    worth = np.zeros((len(needs), width + 1), np.int64)
    for q, need in enumerate(needs):
        steps = np.zeros(width, np.int64)
        steps[: len(need.worth)] = need.worth
        np.cumsum(steps, out=worth[q, 1:])
    modes = modes_of(instance, units, pod, unit, base, free)
    plain = pod_parts(instance, p, base, -1)
    new, old = (sum(bool(flag[i]) for i in base) for flag in (instance.newcomer, instance.veteran))
    fixed = np.zeros((len(unit), RATIOS), np.int64)
    slack = np.zeros((len(modes.slot), RATIOS), np.int64)
    slack[:, 0] = -modes.base_late
    fixed[:, 1] = -units.new[unit]
    slack[:, 1] = -new
    if instance.veteran_each:
        fixed[:, 2] = units.old[unit] - units.new[unit]
        slack[:, 2] = old - new
    org, count = np.unique(instance.organization[list(base)], return_counts=True)
    return PodTable(
        pod=pod,
        base=base,
        unit=unit,
        points=units.sums(instance.points[:, p].astype(np.int64))[unit]
        + units.inner[unit]
        + _with_base(units, unit, base_units),
        previous=units.sums(previous)[unit],
        able=np.stack(able, axis=1) if able else np.zeros((len(unit), 0), np.int64),
        fixed=fixed,
        slot=modes.slot,
        open=modes.open,
        ease=modes.ease,
        late=modes.late,
        sizes=size_ranges(instance, pod),
        base_points=modes.base_ease + plain.seats + plain.pairs,
        base_served=np.array(served, np.int64),
        base_slack=slack,
        base_previous=int(previous[list(base)].sum()),
        base_org=org.astype(np.int32),
        base_count=count.astype(np.int64),
        possible=_possible(instance, units, p, base_units, base, free),
        least_able=np.array([need.least for need in needs], np.int64),
        worth=worth,
    )


def _possible(
    instance: PodsInstance,
    units: UnitTables,
    p: int,
    base_units: list[int],
    base: tuple[int, ...],
    free: list[int],
) -> bool:
    """Whether the members whom pins bring into pod p may be there together."""
    pod = instance.pods[p]
    away = pod.presence == "absent" and bool((instance.organization[list(base)] == pod.sponsor).any())
    able = instance.eligible[free, p] & (instance.hours_left[free] >= pod.hours) & (instance.room[free] > 0)
    clash = bool(units.barred[base_units].any())
    for k in base_units:
        row = slice(units.pair_start[k], units.pair_start[k + 1])
        apart = units.pair_other[row][units.pair_value[row] == FORBIDDEN]
        clash = clash or bool(np.isin(apart, base_units).any())
    return not away and bool(able.all()) and not clash and len(base) <= pod.most


def _candidates(
    instance: PodsInstance, units: UnitTables, p: int, base_units: list[int], least_satisfaction: int
) -> NDArray[np.int32]:
    """Units that may join the base of pod p."""
    pod = instance.pods[p]
    fits = instance.eligible[:, p] & (instance.room > 0) & (instance.hours_left >= pod.hours)
    if least_satisfaction and instance.satisfaction is not None:
        old = np.zeros(instance.n_members, bool)
        old[[i for i, q in instance.previous.rows() if q == p]] = True
        fits &= old | (instance.satisfaction[:, p] >= least_satisfaction)
    if pod.presence == "absent":
        fits &= instance.organization != pod.sponsor
    good = (units.sums((~fits).astype(np.int64)) == 0) & ~units.barred & (units.size <= pod.most)
    good[base_units] = False
    for k in base_units:
        row = slice(units.pair_start[k], units.pair_start[k + 1])
        good[units.pair_other[row][units.pair_value[row] == FORBIDDEN]] = False
    return np.flatnonzero(good).astype(np.int32)


def _with_base(units: UnitTables, unit: NDArray[np.int32], base_units: list[int]) -> IntArray:
    """Pair points of candidates with the base."""
    total = np.zeros(len(units), np.int64)
    for k in base_units:
        row = slice(units.pair_start[k], units.pair_start[k + 1])
        total[units.pair_other[row]] += units.pair_value[row]
    return total[unit]
