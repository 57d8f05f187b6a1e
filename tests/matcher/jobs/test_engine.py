"""Jobs in real processes: what is told, what is killed, what survives, and that nothing is stored twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from matcher.settings import Settings
from matcher.store.jobs import Fenced, cancel_job, find_job, finish
from matcher.store.networks import remove_network
from matcher.wiring import open_services


def ended(job):
    return job.ended


def test_a_queued_job_is_done_at_once_and_leaves_no_files(run, queue, wait, services):
    run()
    job = wait(queue("answer"), ended)
    assert (job.state, job.result, job.attempt) == ("done", {"answer": "done", "attempt": 1}, 1)
    assert job.progress["phase"] == "begin"
    wait(lambda: list((services.settings.data / "jobs").iterdir()), lambda left: not left)


def test_what_was_queued_before_the_server_began_is_done(run, queue, wait):
    read = queue("answer")
    run()
    assert wait(read, ended).state == "done"


def test_progress_moves_while_it_works_and_keeping_stores_the_best_so_far(run, queue, wait, services):
    run()
    read = queue("improve", seconds=600)
    first = wait(read, lambda job: job.progress.get("phase") == "improve")
    assert (first.progress["tier"], first.progress["bound"]) == ("points", 1000)
    later = wait(read, lambda job: job.progress_number > first.progress_number)
    assert later.progress["value"] > first.progress["value"]
    with services.database.write() as connection:
        cancel_job(connection, "net", first.id, "keep", services.now())
    job = wait(read, ended)
    assert (job.state, job.result["answer"], job.cancel) == ("done", "best so far", "keep")


def test_dropping_kills_all_that_was_started_and_stores_nothing(run, queue, wait, services, are_gone):
    run()
    read = queue("hang")
    pids = [
        int(one)
        for one in wait(read, lambda job: job.progress.get("phase") == "hung").progress["detail"].split()
    ]
    with services.database.write() as connection:
        cancel_job(connection, "net", read().id, "drop", services.now())
    job = wait(read, ended)
    assert (job.state, job.result, job.problem) == ("cancelled", None, None)
    wait(lambda: are_gone(*pids), bool)


def test_a_job_that_waits_is_cancelled_without_being_begun(queue, services):
    read = queue("answer")
    with services.database.write() as connection:
        assert cancel_job(connection, "net", read().id, "keep", services.now()).state == "cancelled"


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("die", "crashed", "SIGKILL"),
        ("raise", "crashed", "exit code 1"),
        ("refuse", "input", "The input is no good."),
        ("grow", "memory", "PEERLOOM_JOB_MEGABYTES"),
    ],
)
def test_a_child_that_fails_is_told_in_a_sentence(run, queue, wait, what, code, words):
    run()
    job = wait(queue(what), ended)
    assert (job.state, job.problem["code"], job.result) == ("failed", code, None)
    assert words in job.problem["detail"]
    if what == "refuse":
        assert job.problem["errors"] == [{"path": "members[3].name", "detail": "is too long"}]


def test_a_child_that_hangs_without_a_word_is_ended_at_the_limit(
    server, services, queue, wait, run, are_gone
):
    short = open_services(Settings(**{**dict(services.settings), "job_seconds": 1}))
    run(short)
    read = queue("hang")
    job = wait(read, ended)
    assert (job.state, job.problem["code"]) == ("failed", "time")
    wait(lambda: are_gone(*map(int, job.progress["detail"].split())), bool)


def test_one_job_of_a_program_runs_at_a_time_and_others_go_on(run, queue, wait, services):
    run()
    first, second, other = queue("improve", "a"), queue("answer", "a"), queue("answer", "b")
    assert wait(other, ended).state == "done"
    assert (first().state, second().state) == ("running", "queued")
    with services.database.write() as connection:
        cancel_job(connection, "net", first().id, "keep", services.now())
    assert wait(second, ended).state == "done"
    assert first().state == "done"


def test_one_question_at_a_time_waits_for_no_run(run, queue, wait, services):
    run()
    runs = [queue("improve", seconds=600) for _ in range(services.settings.workers)]
    for read in runs:
        wait(read, lambda job: job.state == "running")
    later = queue("answer")
    assert wait(queue("answer", kind="question"), ended).state == "done"
    first, second = (queue("improve", kind="question", seconds=600) for _ in range(2))
    wait(first, lambda job: job.state == "running")
    assert [read().state for read in (*runs, later, second)] == ["running"] * 2 + ["queued"] * 2
    for read in (first, runs[0]):
        with services.database.write() as connection:
            cancel_job(connection, "net", read().id, "drop", services.now())
    assert wait(later, ended).state == "done"
    wait(second, lambda job: job.state == "running")


def test_stopping_the_server_gives_its_job_back(run, queue, wait, are_gone):
    engine = run()
    read = queue("improve")
    child = int(wait(read, lambda job: job.progress.get("phase")).progress["detail"] or 0)
    engine.stop()
    job = read()
    assert (job.state, job.attempt, job.owner) == ("queued", 0, None)
    assert not child or are_gone(child)


def test_another_server_finishes_what_a_killed_one_began(
    server, services, queue, wait, run, tmp_path, are_gone
):
    arguments = [services.settings.database, str(tmp_path / "other")]
    first = subprocess.Popen([sys.executable, server.__file__, *arguments], stdout=subprocess.PIPE)
    try:
        assert first.stdout.readline() == b"ready\n"
        read = queue("once")
        child = int(wait(read, lambda job: job.progress.get("phase") == "begin").progress["detail"])
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        first.stdout.close()
    late = read()
    wait(lambda: are_gone(child), bool)  # the orphan saw that its parent died
    run()
    job = wait(read, ended)
    assert (job.state, job.result) == ("done", {"answer": "second", "attempt": 2})
    with services.database.write() as connection, pytest.raises(Fenced):
        finish(connection, late, "done", services.now(), result={"answer": "late"})
    assert read().result["answer"] == "second"


def test_a_network_removed_meanwhile_takes_its_job_along(run, queue, wait, services, are_gone):
    run()
    read = queue("hang")
    pids = wait(read, lambda job: job.progress.get("phase") == "hung").progress["detail"].split()
    with services.database.write() as connection:
        remove_network(connection, "net")
    wait(lambda: are_gone(*map(int, pids)), bool)


def test_two_servers_share_the_work_and_do_each_job_once(server, services, queue, wait, run, tmp_path):
    other = open_services(Settings(**{**dict(services.settings), "data": tmp_path / "other"}))
    run()
    run(other)
    reads = [queue("answer", program) for program in ("a", "b", "a", "b", None, None)]
    assert [wait(read, ended).result for read in reads] == [{"answer": "done", "attempt": 1}] * 6
    other.close()


def test_a_job_is_found_by_its_own_network_only(queue, services):
    from matcher.store.errors import NotFound

    read = queue("answer")
    with services.database.read() as connection, pytest.raises(NotFound):
        find_job(connection, "other", read().id)
