"""A schedule after the one before: what stays, what changes its SEQUENCE, what is cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.errors import InputError, UnknownIdError
from matcher.domain.family import Family
from matcher.domain.policy import Kind
from matcher.domain.session import SessionKey, State
from matcher.domain.session_text import Why
from matcher.planning.sessions.sessions import schedule_sessions

LATER = datetime(2026, 2, 20, tzinfo=UTC)
PAIRS = [("l", "g"), ("k", "g")]


@pytest.fixture
def people(member):
    return [member("l"), member("k"), member("g")]


def of(made, learner):
    return [s for s in made.sessions if s.key[0] == learner]


def test_the_same_again_is_the_same_to_the_last_byte(people, program, schedule):
    first = schedule(PAIRS, people, program())
    again = schedule(
        PAIRS, people, program(), previous=first.sessions, changed_at=LATER, plan="next", seed=99
    )
    assert again.model_dump_json() == first.model_dump_json()


def test_the_order_of_pairs_does_not_matter_and_the_seed_decides_ties(people, program, schedule):
    assert schedule(PAIRS, people, program()) == schedule(PAIRS[::-1], people[::-1], program())
    starts = {schedule(PAIRS, people, program(), seed=seed).sessions[0].start for seed in range(8)}
    assert len(starts) > 3


def test_leave_moves_only_what_it_hits(people, member, program, schedule):
    first = schedule(PAIRS, people, program())
    hit = of(first, "l")[1]
    busy = [{"start": hit.start, "end": hit.end}]
    changed = [member("l", busy=busy), *people[1:]]
    second = schedule(PAIRS, changed, program(), previous=first.sessions, changed_at=LATER)
    assert of(second, "k") == of(first, "k")
    for old, new in zip(of(first, "l"), of(second, "l"), strict=True):
        if old == hit:
            assert new.uid == old.uid
            assert new.start != old.start
            assert (new.sequence, new.changed_at) == (1, LATER)
        else:
            assert new == old


def test_a_week_that_is_lost_is_cancelled_and_given_back_under_the_same_uid(
    people, member, program, schedule
):
    first = schedule(PAIRS, people, program())
    away = [member("l", leave=[{"start": "2026-03-09", "end": "2026-03-15"}]), *people[1:]]
    second = schedule(PAIRS, away, program(), previous=first.sessions, changed_at=LATER)
    lost = of(second, "l")[1]
    assert (lost.state, lost.sequence, lost.start) == (State.CANCELLED, 1, of(first, "l")[1].start)
    assert [u.index for u in second.unscheduled] == [1]
    third = schedule(PAIRS, people, program(), previous=second.sessions, changed_at=LATER + timedelta(days=1))
    back = of(third, "l")[1]
    assert (back.uid, back.state, back.sequence) == (lost.uid, State.SCHEDULED, 2)
    assert [s for s in third.sessions if s.uid != back.uid] == [
        s for s in first.sessions if s.uid != back.uid
    ]


def test_a_dropped_pair_is_cancelled_once(people, program, schedule):
    first = schedule(PAIRS, people, program(), plan="one")
    second = schedule(PAIRS[:1], people, program(), previous=first.sessions, changed_at=LATER, plan="two")
    assert of(second, "l") == of(first, "l")
    for old, new in zip(of(first, "k"), of(second, "k"), strict=True):
        assert (new.state, new.sequence, new.changed_at) == (State.CANCELLED, old.sequence + 1, LATER)
        assert (new.uid, new.start, new.plan) == (old.uid, old.start, "two")
    third = schedule(
        PAIRS[:1], people, program(), previous=second.sessions, changed_at=LATER + timedelta(days=9)
    )
    assert third.sessions == second.sessions
    fourth = schedule(
        PAIRS, people, program(), previous=third.sessions, changed_at=LATER + timedelta(days=10)
    )
    assert {s.sequence for s in of(fourth, "k")} == {2}
    assert {s.uid for s in of(fourth, "k")} == {s.uid for s in of(first, "k")}


def test_new_text_is_not_a_new_sequence(people, program, schedule):
    first = schedule(PAIRS, people, program())
    why = {("l", "g"): Why(text="- Both like rust.")}
    second = schedule(PAIRS, people, program(), previous=first.sessions, changed_at=LATER, why=why)
    assert {(s.sequence, s.changed_at) for s in of(second, "l")} == {(0, LATER)}
    assert all("Both like rust" in s.description for s in of(second, "l"))
    assert of(second, "k") == of(first, "k")


def test_a_guide_who_moves_to_another_zone_changes_the_stated_time(people, member, program, schedule):
    first = schedule(PAIRS[:1], people, program())
    moved = [people[0], people[1], member("g", "Europe/London", "0-24", night_ok=True, days=range(1, 8))]
    second = schedule(PAIRS[:1], moved, program(), previous=first.sessions, changed_at=LATER)
    assert [(s.start, s.sequence, s.time_zone) for s in second.sessions] == [
        (s.start, 1, "Europe/London") for s in first.sessions
    ]


def test_what_has_begun_is_not_touched_and_nothing_new_is_put_there(people, member, program, schedule):
    first = schedule(PAIRS[:1], people, program())
    now = first.sessions[1].start + timedelta(minutes=1)
    nobody = [member("l", hours=""), *people[1:]]
    second = schedule(
        PAIRS, nobody, program(), previous=first.sessions, changed_at=now, not_before=now, seed=3
    )
    assert of(second, "l")[:2] == of(first, "l")[:2]
    assert {s.state for s in of(second, "l")[2:]} == {State.CANCELLED}
    assert all(s.start >= now for s in of(second, "k"))
    assert [s.index for s in of(second, "k")][-2:] == [2, 3]
    gone = schedule([], people, program(), previous=first.sessions, changed_at=now, not_before=now)
    assert gone.sessions[:2] == first.sessions[:2]
    assert {s.state for s in gone.sessions[2:]} == {State.CANCELLED}


def test_changed_at_never_goes_back(people, program, schedule):
    first = schedule(PAIRS, people, program(), changed_at=LATER)
    second = schedule([], people, program(), previous=first.sessions, changed_at=LATER - timedelta(days=3))
    assert {s.changed_at for s in second.sessions} == {LATER}


def test_a_new_pair_fits_around_what_stands(people, member, program, schedule):
    guide = member("g", hours="9-12", days=[1])
    first = schedule([("l", "g")], [people[0], guide], program())
    second = schedule(PAIRS, [*people[:2], guide], program(), previous=first.sessions, changed_at=LATER)
    assert of(second, "l") == list(first.sessions)
    assert len(of(second, "k")) in (0, 4)


def test_a_uid_is_made_of_the_identity_alone():
    key = SessionKey(network="n", program="p", cycle="c", kind="mentoring", key=("a", "b"), index=0)
    assert key.make_uid() == "274fc82b2b8278c10a9204eddcaf7aec@peerloom"
    others = [
        {"network": "m"},
        {"program": "q"},
        {"cycle": "d"},
        {"kind": Kind.SHADOWING},
        {"key": ("x", "b")},
        {"key": ("a", "x")},
        {"index": 1},
        {"key": ("b", "a")},
        {"family": Family.PODS, "kind": None, "key": ("a",)},
        {"family": Family.PODS, "kind": None, "key": ("b",)},
        {"program": 'p","c'},
    ]
    uids = {key.model_copy(update=change).make_uid() for change in [{}, *others]}
    assert len(uids) == 12
    assert key.make_uid("match.example.org").endswith("@match.example.org")


def test_a_uid_does_not_depend_on_time_text_or_people_around(people, member, program, schedule):
    first = schedule(PAIRS, people, program())
    other = schedule(
        [("l", "g")], [member("l", name="New Name", hours="13-15"), people[2]], program(), seed=5
    )
    assert [s.uid for s in other.sessions] == [s.uid for s in of(first, "l")]
    assert [s.start for s in other.sessions] != [s.start for s in of(first, "l")]


def test_wrong_input_is_refused_in_words(people, program, schedule):
    members = {person.id: person for person in people}

    def run(pairs, **options):
        schedule_sessions(pairs, members, program(), **{"seed": 1, "changed_at": LATER, **options})

    with pytest.raises(UnknownIdError, match="no member 'nobody'"):
        run([("nobody", "g")])
    with pytest.raises(InputError) as told:
        run([("l", "g"), ("l", "g"), ("g", "g")])
    assert [fault.path for fault in told.value.faults] == ["pairs[1]", "pairs[2]"]
    other = schedule([("l", "g")], people, program(), network="elsewhere")
    with pytest.raises(InputError) as told:
        run([("l", "g")], previous=other.sessions)
    assert told.value.faults[0].path == "previous[0]"
    with pytest.raises(InputError, match="offset"):
        run([("l", "g")], changed_at=datetime(2026, 1, 1))
