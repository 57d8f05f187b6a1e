"""A yes from both sides: who is asked, reminders and deadlines by the clock, what publication waits for."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from matcher.domain.settings import AcceptanceSettings
from matcher.service.acceptance import (
    Closed,
    Links,
    ask_people,
    chase,
    give_answer,
    look_up,
    publishable,
    standing_of,
)
from matcher.service.dispatcher import run_once
from matcher.service.edits import approve_plan
from matcher.service.publication import publish
from matcher.service.questions import asked
from matcher.settings import Settings
from matcher.store.acceptances import acceptances_of
from matcher.store.errors import Conflict, NotFound
from matcher.store.jobs import cancel_job, list_jobs
from matcher.store.networks import find_network
from matcher.store.plans import find_plan
from matcher.wiring import Services

LINKS = Links("http://here.example", "a long random text")
PAIRS = (("ada", "gus"), ("ben", "hal"))


class Asking:
    """A world in which a plan waits for answers."""

    def __init__(self, world, *pairs, secret="a long random text", **settings):
        needed = AcceptanceSettings(needed=True, days=7, remind_after_days=4)
        self.here = world(acceptance=needed, **settings)
        given = Settings(secret=secret, base_url="http://here.example", mail="console")
        self.services = Services(given, self.here.database, lambda: self.here.now)
        self.plan = self.here.plan(*(pairs or PAIRS), state="proposed")

    def approve(self):
        approve_plan(self.services, "net", self.plan, None)
        return self

    def send(self):
        run_once(self.services, self.here.sender, "me")
        sent, self.here.sender.sent = self.here.sender.sent, []
        return sent

    def rows(self):
        with self.here.database.read() as connection:
            return acceptances_of(connection, "net", self.plan)

    def states(self):
        return {one.member: one.state for one in self.rows()}

    def token(self, member, links=LINKS):
        return links.token(next(one for one in self.rows() if one.member == member))

    def say(self, member, answer, note=""):
        with self.here.database.write() as connection:
            return give_answer(connection, LINKS, self.token(member), answer, note, self.here.now)

    def allowed(self, accepted_only=False):
        with self.here.database.read() as connection:
            row = find_plan(connection, "net", self.plan)
            return publishable(connection, find_network(connection, "net"), row, accepted_only)

    def publish(self, accepted_only=False):
        schedule, previous = self.here.schedule(self.plan)
        pairs = self.allowed(accepted_only)
        kept = [one for one in schedule.sessions if one.key in pairs]
        schedule = schedule.model_copy(update={"sessions": tuple(kept)})
        with self.here.database.write() as connection:
            plan = find_plan(connection, "net", self.plan)
            publish(connection, plan, schedule, previous, self.here.now, pairs)

    def runs(self):
        with self.here.database.read() as connection:
            return list_jobs(connection, "net", "", 100, kind="resolve")


def text_of(mail):
    return message_from_bytes(mail.data, policy=default).get_body(("plain",)).get_content()


def test_approval_asks_both_sides_by_a_signed_link(world):
    it = Asking(world).approve()
    sent = {mail.recipient: text_of(mail) for mail in it.send()}
    assert set(sent) == {f"{one}@mail.example" for one in ("ada", "gus", "ben", "hal")}
    address = re.search(r"http://here\.example/answer/(\S+)", sent["ada@mail.example"])
    assert address[1] == it.token("ada")
    assert "learn from Gus" in sent["ada@mail.example"]
    assert "guide Ada" in sent["gus@mail.example"]
    assert len({it.token(one) for one in ("ada", "gus", "ben", "hal")}) == 4
    assert it.send() == []


def test_without_a_secret_nothing_is_approved(world):
    it = Asking(world, secret="")
    with pytest.raises(Conflict, match="PEERLOOM_SECRET"):
        it.approve()
    assert it.here.state(it.plan) == "proposed"
    assert it.rows() == it.here.mails() == []


def test_without_the_setting_nobody_is_asked(world):
    it = Asking(world)
    it.here.change(acceptance=AcceptanceSettings())
    it.approve()
    assert (it.rows(), it.allowed()) == ([], None)


def test_publication_waits_until_both_said_yes(world):
    it = Asking(world).approve()
    for number, person in enumerate(("ada", "gus", "ben")):
        with pytest.raises(Conflict, match=f"{2 if number < 2 else 1} pairs? of the plan"):
            it.allowed()
        it.say(person, "yes")
    assert it.allowed(accepted_only=True) == [("ada", "gus")]
    it.say("hal", "yes")
    assert it.allowed() == list(PAIRS)
    it.publish()
    assert {one.key for one in it.here.sessions()} == set(PAIRS)
    with pytest.raises(Closed, match="not asked"):
        it.say("hal", "no")


def test_those_who_accepted_may_go_first(world):
    it = Asking(world).approve()
    it.say("ada", "yes")
    it.say("gus", "yes")
    it.publish(accepted_only=True)
    assert {one.key for one in it.here.sessions()} == {("ada", "gus")}
    assert it.here.state(it.plan) == "published"


def test_answers_that_change_while_times_are_found_stop_the_publication(world):
    it = Asking(world, ("ada", "gus")).approve()
    it.say("ada", "yes")
    it.say("gus", "yes")
    schedule, previous = it.here.schedule(it.plan)
    it.say("gus", "no")
    for job in it.runs():
        with it.here.database.write() as connection:
            cancel_job(connection, "net", job.id, "drop", it.here.now)
    with it.here.database.write() as connection:
        plan, pairs = find_plan(connection, "net", it.plan), [("ada", "gus")]
        with pytest.raises(Conflict, match="changed their answers"):
            publish(connection, plan, schedule, previous, it.here.now, pairs)
    assert it.here.sessions() == []


def test_pairs_that_run_are_not_asked_again(world):
    it = Asking(world).approve()
    for person in ("ada", "gus", "ben", "hal"):
        it.say(person, "yes")
    it.publish()
    it.plan = it.here.plan(("ada", "gus"), ("cem", "hal"), state="proposed")
    it.approve()
    assert {one.series for one in it.rows()} == {("cem", "hal")}
    assert it.allowed(accepted_only=True) == [("ada", "gus")]


def test_one_no_takes_the_pair_out_and_queues_one_run(world):
    it = Asking(world).approve()
    it.say("gus", "no", "no time")
    it.say("hal", "no")
    (run,) = it.runs()
    assert (run.request["plan"], run.state) == (it.plan, "queued")
    assert next(one.note for one in it.rows() if one.member == "gus") == "no time"
    with pytest.raises(Conflict, match=run.id):
        it.allowed(accepted_only=True)


def test_the_same_answer_again_is_fine_and_another_one_counts_instead(world):
    it = Asking(world).approve()
    first = it.say("ada", "yes")
    it.here.later(hours=1)
    assert it.say("ada", "yes") == first
    it.say("ada", "no")
    assert it.states()["ada"] == "no"
    it.say("ada", "yes")
    assert it.states()["ada"] == "yes"


def test_a_reminder_goes_once_to_those_who_did_not_answer(world):
    it = Asking(world).approve()
    it.send()
    it.say("ada", "yes")
    it.say("ben", "no")
    it.here.later(days=3, hours=23)
    assert it.send() == []
    it.here.later(hours=1)
    (mail,) = it.send()  # hal's pair is out, gus has to answer
    assert mail.recipient == "gus@mail.example"
    assert "You have not answered yet." in text_of(mail)
    it.here.later(days=1)
    assert it.send() == []


def test_what_is_open_at_the_deadline_expires(world):
    it = Asking(world).approve()
    it.say("ada", "yes")
    it.say("gus", "yes")
    it.here.later(days=6, hours=23)
    chase(it.here.database, it.here.now)
    assert it.states()["ben"] == "open"
    assert it.runs() == []
    it.here.later(hours=1)
    with pytest.raises(Closed, match="over"):
        it.say("ben", "yes")
    assert chase(it.here.database, it.here.now) == 2
    assert it.states() == {"ada": "yes", "gus": "yes", "ben": "expired", "hal": "expired"}
    assert len(it.runs()) == 1
    assert chase(it.here.database, it.here.now) == 0
    with pytest.raises(Closed):
        it.say("ada", "no")


def test_questions_of_a_plan_that_was_put_away_are_not_sent(world):
    it = Asking(world, hold_minutes=60).approve()
    it.here.set_state(it.plan, "discarded")
    it.here.later(hours=2)
    assert it.send() == []
    assert {mail.state for mail in it.here.mails()} == {"withdrawn"}
    with pytest.raises(Closed):
        it.say("ada", "yes")


def test_a_forged_token_answers_nothing(world):
    it = Asking(world).approve()
    token = it.token("ada")
    other = it.token("gus")
    row = next(one for one in it.rows() if one.member == "ada")
    forged = [
        LINKS.token(replace(row, network="other")),
        LINKS.token(replace(row, plan="plan-0")),
        LINKS.token(replace(row, member="gus")),
        token[:-1] + ("A" if token[-1] != "A" else "Q"),
        token.partition(".")[0],
        f"{token.partition('.')[0]}.{other.partition('.')[2]}",
        it.token("ada", Links("http://here.example", "another text")),
        "", "ask_1.é",
    ]  # fmt: skip
    for text in forged:
        with it.here.database.read() as connection, pytest.raises(NotFound):
            look_up(connection, LINKS, text, it.here.now)
        with it.here.database.read() as connection, pytest.raises(NotFound):
            look_up(connection, Links("http://here.example", ""), token, it.here.now)


def test_the_page_shows_what_the_reader_may_see(world):
    it = Asking(world, ("ada", "gus")).approve()
    with it.here.database.read() as connection:
        shown = asked(connection, *look_up(connection, LINKS, it.token("ada"), it.here.now))
    assert (shown.name, shown.would, shown.program) == ("Ada", "learn from Gus", "Main")
    assert shown.until == "Tue, 8 Sept 2026, 14:00 (Europe/Berlin)"


class AskingPods(Asking):
    """A world in which a plan of pods waits for answers."""

    def __init__(self, world, **pods):
        needed = AcceptanceSettings(needed=True, families=("pods",))
        self.here = world(acceptance=needed)
        given = Settings(secret="a long random text", base_url="http://here.example", mail="console")
        self.services = Services(given, self.here.database, lambda: self.here.now)
        self.plan = self.here.pods(state="proposed", **pods)


def test_each_member_of_a_pod_is_asked_and_one_no_holds_that_pod_back(world):
    it = AskingPods(world, water=("ada", "ben", "cem"), food=("dee", "gus"))
    it.approve()
    sent = {mail.recipient: text_of(mail) for mail in it.send()}
    assert set(sent) == {f"{one}@mail.example" for one in ("ada", "ben", "cem", "dee", "gus")}
    assert "work on Water with Ben, Cem" in sent["ada@mail.example"]
    for person in ("ada", "ben", "dee", "gus"):
        it.say(person, "yes")
    with pytest.raises(Conflict, match="1 pods of the plan"):
        it.allowed()
    assert it.allowed(accepted_only=True) == [("food",)]
    it.say("cem", "no")
    (job,) = it.runs()
    assert (job.request["family"], job.request["plan"]) == ("pods", it.plan)
    with it.here.database.read() as connection:
        stands = standing_of(connection, find_plan(connection, "net", it.plan))
    assert (stands.declined, stands.refused) == ({("water",)}, {(("water",), "cem")})
    assert stands.accepted == {("food",)}


def test_a_pod_is_whole_again_when_its_refused_seat_is_gone(world):
    it = AskingPods(world, water=("ada", "ben", "cem"))
    it.approve()
    for person, answer in (("ada", "yes"), ("ben", "yes"), ("cem", "no")):
        it.say(person, answer)
    it.here.reseat(it.plan, "water", "ada", "ben", "dee")
    with it.here.database.write() as connection:
        plan, network = find_plan(connection, "net", it.plan), find_network(connection, "net")
        assert ask_people(connection, network, plan, it.here.now) == 1
    assert it.states() == {"ada": "yes", "ben": "yes", "cem": "no", "dee": "open"}
    it.say("dee", "yes")
    with it.here.database.read() as connection:
        assert standing_of(connection, plan).accepted == {("water",)}
    with pytest.raises(Closed, match="not asked"):
        it.say("cem", "yes")


def test_without_pods_among_the_families_nobody_of_a_pod_is_asked(world):
    it = AskingPods(world, water=("ada", "ben", "cem"))
    it.here.change(acceptance=AcceptanceSettings(needed=True))
    it.approve()
    assert (it.rows(), it.allowed()) == ([], None)
