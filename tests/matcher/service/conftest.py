"""A network with people and a program, plans of any pairs, and what follows from publishing them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from matcher.documents.read import NetworkSource
from matcher.domain.family import Family
from matcher.domain.feed import FeedGroup, FeedScope, Subject
from matcher.domain.member import Member
from matcher.domain.network import Network
from matcher.domain.plan import PlanSource, PolicyName
from matcher.domain.pods_plan import MeetingTime, PlanPod, PodSeat, PodsPlan
from matcher.domain.policy import Kind
from matcher.domain.rota_plan import PlanSeries, PlanSession, PlanTurn, RotaPlan
from matcher.domain.session import WeeklySlot
from matcher.domain.settings import NetworkSettings
from matcher.mail.message import Outgoing
from matcher.planning.families import ends_of as planning_ends
from matcher.planning.rota.rows import list_rows, series_rows
from matcher.planning.rota.sessions import schedule_rota
from matcher.planning.sessions.groups import schedule_groups
from matcher.planning.sessions.held import beside_rota
from matcher.planning.sessions.meetings import Group
from matcher.planning.sessions.scheduling import Occasion
from matcher.planning.sessions.sessions import schedule_sessions
from matcher.service.channels import set_channel
from matcher.service.family_rota import held_series
from matcher.service.feeds import read_feed, subscribe
from matcher.service.mailing import send_all
from matcher.service.publication import publish, scope_of, sessions_before_rota
from matcher.service.retraction import retract
from matcher.store.database import Database
from matcher.store.documents import header_of, store_document
from matcher.store.networks import add_network, change_network
from matcher.store.outbox import list_mails
from matcher.store.plans import bodies_of, change_plan, find_plan, series_of, series_values
from matcher.store.recipients import recipients
from matcher.store.sessions import SessionFilter, commitments, list_sessions, sessions_in
from matcher.store.tables import members, plan_rows, plan_seats, plan_series, plans, snapshots

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
        "problems": [{"id": "water", "title": "Water", "statement": "Half is lost.", "sponsor": "of-ada"}],
        "forums": [{"id": "open", "title": "Open hour", "expert": "hal"}],
    }  # fmt: skip


def series(kind, key, members, sessions, **more):
    """A series of a rota in Berlin: for each session its week, UTC time, and its facilitators by role."""
    own = key if isinstance(key, tuple) else (key,)
    made = []
    for week, time_, turns in sessions:
        day, hour = time_.split()
        start = datetime.fromisoformat(f"{day}T{hour}:00+00:00")
        made.append(
            PlanSession(
                index=week, start=start, end=start + timedelta(hours=1), attending=members,
                turns=tuple(PlanTurn(role=role, member=who) for role, who in turns.items()),
            )
        )  # fmt: skip
    return PlanSeries(
        kind=kind, key=own, title=own[0].title(), members=members, minutes=60, every_weeks=2, quorum=2,
        time_zone="Europe/Berlin", sessions=tuple(made), **more,
    )  # fmt: skip


def rota(found, program, cycle):
    """A rota of these series for the network above."""
    source = NetworkSource.of(Network.model_validate(document()))
    return RotaPlan(
        network=PlanSource(id="net", sha256=source.sha256), program=program, cycle=cycle, mode="stable",
        policy=PolicyName(id="default", version=1), fairness="quick", seed=1, status="feasible",
        sentence="s", series=found,
    )  # fmt: skip


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
        self.network = network = Network.model_validate(document(*cycle))
        with database.write() as connection:
            add_network(connection, "net", "Net", self.settings, NOW)
            store_document(connection, NetworkSource.of(network), NOW)
            connection.execute(
                insert(snapshots).values(network_id="net", sha256="0" * 64, body=b"", created_at=NOW)
            )
        self.made = 0
        self._rotas = {}

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

    def rota(self, *series, program="main", cycle="autumn"):
        """A rota of these series."""
        named = PlanSource(id="net", sha256=NetworkSource.of(self.network).sha256)
        plan = rota(series, program, cycle).model_copy(update={"network": named})
        self._rotas[f"plan-{self.made + 1}"] = plan
        made = {key: people for key, people, _, _ in series_rows(plan)}
        bodies = {key: one.model_dump_json() for key, _, _, one in series_rows(plan)}
        identifier = self._plan(made, program, cycle, "approved", {"family": "rota", "kind": ""}, bodies)
        with self.database.write() as connection:
            for part, number, body in list_rows(plan):
                own = {"network_id": "net", "plan": identifier, "part": part}
                connection.execute(insert(plan_rows).values(**own, number=number, body=body.decode()))
        return identifier

    def _plan(self, series, program, cycle, state, what, bodies=None):
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
                body = bodies[key] if bodies else "{}" if len(key) > 1 else pod(*key, people)
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
            scope = scope_of(connection, plan)
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
        if plan.family == "rota":
            when = Occasion(
                seed=1, changed_at=self.now, previous=previous, commitments=taken, not_before=self.now,
                name=identifier, domain=self.settings.uid_domain,
            )  # fmt: skip
            return schedule_rota(NetworkSource.of(self.network), self._rotas[identifier], when)[0], previous
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

    def publish_beside_rota(self, identifier, hour=10):
        """Publish a plan of pods that meet at `hour` in Berlin as the job does, where a rota holds some."""
        with self.database.read() as connection:
            plan = find_plan(connection, "net", identifier)
            held = held_series(connection, plan)
            scope = scope_of(connection, plan)
            replaced = sessions_before_rota(connection, plan, scope)
            previous = sessions_in(connection, "net", scope)
            taken = commitments(connection, "net", scope, self.now)
            found = [PlanPod.model_validate_json(one) for one in bodies_of(connection, "net", identifier)]
        at = {
            "weekday": 3,
            "start": f"{hour:02}:00",
            "time_zone": "Europe/Berlin",
            "minutes": 60,
            "every_weeks": 1,
        }
        pods = [one.model_copy(update={"meeting": MeetingTime(**at)}) for one in found]
        source = NetworkSource.of(self.network)
        named = PlanSource(id="net", sha256=source.sha256)
        whole = PodsPlan(
            network=named, program=plan.program, cycle=plan.cycle, order="welfare", changes_policy="tier",
            seed=1, status="feasible", sentence="s", pods=pods,
        )  # fmt: skip
        when = Occasion(
            seed=1, changed_at=self.now, previous=previous, commitments=taken, not_before=self.now,
            name=identifier, domain=self.settings.uid_domain,
        )  # fmt: skip
        schedule = beside_rota(planning_ends(Family.PODS), source, whole, when, held, replaced)
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
        whole["forums"] = [one for one in whole["forums"] if one["expert"] in people]
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

    def subscribe(self, person, days=None, scope=FeedScope.MEMBER, language=None):
        """A feed of a member, or of what `scope` says; of a group where `person` is a `FeedGroup`."""
        subject = Subject.of_group(person) if isinstance(person, FeedGroup) else Subject(scope, person)
        with self.database.write() as connection:
            return subscribe(connection, "net", subject, self.now, days, language)

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
