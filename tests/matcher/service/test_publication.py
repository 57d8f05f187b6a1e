"""Publication and retraction: one transaction, stable UIDs, exactly the people concerned."""

from __future__ import annotations

import itertools
import json
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from matcher.domain.member import Status
from matcher.domain.session import State
from matcher.domain.settings import Channel
from matcher.service.publication import publish, request_publication
from matcher.settings import Settings
from matcher.store.documents import write_document
from matcher.store.errors import Conflict, Stale
from matcher.store.plans import find_plan
from matcher.store.recipients import recipients
from matcher.store.sessions import list_unscheduled
from matcher.store.tables import feed_contents, members, running_pairs
from matcher.wiring import Services


def by_uid(sessions):
    return {one.uid: one for one in sessions}


def versions(world):
    """How often each member's feed changed, of those that did."""
    with world.database.read() as connection:
        query = select(feed_contents.c.member, feed_contents.c.version - 1)
        return dict(connection.execute(query.where(feed_contents.c.version > 1)).all())


def subscribed(world):
    """A world in which everybody has a feed."""
    here = world()
    for one in here.network.members:
        here.subscribe(one.id)
    return here


def running(world):
    with world.database.read() as connection:
        query = select(running_pairs.c.learner, running_pairs.c.guide, running_pairs.c.plan)
        return {(learner, guide): plan for learner, guide, plan in connection.execute(query)}


def history(world, tmp_path):
    path = tmp_path / "net.json"
    with world.database.read() as connection:
        write_document(connection, "net", path)
    return [
        (one["learner"], one["guide"], one.get("cycles_ago", 1))
        for one in json.loads(path.read_text()).get("ended", [])
    ]


def test_publication_makes_sessions_running_pairs_and_tells_the_people(world):
    here = subscribed(world)
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    done = here.publish(one)
    assert (done["sessions"], done["changed"], done["unscheduled"], done["mails"]) == (4, 4, 0, 0)
    assert here.state(one) == "published"
    sessions = here.sessions()
    assert {(*s.key, s.index, s.sequence, s.plan) for s in sessions} == {
        (learner, guide, index, 0, one)
        for learner, guide in (("ada", "gus"), ("ben", "hal"))
        for index in (0, 1)
    }
    assert versions(here) == dict.fromkeys(("ada", "ben", "gus", "hal"), 1)
    assert running(here) == {("ada", "gus"): one, ("ben", "hal"): one}


def test_a_plan_that_replaces_another_moves_only_what_differs(world):
    here = subscribed(world)
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(one)
    before = by_uid(here.sessions())
    here.later(hours=1)
    two = here.plan(("ada", "gus"), ("ben", "ivy"))
    done = here.publish(two)
    assert (here.state(one), here.state(two), done["superseded"]) == ("superseded", "published", one)
    after = by_uid(here.sessions())
    assert before.keys() < after.keys()
    for uid, session in before.items():
        if session.key[0] == "ada":
            assert after[uid] == session
        else:
            assert (after[uid].state, after[uid].sequence) == (State.CANCELLED, 1)
    assert versions(here) == {"ada": 1, "gus": 1, "ben": 2, "hal": 2, "ivy": 1}
    assert running(here) == {("ada", "gus"): two, ("ben", "ivy"): two}


