"""Some groups of a rota as the joint question of times and turns: who could lead which of their sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.proof import LED
from matcher.planning.rota.turns import DAY_STEPS, MONTH_DAYS, Turns
from solvers.rota.joint.instance import JointInstance, Seat
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.options import Options
from solvers.rota.turns.instance import Index


class Question:
    """What stays the same from one question to the next: the options, and where every turn is."""

    def __init__(self, prepared: Prepared, options: Options) -> None:
        self.prepared, self.options = prepared, options
        self.number = {group.id: g for g, group in enumerate(prepared.context.groups)}

    def movable(self, turns: Turns, now: Chosen) -> list[int]:
        """Groups with a session to move: those with a turn pinned by hand, or with single sessions left out,
        stay."""
        held = {self.number[turns.places[k][0]] for k in turns.pinned}
        held |= {int(self.options.unit_group[self.options.unit[self.options.option[m]]]) for m in now.dropped}
        return [g for g, units in enumerate(self.options.units_of) if units and g not in held]

    def width(self, groups: Iterable[int]) -> int:
        """How many columns people in seats would take at most."""
        total = 0
        for g in groups:
            meetings = sum(
                int(self.options.meeting_start[self.options.unit_start[u + 1]])
                - int(self.options.meeting_start[self.options.unit_start[u]])
                for u in self.options.units_of[g]
            )
            wanted = self.prepared.context.groups[g].facilitators
            able = self.prepared.able[g]
            total += meetings * sum(getattr(wanted, role) * len(able[k]) for k, role in enumerate(LED))
        return total

    def of(self, groups: list[int], turns: Turns, person: Index, now: Chosen) -> JointInstance:
        """The instance in which these groups may move, beside the turns that others have now."""
        prepared, instance = self.prepared, turns.instance
        context, n = prepared.context, len(prepared.people)
        free = set(groups)
        seats = []
        room, hours = instance.room.astype(np.int64), instance.hours_left.astype(np.int64)
        homes = instance.organization_room.astype(np.int64)
        elsewhere: dict[int, list[tuple[int, int]]] = defaultdict(list)
        here: dict[tuple[int, int, str, int], int] = {}
        for k, (place, begin) in enumerate(zip(turns.places, turns.steps, strict=True)):
            g, i = self.number[place[0]], int(person[k])
            moves = g in free and place[1] not in prepared.times.groups[g].fixed_at
            if moves and place[2] in LED:
                here[g, *place[1:]] = i
            elif i >= 0 and not (moves or place[2] == "shadow"):
                elsewhere[i].append((begin, begin + prepared.times.groups[g].length))
                room[i] -= 1
                hours[i] -= instance.hours_for(k, i)
                o = int(instance.organization[i])
                homes[o] -= homes[o] > 0
        price: dict[tuple[int, int], int] = {}
        for g in groups:
            group, numbers = context.groups[g], prepared.times.groups[g]
            for k, role in enumerate(LED):
                able = prepared.able[g][k].tolist()
                price |= {(g, i): context.turn_minutes(group, prepared.people[i].id) for i in able}
                for t in range(numbers.n_sessions):
                    if t in numbers.fixed_at or t in numbers.closed:
                        continue
                    barred = prepared.pins.forbids(group, t, role)
                    may = tuple(i for i in able if prepared.people[i].id not in barred)
                    for number in range(getattr(group.facilitators, role)):
                        seats.append(Seat(g, t, k, may, here.get((g, t, role, number), -1)))
        return JointInstance(
            options=self.options,
            now=now,
            groups=tuple(groups),
            seats=tuple(seats),
            elsewhere={i: tuple(spans) for i, spans in elsewhere.items()},
            room=np.maximum(0, room).astype(np.int32).reshape(n),
            hours_left=np.maximum(0, hours).astype(np.int32),
            hours=price,
            spans=self._spans(groups),
            organization=instance.organization,
            organization_room=homes.astype(np.int32),
            mixed=instance.mixed,
        )

    def _spans(self, groups: list[int]) -> tuple[tuple[int, int], ...]:
        policy = self.prepared.context.policy
        shortest = min(self.prepared.times.groups[g].length for g in groups)
        spacing = max(shortest, policy.spacing_days * DAY_STEPS)
        return (spacing, 1), (MONTH_DAYS * DAY_STEPS, policy.most_per_month)
