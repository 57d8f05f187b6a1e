"""A plan's sessions: what they tell of the match, and which results get none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from matcher.documents.read import NetworkSource
from matcher.domain.errors import InputError
from matcher.domain.network import Network
from matcher.domain.organization import Organization
from matcher.domain.plan import Outcome
from matcher.domain.policy import Policy
from matcher.domain.skill import Skill
from matcher.planning.pairs.plan import plan_pairs
from matcher.planning.sessions.scheduling import Occasion, schedule_pairs
from solvers.limits import Limits

NOW = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def source(member, program):
    """One learner and one guide who may meet, and say why; `visibility` is the learner's."""

    def make(**visibility):
        learner = member(
            "l",
            seeks=[{"skill": "go"}],
            goals=["Lead"],
            roles=["learner"],
            seniority=2,
            visibility=visibility,
        )
        guide = member(
            "g", offers=[{"skill": "go", "level": 4}], goals=["Lead"], roles=["guide"], seniority=5
        )
        network = Network(
            id="n",
            name="N",
            skills=(Skill(id="go", name="Go"),),
            organizations=tuple(Organization(id=f"of-{one}", name=one) for one in "lg"),
            policies=(Policy(id="default"),),
            programs=(program(),),
            members=(learner, guide),
        )
        return NetworkSource.of(network)

    return make


def planned(source):
    return plan_pairs(source, limits=Limits(seconds=10))


def test_each_session_says_why_the_two_were_matched(source):
    schedule, members = schedule_pairs(source(), planned(source()), Occasion(seed=1, changed_at=NOW))
    assert set(members) == {"l", "g"}
    assert len(schedule.sessions) == 4
    for session in schedule.sessions:
        assert "Name g offers what Name l seeks: Go (level 4 of 5)." in session.description
        assert "Goals in common: Lead." in session.description


def test_what_the_learner_hides_is_not_in_any_session(source):
    hidden = source(seeks="organization", goals="coordinators")
    schedule, _ = schedule_pairs(hidden, planned(hidden), Occasion(seed=1, changed_at=NOW))
    assert schedule.sessions
    assert not any("Why you were matched" in session.description for session in schedule.sessions)


def test_a_result_without_an_answer_cancels_nothing(source):
    plan = planned(source())
    schedule, _ = schedule_pairs(source(), plan, Occasion(seed=1, changed_at=NOW))
    nothing = plan.model_copy(update={"status": Outcome.UNKNOWN, "pairs": ()})
    with pytest.raises(InputError, match="nothing is cancelled"):
        schedule_pairs(source(), nothing, Occasion(seed=1, changed_at=NOW, previous=schedule.sessions))


def test_a_result_of_other_profiles_is_refused(source):
    with pytest.raises(InputError, match="other profiles"):
        schedule_pairs(source(goals="organization"), planned(source()), Occasion(seed=1, changed_at=NOW))
