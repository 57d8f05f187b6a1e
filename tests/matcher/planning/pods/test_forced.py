"""What a seat or a pod costs when the whole is solved around it."""

from __future__ import annotations

import pytest

from matcher.domain.errors import InputError
from matcher.planning.audience import Audience
from matcher.planning.files import write_plan
from matcher.planning.pods.explain.asked import take_up
from matcher.planning.pods.explain.forced import solve_around_pod, solve_around_seat
from solvers.limits import Limits


@pytest.fixture
def asked(plan, tmp_path):
    def ask(network):
        from matcher.documents.read import NetworkSource

        source = NetworkSource.of(network)
        write_plan(tmp_path / "plan.json", plan(network))
        return take_up(tmp_path / "plan.json", source)

    return ask


def test_a_pod_that_does_not_run_is_priced_with_who_would_move(small, asked, make_problem):
    third = make_problem("p3", needs=())
    found = asked(small(problems=(make_problem("p1"), make_problem("p2"), third)))
    (out,) = [one.pod for one in found.plan.not_run]
    answer = solve_around_pod(found, out, Limits(seconds=3))
    assert (answer.runs, answer.reason) == (False, found.plan.not_run[0].reason)
    assert answer.effect is not None
    joined = {move.member for move in answer.effect.moves if (move.pod, move.change) == (out, "starts")}
    assert answer.effect.possible
    assert len(joined) >= 3
    assert (
        answer.effect.exact or "at least" in answer.effect.sentence or "not proven" in answer.effect.sentence
    )
    placed, *_ = answer.effect.tiers
    assert placed.tier == "placed"
    assert placed.gain is not None
    assert placed.gain <= 0


def test_a_pod_that_nobody_is_enough_for_cannot_run(small, asked, make_problem):
    found = asked(small(problems=(make_problem("p1"), make_problem("p2", least_people=9, most_people=9))))
    answer = solve_around_pod(found, "p2", Limits(seconds=1))
    assert answer.reason == "too_few_people"
    assert answer.effect is not None
    assert (answer.effect.possible, answer.effect.exact) == (False, True)


def test_what_a_running_pod_is_worth(small, asked):
    found = asked(small())
    answer = solve_around_pod(found, "p1", Limits(seconds=3))
    assert answer.runs
    assert answer.effect is not None
    ended = {move.member for move in answer.effect.moves if (move.pod, move.change) == ("p1", "ends")}
    assert ended == set(next(pod for pod in found.plan.pods if pod.pod == "p1").members)
    assert answer.effect.tiers[0].gain is not None
    assert answer.effect.tiers[0].gain < 0


def test_a_pod_that_must_run_is_not_solved_without(small, asked, make_problem):
    found = asked(small(problems=(make_problem("p1", must_run=True), make_problem("p2"))))
    answer = solve_around_pod(found, "p1", Limits(seconds=1))
    assert answer.effect is None
    assert "must run" in answer.sentences[-1]


def test_only_coordinators_read_what_the_whole_would_become(small, asked):
    found = asked(small())
    member = Audience.of("member:m1")
    with pytest.raises(InputError, match="coordinators"):
        solve_around_pod(found, "p1", Limits(seconds=1), member)
    with pytest.raises(InputError, match="coordinators"):
        solve_around_seat(found, "m1", "p1", Limits(seconds=1), member)
