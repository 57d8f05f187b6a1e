"""What a night does with one program: takes in, solves with what runs kept, guards, publishes or proposes."""

from __future__ import annotations

import pytest

from matcher.domain.errors import InputError
from matcher.domain.family import Family
from matcher.domain.night import GuardName, NightState, Outcome
from matcher.domain.settings import AcceptanceSettings, NightHours
from matcher.service.acceptance import Links, give_answer
from matcher.service.edits import approve_plan
from matcher.service.nightly.due import begin_nights
from matcher.service.nightly.running import in_hours, missed, tick
from matcher.service.nightly.telling import html_report, text_report
from matcher.store.acceptances import acceptances_of
from matcher.store.errors import NotFound
from matcher.store.nights import list_nights
from matcher.store.plans import find_plan, list_plans, series_of

FREE = {"most_left_percent": 100, "most_changes_percent": 100, "least_points_percent": 0}


def outcomes(night):
    return {step.family.value: step.outcome for step in night.steps}


def pairs_of(world):
    with world.services.database.read() as connection:
        return series_of(connection, world.id, world.published("pairs", "mentoring").id)


def plans(world, **filters):
    with world.services.database.read() as connection:
        return list_plans(connection, world.id, "", 100, filters)


def test_a_night_without_news_changes_nothing(nights):
    world = nights(mode="publish")
    world.publish(Family.PAIRS)
    before = world.published("pairs", "mentoring")
    (night,) = world.night()
    assert outcomes(night) == {"pairs": Outcome.UNCHANGED}
    assert night.state is NightState.DONE
    assert world.published("pairs", "mentoring") == before
    assert [one.state for one in plans(world)] == ["discarded", "published"]


def test_who_left_is_replaced_and_the_report_names_people(nights):
    world = nights(mode="publish", **FREE)
    world.publish(Family.PAIRS)
    learner, guide = pairs_of(world)[0]
    names = {world.member(one).name for one in (learner, guide)}
    world.leaves(guide)
    (night,) = world.night()
    (step,) = night.steps
    assert step.outcome is Outcome.PUBLISHED
    assert all(guide not in pair for pair in pairs_of(world))
    ended = [one for one in step.changes if set(one.people) == names]
    assert [(one.change, one.avoidable) for one in ended] == [("ended", False)]
    assert step.fewest is True
    assert (night.intake.left, night.intake.active_before) == (1, None)
    told = text_report(night)
    assert all(name in told for name in names)
    assert "Provably no answer as good changes less." in told
    assert all(one not in told for one in (learner, guide))


def test_a_policy_that_proposes_leaves_the_plan_to_a_coordinator_and_the_next_night_replaces_it(nights):
    world = nights(mode="propose", **FREE)
    world.publish(Family.PAIRS)
    before = world.published("pairs", "mentoring")
    world.leaves(pairs_of(world)[0][1])
    (first,) = world.night()
    assert outcomes(first) == {"pairs": Outcome.PROPOSED}
    world.later(days=1)
    (second,) = world.night()
    assert outcomes(second) == {"pairs": Outcome.PROPOSED}
    assert world.published("pairs", "mentoring") == before
    assert [one.id for one in plans(world, state="proposed")] == [second.steps[0].plan]


@pytest.mark.parametrize(
    ("policy", "guard"),
    [
        ({**FREE, "least_coverage_percent": 100}, GuardName.COVERAGE),
        ({**FREE, "most_left_percent": 0}, GuardName.LEFT),
    ],
)
def test_a_guard_keeps_back_and_says_why(nights, policy, guard):
    world = nights(mode="publish", **policy)
    world.publish(Family.PAIRS)
    before = world.published("pairs", "mentoring")
    world.leaves(*sorted({one for pair in pairs_of(world)[:6] for one in pair})[:6])
    (night,) = world.night()
    lines = [*night.guards, *(line for step in night.steps for line in step.guards)]
    assert night.state is NightState.HELD
    assert [line.guard for line in lines if not line.passed] == [guard]
    assert world.published("pairs", "mentoring") == before
    assert next(line.sentence for line in lines if not line.passed) in html_report(night).replace(
        "&#x27;", "'"
    )


def test_a_rehearsal_leaves_its_report_and_nothing_else(nights):
    world = nights(mode="publish", **FREE)
    world.publish(Family.PAIRS)
    before = world.published("pairs", "mentoring")
    world.leaves(pairs_of(world)[0][1])
    (night,) = world.night(rehearsal=True)
    assert (outcomes(night), night.rehearsal) == ({"pairs": Outcome.PROPOSED}, True)
    assert night.steps[0].counts["ended"] >= 1
    assert world.published("pairs", "mentoring") == before
    assert not plans(world, state="proposed")
    (real,) = world.night()  # a rehearsal does not count as the night of the day
    assert outcomes(real) == {"pairs": Outcome.PUBLISHED}


def test_a_program_has_one_night_a_day_unless_it_is_asked_again(nights):
    world = nights(mode="publish")
    world.publish(Family.PAIRS)
    (night,) = world.night()
    assert world.night() == []
    (again,) = world.night(again=True)
    assert again.id != night.id
    world.later(days=1)
    assert len(world.night()) == 1


