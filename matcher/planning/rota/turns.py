"""From meeting times to the numbers a solver of turns takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.candidates.rota.context import ROLES, STEP, RotaContext
from matcher.candidates.rota.groups import RotaGroup
from matcher.candidates.rota.rules import level_of, standing_reasons, step_reasons
from matcher.candidates.rota.times import Flags
from matcher.documents.pods import source_of
from matcher.domain.errors import InputError
from matcher.domain.member import Member, Training
from matcher.planning.rota.history import TurnPlace
from matcher.planning.rota.instance import Prepared
from matcher.planning.rota.pins import concerns
from matcher.planning.rota.shares import capacity_of, credits_of, organization_shares, turns_before
from solvers.rota.times.check.score import attending, burden_at
from solvers.rota.times.solution import Times
from solvers.rota.turns.instance import FULL, Attending, Choices, Held, Order, Role, TurnsInstance, Windows

DAY_STEPS = 24 * 60 // STEP
MONTH_DAYS = 30
WISH_WORTH = (30, 20, 10)
"""What facilitating a group is worth to somebody who wishes for it first, second, third."""
OFFER_WORTH = 2
"""For each level of a skill they offer that the group is about."""

STAYS = frozenset({"training", "hours_left", "source", "language", "expert"})
"""Rules that do not end a turn of the next few days."""


@dataclass(frozen=True)
class Turns:
    """The turns of known times. places: of each turn; steps: when its session begins.

    fixed: turns that are over or near; pinned: those set by hand. overrides: codes that a pin sets aside.
    handed: turns that changed hands after the rota was made: near or not, nobody holds them to what was.
    dropped: turns of the plan before whose person cannot take them any more, with the reason.
    """

    instance: TurnsInstance
    places: tuple[TurnPlace, ...]
    steps: tuple[int, ...]
    fixed: frozenset[int]
    pinned: Mapping[int, int]
    overrides: Mapping[int, tuple[str, ...]]
    dropped: Mapping[int, tuple[str, str]]
    credits: tuple[int, ...]
    handed: frozenset[int] = frozenset()


def turns_of(prepared: Prepared, times: Times, handed: Collection[TurnPlace] = ()) -> Turns:
    """State who may take which turn; `handed`: those that changed hands since. Raises InputError for pins
    that contradict each other."""
    return _Builder(prepared, times, handed).build()


class _Builder:
    def __init__(self, prepared: Prepared, times: Times, handed: Collection[TurnPlace]) -> None:
        self.prepared, self.context = prepared, prepared.context
        self.times = times
        self.groups = self.context.groups
        self.people, self.row = prepared.people, prepared.row
        self.places: list[TurnPlace] = []
        self.steps: list[int] = []
        self.group_of: list[int] = []
        self.session: list[int] = []
        self.role: list[int] = []
        self._list_turns()
        self.number = {place: k for k, place in enumerate(self.places)}
        self.handed = frozenset(self.number[place] for place in handed if place in self.number)
        self.elsewhere = self._occupied()

    def build(self) -> Turns:
        context, people = self.context, self.people
        rows = list(self._choices())
        able = {(turn, person) for turn, person, _, _ in rows}
        fixed, open_turns, dropped = self._fixed()
        pinned, overrides = self._pins(fixed, able)
        held = {**{k: i for k, i in fixed.items() if i is not None}, **pinned}
        previous = self._previous({*held, *open_turns, *self.handed}, able, dropped)
        organizations = [one.id for one in context.header.organizations]
        number = {name: k for k, name in enumerate(organizations)}
        own = [number[one.organization] for one in people]
        may = sorted({person for _, person in able} | set(held.values()))
        shares = [capacity_of(one) for one in people]
        turns = len(self.places)
        fair = organization_shares([own[k] for k in may], [shares[k] for k in may], turns)
        fair += [0] * (len(organizations) - len(fair))
        policy = context.policy
        most = -1 if policy.most_share is None else max(1, policy.most_share * turns // 100)
        credits = credits_of(context, people)
        instance = TurnsInstance(
            turn_ids=[
                turn_name(self.groups[g], place) for g, place in zip(self.group_of, self.places, strict=True)
            ],
            person_ids=[one.id for one in people],
            organization_ids=organizations,
            class_ids=["turns"],
            session=_index(self.session),
            role=_index(self.role),
            hours=_index([context.turn_minutes(self.groups[g]) for g in self.group_of]),
            class_of=_index([0] * turns),
            choices=Choices.of(turns, rows),
            organization=_index(own),
            most=_index([min(one.capacities.facilitations, policy.most_turns) for one in people]),
            budget=_index([context.budget(one) for one in people]),
            capacity=_index(shares),
            carried=np.array(
                [FULL * turns_before(one) + credit for one, credit in zip(people, credits, strict=True)],
                np.int64,
            ).reshape(len(people), 1),
            carried_burden=self._carried_burden(),
            windows=Windows.of(list(self._windows())),
            organization_most=_index([most] * len(organizations)),
            organization_share=_index(fair),
            wanted=self._wanted(),
            pinned=Held.of(sorted(held.items())),
            open_turns=_index(sorted(open_turns)),
            previous=Held.of(sorted(previous.items())),
            attending=Attending.of(sorted(self._attending())),
            mixed=policy.mixed,
            order=Order(policy.fairness),
            changes=policy.changes,
            most_broken=policy.most_broken,
        )
        return Turns(
            instance,
            tuple(self.places),
            tuple(self.steps),
            frozenset(fixed) | open_turns,
            pinned,
            overrides,
            dropped,
            tuple(credits),
            self.handed,
        )

    def _list_turns(self) -> None:
        session = 0
        for g, (group, starts) in enumerate(zip(self.groups, self.times, strict=True)):
            for t, step in enumerate(starts):
                if step < 0:
                    continue
                for role in ROLES:
                    for number in range(getattr(group.facilitators, role)):
                        self.places.append((group.id, t, role, number))
                        self.steps.append(step)
                        self.group_of.append(g)
                        self.session.append(session)
                        self.role.append(int(Role[role.upper()]))
                session += 1

    def _occupied(self) -> Flags:
        """When people are in sessions of their own groups, shape (people, steps)."""
        out = np.zeros((len(self.people), self.context.n_steps), np.bool_)
        for group, starts in zip(self.prepared.times.groups, self.times, strict=True):
            for step in starts:
                if step >= 0:
                    out[list(group.members), step : step + group.length] = True
        return out

    def _choices(self) -> Iterator[tuple[int, int, int, int]]:
        """(turn, person, burden, preference) of everybody who may take a turn."""
        times = self.prepared.times
        free: Flags = times.free
        open_: Flags = np.where(self.elsewhere, np.False_, free)
        worth: dict[int, dict[int, int]] = {}
        turn = 0
        while turn < len(self.places):
            g, (name, t, role, _), step = self.group_of[turn], self.places[turn], self.steps[turn]
            group, length = self.groups[g], times.groups[g].length
            candidates = self.prepared.able[g][ROLES.index(role)]
            own = set(times.groups[g].members)
            here, attends = (
                np.logical_and.reduce(table[candidates, step : step + length], axis=1).tolist()
                for table in (open_, free)
            )
            barred = self.prepared.pins.forbids(group, t, role)
            liked = worth.setdefault(g, {})
            rows = []
            for k, person in enumerate(candidates.tolist()):
                if not (attends[k] if person in own else here[k]) or self.people[person].id in barred:
                    continue
                if person not in liked:
                    liked[person] = worth_of(self.context, self.people[person], group)
                bears = 0 if person in own else burden_at(times, person, step, length)
                rows.append((person, bears, liked[person]))
            while turn < len(self.places) and self.places[turn][:3] == (name, t, role):
                yield from ((turn, *row) for row in rows)
                turn += 1

    def _fixed(self) -> tuple[dict[int, int | None], set[int], dict[int, tuple[str, str]]]:
        """Turns that are over or near with their person, those that stay open, and those that lost theirs."""
        history = self.prepared.history
        fixed: dict[int, int | None] = {}
        open_turns: set[int] = set()
        dropped: dict[int, tuple[str, str]] = {}
        for turn, place in enumerate(self.places):
            name, t = place[:2]
            over = (name, t) in history.over
            near = (name, t) in history.near and turn not in self.handed
            if not over and not near:
                continue
            member = history.turns.get(place)
            row = self.row.get(member) if member is not None else None
            if over:
                if row is None:
                    open_turns.add(turn)
                else:
                    fixed[turn] = row
                continue
            if row is None:
                continue
            why = self._against(turn, self.people[row])
            if why is None:
                fixed[turn] = row
            else:
                dropped[turn] = why
        return fixed, open_turns, dropped

    def _against(self, turn: int, member: Member, stays: frozenset[str] = STAYS) -> tuple[str, str] | None:
        """The first rule that ends somebody's turn, and its sentence."""
        _, t, role, _ = self.places[turn]
        group = self.groups[self.group_of[turn]]
        if member.id in self.prepared.pins.forbids(group, t, role):
            return "forbidden", f"{member.name} is kept from it by hand."
        found = standing_reasons(self.context, member, group, role)
        found += step_reasons(self.context, member, group, self.steps[turn])
        left = [one for one in found if one.code not in stays]
        return (left[0].code, left[0].public_sentence) if left else None

    def _pins(
        self, fixed: Mapping[int, int | None], able: set[tuple[int, int]]
    ) -> tuple[dict[int, int], dict[int, tuple[str, ...]]]:
        """Turns that pins give to somebody, and the codes of the rules they set aside."""
        pinned: dict[int, int] = {}
        overrides: dict[int, tuple[str, ...]] = {}
        by_session: dict[tuple[str, int], list[int]] = defaultdict(list)
        for turn, (name, t, _, _) in enumerate(self.places):
            by_session[name, t].append(turn)
        for pin in self.prepared.pins.take:
            person = self.row[pin.member]
            for (name, t), turns in by_session.items():
                group = self.context.group[name]
                if not concerns(pin, group, t) or any(turn in fixed for turn in turns):
                    continue
                if any(pinned.get(turn) == person for turn in turns):
                    continue
                fit = [k for k in turns if k not in pinned and pin.role in (None, self.places[k][2])]
                if not fit:
                    raise InputError(
                        f"More people are pinned to {group.title}, week {group.index(t)}, than it has turns: "
                        "remove one of the pins."
                    )
                turn = next((k for k in fit if (k, person) in able), fit[0])
                pinned[turn] = person
                if (turn, person) not in able:
                    member = self.people[person]
                    against = standing_reasons(self.context, member, group, self.places[turn][2])
                    against += step_reasons(self.context, member, group, self.steps[turn])
                    if self.elsewhere[person, self.steps[turn]] and member.id not in group.members:
                        overrides[turn] = ("in_session",)
                    codes = (*overrides.get(turn, ()), *(one.code for one in against))
                    overrides[turn] = tuple(dict.fromkeys(codes))
        return pinned, overrides

    def _previous(
        self, taken: set[int], able: set[tuple[int, int]], dropped: dict[int, tuple[str, str]]
    ) -> dict[int, int]:
        """Who takes which turn in the plan before and may again; who may not is added to `dropped`."""
        history = self.prepared.history
        out: dict[int, int] = {}
        for turn, place in enumerate(self.places):
            if turn in taken or turn in dropped or (place[0], place[1]) in history.near:
                continue
            member = history.turns.get(place)
            if member is None:
                continue
            row = self.row.get(member)
            if row is not None and (turn, row) in able:
                out[turn] = row
            elif row is None:
                dropped[turn] = ("left", f"{member} is not in the network any more.")
            else:
                why = self._against(turn, self.people[row], frozenset())
                dropped[turn] = why or ("in_session", f"{member} is in another session then.")
        return out

    def _windows(self) -> Iterator[tuple[str, list[int], int, int]]:
        """Turns that exclude or limit each other for one person: at one time, too near, too many a month."""
        order = sorted(range(len(self.places)), key=lambda k: (self.steps[k], k))
        policy = self.context.policy
        ends = [self.steps[k] + self.prepared.times.groups[self.group_of[k]].length for k in order]
        running: list[int] = []
        grown = False
        for at, turn in enumerate(order):
            still = [one for one in running if ends[one] > self.steps[turn]]
            if len(still) < len(running) and grown and self._several(order, running):
                yield "two_places", [order[one] for one in running], 1, 0
            grown = True
            running = [*still, at]
        if self._several(order, running):
            yield "two_places", [order[one] for one in running], 1, 0
        yield from self._within(order, "spacing", policy.spacing_days * DAY_STEPS, 1)
        yield from self._within(order, "most_per_month", MONTH_DAYS * DAY_STEPS, policy.most_per_month)

    def _several(self, order: Sequence[int], running: Sequence[int]) -> bool:
        return len({self.session[order[one]] for one in running}) > 1

    def _within(
        self, order: Sequence[int], code: str, span: int, most: int
    ) -> Iterator[tuple[str, list[int], int, int]]:
        """Windows over turns that begin less than `span` steps apart, those inside others left out."""
        beyond = last = 0
        for at, turn in enumerate(order):
            while beyond < len(order) and self.steps[order[beyond]] < self.steps[turn] + span:
                beyond += 1
            inside = list(order[at:beyond])
            if beyond > last and len({self.session[k] for k in inside}) > most:
                yield code, inside, most, 0
            last = max(last, beyond)

    def _wanted(self) -> NDArray[np.int32]:
        ladder = self.context.policy.ladder
        out = np.zeros((len(self.people), len(Role)), np.int32)
        for k, one in enumerate(self.people):
            level = level_of(self.context, one)
            if level is Training.SHADOW:
                out[k, Role.SHADOW] = ladder.shadow - one.ledger.shadow
            elif level is Training.CO:
                out[k, Role.CO] = ladder.co - one.ledger.co
        return out

    def _attending(self) -> set[tuple[int, int, int]]:
        """(session, person, minutes) of the members whose hours a session takes anyway."""
        out = set()
        for g, session in zip(self.group_of, self.session, strict=True):
            group, numbers = self.groups[g], self.prepared.times.groups[g]
            for person in numbers.members:
                minutes = self.context.turn_minutes(group, self.people[person].id)
                if minutes < self.context.turn_minutes(group):
                    out.add((session, person, minutes))
        return out

    def _carried_burden(self) -> NDArray[np.int64]:
        """Unsocial burden of cycles before, and of the sessions that people attend now."""
        times = self.prepared.times
        out = times.carried.astype(np.int64)
        for group, starts in zip(times.groups, self.times, strict=True):
            for step in starts:
                if step >= 0:
                    for i in attending(times, group, step):
                        out[i] += burden_at(times, i, step, group.length)
        return out


def worth_of(context: RotaContext, member: Member, group: RotaGroup) -> int:
    """How much somebody would like to facilitate a group: their wish for it, and what it is about."""
    worth = 0
    source = source_of(group.source)
    if source in member.wishes:
        place = member.wishes.index(source)
        worth += WISH_WORTH[place] if place < len(WISH_WORTH) else WISH_WORTH[-1]
    levels = [
        one.level for one in member.offers if context.skills.number(one.skill, member.id) in group.skills
    ]
    return worth + OFFER_WORTH * max(levels, default=0)


def turn_name(group: RotaGroup, place: TurnPlace) -> str:
    """A turn as people may read it, unlike every other."""
    _, t, role, number = place
    more = f" {number + 1}" if number else ""
    return f"{group.id}, week {group.index(t)}, {role}{more}"


def _index(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, np.int32).reshape(len(values))
