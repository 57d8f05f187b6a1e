"""The rows of jobs: claims, fences, silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from matcher.store.errors import Conflict, NotFound
from matcher.store.jobs import (
    MOST_ATTEMPTS,
    STALE,
    Fenced,
    any_waits,
    beat,
    cancel_job,
    claim,
    enqueue,
    find_job,
    finish,
    list_jobs,
    release,
)

KINDS = ["solve"]


@pytest.fixture
def queue(database, network, now):
    def put(program=None, kind="solve"):
        with database.write() as connection:
            return enqueue(connection, network, kind, {"seed": 1}, now, program)

    return put


@pytest.fixture
def take(database, now):
    def claimed(owner="one", after=timedelta()):
        with database.write() as connection:
            return claim(connection, owner, now + after, KINDS)

    return claimed


def test_the_oldest_is_claimed_first_and_only_once(queue, take):
    first, second = queue(), queue()
    assert [take().id, take().id, take()] == [first.id, second.id, None]


def test_kinds_that_a_server_does_not_know_are_left_to_others(database, queue, take, now):
    queue(kind="other")
    assert take() is None
    with database.read() as connection:
        assert not any_waits(connection, now, KINDS)
        assert any_waits(connection, now, ["other"])


def test_many_claims_at_once_get_a_job_each(queue, take):
    wanted = {queue(program).id for program in "abcdefgh"}
    with ThreadPoolExecutor(8) as pool:
        found = [job.id for job in pool.map(lambda n: take(f"server{n}"), range(24)) if job is not None]
    while (more := take()) is not None:  # claims that met at the same row may have come away empty
        found.append(more.id)
    assert sorted(found) == sorted(wanted)


def test_claims_at_once_never_run_two_jobs_of_one_program(database, queue, take, network):
    for _ in range(4):
        queue("a")
    with ThreadPoolExecutor(8) as pool:
        found = [job for job in pool.map(lambda n: take(f"server{n}"), range(16)) if job is not None]
    assert len(found) == 1
    with database.read() as connection:
        assert len(list_jobs(connection, network, "", 10, state="running")) == 1


def test_silence_loses_a_job_and_its_late_owner_can_store_nothing(database, queue, take, now):
    queue()
    first = take("first")
    assert take("second", STALE) is None
    second = take("second", STALE + timedelta(seconds=1))
    assert (second.id, second.attempt, second.fence) == (first.id, 2, first.fence + 1)
    for late in (
        lambda connection: beat(connection, first, now),
        lambda connection: finish(connection, first, "done", now, result={"plan": "late"}),
        lambda connection: release(connection, first),
    ):
        with database.write() as connection, pytest.raises(Fenced):
            late(connection)
    with database.write() as connection:
        finish(connection, second, "done", now, result={"plan": "x"})
        with pytest.raises(Fenced):
            finish(connection, second, "failed", now)
        assert find_job(connection, second.network, second.id).result == {"plan": "x"}


def test_a_sign_of_life_keeps_the_job_and_tells_of_its_end(database, queue, take, now):
    queue()
    job = take()
    with database.write() as connection:
        assert beat(connection, job, now + STALE, {"phase": "solve"}) is None
    assert take("second", STALE + timedelta(seconds=1)) is None
    with database.write() as connection:
        found = cancel_job(connection, job.network, job.id, "keep", now)
        assert (found.state, found.progress, found.progress_number) == ("running", {"phase": "solve"}, 1)
        assert beat(connection, job, now) == "keep"


def test_a_job_is_tried_so_often_and_then_fails_with_the_reason(database, queue, take):
    queue()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job = take("server", attempt * 2 * STALE)
        assert job.attempt == attempt
    assert take("server", 100 * STALE) is None
    with database.read() as connection:
        found = find_job(connection, job.network, job.id)
    assert (found.state, found.problem["code"]) == ("failed", "lost")


def test_a_lost_job_that_was_to_be_dropped_is_cancelled(database, queue, take, now):
    queue()
    job = take()
    with database.write() as connection:
        cancel_job(connection, job.network, job.id, "drop", now)
    assert take("second", 2 * STALE) is None
    with database.read() as connection:
        assert find_job(connection, job.network, job.id).state == "cancelled"


def test_a_released_job_counts_no_attempt(database, queue, take):
    queue()
    job = take()
    with database.write() as connection:
        release(connection, job)
    again = take()
    assert (again.attempt, again.fence) == (1, 2)


def test_what_has_ended_cannot_be_cancelled(database, queue, take, now):
    queue()
    job = take()
    with database.write() as connection:
        finish(connection, job, "failed", now, problem={"code": "x", "detail": "y"})
        with pytest.raises(Conflict, match="failed"):
            cancel_job(connection, job.network, job.id, "drop", now)
        with pytest.raises(NotFound):
            cancel_job(connection, job.network, "job_none", "drop", now)


def test_lists_are_newest_first_and_filtered(database, queue, network):
    ids = [queue("a").id, queue("b").id, queue("a").id]
    with database.read() as connection:
        assert [job.id for job in list_jobs(connection, network, "", 2)] == ids[:0:-1]
        assert [job.id for job in list_jobs(connection, network, ids[2], 9, program="a")] == [ids[0]]
        assert list_jobs(connection, "other", "", 9) == []
