"""Thirty nights of joins, leaves, new calendars and changed profiles: every invariant holds each morning."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from matcher.domain.family import Family
from matcher.domain.member import BusyInterval, Status
from matcher.domain.night import NightState, Outcome
from matcher.store.jobs import list_jobs
from matcher.store.members import bodies
from matcher.store.outbox import list_mails
from matcher.store.plans import list_plans, seats_of
from matcher.store.sessions import SessionFilter, list_sessions

FREE = {"most_left_percent": 100, "most_changes_percent": 100, "least_points_percent": 0, "allow_fewer": True}


def morning(world, before):
    """Everything that must hold, whatever the night did. Returns the sessions by UID."""
    with world.services.database.read() as connection:
        sessions = list_sessions(connection, world.id, SessionFilter(), None, 100_000)
        plans = list_plans(connection, world.id, "", 10_000, {})
        jobs = list_jobs(connection, world.id, "", 10_000)
        mails = list_mails(connection, world.id, None, None, "", 100_000)
        here = {one for one, _ in bodies(connection, world.id, status=Status.ACTIVE)}
        published = [one for one in plans if one.state == "published"]
        seats = {one.family: seats_of(connection, world.id, one.id) for one in published}
    assert all(job.ended for job in jobs)
    assert not world.open_nights()
    assert all(count == 1 for count in Counter((one.family, one.kind) for one in published).values())
    assert not [one for one in plans if one.state == "approved"]
    coming = [one for one in sessions if one.state == "scheduled" and one.start > world.now]
    for one in coming:
        assert set(one.attendees) <= here, f"{one.uid} holds who left"
        assert len(one.attendees) >= 2
    for person in here:
        own = sorted((one.start, one.end) for one in coming if person in one.attendees)
        assert all(end <= start for (_, end), (start, _) in pairwise(own)), f"{person} is in two places"
    by_uid = {one.uid: one for one in sessions}
    assert len(by_uid) == len(sessions)
    for uid, old in before.items():
        new = by_uid[uid]
        assert new.sequence >= old.sequence
        if new.model_copy(update={"sequence": old.sequence, "changed_at": old.changed_at}) != old:
            assert new.sequence > old.sequence or new.people != old.people, f"{uid} changed silently"
        if old.start <= world.now and old.state == "scheduled":
            assert (new.start, new.state, new.attendees) == (old.start, old.state, old.attendees)
    told = Counter(one.letter.message_id for one in mails)
    assert all(count == 1 for count in told.values())
    for (learner, guide), people in seats.get("pairs", {}).items():
        assert {learner, guide} == set(people)
    return by_uid


def day(world, dice):
    """What happens between two nights; returns whether anything did."""
    events = dice.choice(("nothing", "join", "leave", "busy", "hours", "join"))
    with world.services.database.read() as connection:
        here = sorted(one for one, _ in bodies(connection, world.id, status=Status.ACTIVE))
    somebody = world.member(dice.choice(here))
    if events == "join" and world.waiting:
        world.joins()
    elif events == "leave" and len(here) > 16:
        world.leaves(somebody.id)
    elif events == "busy":
        start = world.now.replace(hour=8, minute=0)
        taken = tuple(
            BusyInterval(start=start.replace(day=d), end=start.replace(day=d, hour=17)) for d in (27, 28)
        )
        world.put(somebody.model_copy(update={"busy": taken}))
    elif events == "hours":
        world.put(somebody.model_copy(update={"hours_per_month": max(0, somebody.hours_per_month - 2)}))
    else:
        return False
    return True


@pytest.mark.parametrize("count", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_every_morning_is_sound(nights, count, database_url):
    """All thirty on PostgreSQL; a third of them on SQLite, which the shorter run is on, too."""
    count = count if count < 30 or database_url.startswith("postgresql") else 10
    world = nights(members=24, later=8, mode="publish", seconds=15, **FREE)
    world.change(channel="invites")
    world.publish(Family.PAIRS, Family.PODS, Family.ROTA)
    dice = random.Random(7)
    sessions = morning(world, {})
    seen = Counter()
    for _ in range(count):
        world.later(days=1)
        happened = day(world, dice)
        (night,) = world.night()
        assert night.state in (NightState.DONE, NightState.HELD), night.sentence
        outcomes = Counter(step.outcome for step in night.steps)
        seen += outcomes
        sessions = morning(world, sessions)
        assert happened or outcomes[Outcome.FAILED] == 0
    assert seen[Outcome.PUBLISHED] > 0
