"""A network with people and a program, plans of any pairs, and what follows from publishing them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from matcher.documents.read import NetworkSource
from matcher.domain.family import Family
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.pods_plan import PlanPod, PodSeat
from matcher.domain.policy import Kind
from matcher.domain.session import WeeklySlot
from matcher.domain.settings import NetworkSettings
from matcher.mail.message import Outgoing
from matcher.planning.sessions.groups import schedule_groups
from matcher.planning.sessions.meetings import Group
from matcher.planning.sessions.sessions import schedule_sessions
from matcher.service.channels import set_channel
from matcher.service.feeds import read_feed, subscribe
from matcher.service.mailing import send_all
from matcher.service.publication import publish, scope_of
from matcher.service.retraction import retract
from matcher.store.database import Database
from matcher.store.documents import header_of, store_document
from matcher.store.networks import add_network, change_network
from matcher.store.outbox import list_mails
from matcher.store.plans import change_plan, find_plan, series_of, series_values
from matcher.store.recipients import recipients
from matcher.store.sessions import SessionFilter, commitments, list_sessions, sessions_in
from matcher.store.tables import members, plan_seats, plan_series, plans, snapshots

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
PEOPLE = ("ada", "ben", "cem", "dee", "gus", "hal", "ivy")


def member(identifier, zone="Europe/Berlin"):
    spans = [{"day": day, "start": "09:00", "end": "17:00"} for day in range(1, 6)]
    return {
        "id": identifier, "name": identifier.title(), "organization": f"of-{identifier}", "time_zone": zone,
        "email": f"{identifier}@mail.example", "availability": spans, "roles": ["learner", "guide"],
    }  # fmt: skip


def document(start="2026-09-07", end="2026-10-04"):
    cycle = {"id": "autumn", "start": start, "end": end, "session_minutes": 60}
    program = {"id": "main", "name": "Main", "cycle": cycle, "policy": "default"}
    return {
        "format": "peerloom-network/1", "id": "net", "name": "Net",
        "organizations": [{"id": f"of-{one}", "name": one, "country": "DE"} for one in PEOPLE],
        "programs": [program, {**program, "id": "second", "name": "Second"}],
        "members": [member(one) for one in PEOPLE],
    }  # fmt: skip


def pod(name, people):
    """A pod as a plan lists it."""
    seats = tuple(PodSeat(member=one, points=100) for one in people)
    return PlanPod(pod=name, kind="problem", title=name.title(), points=500, seats=seats).model_dump_json()


class Recorder:
    """A sender that keeps what it is given; `fault`: raised instead."""

    def __init__(self):
        self.sent: list[Outgoing] = []
        self.fault = None
        self.closed = 0

    def send(self, mail):
        if self.fault is not None:
            raise self.fault
        self.sent.append(mail)

    def close(self):
        self.closed += 1


class World:
    """One network. Every plan is approved when it is made; times are those of `now`."""

    def __init__(self, database, cycle=(), **settings):
        self.database = database
        self.now = NOW
        self.sender = Recorder()
        self.settings = NetworkSettings(**{"hold_minutes": 0, "quiet_hours": None, **settings})
        network = Network.model_validate(document(*cycle))
        with database.write() as connection:
            add_network(connection, "net", "Net", self.settings, NOW)
            store_document(connection, NetworkSource.of(network), NOW)
            connection.execute(
                insert(snapshots).values(network_id="net", sha256="0" * 64, body=b"", created_at=NOW)
            )
        self.made = 0

    def later(self, **span):
        self.now += timedelta(**span)

    def change(self, **settings):
        self.settings = self.settings.model_copy(update=settings)
        with self.database.write() as connection:
            change_network(connection, "net", "Net", self.settings, self.now)

    def plan(self, *pairs, program="main", cycle="autumn", state="approved"):
        """A plan of pairs."""
        made = {pair: pair for pair in pairs}
        return self._plan(made, program, cycle, state, {"family": "pairs", "kind": "mentoring"})

    def pods(self, program="main", cycle="autumn", state="approved", **pods):
        """A plan of pods: the id of each and its members."""
        made = {(name,): people for name, people in pods.items()}
        return self._plan(made, program, cycle, state, {"family": "pods", "kind": ""})

    def _plan(self, series, program, cycle, state, what):
        self.made += 1
        identifier = f"plan-{self.made}"
        row = {
            "network_id": "net", "id": identifier, "program": program, "cycle": cycle, **what,
            "policy": "default", "policy_version": 1, "state": state, "status": "optimal", "sentence": "s",
            "snapshot": "0" * 64, "created_at": self.now, "changed_at": self.now,
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(plans).values(row))
            for key, people in series.items():
                own = {"network_id": "net", "plan": identifier, **series_values(key)}
                body = "{}" if len(key) > 1 else pod(*key, people)
                connection.execute(insert(plan_series).values(**own, points=500, body=body))
                for one in people:
                    connection.execute(insert(plan_seats).values(**own, member=one))
        return identifier

    def reseat(self, identifier, pod, *people):
        """Put these people into a pod of a plan, as a further revision would."""
        own = {"network_id": "net", "plan": identifier, **series_values((pod,))}
        mine = (plan_seats.c.plan == identifier) & (plan_seats.c.key == pod)
        with self.database.write() as connection:
            connection.execute(delete(plan_seats).where(mine))
            for one in people:
                connection.execute(insert(plan_seats).values(**own, member=one))

    def schedule(self, identifier, seed=1, avoid=(), narrow=False, weekday=3, hour=10):
        """What the job would compute, and the sessions that it knew. `avoid`: members who are never free;
        `narrow`: everybody is free on Mondays from nine to ten only. Pods meet on `weekday` at `hour` in
        Berlin, with a quorum of two."""
        with self.database.read() as connection:
            plan = find_plan(connection, "net", identifier)
            scope = scope_of(plan)
            previous = sessions_in(connection, "net", scope)
            taken = commitments(connection, "net", scope, self.now)
            header = header_of(connection, "net")
            people = {one.id: one.member for one in recipients(connection, "net", PEOPLE).values()}
            keys = series_of(connection, "net", identifier)
            query = select(plan_seats.c.key, plan_seats.c.member).where(plan_seats.c.plan == identifier)
            seats = connection.execute(query.order_by(plan_seats.c.member)).all()
        program = next(one for one in header.programs if one.id == plan.program)
        program = program.model_copy(update={"cycle": program.cycle.model_copy(update={"id": plan.cycle})})
        for one in avoid:
            people[one] = people[one].model_copy(update={"availability": ()})
        if narrow:
            hour = [{"day": 1, "start": "09:00", "end": "10:00"}]
            people = {
                one: Member.model_validate(person.model_dump() | {"availability": hour})
                for one, person in people.items()
            }
        if plan.family == "pods":
            at = WeeklySlot(weekday=weekday, start=time(hour), time_zone="Europe/Berlin", minutes=60)
            groups = [
                Group(key, f"Pod: {key}", tuple(one for pod, one in seats if pod == key), at, quorum=2)
                for (key,) in keys
            ]
            return schedule_groups(
                groups, people, program, family=Family.PODS, changed_at=self.now, network="net",
                plan=identifier, domain=self.settings.uid_domain, previous=previous, commitments=taken,
                not_before=self.now,
            ), previous  # fmt: skip
        return schedule_sessions(
            keys, people, program, seed=seed, changed_at=self.now, network="net", kind=Kind.MENTORING,
            plan=identifier, domain=self.settings.uid_domain, previous=previous, commitments=taken,
            not_before=self.now,
        ), previous  # fmt: skip

    def publish(self, identifier, **options):
        schedule, previous = self.schedule(identifier, **options)
        with self.database.write() as connection:
            return publish(connection, find_plan(connection, "net", identifier), schedule, previous, self.now)

    def retract(self, identifier):
        with self.database.write() as connection:
            return retract(connection, "net", identifier, self.now)

    def switch(self, person, channel):
        with self.database.write() as connection:
            return set_channel(connection, "net", person, channel, self.now)

    def replace_people(self, *people):
        """Put a document with these members only in place of the network's."""
        whole = document()
        whole["members"] = [one for one in whole["members"] if one["id"] in people]
        with self.database.write() as connection:
            store_document(connection, NetworkSource.of(Network.model_validate(whole)), self.now)

    def state(self, identifier):
        with self.database.read() as connection:
            return find_plan(connection, "net", identifier).state

    def set_state(self, identifier, state):
        with self.database.write() as connection:
            change_plan(connection, find_plan(connection, "net", identifier), {"state": state}, self.now)

    def set_email(self, person, email):
        with self.database.write() as connection:
            found = recipients(connection, "net", [person])[person].member
            body = found.model_copy(update={"email": email}).model_dump_json(exclude_defaults=True)
            connection.execute(update(members).where(members.c.id == person).values(body=body))

    def sessions(self, **wanted):
        with self.database.read() as connection:
            return list_sessions(connection, "net", SessionFilter(**wanted), None, 1000)

    def mails(self, state=None, member=None):
        with self.database.read() as connection:
            return list_mails(connection, "net", member, state, "", 10_000)

    def send(self, owner="me"):
        """One pass of the dispatcher; returns what it did."""
        return send_all(self.database, self.sender, "robot@mail.example", owner, lambda: self.now)

    def take_letters(self):
        """What was sent since last asked."""
        known = {one.letter.message_id: one.letter for one in self.mails()}
        letters = [known[mail.message_id] for mail in self.sender.sent]
        self.sender.sent.clear()
        return letters

    def take_sent(self):
        """(recipient's id, method, UID, SEQUENCE) of what was sent since last asked."""
        return [(one.member, one.kind, one.uid, one.sequence) for one in self.take_letters()]

    def subscribe(self, person, days=None):
        with self.database.write() as connection:
            return subscribe(connection, "net", person, self.now, days)

    def read(self, token):
        return read_feed(self.database, token, self.now)


@pytest.fixture
def world(database_url):
    made = []

    def make(cycle=(), **settings):
        made.append(Database(database_url))
        return World(made[0], cycle, **settings)

    yield make
    for database in made:
        database.close()


@pytest.fixture
def fresh_world(tmp_path_factory, _sqlite_template):
    """A function that makes a world of its own each time, on SQLite: for tests that draw many."""
    made = []

    def make(**settings):
        path = tmp_path_factory.mktemp("drawn") / "peerloom.db"
        shutil.copy(_sqlite_template, path)
        made.append(Database(f"sqlite:///{path}"))
        return World(made[-1], **settings)

    yield make
    for database in made:
        database.close()
