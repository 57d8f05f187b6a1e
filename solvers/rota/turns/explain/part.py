"""A few turns of an instance as an instance of their own, so that questions about them cost what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.rota.turns.instance import (
    Attending,
    Choices,
    Held,
    Index,
    TurnsInstance,
    Windows,
)


def part_of(instance: TurnsInstance, turns: Index) -> TurnsInstance:
    """The instance of some turns (rising) alone, with everybody in it; nothing is held from a plan before.
    Pins among the other turns are none here: ask for these turns, too."""
    number = np.full(instance.n_turns, -1, np.int64)
    number[turns] = np.arange(len(turns))
    choices, windows, there = instance.choices, instance.windows, instance.attending
    start = choices.start
    rows = [np.arange(start[t], start[t + 1]) for t in turns.tolist()]
    entries = np.concatenate([np.zeros(0, np.int64), *rows])
    lengths = start[turns + 1] - start[turns] if len(turns) else np.zeros(0, np.int64)
    of = np.repeat(np.arange(len(windows)), np.diff(windows.start))
    inside = number[windows.turn] >= 0
    met = np.unique(of[inside])
    kept = np.isin(there.session, instance.session[turns])
    pins = number[instance.pinned.turn]
    closed = number[instance.open_turns]
    return replace(
        instance,
        turn_ids=[instance.turn_ids[t] for t in turns.tolist()],
        session=instance.session[turns],
        role=instance.role[turns],
        hours=instance.hours[turns],
        class_of=instance.class_of[turns],
        choices=Choices(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            choices.person[entries],
            choices.burden[entries],
            choices.preference[entries],
        ),
        windows=Windows(
            np.searchsorted(of[inside], np.append(met, len(windows))).astype(np.int64),
            number[windows.turn[inside]].astype(np.int32),
            windows.most[met],
            windows.cost[met],
            windows.code[met],
            windows.codes,
        ),
        pinned=Held(pins[pins >= 0].astype(np.int32), instance.pinned.person[pins >= 0]),
        open_turns=closed[closed >= 0].astype(np.int32),
        previous=Held.of([]),
        attending=Attending(there.session[kept], there.person[kept], there.hours[kept]),
        most_broken=None,
    )


def binding(instance: TurnsInstance) -> tuple[list[int], list[int], list[int]]:
    """People whose turns, people whose hours, and organizations whose turns could pass what they may have,
    if they took every turn that they may or are pinned to. No other such limit ever stands in the way."""
    pinned = np.isin(instance.choices.turn, instance.pinned.turn)
    turn = np.concatenate([instance.choices.turn[~pinned], instance.pinned.turn])
    person = np.concatenate([instance.choices.person[~pinned], instance.pinned.person])
    count = np.bincount(person, minlength=instance.n_people)
    hours = np.zeros(instance.n_people, np.int64)
    np.add.at(hours, person, instance.hours_of(turn, person))
    homes = np.bincount(instance.organization[person], minlength=instance.n_organizations)
    rooms = instance.organization_room
    return (
        np.flatnonzero(count > instance.room).tolist(),
        np.flatnonzero(hours > instance.hours_left).tolist(),
        np.flatnonzero((rooms >= 0) & (homes > rooms)).tolist(),
    )
