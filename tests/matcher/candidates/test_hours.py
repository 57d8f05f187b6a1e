"""Hours a month that sessions of other plans take, group by group."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from matcher.candidates.hours import hours_taken
from matcher.domain.network import NetworkHeader
from matcher.domain.policy import Policy
from matcher.domain.program import Cycle, Program

OWN = Program(
    id="own", name="Own", policy="plain", cycle=Cycle(id="c", start=date(2026, 3, 1), end=date(2026, 3, 30))
)
OTHER = OWN.model_copy(update={"id": "p", "policy": "long"})
PLAIN = Policy(id="plain")
LONG = Policy.model_validate(
    {"id": "long", "pairs": {"learner_hours": 3, "guide_hours": 5}, "pods": {"pod_hours": 7},
     "rota": {"turn_minutes": 45}}
)  # fmt: skip


@pytest.fixture
def taken():
    header = NetworkHeader(id="n", name="N", policies=(PLAIN, LONG), programs=(OWN, OTHER))
    return lambda *sessions, **more: dict(hours_taken(header, OWN, sessions, **more))


def pod(session, index, **changes):
    start = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=7 * index)
    values = {"family": "pods", "kind": None, "key": ("water",), "attendees": ("ada", "bo"), **changes}
    return session(**{"start": start, "index": index, **values})


def test_a_pod_takes_what_the_policy_of_its_program_says_however_often_it_meets(taken, session):
    assert taken(*(pod(session, week) for week in range(4))) == {"ada": 7, "bo": 7}
    assert taken(pod(session, 0), pod(session, 0, key=("soil",), program="own")) == {"ada": 9, "bo": 9}
    assert taken(pod(session, 0, program="unknown")) == {"ada": 2, "bo": 2}


def test_what_is_cancelled_or_outside_of_the_cycle_takes_nothing(taken, session):
    assert taken(pod(session, 0, state="cancelled")) == {}
    assert taken(pod(session, 5)) == {}
    assert taken(pod(session, 4)) == {"ada": 7, "bo": 7}


def test_both_sides_of_a_pair_give_their_hours_unless_it_is_counted_elsewhere(taken, session):
    pair = session(index=0)
    assert taken(pair, session(index=1)) == {"ada": 3, "grace": 5}
    assert taken(pair, known={("ada", "grace", "mentoring")}) == {}


def test_who_facilitates_gives_the_preparation_and_a_guest_the_session_too(taken, session):
    roles = {"ada": "lead", "eve": "co"}
    some = [
        pod(session, week, attendees=("ada", "bo", "eve"), roles=roles, guests=("eve",)) for week in range(3)
    ]
    # In 30 days: three times 45 minutes, and three times 105.
    assert taken(*some) == {"ada": 7 + 3, "bo": 7, "eve": 6}


def test_rounds_take_no_hours(taken, session):
    assert taken(pod(session, 0, family="rounds", key=("round-1",))) == {}
