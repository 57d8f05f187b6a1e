"""The modes of a pod: its weekly slots with a language each, and ranges of sizes.

A slot and language are needless where others have every unit and the base that they have, each of them at
all sessions where it has them there, with no less ease: whoever meets in the one may as well meet in the
other. Free hours come in long stretches, so most slots of a week go.

Rules in percent (quorum, newcomers, share of an organization) are counts once the size is known, and far
closer ones than the percentages: of 7 members at 75 percent one may come late, not 1.75. Sizes with the same
counts are one range.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.kernels import njit
from solvers.pods.columns.units import IntArray, UnitTables
from solvers.pods.instance import Flags, Pod, PodsInstance


class Modes(NamedTuple):
    """m slots with a language over c candidate units and the base: see `table.PodTable`.

    base_late (m,): members of the base who cannot come to every session."""

    slot: NDArray[np.int32]
    open: Flags
    ease: NDArray[np.int32]
    late: NDArray[np.int32]
    base_open: Flags
    base_ease: IntArray
    base_late: IntArray


def modes_of(
    instance: PodsInstance,
    units: UnitTables,
    pod: Pod,
    unit: NDArray[np.int32],
    base: tuple[int, ...],
    free: list[int],
) -> Modes:
    """Modes of a pod with these candidate units; its base, and who of it no pin put there."""
    speakers: list[Flags] = []
    for k in pod.languages:
        mask = units.speaks[unit, k]
        if instance.speaks[free, k].all() and not any((other >= mask).all() for other in speakers):
            speakers = [other for other in speakers if not (mask >= other).all()]
            speakers.append(mask)
    if not pod.languages:
        speakers = [np.ones(len(unit), bool)]
    if pod.rhythm < 0:
        slots = np.array([-1], np.int32)
        half = np.ones((1, len(unit)), bool)
        base_half: Flags = np.ones(1, bool)
        ease, late = np.zeros((1, len(unit)), np.int32), np.zeros((1, len(unit)), np.int32)
        base_ease, base_late = np.zeros(1, np.int64), np.zeros(1, np.int64)
    else:
        rhythm, by_unit = instance.rhythms[pod.rhythm], units.rhythms[pod.rhythm]
        slots = np.arange(rhythm.n_slots, dtype=np.int32) if pod.slot < 0 else np.array([pod.slot], np.int32)
        half = by_unit.half[unit][:, slots].T
        base_half = np.asarray(rhythm.half[free][:, slots].all(axis=0))
        ease = by_unit.ease[unit][:, slots].T
        late = (units.size[unit, None] - by_unit.always[unit][:, slots]).T.astype(np.int32)
        members = np.array(base, np.int64)
        base_ease = rhythm.ease[members][:, slots].astype(np.int64).sum(axis=0)
        base_late = (~rhythm.always[members][:, slots]).astype(np.int64).sum(axis=0)
    times = len(speakers)
    opened = [half & mask for mask in speakers] or [np.zeros((0, len(unit)), bool)]
    every = Modes(
        slot=np.tile(slots, times),
        open=np.ascontiguousarray(np.concatenate(opened)),
        ease=np.ascontiguousarray(np.tile(ease, (times, 1))),
        late=np.ascontiguousarray(np.tile(late, (times, 1))),
        base_open=np.tile(base_half, times),
        base_ease=np.tile(base_ease, times),
        base_late=np.tile(base_late, times),
    )
    kept = worthwhile(every.open, every.ease, every.late, every.base_open, every.base_ease, every.base_late)
    return Modes(*(part[kept] for part in every))


@njit(cache=True)
def worthwhile(open: Any, ease: Any, late: Any, base_open: Any, base_ease: Any, base_late: Any) -> Any:
    """Flags of the modes that are not needless, the first one of equals among them: arrays as in `Modes`."""
    modes, c = open.shape
    kept = base_open.copy()
    for a in range(modes - 1, -1, -1):
        for b in range(modes):
            if not kept[a]:
                break
            if a == b or not kept[b]:
                continue
            covers = base_ease[b] >= base_ease[a] and base_late[b] <= base_late[a]
            for i in range(c):
                if not covers:
                    break
                if open[a, i]:
                    covers = open[b, i] and late[b, i] <= late[a, i] and ease[b, i] >= ease[a, i]
            if covers:
                kept[a] = False
    return kept


def size_ranges(instance: PodsInstance, pod: Pod) -> IntArray:
    """Rows (smallest, largest, members who may come late, newcomers, members of one organization): sizes of
    the pod in ranges with the same counts."""
    rows: list[tuple[int, int, int, int, int]] = []
    for size in range(pod.least, pod.most + 1):
        late = size * (100 - pod.quorum) // 100 if pod.rhythm >= 0 else pod.most
        new = size * instance.most_newcomers // 100 if instance.most_newcomers < 100 else pod.most
        share = size * pod.most_share // 100 if pod.most_share < 100 else pod.most
        if rows and rows[-1][2:] == (late, new, share):
            rows[-1] = (rows[-1][0], size, late, new, share)
        else:
            rows.append((size, size, late, new, share))
    return np.array(rows, np.int64)
