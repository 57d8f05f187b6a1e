"""Times and facilitators together, against the enumeration of every way to hold and to lead tiny groups."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvers.limits import Limits
from solvers.rota.joint.instance import JointInstance, Seat
from solvers.rota.joint.solve import solve
from solvers.rota.times.check.audit import check
from solvers.rota.times.check.score import free_at, tier_values
from solvers.rota.times.chosen import Chosen
from solvers.rota.times.instance import Group, TimesInstance
from solvers.rota.times.options import Options, options_of

STEPS, LENGTH = 8, 1
"""A day of each week is one step."""


@st.composite
def joint(draw: st.DrawFn) -> JointInstance:
    """Two or three groups of one or two sessions, four people; each rule on who leads turns up."""
    people, sessions = 4, draw(st.integers(1, 2))
    free = np.array(draw(st.lists(st.integers(0, 3), min_size=people * STEPS, max_size=people * STEPS))) > 0
    groups = []
    for _ in range(draw(st.integers(2, 3))):
        members = sorted(draw(st.sets(st.integers(0, people - 1), min_size=1, max_size=2)))
        slots = sorted(draw(st.sets(st.integers(0, STEPS // 2 - 1), min_size=1, max_size=3)))
        starts = np.array([[s + t * STEPS // 2 for t in range(sessions)] for s in slots], np.int32)
        able = sorted(draw(st.sets(st.integers(0, people - 1), max_size=3)))
        groups.append(
            Group(tuple(members), starts, LENGTH, quorum=0, facilitators=tuple(able), facing=int(bool(able)))
        )
    times = TimesInstance(
        person_ids=[f"p{i}" for i in range(people)],
        group_ids=[f"g{k}" for k in range(len(groups))],
        groups=tuple(groups),
        minutes=60,
        free=free.reshape(people, STEPS),
        profile=np.zeros(people, np.int32),
        burden=np.zeros((1, STEPS), np.int32),
        carried=np.zeros(people, np.int32),
    )
    options = options_of(times)
    seats = [
        Seat(g, t, role, group.facilitators)
        for g, group in enumerate(groups)
        for role in range(draw(st.integers(1, 2)))
        for t in range(sessions)
    ]
    small = st.lists(st.integers(0, 3), min_size=people, max_size=people)
    return JointInstance(
        options=options,
        now=min(whole(options), key=lambda one: (held(options, one), draw(st.integers(0, 9)))),
        groups=tuple(range(len(groups))),
        seats=tuple(seats),
        elsewhere={0: ((draw(st.integers(0, STEPS - 1)),) * 2,)} if draw(st.booleans()) else {},
        room=np.array(draw(small), np.int32),
        hours_left=np.array(draw(small), np.int32),
        hours={(g, i): draw(st.integers(0, 2)) for g in range(len(groups)) for i in range(people)},
        spans=((draw(st.integers(1, 3)), 1), (STEPS // 2, draw(st.integers(1, 3)))),
        organization=np.array(draw(st.lists(st.integers(0, 1), min_size=people, max_size=people)), np.int32),
        organization_room=np.array(draw(st.lists(st.integers(-1, 4), min_size=2, max_size=2)), np.int32),
        mixed=draw(st.booleans()),
    )


def whole(options: Options) -> list[Chosen]:
    """Every way to hold the groups in which no session is left out of its slot and no rule broken."""
    rows = [range(*options.unit_start[u : u + 2].tolist()) for u in range(options.n_units)]
    every = (Chosen(np.array(option, np.int64)) for option in product(*rows))
    return [one for one in every if not check(options.instance, *one.times(options))]


def held(options: Options, chosen: Chosen) -> tuple[int, int]:
    """Sessions without a time, and without enough people who could lead."""
    found = {one.name: one.value for one in tier_values(options.instance, *chosen.times(options))}
    return found["unscheduled"] or 0, found.get("uncovered", 0) or 0


def leads_well(instance: JointInstance, times: tuple[tuple[int, ...], ...], person: tuple[int, ...]) -> bool:
    """Whether these people may take the seats at these times, rule by rule."""
    groups, taken = instance.options.instance.groups, []
    for seat, i in zip(instance.seats, person, strict=True):
        begin = times[seat.group][seat.session]
        if i < 0:
            continue
        if begin < 0 or i not in seat.able or not free_at(instance.options.instance, i, begin, LENGTH):
            return False
        if any(h != seat.group and i in one.members and begin in times[h] for h, one in enumerate(groups)):
            return False
        taken.append((i, begin, seat))
    for i in range(instance.n_people):
        mine = [(begin, seat) for j, begin, seat in taken if j == i]
        every = sorted([begin for begin, _ in mine] + [begin for begin, _ in instance.elsewhere.get(i, ())])
        if len(mine) > instance.room[i]:
            return False
        if sum(instance.hours[seat.group, i] for _, seat in mine) > instance.hours_left[i]:
            return False
        for steps, most in instance.spans:
            inside = (sum(a <= b < a + steps for b in every) for a in every)
            if mine and max(inside, default=0) > most:
                return False
    for o, room in enumerate(instance.organization_room.tolist()):
        if 0 <= room < sum(instance.organization[i] == o for i, *_ in taken):
            return False
    homes = [(seat.group, seat.session, int(instance.organization[i])) for i, _, seat in taken]
    return not instance.mixed or len(set(homes)) == len(homes)


def best_of_all(instance: JointInstance) -> tuple[int, int]:
    """The fewest open seats of leads, then of co-facilitators, over every way to hold the groups whole."""
    options, best = instance.options, (99, 99)
    start = held(options, instance.now)
    for chosen in whole(options):
        times, _ = chosen.times(options)
        if any(a > b for a, b in zip(held(options, chosen), start, strict=True)):
            continue
        there = [times[seat.group][seat.session] >= 0 for seat in instance.seats]
        rows = [[-1, *seat.able] if on else [-1] for seat, on in zip(instance.seats, there, strict=True)]
        for person in product(*rows):
            empty = [
                seat.role for seat, i, on in zip(instance.seats, person, there, strict=True) if on and i < 0
            ]
            missing = empty.count(0), empty.count(1)
            if missing < best and leads_well(instance, times, person):
                best = missing
    return best


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(joint())
def test_as_few_seats_stay_open_as_in_the_best_of_all_times(instance: JointInstance) -> None:
    answer = solve(instance, Limits(seconds=60))
    assert answer is not None
    assert answer.open == answer.bound == best_of_all(instance)
    times, slots = answer.chosen.times(instance.options)
    assert not check(instance.options.instance, times, slots)
    assert leads_well(instance, times, answer.person)
    for name, k in (("lead", 0), ("co", 1)):
        empty = [
            seat
            for seat, i in zip(instance.seats, answer.person, strict=True)
            if i < 0 and seat.role == k and times[seat.group][seat.session] >= 0
        ]
        assert len(empty) == answer.open[k], name


def test_times_that_fill_no_more_seats_stay_as_they_are() -> None:
    one = Group((0,), np.array([[0], [1]], np.int32), 1, facilitators=(1,), facing=1)
    times = TimesInstance(
        person_ids=["ada", "bo"],
        group_ids=["g"],
        groups=(one,),
        minutes=60,
        free=np.ones((2, 2), np.bool_),
        profile=np.zeros(2, np.int32),
        burden=np.zeros((1, 2), np.int32),
        carried=np.zeros(2, np.int32),
    )
    options = options_of(times)
    for now in (1, 2):
        instance = JointInstance(
            options=options,
            now=Chosen(np.array([now], np.int64)),
            groups=(0,),
            seats=(Seat(0, 0, 0, (1,), now=1),),
            elsewhere={},
            room=np.ones(2, np.int32),
            hours_left=np.ones(2, np.int32),
            hours={(0, 1): 1},
            spans=((1, 1),),
            organization=np.zeros(2, np.int32),
            organization_room=np.array([-1], np.int32),
        )
        answer = solve(instance, Limits(seconds=20))
        assert answer is not None
        assert answer.chosen.option.tolist() == [now]
        assert (answer.open, answer.person) == ((0, 0), (1,))
