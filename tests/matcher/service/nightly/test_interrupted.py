"""A night that is cut off anywhere goes on where it stood: nothing is queued or published twice."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import event

from matcher.domain.family import Family
from matcher.domain.night import NightState
from matcher.jobs.work import WORK
from matcher.service.nightly import advance as advance_module
from matcher.service.nightly.advance import advance
from matcher.service.nightly.due import begin_nights
from matcher.service.publication import scope_of
from matcher.store.jobs import list_jobs
from matcher.store.nights import list_nights
from matcher.store.outbox import list_mails
from matcher.store.plans import find_plan, list_plans, series_of
from matcher.store.sessions import put_sessions, sessions_in
from tests.matcher.service.nightly.conftest import Nights

FREE = {"most_left_percent": 100, "most_changes_percent": 100, "least_points_percent": 0}


class Killed(BaseException):
    """Like a process that ends: nothing of ours catches it."""


def prepared(nights, **more):
    world = nights(mode="publish", **FREE)
    world.change(channel="invites", **more)
    world.publish(Family.PAIRS)
    with world.services.database.read() as connection:
        pairs = series_of(connection, world.id, world.published("pairs", "mentoring").id)
    world.leaves(pairs[0][1])
    return world


def state(world):
    """What is left of a night, without names that differ from run to run."""
    with world.services.database.read() as connection:
        jobs = Counter((one.kind, one.state) for one in list_jobs(connection, world.id, "", 1000))
        plans = Counter((one.family, one.state) for one in list_plans(connection, world.id, "", 1000, {}))
        mails = Counter(
            (one.letter.kind, one.letter.member)
            for one in list_mails(connection, world.id, None, None, "", 9999)
        )
        nights = [
            (one.state, [(step.outcome, step.tries) for step in one.steps])
            for one in list_nights(connection, world.id, "", 10)
        ]
    return jobs, plans, mails, nights


def commits_of(world, do):
    """How many transactions that write `do` takes."""
    seen = []
    engine = world.services.database.engine

    def count(_):
        seen.append(1)

    event.listen(engine, "commit", count)
    try:
        do()
    finally:
        event.remove(engine, "commit", count)
    return len(seen)


def through(world, nights):
    for one in nights:
        world.through(one)


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2, 3))])
def test_killed_before_any_of_its_commits_it_ends_as_if_nothing_had_happened(tmp_path, part):
    world = prepared(lambda **policy: Nights(f"sqlite:///{tmp_path}/first.db", tmp_path, **policy))
    world.services.close()
    began = world.now

    def again(name):
        shutil.copy(tmp_path / "first.db", tmp_path / name)
        world.now = began
        world.services = world.opened(f"sqlite:///{tmp_path / name}")

    again("whole.db")
    steps = commits_of(world, lambda: through(world, begin_nights(world.services, world.id)))
    wanted = state(world)
    world.services.close()
    assert wanted[3][0][0] is NightState.DONE
    assert steps > 10
    for place in range(part, steps, 4):
        again(f"{place}.db")
        with killed_at(world, place):
            through(world, begin_nights(world.services, world.id))
        world.later(minutes=2)  # a job whose owner died is taken up by another
        through(world, begin_nights(world.services, world.id))
        found = state(world)
        world.services.close()
        assert found == wanted, f"killed at commit {place} of {steps}"


@contextmanager
def killed_at(world, place):
    """The process ends instead of its commit number `place`."""
    left = [place]

    def die(_):
        left[0] -= 1
        if left[0] == -1:
            raise Killed

    engine = world.services.database.engine
    event.listen(engine, "commit", die)
    try:
        with suppress(Killed):
            yield
    finally:
        event.remove(engine, "commit", die)


def test_two_servers_that_advance_one_night_do_each_step_once(nights):
    world = prepared(nights)
    with ThreadPoolExecutor(4) as pool:
        begun = [
            one
            for some in pool.map(lambda _: begin_nights(world.services, world.id), range(4))
            for one in some
        ]
        assert len({one.id for one in begun}) == 1
        identifier = begun[0].id
        for _ in range(4):
            list(pool.map(lambda _: advance(world.services, world.id, identifier), range(4)))
            world.work()
    night = advance(world.services, world.id, identifier)
    assert night.state is NightState.DONE
    with world.services.database.read() as connection:
        jobs = Counter(one.kind for one in list_jobs(connection, world.id, "", 1000))
    assert jobs == {"solve": 2, "schedule": 2}  # the first publication's, and the night's


@pytest.mark.parametrize("times", [2, 3])
def test_a_world_that_moves_on_is_solved_for_again_but_not_for_ever(nights, times, monkeypatch):
    monkeypatch.setattr(advance_module, "MOST_TRIES", times)
    world = prepared(nights)
    find_times, tries = WORK["schedule"], []

    def meanwhile(task):
        """While times are looked for, somebody moves a session of the plan before."""
        find_times(task)
        with world.services.database.write() as connection:
            plan = find_plan(connection, world.id, task.request["plan"])
            one = sessions_in(connection, world.id, scope_of(connection, plan))[0]
            moved = one.model_copy(update={"sequence": one.sequence + 1})
            put_sessions(connection, world.id, [moved], world.now)
        tries.append(plan.id)

    monkeypatch.setitem(WORK, "schedule", meanwhile)
    (night,) = world.night()
    assert len(tries) == night.steps[0].tries == times
    assert night.state is NightState.FAILED
    assert "publish again" in night.steps[0].sentence
    with world.services.database.read() as connection:
        states = {one.id: one.state for one in list_plans(connection, world.id, "", 100, {})}
    assert [states[one] for one in tries[:-1]] == ["discarded"] * (times - 1)