def test_what_has_no_night_is_told(nights):
    world = nights(mode="publish")
    assert world.night() == []  # nothing is published
    with pytest.raises(InputError, match="has no night"):
        begin_nights(world.services, world.id, program=world.program)
    with pytest.raises(NotFound):
        begin_nights(world.services, world.id, program="nothing")
    with pytest.raises(NotFound):
        begin_nights(world.services, "nowhere")
    world.policy(mode="publish", families=(Family.PAIRS,))
    (night,) = world.night(program=world.program)
    assert outcomes(night) == {"pairs": Outcome.PUBLISHED}
    world.policy(mode="off")
    world.later(days=1)
    assert world.night() == []


def test_pods_and_a_rota_follow_who_left(nights):
    world = nights(mode="publish", **FREE)
    world.publish(Family.PODS, Family.ROTA)
    with world.services.database.read() as connection:
        from matcher.store.plans import seats_of

        (_, people), *_ = seats_of(connection, world.id, world.published("pods").id).items()
    world.leaves(people[0])
    (night,) = world.night()
    assert outcomes(night)["pods"] is Outcome.PUBLISHED
    assert outcomes(night)["rota"] in (Outcome.PUBLISHED, Outcome.UNCHANGED)


def test_people_of_new_pairs_are_asked_and_a_later_night_publishes(nights):
    world = nights(mode="publish", **FREE)
    world.publish(Family.PAIRS)
    world.change(acceptance=AcceptanceSettings(needed=True))
    world.leaves(pairs_of(world)[0][1])
    while world.waiting:
        world.joins()
    (night,) = world.night()
    (step,) = night.steps
    assert step.outcome is Outcome.ASKED
    world.later(days=1)
    (second,) = world.night()
    assert (outcomes(second), second.steps[0].plan) == ({"pairs": Outcome.ASKED}, step.plan)
    links = Links.of(world.services.settings)
    with world.services.database.write() as connection:
        for one in acceptances_of(connection, world.id, step.plan):
            give_answer(connection, links, links.token(one), "yes", "", world.now)
    world.later(days=1)
    (third,) = world.night()
    assert outcomes(third) == {"pairs": Outcome.PUBLISHED}
    assert world.published("pairs", "mentoring").id == step.plan


def test_a_plan_that_a_coordinator_takes_up_meanwhile_is_theirs(nights):
    world = nights(mode="propose", **FREE)
    world.publish(Family.PAIRS)
    world.leaves(pairs_of(world)[0][1])
    (first,) = world.night()
    approve_plan(world.services, world.id, first.steps[0].plan, None)
    world.later(days=1)
    world.night()
    with world.services.database.read() as connection:
        assert find_plan(connection, world.id, first.steps[0].plan).state == "approved"


def test_a_run_that_fails_is_told_and_the_other_families_go_on(nights):
    world = nights(mode="publish", **FREE)
    world.policy(mode="publish", families=(Family.PAIRS, Family.ROUNDS, Family.PODS), **FREE)
    (night,) = world.night()  # nobody said how many rounds
    found = outcomes(night)
    assert found["rounds"] is Outcome.FAILED
    assert {found["pairs"], found["pods"]} == {Outcome.PUBLISHED}
    assert night.state is NightState.FAILED
    assert "rounds" in next(step.sentence for step in night.steps if step.outcome is Outcome.FAILED)


def test_a_night_whose_time_is_over_says_what_it_left_out(nights):
    world = nights(mode="publish", seconds=10, **FREE)
    world.publish(Family.PAIRS)
    (night,) = begin_nights(world.services, world.id)
    world.later(seconds=8)
    ended = world.through(night)
    assert outcomes(ended) == {"pairs": Outcome.SKIPPED}
    assert ended.state is NightState.FAILED


def test_a_server_begins_nights_in_their_hours_only_and_sees_them_through(nights):
    world = nights(mode="publish")
    world.publish(Family.PAIRS)
    world.change(night_hours=NightHours(), time_zone="Europe/Berlin")  # now: 03:00 there
    world.later(hours=6)
    assert tick(world.services) == 0
    assert [one[1] for one in missed(world.services)] == [world.program]
    world.later(hours=18)
    while tick(world.services):
        world.work()
    assert missed(world.services) == []
    assert tick(world.services) == 0
    with world.services.database.read() as connection:
        (night,) = list_nights(connection, world.id, "", 10)
    assert night.state is NightState.DONE
    world.later(hours=26)
    assert [one[1] for one in missed(world.services)] == []
    world.later(hours=1)
    assert [one[1] for one in missed(world.services)] == [world.program]


def test_night_hours_may_run_over_midnight():
    from datetime import UTC, datetime, time

    hours = NightHours(start=time(23), end=time(2))
    at = [in_hours(hours, datetime(2026, 9, 1, hour, tzinfo=UTC), "UTC") for hour in (22, 23, 0, 1, 2)]
    assert at == [False, True, True, True, False]
