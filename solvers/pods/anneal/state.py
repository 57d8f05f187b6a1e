"""Where everybody sits while a chain runs, with the sums that make a move cheap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.anneal.layout import (
    BUDGET,
    FIRST,
    FREE,
    HOURS,
    LANGUAGES,
    MISSING,
    MOST,
    NOW,
    ORGANIZATIONS,
    SLOT_BEGIN,
    SLOT_END,
    TOTAL,
    WEIGHT,
)
from solvers.pods.anneal.pod_kernel import SHUT, seat_everybody
from solvers.pods.anneal.tables import Int, Packed, Tables
from solvers.pods.instance import Index, PodsInstance, Seats
from solvers.pods.solution import Assignment


class State(NamedTuple):
    """What the kernels change. Shapes as in `Tables`; H: most places in a pod, W: most slots of a rhythm."""

    at: Int  # (S,) pod of a place, -1 for none
    position: Int  # (S,) where the place stands in `held`
    held: Int  # (P, H) places in a pod
    pod: Int  # (P, columns NOW)
    unit: Int  # (U, columns TAKEN, USED)
    total: Int  # (columns TOTAL,)
    gain: Int  # (P, U) pair terms between the unit and the pod's members; (0, 0) without any
    need: Int  # (needs,) members with the ability
    speakers: Int  # (languages,) free members who speak the language of that row
    of_organization: NDArray[np.int32]  # (P, O) members
    histogram: NDArray[np.int32]  # (P, members + 1) organizations with so many members
    attend: NDArray[np.int32]  # (P, 3, W) sums of `Tables.attend`, MISSING of free members only
    clash: NDArray[np.int32]  # (W,) room to count in
    rating: NDArray[np.int32]  # (W,) room for the slots of a pod
    after: Int  # (columns TOTAL,) room for the totals after a move
    log: Int  # (L, 2) room for places that a rebuilding moved, and the pods they came from
    random: NDArray[np.uint64]  # (1,) state of the random numbers


def fresh(packed: Packed, instance: PodsInstance) -> State:
    """The state with the pinned seats and nobody else."""
    tables, units, pins = packed
    pods, places = instance.n_pods, len(tables.owner)
    pinned = np.bincount(pins[:, 1], tables.unit[pins[:, 0], WEIGHT], minlength=pods).max(initial=0)
    width = int(max(tables.pod[:, MOST].max(initial=1), pinned)) + 1
    slots = int((tables.pod[:, SLOT_END] - tables.pod[:, SLOT_BEGIN]).max(initial=0))
    paired = len(tables.pair) > 0 or len(tables.term) > 0
    looks = bool(tables.rule[ORGANIZATIONS])
    state = State(
        at=np.full(places, -1, np.int64),
        position=np.zeros(places, np.int64),
        held=np.zeros((pods, width), np.int64),
        pod=np.zeros((pods, len(NOW)), np.int64),
        unit=np.zeros((units.number, 2), np.int64),
        total=np.zeros(len(TOTAL), np.int64),
        gain=np.zeros((pods, units.number) if paired else (0, 0), np.int64),
        need=np.zeros(len(tables.need), np.int64),
        speakers=np.zeros(len(tables.language), np.int64),
        of_organization=np.zeros((pods, len(instance.organization_ids) if looks else 0), np.int32),
        histogram=np.zeros((pods, width + 1), np.int32),
        attend=np.zeros((pods, 3, slots), np.int32),
        clash=np.zeros(slots, np.int32),
        rating=np.zeros(slots, np.int32),
        after=np.zeros(len(TOTAL), np.int64),
        log=np.zeros((4 * width + 8, 2), np.int64),
        random=np.ones(1, np.uint64),
    )
    target = state.at.copy()
    taken = tables.unit[:, FIRST].copy()
    for u, p in pins.tolist():
        target[taken[u]] = p
        taken[u] += 1
    _set_pins_free(instance, tables, state)
    seat_everybody(tables, state, target)
    return state


def _set_pins_free(instance: PodsInstance, tables: Tables, state: State) -> None:
    """Take pinned members out of the counts of those whom language and half attendance bind."""
    for i, p in instance.pinned.rows():
        state.pod[p, FREE] -= 1
        for row in range(int(tables.pod[p, LANGUAGES]), int(tables.pod[p + 1, LANGUAGES])):
            state.speakers[row] -= int(instance.speaks[i, tables.language[row] - instance.able.shape[1]])
        rhythm = instance.pods[p].rhythm
        if rhythm >= 0:
            half = instance.rhythms[rhythm].half[i]
            state.attend[p, MISSING, : len(half)] -= ~half


def places_of(packed: Packed, seats: Seats) -> Int:
    """Pod of each place for these seats, pins first; what has no place is left out."""
    tables, units, pins = packed
    at = np.full(len(tables.owner), -1, np.int64)
    room = tables.pod[:-1, MOST].copy()
    np.subtract.at(room, pins[:, 1], tables.unit[pins[:, 0], WEIGHT])
    taken = tables.unit[:, FIRST].copy()
    for u, p in pins.tolist():
        at[taken[u]] = p
        taken[u] += 1
    fixed = set(map(tuple, pins.tolist()))
    hours = np.zeros(units.number, np.int64)
    np.add.at(hours, pins[:, 0], tables.pod[pins[:, 1], HOURS])
    rows = np.unique(np.stack([units.of[seats.member], seats.pod], axis=1), axis=0)
    for u, p in rows.tolist():
        full = taken[u] >= tables.unit[u + 1, FIRST] or (
            hours[u] + tables.pod[p, HOURS] > tables.unit[u, BUDGET]
        )
        if (
            (u, p) not in fixed
            and not full
            and tables.seat[u, p] > SHUT
            and room[p] >= tables.unit[u, WEIGHT]
        ):
            at[taken[u]] = p
            taken[u] += 1
            hours[u] += tables.pod[p, HOURS]
            room[p] -= tables.unit[u, WEIGHT]
    return at


def assignment_of(packed: Packed, at: Int, slot: Int) -> Assignment:
    """The seats and slots of places, members in rising order."""
    tables, units, _ = packed
    sitting = np.flatnonzero(at >= 0)
    owner, pod = tables.owner[sitting], at[sitting]
    weight = np.diff(units.start)[owner]
    pods = np.repeat(pod, weight)
    begin = np.repeat(units.start[owner], weight)
    within = np.arange(len(pods)) - np.repeat(np.cumsum(weight) - weight, weight)
    members = units.members[begin + within]
    order = np.lexsort((pods, members))
    seats = Seats(members[order].astype(np.int32), pods[order].astype(np.int32))
    slots: Index = slot.astype(np.int32)
    return Assignment(seats, slots)
