"""Whatever is published, moved, taken back, switched or held elsewhere: calendars that go out are sound."""

from __future__ import annotations

import email
import email.policy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from matcher.domain.feed import FeedGroup, FeedScope
from matcher.domain.session import State
from matcher.domain.settings import Channel
from matcher.service.conferences import set_conference
from matcher.store.sessions import session_id

PAIRS = st.lists(
    st.sampled_from([(learner, guide) for learner in ("ada", "ben") for guide in ("gus", "hal")]),
    unique_by=lambda pair: pair[0],
    max_size=2,
)
PEOPLE = st.lists(st.sampled_from(["ada", "ben", "cem", "dee"]), min_size=2, max_size=4, unique=True)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pairs"), PAIRS),
        st.tuples(st.just("pods"), PEOPLE),
        st.tuples(st.sampled_from(["retract", "days", "held"]), st.none()),
        st.tuples(st.just("switch"), st.sampled_from(["ada", "gus"])),
        st.tuples(st.just("place"), st.booleans()),
    ),
    min_size=1,
    max_size=6,
)
FEEDS = [
    ("ben", FeedScope.MEMBER),
    ("of-ada", FeedScope.ORGANIZATION),
    ("main", FeedScope.PROGRAM),
    (FeedGroup(program="main", kind="mentoring", key=("ada", "gus")), None),
    (FeedGroup(program="main", family="pods", key=("water",)), None),
]


def calendar_of(mail):
    message = email.message_from_bytes(mail.data, policy=email.policy.default)
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    data = part.get_payload(decode=True)
    method = Calendar.from_ical(data)["METHOD"]
    assert part.get_param("method") == str(method)
    return data


def versions(data):
    """(SEQUENCE, STATUS) of each event by UID; a UID stands once."""
    found = Calendar.from_ical(data).walk("VEVENT")
    told = {str(one["UID"]): (one["SEQUENCE"], str(one["STATUS"])) for one in found}
    assert len(told) == len(found)
    return told


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_sequences_never_fall_uids_are_unique_and_every_output_lints(fresh_world, libical, steps):
    here = fresh_world(mails_per_week=1000)
    tokens = [here.subscribe(name, scope=scope)[1] for name, scope in FEEDS]
    here.switch("ada", Channel.INVITES)
    here.switch("gus", Channel.INVITES)
    channels = dict.fromkeys(("ada", "gus"), Channel.INVITES)
    published = []
    seen, mailed, said = {}, {}, {}
    for number, (what, more) in enumerate([("pairs", [("ada", "gus"), ("ben", "hal")]), *steps]):
        here.later(minutes=7)
        if what == "pairs":
            published.append(here.plan(*more))
            here.publish(published[-1], narrow=number % 2 == 1)
        elif what == "pods":
            published.append(here.pods(water=tuple(more)))
            here.publish(published[-1], weekday=3 + number % 2)
        elif what == "retract" and published:
            here.retract(published.pop())
        elif what == "days":
            here.later(days=9)
        elif what == "switch":
            channels[more] = Channel.FEED if channels[more] is Channel.INVITES else Channel.INVITES
            here.switch(more, channels[more])
        elif what == "place":
            coming = [one for one in here.sessions() if one.state is State.SCHEDULED and one.start > here.now]
            if coming:
                with here.database.write() as connection:
                    address = f"https://meet.example.org/{number}"
                    set_conference(connection, "net", session_id(coming[0]), address, more, here.now)
        for token in tokens:
            rendered = here.read(token)
            assert libical(rendered.data) == []
            before = seen.get(token, {})
            now = versions(rendered.data)
            for uid in before.keys() & now.keys():
                assert now[uid][0] >= before[uid][0]
                assert now[uid] == before[uid] or now[uid][0] > before[uid][0]
            assert now or not before  # a feed never becomes empty
            if rendered.data != said.get(token, (b"", ""))[0]:
                assert rendered.etag != said.get(token, (b"", ""))[1]
            seen[token] = {**before, **now}
            said[token] = rendered.data, rendered.etag
        here.send()
        mails = list(here.sender.sent)
        for letter, mail in zip(here.take_letters(), mails, strict=True):
            if letter.uid is None:
                continue
            data = calendar_of(mail)
            assert libical(data) == []
            ((uid, (sequence, _)),) = versions(data).items()
            key = letter.member, uid
            assert sequence > mailed.get(key, -1)
            mailed[key] = sequence