def test_the_same_plan_again_tells_nobody(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    before, told = here.sessions(), versions(here)
    here.later(days=1)
    assert here.publish(here.plan(("ada", "gus")))["changed"] == 0
    assert (here.sessions(), versions(here)) == (before, told)


def test_retraction_cancels_a_first_plan_under_its_own_uids(world):
    here = world()
    one = here.plan(("ada", "gus"))
    here.publish(one)
    before = by_uid(here.sessions())
    here.later(hours=1)
    done = here.retract(one)
    assert (done["cancelled"], done["restored"], done["published_again"]) == (2, 0, None)
    after = by_uid(here.sessions())
    assert after.keys() == before.keys()
    assert {(s.state, s.sequence) for s in after.values()} == {(State.CANCELLED, 1)}
    assert (here.state(one), running(here)) == ("retracted", {})
    with pytest.raises(Conflict, match="only a published plan"):
        here.retract(one)


def test_retraction_restores_the_plan_before(world):
    here = subscribed(world)
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    here.publish(one)
    first = by_uid(here.sessions())
    here.later(hours=1)
    two = here.plan(("ada", "gus"), ("ben", "ivy"))
    here.publish(two)
    told = versions(here)
    here.later(hours=1)
    done = here.retract(two)
    assert (here.state(one), here.state(two)) == ("published", "retracted")
    assert (done["restored"], done["cancelled"], done["published_again"]) == (2, 2, one)
    after = by_uid(here.sessions())
    for uid, session in first.items():
        now = after[uid]
        assert (now.start, now.end, now.state) == (session.start, session.end, State.SCHEDULED)
        assert now.sequence == (2 if session.key[0] == "ben" else 0)
    assert all(after[uid].state is State.CANCELLED for uid in after.keys() - first.keys())
    assert running(here) == {("ada", "gus"): one, ("ben", "hal"): one}
    assert {person for person, count in versions(here).items() if count > told[person]} == {
        "ben",
        "hal",
        "ivy",
    }
    here.later(hours=1)
    here.retract(one)
    assert {s.state for s in here.sessions()} == {State.CANCELLED}
    assert running(here) == {}


def test_what_has_begun_stays_when_a_plan_is_taken_back(world):
    here = world()
    one = here.plan(("ada", "gus"))
    here.publish(one)
    first, second = here.sessions()
    here.now = first.start
    assert here.retract(one)["cancelled"] == 1
    after = by_uid(here.sessions())
    assert after[first.uid] == first
    assert after[second.uid].state is State.CANCELLED


def test_a_restored_session_whose_time_is_taken_stays_cancelled(world):
    here = world()
    here.publish(here.plan(("ada", "gus")), narrow=True)
    old = here.sessions()
    two = here.plan(("ben", "hal"))
    here.publish(two)
    here.publish(here.plan(("ada", "ivy"), program="second"), narrow=True)
    assert {s.start for s in here.sessions(program="second")} == {s.start for s in old}
    done = here.retract(two)
    assert (done["without_time"], done["restored"]) == (2, 0)
    after = by_uid(here.sessions())
    assert all(after[s.uid].state is State.CANCELLED for s in old)


def test_programs_do_not_double_book_a_member(world):
    here = world()
    here.publish(here.plan(("ada", "gus")))
    here.publish(here.plan(("ada", "hal"), ("ben", "gus"), program="second"))
    sessions = sorted(here.sessions(member="ada"), key=lambda s: s.start)
    assert len(sessions) == 4
    assert all(a.end <= b.start for a, b in itertools.pairwise(sessions))


def test_a_schedule_that_was_made_before_another_publication_is_refused_and_nothing_is_stored(world):
    here = world()
    slow = here.plan(("ada", "gus"))
    schedule, previous = here.schedule(slow, narrow=True)
    here.publish(here.plan(("ada", "hal"), program="second"), narrow=True)
    before = here.sessions()
    with pytest.raises(Conflict, match="publish again"), here.database.write() as connection:
        publish(connection, find_plan(connection, "net", slow), schedule, previous, here.now)
    assert (here.sessions(), here.state(slow)) == (before, "approved")
    here.publish(here.plan(("ben", "hal")))
    with pytest.raises(Conflict, match="changed meanwhile"), here.database.write() as connection:
        publish(connection, find_plan(connection, "net", slow), schedule, previous, here.now)


def test_two_programs_published_at_once_do_not_double_book(world):
    here = world()
    plans = here.plan(("ada", "gus")), here.plan(("ada", "hal"), program="second")
    made = [here.schedule(one, narrow=True) for one in plans]
    refused = []
    ready = threading.Barrier(2)

    def run(identifier, schedule, previous):
        ready.wait()
        try:
            with here.database.write() as connection:
                publish(connection, find_plan(connection, "net", identifier), schedule, previous, here.now)
        except Conflict:
            refused.append(identifier)

    threads = [
        threading.Thread(target=run, args=(one, *known)) for one, known in zip(plans, made, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sorted(map(here.state, plans)) == ["approved", "published"]
    assert len(here.sessions(member="ada")) == 2


def test_a_publication_that_breaks_off_stores_nothing(world, monkeypatch):
    here = world()
    one = here.plan(("ada", "gus"))
    here.publish(one)
    before = here.sessions(), versions(here), running(here), here.mails()
    two = here.plan(("ben", "gus"))

    def broken(*_):
        raise OSError("the machine is gone")

    monkeypatch.setattr("matcher.service.publication.announce", broken)
    with pytest.raises(OSError):
        here.publish(two)
    assert (here.sessions(), versions(here), running(here), here.mails()) == before
    assert (here.state(one), here.state(two)) == ("published", "approved")


def test_what_finds_no_time_is_kept_with_the_reason(world):
    here = world()
    one = here.plan(("ada", "gus"), ("ben", "hal"))
    assert here.publish(one, avoid=("hal",))["unscheduled"] == 1
    with here.database.read() as connection:
        ((number, found),) = list_unscheduled(connection, "net", one, -1, 10)
    assert (number, found.key, found.reason) == (0, ("ben", "hal"), "no_availability")


def test_people_who_left_since_stop_a_publication(world):
    here = world()
    one = here.plan(("ada", "gus"))
    with here.database.write() as connection:
        body = recipients(connection, "net", ["gus"])["gus"].member.model_copy(update={"status": Status.LEFT})
        connection.execute(
            update(members)
            .where(members.c.id == "gus")
            .values(body=body.model_dump_json(exclude_defaults=True))
        )
    with pytest.raises(Conflict, match="gus left the network"):
        here.publish(one)


@pytest.mark.parametrize("state", ["proposed", "published", "superseded", "retracted", "discarded"])
def test_only_approved_plans_are_published(world, tmp_path, state):
    here = world()
    services = Services(Settings(data=tmp_path), here.database, lambda: here.now)
    one = here.plan(("ada", "gus"))
    with pytest.raises(Stale):
        request_publication(services, "net", one, 7)
    assert request_publication(services, "net", one, 1).kind == "schedule"
    here.set_state(one, state)
    with pytest.raises(Conflict, match=f"is {state}"):
        request_publication(services, "net", one, None)


def test_pairs_of_a_cycle_that_is_over_become_history_and_grow_older(world, tmp_path):
    here = world()
    here.publish(here.plan(("ada", "gus"), ("ben", "hal")))
    here.publish(here.plan(("ada", "gus"), ("cem", "hal")))
    assert history(here, tmp_path) == []  # within the cycle nothing is over
    winter = here.plan(("ada", "gus"), ("ben", "ivy"), cycle="winter")
    here.publish(winter)
    assert history(here, tmp_path) == [("cem", "hal", 1)]
    spring = here.plan(("ada", "gus"), cycle="spring")
    here.publish(spring)
    assert history(here, tmp_path) == [("cem", "hal", 2), ("ben", "ivy", 1)]
    here.retract(spring)
    assert history(here, tmp_path) == [("cem", "hal", 1)]
    assert running(here) == {("ada", "gus"): winter, ("ben", "ivy"): winter}


PAIRS = st.lists(
    st.sampled_from([(learner, guide) for learner in ("ada", "ben", "cem") for guide in ("gus", "hal")]),
    unique_by=lambda pair: pair[0],
    max_size=3,
)
STEPS = st.lists(
    st.one_of(PAIRS, st.sampled_from(["retract", "send"]), st.sampled_from(["ada", "gus"])),
    min_size=1,
    max_size=7,
)
OTHER = {Channel.INVITES: Channel.FEED, Channel.FEED: Channel.INVITES}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_uids_stay_sequences_grow_and_mailboxes_agree_with_sessions(fresh_world, steps):
    here = fresh_world(channel="invites")
    published, inbox, concerned = [], {}, set()
    channels = dict.fromkeys(("ada", "gus"), Channel.INVITES)
    for number, step in enumerate([[("ada", "gus"), ("ben", "hal")], "send", *steps, "send"]):
        here.later(minutes=1)
        before = by_uid(here.sessions())
        if isinstance(step, list):
            published.append(here.plan(*step))
            here.publish(published[-1], narrow=number % 2 == 1)
        elif step == "retract" and published:
            here.retract(published.pop())
        elif step in channels:
            channels[step] = OTHER[channels[step]]
            here.switch(step, channels[step])
            concerned.add(step)
        after = by_uid(here.sessions())
        assert before.keys() <= after.keys()
        changed = {uid for uid in after if before.get(uid) != after[uid]}
        for uid in changed & before.keys():
            old, new = before[uid], after[uid]
            moved = (old.start, old.end, old.state) != (new.start, new.end, new.state)
            assert new.sequence == old.sequence + moved
        concerned |= {person for uid in changed for person in after[uid].attendees}
        if step != "send":
            continue
        here.send()
        told = set()
        for letter in here.take_letters():
            key = letter.member, letter.uid
            assert letter.member in concerned
            assert letter.member in after[letter.uid].attendees
            assert key not in told  # however much changed since the last time, one mail says it
            told.add(key)
            assert key not in inbox or letter.sequence > inbox[key].sequence
            inbox[key] = letter
        concerned.clear()
        wanted = {
            (person, uid): session.start
            for uid, session in after.items()
            for person in session.attendees
            if session.state is State.SCHEDULED and channels.get(person, Channel.INVITES) is Channel.INVITES
        }
        assert {key: one.starts_at for key, one in inbox.items() if one.kind == "request"} == wanted
