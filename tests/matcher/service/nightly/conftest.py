"""A small network with a published program, whose jobs are done in this process, one after another."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from fixtures.generator import network as drawn_network
from matcher.documents.read import NetworkSource
from matcher.domain.errors import PeerloomError
from matcher.domain.family import Family
from matcher.domain.member import Member, Status
from matcher.domain.network import Network
from matcher.domain.nightly import NightlyPolicy
from matcher.domain.settings import NetworkSettings
from matcher.jobs.kind import JobFailure, Task
from matcher.jobs.work import WORK
from matcher.service.edits import approve_plan
from matcher.service.kinds import KINDS
from matcher.service.members import put_member
from matcher.service.nightly.advance import advance
from matcher.service.nightly.due import begin_nights
from matcher.service.plans import PlanRequest, request_plan
from matcher.service.publication import request_publication
from matcher.settings import Settings
from matcher.store.documents import header_of, store_document
from matcher.store.errors import ANY
from matcher.store.jobs import claim, find_job, finish
from matcher.store.members import bodies
from matcher.store.networks import add_network, change_network
from matcher.store.nights import running_nights
from matcher.store.plans import published_plan
from matcher.store.policies import add_version, latest_policies
from matcher.wiring import open_services
from solvers.limits import Limits

BEGIN = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)


class Nights:
    """A network whose clock is ours. `later` people join when they are told to."""

    def __init__(self, url, folder, *, members=36, later=6, **policy):
        self.now = BEGIN
        self.folder = folder
        self.services = self.opened(url)
        drawn = drawn_network(members + later, 5, 5, 3)
        header = drawn.model_dump(mode="json")
        header["members"] = [one.model_dump(mode="json") for one in drawn.members[:members]]
        known = {one["id"] for one in header["members"]}
        for one in header["members"]:
            one["prefers"] = [who for who in one["prefers"] if who in known]
            one["avoids"] = [who for who in one["avoids"] if who in known]
        for name in ("ended", "running", "ended_pods"):
            header[name] = []
        header["programs"][0]["kinds"] = ["mentoring"]
        self.network = Network.model_validate(header)
        self.waiting = [
            one.model_copy(update={"prefers": (), "avoids": ()}) for one in drawn.members[members:]
        ]
        self.id, self.program = self.network.id, self.network.programs[0].id
        self.settings = NetworkSettings(hold_minutes=0, quiet_hours=None)
        with self.services.database.write() as connection:
            add_network(connection, self.id, "Net", self.settings, self.now)
            store_document(connection, NetworkSource.of(self.network), self.now)
        self.policy(**policy)

    def opened(self, url):
        settings = Settings(database=url, data=self.folder / "data", mail="off", secret="s" * 40, workers=0)
        return open_services(settings, lambda: self.now, upgrade=True)

    # -- what a coordinator does --------------------------------------

    def policy(self, **changes):
        with self.services.database.write() as connection:
            (policy,) = latest_policies(connection, self.id)
            fresh = policy.model_copy(
                update={"version": policy.version + 1, "nightly": NightlyPolicy(**changes)}
            )
            add_version(connection, self.id, fresh, self.now)

    def change(self, **changes):
        self.settings = NetworkSettings.model_validate({**dict(self.settings), **changes})
        with self.services.database.write() as connection:
            change_network(connection, self.id, "Net", self.settings, self.now)

    def publish(self, *families):
        for family in families:
            job = request_plan(self.services, self.id, self.program, PlanRequest(family=family, seconds=20))
            self.work()
            plan = self.job(job.id).result["plan"]
            approve_plan(self.services, self.id, plan, None)
            job = request_publication(self.services, self.id, plan, None)
            self.work()
            assert self.job(job.id).state == "done", self.job(job.id).problem

    def member(self, identifier):
        with self.services.database.read() as connection:
            found = dict(bodies(connection, self.id))
        return Member.model_validate_json(found[identifier])

    def put(self, member):
        with self.services.database.write() as connection:
            put_member(connection, self.id, member, ANY, self.now)

    def leaves(self, *people):
        for one in people:
            self.put(self.member(one).model_copy(update={"status": Status.LEFT}))

    def joins(self):
        self.put(self.waiting.pop(0))

    def published(self, family, kind=""):
        with self.services.database.read() as connection:
            cycle = header_of(connection, self.id).programs[0].cycle.id
            return published_plan(connection, self.id, self.program, cycle, family, kind)

    # -- what servers do ----------------------------------------------

    def job(self, identifier):
        with self.services.database.read() as connection:
            return find_job(connection, self.id, identifier)

    def work(self):
        """Do every job that waits, as the engine does, but in this process."""
        while True:
            with self.services.database.write() as connection:
                job = claim(connection, "test", self.now, list(KINDS))
            if job is None:
                return
            folder = self.folder / f"{job.id}-{job.fence}"
            folder.mkdir()
            try:
                KINDS[job.kind].prepare(self.services, job, folder)
                limits = Limits(seconds=job.request.get("seconds", 60), seed=1, started=perf_counter())
                WORK[job.kind](Task(folder, json.loads(json.dumps(job.request)), limits))
                with self.services.database.write() as connection:
                    result = KINDS[job.kind].store(connection, job, folder, self.now)
                    finish(connection, job, "done", self.now, result=result)
            except PeerloomError as error:
                failure = error if isinstance(error, JobFailure) else JobFailure("conflict", str(error))
                with self.services.database.write() as connection:
                    finish(connection, job, "failed", self.now, problem=failure.problem)
            shutil.rmtree(folder)

    def night(self, **how):
        """One night from its beginning to its end."""
        nights = begin_nights(self.services, self.id, **how)
        return [self.through(one) for one in nights]

    def through(self, night):
        night = advance(self.services, self.id, night.id)
        while night.ended_at is None:
            self.work()
            night = advance(self.services, self.id, night.id)
        return night

    def later(self, **span):
        self.now += timedelta(**span)

    def open_nights(self):
        with self.services.database.read() as connection:
            return running_nights(connection)


@pytest.fixture
def nights(database_url, tmp_path):
    made = []

    def make(**options):
        made.append(Nights(database_url, tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.services.close()


ALL = (Family.PAIRS, Family.PODS, Family.ROTA)
