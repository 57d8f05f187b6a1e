"""Where everybody sits while a chain runs, with the sums that make a move cheap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.pods.anneal.pod_kernel import SHUT, seat_everybody, settle_all
from solvers.pods.anneal.tables import Int, Packed
from solvers.pods.instance import Index, PodsInstance, Seats
from solvers.pods.solution import Assignment

BROKEN, PLACED, PRIORITY, PROBLEMS, KEPT, POINTS = range(6)
"""Entries of `State.total`: broken rules (0: clean, but for the cap on broken seats), then the tiers."""


class State(NamedTuple):
    """What the kernels change. Shapes as in `Tables`; H: most places in a pod, W: most slots of a rhythm."""

    at: Int  # (S,) pod of a place, -1 for none
    position: Int  # (S,) where the place stands in `held`
    held: Int  # (P, H) places in a pod
    filled: Int  # (P,) how many
    size: Int  # (P,) members
    seats: Int  # (P,) points of the seats
    pairs: Int  # (P,) pair terms
    gain: Int  # (P, U) pair terms between the unit and the pod's members; (0, 0) without any
    need: Int  # (needs,) members with the ability
    of_organization: NDArray[np.int32]  # (P, O) members
    organizations: Int  # (P,) how many there are
    histogram: NDArray[np.int32]  # (P, members + 1) organizations with so many members
    rivals: Int  # (P,) pairs of rivals inside
    apart: Int  # (P,) pairs of units that must be apart
    newcomers: Int
    veterans: Int
    free: Int  # (P,) members whom no pin put there
    speakers: Int  # (languages,) free members who speak the language of that row
    absent: NDArray[np.int32]  # (P, W) free members who miss half
    always: NDArray[np.int32]  # (P, W)
    ease: NDArray[np.int32]  # (P, W)
    points: Int  # (P,)
    broken: Int  # (P,)
    slot: Int  # (P,)
    hours: Int  # (U,) taken
    used: Int  # (U,) places taken
    total: Int  # (6,)
    clash: NDArray[np.int32]  # (W,) room to count in
    random: NDArray[np.uint64]  # (1,) state of the random numbers


def fresh(packed: Packed, instance: PodsInstance) -> State:
    """The state with the pinned seats and nobody else."""
    tables, units, pins = packed
    n_units, pods, places = units.number, len(tables.least), len(tables.owner)
    pinned = np.bincount(pins[:, 1], tables.weight[pins[:, 0]], minlength=pods).max(initial=0)
    width = int(max(tables.most.max(initial=1), pinned)) + 1
    slots = int(np.diff(tables.slot_start).max(initial=0))
    paired = len(tables.pair) > 0 or len(tables.pair_value) > 0

    def zeros(*shape: int) -> Int:
        return np.zeros(shape, np.int64)

    def small(*shape: int) -> NDArray[np.int32]:
        return np.zeros(shape, np.int32)

    state = State(
        at=np.full(places, -1, np.int64),
        position=zeros(places),
        held=zeros(pods, width),
        filled=zeros(pods),
        size=zeros(pods),
        seats=zeros(pods),
        pairs=zeros(pods),
        gain=zeros(pods, n_units) if paired else zeros(0, 0),
        need=zeros(len(tables.need_ability)),
        of_organization=small(pods, tables.n_organizations if tables.with_organizations else 0),
        organizations=zeros(pods),
        histogram=small(pods, width + 1),
        rivals=zeros(pods),
        apart=zeros(pods),
        newcomers=zeros(pods),
        veterans=zeros(pods),
        free=zeros(pods),
        speakers=zeros(len(tables.language)),
        absent=small(pods, slots),
        always=small(pods, slots),
        ease=small(pods, slots),
        points=zeros(pods),
        broken=zeros(pods),
        slot=np.full(pods, -1, np.int64),
        hours=zeros(n_units),
        used=zeros(n_units),
        total=zeros(6),
        clash=small(slots),
        random=np.ones(1, np.uint64),
    )
    target = state.at.copy()
    taken = tables.first[:-1].copy()
    for u, p in pins.tolist():
        target[taken[u]] = p
        taken[u] += 1
    seat_everybody(tables, state, target)
    _set_pins_free(instance, packed, state)
    settle_all(tables, state)
    return state


def _set_pins_free(instance: PodsInstance, packed: Packed, state: State) -> None:
    """Take pinned members out of the counts of those whom language and half attendance bind."""
    tables = packed.tables
    for i, p in instance.pinned.rows():
        state.free[p] -= 1
        for row in range(int(tables.language_start[p]), int(tables.language_start[p + 1])):
            state.speakers[row] -= int(instance.speaks[i, tables.language[row]])
        rhythm = instance.pods[p].rhythm
        if rhythm >= 0:
            half = instance.rhythms[rhythm].half[i]
            state.absent[p, : len(half)] -= ~half


def places_of(packed: Packed, seats: Seats) -> Int:
    """Pod of each place for these seats, pins first; what has no place is left out."""
    tables, units, pins = packed
    at = np.full(len(tables.owner), -1, np.int64)
    room = tables.most.copy()
    np.subtract.at(room, pins[:, 1], tables.weight[pins[:, 0]])
    taken = tables.first[:-1].copy()
    for u, p in pins.tolist():
        at[taken[u]] = p
        taken[u] += 1
    fixed = set(map(tuple, pins.tolist()))
    hours = np.zeros(units.number, np.int64)
    np.add.at(hours, pins[:, 0], tables.hours[pins[:, 1]])
    rows = np.unique(np.stack([units.of[seats.member], seats.pod], axis=1), axis=0)
    for u, p in rows.tolist():
        full = taken[u] >= tables.first[u + 1] or hours[u] + tables.hours[p] > tables.budget[u]
        if (u, p) not in fixed and not full and tables.seat[u, p] > SHUT and room[p] >= tables.weight[u]:
            at[taken[u]] = p
            taken[u] += 1
            hours[u] += tables.hours[p]
            room[p] -= tables.weight[u]
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
